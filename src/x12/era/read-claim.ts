/** Loops 2100 (claim) and 2110 (line) of the 835. */
import { readAdjustments } from '../adjustments.js';
import { added, joined, NONE } from '../lists.js';
import { componentsOf, positionOf, verbatim, type Delimiters, type Elements } from '../segment.js';
import { optional, optionalAmount, optionalDecimal, readDay, required, requiredAmount, textOf } from '../values.js';
import { nameOf, type Adjudicated, type EraClaim, type EraFinding, type EraLine, type EraName, type EraService, type Qualified } from './remittance.js';

type Mutable<T> = { -readonly [F in keyof T]: T[F] extends readonly (infer E)[] ? E[] : T[F] };
/** A line that more segments may belong to. */
type OpenLine = Mutable<EraLine>;
/** A claim that more segments may belong to. */
export type OpenClaim = Omit<Mutable<EraClaim>, 'lines'> & { lines: OpenLine[] };

/** CLP. @throws {X12Error} */
export function readClaim(segment: Elements, delimiters: Delimiters): OpenClaim {
  return {
    position: positionOf(segment),
    providerClaimNumber: required(segment, 1),
    status: required(segment, 2),
    charge: requiredAmount(segment, 3),
    paid: requiredAmount(segment, 4),
    patientResponsibility: optionalAmount(segment, 5),
    filingIndicator: optional(segment, 6),
    payerClaimNumber: optional(segment, 7),
    facilityType: optional(segment, 8),
    frequency: optional(segment, 9),
    drg: optional(segment, 11),
    adjustments: NONE, names: NONE, references: NONE, dates: NONE, amounts: NONE, quantities: NONE, lines: NONE,
    inpatient: undefined, outpatient: undefined, segments: [verbatim(segment, delimiters)],
  };
}

/** A segment after CLP: into the claim, or into its last line. */
export function takeInClaim(claim: OpenClaim, segment: Elements, delimiters: Delimiters, findings: EraFinding[]): void {
  const { lines } = claim;
  const line = lines.length === 0 ? undefined : lines[lines.length - 1];
  const level = line ?? claim;
  if (!hasPlace(segment, line !== undefined)) level.segments = added(level.segments, verbatim(segment, delimiters));
  switch (segment.id) {
    case 'SVC':
      claim.lines = added(lines, readLine(segment, delimiters, findings));
      return;
    case 'CAS':
      level.adjustments = joined(level.adjustments, readAdjustments(segment));
      return;
    case 'DTM': {
      const date = readDay(textOf(segment, 2));
      if (date !== undefined) level.dates = added(level.dates, { qualifier: textOf(segment, 1), date });
      else if (hasPlace(segment, line !== undefined)) level.segments = added(level.segments, verbatim(segment, delimiters));
      return;
    }
    case 'REF':
      level.references = added(level.references, readQualified(segment));
      return;
    case 'AMT':
      level.amounts = added(level.amounts, { qualifier: required(segment, 1), amount: requiredAmount(segment, 2) });
      return;
    case 'QTY':
      level.quantities = added(level.quantities, { qualifier: required(segment, 1), quantity: optionalDecimal(segment, 2) ?? '0' });
      return;
    case 'LQ':
      if (line) line.remarks = added(line.remarks, readQualified(segment));
      return;
    case 'NM1':
      if (nameOf(claim, textOf(segment, 1)) === undefined) claim.names = added(claim.names, readName(segment));
      return;
    case 'MIA':
      claim.inpatient = readInpatient(segment);
      return;
    case 'MOA':
      claim.outpatient = readOutpatient(segment);
  }
}

/** Segments that R4 has elements for; with their first element where only those do. */
const IN_CLAIM: Readonly<Record<string, readonly string[] | undefined>> = { CAS: [], MIA: [], MOA: [], SVC: [], NM1: ['QC'], AMT: ['I', 'F5'] };
const IN_LINE: Readonly<Record<string, readonly string[] | undefined>> = { CAS: [], SVC: [], REF: ['6R'], AMT: ['B6'], LQ: ['HE'], DTM: ['472', '150', '151'] };

function hasPlace(segment: Elements, isInLine: boolean): boolean {
  const qualifiers = (isInLine ? IN_LINE : IN_CLAIM)[segment.id];
  return qualifiers !== undefined && (qualifiers.length === 0 || qualifiers.includes(textOf(segment, 1)));
}

/** SVC04, SVC06 and SVC07: the revenue code beside a procedure, and what was submitted, where it was something else. */
const saysMore = (segment: Elements): boolean => segment.size >= 6 || textOf(segment, 4) !== '';

function readLine(segment: Elements, delimiters: Delimiters, findings: EraFinding[]): OpenLine {
  return {
    position: positionOf(segment),
    service: readService(segment, 1, delimiters, findings),
    charge: requiredAmount(segment, 2),
    paid: requiredAmount(segment, 3),
    revenue: optional(segment, 4),
    paidUnits: optionalDecimal(segment, 5),
    submitted: textOf(segment, 6) === '' ? undefined : readService(segment, 6, delimiters, findings),
    submittedUnits: optionalDecimal(segment, 7),
    adjustments: NONE, references: NONE, dates: NONE, amounts: NONE, quantities: NONE, remarks: NONE,
    segments: saysMore(segment) ? [verbatim(segment, delimiters)] : NONE,
  };
}

/** Modifiers are components 3 to 6. */
function readService(segment: Elements, element: number, delimiters: Delimiters, findings: EraFinding[]): EraService {
  required(segment, element);
  const [qualifier = '', code, ...more] = componentsOf(segment, element, delimiters);
  if (code === undefined || code === '') {
    findings.push({ code: 'service-unqualified', severity: 'warning', position: positionOf(segment, element), text: 'The service has no qualifier and code separated as ISA16 says; it is kept as it stands' });
    return { qualifier: '', code: qualifier, modifiers: NONE };
  }
  return { qualifier, code, modifiers: more.length === 0 ? NONE : more.slice(0, 4).filter((modifier) => modifier !== '') };
}

const readQualified = (segment: Elements): Qualified => ({ qualifier: textOf(segment, 1), value: textOf(segment, 2) });

function readName(segment: Elements): EraName {
  const id = optional(segment, 9);
  return {
    entity: required(segment, 1),
    kind: textOf(segment, 2),
    last: textOf(segment, 3),
    first: optional(segment, 4),
    middle: optional(segment, 5),
    id: id === undefined ? undefined : { qualifier: textOf(segment, 8), value: id },
    position: positionOf(segment),
  };
}

const MIA_REMARKS = [5, 20, 21, 22, 23] as const;
const MOA_REMARKS = [3, 4, 5, 6, 7] as const;

/** MIA. */
export const readInpatient = (segment: Elements): Adjudicated => readAdjudicated(segment, MIA_REMARKS);
/** MOA. */
export const readOutpatient = (segment: Elements): Adjudicated => readAdjudicated(segment, MOA_REMARKS);

function readAdjudicated(segment: Elements, remarkElements: readonly number[]): Adjudicated {
  const elements = [segment.id];
  for (let element = 1; element <= segment.size; element++) elements.push(textOf(segment, element));
  let remarks: string[] = NONE;
  for (const element of remarkElements) if (textOf(segment, element) !== '') remarks = added(remarks, textOf(segment, element));
  return { elements, remarks, position: positionOf(segment) };
}
