/** One level of the model → adjudication rows; the opposite of read-rows. */
import type { Coding, ExplanationOfBenefitItemAdjudication, ExplanationOfBenefitTotal, Extension } from 'fhir/r4.js';
import { ADJUSTMENT_REASON, concept, COVERED_PERCENT, EXTENSION, INTEREST, PAID_CATEGORY, SYSTEM, WRITTEN_CATEGORIES } from './codes.js';
import type { AdjudicatedLine, Adjudication, Adjustment, IncompleteAdjustment, StatedAmounts } from './model.js';
import { toMoney, type Cents } from './money.js';

/** A row as ClaimResponse and ExplanationOfBenefit both have it. */
export type Row = ExplanationOfBenefitItemAdjudication;
export type DecisionType = keyof typeof PAID_CATEGORY;

/** At least one row: R4 demands it, and a line about which nothing is stated says so. */
export function lineRows(line: AdjudicatedLine, type: DecisionType): Row[] {
  const rows = [
    ...statedRows(line.stated, type),
    ...(line.coveredPercent === undefined ? [] : [{ category: concept({ system: SYSTEM.adjudication, code: COVERED_PERCENT }), value: line.coveredPercent }]),
    ...adjustmentRows(line),
  ];
  return rows.length > 0 ? rows : [{ extension: [UNKNOWN], category: concept({ system: SYSTEM.adjudication, code: 'submitted' }) }];
}

/** Stands where R4 demands an element and nothing is known. */
export const UNKNOWN: Extension = { url: EXTENSION.dataAbsentReason, valueCode: 'unknown' };

/** Adjustments, what is left of adjustments, and remarks of either level. */
export const adjustmentRows = (level: Pick<Adjudication, 'adjustments' | 'incomplete' | 'remarks'>): Row[] => [
  ...level.adjustments.map(adjustmentRow),
  ...(level.incomplete ?? []).map(adjustmentRow),
  ...level.remarks.map((code) => ({ category: concept(ADJUSTMENT), reason: concept({ system: SYSTEM.rarc, code }) })),
];

/** The claim's amounts as `total`, interest among them as AMT*I. */
export const totalRows = (adjudication: Adjudication, type: DecisionType): ExplanationOfBenefitTotal[] => [
  ...statedRows(adjudication.stated, type),
  ...(adjudication.interest === undefined ? [] : [amountRow({ system: SYSTEM.amountQualifier, code: INTEREST }, adjudication.interest)]),
];

const ADJUSTMENT: Coding = { system: SYSTEM.c4bbDiscriminator, code: ADJUSTMENT_REASON };

function statedRows(stated: StatedAmounts, type: DecisionType): ExplanationOfBenefitTotal[] {
  const rows: ExplanationOfBenefitTotal[] = [];
  for (const [field, coding] of WRITTEN_CATEGORIES) {
    const amount = stated[field];
    if (amount !== undefined) rows.push(amountRow(coding, amount));
  }
  if (stated.paid !== undefined) rows.push(amountRow(PAID_CATEGORY[type], stated.paid));
  return rows;
}

const amountRow = (coding: Coding, amount: Cents): ExplanationOfBenefitTotal => ({ category: concept(coding), amount: toMoney(amount) });

function adjustmentRow({ group, reason, amount, quantity }: Adjustment | IncompleteAdjustment): Row {
  const extension: Extension[] = quantity === undefined ? [] : [{ url: EXTENSION.adjustmentQuantity, valueDecimal: quantity }];
  return {
    ...(extension.length > 0 ? { extension } : {}),
    category: concept(ADJUSTMENT, ...(group === undefined ? [] : [{ system: SYSTEM.group, code: group }])),
    ...(reason === undefined ? {} : { reason: concept({ system: SYSTEM.carc, code: reason }) }),
    ...(amount === undefined ? {} : { amount: toMoney(amount) }),
  };
}
