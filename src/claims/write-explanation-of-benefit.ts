import type { CodeableConcept, ExplanationOfBenefit, ExplanationOfBenefitItem, Reference } from 'fhir/r4.js';
import type { AdjudicatedLine, Adjudication } from './model.js';
import { toMoney } from './money.js';
import { addItem, claimReference, coded, decisionExtensions, listed, payerIdentifier, reference, remarkNotes, serviceConcept } from './write-common.js';
import { adjustmentRows, lineRows, totalRows } from './write-rows.js';

/** What an ExplanationOfBenefit needs and a decision does not say. */
export interface ExplanationOfBenefitContext {
  /** `Claim.type` of the claim answered. */
  readonly type: CodeableConcept;
  readonly provider: Reference;
  readonly id?: string | undefined;
}

/** The decision as an ExplanationOfBenefit: `readAdjudication` gives the same decision back. */
export function toExplanationOfBenefit(adjudication: Adjudication, { type, provider, id }: ExplanationOfBenefitContext): ExplanationOfBenefit {
  const { notes, numbersOf } = remarkNotes(adjudication);
  const claim = claimReference(adjudication);
  const { stated, date } = adjudication;
  return {
    resourceType: 'ExplanationOfBenefit',
    ...(id === undefined ? {} : { id }),
    ...listed('extension', decisionExtensions(adjudication)),
    ...listed('identifier', payerIdentifier(adjudication)),
    status: adjudication.status as ExplanationOfBenefit['status'],
    type,
    use: adjudication.use as ExplanationOfBenefit['use'],
    patient: reference(adjudication.patient),
    created: date,
    insurer: reference(adjudication.insurer),
    provider,
    ...(claim ? { claim } : {}),
    outcome: adjudication.outcome as ExplanationOfBenefit['outcome'],
    insurance: [{ focal: true, coverage: reference(adjudication.coverage) }],
    ...listed('item', adjudication.lines.filter((line) => !line.added).map((line) => item(line, numbersOf(line)))),
    ...listed('addItem', adjudication.lines.filter((line) => line.added).map((line) => addItem(line, numbersOf(line), 'ExplanationOfBenefit'))),
    ...listed('adjudication', adjustmentRows(adjudication)),
    ...listed('total', totalRows(adjudication, 'ExplanationOfBenefit')),
    ...(stated.paid === undefined ? {} : { payment: { date, amount: toMoney(stated.paid) } }),
    ...listed('processNote', notes),
  };
}

const item = (line: AdjudicatedLine, noteNumber: number[]): ExplanationOfBenefitItem => ({
  sequence: line.sequence,
  productOrService: serviceConcept(line),
  ...coded(line),
  ...listed('noteNumber', noteNumber),
  adjudication: lineRows(line, 'ExplanationOfBenefit'),
});
