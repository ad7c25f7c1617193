/** Who of a claim file is stored already: nobody is stored twice. */
import type { Claim, Coverage, FhirResource, Identifier, Organization, Patient, Practitioner } from 'fhir/r4.js';
import { parseAmount } from '../../claims/money.js';
import { relative } from '../../claims/read-header.js';
import type { Resources } from '../../fhir/resources.js';
import { pcnOf } from '../../x12/era/match.js';
import { searchAll } from '../remittance/facts.js';

/** References of the file → those of what is stored. */
export type Known = Map<string, string>;

/** Providers by NPI or tax id, payers by payer id; members by payer, member id, name and birth date; claims by number, provider, payer and charge. */
export async function knownAmong(given: readonly FhirResource[], store: Resources): Promise<Known> {
  const known: Known = new Map();
  await addProviders(given, known, store);
  await addMembers(given, known, store);
  await addClaims(given, known, store);
  return known;
}

const isNamed = (resource: FhirResource): resource is Organization | Practitioner => resource.resourceType === 'Organization' || resource.resourceType === 'Practitioner';

/** The identifiers by which somebody is one and the same. */
const IDENTIFYING: ReadonlySet<string> = new Set(['NPI', 'TAX', 'payerid']);

const keysOf = ({ identifier = [] }: { readonly identifier?: readonly Identifier[] }): string[] =>
  identifier.flatMap(({ type, value }) => (type?.coding ?? []).flatMap(({ code }) => (code !== undefined && value !== undefined && IDENTIFYING.has(code) ? [`${code} ${value}`] : [])));

/** By the first of its identifiers that exactly one stored resource has. */
async function addProviders(given: readonly FhirResource[], known: Known, store: Resources): Promise<void> {
  for (const type of ['Organization', 'Practitioner'] as const) {
    const ours = given.filter(isNamed).filter(({ resourceType }) => resourceType === type);
    const stored = await searchAll<Organization | Practitioner>(store, type, 'identifier', ours.flatMap(({ identifier = [] }) => identifier.flatMap(({ value }) => value ?? [])));
    for (const one of ours) {
      for (const key of keysOf(one)) {
        const [found, ...others] = stored.filter((candidate) => keysOf(candidate).includes(key));
        if (!found || others.length > 0) continue;
        known.set(referenceTo(one), referenceTo(found));
        break;
      }
    }
  }
}

async function addMembers(given: readonly FhirResource[], known: Known, store: Resources): Promise<void> {
  const coverages = given.filter((one): one is Coverage => one.resourceType === 'Coverage');
  const patients = new Map(given.flatMap((one) => (one.resourceType === 'Patient' ? [[referenceTo(one), one] as const] : [])));
  const stored = await searchAll<Coverage>(store, 'Coverage', 'identifier', coverages.flatMap(({ subscriberId }) => subscriberId ?? []));
  const beneficiaries = await searchAll<Patient>(store, 'Patient', '_id', stored.flatMap(({ beneficiary }) => relative(beneficiary.reference)?.split('/')[1] ?? []));
  const storedPatients = new Map(beneficiaries.map((patient) => [referenceTo(patient), patient]));
  for (const coverage of coverages) {
    const patient = patients.get(coverage.beneficiary.reference ?? '');
    const payer = resolved(coverage.payor[0]?.reference, known);
    const [found, ...others] = stored.filter((one) => memberOf(one) === coverage.subscriberId && one.payor.some(({ reference }) => relative(reference) === payer)
      && isSamePerson(patient, storedPatients.get(relative(one.beneficiary.reference) ?? '')));
    if (!found || others.length > 0) continue;
    known.set(referenceTo(coverage), referenceTo(found));
    known.set(coverage.beneficiary.reference ?? '', relative(found.beneficiary.reference) ?? '');
    if (found.subscriber?.reference !== undefined && coverage.subscriber?.reference !== undefined) known.set(coverage.subscriber.reference, relative(found.subscriber.reference) ?? '');
  }
}

const memberOf = ({ subscriberId, identifier = [] }: Coverage): string | undefined => subscriberId ?? identifier[0]?.value;

function isSamePerson(a: Patient | undefined, b: Patient | undefined): boolean {
  const name = (patient: Patient | undefined): string => (patient?.name?.[0]?.family ?? '').normalize('NFD').replace(/[^\p{L}]/gu, '').toUpperCase();
  return a !== undefined && b !== undefined && a.birthDate !== undefined && a.birthDate === b.birthDate && name(a) === name(b);
}

async function addClaims(given: readonly FhirResource[], known: Known, store: Resources): Promise<void> {
  const claims = given.filter((one): one is Claim => one.resourceType === 'Claim');
  const stored = await searchAll<Claim>(store, 'Claim', 'identifier', claims.flatMap((claim) => pcnOf(claim) ?? []));
  for (const claim of claims) {
    const found = stored.find((one) => one.status !== 'entered-in-error' && pcnOf(one) === pcnOf(claim)
      && relative(one.provider.reference) === resolved(claim.provider.reference, known) && focalOf(one) === resolved(focalOf(claim), known)
      && parseAmount(one.total?.value ?? NaN) === parseAmount(claim.total?.value ?? NaN));
    if (found) known.set(referenceTo(claim), referenceTo(found));
  }
}

const focalOf = ({ insurance }: Claim): string | undefined => relative(insurance.find(({ focal }) => focal)?.coverage.reference);

const resolved = (reference: string | undefined, known: Known): string | undefined => known.get(reference ?? '') ?? reference;

export const referenceTo = ({ resourceType, id }: FhirResource): string => `${resourceType}/${id ?? ''}`;

/** The same resource, with every reference to somebody known as it is stored. */
export function withKnown<T extends object>(value: T, known: Known): T {
  if (Array.isArray(value)) return value.map((one: unknown) => (typeof one === 'object' && one !== null ? withKnown(one, known) : one)) as unknown as T;
  return Object.fromEntries(Object.entries(value).map(([name, inner]: [string, unknown]) => {
    if (name === 'reference' && typeof inner === 'string') return [name, resolved(inner, known)];
    return [name, typeof inner === 'object' && inner !== null ? withKnown(inner, known) : inner];
  })) as T;
}
