import type { Claim, Task } from 'fhir/r4.js';
import { referenceTo } from '../../claims/derive/input.js';
import { relative, type Decision } from '../../claims/read-header.js';
import type { Resources } from '../../fhir/resources.js';
import { withPlaybook, type FindPlaybook } from '../queue/playbooks.js';
import { AUTOMATION, WORK_SYSTEM, type WorkItem } from '../task.js';
import { because } from './draft.js';
import { settle, type Settled } from './settle.js';

/** Why a decision counts for no claim: the one that it names is not on file, or is another patient's. */
export type Unmatched = 'claim-unknown' | 'other-patient';

const TEXTS: Readonly<Record<Unmatched, string>> = {
  'claim-unknown': 'A payer decided about a claim that is not on file: find the claim and name it in the decision',
  'other-patient': 'A decision names the claim of another patient, and counts for nobody: find out whose it is, and correct its patient or the claim that it names; if it is nobody’s, mark it as entered in error',
};

/** What people were asked to do so that a decision finds its claim. */
export const askedToMatch = (decision: string | undefined, resources: Resources): Promise<Task[]> => resources.search<Task>('Task', `code=${WORK_SYSTEM}|match-remittance&focus=${relative(decision) ?? ''}`);

/** True for what this module asks; the import of a remittance has Tasks of its own about what it could not match. */
const isOfReview = ({ statusReason }: Task): boolean => statusReason?.coding?.some(({ code = '' }) => Object.hasOwn(TEXTS, code)) ?? false;

/**
 * The Task to find out whose decision it is, where a person has to and nobody was asked yet (`asked`: `askedToMatch`);
 * where it counts, or is there no more, what was asked is cancelled.
 */
export function settleMatching(wanted: { readonly why: Unmatched; readonly decision: Decision } | undefined, { task, asked, find, now }: { readonly task: Task; readonly asked: readonly Task[]; readonly find: FindPlaybook; readonly now: Date }): Settled {
  const own = asked.filter(isOfReview);
  const isAsked = own.length < asked.length && wanted?.why === 'claim-unknown';
  return settle(wanted && !isAsked ? [withPlaybook(itemOf(wanted.why, wanted.decision, task, now), find)] : [], { tasks: own }, now);
}

const itemOf = (why: Unmatched, decision: Decision, task: Task, now: Date): WorkItem => ({
  code: 'match-remittance',
  // As long as there is no other cause than an unknown claim, the decision is the cause.
  cause: [referenceTo(decision) ?? '', ...(why === 'claim-unknown' ? [] : [why])],
  reason: because('work-reason', why),
  description: TEXTS[why],
  focus: referenceTo(decision) ?? '',
  patient: task.for?.reference,
  requester: AUTOMATION,
  partOf: [`Task/${task.id ?? ''}`],
  authoredOn: now.toISOString(),
});

/** The Task to review the claims for the same services, by which the server does it itself; once for a cause. */
export const reviewOfClaim = (claim: Claim, cause: readonly string[], now: Date): WorkItem => ({
  code: 'review-adjudication',
  cause: [...cause, referenceTo(claim) ?? ''],
  focus: referenceTo(claim) ?? '',
  patient: claim.patient.reference,
  owner: AUTOMATION,
  requester: AUTOMATION,
  authoredOn: now.toISOString(),
  description: 'Read what the payers have decided, and make the next payer’s claim or the work that stands in its way',
});
