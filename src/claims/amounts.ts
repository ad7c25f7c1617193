/** What a level's adjustments amount to, by group and by who may be asked for them. */
import { CARC_TRIAGE } from './carc-triage.js';
import type { Adjudication, Adjustment } from './model.js';
import { centsOf, ZERO, type Cents } from './money.js';
import { PAYABLE_ELSEWHERE } from './triage.js';

export interface GroupedAmounts {
  /** CO. */
  readonly contractual: Cents;
  /** PR. */
  readonly patientResponsibility: Cents;
  /** PR-1, PR-2, PR-3 and the rest of PR. */
  readonly deductible: Cents;
  readonly coinsurance: Cents;
  readonly copay: Cents;
  readonly otherPatient: Cents;
  /** OA, and CR of 4010 files. */
  readonly otherAdjustment: Cents;
  /** PI. */
  readonly payerInitiated: Cents;
  /** What a next payer may be asked to consider: PR, and what is refused in another group but payable elsewhere. */
  readonly residual: Cents;
  /** The part of the residual that is not settled otherwise (a set-aside, a spend-down, a health account). */
  readonly forNextPayer: Cents;
  /** What the code itself leaves to the patient, whichever payer comes next. */
  readonly forPatient: Cents;
  /** What the code itself writes off. */
  readonly writeOff: Cents;
}

export type AmountName = keyof GroupedAmounts;

const NAMES: readonly AmountName[] = [
  'contractual', 'patientResponsibility', 'deductible', 'coinsurance', 'copay', 'otherPatient', 'otherAdjustment', 'payerInitiated', 'residual', 'forNextPayer', 'forPatient', 'writeOff',
];

/** CARCs that are the views deductible, coinsurance and copay of PR. */
const PATIENT_SHARE: ReadonlyMap<string, 'deductible' | 'coinsurance' | 'copay'> = new Map([['1', 'deductible'], ['2', 'coinsurance'], ['3', 'copay']]);

type Sums = { [N in AmountName]: number };
const noSums = (): Sums => ({
  contractual: 0, patientResponsibility: 0, deductible: 0, coinsurance: 0, copay: 0, otherPatient: 0, otherAdjustment: 0, payerInitiated: 0, residual: 0, forNextPayer: 0, forPatient: 0, writeOff: 0,
});

export function groupAdjustments(adjustments: readonly Adjustment[]): GroupedAmounts {
  const sums = noSums();
  for (const adjustment of adjustments) addTo(sums, adjustment);
  return exact(sums);
}

export function addAmounts(levels: readonly GroupedAmounts[]): GroupedAmounts {
  const sums = noSums();
  for (const level of levels) for (const name of NAMES) sums[name] += level[name];
  return exact(sums);
}

/**
 * What a next payer may be asked to consider of one decision. A reversal leaves nothing: it takes back what an earlier
 * decision left.
 */
export const residualOf = (adjudication: Adjudication): Cents =>
  isReversal(adjudication) ? ZERO : addAmounts([adjudication, ...adjudication.lines].map((level) => groupAdjustments(level.adjustments))).residual;

/** CLP02 22. A reversal has every sign turned, so that one that lost its status is known by its negative charge. */
export const isReversal = (adjudication: Adjudication): boolean =>
  adjudication.eraStatus === '22' || (adjudication.eraStatus === undefined && (adjudication.stated.charge ?? 0) < 0);

function addTo(sums: Sums, { group, reason, amount }: Adjustment): void {
  const action = CARC_TRIAGE.get(reason)?.action;
  if (group === 'PR') {
    sums.patientResponsibility += amount;
    sums[PATIENT_SHARE.get(reason) ?? 'otherPatient'] += amount;
  } else {
    sums[group === 'CO' ? 'contractual' : group === 'PI' ? 'payerInitiated' : 'otherAdjustment'] += amount;
    if (action === 'write-off') sums.writeOff += amount;
  }
  if (action === 'bill-patient') sums.forPatient += amount;
  if (group === 'PR' || (action !== undefined && PAYABLE_ELSEWHERE.has(action))) {
    sums.residual += amount;
    if (action !== 'bill-patient' && action !== 'post-payment') sums.forNextPayer += amount;
  }
}

function exact(sums: Sums): GroupedAmounts {
  for (const name of NAMES) centsOf(sums[name]);
  return sums as unknown as GroupedAmounts;
}
