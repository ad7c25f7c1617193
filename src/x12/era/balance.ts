/** The equations of the 835 (005010X221A1 §1.10.2.1), exact to the cent: nothing is tolerated, nothing repaired. */
import { centsOf, formatCents, negate, subtract, sum, ZERO, type Cents } from '../../claims/money.js';
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

/** What does not add up, in the order of the file: the payment first. @throws {InexactAmountError} totals too large to be exact */
export function checkRemittance(remittance: Remittance): BrokenEquation[] {
  return [...checkPayment(remittance), ...remittance.claims.flatMap(checkClaim)];
}

/** True when nothing but warnings was found. */
export const isBalanced = (broken: readonly BrokenEquation[]): boolean => broken.every(({ severity }) => severity !== 'error');

/** A debit (BPR03) takes the amount from the provider. */
export const signedPayment = ({ amount, creditOrDebit }: Remittance['payment']): Cents => (creditOrDebit === 'D' ? negate(amount) : amount);

function checkPayment({ payment, claims, providerAdjustments }: Remittance): BrokenEquation[] {
  const paid = sum(claims.map((claim) => claim.paid));
  const kept = sum(providerAdjustments.map(({ amount }) => amount));
  const at = { ...payment.position, element: 2 };
  const found: BrokenEquation[] = [];
  hold(found, { rule: 'R3', stated: signedPayment(payment), computed: subtract(paid, kept), at, what: 'the payment (BPR02)', sides: () => `payments of claims ${formatCents(paid)} − provider adjustments (PLB) ${formatCents(kept)}` });
  if (payment.amount < 0) {
    found.push({ rule: 'R3', severity: 'error', position: at, stated: payment.amount, computed: ZERO, text: `R3, ${describePosition(at)}: the payment (BPR02) is negative; what is owed must be carried forward by a provider adjustment (PLB FB)` });
  }
  return found;
}

function checkClaim(claim: EraClaim): BrokenEquation[] {
  const { charge, paid, lines, position } = claim;
  const found: BrokenEquation[] = [];
  const adjusted = total(claim, isAny);
  hold(found, { rule: 'R2', stated: paid, computed: subtract(charge, adjusted), at: { ...position, element: 4 }, what: 'the claim\'s payment (CLP04)', sides: () => `charge ${formatCents(charge)} − adjustments of claim and lines ${formatCents(adjusted)}` });
  if (lines.length > 0 && !claim.inpatient) {
    hold(found, { rule: 'R2b', stated: charge, computed: sum(lines.map((line) => line.charge)), at: { ...position, element: 3 }, what: 'the claim\'s charge (CLP03)', sides: () => 'charges of the lines' });
  }
  if (claim.status !== REVERSAL && claim.patientResponsibility !== undefined) {
    hold(found, { rule: 'R4', stated: claim.patientResponsibility, computed: total(claim, isPatients), at: { ...position, element: 5 }, what: 'the patient\'s responsibility (CLP05)', sides: () => 'adjustments of group PR' });
  }
  for (const line of lines) checkLine(line, found);
  return found;
}

/** CLP02: CLP05 is not used there. */
const REVERSAL = '22';

function checkLine({ charge, paid, adjustments, position }: EraLine, found: BrokenEquation[]): void {
  const adjusted = sum(adjustments.map(({ amount }) => amount));
  hold(found, { rule: 'R1', stated: paid, computed: subtract(charge, adjusted), at: { ...position, element: 3 }, what: 'the line\'s payment (SVC03)', sides: () => `charge ${formatCents(charge)} − adjustments ${formatCents(adjusted)}` });
}

const isAny = (): boolean => true;
const isPatients = ({ group }: EraAdjustment): boolean => group === 'PR';

/** Adjustments of the claim and its lines. */
function total({ adjustments, lines }: EraClaim, counts: (adjustment: EraAdjustment) => boolean): Cents {
  let cents = 0;
  for (const level of [{ adjustments }, ...lines]) {
    for (const adjustment of level.adjustments) if (counts(adjustment)) cents += adjustment.amount;
  }
  return centsOf(cents);
}

interface Equation {
  readonly rule: BalanceRule;
  readonly stated: Cents;
  readonly computed: Cents;
  readonly at: Position;
  /** The amount that is stated. */
  readonly what: string;
  /** What it should be made of; asked for only where the equation does not hold. */
  readonly sides: () => string;
}

function hold(found: BrokenEquation[], { rule, stated, computed, at, what, sides }: Equation): void {
  if (stated === computed) return;
  const text = `${rule}, ${describePosition(at)}: ${sides()} = ${formatCents(computed)}, but ${what} is ${formatCents(stated)}`;
  found.push({ rule, severity: rule === 'R4' ? 'warning' : 'error', position: at, stated, computed, text });
}
