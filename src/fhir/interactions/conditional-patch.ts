/**
 * conditional patch — R4 §3.1.0.6. `PATCH [base]/[type]?[condition]`
 *
 * | the condition matches | answer |
 * |---|---|
 * | none | 404 |
 * | one | as a patch of that resource |
 * | many | 412 |
 *
 * The store asks the condition again inside its transaction: a resource that came to match meanwhile makes it 412.
 */
import { errors } from '../outcome.js';
import { conditionOfUrl } from './condition.js';
import type { Call, Fhir, WritePlan } from './interaction.js';
import { patchDocument } from './patch-document.js';
import { patchPlan } from './patch.js';
import { conflict } from './written.js';

export async function conditionalPatch(call: Call, fhir: Fhir): Promise<WritePlan> {
  const document = patchDocument(call.request);
  const condition = conditionOfUrl(call, fhir);
  const { type, where } = condition;
  const { matches: [match, another] } = await fhir.store.search({ types: [type], where, sort: [], count: 2, isLast: true, total: 'none', includes: [] });
  if (!match) throw errors.notFound('The condition matches no resource: there is nothing to patch');
  if (another) throw conflict('multiple', undefined);
  const plan = patchPlan(match, document, call, fhir);
  const { change } = plan;
  return change.op === 'put' ? { ...plan, change: { ...change, condition: { ...condition, whenOne: 'update' }, bodyId: match.id } } : plan;
}
