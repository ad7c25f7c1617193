import type { DeriveResult } from '../derive/derive.js';
import type { Obstacle } from '../derive/input.js';
import { refusalsOf, type Refusal } from '../refusals.js';
import type { Action } from '../triage.js';
import type { Adjudication } from '../model.js';

export interface HoldFacts {
  readonly result: DeriveResult;
  /** The payers that have decided. */
  readonly decided: readonly { readonly coverage: string; readonly adjudication: Adjudication; /** Whether a corrected claim would still be in time. */ readonly isInTime: boolean }[];
  /** Claims that stand and whose payers have not decided, `Claim/1`. */
  readonly open: readonly string[];
  /** Appeals that are not ended, `Task/1`. */
  readonly appeals: readonly string[];
  /** Decisions whose payment is not what the remittance says, `ClaimResponse/1`. */
  readonly unverified: readonly string[];
}

/** Why the chain is not complete, by the reason of `$derive-secondary`; what is not here does not hold. */
const OF_REASON: { readonly [R in 'derived' | Obstacle]?: string } = {
  derived: 'the next payer has not been billed',
  'primary-pending': 'a payer has not decided',
  'primary-reversed': 'a payer took its decision back and has not decided anew',
  unbalanced: 'a decision does not agree with itself or with the claim: ask the payer',
  'demographics-mismatch': 'claim, coverage and decision name different people: correct them',
  'crossed-over': 'the payer forwarded the claim and the next payer has not answered',
  'order-undetermined': 'it is not known which payer comes next: $cob-order asks',
  'already-derived': 'the next payer has not decided',
  'payer-paper-only': 'the next payer has not been billed: it takes such claims on paper',
};

/** What a refusal asks for before anybody else bears it. */
const COMES_FIRST: ReadonlyMap<Action, string> = new Map<Action, string>([
  ['correct-and-resubmit', 'can be corrected and sent again'],
  ['split-rebill', 'must be split and billed again'],
  ['fix-at-primary', 'must be mended at the payer before'],
  ['verify-rebill', 'calls for verifying the coverage'],
  ['contact-patient', 'waits for the patient’s answer to the payer'],
  ['wait', 'is still pending with the payer'],
]);

/** Every reason why the patient may not be billed yet (R008), the first payer's first; none: the chain is complete. */
export function holdsOf({ result, decided, open, appeals, unverified }: HoldFacts): string[] {
  const ofChain = OF_REASON[result.reason];
  return [
    ...(ofChain === undefined ? [] : [`${result.reason}: ${ofChain}`]),
    ...unverified.map((decision) => `payment-mismatch: ${decision} and its remittance state different payments`),
    ...(ofChain === undefined ? open.map((claim) => `open-claim: ${claim} has not been decided`) : []),
    ...decided.flatMap(({ coverage, adjudication, isInTime }) => (isInTime ? [...new Set(refusalsOf(adjudication).flatMap((refusal) => holdOfRefusal(refusal, coverage)))] : [])),
    ...appeals.map((task) => `open-appeal: ${task} is not ended`),
  ];
}

function holdOfRefusal({ group, reason, remark, action }: Refusal, coverage: string): string[] {
  const codes = `${group}-${reason}${remark === undefined ? '' : ` ${remark}`}`;
  const first = COMES_FIRST.get(action);
  if (first !== undefined) return [`${action}: ${coverage} refused ${codes}, which ${first}`];
  return action === 'needs-human' && group !== 'CO' ? [`needs-human: ${coverage} states ${codes}, which is in no table: read the payer’s explanation`] : [];
}
