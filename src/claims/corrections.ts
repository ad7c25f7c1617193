import type { Claim, ClaimItem, CodeableConcept } from 'fhir/r4.js';
import { formatCents, parseAmount } from './money.js';

/** What a corrected claim says otherwise than the claim that it replaces. */
export interface Correction {
  /** Line of the claim; absent: the whole claim. */
  readonly sequence?: number;
  readonly element: 'procedure' | 'modifiers' | 'revenue code' | 'place of service' | 'diagnoses' | 'date of service' | 'units' | 'charge';
  /** `none` where nothing stood there, or stands there now. */
  readonly before: string;
  readonly after: string;
}

const NONE = 'none';

type Read = (item: ClaimItem, claim: Claim) => string;

/** What is compared of a line, as it would be read aloud. */
const OF_LINE: readonly (readonly [Correction['element'], Read])[] = [
  ['procedure', ({ productOrService }) => codesOf(productOrService)],
  ['modifiers', ({ modifier = [] }) => modifier.map(codesOf).join(' ')],
  ['revenue code', ({ revenue }) => codesOf(revenue)],
  ['place of service', ({ locationCodeableConcept }) => codesOf(locationCodeableConcept)],
  ['diagnoses', ({ diagnosisSequence = [] }, { diagnosis = [] }) => diagnosisSequence.flatMap((sequence) => diagnosis.filter((one) => one.sequence === sequence).map((one) => codesOf(one.diagnosisCodeableConcept))).join(' ')],
  ['date of service', ({ servicedDate, servicedPeriod }) => servicedDate ?? [servicedPeriod?.start, servicedPeriod?.end].filter((day) => day !== undefined).join(' to ')],
  ['units', ({ quantity }) => (quantity?.value === undefined ? '' : String(quantity.value))],
  ['charge', ({ net }) => amount(net?.value)],
];

/** Old and new, line by line; lines are the same by their sequence. */
export function correctionsOf(before: Claim, after: Claim): Correction[] {
  const sequences = [...new Set([...(before.item ?? []), ...(after.item ?? [])].map(({ sequence }) => sequence))].sort((a, b) => a - b);
  const lines = sequences.flatMap((sequence) => OF_LINE.flatMap(([element, read]): Correction[] => {
    const [old, corrected] = [before, after].map((claim) => stated(claim, sequence, read));
    return old === corrected ? [] : [{ sequence, element, before: old ?? NONE, after: corrected ?? NONE }];
  }));
  const [old = NONE, corrected = NONE] = [before, after].map(({ diagnosis = [] }) => diagnosis.map((one) => codesOf(one.diagnosisCodeableConcept)).join(' ') || NONE);
  const isOnLine = lines.some(({ element }) => element === 'diagnoses');
  return old === corrected || isOnLine ? lines : [{ element: 'diagnoses', before: old, after: corrected }, ...lines];
}

function stated(claim: Claim, sequence: number, read: Read): string {
  const item = claim.item?.find((one) => one.sequence === sequence);
  return (item && read(item, claim)) || NONE;
}

const codesOf = (concept: CodeableConcept | undefined): string => concept?.coding?.[0]?.code ?? concept?.text ?? '';

function amount(value: number | undefined): string {
  const cents = value === undefined ? undefined : parseAmount(value);
  return cents === undefined ? '' : formatCents(cents);
}
