import type { Claim, ClaimResponse, Task } from 'fhir/r4.js';
import { errors, FhirError } from '../../fhir/outcome.js';
import { isFree, leaseOf, withLease } from '../lease.js';
import { taskId } from '../task.js';
import { ending } from '../worker.js';
import { isDecided, responsesTo } from './answers.js';
import type { SubmissionContext } from './context.js';
import { askAgain, followUp } from './follow-up.js';
import { handOver, LEASE_MS } from './hand-over.js';
import { latestSent } from './record.js';

/** Where a claim that was submitted stands. */
export type Submission =
  /** The payer has answered: it has decided, or has received the claim (`queued`). */
  | { readonly kind: 'answered'; readonly response: ClaimResponse }
  /** It is being sent, or the payer has it and says nothing; the Task follows it. */
  | { readonly kind: 'under-way'; readonly task: Task };

/**
 * Sends a claim, or where it was sent already asks what has become of it: called again, it sends nothing a second time.
 * @throws {FhirError} 422 what is against sending it, or why the payer did not take it.
 */
export async function submit(claim: Claim, context: SubmissionContext): Promise<Submission> {
  const sent = claim.status === 'active' ? await latestSent(`Claim/${claim.id ?? ''}`, context.resources) : undefined;
  const known = sent ? undefined : await latestResponse(claim, context);
  if (known && isDecided(known)) throw errors.businessRule('The payer has decided on this claim already: replace it (frequency 7), or derive the next one', 'Claim');
  if (known && claim.status === 'active') return { kind: 'answered', response: known };
  const task = sent ? await context.resources.read<Task>('Task', taskId('follow-up', ['submission', sent.key])) : await begun(claim, context);
  if (!task) throw errors.conflict('The claim was sent, and the Task that follows it is not there any more: ask the payer', 'Claim');
  const state = sent ? await resumed(task, context) : await attempted(task, context);
  const response = await latestResponse(claim, context);
  if (response) return { kind: 'answered', response };
  const refusal = state.note?.at(-1)?.text;
  if (state.status === 'completed') throw errors.processing(refusal ?? 'The payer did not take the claim: the Task prepare-claim says why', 'Claim');
  return { kind: 'under-way', task: state };
}

/** The Task of a claim that was handed over just now, by this call or another. */
async function begun(claim: Claim, context: SubmissionContext): Promise<Task | undefined> {
  const { changes, followUp: task } = await handOver(claim, context, { sendsAtOnce: true });
  try {
    const written = await context.resources.commit(changes);
    return written.find((resource): resource is Task => resource.resourceType === 'Task' && resource.id === task.id);
  } catch (error) {
    if (!isConflict(error)) throw error;
    throw errors.versionConflict('The claim was changed or sent at the same moment: read it again', 'Claim');
  }
}

async function resumed(task: Task, context: SubmissionContext): Promise<Task> {
  const now = context.now();
  if (task.status === 'completed') {
    await context.resources.commit(await askAgain(task, context));
    return task;
  }
  if (task.status === 'in-progress' && !isFree(task, now.getTime())) return task;
  const lease = { until: now.getTime() + LEASE_MS, attempt: (leaseOf(task)?.attempt ?? 0) + 1 };
  try {
    const [taken] = await context.resources.commit([{ put: { ...withLease(task, lease), status: 'in-progress' }, expectVersion: Number(task.meta?.versionId) }]);
    return await attempted(taken as Task, context);
  } catch (error) {
    if (isConflict(error)) return task;
    throw error;
  }
}

/** One attempt by this call; when its lease was lost meanwhile, somebody else’s counts. */
async function attempted(task: Task, context: SubmissionContext): Promise<Task> {
  const done = await followUp(task, context);
  try {
    const left = await context.resources.commit(ending(done, task, context.now()));
    return left.at(-1) as Task;
  } catch (error) {
    if (isConflict(error)) return task;
    throw error;
  }
}

/** What the payer said last: a decision before a mere receipt. */
async function latestResponse(claim: Claim, { resources }: SubmissionContext): Promise<ClaimResponse | undefined> {
  const all = (await responsesTo(claim, resources)).filter(({ status }) => status === 'active');
  return all.findLast(isDecided) ?? all.at(-1);
}

const isConflict = (error: unknown): boolean => error instanceof FhirError && error.status === 412;
