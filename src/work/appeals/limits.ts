import type { Claim } from 'fhir/r4.js';
import { isDay } from '../../claims/calendar.js';
import { appealLimit, filingLimit, type Deadline } from '../../claims/deadlines/deadlines.js';
import { filingDate } from '../../claims/derive/billed.js';
import { focalSequence } from '../../claims/derive/chain.js';
import { readAdjudication } from '../../claims/index.js';
import type { Refusal } from '../../claims/refusals.js';
import type { Action } from '../../claims/triage.js';
import type { Resources } from '../../fhir/resources.js';
import { isDecision } from '../derivation/load.js';
import { readReference } from '../derivation/lookup.js';
import type { DecidingPayer } from './payer.js';

/** By when what a decision asks for can be done. */
export interface Limits {
  /** The last day to appeal at a level; undefined where no limit is known. */
  appeal(level: number): Deadline | undefined;
  /** The last day on which the payer takes a corrected claim. */
  readonly filing: Deadline | undefined;
}

/** The limits of the payer that decided: its own, or those that hold for its kind. `date` is that of the decision. */
export async function limitsOf({ kind, rules }: DecidingPayer, date: string, claim: Claim | undefined, resources: Resources): Promise<Limits> {
  return {
    appeal: (level) => (isDay(date) ? appealLimit({ payerKind: kind, rules, dates: { decision: date } }, level) : undefined),
    filing: claim && filingLimit({
      payerKind: kind,
      rules,
      role: focalSequence(claim) === 1 ? 'primary' : 'secondary',
      dates: { 'service-date': filingDate(claim), 'prior-payer-decision': await priorDecisionDate(claim, resources) },
    }),
  };
}

/** When the last payer before decided, as far as the claim names its decision. */
async function priorDecisionDate(claim: Claim, resources: Resources): Promise<string | undefined> {
  const before = claim.insurance.filter(({ sequence }) => sequence < focalSequence(claim)).sort((a, b) => b.sequence - a.sequence);
  const found = await readReference(before[0]?.claimResponse?.reference, resources);
  const date = found && isDecision(found) ? readAdjudication(found).adjudication.date : '';
  return isDay(date) ? date : undefined;
}

/** Actions that end in a claim sent again, which the payer's filing limit binds. */
const SENDS_AGAIN: ReadonlySet<Action> = new Set<Action>(['correct-and-resubmit', 'verify-rebill', 'split-rebill']);

/** The limit that what a refusal asks for runs against. A code that nobody knows yet may turn out to be one to appeal. */
export function limitFor({ action, appealable }: Refusal, { appeal, filing }: Limits): Deadline | undefined {
  if (action === 'next-appeal-level') return appeal(2);
  if (appealable || action === 'needs-human') return appeal(1);
  return SENDS_AGAIN.has(action) ? filing : undefined;
}
