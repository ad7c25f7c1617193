import type { Claim, Coverage, FhirResource } from 'fhir/r4.js';
import { relative } from '../../claims/read-header.js';
import { errors } from '../../fhir/outcome.js';
import type { Resources } from '../../fhir/resources.js';
import type { ClaimSource } from '../../x12/claim/facts.js';
import { decisionsOf } from '../derivation/load.js';
import { kindOf } from '../payer-kind.js';

/** More than any claim names. */
const MOST = 500;

/** A claim with what its 837 names: as given, else as stored. What is not there stays away. @throws {FhirError} 422 when it names more than 500 */
export async function claimSource(claim: Claim, given: readonly FhirResource[], store: Resources): Promise<ClaimSource> {
  const known = new Map(given.map((resource) => [`${resource.resourceType}/${resource.id ?? ''}`, resource]));
  await lookUp(namedIn(claim), known, store);
  const coverages = [...known.values()].filter((one): one is Coverage => one.resourceType === 'Coverage');
  await lookUp(coverages.flatMap(namedIn), known, store);
  const replaced = (claim.related ?? []).flatMap(({ claim: prior }) => relative(prior?.reference) ?? []).flatMap((reference) => known.get(reference) ?? []);
  const decisions = replaced.length > 0 ? await decisionsOf(replaced.filter((one): one is Claim => one.resourceType === 'Claim'), store) : [];
  return { claim, resources: [...known.values(), ...decisions], payerKindOf: kindOf };
}

async function lookUp(references: readonly string[], known: Map<string, FhirResource>, store: Resources): Promise<void> {
  const wanted = [...new Set(references)].filter((reference) => !known.has(reference));
  if (wanted.length > MOST) throw errors.processing(`The claim names more than ${MOST} resources: give those that matter inline`, 'Claim');
  const found = await Promise.all(wanted.map((reference) => {
    const [type, id = ''] = reference.split('/');
    return store.read(type as FhirResource['resourceType'], id);
  }));
  found.forEach((resource, index) => {
    if (resource) known.set(wanted[index] ?? '', resource);
  });
}

const NAMED = /^(?:Patient|RelatedPerson|Coverage|Organization|Practitioner|Location|Claim|ClaimResponse|ExplanationOfBenefit|DocumentReference)\/[A-Za-z0-9.-]{1,64}$/;

/** Every literal reference of a resource, wherever it stands. */
function namedIn(resource: object): string[] {
  return Object.entries(resource).flatMap(([name, value]: [string, unknown]) => {
    if (name === 'reference' && typeof value === 'string') return [relative(value) ?? ''].filter((target) => NAMED.test(target));
    return typeof value === 'object' && value !== null ? namedIn(value) : [];
  });
}
