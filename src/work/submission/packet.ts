import type { Claim, FhirResource } from 'fhir/r4.js';
import { elementModel } from '../../fhir/validation/index.js';
import type { JsonObject } from '../../fhir/validation/rule.js';
import { visitElements } from '../../fhir/validation/visit.js';
import type { Resources } from '../../fhir/resources.js';

/**
 * What goes along of the things that a resource refers to, by its type: no more than the payer needs for this claim
 * (45 CFR 164.502(b), minimum necessary). Everything that the claim names but other claims, who holds and who pays a
 * coverage, who stands behind a role, the content of a document.
 */
const TAKEN_ALONG: Readonly<Record<string, (type: string) => boolean>> = {
  Claim: (type) => type !== 'Claim',
  Coverage: (type) => ['Patient', 'RelatedPerson', 'Organization'].includes(type),
  PractitionerRole: (type) => ['Practitioner', 'Organization'].includes(type),
  DocumentReference: (type) => type === 'Binary',
};

/** More than any claim names. */
const MOST = 500;

/** The stored resources that are sent with a claim, each once; what is not stored stays a reference. */
export async function takenAlong(claim: Claim, resources: Resources, baseUrl: string): Promise<FhirResource[]> {
  const found: FhirResource[] = [];
  const seen = new Set([`Claim/${claim.id ?? ''}`]);
  const open: FhirResource[] = [claim];
  for (const resource of open) {
    for (const target of targetsIn(resource, baseUrl)) {
      const [type = '', id = ''] = target.split('/');
      if (seen.has(target) || seen.size > MOST || TAKEN_ALONG[resource.resourceType]?.(type) !== true) continue;
      seen.add(target);
      const stored = await resources.read(type as FhirResource['resourceType'], id);
      if (!stored) continue;
      found.push(stored);
      open.push(stored);
    }
  }
  return found;
}

/** A reference or an attachment’s address on this server, without its version. */
const LOCAL = /^([A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64})(?:\/_history\/|$)/;

function targetsIn(resource: FhirResource, baseUrl: string): string[] {
  const targets: string[] = [];
  visitElements(resource as unknown as JsonObject, resource.resourceType, elementModel(), (type, { reference, url }) => {
    const link = type === 'Reference' ? reference : type === 'Attachment' ? url : undefined;
    if (typeof link !== 'string') return;
    const [, target] = LOCAL.exec(link.startsWith(`${baseUrl}/`) ? link.slice(baseUrl.length + 1) : link) ?? [];
    if (target !== undefined) targets.push(target);
  });
  return targets;
}
