/** Denials are found in the adjustments, never in the claim status: a full denial arrives as CLP02 1 with nothing paid. */
import type { Adjudication, Finding } from './model.js';
import { sum } from './money.js';
import { levelsOf, refusalsAt, type Level, type Refusal } from './refusals.js';

/** What a line (or the claim, without `sequence`) was refused for, by its most urgent code, and what to do about it. */
export interface Denial extends Pick<Refusal, 'sequence' | 'group' | 'reason' | 'remark' | 'category' | 'action' | 'documents' | 'patientBillable' | 'appealable' | 'expression'> {
  /** Σ of the adjustments that refuse. */
  readonly amount: Refusal['amount'];
  readonly text: string;
}

export const denialsOf = (adjudication: Adjudication, findings: Finding[]): Denial[] =>
  levelsOf(adjudication).flatMap((level) => denialAt(level, adjudication.remarks, findings) ?? []);

function denialAt(level: Level, claimRemarks: readonly string[], findings: Finding[]): Denial | undefined {
  const refusals = refusalsAt(level, claimRemarks);
  const [first] = refusals;
  if (!first) return undefined;
  const { sequence, group, reason, remark, category, action, documents, patientBillable, appealable, expression } = first;
  if (first.needsRemark) {
    findings.push({ code: 'remark-needed', severity: 'warning', expression, text: `CARC ${reason} can't be acted on without its remark code, and none is known: read the payer's explanation` });
  }
  return {
    ...(sequence === undefined ? {} : { sequence }),
    group, reason,
    ...(remark === undefined ? {} : { remark }),
    category, action, documents, patientBillable, appealable,
    amount: sum(refusals.map(({ amount }) => amount)),
    text: inWords(first),
    expression,
  };
}

/** What a refusal means and what to do about it, in our words. */
export const inWords = ({ meaning, detail }: Pick<Refusal, 'meaning' | 'detail'>): string => (detail === '' ? meaning : `${meaning}. ${detail}`);
