import { checkBalance, claimCharge, claimPaid, isCheckable, linePaid } from '../balance.js';
import { unansweredLines } from '../derive/against-claim.js';
import { chargeOf, claimTotal } from '../derive/worksheet.js';
import type { AdjudicatedLine, Imbalance } from '../model.js';
import { formatCents, sum, ZERO } from '../money.js';
import { decisionAt, lineAt, payerOf, type DecidedRow, type ScrubFacts } from './facts.js';
import { spot, type ScrubRule, type Spot } from './rule.js';

/** Charge = paid + adjustments, to the cent, for each prior payer: on each line, on the claim, and against the claim's own charges. */
export const BALANCE_RULES: readonly ScrubRule[] = [
  {
    id: 'claim-total-unbalanced', severity: 'error', source: 'X12 837 CLM02 = Σ SV102, SV203, SV302 (W1); Stedi COB edits: claim out of balance',
    check: totalUnbalanced,
  },
  {
    id: 'line-unbalanced', severity: 'error', source: 'X12 837 loop 2430: charge = SVD02 + Σ CAS (W2); Stedi COB edits: line out of balance',
    check: (facts) => imbalances(facts, 'line').map(([row, { sequence, text }]) => spot(lineAt(row, sequence, facts), `${payerOf(row)}: ${text}. Ask that payer for a corrected decision; repair nothing`)),
  },
  {
    id: 'claim-unbalanced', severity: 'error', source: 'X12 837 loop 2320: CLM02 = AMT*D + Σ CAS of both levels (W3–W5); Stedi COB edits: claim out of balance',
    check: (facts) => imbalances(facts, 'claim').map(([row, { text }]) => spot(decisionAt(row), `${payerOf(row)}: ${text}. Ask that payer for a corrected decision; repair nothing`)),
  },
  {
    id: 'decision-lines-unbalanced', severity: 'error', source: 'X12 835 CLP03 = Σ SVC02 (R2b)',
    check: (facts) => imbalances(facts, 'lines-to-claim').map(([row, { text }]) => spot(decisionAt(row), `${payerOf(row)}: ${text}. Ask that payer for a corrected decision`)),
  },
  {
    id: 'balance-unknown', severity: 'error', source: 'X12 837 loop 2320 AMT*D (RFI 251)',
    check: ({ decided }) => decided.filter(({ adjudication }) => !isCheckable(adjudication))
      .map((row) => spot(decisionAt(row), 'The decision states no charge or no payment, so that nothing shows that it balances: ask that payer for its remittance')),
  },
  {
    id: 'line-charge-differs', severity: 'error', source: 'X12 837 loop 2430: the line’s charge is the same for every payer (W2); domain R061',
    check: (facts) => facts.decided.flatMap((row) => row.adjudication.lines.flatMap((line) => lineChargeDiffers(row, line, facts))),
  },
  {
    id: 'claim-charge-differs', severity: 'error', source: 'X12 837 CLM02 against 835 CLP03 (W4)',
    check: ({ decided, claim }) => decided.flatMap((row) => {
      const [charge, total] = [claimCharge(row.adjudication), claimTotal(claim)];
      if (charge === undefined || charge === total || unansweredLines(claim, row.adjudication).length > 0) return [];
      return [spot(decisionAt(row), `The decision is about charges of ${formatCents(charge)}, the claim’s are ${formatCents(total)}: a charge never changes from payer to payer`)];
    }),
  },
  {
    id: 'line-unanswered', severity: 'error', source: 'X12 837 loop 2430; domain/x12-mapping.md: split claims are merged by line first',
    check: (facts) => facts.decided.flatMap((row) => unansweredLines(facts.claim, row.adjudication).map((line) => spot(lineAt(row, line, facts), `${payerOf(row)} has not decided this line: it has split the claim; wait for the rest`))),
  },
  {
    id: 'line-unknown', severity: 'error', source: 'X12 835 REF*6R',
    check: ({ decided, lineBySequence }) => decided.flatMap((row) => row.adjudication.lines
      .filter(({ sequence, added }) => !added && !lineBySequence.has(sequence))
      .map(({ sequence }) => spot(decisionAt(row), `The decision is about line ${sequence}, which the claim does not have: match it to its claim`))),
  },
  {
    id: 'paid-negative', severity: 'error', source: 'X12 837 SVD02 and AMT*D are never negative (W8); Stedi COB edits: negative paid amount',
    check: paidNegative,
  },
  {
    id: 'paid-over-charge', severity: 'error', source: 'domain R028, R045; NAIC MDL-120 §5: together never more than the expense',
    check: ({ decided, before, claim }) => {
      const prior = decided.filter((row) => before.includes(row));
      const paid = sum(prior.map(({ adjudication }) => claimPaid(adjudication) ?? ZERO));
      return prior.length > 0 && paid > claimTotal(claim)
        ? [spot('Claim.total', `The payers before have paid ${formatCents(paid)} of ${formatCents(claimTotal(claim))}: look for an overpayment before anybody else is billed`)] : [];
    },
  },
];

const imbalances = ({ decided }: ScrubFacts, level: Imbalance['level']): (readonly [DecidedRow, Imbalance])[] =>
  decided.flatMap((row) => checkBalance(row.adjudication).filter((one) => one.level === level).map((one) => [row, one] as const));

function totalUnbalanced({ claim, lines }: ScrubFacts): Spot[] {
  const total = chargeOf(claim.total);
  const charges = lines.flatMap(({ charge }) => charge ?? []);
  if (total === undefined || charges.length === 0 || charges.length !== lines.length || total === sum(charges)) return [];
  return [spot('Claim.total', `The total ${formatCents(total)} is not the sum of the lines, ${formatCents(sum(charges))}: correct the one that is wrong`)];
}

/** Lines that the payer added or joined have charges of their own. */
function lineChargeDiffers(row: DecidedRow, { sequence, stated, joined, added }: AdjudicatedLine, { lineBySequence }: ScrubFacts): Spot[] {
  const line = lineBySequence.get(sequence);
  if (joined || added || stated.charge === undefined || line?.charge === undefined || stated.charge === line.charge) return [];
  return [spot(`${line.expression}.net`, `${payerOf(row)} decided about a charge of ${formatCents(stated.charge)}, the claim’s is ${formatCents(line.charge)}: a charge never changes from payer to payer`)];
}

function paidNegative(facts: ScrubFacts): Spot[] {
  return facts.decided.flatMap((row) => {
    const ofLines = row.adjudication.lines.filter((line) => (linePaid(line) ?? 0) < 0).map(({ sequence }) => spot(lineAt(row, sequence, facts), `${payerOf(row)} states a negative payment: a reversal is never sent on, only the decision that stands`));
    const ofClaim = ofLines.length === 0 && (claimPaid(row.adjudication) ?? 0) < 0 ? [spot(decisionAt(row), 'The decision states a negative payment: a reversal is never sent on, only the decision that stands')] : [];
    return [...ofLines, ...ofClaim];
  });
}
