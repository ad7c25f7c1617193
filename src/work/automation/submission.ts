import type { Claim } from 'fhir/r4.js';
import { structureDefinition } from '../../claims/canonical.js';
import { readPayerRules } from '../../claims/deadlines/payer-rules.js';
import { focalCoverageOf } from '../../claims/derive/chain.js';
import { payorOf, referenceTo } from '../../claims/derive/input.js';
import type { Finding } from '../../claims/model.js';
import { AUTOMATION } from '../task.js';
import { because, findingInputs, type Draft } from './draft.js';
import { replacementDraft } from './remedies.js';
import { coverageOf, type ChainState } from './state.js';
import { SETTLED_BY_PAPER } from '../submission/paper.js';

const CLAIM_FREQUENCY = structureDefinition('claim-frequency');
/** X12 CLM05-3: replacement of a prior claim. */
const REPLACEMENT = '7';

/**
 * The work that a draft claim calls for: to prepare it where the payer would turn it away, else to send it: by itself,
 * by a person or by a specialist, as the payer's rules say (`payer-rules` submission; not stated: by a person).
 */
export function draftClaimWork(claim: Claim, findings: readonly Finding[], state: ChainState): Draft {
  if (claim.extension?.some(({ url, valueCode }) => url === CLAIM_FREQUENCY && valueCode === REPLACEMENT)) return replacementDraft(claim);
  const reference = referenceTo(claim) ?? '';
  const common = { about: [reference], focus: reference, deadline: state.result.deadline?.due, amount: state.result.residual, inputs: findingInputs(findings) } as const;
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.some(({ code }) => code === 'payer-paper-only') && errors.every(({ code }) => SETTLED_BY_PAPER.has(code))) {
    return { ...common, code: 'submit-claim', reason: because('derive-reason', 'payer-paper-only'), description: 'Send the claim by mail: submitted, it becomes a packet of the form and what the payers before decided', state: 'scrubbed' };
  }
  if (errors.length > 0) {
    return { ...common, code: 'prepare-claim', reason: because('work-reason', 'scrub-findings'), description: 'The next payer would turn this claim away: mend what was found, then send it', state: 'prepared, not clean' };
  }
  const { submission } = readPayerRules(payorOf(coverageOf(focalCoverageOf(claim), state), state.gathered.index));
  const submit = { ...common, code: 'submit-claim', reason: because('derive-reason', 'derived'), description: 'Send the claim to the next payer', state: 'scrubbed' } as const;
  if (submission === 'specialist') return { ...submit, performer: 'billing-specialist' };
  return submission === 'automatic' && findings.length === 0 ? { ...submit, owner: AUTOMATION } : submit;
}

/** Another party may be liable: nothing is derived before a specialist has decided (R033). */
export const specialistWork = (state: ChainState): Draft => ({
  code: 'prepare-claim',
  reason: because('work-reason', 'specialist-review'),
  performer: 'billing-specialist',
  focus: referenceTo(state.situation?.before ?? state.input.claim) ?? state.root,
  description: 'Another party may be liable for these services: decide who is billed next, then derive the claim ($derive-secondary with persist)',
  state: 'with the specialist',
  deadline: state.result.deadline?.due,
  amount: state.result.residual,
});
