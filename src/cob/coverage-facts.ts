import type { Coverage } from 'fhir/r4.js';
import { type DayRange, dayRange } from './dates.js';
import { extension, extensions, oneOf, part, parts } from './extensions.js';
import type { EmploymentBasis } from './types.js';

const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';

/** What a plan of this type covers when no `benefit-type` says (data model §2). */
const TYPE_BENEFITS: Readonly<Record<string, string>> = {
  DENTAL: 'dental', DENTPRG: 'dental', VISPOL: 'vision', DRUGPOL: 'pharmacy', MENTPOL: 'behavioral', SUBPOL: 'behavioral', MENTPRG: 'behavioral', SUBPRG: 'behavioral',
};

/** The kinds of service a coverage is for, stated or by its type. */
export function benefitTypesOf(coverage: Coverage): readonly string[] {
  const stated = statedBenefitTypes(coverage);
  if (stated.length > 0) return stated;
  const type = coverage.type?.coding?.find(({ system, code }) => system === ACT_CODE && code !== undefined && Object.hasOwn(TYPE_BENEFITS, code));
  return [TYPE_BENEFITS[type?.code ?? ''] ?? 'medical'];
}

export const statedBenefitTypes = (coverage: Coverage): readonly string[] =>
  extensions(coverage, 'benefit-type').flatMap(({ valueCode }) => (valueCode ? [valueCode] : []));

/** Days on which a coverage is in force: an open end is undefined, so is a start that is not stated. A vague date counts whole. */
export interface InForce {
  readonly start: DayRange | undefined;
  readonly end: number | undefined;
}

export function inForce(coverage: Coverage): InForce {
  return { start: dayRange(coverage.period?.start), end: dayRange(coverage.period?.end)?.last };
}

/** Is a coverage in force on a date (YYYY-MM-DD)? Both ends inclusive; undefined when its start is not stated. */
export function coverageActiveOn(coverage: Coverage, date: string): boolean | undefined {
  const day = dayRange(date)?.first;
  const { start, end } = inForce(coverage);
  if (coverage.status !== 'active' || (day !== undefined && end !== undefined && end < day)) return false;
  if (day === undefined || !start) return undefined;
  return start.first <= day;
}

/** Extension `employment`: how the subscriber holds the plan. */
export interface Employment {
  readonly basis: EmploymentBasis | undefined;
  readonly employerSize: number | undefined;
  readonly multiEmployer: boolean | undefined;
  readonly largestEmployerSize: number | undefined;
  readonly smallEmployerElection: boolean | undefined;
  readonly disabilityPayFrom: DayRange | undefined;
}

const BASES: readonly EmploymentBasis[] = ['active', 'retired', 'laid-off', 'cobra', 'active-duty', 'none'];

export function employmentOf(coverage: Coverage): Employment {
  const stated = extension(coverage, 'employment');
  return {
    basis: oneOf(BASES, part(stated, 'basis')?.valueCode) ?? basisByType(coverage),
    employerSize: part(stated, 'employerSize')?.valuePositiveInt,
    multiEmployer: part(stated, 'multiEmployer')?.valueBoolean,
    largestEmployerSize: part(stated, 'largestEmployerSize')?.valuePositiveInt,
    smallEmployerElection: part(stated, 'smallEmployerElection')?.valueBoolean,
    disabilityPayFrom: dayRange(part(stated, 'disabilityPayFrom')?.valueDate),
  };
}

const basisByType = (coverage: Coverage): EmploymentBasis | undefined =>
  coverage.type?.coding?.some(({ system, code }) => system === ACT_CODE && code === 'RETIRE') ? 'retired' : undefined;

export type EntitlementReason = 'age' | 'disability' | 'esrd';
const REASONS: readonly EntitlementReason[] = ['age', 'disability', 'esrd'];

/** Extension `medicare-entitlement`. */
export interface MedicareEntitlement {
  readonly reasons: readonly EntitlementReason[];
  readonly esrdCoordinationStart: DayRange | undefined;
  /** Length of the coordination period in months; 30 by statute. */
  readonly coordinationMonths: number;
  readonly primaryBeforeEsrd: boolean | undefined;
  readonly qmb: boolean | undefined;
}

export function medicareEntitlementOf(coverage: Coverage): MedicareEntitlement {
  const stated = extension(coverage, 'medicare-entitlement');
  return {
    reasons: parts(stated, 'reason').flatMap(({ valueCode }) => oneOf(REASONS, valueCode) ?? []),
    esrdCoordinationStart: dayRange(part(stated, 'esrdCoordinationStart')?.valueDate),
    coordinationMonths: part(stated, 'coordinationMonths')?.valuePositiveInt ?? 30,
    primaryBeforeEsrd: part(stated, 'primaryBeforeEsrd')?.valueBoolean,
    qmb: part(stated, 'qmb')?.valueBoolean,
  };
}
