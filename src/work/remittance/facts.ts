/** What is stored that a remittance may belong to. */
import type { Claim, ClaimResponse, Coverage, FhirResource, Organization } from 'fhir/r4.js';
import { relative } from '../../claims/read-header.js';
import type { Resources } from '../../fhir/resources.js';
import { escaped } from '../../fhir/search/escaping.js';
import { payerIdentifiers, payerNumbers, pcnOf, type MatchFacts } from '../../x12/era/match.js';
import { nameOf, type EraClaim, type Remittance } from '../../x12/era/remittance.js';

/** Values in one search: their text stays far below what a search takes. */
const AT_ONCE = 50;

export interface RemittanceFacts extends MatchFacts {
  /** The provider that is paid, by its number; undefined where none or several have it. */
  readonly payee: Organization | undefined;
  /** Organizations by the identifiers of crossover carriers. */
  readonly carriers: ReadonlyMap<string, Organization>;
}

/** Looks up who pays, who is paid, and every claim that the numbers may mean. */
export async function loadFacts(remittance: Remittance, resources: Resources): Promise<RemittanceFacts> {
  const carrierIds = remittance.claims.flatMap((claim) => nameOf(claim, 'TT')?.id?.value ?? []);
  const payeeIds = [remittance.payee.id?.value ?? ''];
  const [payers, payees, carriers, numbered] = await Promise.all([
    payersOf(remittance, resources),
    searchAll<Organization>(resources, 'Organization', 'identifier', payeeIds),
    searchAll<Organization>(resources, 'Organization', 'identifier', carrierIds),
    searchAll<Claim>(resources, 'Claim', 'identifier', remittance.claims.map(({ providerClaimNumber }) => providerClaimNumber)),
  ]);
  const decisions = await searchAll<ClaimResponse>(resources, 'ClaimResponse', 'identifier', remittance.claims.filter((claim) => isUnclear(claim, numbered)).flatMap(payerNumbers));
  const answered = decisions.flatMap(({ request }) => idIn(request?.reference, 'Claim') ?? []).filter((id) => !numbered.some((claim) => claim.id === id));
  const claims = [...numbered, ...await searchAll<Claim>(resources, 'Claim', '_id', answered)].filter(({ status }) => status !== 'entered-in-error');
  const coverages = await searchAll<Coverage>(resources, 'Coverage', 'beneficiary', claims.flatMap(({ patient }) => relative(patient.reference) ?? []));
  return { payers, payee: payees.length === 1 ? payees[0] : undefined, carriers: byIdentifier(carriers), claims, decisions, coverages };
}

/** The payer's own number is asked for only where ours does not name one claim. */
const isUnclear = ({ providerClaimNumber }: EraClaim, claims: readonly Claim[]): boolean => claims.filter((claim) => pcnOf(claim) === providerClaimNumber).length !== 1;

/** By one of its numbers; where nobody has any of them, by its whole name. */
async function payersOf(remittance: Remittance, resources: Resources): Promise<Organization[]> {
  const known = await searchAll<Organization>(resources, 'Organization', 'identifier', payerIdentifiers(remittance));
  const name = remittance.payer.name.trim();
  if (known.length > 0 || name === '') return known;
  const named = await searchAll<Organization>(resources, 'Organization', 'name', [name]);
  return named.filter((one) => one.name?.trim().toLowerCase() === name.toLowerCase());
}

function byIdentifier(organizations: readonly Organization[]): ReadonlyMap<string, Organization> {
  return new Map(organizations.flatMap((organization) => (organization.identifier ?? []).flatMap(({ value }): [string, Organization][] => (value === undefined ? [] : [[value, organization]]))));
}

/** Every match of one parameter with any of the values; none without a value. */
export async function searchAll<T extends FhirResource>(resources: Resources, type: T['resourceType'], parameter: string, values: readonly string[]): Promise<T[]> {
  const wanted = [...new Set(values.map((value) => value.trim()).filter((value) => value !== ''))];
  const found = new Map<string | undefined, T>();
  for (let at = 0; at < wanted.length; at += AT_ONCE) {
    const query = wanted.slice(at, at + AT_ONCE).map(escaped).join();
    for (const resource of await resources.search<T>(type, `${parameter}=${query}`)) found.set(resource.id, resource);
  }
  return [...found.values()];
}

export const idIn = (reference: string | undefined, type: string): string | undefined => {
  const [given, id] = relative(reference)?.split('/') ?? [];
  return given === type ? id : undefined;
};
