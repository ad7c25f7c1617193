import type { FhirResource, Patient } from 'fhir/r4.js';
import { APART } from '../../src/fhir/audit/apart.js';
import type { OperationContext } from '../../src/fhir/operation/operation.js';
import { FhirError } from '../../src/fhir/outcome.js';
import { careInterval } from '../../src/fhir/search/care-dates.js';
import { compartmentParameters, compartmentTypes } from '../../src/fhir/search/compartment.js';
import type { AskedRecord } from './asked.js';

/** A record of more is read in pages. */
export const MAX_RESOURCES = 10_000;

/** A page of a record, and the last of it if there is more. */
export interface RecordPage {
  readonly resources: readonly FhirResource[];
  readonly next: readonly [type: string, id: string] | undefined;
}

/**
 * The patient and what is in the patient's compartment, as far as it is asked for: the patient first, then by type and
 * id, behind the place where the page before ended.
 * @throws {FhirError} 422 when there is more than can be given at once.
 */
export async function compartmentFrom(patient: Patient, asked: AskedRecord, context: OperationContext): Promise<RecordPage> {
  const most = asked.count ?? MAX_RESOURCES;
  const found: FhirResource[] = asked.after === undefined && isAsked(patient, asked) ? [patient] : [];
  for (const type of compartmentTypes('Patient')) {
    if ((asked.after && type < asked.after[0]) || (asked.types ? !asked.types.has(type) : APART.includes(type))) continue;
    if (found.length > most) break;
    found.push(...(await ofType(type, patient, asked, context)));
  }
  if (found.length <= most) return { resources: found, next: undefined };
  if (asked.count === undefined) throw new FhirError(422, { severity: 'error', code: 'too-costly', text: `The record has more than ${MAX_RESOURCES} resources: ask for pages by _count, or for less by _type, start, end or _since` });
  const resources = found.slice(0, most);
  const last = resources.at(-1);
  return { resources, next: last && (last === patient ? ['', ''] : [last.resourceType, last.id ?? '']) };
}

async function ofType(type: string, { id: patientId = '' }: Patient, asked: AskedRecord, { resources }: OperationContext): Promise<FhirResource[]> {
  const byId = new Map<string, FhirResource>();
  for (const parameter of compartmentParameters('Patient', type)) {
    const since = asked.since ? `&_lastUpdated=ge${encodeURIComponent(asked.since)}` : '';
    for (const each of await resources.search(type as FhirResource['resourceType'], `${parameter}=Patient/${patientId}${since}`, { most: MAX_RESOURCES })) byId.set(each.id ?? '', each);
  }
  if (type === 'Patient') byId.delete(patientId);
  const after = asked.after?.[0] === type ? asked.after[1] : '';
  return [...byId.values()].filter((each) => (each.id ?? '') > after && isAsked(each, asked)).sort((a, b) => ((a.id ?? '') < (b.id ?? '') ? -1 : 1));
}

/** Whether a resource is of a type, of a time and as new as is asked. */
export function isAsked(resource: FhirResource, { types, since, care }: AskedRecord): boolean {
  if (types && !types.has(resource.resourceType)) return false;
  if (since && Date.parse(resource.meta?.lastUpdated ?? '') < Date.parse(since)) return false;
  const took = care && careInterval(resource);
  return !took || (took.low < care.high && took.high > care.low);
}
