/**
 * delete — R4 §3.1.0.7. `DELETE [base]/[type]/[id]`
 *
 * | current version | answer |
 * |---|---|
 * | none: never stored, or deleted | 204; 412 with `If-Match` |
 * | one | 204 with the ETag of the deletion; 412 when `If-Match` names another version |
 */
import { ifMatch } from './etag.js';
import type { Call, Fhir, WritePlan } from './interaction.js';
import { deletedResponse } from './written.js';

export async function remove(call: Call, _fhir: Fhir): Promise<WritePlan> {
  const version = ifMatch(call.request);
  return {
    change: { op: 'delete', type: call.type, id: call.id, ...(version === undefined ? {} : { expect: { version } }) },
    answer: async (results, at) => deletedResponse(results[at], call),
  };
}
