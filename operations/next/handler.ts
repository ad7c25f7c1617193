import type { Handler } from '../../src/fhir/operation/operation.js';
import { errors } from '../../src/fhir/outcome.js';
import { takeNext } from '../../src/work/queue/next.js';
import { ownerIn } from '../../src/work/queue/teams.js';

/** `$next`: the most urgent open Task, taken for its owner. */
export const handle: Handler = async ({ in: inputs }, context) => {
  const given = inputs.references('owner')[0] ?? context.caller?.fhirUser;
  if (given === undefined) throw errors.businessRule('Nobody is signed in: name in `owner` who takes the Task, e.g. Practitioner/1', 'Parameters');
  const owner = ownerIn(given, context.baseUrl);
  if (owner === undefined) {
    throw errors.businessRule('A Task is owned by a Practitioner, PractitionerRole, CareTeam or Organization of this server, e.g. Practitioner/1', `${inputs.one('owner')?.expression ?? 'Parameters'}.reference`);
  }
  const before = (await context.committedBefore?.())?.at(-1);
  if (before) return { out: { task: before } };
  const codes = inputs.all('code').map(({ value }) => String(value));
  return { out: { task: await takeNext({ owner, codes }, context) } };
};
