/** The equations of the 835 (005010X221A1 §1.10.2.1), exact to the cent: nothing is tolerated, nothing repaired. */
import { formatCents, negate, subtract, sum, ZERO, type Cents } from '../../claims/money.js';
import { describePosition, type Position } from '../position.js';
import type { EraAdjustment, EraClaim, EraLine, Remittance } from './remittance.js';

export type BalanceRule =
  /** SVC02 − Σ CAS of the line = SVC03. */
  | 'R1'
  /** CLP03 − Σ CAS of the claim and its lines = CLP04. */
  | 'R2'
  /** CLP03 = Σ SVC02, where the lines are there and the claim is not priced as a whole (MIA). */
  | 'R2b'
  /** BPR02 = Σ CLP04 − Σ PLB, and not negative. */
  | 'R3'
  /** CLP05 = Σ CAS of group PR; not on reversals. */
  | 'R4';

/** One equation that does not hold. R4 is a warning: payers fill CLP05 in their own ways. */
export interface BrokenEquation {
  readonly rule: BalanceRule;
  readonly severity: 'error' | 'warning';
  readonly position: Position;
  /** What is stated, and what it should be by the other amounts. */
  readonly stated: Cents;
  readonly computed: Cents;
  /** Where it stands, and the equation with both its sides. */
  readonly text: string;
}

/** What does not add up, in the order of the file: the payment first. @throws {RangeError} totals too large to be exact */
export function checkRemittance(remittance: Remittance): BrokenEquation[] {
  return [...checkPayment(remittance), ...remittance.claims.flatMap(checkClaim)];
}

/** True when nothing but warnings was found. */
export const isBalanced = (broken: readonly BrokenEquation[]): boolean => broken.every(({ severity }) => severity !== 'error');

/** A debit (BPR03) takes the amount from the provider. */
export const signedPayment = ({ amount, creditOrDebit }: Remittance['payment']): Cents => (creditOrDebit === 'D' ? negate(amount) : amount);

function checkPayment({ payment, claims, providerAdjustments }: Remittance): BrokenEquation[] {
  const position = { ...payment.position, element: 2 };
  const paid = sum(claims.map((claim) => claim.paid));
  const kept = sum(providerAdjustments.map(({ amount }) => amount));
  const stated = signedPayment(payment);
  const computed = subtract(paid, kept);
  return [
    ...broken('R3', position, stated, computed, `payments of claims ${formatCents(paid)} − provider adjustments (PLB) ${formatCents(kept)}`, 'the payment (BPR02)'),
    ...(payment.amount < 0 ? [failure('R3', position, payment.amount, ZERO, 'the payment (BPR02) is negative; what is owed must be carried forward by a provider adjustment (PLB FB)')] : []),
  ];
}

function checkClaim(claim: EraClaim): BrokenEquation[] {
  const ofLines = claim.lines.flatMap(({ adjustments }) => adjustments);
  const adjustments = total([...claim.adjustments, ...ofLines]);
  const at = (element: number): Position => ({ ...claim.position, element });
  return [
    ...broken('R2', at(4), claim.paid, subtract(claim.charge, adjustments), `charge ${formatCents(claim.charge)} − adjustments of claim and lines ${formatCents(adjustments)}`, 'the claim\'s payment (CLP04)'),
    ...(claim.lines.length === 0 || claim.inpatient ? [] : broken('R2b', at(3), claim.charge, sum(claim.lines.map(({ charge }) => charge)), 'charges of the lines', 'the claim\'s charge (CLP03)')),
    ...checkPatientResponsibility(claim, ofLines, at(5)),
    ...claim.lines.flatMap(checkLine),
  ];
}

function checkLine({ charge, paid, adjustments, position }: EraLine): BrokenEquation[] {
  const adjusted = total(adjustments);
  return broken('R1', { ...position, element: 3 }, paid, subtract(charge, adjusted), `charge ${formatCents(charge)} − adjustments ${formatCents(adjusted)}`, 'the line\'s payment (SVC03)');
}

/** CLP05 is not used on a reversal; where it is absent there is nothing to compare. */
function checkPatientResponsibility({ status, patientResponsibility, adjustments }: EraClaim, ofLines: readonly EraAdjustment[], position: Position): BrokenEquation[] {
  if (status === '22' || patientResponsibility === undefined) return [];
  const computed = total([...adjustments, ...ofLines].filter(({ group }) => group === 'PR'));
  return broken('R4', position, patientResponsibility, computed, 'adjustments of group PR', 'the patient\'s responsibility (CLP05)');
}

const total = (adjustments: readonly EraAdjustment[]): Cents => sum(adjustments.map(({ amount }) => amount));

function broken(rule: BalanceRule, position: Position, stated: Cents, computed: Cents, side: string, what: string): BrokenEquation[] {
  if (stated === computed) return [];
  return [failure(rule, position, stated, computed, `${side} = ${formatCents(computed)}, but ${what} is ${formatCents(stated)}`)];
}

const failure = (rule: BalanceRule, position: Position, stated: Cents, computed: Cents, text: string): BrokenEquation => ({
  rule, severity: rule === 'R4' ? 'warning' : 'error', position, stated, computed, text: `${rule}, ${describePosition(position)}: ${text}`,
});
