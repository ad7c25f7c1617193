/** Loops 2100 (claim) and 2110 (line) of the 835. */
import { readAdjustments } from '../adjustments.js';
import { componentsOf, idOf, positionOf, type Delimiters, type Segment } from '../segment.js';
import { optional, optionalAmount, optionalDecimal, readDay, required, requiredAmount, textOf } from '../values.js';
import type { Adjudicated, EraAmount, EraClaim, EraDate, EraFinding, EraLine, EraName, EraService, Qualified } from './remittance.js';

type Mutable<T> = { -readonly [F in keyof T]: T[F] extends readonly (infer E)[] ? E[] : T[F] };
/** A line that more segments may belong to. */
type OpenLine = Mutable<EraLine>;
/** A claim that more segments may belong to. */
export type OpenClaim = Omit<Mutable<EraClaim>, 'lines' | 'names'> & { lines: OpenLine[]; names: Map<string, EraName> };

/** CLP. @throws {X12Error} */
export function readClaim(segment: Segment): OpenClaim {
  const claim: OpenClaim = {
    position: positionOf(segment),
    providerClaimNumber: required(segment, 1),
    status: required(segment, 2),
    charge: requiredAmount(segment, 3),
    paid: requiredAmount(segment, 4),
    adjustments: [], names: new Map(), references: [], dates: [], amounts: [], quantities: [], lines: [],
  };
  const patientResponsibility = optionalAmount(segment, 5);
  if (patientResponsibility !== undefined) claim.patientResponsibility = patientResponsibility;
  setStated(claim, segment, { filingIndicator: 6, payerClaimNumber: 7, facilityType: 8, frequency: 9, drg: 11 });
  return claim;
}

/** A segment after CLP: into the claim, or into its last line. Segments that are not of these loops say nothing of the claim. */
export function takeInClaim(claim: OpenClaim, segment: Segment, delimiters: Delimiters, findings: EraFinding[]): void {
  const level = claim.lines.at(-1) ?? claim;
  switch (idOf(segment)) {
    case 'SVC':
      claim.lines.push(readLine(segment, delimiters, findings));
      return;
    case 'CAS':
      level.adjustments.push(...readAdjustments(segment));
      return;
    case 'DTM':
      addDate(level.dates, segment);
      return;
    case 'REF':
      level.references.push(readQualified(segment, 1, 2));
      return;
    case 'AMT':
      level.amounts.push(readAmountOf(segment));
      return;
    case 'QTY':
      level.quantities.push({ qualifier: required(segment, 1), quantity: optionalDecimal(segment, 2) ?? '0' });
      return;
    case 'LQ':
      if ('remarks' in level) level.remarks.push(readQualified(segment, 1, 2));
      return;
    case 'NM1':
      if (!claim.names.has(textOf(segment, 1))) claim.names.set(required(segment, 1), readName(segment));
      return;
    case 'MIA':
      claim.inpatient = readInpatient(segment);
      return;
    case 'MOA':
      claim.outpatient = readOutpatient(segment);
  }
}

function readLine(segment: Segment, delimiters: Delimiters, findings: EraFinding[]): OpenLine {
  const line: OpenLine = {
    position: positionOf(segment),
    service: readService(segment, 1, delimiters, findings),
    charge: requiredAmount(segment, 2),
    paid: requiredAmount(segment, 3),
    adjustments: [], references: [], dates: [], amounts: [], quantities: [], remarks: [],
  };
  setStated(line, segment, { revenue: 4 });
  const paidUnits = optionalDecimal(segment, 5);
  if (paidUnits !== undefined) line.paidUnits = paidUnits;
  if (textOf(segment, 6) !== '') line.submitted = readService(segment, 6, delimiters, findings);
  const submittedUnits = optionalDecimal(segment, 7);
  if (submittedUnits !== undefined) line.submittedUnits = submittedUnits;
  return line;
}

/** Modifiers are components 3 to 6. */
function readService(segment: Segment, element: number, delimiters: Delimiters, findings: EraFinding[]): EraService {
  required(segment, element);
  const components = componentsOf(segment, element, delimiters);
  const [qualifier = '', code] = components;
  if (code === undefined || code === '') {
    findings.push({ code: 'service-unqualified', severity: 'warning', position: positionOf(segment, element), text: 'The service has no qualifier and code separated as ISA16 says; it is kept as it stands' });
    return { qualifier: '', code: qualifier, modifiers: [] };
  }
  return { qualifier, code, modifiers: components.slice(2, 6).filter((modifier) => modifier !== '') };
}

function addDate(dates: EraDate[], segment: Segment): void {
  const date = readDay(textOf(segment, 2));
  if (date !== undefined) dates.push({ qualifier: textOf(segment, 1), date });
}

const readQualified = (segment: Segment, qualifier: number, value: number): Qualified => ({ qualifier: textOf(segment, qualifier), value: textOf(segment, value) });

const readAmountOf = (segment: Segment): EraAmount => ({ qualifier: required(segment, 1), amount: requiredAmount(segment, 2) });

function readName(segment: Segment): EraName {
  const id = optional(segment, 9);
  const name: Mutable<EraName> = { kind: textOf(segment, 2), last: textOf(segment, 3), position: positionOf(segment) };
  setStated(name, segment, { first: 4, middle: 5 });
  if (id !== undefined) name.id = { qualifier: textOf(segment, 8), value: id };
  return name;
}

const MIA_REMARKS = [5, 20, 21, 22, 23] as const;
const MOA_REMARKS = [3, 4, 5, 6, 7] as const;

/** MIA. */
export const readInpatient = (segment: Segment): Adjudicated => readAdjudicated(segment, MIA_REMARKS);
/** MOA. */
export const readOutpatient = (segment: Segment): Adjudicated => readAdjudicated(segment, MOA_REMARKS);

function readAdjudicated(segment: Segment, remarkElements: readonly number[]): Adjudicated {
  const elements: Record<number, string> = {};
  for (let element = 1; element < segment.elements.length; element++) {
    const text = textOf(segment, element);
    if (text !== '') elements[element] = text;
  }
  return { elements, remarks: remarkElements.flatMap((element) => optional(segment, element) ?? []), position: positionOf(segment) };
}

/** Sets the elements that are there, under the names that they get. */
function setStated<K extends string>(target: { [P in NoInfer<K>]?: string }, segment: Segment, elements: Readonly<Record<K, number>>): void {
  for (const name in elements) {
    const text = optional(segment, elements[name]);
    if (text !== undefined) target[name] = text;
  }
}
