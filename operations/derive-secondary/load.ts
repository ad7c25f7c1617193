import { createHash } from 'node:crypto';
import type { Claim, ClaimResponse, Coverage, ExplanationOfBenefit, FhirResource, RelatedPerson } from 'fhir/r4.js';
import { chainOf } from '../../src/claims/derive/chain.js';
import type { DeriveInput } from '../../src/claims/derive/derive.js';
import { relative, type Decision } from '../../src/claims/read-header.js';
import type { Inputs, OperationCall, OperationContext } from '../../src/fhir/operation/operation.js';
import { errors } from '../../src/fhir/outcome.js';
import type { Resources } from '../../src/fhir/resources.js';
import { withReferred } from './lookup.js';
import { ordersFor } from './orders.js';

export const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** All that is known about the claim: as the request states it, or as it is stored. */
export async function load(call: OperationCall, context: OperationContext): Promise<DeriveInput> {
  const given = call.level === 'instance' ? await stored(call, context.resources) : await inline(call.in, context.resources);
  const coverage = call.in.references('coverage')[0];
  if (coverage !== undefined && !given.coverages.some(({ id }) => coverage === `Coverage/${id ?? ''}`)) {
    throw errors.businessRule('The coverage is none of the patient’s: name one of them, e.g. Coverage/1', `${call.in.one('coverage')?.expression ?? 'Parameters'}.reference`);
  }
  return {
    ...given,
    orders: ordersFor(given.claim, given.coverages, given.resources),
    coverage,
    asOf: call.in.string('asOf') ?? context.today(),
    digest,
  };
}

type Given = Pick<DeriveInput, 'claim' | 'claims' | 'decisions' | 'coverages' | 'resources'>;

/** Type level: what the request gives; references that it does not resolve are looked up. */
async function inline(inputs: Inputs, store: Resources): Promise<Given> {
  const claim = inputs.resource<Claim>('claim') as Claim;
  const coverages = inputs.resources<Coverage>('coverages');
  const named = decisionsGiven(inputs);
  const decisions = named.length > 0 || claim.id === undefined ? named : await decisionsOf([claim], store);
  const resources = await withReferred([...inputs.resources('resource'), claim, ...coverages, ...decisions], store);
  return { claim, claims: claimsAmong(resources), decisions, coverages, resources };
}

function decisionsGiven(inputs: Inputs): Decision[] {
  return inputs.all('adjudication').map(({ value, expression }) => {
    const resource = value as FhirResource;
    if (isDecision(resource)) return resource;
    throw errors.invalid('An adjudication is a ClaimResponse or an ExplanationOfBenefit', expression);
  });
}

/** Instance level: the chain of the claim, its decisions, the patient’s coverages and people. */
async function stored({ target, in: inputs }: OperationCall, store: Resources): Promise<Given> {
  const claim = target as Claim;
  const patient = relative(claim.patient.reference);
  if (!patient?.startsWith('Patient/')) throw errors.businessRule('The claim names no stored patient: correct Claim.patient', 'Claim.patient');
  const claims = await store.search<Claim>('Claim', `patient=${patient}`);
  const chain = chainOf(claim, claims).all;
  const [decisions, coverages, people] = await Promise.all([
    inputs.has('adjudication') ? decisionsNamed(inputs, store) : decisionsOf(chain, store),
    store.search<Coverage>('Coverage', `beneficiary=${patient}`),
    store.search<RelatedPerson>('RelatedPerson', `patient=${patient}`),
  ]);
  const documents = await documentsOf(decisions, store);
  const resources = await withReferred([claim, ...chain, ...decisions, ...coverages, ...people, ...documents], store);
  return { claim, claims: chain, decisions, coverages, resources };
}

function decisionsNamed(inputs: Inputs, store: Resources): Promise<Decision[]> {
  return Promise.all(inputs.references('adjudication').map(async (reference, position) => {
    const [, type, id] = /^(ClaimResponse|ExplanationOfBenefit)\/([A-Za-z0-9.-]{1,64})$/.exec(reference) ?? [];
    const found = type !== undefined && id !== undefined ? await store.read(type as Decision['resourceType'], id) : undefined;
    if (found && isDecision(found)) return found;
    throw errors.businessRule('There is no such adjudication: name a stored ClaimResponse or ExplanationOfBenefit', `${inputs.all('adjudication')[position]?.expression ?? 'Parameters'}.reference`);
  }));
}

async function decisionsOf(claims: readonly Claim[], store: Resources): Promise<Decision[]> {
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

const claimsAmong = (resources: readonly FhirResource[]): Claim[] => resources.filter((resource): resource is Claim => resource.resourceType === 'Claim');
const isDecision = (resource: FhirResource): resource is Decision => resource.resourceType === 'ClaimResponse' || resource.resourceType === 'ExplanationOfBenefit';
