/**
 * A Binary in its own format — R4 Binary, "Serving Binary Resources using the RESTful API". Read or vread with an
 * `Accept` that takes no FHIR format:
 *
 * | `Accept` takes | answer |
 * |---|---|
 * | FHIR's JSON, as one that takes anything does too | the resource |
 * | the `contentType` of the Binary | 200 with the content; scripts in it do not run |
 * | something else | 406 |
 */
import type { Binary } from 'fhir/r4.js';
import type { Stored } from '../../store/store.js';
import { errors } from '../outcome.js';
import type { FhirRequest, FhirResponse } from './interaction.js';
import { accepts, acceptsJson } from './negotiation.js';

/** Whether what is stored is asked for as its content. */
export const asContent = (request: FhirRequest, { type }: Stored): boolean => type === 'Binary' && !acceptsJson(request);

/** @throws {FhirError} 406 when the content is of a type that the client does not take. */
export function content(request: FhirRequest, { body, version, lastUpdated }: Stored): FhirResponse {
  const { contentType, data = '' } = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')) as Binary;
  if (!accepts(request, contentType)) throw errors.notAcceptable('This Binary has another content type: accept the one that it states, or application/fhir+json');
  return { status: 200, version, lastUpdated, contentType, body: Buffer.from(data, 'base64'), headers: { 'Content-Security-Policy': 'sandbox' } };
}
