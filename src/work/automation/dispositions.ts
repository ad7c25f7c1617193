import { crossoverOf } from '../../claims/crossover.js';
import { addDays } from '../../claims/calendar.js';
import { crossoverWait } from '../../claims/deadlines/deadlines.js';
import type { DeriveResult, Obstacle } from '../../claims/derive/derive.js';
import { payorOf, referenceTo } from '../../claims/derive/input.js';
import { decisiveDoubts } from '../../claims/derive/obstacles.js';
import type { Finding } from '../../claims/model.js';
import { relative } from '../../claims/read-header.js';
import type { WorkCode } from '../task.js';
import { because, findingInputs, type Draft } from './draft.js';
import type { ChainState } from './state.js';

/** Why no claim goes to a next payer, and what somebody has to do about it; undefined: nothing. */
type Disposition = (state: ChainState, reason: Obstacle) => Draft | undefined;

/** After this a payer that took its decision back is asked for the new one. */
const ASK_AFTER_DAYS = 30;

/** A Task of this code for whatever holds. */
const work = (code: WorkCode, description: string, more: Partial<Draft> = {}): Disposition => (state, reason) => ({
  code,
  reason: because('derive-reason', reason),
  focus: referenceTo(state.situation?.before ?? state.input.claim) ?? state.root,
  description,
  deadline: state.result.deadline?.due,
  amount: state.result.residual,
  inputs: findingInputs(findingsOf(state.result, reason)),
  ...more,
});

/** What is left to decide about, where something is. */
const balance: Disposition = (state, reason) =>
  (state.result.residual ?? 0) > 0 ? work('resolve-balance', 'Every payer has decided: settle who owes what is left', { deadline: undefined })(state, reason) : undefined;

const crossedOver: Disposition = (state, reason) => {
  const carrier = unknownCarrier(state);
  if (carrier !== undefined) {
    return work('follow-up', `The claim was forwarded to ${carrier}, which is not the patient’s next coverage: find out who that is, and mend the coverages`, { reason: because('work-reason', 'unknown-crossover-carrier') })(state, reason);
  }
  const wait = state.situation && crossoverWait({ rules: state.situation.rules, dates: { 'prior-payer-decision': state.situation.last.adjudication.date || undefined } });
  const isOver = wait === undefined || wait.due < state.input.asOf;
  const held = isOver ? {} : ({ status: 'on-hold', notBefore: addDays(wait.due, 1), state: 'waiting for the next payer' } as const);
  return work('follow-up', 'The payer forwarded the claim itself: ask the next payer for its decision once its time has gone', held)(state, reason);
};

/** The carrier that the claim was forwarded to, where it is not the next payer. One that is only named is taken for it, if there is a next payer. */
function unknownCarrier({ situation }: ChainState): string | undefined {
  const carrier = situation && crossoverOf(situation.last.adjudication, [])?.payer;
  if (!carrier) return undefined;
  const payor = payorOf(situation.coverage, situation.index);
  const reference = relative(carrier.reference);
  if (reference !== undefined) return payor && referenceTo(payor) === reference ? undefined : reference;
  return situation.coverage ? undefined : 'a carrier';
}

const reversed: Disposition = (state, reason) =>
  work('follow-up', 'The payer took its decision back: ask for the new one, and send nothing on until it is there', {
    status: 'on-hold', notBefore: addDays(state.input.asOf, ASK_AFTER_DAYS), state: 'waiting for a new decision',
  })(state, reason);

const doubted = work('follow-up', 'A payer’s decision may not stand any more: ask the payer, and say so on the decision. Nothing goes on until then', { reason: because('work-reason', 'decision-in-doubt'), state: 'waiting for the payer’s word' });

/** Reason of `$derive-secondary` → the work that it calls for (R016, R022, R038, R043; domain/cob-rules.md §5). */
const DISPOSITIONS: Readonly<Record<Obstacle, Disposition>> = {
  'primary-pending': (state, reason) => (state.situation && decisiveDoubts(state.situation).length > 0 ? doubted(state, reason) : undefined),
  'primary-reversed': reversed,
  unbalanced: work('follow-up', 'Contact the payer: its decision does not agree with itself or with the claim. Nothing goes on until it does', { state: 'held: primary discrepancy' }),
  'demographics-mismatch': work('review-adjudication', 'Compare name, birth date, sex and member id on claim, coverage and decision, and correct what is wrong'),
  'crossed-over': crossedOver,
  'order-undetermined': work('verify-cob', 'Settle which payer comes next: answer the questions, then the claim is made'),
  'coverage-inactive': work('verify-cob', 'The other coverage was not in force on the service date: verify it'),
  'no-next-coverage': balance,
  'nothing-left': balance,
  'already-derived': () => undefined,
  'filing-limit-passed': work('work-denial', 'The next payer’s filing limit has passed: look for proof of timely filing or good cause, or write the amount off; the patient does not owe it', { deadline: undefined }),
  'payer-paper-only': work('prepare-claim', 'The next payer takes such claims on paper only: prepare the form with the earlier payers’ explanations'),
};

/** The work that stands between the decisions and the next payer's claim. */
export function dispositionOf(state: ChainState): Draft | undefined {
  const { reason } = state.result;
  return reason === 'derived' ? undefined : DISPOSITIONS[reason](state, reason);
}

/** What is said about a reason; where it is not said under its code, all that stops the claim. */
function findingsOf({ findings }: DeriveResult, reason: Obstacle): Finding[] {
  const own = findings.filter(({ code }) => code === reason);
  return own.length > 0 ? own : findings.filter(({ severity }) => severity === 'error');
}
