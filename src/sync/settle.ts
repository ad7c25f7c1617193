import type { FhirResource } from 'fhir/r4.js';
import { FhirError } from '../fhir/outcome.js';
import type { ResourceChange } from '../fhir/resources.js';
import type { IntakeContext } from './intake.js';
import { resolve } from './references.js';
import { SYNC_TYPES } from './source.js';
import { SOURCE_SYSTEM, SYNC_SYSTEM, withTags } from './upstream.js';

/** Finds what references waited for, now that more is here. Done twice it changes nothing; what others changed meanwhile is looked at the next time. */
export async function settleReferences({ source, resources, locate }: Pick<IntakeContext, 'source' | 'resources' | 'locate'>): Promise<void> {
  for (const type of SYNC_TYPES) {
    for await (const page of resources.pages<FhirResource>(type, `_tag=${SYNC_SYSTEM}|unresolved&_tag=${SOURCE_SYSTEM}|${source.id}`)) {
      const changes: ResourceChange[] = [];
      for (const resource of page) {
        const { resolved, isUnresolved } = await resolve(resource, source.base, locate);
        if (resolved === 0) continue;
        const meta = { ...resource.meta, tag: withTags(resource.meta?.tag, source.id, isUnresolved) };
        changes.push({ put: Object.assign(resource, { meta }), expectVersion: Number(resource.meta?.versionId) });
      }
      for (const change of changes) await committed(change, resources);
    }
  }
}

async function committed(change: ResourceChange, resources: IntakeContext['resources']): Promise<void> {
  try {
    await resources.commit([change]);
  } catch (error) {
    if (!(error instanceof FhirError) || error.status !== 412) throw error;
  }
}
