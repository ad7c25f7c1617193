/**
 * conditional delete — R4 §3.1.0.7.1. `DELETE [base]/[type]?[condition]`
 *
 * | the condition matches | answer |
 * |---|---|
 * | none | 204 |
 * | one | 204, deleted |
 * | many | 412, none is deleted; where the server is told to delete many (`COBALT_CONDITIONAL_DELETE=multiple`): 204, all deleted |
 */
import { conditionOfUrl } from './condition.js';
import type { Call, Fhir, WritePlan } from './interaction.js';
import { deletedResponse } from './written.js';

export async function conditionalDelete(call: Call, fhir: Fhir): Promise<WritePlan> {
  return {
    change: { op: 'delete', type: call.type, condition: { ...conditionOfUrl(call, fhir), ...(fhir.conditionalDelete === 'multiple' ? { whenMany: 'delete' } : {}) } },
    answer: async (results, at) => deletedResponse(results[at], call),
  };
}
