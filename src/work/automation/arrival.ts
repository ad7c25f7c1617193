import type { FhirResource, Task } from 'fhir/r4.js';
import { relative, type Decision } from '../../claims/read-header.js';
import type { Accompaniment } from '../../fhir/accompany.js';
import { isDecision } from '../derivation/load.js';
import { AUTOMATION, GROUP_SYSTEM, toTask, workCodeOf, type WorkCode, type WorkItem } from '../task.js';

/** Outcomes of a payer that has answered (R4 remittance-outcome); `queued` is not one. */
const ANSWERED: ReadonlySet<string> = new Set(['complete', 'partial', 'error']);
/** A decision that is withdrawn changes what stands as a new one does. */
const CONCERNED: ReadonlySet<string> = new Set(['active', 'cancelled', 'entered-in-error']);

/** Work whose end may clear the way for the next payer's claim. */
const CLEARS_THE_WAY: ReadonlySet<string | undefined> = new Set<WorkCode>(['verify-cob', 'prepare-claim', 'follow-up', 'review-adjudication']);

/**
 * Each version of a payer's decision, by whatever way it comes, brings the Task to review it, which the server takes on
 * itself; so does the end of what the server has asked people to do about one.
 */
export const arrivals = (now: () => Date, written: () => void): Accompaniment => ({
  types: new Set(['ClaimResponse', 'ExplanationOfBenefit', 'Task']),
  accompany(resource, reference, before) {
    if (isAnswer(resource)) return [reviewOf({ focus: reference, patient: relative(resource.patient?.reference) }, now())];
    const claim = resource.resourceType === 'Task' && isCleared(resource) && !isCompleted(before) ? resource.groupIdentifier?.value : undefined;
    return resource.resourceType !== 'Task' || claim === undefined ? [] : [{ ...reviewOf({ focus: claim, patient: resource.for?.reference }, now()), basedOn: [{ reference }] }];
  },
  written,
});

/** What is written to work that is done (a note, the time it took) is no second end of it. */
const isCompleted = (before: FhirResource | undefined): boolean => before?.resourceType === 'Task' && before.status === 'completed';

const isCleared = (task: Task): boolean =>
  task.status === 'completed' && task.requester?.reference === AUTOMATION && task.owner?.reference !== AUTOMATION && task.groupIdentifier?.system === GROUP_SYSTEM && CLEARS_THE_WAY.has(workCodeOf(task));

/** Whether a payer has answered a claim here. Estimates, authorisations and what we made of an ExplanationOfBenefit ourselves are no answers. */
export const isAnswer = (resource: FhirResource): resource is Decision =>
  isDecision(resource) && resource.use === 'claim' && ANSWERED.has(resource.outcome) && CONCERNED.has(resource.status) && !isOurs(resource);

const isOurs = ({ meta }: Decision): boolean => /^(ClaimResponse|ExplanationOfBenefit)\/[^/]+$/.test(meta?.source ?? '');

const reviewOf = (about: Pick<WorkItem, 'focus' | 'patient'>, now: Date): Task => ({
  ...toTask({
    ...about,
    code: 'review-adjudication',
    cause: [],
    description: 'Read what the payers have decided, and make the next payer’s claim or the work that stands in its way',
    owner: AUTOMATION,
    requester: AUTOMATION,
    authoredOn: now.toISOString(),
  }),
  // The store completes the id by the version of what brought it.
  id: 'review-adjudication',
});
