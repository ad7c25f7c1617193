import type { Claim, Coverage } from 'fhir/r4.js';
import type { PayerKind } from '../../cob/types.js';
import { isDay } from '../calendar.js';
import { crossoverOf } from '../crossover.js';
import { denialsOf } from '../denial.js';
import { filingDate } from '../derive/billed.js';
import { focalCoverageOf, focalSequence } from '../derive/chain.js';
import { payorOf, referenceTo, type DeriveInput } from '../derive/input.js';
import { gather, type DecidedPayer, type Gathered } from '../derive/situation.js';
import type { Adjudication } from '../model.js';
import { relative } from '../read-header.js';
import { appealLimit, crossoverWait, filingLimit, outerLimit, otherWaits, type Deadline, type DeadlineFacts } from './deadlines.js';
import { readPayerRules } from './payer-rules.js';
import { proofOfFiling } from './proof.js';

/** What is known about a claim, as for a derivation. */
export interface ClaimDeadlineInput extends Omit<DeriveInput, 'coverage'> {
  /** `payerKindOf` of cob, of which this layer takes only types. */
  readonly payerKindOf: (coverage: Coverage) => PayerKind | undefined;
  /** The notice of retroactive entitlement, YYYY-MM-DD: no resource states it. */
  readonly noticeDate?: string | undefined;
  /** The appeal asked about; default: the first, where the payer refused something that can be appealed. */
  readonly appealLevel?: number | undefined;
}

export interface ClaimDeadline extends Deadline {
  /** With `filing`: references of what proves that the payer had the claim in time. */
  readonly proof?: readonly string[];
}

/** By when the payer of a claim must have it or an appeal, and what must be waited for, from the stored chain. None: nothing is known. */
export function deadlinesOfClaim(input: ClaimDeadlineInput): ClaimDeadline[] {
  const gathered = gather(input);
  const focal = focalCoverageOf(input.claim);
  const own = gathered.decided.find(({ coverage }) => coverage === focal);
  const before = priorOf(input.claim, gathered);
  const facts = factsOf(input, gathered, focal, before);
  const crossedOver = before !== undefined && isForwarded(before.adjudication);
  const found: readonly (ClaimDeadline | undefined)[] = [
    filingOf(facts, input, gathered, focal),
    outerLimit(facts),
    own && appealOf(own, facts, input.appealLevel),
    crossedOver ? crossoverWait(facts) : undefined,
    own && onwardWait(own, input, gathered),
    ...otherWaits(facts, crossedOver),
  ];
  return found.filter((one) => one !== undefined);
}

function filingOf(facts: DeadlineFacts, input: ClaimDeadlineInput, { chain }: Gathered, focal: string | undefined): ClaimDeadline | undefined {
  const limit = filingLimit(facts);
  if (!limit || focal === undefined) return limit;
  return { ...limit, proof: proofOfFiling(focal, limit.due, chain.all, [...input.resources, ...input.decisions]) };
}

/** The last payer that has decided and stands before the focal one. */
function priorOf(claim: Claim, { decided }: Gathered): DecidedPayer | undefined {
  const earlier = claim.insurance.filter(({ sequence }) => sequence < focalSequence(claim)).map(({ coverage }) => relative(coverage.reference));
  return decided.findLast(({ coverage }) => earlier.includes(coverage));
}

function factsOf(input: ClaimDeadlineInput, gathered: Gathered, focal: string | undefined, before: DecidedPayer | undefined): DeadlineFacts {
  const { claim } = input;
  const silent = before ? undefined : silentPayer(claim, gathered);
  return {
    payerKind: kindOf(focal, input),
    priorPayerKind: kindOf(before?.coverage ?? (silent && focalCoverageOf(silent)), input),
    role: focalSequence(claim) === 1 ? 'primary' : 'secondary',
    rules: readPayerRules(payorOf(coverageOf(focal, input), gathered.index)),
    dates: {
      'service-date': filingDate(claim),
      'prior-payer-decision': before && wholeDay(before.adjudication.date),
      'prior-payer-billed': silent && wholeDay(silent.created),
      notice: input.noticeDate,
    },
  };
}

/** The claim to a payer before, that was sent and that nobody has answered. */
function silentPayer(claim: Claim, { chain, decided, undecided }: Gathered): Claim | undefined {
  const answered = [...decided.map(({ coverage }) => coverage), ...undecided.map(({ payer }) => payer)];
  return chain.standing.findLast((other) => other.status === 'active' && focalSequence(other) < focalSequence(claim) && !answered.includes(focalCoverageOf(other) ?? ''));
}

/** The appeal against the focal payer's own decision. */
function appealOf({ adjudication }: DecidedPayer, facts: DeadlineFacts, level: number | undefined): Deadline | undefined {
  const isAppealable = denialsOf(adjudication, []).some(({ appealable }) => appealable);
  if (level === undefined && !isAppealable) return undefined;
  return appealLimit({ ...facts, dates: { decision: wholeDay(adjudication.date) } }, level ?? 1);
}

/** How long the claim is left to the payer that this claim's own payer forwarded it to. */
function onwardWait({ adjudication }: DecidedPayer, { claim, ...input }: ClaimDeadlineInput, { index }: Gathered): Deadline | undefined {
  if (!isForwarded(adjudication)) return undefined;
  const next = claim.insurance.find(({ sequence }) => sequence === focalSequence(claim) + 1);
  const payor = payorOf(coverageOf(relative(next?.coverage.reference), input), index);
  return crossoverWait({ rules: readPayerRules(payor), dates: { 'prior-payer-decision': wholeDay(adjudication.date) } });
}

const isForwarded = (adjudication: Adjudication): boolean => crossoverOf(adjudication, []) !== undefined;
const wholeDay = (date: string): string | undefined => (isDay(date.slice(0, 10)) ? date.slice(0, 10) : undefined);
const coverageOf = (reference: string | undefined, { coverages }: Pick<ClaimDeadlineInput, 'coverages'>): Coverage | undefined => coverages.find((coverage) => referenceTo(coverage) === reference);

function kindOf(reference: string | undefined, input: ClaimDeadlineInput): PayerKind | undefined {
  const coverage = coverageOf(reference, input);
  return coverage && input.payerKindOf(coverage);
}
