import type { Claim, Task, TaskOutput } from 'fhir/r4.js';
import { referenceTo } from '../../claims/derive/input.js';
import { relative, type Decision } from '../../claims/read-header.js';
import { FhirError } from '../../fhir/outcome.js';
import type { ResourceChange, Resources } from '../../fhir/resources.js';
import { storedFacts, toInput } from '../derivation/load.js';
import { isAboutPatientOf } from '../derivation/lookup.js';
import { isFree } from '../lease.js';
import { withPlaybook, type FindPlaybook } from '../queue/playbooks.js';
import { AUTOMATION, detail, toTask, WORK_SYSTEM, type WorkItem } from '../task.js';
import type { Done, Job } from '../worker.js';
import { isAnswer } from './arrival.js';
import { because } from './draft.js';
import { isElsewhere } from './elsewhere.js';
import { evaluate } from './evaluate.js';
import type { Settled } from './settle.js';
import { askedToMatch, reviewOfClaim, settleMatching, type Unmatched } from './unmatched.js';

/** A review takes milliseconds: what a process that died had taken is done by another soon. */
const LEASE_MS = 10_000;

export interface ReviewParts {
  readonly resources: Resources;
  readonly find: FindPlaybook;
}

/**
 * The Task that a payer's decision brings: from all decisions about the same services to the next payer's claim, or to
 * the work that says in code and words why there is none.
 */
export const reviewJob = ({ resources, find }: ReviewParts): Job => ({
  code: 'review-adjudication',
  leaseMs: LEASE_MS,
  async run(task, now) {
    if (await isPatientTaken(task, resources, now)) return { changes: [], task: undefined };
    const focus = await focusOf(task, resources);
    if (focus?.resourceType === 'Claim') return reviewed(task, focus, focus, { resources, find, now });
    const decision = focus && isAnswer(focus) ? focus : undefined;
    const claim = decision && (await claimOf(decision, resources));
    const isAbout = claim && (await isAboutPatientOf(claim, decision, resources));
    // What was withdrawn is nobody's any more.
    const why = decision?.status !== 'active' || isAbout ? undefined : claim ? 'other-patient' : (await isElsewhere(decision, resources)) ? undefined : 'claim-unknown';
    const matching = settleMatching(decision && why && { decision, why }, { task, asked: await askedToMatch(task.focus?.reference, resources), find, now });
    if (claim && isAbout) return alsoWith(await reviewed(task, decision, claim, { resources, find, now }), matching.changes);
    // It may have counted for the claim before it named somebody else.
    const other = claim && decision.meta?.versionId !== '1' ? [{ put: toTask(reviewOfClaim(claim, ['other-patient', task.id ?? ''], now)), ifAbsent: true }] : [];
    return alsoWith(leftTo(task, why, matching), [...matching.changes, ...other]);
  },
  givenUp: (task, now) => [{ put: toTask(withPlaybook(unfinished(task, now), find)), ifAbsent: true }],
});

async function reviewed(task: Task, focus: Decision | Claim, claim: Claim, context: ReviewParts & { readonly now: Date }): Promise<Done> {
  const { resources, find, now } = context;
  try {
    const { state, plan } = await evaluate(toInput(await storedFacts(claim, resources), { asOf: now.toISOString().slice(0, 10) }), context, { ended: relative(task.basedOn?.[0]?.reference) });
    const { reason } = state.result;
    const made = plan.claim && referenceTo(plan.claim);
    const output: TaskOutput[] = [
      ...(made === undefined ? [] : [{ ...detail('claim'), valueReference: { reference: made } }]),
      ...(plan.task === undefined ? [] : [{ ...detail('task'), valueReference: { reference: plan.task } }]),
    ];
    return {
      changes: plan.changes,
      task: { ...task, statusReason: { coding: [because('derive-reason', reason)] }, businessStatus: { text: `reviewed: ${reason}` }, ...(output.length > 0 ? { output } : {}) },
    };
  } catch (error) {
    if (isUnreadable(error)) return forPerson(task, unreadable(task, focus, error.message, now), find);
    throw error;
  }
}

/**
 * True while another decision about the same patient is being reviewed: whoever took its Task later waits, so that what
 * one of them writes is seen by the other. Both have taken theirs before they look, so that at least one sees the other.
 */
async function isPatientTaken({ id, for: patient }: Task, resources: Resources, now: Date): Promise<boolean> {
  if (patient?.reference === undefined) return false;
  const taken = await resources.search<Task>('Task', `code=${WORK_SYSTEM}|review-adjudication&owner=${AUTOMATION}&status=in-progress&patient=${patient.reference}`);
  return taken.some((other) => other.id !== id && !isFree(other, now.getTime()));
}

async function focusOf({ focus }: Task, resources: Resources): Promise<Decision | Claim | undefined> {
  const [, type, id] = /^(ClaimResponse|ExplanationOfBenefit|Claim)\/(.+)$/.exec(relative(focus?.reference) ?? '') ?? [];
  return type === undefined || id === undefined ? undefined : resources.read<Decision | Claim>(type as Decision['resourceType'], id);
}

async function claimOf(decision: Decision, resources: Resources): Promise<Claim | undefined> {
  const reference = relative((decision.resourceType === 'ClaimResponse' ? decision.request : decision.claim)?.reference);
  return reference?.startsWith('Claim/') ? resources.read<Claim>('Claim', reference.slice('Claim/'.length)) : undefined;
}

/** The money is too large to be exact, or the claim can't be worked with: a person has to mend it, trying again does not. */
const isUnreadable = (error: unknown): error is Error => error instanceof RangeError || (error instanceof FhirError && error.status === 422);

const alsoWith = ({ changes, ...done }: Done, more: readonly ResourceChange[]): Done => ({ ...done, changes: [...changes, ...more] });

/** The end of a review of what counts for no claim, and who has it then. */
function leftTo(task: Task, why: Unmatched | undefined, { tasks }: Settled): Done {
  if (!why) return { changes: [], task: { ...task, businessStatus: { text: 'no decision about a claim of ours' } } };
  const output = tasks.map((reference) => ({ ...detail('task'), valueReference: { reference } }));
  return { changes: [], task: { ...task, statusReason: { coding: [because('work-reason', why)] }, businessStatus: { text: 'left to a person' }, ...(output.length > 0 ? { output } : {}) } };
}

function forPerson(task: Task, item: WorkItem, find: FindPlaybook): Done {
  const made = toTask(withPlaybook(item, find));
  const output = [{ ...detail('task'), valueReference: { reference: `Task/${made.id ?? ''}` } }];
  return { changes: [{ put: made, ifAbsent: true }], task: { ...task, ...(item.reason ? { statusReason: { coding: [item.reason] } } : {}), businessStatus: { text: 'left to a person' }, output } };
}

const itemOf = (task: Task, focus: string, now: Date): Pick<WorkItem, 'focus' | 'patient' | 'requester' | 'partOf' | 'authoredOn'> => ({
  focus, patient: task.for?.reference, requester: AUTOMATION, partOf: [`Task/${task.id ?? ''}`], authoredOn: now.toISOString(),
});

const unreadable = (task: Task, focus: Decision | Claim, text: string, now: Date): WorkItem => ({
  ...itemOf(task, referenceTo(focus) ?? '', now),
  code: 'review-adjudication',
  cause: ['not-readable', referenceTo(focus) ?? '', focus.meta?.versionId ?? ''],
  reason: because('work-reason', 'not-readable'),
  description: 'The decision or its claim can’t be worked with: mend what is said below, then derive the next claim ($derive-secondary with persist)',
  inputs: [{ ...detail('finding'), valueString: text }],
});

const unfinished = (task: Task, now: Date): WorkItem => ({
  ...itemOf(task, task.focus?.reference ?? '', now),
  code: 'review-adjudication',
  cause: ['work-failed', task.id ?? ''],
  reason: because('work-reason', 'work-failed'),
  description: 'The server could not review this decision: review it, and tell the operator',
});
