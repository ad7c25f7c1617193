/**
 * update — R4 §3.1.0.4; version-aware §3.1.0.5; update as create §3.1.0.4.1. `PUT [base]/[type]/[id]`
 *
 * | the id in the URL | answer |
 * |---|---|
 * | is not in the body, or another | 400 |
 * | has no current version | 201; 412 with `If-Match` |
 * | has one | 200; 412 when `If-Match` names another version |
 */
import { errors } from '../outcome.js';
import { ifMatch } from './etag.js';
import type { Call, Fhir, WritePlan } from './interaction.js';
import { prepareBody } from './preparation.js';
import { putPlan } from './written.js';

export async function update(call: Call, fhir: Fhir): Promise<WritePlan> {
  const version = ifMatch(call.request);
  const { value, body, index, expression } = prepareBody(call, fhir);
  if (value.id === undefined) throw errors.required('The resource must have the id of the URL', expression);
  if (value.id !== call.id) throw errors.invalid('The id of the resource is not the id of the URL', `${expression}.id`);
  const change = { op: 'put', method: 'PUT', type: call.type, id: call.id, body, index } as const;
  return putPlan(version === undefined ? change : { ...change, expect: { version } }, call, fhir);
}
