import type { Handler } from '../../src/fhir/operation/operation.js';
import { errors } from '../../src/fhir/outcome.js';
import { takeNext } from '../../src/work/queue/next.js';
import { ownerIn } from '../../src/work/queue/teams.js';

/** `$next`: the most urgent open Task, taken for its owner; whom the caller names must be stored here. */
export const handle: Handler = async ({ in: inputs }, context) => {
  const named = inputs.references('owner')[0];
  const expression = named === undefined ? 'Parameters' : `${inputs.one('owner')?.expression ?? 'Parameters'}.reference`;
  const given = named ?? context.caller?.fhirUser;
  if (given === undefined) throw errors.businessRule('Nobody is signed in: name in `owner` who takes the Task, e.g. Practitioner/1', expression);
  const owner = ownerIn(given, context.baseUrl);
  if (owner === undefined) throw errors.businessRule('A Task is owned by a Practitioner, PractitionerRole, CareTeam or Organization of this server, e.g. Practitioner/1', expression);
  const before = (await context.committedBefore?.())?.at(-1);
  if (before) return { out: { task: before } };
  const [type = '', id = ''] = owner.split('/');
  if (named !== undefined && !(await context.resources.holds(type, id))) throw errors.businessRule('The owner is not stored on this server: name a person or team that is, e.g. Practitioner/1', expression);
  const codes = inputs.all('code').map(({ value }) => String(value));
  return { out: { task: await takeNext({ owner, codes }, context) } };
};
