/**
 * conditional update — R4 §3.1.0.4.3. `PUT [base]/[type]?[condition]`
 *
 * | the condition matches | the body's id | answer |
 * |---|---|---|
 * | none | is missing | 201 under an id of the server |
 * | none | is free | 201 under that id |
 * | none | is that of another resource | 409 |
 * | one | is missing, or that of the match | 200 |
 * | one | is another | 400 |
 * | many | | 412 |
 */
import { conditionOfUrl } from './condition.js';
import { ifMatch } from './etag.js';
import type { Call, Fhir, WritePlan } from './interaction.js';
import { prepareBody } from './preparation.js';
import { putPlan } from './written.js';

export async function conditionalUpdate(call: Call, fhir: Fhir): Promise<WritePlan> {
  const condition = { ...conditionOfUrl(call, fhir), whenOne: 'update' } as const;
  const version = ifMatch(call.request);
  const { value, body, index } = prepareBody(call, fhir);
  return putPlan({
    op: 'put', method: 'PUT', type: call.type, id: value.id ?? fhir.newId(), body, index, condition,
    ...(value.id === undefined ? {} : { bodyId: value.id }),
    ...(version === undefined ? {} : { expect: { version } }),
  }, call, fhir);
}
