/** What a decision says alike as ClaimResponse and as ExplanationOfBenefit. */
import type { ClaimResponseAddItem, ClaimResponseProcessNote, CodeableConcept, Extension, Identifier, Reference } from 'fhir/r4.js';
import { concept, EXTENSION, SYSTEM } from './codes.js';
import type { AdjudicatedLine, Adjudication } from './model.js';
import { RARC_TRIAGE } from './rarc-triage.js';
import { lineRows, UNKNOWN, type DecisionType } from './write-rows.js';

/** A required reference, or why there is none. */
export const reference = (target: string | undefined): Reference => (target === undefined ? { extension: [UNKNOWN] } : { reference: target });

/** The claim answered, by reference and by the number that the payer echoed (CLP01). */
export const claimReference = ({ claim, providerClaimNumber }: Adjudication): Reference | undefined =>
  claim === undefined && providerClaimNumber === undefined ? undefined : {
    ...(claim === undefined ? {} : { reference: claim }),
    ...(providerClaimNumber === undefined ? {} : { identifier: { type: concept({ system: SYSTEM.identifierType, code: 'PLAC' }), value: providerClaimNumber } }),
  };

/** CLP07. */
export const payerIdentifier = ({ payerClaimNumber }: Adjudication): Identifier[] | undefined =>
  payerClaimNumber === undefined ? undefined : [{ type: concept({ system: SYSTEM.c4bbIdentifierType, code: 'uc' }), value: payerClaimNumber }];

export function decisionExtensions({ eraStatus, crossoverCarrier }: Adjudication): Extension[] {
  return [
    ...(eraStatus === undefined ? [] : [{ url: EXTENSION.eraClaimStatus, valueCode: eraStatus }]),
    ...(crossoverCarrier === undefined ? [] : [{ url: EXTENSION.crossoverCarrier, valueReference: { ...crossoverCarrier } }]),
  ];
}

/** The service of a line, or that none is known; what differs from the claim is written back as it was read. */
export const serviceConcept = ({ service }: AdjudicatedLine): CodeableConcept =>
  service ? concept({ ...(service.system ? { system: service.system } : {}), code: service.code }) : { extension: [UNKNOWN] };
export const modifierConcepts = ({ service }: AdjudicatedLine): CodeableConcept[] => (service?.modifiers ?? []).map((code) => concept({ code }));

export function addItem(line: AdjudicatedLine, noteNumber: number[], type: DecisionType): ClaimResponseAddItem {
  return {
    ...(line.added === 'replaces' ? { itemSequence: [line.sequence, ...(line.joined ?? [])] } : {}),
    productOrService: serviceConcept(line),
    ...coded(line),
    ...(noteNumber.length > 0 ? { noteNumber } : {}),
    adjudication: lineRows(line, type),
  };
}

/** Modifiers, units and dates where they are native (EOB items, added items). */
export function coded(line: AdjudicatedLine): Pick<ClaimResponseAddItem, 'modifier' | 'quantity' | 'servicedDate' | 'servicedPeriod'> {
  const modifier = modifierConcepts(line);
  const { serviced, service } = line;
  return {
    ...(modifier.length > 0 ? { modifier } : {}),
    ...(service?.quantity === undefined ? {} : { quantity: { value: service.quantity } }),
    ...(serviced === undefined ? {} : serviced.start === serviced.end ? { servicedDate: serviced.start } : { servicedPeriod: { ...serviced } }),
  };
}

/** Our words for the remarks of the triage table, and their numbers by remark: R4 has no code in a note. */
export function remarkNotes(adjudication: Adjudication): { readonly notes: ClaimResponseProcessNote[]; readonly numbersOf: (line: AdjudicatedLine) => number[] } {
  const numbers = new Map<string, number>();
  const notes: ClaimResponseProcessNote[] = [];
  for (const remark of [adjudication, ...adjudication.lines].flatMap((level) => level.remarks)) {
    const meaning = RARC_TRIAGE.get(remark)?.meaning;
    if (meaning === undefined || numbers.has(remark)) continue;
    notes.push({ number: notes.length + 1, type: 'display', text: `${remark}: ${meaning}` });
    numbers.set(remark, notes.length);
  }
  return { notes, numbersOf: (line) => line.remarks.flatMap((remark) => numbers.get(remark) ?? []) };
}

/** Only what is there: R4 knows no empty arrays. */
export const listed = <K extends string, T>(name: K, values: readonly T[] | undefined): { [P in K]?: T[] } =>
  (values && values.length > 0 ? { [name]: values } : {}) as { [P in K]?: T[] };
