import type { Basic, Claim, Coverage, FhirResource } from 'fhir/r4.js';
import { structureDefinition } from '../../claims/canonical.js';
import { relative } from '../../claims/read-header.js';
import type { Resources } from '../../fhir/resources.js';

/** The patients, as references, that a resource concerns. */
export type Find = (resource: FhirResource, resources: Resources) => Promise<readonly (string | undefined)[]> | readonly (string | undefined)[];

const ENTRY_SOURCE = structureDefinition('entry-source');

const beneficiaries = async (query: string, resources: Resources): Promise<(string | undefined)[]> => {
  const found: (string | undefined)[] = [];
  for await (const page of resources.pages<Coverage>('Coverage', query)) found.push(...page.map(({ beneficiary }) => beneficiary.reference));
  return found;
};

/** Whose backlog may be another when a resource is: of each type that it rests on, the patients. */
export const PATIENTS_BY_TYPE: Readonly<Record<string, Find>> = {
  Claim: (resource) => [(resource as Claim).patient?.reference],
  ClaimResponse: (resource, resources) => ofDecision(resource, 'request', resources),
  ExplanationOfBenefit: (resource, resources) => ofDecision(resource, 'claim', resources),
  Coverage: (resource) => [(resource as Coverage).beneficiary?.reference],
  RelatedPerson: (resource) => [(resource as { readonly patient?: { readonly reference?: string } }).patient?.reference],
  Patient: async ({ id = '' }, resources) => [`Patient/${id}`, ...(await beneficiaries(`subscriber=Patient/${id}`, resources))],
  Organization: ({ id = '' }, resources) => beneficiaries(`payor=Organization/${id}`, resources),
  Invoice: (resource) => [(resource as { readonly subject?: { readonly reference?: string } }).subject?.reference],
  Communication: (resource) => [(resource as { readonly subject?: { readonly reference?: string } }).subject?.reference],
  Basic: (resource, resources) => ofLedgerEntry(resource as Basic, resources),
};

export const CONCERNED_TYPES: ReadonlySet<string> = new Set(Object.keys(PATIENTS_BY_TYPE));

/** The patients, `Patient/1`, that these resources concern: by default those whose backlog may be another since they were changed. */
export async function patientsTouched(changed: readonly FhirResource[], resources: Resources, byType = PATIENTS_BY_TYPE): Promise<Set<string>> {
  const patients = new Set<string>();
  for (const resource of changed) {
    for (const reference of (await byType[resource.resourceType]?.(resource, resources)) ?? []) {
      const patient = relative(reference);
      if (patient?.startsWith('Patient/')) patients.add(patient);
    }
  }
  return patients;
}

/** A decision counts for the claim that it answers, whichever patient it names. */
async function ofDecision(decision: FhirResource, element: 'request' | 'claim', resources: Resources): Promise<(string | undefined)[]> {
  const stated = decision as { readonly patient?: { readonly reference?: string } } & Partial<Record<typeof element, { readonly reference?: string }>>;
  return [stated.patient?.reference, await patientOf(stated[element]?.reference, resources)];
}

const ofLedgerEntry = async ({ extension = [] }: Basic, resources: Resources): Promise<(string | undefined)[]> => {
  const source = extension.find(({ url }) => url === ENTRY_SOURCE)?.extension?.find(({ url }) => url === 'resource')?.valueReference?.reference;
  return [await patientOf(source, resources)];
};

async function patientOf(reference: string | undefined, resources: Resources): Promise<string | undefined> {
  const [, type, id] = /^(Claim|ClaimResponse|ExplanationOfBenefit)\/([A-Za-z0-9.-]{1,64})$/.exec(relative(reference) ?? '') ?? [];
  if (type === undefined || id === undefined) return undefined;
  return (await resources.read<Claim>(type as 'Claim', id))?.patient?.reference;
}
