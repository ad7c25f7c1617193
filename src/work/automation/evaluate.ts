import type { Claim, Task } from 'fhir/r4.js';
import type { DeriveInput } from '../../claims/derive/derive.js';
import { scrub } from '../../claims/scrub/index.js';
import type { Resources } from '../../fhir/resources.js';
import { storedScrubInput } from '../scrub/load.js';
import type { FindPlaybook } from '../queue/playbooks.js';
import { GROUP_SYSTEM } from '../task.js';
import { draftClaimOf, planOf, type Plan } from './plan.js';
import { stateOf, type Asking, type ChainState } from './state.js';

export interface Evaluation {
  readonly state: ChainState;
  readonly plan: Plan;
}

export interface EvaluationContext {
  readonly resources: Resources;
  readonly find: FindPlaybook;
  readonly now: Date;
}

/**
 * What is known about the claims for the same services, and what has to be written for it: the one way from decisions to
 * the next payer's claim and the work, for whoever asks (the server itself, or a person with `$derive-secondary`).
 * @throws {RangeError} amounts that are too large to be added exactly.
 */
export async function evaluate(input: DeriveInput, { resources, find, now }: EvaluationContext, asking: Asking = {}): Promise<Evaluation> {
  const state = stateOf(input, asking);
  const draft = draftClaimOf(state);
  const [tasks, findings] = await Promise.all([
    asking.isPart ? [] : resources.search<Task>('Task', `group-identifier=${GROUP_SYSTEM}|${state.root}`),
    draft ? findingsOf(draft, state, resources) : [],
  ]);
  return { state, plan: planOf(state, { tasks, findings, find, now, ended: asking.ended }) };
}

const findingsOf = async (claim: Claim, { input }: ChainState, resources: Resources) =>
  scrub(await storedScrubInput(claim, resources, input.asOf, { ...input, claim, claims: [claim, input.claim, ...input.claims] }));
