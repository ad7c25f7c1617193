/**
 * capabilities — R4 §3.1.0.10. `GET [base]/metadata`: 200, always the same text of one start of the server.
 */
import type { Call, Fhir, FhirResponse } from './interaction.js';

export async function capabilities(_call: Call, fhir: Fhir): Promise<FhirResponse> {
  return { status: 200, body: fhir.capabilities() };
}
