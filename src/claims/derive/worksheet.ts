import type { Claim } from 'fhir/r4.js';
import { claimPaid, linePaid } from '../balance.js';
import type { AdjudicatedLine, Adjudication, Adjustment } from '../model.js';
import { parseAmount, sum, ZERO, type Cents } from '../money.js';

/** One payer's decision, net of reversals, as the next payer is told of it. */
export interface PayerDecision {
  /** The coverage that decided, e.g. `Coverage/1`. */
  readonly coverage: string;
  readonly adjudication: Adjudication;
}

export interface PaidBy {
  readonly coverage: string;
  readonly amount: Cents;
}

export type AdjustedBy = Pick<Adjustment, 'group' | 'reason'> & PaidBy;

/** A line of the claim: for each payer that answered it charge = paid + Σ adjustments. */
export interface WorksheetLine {
  readonly sequence: number;
  readonly charge?: Cents;
  readonly paid: readonly PaidBy[];
  readonly adjustment: readonly AdjustedBy[];
  /** What the last payer left to the patient; not known where it decided on the claim alone. */
  readonly residual?: Cents;
}

export interface Worksheet {
  readonly line: readonly WorksheetLine[];
  readonly total: {
    readonly charge: Cents;
    readonly paid: readonly PaidBy[];
    /** Adjustments of the claim, not of a line. */
    readonly claimAdjustment: readonly AdjustedBy[];
    readonly residual: Cents;
  };
}

/** What each payer paid and adjusted, line by line and for the claim (X12 837 loops 2430 and 2320), in the order of the payers. */
export function worksheetOf(claim: Claim, payers: readonly PayerDecision[]): Worksheet {
  const last = payers.at(-1)?.adjudication;
  return {
    line: (claim.item ?? []).map((item) => lineOf(item.sequence, chargeOf(item.net), payers, last)),
    total: {
      charge: claimTotal(claim),
      paid: payers.map(({ coverage, adjudication }) => ({ coverage, amount: claimPaid(adjudication) ?? ZERO })),
      claimAdjustment: payers.flatMap(({ coverage, adjudication }) => adjustedBy(coverage, adjudication.adjustments)),
      residual: last ? patientResponsibility(last) : ZERO,
    },
  };
}

/** PR of one decision, of both levels: what this payer leaves to the patient or the next payer. */
export const patientResponsibility = ({ adjustments, lines }: Adjudication): Cents =>
  sum([patientShare(adjustments), ...lines.map((line) => patientShare(line.adjustments))]);

/** Claim.total, else the sum of its lines. */
export const claimTotal = ({ total, item = [] }: Claim): Cents => chargeOf(total) ?? sum(item.map(({ net }) => chargeOf(net) ?? ZERO));

export const chargeOf = (money: { readonly value?: number } | undefined): Cents | undefined =>
  money?.value === undefined ? undefined : parseAmount(money.value);

function lineOf(sequence: number, charge: Cents | undefined, payers: readonly PayerDecision[], last: Adjudication | undefined): WorksheetLine {
  const answers = payers.flatMap(({ coverage, adjudication }) => linesOf(adjudication, sequence).map((line) => ({ coverage, line })));
  const lastAnswers = last ? linesOf(last, sequence) : [];
  return {
    sequence,
    ...(charge === undefined ? {} : { charge }),
    paid: answers.flatMap(({ coverage, line }) => {
      const amount = linePaid(line);
      return amount === undefined ? [] : [{ coverage, amount }];
    }),
    adjustment: answers.flatMap(({ coverage, line }) => adjustedBy(coverage, line.adjustments)),
    ...(lastAnswers.length > 0 ? { residual: sum(lastAnswers.map((line) => patientShare(line.adjustments))) } : {}),
  };
}

export const linesOf = (adjudication: Adjudication, sequence: number): AdjudicatedLine[] =>
  adjudication.lines.filter((line) => line.sequence === sequence);

const patientShare = (adjustments: readonly Adjustment[]): Cents =>
  sum(adjustments.filter(({ group }) => group === 'PR').map(({ amount }) => amount));

const adjustedBy = (coverage: string, adjustments: readonly Adjustment[]): AdjustedBy[] =>
  adjustments.map(({ group, reason, amount }) => ({ coverage, group, reason, amount }));
