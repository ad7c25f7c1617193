import { deriveNextClaim } from '../../src/claims/derive/derive.js';
import type { Handler, OperationCall, OperationContext, OutValues } from '../../src/fhir/operation/operation.js';
import { carryOut } from '../../src/work/automation/index.js';
import { playbooksIn } from '../../src/work/queue/playbooks.js';
import { answerOf } from './answer.js';
import { load } from './load.js';

/** `$derive-secondary`: the next payer's claim from the decisions of the payers before, or why there is none. */
export const handle: Handler = async (call, context) => {
  const isPersisted = call.level === 'instance' && call.in.boolean('persist') === true;
  return { out: isPersisted ? await persisted(call, context) : answerOf(deriveNextClaim(await load(call, context))) };
};

/** The claim as it stands now, whoever persisted it first, and the work that the answer leads to. */
async function persisted(call: OperationCall, context: OperationContext): Promise<OutValues> {
  const { resources, conformance, now } = context;
  const find = playbooksIn(conformance.ofType('PlanDefinition'));
  const { state, plan, claim } = await carryOut(() => load(call, context), { resources, find, now: now() }, { byPerson: true, isPart: call.in.has('adjudication') });
  return { ...answerOf(state.result), claim: claim ?? state.result.claim, task: plan.task };
}
