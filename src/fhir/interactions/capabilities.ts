/**
 * capabilities — R4 §3.1.0.10. `GET [base]/metadata`: the same text until the server is started anew, or its
 * issuer names other endpoints.
 *
 * | the text | answer |
 * |---|---|
 * | is known to the client (`If-None-Match`) | 304 |
 * | otherwise | 200 |
 */
import { namesTag } from './etag.js';
import type { Call, Fhir, FhirResponse } from './interaction.js';

export async function capabilities({ request }: Call, fhir: Fhir): Promise<FhirResponse> {
  const { body, tag } = await fhir.capabilities();
  const headers = { ETag: tag };
  return namesTag(request, tag) ? { status: 304, headers } : { status: 200, headers, body };
}
