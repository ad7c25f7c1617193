import type { ClaimResponse, ClaimResponseItem, CodeableConcept, Extension, Reference } from 'fhir/r4.js';
import { concept, EXTENSION, SYSTEM } from './codes.js';
import type { AdjudicatedLine, Adjudication } from './model.js';
import { toMoney } from './money.js';
import { addItem, claimReference, decisionExtensions, listed, modifierConcepts, payerIdentifier, reference, remarkNotes, serviceConcept } from './write-common.js';
import { adjustmentRows, lineRows, totalRows } from './write-rows.js';

/** What a ClaimResponse needs and a decision does not say. */
export interface ClaimResponseContext {
  /** `Claim.type` of the claim answered. */
  readonly type: CodeableConcept;
  readonly id?: string | undefined;
  /** The provider that asked. */
  readonly requestor?: Reference | undefined;
}

/** The decision as a ClaimResponse: `readAdjudication` gives the same decision back. */
export function toClaimResponse(adjudication: Adjudication, { type, id, requestor }: ClaimResponseContext): ClaimResponse {
  const { notes, numbersOf } = remarkNotes(adjudication);
  const request = claimReference(adjudication);
  const { coverage, stated, date } = adjudication;
  return {
    resourceType: 'ClaimResponse',
    ...(id === undefined ? {} : { id }),
    ...listed('extension', decisionExtensions(adjudication)),
    ...listed('identifier', payerIdentifier(adjudication)),
    status: adjudication.status as ClaimResponse['status'],
    type,
    use: adjudication.use as ClaimResponse['use'],
    patient: reference(adjudication.patient),
    created: date,
    insurer: reference(adjudication.insurer),
    ...(requestor ? { requestor } : {}),
    ...(request ? { request } : {}),
    outcome: adjudication.outcome as ClaimResponse['outcome'],
    ...listed('item', adjudication.lines.filter((line) => !line.added).map((line) => item(line, numbersOf(line)))),
    ...listed('addItem', adjudication.lines.filter((line) => line.added).map((line) => addItem(line, numbersOf(line), 'ClaimResponse'))),
    ...listed('adjudication', adjustmentRows(adjudication)),
    ...listed('total', totalRows(adjudication, 'ClaimResponse')),
    ...(stated.paid === undefined ? {} : { payment: { type: concept({ system: SYSTEM.paymentType, code: adjudication.outcome === 'partial' ? 'partial' : 'complete' }), date, amount: toMoney(stated.paid) } }),
    ...listed('processNote', notes),
    ...(coverage === undefined ? {} : { insurance: [{ sequence: 1, focal: true, coverage: { reference: coverage } }] }),
  };
}

const item = (line: AdjudicatedLine, noteNumber: number[]): ClaimResponseItem => ({
  ...listed('extension', adjudicatedService(line)),
  itemSequence: line.sequence,
  ...listed('noteNumber', noteNumber),
  adjudication: lineRows(line, 'ClaimResponse'),
});

/** ClaimResponse.item has no service: its code, modifiers, units (SVC01, SVC05) and dates (DTM*472) stand in an extension. */
function adjudicatedService(line: AdjudicatedLine): Extension[] {
  const { service, serviced } = line;
  if (!service && !serviced) return [];
  const extension: Extension[] = [
    ...(service ? [{ url: 'productOrService', valueCodeableConcept: serviceConcept(line) }] : []),
    ...modifierConcepts(line).map((valueCodeableConcept) => ({ url: 'modifier', valueCodeableConcept })),
    ...(service?.quantity === undefined ? [] : [{ url: 'quantity', valueDecimal: service.quantity }]),
    ...(serviced ? [{ url: 'serviced', valuePeriod: { ...serviced } }] : []),
  ];
  return [{ url: EXTENSION.adjudicatedService, extension }];
}
