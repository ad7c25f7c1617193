import type { FhirResource, Provenance, Task } from 'fhir/r4.js';
import type { Accompaniment } from '../../fhir/accompany.js';
import { workCodeOf } from '../task.js';
import { overrideOf } from './checklist.js';

/** Work that was completed though its checklist was open leaves a Provenance that says who said so, and why (R018, R027). */
export const overrideRecords = (now: () => Date): Accompaniment => ({
  types: new Set(['Task']),
  accompany: (resource, reference) => recordsOf(resource, reference, now()),
  written: () => undefined,
});

function recordsOf(resource: FhirResource, reference: string, now: Date): Provenance[] {
  const task = resource as Task;
  const reason = overrideOf(task);
  if (reason === undefined || task.status !== 'completed' || workCodeOf(task) === undefined) return [];
  return [{
    resourceType: 'Provenance',
    // The store completes the id by the version of the Task.
    id: 'override',
    target: [{ reference }],
    recorded: now.toISOString(),
    reason: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'OVRPJ' }], text: reason }],
    activity: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-DataOperation', code: 'UPDATE' }] },
    agent: [{ type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type', code: 'performer' }] }, who: task.owner ?? { display: 'not stated' } }],
  }];
}
