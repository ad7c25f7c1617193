import type { FhirResource, Task } from 'fhir/r4.js';
import { relative, type Decision } from '../../claims/read-header.js';
import type { Accompaniment } from '../../fhir/accompany.js';
import { isDecision } from '../derivation/load.js';
import { AUTOMATION, toTask } from '../task.js';

/** Outcomes of a payer that has answered (R4 remittance-outcome); `queued` is not one. */
const ANSWERED: ReadonlySet<string> = new Set(['complete', 'partial', 'error']);
/** A decision that is withdrawn changes what stands as a new one does. */
const CONCERNED: ReadonlySet<string> = new Set(['active', 'cancelled', 'entered-in-error']);

/** Each version of a payer's decision, by whatever way it comes, brings the Task to review it, which the server takes on itself. */
export const arrivals = (now: () => Date, written: () => void): Accompaniment => ({
  types: new Set(['ClaimResponse', 'ExplanationOfBenefit']),
  accompany: (resource, reference) => (isAnswer(resource) ? [reviewOf(resource, reference, now())] : []),
  written,
});

/** Whether a payer has answered a claim here. Estimates, authorisations and what we made of an ExplanationOfBenefit ourselves are no answers. */
export const isAnswer = (resource: FhirResource): resource is Decision =>
  isDecision(resource) && resource.use === 'claim' && ANSWERED.has(resource.outcome) && CONCERNED.has(resource.status) && !isOurs(resource);

const isOurs = ({ meta }: Decision): boolean => /^(ClaimResponse|ExplanationOfBenefit)\/[^/]+$/.test(meta?.source ?? '');

const reviewOf = (decision: Decision, reference: string, now: Date): Task => ({
  ...toTask({
    code: 'review-adjudication',
    cause: [],
    focus: reference,
    patient: relative(decision.patient?.reference),
    description: 'Read what the payer decided, and make the next payer’s claim or the work that stands in its way',
    owner: AUTOMATION,
    requester: AUTOMATION,
    authoredOn: now.toISOString(),
  }),
  // The store completes the id by the version of the decision.
  id: 'review-adjudication',
});
