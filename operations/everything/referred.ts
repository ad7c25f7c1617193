import type { FhirResource } from 'fhir/r4.js';
import type { OperationContext } from '../../src/fhir/operation/operation.js';
import { compartmentParameters } from '../../src/fhir/search/compartment.js';
import { elementModel } from '../../src/fhir/validation/index.js';
import type { JsonObject } from '../../src/fhir/validation/rule.js';
import { visitElements } from '../../src/fhir/validation/visit.js';
import type { AskedRecord } from './asked.js';
import { isAsked, MAX_RESOURCES } from './compartment.js';

/** `Type/id`, perhaps with a version, which is passed over: what is there now is told. */
const LOCAL = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/|$)/;

/**
 * What resources of a record refer to, and what that refers to in turn: organizations, practitioners, places, drugs and
 * others of types that are in no patient's compartment, so that no other patient's record comes along.
 */
export async function referredTo(matches: readonly FhirResource[], asked: AskedRecord, { resources, baseUrl }: OperationContext): Promise<FhirResource[]> {
  const found = new Map<string, FhirResource | undefined>();
  let open = matches.flatMap((each) => targetsIn(each, baseUrl));
  while (open.length > 0 && found.size < MAX_RESOURCES) {
    const read: FhirResource[] = [];
    for (const target of open) {
      if (found.has(target) || found.size >= MAX_RESOURCES) continue;
      const [type = '', id = ''] = target.split('/');
      const resource = await resources.read(type as FhirResource['resourceType'], id);
      found.set(target, resource);
      if (resource) read.push(resource);
    }
    open = read.flatMap((each) => targetsIn(each, baseUrl));
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, resource]) => (resource && isAsked(resource, { ...asked, care: undefined }) ? [resource] : []));
}

/** The addresses that a resource refers to, of types outside of compartments. */
function targetsIn(resource: FhirResource, baseUrl: string): string[] {
  const targets: string[] = [];
  visitElements(resource as unknown as JsonObject, resource.resourceType, elementModel(), (type, { reference }) => {
    if (type !== 'Reference' || typeof reference !== 'string') return;
    const [, target, id] = LOCAL.exec(reference.startsWith(`${baseUrl}/`) ? reference.slice(baseUrl.length + 1) : reference) ?? [];
    if (target && id && compartmentParameters('Patient', target).length === 0) targets.push(`${target}/${id}`);
  });
  return targets;
}
