import type { Claim, Extension, FhirResource, Reference } from 'fhir/r4.js';
import { maySamePatient, mergedWith } from '../../claims/derive/same-patient.js';
import { relative, type Decision } from '../../claims/read-header.js';
import { errors } from '../../fhir/outcome.js';
import type { Resources } from '../../fhir/resources.js';

/** More than any family has; a request that names more is not one claim. */
const MOST = 500;

/**
 * The given resources and what they refer to, as far as it decides who the patient is, who pays and which claims belong
 * together. What is not given is looked up; what is not there stays away.
 * @throws {FhirError} 422 when more than 500 would have to be looked up.
 */
export async function withReferred(given: readonly FhirResource[], resources: Resources): Promise<FhirResource[]> {
  const all = [...given];
  const known = new Set(given.map(({ resourceType, id }) => `${resourceType}/${id ?? ''}`));
  let looked = 0;
  for (const resource of all) {
    for (const reference of referencesOf(resource)) {
      const [, type, id] = /^([A-Z]\w+)\/([A-Za-z0-9.-]{1,64})$/.exec(reference) ?? [];
      if (type === undefined || id === undefined || known.has(reference)) continue;
      known.add(reference);
      if (++looked > MOST) throw errors.processing(`More than ${MOST} resources are referred to: give those that matter inline`, 'Parameters');
      const found = await resources.read(type as FhirResource['resourceType'], id);
      if (found) all.push(found);
    }
  }
  return all;
}

/** The stored resource of a relative reference (`Claim/1`); undefined where there is none, or it leads elsewhere. */
export async function readReference(reference: string | undefined, resources: Resources): Promise<FhirResource | undefined> {
  const [, type, id] = /^([A-Z]\w+)\/([A-Za-z0-9\-.]{1,64})$/.exec(relative(reference) ?? '') ?? [];
  return type && id ? resources.read(type as FhirResource['resourceType'], id) : undefined;
}

/** The claim that a decision names, where it is stored here and the caller may read it. */
export async function answeredClaim(decision: Decision, { resources, baseUrl }: { readonly resources: Resources; readonly baseUrl: string }): Promise<Claim | undefined> {
  const reference = (decision.resourceType === 'ClaimResponse' ? decision.request : decision.claim)?.reference;
  const found = await readReference(reference?.startsWith(`${baseUrl}/`) ? reference.slice(baseUrl.length + 1) : reference, resources);
  return found?.resourceType === 'Claim' ? (found as Claim) : undefined;
}

/** Whether a decision is about the patient of the claim that it names, or about a record of the same patient that was merged with that one. */
export async function isAboutPatientOf(claim: Claim, decision: Decision, resources: Resources): Promise<boolean> {
  if (maySamePatient(decision.patient, claim.patient, [])) return true;
  return maySamePatient(decision.patient, claim.patient, await withReferred([decision, { ...claim, related: [], insurance: [] }], resources));
}

function referencesOf(resource: FhirResource): string[] {
  switch (resource.resourceType) {
    case 'Claim':
      return literal([resource.patient, ...(resource.related ?? []).map(({ claim }) => claim), ...resource.insurance.map(({ coverage }) => coverage)]);
    case 'Coverage':
      return literal([resource.beneficiary, resource.subscriber, ...resource.payor]);
    case 'ClaimResponse':
    case 'ExplanationOfBenefit':
      return literal([resource.patient]);
    case 'Patient':
      return [...mergedWith(resource), ...literal(inExtensions(resource.extension ?? []))];
    case 'RelatedPerson':
      return literal(inExtensions(resource.extension ?? []));
    default:
      return [];
  }
}

/** Who a family situation speaks of: parents, guardians, their partners. */
const inExtensions = (extensions: readonly Extension[]): (Reference | undefined)[] =>
  extensions.flatMap(({ valueReference, extension = [] }) => [valueReference, ...inExtensions(extension)]);

const literal = (references: readonly (Reference | undefined)[]): string[] => references.flatMap((reference) => relative(reference?.reference) ?? []);
