import type { Claim, Coverage, FhirResource } from 'fhir/r4.js';
import type { DeriveInput } from '../../src/claims/derive/derive.js';
import type { Decision } from '../../src/claims/read-header.js';
import type { Inputs, OperationCall, OperationContext } from '../../src/fhir/operation/operation.js';
import { errors } from '../../src/fhir/outcome.js';
import type { Resources } from '../../src/fhir/resources.js';
import { decisionsOf, isDecision, storedFacts, toInput, type Facts } from '../../src/work/derivation/load.js';
import { withReferred } from '../../src/work/derivation/lookup.js';

/** All that is known about the claim: as the request states it, or as it is stored. */
export async function load({ level, target, in: inputs }: OperationCall, { resources, today }: OperationContext): Promise<DeriveInput> {
  const facts = level === 'instance' ? await storedFacts(target as Claim, resources, inputs.has('adjudication') ? await decisionsNamed(inputs, resources) : undefined) : await inline(inputs, resources);
  const coverage = inputs.references('coverage')[0];
  if (coverage !== undefined && !facts.coverages.some(({ id }) => coverage === `Coverage/${id ?? ''}`)) {
    throw errors.businessRule('The coverage is none of the patient’s: name one of them, e.g. Coverage/1', `${inputs.one('coverage')?.expression ?? 'Parameters'}.reference`);
  }
  return toInput(facts, { coverage, asOf: inputs.string('asOf') ?? today() });
}

/** Type level: what the request gives; references that it does not resolve are looked up. */
async function inline(inputs: Inputs, store: Resources): Promise<Facts> {
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

function decisionsNamed(inputs: Inputs, store: Resources): Promise<Decision[]> {
  return Promise.all(inputs.references('adjudication').map(async (reference, position) => {
    const [, type, id] = /^(ClaimResponse|ExplanationOfBenefit)\/([A-Za-z0-9.-]{1,64})$/.exec(reference) ?? [];
    const found = type !== undefined && id !== undefined ? await store.read(type as Decision['resourceType'], id) : undefined;
    if (found && isDecision(found)) return found;
    throw errors.businessRule('There is no such adjudication: name a stored ClaimResponse or ExplanationOfBenefit', `${inputs.all('adjudication')[position]?.expression ?? 'Parameters'}.reference`);
  }));
}

const claimsAmong = (resources: readonly FhirResource[]): Claim[] => resources.filter((resource): resource is Claim => resource.resourceType === 'Claim');
