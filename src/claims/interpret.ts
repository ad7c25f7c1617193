/** What a payer's decision says, in the terms of `$interpret-adjudication`. */
import type { Claim } from 'fhir/r4.js';
import { addAmounts, groupAdjustments, isReversal, type GroupedAmounts } from './amounts.js';
import { checkBalance, claimCharge, claimPaid, isCheckable, linePaid, sumOfLines } from './balance.js';
import { checkGroups, checkTotals, checkViews } from './checks.js';
import { crossCheck } from './cross-check.js';
import { crossoverOf, type Crossover } from './crossover.js';
import { denialsOf, type Denial } from './denial.js';
import type { AdjudicatedLine, Adjudication, Adjustment, Finding, StatedAmounts } from './model.js';
import { ZERO, type Cents } from './money.js';
import { nextOf, type Next } from './next.js';
import { checkPaidRatio } from './paid-ratio.js';
import { readAdjudication, type Decision } from './read.js';
import { statedShares } from './stated-shares.js';

/** Undefined: the decision does not say. */
export interface InterpretedAmounts {
  readonly charge?: Cents | undefined;
  readonly allowed?: Cents | undefined;
  readonly paid?: Cents | undefined;
  readonly contractual?: Cents | undefined;
  readonly patientResponsibility?: Cents | undefined;
  readonly deductible?: Cents | undefined;
  readonly coinsurance?: Cents | undefined;
  readonly copay?: Cents | undefined;
  readonly otherPatient?: Cents | undefined;
  readonly otherAdjustment?: Cents | undefined;
  readonly payerInitiated?: Cents | undefined;
  readonly residual?: Cents | undefined;
}

export interface InterpretedLine extends InterpretedAmounts {
  readonly sequence: number;
  readonly adjustment: readonly Adjustment[];
  readonly remark: readonly string[];
}

export interface Interpretation extends InterpretedAmounts {
  readonly adjudication: Adjudication;
  readonly interest?: Cents | undefined;
  /** Every equation that can be set up holds, and the claim's can. */
  readonly balanced: boolean;
  readonly line: readonly InterpretedLine[];
  readonly finding: readonly Finding[];
  readonly denial: readonly Denial[];
  readonly crossover?: Crossover | undefined;
  readonly next: Next;
}

export interface InterpretationContext {
  /** The claim answered: the decision is checked against it. */
  readonly claim?: Claim | undefined;
}

export function interpretAdjudication(resource: Decision, context: InterpretationContext = {}): Interpretation {
  const { adjudication, findings } = readAdjudication(resource);
  if (context.claim) findings.push(...crossCheck(resource, adjudication, context.claim));
  return interpret(adjudication, findings);
}

/** The same of a decision that is in the model already; `findings` are those of its reading. */
export function interpret(adjudication: Adjudication, read: readonly Finding[] = []): Interpretation {
  const { lines, adjustments, stated } = adjudication;
  const findings = [...read];
  const balanced = findImbalances(adjudication, findings);
  const ofLines = lines.map((line) => groupAdjustments(line.adjustments));
  const total = addAmounts([groupAdjustments(adjustments), ...ofLines]);
  const itemised = balanced || adjustments.length > 0 || lines.some((line) => line.adjustments.length > 0);
  const denials = denialsOf(adjudication, findings);
  checkItself(adjudication, ofLines, total, itemised, denials, findings);
  const crossover = crossoverOf(adjudication, findings);
  const shown = itemised ? shownAmounts(total, isReversal(adjudication)) : statedShares(stated, lines, adjudication.source.resourceType, findings);
  const { next, finding } = nextOf({ adjudication, balanced, findings, crossover, denials, amounts: total });
  findings.push(finding);
  return {
    adjudication,
    charge: claimCharge(adjudication),
    allowed: stated.allowed ?? sumOfLines(adjudication, 'allowed'),
    paid: claimPaid(adjudication),
    ...shown,
    interest: adjudication.interest,
    balanced,
    line: lines.map((line, index) => interpretLine(line, ofLines[index], itemised, isReversal(adjudication))),
    finding: findings,
    denial: denials,
    crossover,
    next,
  };
}

function findImbalances(adjudication: Adjudication, findings: Finding[]): boolean {
  const imbalances = checkBalance(adjudication);
  for (const { expression, text } of imbalances) findings.push({ code: 'unbalanced', severity: 'error', expression, text });
  if (isCheckable(adjudication)) return imbalances.length === 0;
  findings.push({ code: 'not-checkable', severity: 'warning', expression: adjudication.source.resourceType, text: 'The decision states no charge or no payment: whether it balances can\'t be told' });
  return false;
}

function checkItself(adjudication: Adjudication, ofLines: readonly GroupedAmounts[], total: GroupedAmounts, itemised: boolean, denials: readonly Denial[], findings: Finding[]): void {
  const { lines, stated, adjustments } = adjudication;
  const refused = new Set(denials.map((denial) => denial.sequence));
  const ofClaim = { stated, grouped: total, adjustments, expression: adjudication.source.resourceType };
  checkTotals(adjudication, findings);
  checkGroups(ofClaim, findings);
  if (itemised) checkViews(ofClaim, adjudication, findings);
  if (lines.length === 0) checkPaidRatio({ ...ofClaim, denied: refused.size > 0, itemised }, findings);
  lines.forEach((line, index) => {
    const grouped = ofLines[index];
    if (!grouped) return;
    const level = { stated: line.stated, grouped, adjustments: line.adjustments, expression: line.expression, coveredPercent: line.coveredPercent, denied: refused.has(line.sequence), itemised };
    checkGroups(level, findings);
    if (itemised) checkViews(level, adjudication, findings);
    checkPaidRatio(level, findings);
  });
}

function interpretLine(line: AdjudicatedLine, grouped: GroupedAmounts | undefined, itemised: boolean, reversal: boolean): InterpretedLine {
  const { sequence, stated, adjustments, remarks } = line;
  return {
    sequence,
    charge: stated.charge,
    allowed: stated.allowed,
    paid: linePaid(line),
    ...(itemised && grouped ? shownAmounts(grouped, reversal) : linesOwnShares(stated)),
    adjustment: adjustments,
    remark: remarks,
  };
}

const shownAmounts = (grouped: GroupedAmounts, reversal: boolean): InterpretedAmounts => ({
  contractual: grouped.contractual,
  patientResponsibility: grouped.patientResponsibility,
  deductible: grouped.deductible,
  coinsurance: grouped.coinsurance,
  copay: grouped.copay,
  otherPatient: grouped.otherPatient,
  otherAdjustment: grouped.otherAdjustment,
  payerInitiated: grouped.payerInitiated,
  residual: reversal ? ZERO : grouped.residual,
});

const linesOwnShares = ({ deductible, coinsurance, copay, memberLiability }: StatedAmounts): InterpretedAmounts => ({ deductible, coinsurance, copay, patientResponsibility: memberLiability });
