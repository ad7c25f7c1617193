import { deriveNextClaim } from '../../src/claims/derive/derive.js';
import type { Handler } from '../../src/fhir/operation/operation.js';
import { answerOf } from './answer.js';
import { load } from './load.js';
import { persist } from './persist.js';

/** `$derive-secondary`: the next payer's claim from the decisions of the payers before, or why there is none. */
export const handle: Handler = async (call, context) => {
  const result = deriveNextClaim(await load(call, context));
  const mayPersist = call.level === 'instance' && call.in.boolean('persist') === true;
  const claim = mayPersist && result.reason === 'derived' && result.claim ? await persist(result.claim, context) : result.claim;
  return { out: answerOf({ ...result, ...(claim ? { claim } : {}) }) };
};
