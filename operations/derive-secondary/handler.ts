import type { Claim } from 'fhir/r4.js';
import { deriveNextClaim, type DeriveInput, type DeriveResult } from '../../src/claims/derive/derive.js';
import type { Handler, OperationContext, OutValues } from '../../src/fhir/operation/operation.js';
import { errors } from '../../src/fhir/outcome.js';
import { persisting } from '../../src/work/derivation/persist.js';
import { answerOf } from './answer.js';
import { load } from './load.js';

/** `$derive-secondary`: the next payer's claim from the decisions of the payers before, or why there is none. */
export const handle: Handler = async (call, context) => {
  const { result, out } = derive(await load(call, context));
  const mayPersist = call.level === 'instance' && call.in.boolean('persist') === true;
  if (!mayPersist || result.reason !== 'derived' || !result.claim) return { out };
  return { out: { ...out, claim: await persist(result.claim, context) } };
};

/** Money refuses what is too large to be exact with a RangeError. */
function derive(input: DeriveInput): { readonly result: DeriveResult; readonly out: OutValues } {
  try {
    const result = deriveNextClaim(input);
    return { result, out: answerOf(result) };
  } catch (error) {
    throw error instanceof RangeError ? errors.processing('The amounts are too large to be added exactly: correct them', 'Parameters') : error;
  }
}

/** The claim as it stands now; whoever persisted it before has given it its text. */
async function persist(derived: Claim, { resources, now }: OperationContext): Promise<Claim> {
  const { claim, changes } = persisting(derived, now().toISOString());
  const left = await resources.commit(changes);
  return left.find((resource): resource is Claim => resource.resourceType === 'Claim') ?? claim;
}
