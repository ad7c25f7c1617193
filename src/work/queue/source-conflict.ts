import type { FhirResource } from 'fhir/r4.js';
import { CANONICAL } from '../../claims/canonical.js';
import type { ResourceChange } from '../../fhir/resources.js';
import { AUTOMATION, detail, toTask } from '../task.js';
import { withPlaybook, type FindPlaybook } from './playbooks.js';

/** What stands here and there, as JSON of the elements that both sides write. */
export interface BothVersions {
  readonly resource: FhirResource;
  readonly here: string;
  readonly there: string;
  readonly version: string | undefined;
}

/** The Task for people where a health record and we have both changed the same: which of both counts is theirs to say. */
export const sourceConflict = (find: FindPlaybook, now: () => Date) => ({ resource, here, there, version = '' }: BothVersions): readonly ResourceChange[] => {
  const focus = `${resource.resourceType}/${resource.id ?? ''}`;
  const task = toTask(withPlaybook({
    code: 'verify-cob',
    cause: ['source-conflict', focus, here, there],
    reason: { system: `${CANONICAL}/CodeSystem/work-reason`, code: 'source-conflict' },
    focus,
    ...(resource.resourceType === 'Coverage' ? { patient: resource.beneficiary.reference } : {}),
    description: 'The health record and Cobalt have both changed the order of this coverage: settle which counts, and set it on both sides',
    requester: AUTOMATION,
    inputs: [
      { ...detail('finding'), valueString: `here, version ${resource.meta?.versionId ?? ''}: order ${here}` },
      { ...detail('finding'), valueString: `there, version ${version}: order ${there}` },
    ],
    authoredOn: now().toISOString(),
  }, find));
  return [{ put: task, ifAbsent: true }];
};
