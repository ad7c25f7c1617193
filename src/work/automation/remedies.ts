import type { Claim } from 'fhir/r4.js';
import type { OutdatedClaim, Remedy } from '../../claims/derive/outdated.js';
import { referenceTo } from '../../claims/derive/input.js';
import { detail, type WorkCode } from '../task.js';
import { because, findingInputs, type Draft } from './draft.js';

interface RemedyWork {
  readonly code: WorkCode;
  readonly reason: string;
  readonly text: string;
}

/** What somebody has to do about a claim that can't be mended by the server. While a decision is awaited, what awaits it is the work. */
const WORK: Readonly<Record<Exclude<Remedy, 'derive' | 'replace' | 'wait'>, RemedyWork>> = {
  'ask-number': { code: 'follow-up', reason: 'claim-number-needed', text: 'An earlier payer corrected its decision after this claim was sent, and its payer has not answered: ask for its claim number, by which the claim is replaced' },
  void: { code: 'follow-up', reason: 'void-claim', text: 'After a correction nothing is left to ask this payer for, and it has the claim: have the claim voided (frequency 8)' },
  reorder: { code: 'verify-cob', reason: 'order-changed', text: 'The coverages have changed since this claim was made, so that another payer comes before the one that it goes to, or the coverage or the claim is another patient’s: verify the order; cancel the claim if it was not sent, else have it voided' },
  ask: { code: 'verify-cob', reason: 'order-changed', text: 'The coverages have changed since this claim was made, and it is open who is billed: answer the questions, and until then send nothing. A claim that turns out to have gone to the wrong payer is voided' },
  confirm: { code: 'follow-up', reason: 'decision-in-doubt', text: 'A decision that this claim rests on may not stand any more: ask the payer, and say so on the decision. Until then the claim is not sent; if the decision does not stand and the claim was sent, it is voided' },
  correct: { code: 'follow-up', reason: 'coverage-corrected', text: 'The coverage was corrected after this claim was sent (see what the claim is marked with): ask the payer that has it whether it is to be replaced (frequency 7), or have it voided and send another. Done once it is known: it is not asked again' },
  remake: { code: 'prepare-claim', reason: 'coverage-corrected', text: 'The coverage names another payer than when this claim was made: cancel the claim, and it is made anew' },
  refund: { code: 'resolve-balance', reason: 'refund-due', text: 'After a correction this payer has paid what an earlier one has paid since: settle what has to be refunded' },
};

const STATES: Readonly<Partial<Record<Remedy, string>>> = { reorder: 'the order has changed', ask: 'the order is open', confirm: 'waiting for the payer’s word', correct: 'the coverage was corrected', remake: 'the coverage was corrected' };

/** The work for one outdated claim; undefined where the next decision, or the next derivation, brings it. */
export function remedyDraft({ claim, remedy, replacement, paid, about, findings = [] }: OutdatedClaim): Draft | undefined {
  if (replacement) return replacementDraft(replacement);
  const reference = referenceTo(claim);
  if (remedy === 'derive' || remedy === 'replace' || remedy === 'wait' || reference === undefined) return undefined;
  const { code, reason, text } = WORK[remedy];
  return { code, reason: because('work-reason', reason), about: [reference, ...(about === undefined ? [] : [about])], isAskedOnce: remedy === 'correct', focus: reference, description: text, state: STATES[remedy] ?? 'corrected after it was sent', amount: paid, inputs: findingInputs(findings) };
}

/** A replacement is checked by a person before it is sent. */
export function replacementDraft(replacement: Claim): Draft {
  const reference = referenceTo(replacement) ?? '';
  return {
    code: 'prepare-claim',
    reason: because('work-reason', 'replace-claim'),
    about: [reference],
    focus: reference,
    description: 'An earlier payer corrected its decision after the claim was sent: check the replacement (frequency 7) and send it',
    state: 'corrected after it was sent',
    inputs: (replacement.related ?? []).flatMap(({ claim }) => (claim?.reference === undefined ? [] : [{ ...detail('claim'), valueReference: { reference: claim.reference } }])),
  };
}
