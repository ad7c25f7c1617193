/**
 * A Binary in its own format — R4 Binary, "Serving Binary Resources using the RESTful API". Read or vread with an
 * `Accept` that takes no FHIR format:
 *
 * | `Accept` takes | answer |
 * |---|---|
 * | FHIR's JSON by its name | the resource |
 * | the `contentType` of the Binary by its name, as a browser does that opens a page | 200 with the content; scripts in it do not run |
 * | anything | the resource |
 * | the `contentType` by its kind (`image/*`) | 200 with the content |
 * | something else | 406 |
 */
import type { Binary } from 'fhir/r4.js';
import type { Stored } from '../../store/store.js';
import { errors } from '../outcome.js';
import type { FhirRequest, FhirResponse } from './interaction.js';
import { accepts, acceptsJson, namesRatherThanJson } from './negotiation.js';

/** Whether what is stored is asked for as its content. */
export const asContent = (request: FhirRequest, stored: Stored): boolean =>
  stored.type === 'Binary' && (!acceptsJson(request) || namesRatherThanJson(request, () => parsed(stored).contentType));

const parsed = ({ body }: Stored): Binary => JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')) as Binary;

/** @throws {FhirError} 406 when the content is of a type that the client does not take. */
export function content(request: FhirRequest, stored: Stored): FhirResponse {
  const { version, lastUpdated } = stored;
  const { contentType, data = '' } = parsed(stored);
  if (!accepts(request, contentType)) throw errors.notAcceptable('This Binary has another content type: accept the one that it states, or application/fhir+json');
  return { status: 200, version, lastUpdated, contentType, body: Buffer.from(data, 'base64'), headers: { 'Content-Security-Policy': 'sandbox' } };
}
