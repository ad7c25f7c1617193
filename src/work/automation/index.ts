/**
 * What happens when a payer's decision arrives. Where to look:
 *
 * | question | file |
 * |---|---|
 * | which decisions bring a Task | `arrival.ts` |
 * | a decision that counts for no claim: it names none that is on file, or another patient's | `unmatched.ts` |
 * | a decision about the services of another provider | `elsewhere.ts` |
 * | what is done with the Task | `review.ts`; its lease and its end are the worker's |
 * | all that is known about the claims for the same services | `evaluate.ts`, `state.ts` |
 * | what has to be written for it | `plan.ts` |
 * | why there is no next claim, as work | `dispositions.ts` |
 * | what was refused, as work | `denials.ts` |
 * | what rests on a decision that was reversed or corrected | `remedies.ts` |
 * | who sends a draft claim | `submission.ts` |
 * | which Tasks are there already, and which nobody needs any more | `settle.ts` |
 */
export { arrivals } from './arrival.js';
export { carryOut } from './carry-out.js';
export { COBALT_DEVICE } from './device.js';
export { reviewJob, type ReviewParts } from './review.js';
export { coverageChanges, coverageJob } from './coverage-change.js';
