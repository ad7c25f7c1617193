import type { Account, Coverage, FhirResource, Organization, Patient, RelatedPerson } from 'fhir/r4.js';
import type { CobInput, StatedOrder } from '../../src/cob/index.js';
import type { OperationContext } from '../../src/fhir/operation/operation.js';

/** The resources that an order of benefits is read from. */
export type CobResources = Pick<CobInput, 'coverages' | 'patient' | 'relatedPersons' | 'organizations'> & { readonly subscribers: readonly Patient[]; readonly statedOrders: readonly StatedOrder[] };

/** What the store holds about a patient: coverages, related persons, payors, and the order that accounts state. */
export async function gatherStored(patient: Patient, context: OperationContext): Promise<CobResources> {
  const { resources } = context;
  const self = `Patient/${patient.id ?? ''}`;
  const [coverages, relatedPersons, accounts] = await Promise.all([
    resources.search<Coverage>('Coverage', `beneficiary=${self}`),
    resources.search<RelatedPerson>('RelatedPerson', `patient=${self}`),
    resources.search<Account>('Account', `subject=${self}`),
  ]);
  return { ...(await complete(coverages, [patient, ...relatedPersons], context)), statedOrders: accounts.flatMap(accountOrders) };
}

/** The coverages as given, and the people and payors they refer to: those given inline, the others from the store. */
export async function gatherInline(coverages: readonly Coverage[], inline: readonly FhirResource[], context: OperationContext): Promise<CobResources> {
  return { ...(await complete(coverages, inline, context)), statedOrders: [] };
}

async function complete(coverages: readonly Coverage[], known: readonly FhirResource[], context: OperationContext): Promise<Omit<CobResources, 'statedOrders'>> {
  const found = new Map(known.map((resource) => [`${resource.resourceType}/${resource.id ?? ''}`, resource]));
  const lookUp = async (references: readonly (string | undefined)[]): Promise<void> => {
    const wanted = [...new Set(references.map((reference) => localTarget(reference, context.baseUrl)))].filter((target) => target !== undefined && !found.has(target));
    for (const resource of await Promise.all(wanted.map((target) => read(target, context)))) if (resource) found.set(`${resource.resourceType}/${resource.id ?? ''}`, resource);
  };
  await lookUp(coverages.flatMap(({ beneficiary, subscriber, payor }) => [beneficiary.reference, subscriber?.reference, ...payor.map(({ reference }) => reference)]));
  const all = [...found.values()];
  const beneficiary = localTarget(coverages[0]?.beneficiary.reference, context.baseUrl);
  const patients = all.filter((resource): resource is Patient => resource.resourceType === 'Patient');
  const patient = patients.find(({ id }) => beneficiary === `Patient/${id ?? ''}`);
  return {
    coverages,
    patient,
    subscribers: patients.filter((other) => other !== patient),
    relatedPersons: all.filter((resource): resource is RelatedPerson => resource.resourceType === 'RelatedPerson'),
    organizations: all.filter((resource): resource is Organization => resource.resourceType === 'Organization'),
  };
}

const READABLE = /^(Patient|RelatedPerson|Organization)\/([A-Za-z0-9\-.]{1,64})$/;

/** `Type/id` of a reference to a person or payor on this server, without version; undefined for any other. */
export function localTarget(reference: string | undefined, baseUrl: string): string | undefined {
  const relative = reference?.startsWith(`${baseUrl}/`) ? reference.slice(baseUrl.length + 1) : reference;
  const target = relative?.split('/_history/')[0];
  return target !== undefined && READABLE.test(target) ? target : undefined;
}

async function read(target: string | undefined, { resources }: OperationContext): Promise<FhirResource | undefined> {
  const [, type, id] = READABLE.exec(target ?? '') ?? [];
  return type && id ? resources.read(type as FhirResource['resourceType'], id) : undefined;
}

/** Each account is a source of its own. */
const accountOrders = ({ id, coverage }: Account): StatedOrder[] =>
  (coverage ?? []).flatMap(({ coverage: { reference }, priority }) =>
    reference === undefined || priority === undefined ? [] : [{ coverage: reference, stated: priority, source: `Account/${id ?? ''} coverage.priority` }]);
