import type { Bundle, FhirResource } from 'fhir/r4.js';
import type { OperationContext } from '../../src/fhir/operation/operation.js';
import type { Issue } from '../../src/fhir/outcome.js';

export interface FoundReference {
  readonly reference: string;
  readonly at: string;
}

/** `Type/id`, perhaps with a version. */
const LOCAL = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;

/** Each costs a read. */
const MAX_TARGETS = 1_000;

/** A warning for each literal reference to a resource of this server that is not there, and not in the same Bundle either. */
export async function missingTargets(references: readonly FoundReference[], resource: FhirResource, { resources, baseUrl }: OperationContext): Promise<Issue[]> {
  const here = new Set(resource.resourceType === 'Bundle' ? addressesIn(resource) : []);
  const places = new Map<string, string[]>();
  for (const { reference, at } of references) {
    const relative = reference.startsWith(`${baseUrl}/`) ? reference.slice(baseUrl.length + 1) : reference;
    const [, type, id] = LOCAL.exec(relative) ?? [];
    const target = `${type ?? ''}/${id ?? ''}`;
    if (type && id && !here.has(reference) && !here.has(target)) places.set(target, [...(places.get(target) ?? []), at]);
  }
  const missing: Issue[] = places.size > MAX_TARGETS ? [{ severity: 'information', code: 'too-costly', text: `Only the first ${MAX_TARGETS} resources that are referred to were looked for.`, id: 'reference-missing' }] : [];
  for (const [target, at] of [...places].slice(0, MAX_TARGETS)) {
    const [type = '', id = ''] = target.split('/');
    if (await resources.read(type as FhirResource['resourceType'], id)) continue;
    for (const expression of at) missing.push({ severity: 'warning', code: 'not-found', text: 'This server has no such resource. Store it first, or correct the reference.', expression, id: 'reference-missing' });
  }
  return missing;
}

/** By which the entries of a Bundle are referred to: their full URLs, and `Type/id`. */
const addressesIn = ({ entry = [] }: Bundle): string[] =>
  entry.flatMap(({ fullUrl, resource }) => [...(fullUrl ? [fullUrl] : []), ...(resource?.id ? [`${resource.resourceType}/${resource.id}`] : [])]);
