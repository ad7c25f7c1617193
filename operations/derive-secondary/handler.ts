import type { Claim } from 'fhir/r4.js';
import { deriveNextClaim } from '../../src/claims/derive/derive.js';
import type { Handler, OperationContext } from '../../src/fhir/operation/operation.js';
import { persisting } from '../../src/work/derivation/persist.js';
import { answerOf } from './answer.js';
import { load } from './load.js';

/** `$derive-secondary`: the next payer's claim from the decisions of the payers before, or why there is none. */
export const handle: Handler = async (call, context) => {
  const result = deriveNextClaim(await load(call, context));
  const out = answerOf(result);
  const mayPersist = call.level === 'instance' && call.in.boolean('persist') === true;
  if (!mayPersist || result.reason !== 'derived' || !result.claim) return { out };
  return { out: { ...out, claim: await persist(result.claim, context) } };
};

/** The claim as it stands now; whoever persisted it before has given it its text. */
async function persist(derived: Claim, { resources, now }: OperationContext): Promise<Claim> {
  const { claim, changes } = persisting(derived, now().toISOString());
  const left = await resources.commit(changes);
  return left.find((resource): resource is Claim => resource.resourceType === 'Claim') ?? claim;
}
