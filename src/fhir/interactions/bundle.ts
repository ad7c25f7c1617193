/**
 * batch/transaction — R4 §3.1.0.11. `POST [base]` with a Bundle; its type says which. Any other Bundle is 400 here.
 */
import { batch } from '../bundle/batch.js';
import { readBundle } from '../bundle/entries.js';
import { pace } from '../pace.js';
import { responseEntry } from '../bundle/response.js';
import { bundleBody } from '../bundle/text.js';
import { transaction } from '../bundle/transaction.js';
import { contentInTurns, MAX_REQUEST_BYTES } from './body.js';
import type { Call, Fhir, FhirResponse } from './interaction.js';

export async function bundle({ request }: Call, fhir: Fhir): Promise<FhirResponse> {
  const pause = pace();
  const { type, entries } = await readBundle(await contentInTurns(request, 'entry', MAX_REQUEST_BYTES, pause), pause);
  fhir.isA?.(type);
  const responses = await (type === 'transaction' ? transaction : batch)(entries, request, fhir);
  return { status: 200, ...bundleBody({ type: `${type}-response`, links: [] }, responses.map(responseEntry)) };
}
