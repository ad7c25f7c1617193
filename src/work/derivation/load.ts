import type { Claim, ClaimResponse, Coverage, ExplanationOfBenefit, FhirResource, RelatedPerson } from 'fhir/r4.js';
import { chainOf, focalCoverageOf } from '../../claims/derive/chain.js';
import type { DeriveInput } from '../../claims/derive/derive.js';
import { referenceTo } from '../../claims/derive/input.js';
import { netHashOf } from '../../claims/derive/next-claim.js';
import { relative, type Decision } from '../../claims/read-header.js';
import { errors } from '../../fhir/outcome.js';
import type { Resources } from '../../fhir/resources.js';
import { digest } from '../task.js';
import { withReferred } from './lookup.js';
import { ordersFor, type Facts } from './orders.js';

export type { Facts } from './orders.js';

/** The facts, with the order of benefits on each date that matters. */
export const toInput = (facts: Facts, { coverage, asOf }: { readonly coverage?: string | undefined; readonly asOf: string }): DeriveInput => ({
  ...facts,
  orders: ordersFor(facts),
  coverage,
  asOf,
  digest,
});

/**
 * What is stored about a claim: its chain, the decisions about it (or those given), the patient’s coverages and people.
 * @throws {FhirError} 422 where the claim names no stored patient.
 */
export async function storedFacts(claim: Claim, store: Resources, given?: readonly Decision[]): Promise<Facts> {
  const patient = relative(claim.patient.reference);
  if (!patient?.startsWith('Patient/')) throw errors.businessRule('The claim names no stored patient: correct Claim.patient', 'Claim.patient');
  const claims = await store.search<Claim>('Claim', `patient=${patient}`);
  const chain = chainOf(claim, claims).all;
  const [decisions, coverages, people] = await Promise.all([
    given ?? decisionsOf(chain, store),
    store.search<Coverage>('Coverage', `beneficiary=${patient}`),
    store.search<RelatedPerson>('RelatedPerson', `patient=${patient}`),
  ]);
  const documents = await documentsOf(decisions, store);
  const resources = await withReferred([claim, ...chain, ...decisions, ...coverages, ...people, ...documents], store);
  return { claim, claims: chain, decisions, coverages, coveragesThen: await coveragesThen(chain, coverages, store), resources };
}

/** `DeriveInput.coveragesThen`: of derived claims that stand, where the coverage has changed at all. */
async function coveragesThen(claims: readonly Claim[], coverages: readonly Coverage[], store: Resources): Promise<Map<string, Coverage>> {
  const found = await Promise.all(claims.filter((claim) => netHashOf(claim) !== undefined && IN_HAND.has(claim.status)).map(async (claim) => {
    const coverage = coverages.find((one) => referenceTo(one) === focalCoverageOf(claim));
    if (coverage?.id === undefined || claim.id === undefined || coverage.meta?.versionId === '1') return undefined;
    const [made, ...later] = await store.versions<Claim>('Claim', claim.id);
    const at = (claim.status === 'draft' ? made : [made, ...later].find((version) => version?.status === 'active'))?.meta?.lastUpdated ?? '';
    const then = (await store.versions<Coverage>('Coverage', coverage.id)).findLast(({ meta }) => Date.parse(meta?.lastUpdated ?? '') <= Date.parse(at));
    return then && ([`Claim/${claim.id}`, then] as const);
  }));
  return new Map(found.filter((each) => each !== undefined));
}

/** Drafts, and what payers have and may not have decided. */
const IN_HAND: ReadonlySet<string> = new Set(['draft', 'active']);

/** All stored decisions about some claims. */
export async function decisionsOf(claims: readonly Claim[], store: Resources): Promise<Decision[]> {
  const references = claims.flatMap(({ id }) => (id === undefined ? [] : [`Claim/${id}`])).join();
  const [responses, explanations] = await Promise.all([
    store.search<ClaimResponse>('ClaimResponse', `request=${references}`),
    store.search<ExplanationOfBenefit>('ExplanationOfBenefit', `claim=${references}`),
  ]);
  return [...responses, ...explanations];
}

async function documentsOf(decisions: readonly Decision[], store: Resources): Promise<FhirResource[]> {
  const references = decisions.flatMap(({ resourceType, id }) => (id === undefined ? [] : [`${resourceType}/${id}`]));
  return references.length > 0 ? store.search('DocumentReference', `related=${references.join()}`) : [];
}

export const isDecision = (resource: FhirResource): resource is Decision => resource.resourceType === 'ClaimResponse' || resource.resourceType === 'ExplanationOfBenefit';
