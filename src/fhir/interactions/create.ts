/**
 * create — R4 §3.1.0.8; conditional create §3.1.0.8.1. `POST [base]/[type]`
 *
 * The server gives the id; one in the body is passed over. With `If-None-Exist`, decided inside the store's transaction:
 *
 * | the condition matches | answer |
 * |---|---|
 * | none | 201, created |
 * | one | 200, the match; nothing is written |
 * | many | 412 |
 */
import { ifNoneExist } from './condition.js';
import type { Call, Fhir, WritePlan } from './interaction.js';
import { prepareBody } from './preparation.js';
import { putPlan } from './written.js';

export async function create(call: Call, fhir: Fhir): Promise<WritePlan> {
  const condition = ifNoneExist(call, fhir);
  const { body, index } = prepareBody(call, fhir);
  const change = { op: 'put', method: 'POST', type: call.type, id: fhir.newId(), body, index } as const;
  return putPlan(condition ? { ...change, condition: { ...condition, whenOne: 'keep' } } : change, call, fhir);
}
