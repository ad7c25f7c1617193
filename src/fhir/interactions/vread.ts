/**
 * vread — R4 §3.1.0.3. `GET [base]/[type]/[id]/_history/[vid]`
 *
 * | the version | answer |
 * |---|---|
 * | never made | 404 |
 * | a deletion | 410 |
 * | otherwise | 200 (304 when the client has it) |
 */
import type { Call, Fhir, FhirResponse } from './interaction.js';
import { mustStand, shown } from './read.js';

export async function vread({ request, type, id, version }: Call, { store }: Fhir): Promise<FhirResponse> {
  return shown(request, mustStand(await store.readVersion(type, id, version), type), store);
}
