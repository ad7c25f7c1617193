/**
 * read — R4 §3.1.0.2, conditional read §3.1.0.1.7. `GET [base]/[type]/[id]`
 *
 * | current version | answer |
 * |---|---|
 * | never stored | 404 |
 * | deleted | 410 with the ETag of the deletion |
 * | known to the client (`If-None-Match`, `If-Modified-Since`) | 304 |
 * | a Binary, asked for in its own format | its content (`binary.ts`) |
 * | otherwise | 200, cut down as `_summary` and `_elements` ask (§3.1.0.1.11) |
 */
import type { Store, Stored } from '../../store/store.js';
import { errors, FhirError } from '../outcome.js';
import { asContent, content } from './binary.js';
import { etag, isUnmodified } from './etag.js';
import type { Call, Fhir, FhirRequest, FhirResponse } from './interaction.js';
import { askedSubset } from './asked-subset.js';

export async function read({ request, type, id }: Call, { store }: Fhir): Promise<FhirResponse> {
  return shown(request, mustStand(await store.read(type, id), type), store);
}

/** A version as it is answered: its text as it is stored, a Binary's content, or 304. */
export async function shown(request: FhirRequest, stored: Stored, store: Store): Promise<FhirResponse> {
  const { version, lastUpdated } = stored;
  if (isUnmodified(request, stored)) return { status: 304, version, lastUpdated };
  if (asContent(request, stored)) return content(request, stored, store);
  const subset = request.query.length === 0 ? undefined : askedSubset(request.query);
  return { status: 200, version, lastUpdated, body: subset ? subset(stored.body, stored.type) : stored.body };
}

/** @throws {FhirError} 404 when it was never stored, 410 when it is deleted. */
export function mustStand(stored: Stored | undefined, type: string): Stored {
  if (!stored) throw errors.notFound(`There is no ${type} with this id`);
  if (stored.deleted) throw new FhirError(410, { severity: 'error', code: 'deleted', text: `This ${type} is deleted; its history remains` }, { ETag: etag(stored.version) });
  return stored;
}
