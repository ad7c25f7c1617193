import type { Stored } from '../../store/store.js';
import { errors } from '../outcome.js';
import { header, type FhirRequest } from './interaction.js';

/** FHIR's version as an entity tag (R4 §3.1.0.5). */
export const etag = (version: number): string => `W/"${version}"`;

const TAG = /^(?:W\/)?"([\x21\x23-\x7e]*)"$/;
const VERSION = /^[1-9]\d{0,14}$/;

/**
 * The version that `If-Match` names; undefined without the header.
 * @throws {FhirError} 400 when it is no entity tag, 412 when it can't be a version of ours.
 */
export function ifMatch(request: FhirRequest): number | undefined {
  const text = header(request, 'if-match');
  if (text === undefined) return undefined;
  const tag = TAG.exec(text.trim())?.[1];
  if (tag === undefined) throw errors.value('If-Match takes the ETag of the version that you changed, such as W/"3"');
  if (!VERSION.test(tag)) throw errors.versionConflict('If-Match names no version of this server. Read the resource and send its ETag');
  return Number(tag);
}

/** Whether `If-None-Match` names this weak tag (RFC 9110 §13.1.2); undefined without the header. */
export const namesTag = (request: FhirRequest, tag: string): boolean | undefined =>
  header(request, 'if-none-match')?.split(',').some((one) => ['*', tag, tag.replace('W/', '')].includes(one.trim()));

/** Whether the client has this version already (RFC 9110 §13.1.2, §13.1.3; R4 §3.1.0.1.7): answer 304. */
export function isUnmodified(request: FhirRequest, stored: Stored): boolean {
  const known = namesTag(request, etag(stored.version));
  if (known !== undefined) return known;
  const since = header(request, 'if-modified-since');
  if (since === undefined) return false;
  const time = Date.parse(since);
  return !Number.isNaN(time) && Math.floor(Date.parse(stored.lastUpdated) / 1000) * 1000 <= time;
}
