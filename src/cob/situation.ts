import type { Coverage, Organization, Patient, RelatedPerson } from 'fhir/r4.js';
import { benefitTypesOf, type Employment, employmentOf, inForce, type InForce, type MedicareEntitlement, medicareEntitlementOf, statedBenefitTypes } from './coverage-facts.js';
import { type DayRange, dayRange } from './dates.js';
import { type Doubt, doubtOf } from './doubt.js';
import { extension, localReference, part } from './extensions.js';
import { type InferredKind, isClosedPanel, isFederalEmployeesPlan, payerKindOf } from './payer-kind.js';
import { type Family, familyOf, type Person, readRelatedPerson, readSubscriber, type Relationship, relationshipOf } from './people-facts.js';
import type { CobInput, CobSettings, RelatedCause } from './types.js';

/** One coverage as the rules see it. What is undefined is not stated. */
export interface Plan {
  /** `Coverage/x`. */
  readonly ref: string;
  readonly status: string;
  readonly kind: InferredKind | undefined;
  readonly federalEmployees: boolean;
  readonly closedPanel: boolean;
  readonly benefitTypes: readonly string[];
  readonly benefitTypesStated: boolean;
  readonly inForce: InForce;
  /** Since when it covers, successive plans of one holder counted as one: `first-covered`, or the start of the period. */
  readonly coveredSince: DayRange | undefined;
  readonly relationship: Relationship | undefined;
  /** Who holds the plan, as far as it is stated. */
  readonly holder: Person | undefined;
  readonly employment: Employment;
  readonly medicare: MedicareEntitlement;
  /** Has the plan a coordination provision? Undefined: not stated, presumed. */
  readonly provision: boolean | undefined;
  readonly statedOrder: number | undefined;
  /** Undefined too where its payer has decided about the service. */
  readonly doubt: Doubt | undefined;
}

/** All that is known about one patient on one date of service: what the rules are applied to. */
export interface Situation {
  /** The date of service in days since 1970-01-01. */
  readonly day: number;
  readonly benefitType: string;
  readonly relatedCause: RelatedCause;
  readonly vaAuthorized: boolean | undefined;
  readonly birth: DayRange | undefined;
  readonly family: Family;
  /** Related persons in the order of their keys. */
  readonly people: readonly Person[];
  /** In the order of their references, whatever the order they came in. */
  readonly plans: readonly Plan[];
  readonly settings: CobSettings;
}

/** @throws {RangeError} when `date` is not a full calendar date. */
export function readSituation(input: CobInput): Situation {
  const day = dayRange(input.date);
  if (!day || day.first !== day.last) throw new RangeError('the date of service must be YYYY-MM-DD');
  const people = input.relatedPersons
    .map((person) => readRelatedPerson(person, `RelatedPerson/${person.id ?? ''}`))
    .sort((a, b) => byText(a.key, b.key));
  return {
    day: day.first,
    benefitType: input.benefitType,
    relatedCause: input.relatedCause,
    vaAuthorized: input.vaAuthorized,
    birth: dayRange(input.patient?.birthDate),
    family: familyOf(input.patient),
    people,
    plans: input.coverages.map((coverage) => readPlan(coverage, people, input)).sort((a, b) => byText(a.ref, b.ref)),
    settings: input.settings ?? {},
  };
}

/** Code unit order: the same on every machine. */
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const referenceOf = (coverage: Coverage): string => `Coverage/${coverage.id ?? ''}`;

function readPlan(coverage: Coverage, people: readonly Person[], input: CobInput): Plan {
  const holder = readHolder(coverage, people, input);
  const period = inForce(coverage);
  return {
    ref: referenceOf(coverage),
    status: coverage.status,
    kind: payerKindOf(coverage),
    federalEmployees: isFederalEmployeesPlan(coverage),
    closedPanel: isClosedPanel(coverage),
    benefitTypes: benefitTypesOf(coverage),
    benefitTypesStated: statedBenefitTypes(coverage).length > 0,
    inForce: period,
    coveredSince: dayRange(extension(coverage, 'first-covered')?.valueDate) ?? period.start,
    relationship: relationshipOf(coverage, holder, beneficiaryOf(coverage, input)),
    holder,
    employment: employmentOf(coverage),
    medicare: medicareEntitlementOf(coverage),
    provision: provisionOf(coverage, input.organizations),
    statedOrder: coverage.order,
    doubt: input.decided?.has(referenceOf(coverage)) === true ? undefined : doubtOf(coverage),
  };
}

const beneficiaryOf = (coverage: Coverage, { patient }: CobInput): string | undefined =>
  localReference(coverage.beneficiary?.reference) ?? (patient?.id ? `Patient/${patient.id}` : undefined);

function readHolder(coverage: Coverage, people: readonly Person[], input: CobInput): Person | undefined {
  const key = localReference(coverage.subscriber?.reference);
  if (key === undefined) return undefined;
  if (key.startsWith('#')) return readContained(coverage, key);
  const subscriber = input.subscribers?.find((patient) => `Patient/${patient.id ?? ''}` === key);
  return people.find((person) => person.key === key) ?? readSubscriber(key, subscriber);
}

function readContained(coverage: Coverage, reference: string): Person {
  const contained = coverage.contained?.find(({ id }) => id === reference.slice(1));
  const key = referenceOf(coverage) + reference;
  if (contained?.resourceType === 'RelatedPerson') return readRelatedPerson(contained as RelatedPerson, key);
  return readSubscriber(key, contained?.resourceType === 'Patient' ? (contained as Patient) : undefined);
}

/** The coverage's own word, or else its payor's. */
function provisionOf(coverage: Coverage, organizations: readonly Organization[]): boolean | undefined {
  const own = part(extension(coverage, 'cob-rules'), 'provision')?.valueBoolean;
  if (own !== undefined) return own;
  const ofPayors = (coverage.payor ?? []).map(({ reference }) => organizations.find(({ id }) => `Organization/${id ?? ''}` === localReference(reference)));
  return ofPayors.map((payor) => part(extension(payor, 'cob-rules'), 'provision')?.valueBoolean).find((stated) => stated !== undefined);
}
