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
import type { Condition } from '../../store/store.js';
import { errors } from '../outcome.js';
import { conditionOfUrl } from './condition.js';
import { ifMatch } from './etag.js';
import type { Call, Fhir, WritePlan } from './interaction.js';
import { prepareBody } from './preparation.js';
import { putPlan } from './written.js';

export async function conditionalUpdate(call: Call, fhir: Fhir): Promise<WritePlan> {
  const condition = { ...conditionOfUrl(call, fhir), whenOne: 'update' } as const;
  const version = ifMatch(call.request);
  const { value, body, index, expression } = prepareBody(call, fhir);
  if (value.id !== undefined) await mustNotMeanAnother(value.id, condition, expression, fhir);
  return putPlan({
    op: 'put', method: 'PUT', type: call.type, id: value.id ?? fhir.newId(), body, index, condition,
    ...(value.id === undefined ? {} : { bodyId: value.id }),
    ...(version === undefined ? {} : { expect: { version } }),
  }, call, fhir);
}

/** Under an id that stands already, only that resource may be updated: the condition must match something. */
async function mustNotMeanAnother(id: string, { type, where }: Condition, expression: string, { store }: Fhir): Promise<void> {
  const standing = await store.read(type, id);
  if (!standing || standing.deleted) return;
  const { matches } = await store.search({ types: [type], where, sort: [], count: 1, total: 'none', includes: [] });
  if (matches.length === 0) throw errors.conflict('The condition matches none, but the id of the resource is taken: leave the id out, or update that resource', `${expression}.id`);
}
