import type { Claim, FhirResource, Identifier, Organization, Practitioner, PractitionerRole, Reference, Resource } from 'fhir/r4.js';
import { accountNumbers, isAccountNumber } from '../../claims/account-number.js';
import { structureDefinition } from '../../claims/canonical.js';
import { referenceTo } from '../../claims/derive/input.js';
import { relative, type Decision } from '../../claims/read-header.js';
import type { Resources } from '../../fhir/resources.js';
import { readReference } from '../derivation/lookup.js';

const UPSTREAM = structureDefinition('upstream');
const NPI_SYSTEM = 'http://hl7.org/fhir/sid/us-npi';
/** The newest claims show how ours are numbered, and whether our providers have NPIs at all. */
const NEWEST = 20;
/** Claims that name a provider in their care team: enough to see whether any has it do more than refer. */
const WITH_CARE_TEAM = 50;
const REFERS: ReadonlySet<string> = new Set(['referring', 'refer', 'referrer']);

/** What brought it here is a source of synchronisation, which sends all that its members had, wherever. */
export const isSynchronised = ({ meta }: Resource): boolean => meta?.extension?.some(({ url }) => url === UPSTREAM) ?? false;

/**
 * Whether a decision that a payer's system sent is certainly about the services of another provider: it names provider and payee
 * by NPIs that are none of ours, and its account number, where it has one, is neither known here nor of the form of
 * ours. False where any of that can't be told.
 */
export async function isElsewhere(decision: Decision, resources: Resources): Promise<boolean> {
  if (!isSynchronised(decision)) return false;
  const named = await npisOf(decision, resources);
  if (!named) return false;
  const newest = await resources.first<Claim>('Claim', '_sort=-_lastUpdated', NEWEST);
  const ofOurs = (await Promise.all(newest.map(({ provider }) => numbersOf(provider, undefined, resources)))).flat();
  if (ofOurs.length === 0 || named.some((npi) => ofOurs.includes(npi)) || await isNumberOfOurs(accountNumbers(decision), newest, resources)) return false;
  for (const npi of named) if (await isOurs(npi, resources)) return false;
  return true;
}

/** The NPIs of the provider and the payee; undefined where either is not known by one. Whoever is a patient needs none. */
async function npisOf(decision: Decision, resources: Resources): Promise<string[] | undefined> {
  const provider = decision.resourceType === 'ClaimResponse' ? decision.requestor : decision.provider;
  const payee = decision.resourceType === 'ExplanationOfBenefit' ? decision.payee?.party : undefined;
  const parties = [provider, ...(payee && !isPerson(payee) ? [payee] : [])];
  const found = await Promise.all(parties.map((party) => numbersOf(party, decision, resources)));
  return found.some((numbers) => numbers.length === 0) ? undefined : found.flat();
}

const isPerson = ({ reference, type }: Reference): boolean => type === 'Patient' || type === 'RelatedPerson' || /^(?:Patient|RelatedPerson)\//.test(reference ?? '');

/** The NPIs that a reference states, or the record that it leads to; of a role, those of the person and the organization. */
async function numbersOf(reference: Reference | undefined, holder: Decision | undefined, resources: Resources): Promise<string[]> {
  const stated = npisIn(reference?.identifier ? [reference.identifier] : []);
  const target = relative(reference?.reference);
  if (target === undefined || stated.length > 0) return stated;
  const record = target.startsWith('#') ? (holder?.contained?.find(({ id }) => id === target.slice(1)) as FhirResource | undefined) : await readReference(target, resources);
  if (!isProvider(record)) return [];
  const own = npisIn(record.identifier);
  if (own.length > 0 || record.resourceType !== 'PractitionerRole') return own;
  return (await Promise.all([record.practitioner, record.organization].map((one) => numbersOf(one, holder, resources)))).flat();
}

const isProvider = (record: FhirResource | undefined): record is Organization | Practitioner | PractitionerRole =>
  record?.resourceType === 'Organization' || record?.resourceType === 'Practitioner' || record?.resourceType === 'PractitionerRole';

const npisIn = (identifiers: readonly Identifier[] = []): string[] =>
  identifiers.flatMap(({ system, type, value }) => (value !== undefined && (system === NPI_SYSTEM || type?.coding?.some(({ code }) => code === 'NPI')) ? [value] : []));

/** Whether any claim has such a number, or the newest ones have numbers of that form. */
async function isNumberOfOurs(numbers: readonly string[], newest: readonly Claim[], resources: Resources): Promise<boolean> {
  const forms = new Set(newest.flatMap(({ identifier = [] }) => identifier.filter(isAccountNumber).flatMap(({ value }) => (value === undefined ? [] : [formOf(value)]))));
  if (numbers.length > 0 && forms.size === 0) return true;
  if (numbers.some((number) => forms.has(formOf(number)))) return true;
  const known = await Promise.all(numbers.map((number) => resources.first<Claim>('Claim', `identifier=${encodeURIComponent(number.replace(/[\\,$|]/g, '\\$&'))}`, 1)));
  return known.some((claims) => claims.length > 0);
}

/** `A-1047` and `B-9` are of one form: letters, digits and what stands between them. */
const formOf = (number: string): string => number.replace(/\p{L}+/gu, 'A').replace(/\d+/g, '9');

/** Whether a provider stands here by itself, bills a claim of ours, is paid for one or treats in one. Who only refers to us does not. */
async function isOurs(npi: string, resources: Resources): Promise<boolean> {
  const token = encodeURIComponent(`${NPI_SYSTEM}|${npi}`);
  const found: readonly FhirResource[] = (await Promise.all((['Organization', 'Practitioner', 'PractitionerRole'] as const).map((type) => resources.search(type, `identifier=${token}`)))).flat();
  if (found.some((record) => !isSynchronised(record))) return true;
  const records = found.flatMap((record) => referenceTo(record) ?? []);
  if (records.length === 0) return false;
  const roles = (await Promise.all(['practitioner', 'organization'].map((parameter) => resources.search<PractitionerRole>('PractitionerRole', `${parameter}=${records.join()}`)))).flat();
  const parties = [...records, ...roles.flatMap((role) => referenceTo(role) ?? [])];
  const billed = await Promise.all(['provider', 'payee'].map((parameter) => resources.first<Claim>('Claim', `${parameter}=${parties.join()}`, 1)));
  if (billed.flat().length > 0) return true;
  const treated = await resources.first<Claim>('Claim', `care-team=${parties.join()}`, WITH_CARE_TEAM);
  return treated.some(({ careTeam = [] }) => careTeam.some(({ provider, role }) => parties.includes(relative(provider.reference) ?? '') && !role?.coding?.some(({ code = '' }) => REFERS.has(code))));
}
