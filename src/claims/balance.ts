import type { AdjudicatedLine, Adjudication, Adjustment, Imbalance } from './model.js';
import { add, centsOf, formatCents, subtract, sum, ZERO, type Cents } from './money.js';

/**
 * The equations of the 835 (X12 005010X221A1 §1.10.2.1) that do not hold, exact to the cent. R1: a line's charge = paid + its
 * adjustments. R2: the claim's charge = paid + the adjustments of both levels. R2b: the claim's charge = the lines'
 * charges, where every line states one. A line that states adjustments and no payment is taken as paid 0: the equation
 * decides whether that is so. What states no charge can't be checked: see `isCheckable`.
 */
export function checkBalance(adjudication: Adjudication): Imbalance[] {
  const type = adjudication.source.resourceType;
  const imbalances: Imbalance[] = [];
  for (const line of adjudication.lines) {
    const found = checkLine(line);
    if (found) imbalances.push(found);
  }
  const charge = claimCharge(adjudication);
  const paid = claimPaid(adjudication);
  if (charge !== undefined && paid !== undefined) {
    const adjustments = allAdjustments(adjudication);
    const difference = centsOf(charge - paid - adjustments);
    if (difference !== 0) {
      imbalances.push({ level: 'claim', charge, paid, adjustments, difference, expression: type, text: equation('The claim', charge, paid, adjustments) });
    }
    const lineCharges = sumOfLines(adjudication, 'charge');
    if (adjudication.stated.charge !== undefined && lineCharges !== undefined && lineCharges !== charge) {
      imbalances.push({
        level: 'lines-to-claim', charge, paid, adjustments, lineCharges, difference: subtract(charge, lineCharges), expression: type,
        text: `The claim: charge ${formatCents(charge)} is not the sum of its lines' charges ${formatCents(lineCharges)}`,
      });
    }
  }
  return imbalances;
}

/** True when the claim's equation (R2) can be set up at all: its charge and its payment are stated, on the claim or on every line. */
export const isCheckable = (adjudication: Adjudication): boolean =>
  claimCharge(adjudication) !== undefined && claimPaid(adjudication) !== undefined;

/** CLP03: as stated, else the sum of the lines where each states its charge. */
export const claimCharge = (adjudication: Adjudication): Cents | undefined =>
  adjudication.stated.charge ?? sumOfLines(adjudication, 'charge');

/** CLP04: as stated, else the sum of the lines' payments less the claim-level adjustments (W3), where each line states or explains its payment. */
export function claimPaid(adjudication: Adjudication): Cents | undefined {
  if (adjudication.stated.paid !== undefined) return adjudication.stated.paid;
  if (adjudication.lines.length === 0) return undefined;
  let total = 0;
  for (const line of adjudication.lines) {
    const paid = linePaid(line);
    if (paid === undefined) return undefined;
    total += paid;
  }
  return centsOf(total - sumAdjustments(adjudication.adjustments));
}

/** SVC03: as stated; 0 on a line that explains its charge by adjustments alone. */
export const linePaid = (line: AdjudicatedLine): Cents | undefined =>
  line.stated.paid ?? (line.adjustments.length > 0 ? ZERO : undefined);

export function sumAdjustments(adjustments: readonly Adjustment[]): Cents {
  let total = 0;
  for (const adjustment of adjustments) total += adjustment.amount;
  return centsOf(total);
}

/** Adjustments of both levels. */
export const allAdjustments = (adjudication: Adjudication): Cents =>
  adjudication.lines.reduce((total, line) => add(total, sumAdjustments(line.adjustments)), sumAdjustments(adjudication.adjustments));

/** Undefined unless there are lines and each states the amount. */
export function sumOfLines(adjudication: Adjudication, field: 'charge' | 'allowed' | 'paid'): Cents | undefined {
  const amounts: Cents[] = [];
  for (const { stated } of adjudication.lines) {
    const amount = stated[field];
    if (amount === undefined) return undefined;
    amounts.push(amount);
  }
  return amounts.length > 0 ? sum(amounts) : undefined;
}

function checkLine(line: AdjudicatedLine): Imbalance | undefined {
  const charge = line.stated.charge;
  const paid = linePaid(line);
  if (charge === undefined || paid === undefined) return undefined;
  const adjustments = sumAdjustments(line.adjustments);
  const difference = centsOf(charge - paid - adjustments);
  if (difference === 0) return undefined;
  const { sequence, expression } = line;
  return { level: 'line', sequence, charge, paid, adjustments, difference, expression, text: equation(`Line ${sequence}`, charge, paid, adjustments) };
}

const equation = (what: string, charge: Cents, paid: Cents, adjustments: Cents): string =>
  `${what}: charge ${formatCents(charge)} − adjustments ${formatCents(adjustments)} = ${formatCents(subtract(charge, adjustments))}, but paid is ${formatCents(paid)}`;
