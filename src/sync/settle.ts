import type { Coverage, FhirResource, Patient, Reference } from 'fhir/r4.js';
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

/**
 * Takes the coverages of a patient whom the source has merged into another along to that one (`Patient.link` replaced-by,
 * R4 §8.1.5.1). What claims rest on them is looked at as after every change of a coverage. Done twice it changes nothing.
 */
export async function followMerges({ source, resources }: Pick<IntakeContext, 'source' | 'resources'>): Promise<void> {
  for await (const page of resources.pages<Patient>('Patient', `link:missing=false&_tag=${SOURCE_SYSTEM}|${source.id}`)) {
    for (const { id = '', link = [] } of page) {
      const successor = link.find(({ type }) => type === 'replaced-by')?.other.reference;
      if (successor?.startsWith('Patient/') !== true || successor === `Patient/${id}`) continue;
      for (const coverage of await resources.search<Coverage>('Coverage', `beneficiary=Patient/${id}`)) {
        const moved = (reference: Reference | undefined): Reference | undefined => (reference?.reference === `Patient/${id}` ? { ...reference, reference: successor } : reference);
        const [beneficiary, subscriber, policyHolder] = [moved(coverage.beneficiary), moved(coverage.subscriber), moved(coverage.policyHolder)];
        const put = Object.assign(coverage, { beneficiary, ...(subscriber ? { subscriber } : {}), ...(policyHolder ? { policyHolder } : {}) });
        await committed({ put, expectVersion: Number(coverage.meta?.versionId) }, resources);
      }
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
