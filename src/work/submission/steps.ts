/** What the steps of following a claim have in common. */
import type { Claim, Task } from 'fhir/r4.js';
import type { ResourceChange, Resources } from '../../fhir/resources.js';
import type { Draft } from '../automation/draft.js';
import { detail, toTask, type WorkItem } from '../task.js';
import type { Sent } from './channel.js';
import type { SubmissionContext } from './context.js';
import { referenceOf, type Kept } from './record.js';

/** A claim that is followed: by which Task, and what was sent of it. */
export interface Followed {
  readonly task: Task;
  readonly claim: Claim;
  readonly sent: Sent;
}

/** Work for a person, made once for its cause: a step of following the claim. */
export function todo({ task, claim }: Omit<Followed, 'sent'>, { now }: Pick<SubmissionContext, 'now'>, { about = [], ...draft }: Omit<Draft, 'focus'>): { readonly put: Task; readonly ifAbsent: true } {
  const item: WorkItem = {
    ...draft,
    cause: [draft.reason.code ?? '', ...about],
    focus: `Claim/${claim.id ?? ''}`,
    patient: claim.patient.reference,
    deadline: task.restriction?.period?.end?.slice(0, 10),
    group: task.groupIdentifier?.value,
    requester: task.owner?.reference,
    partOf: [`Task/${task.id ?? ''}`],
    authoredOn: now().toISOString(),
  };
  return { put: toTask(item), ifAbsent: true };
}

export const keptChanges = ({ binary, document }: Kept): ResourceChange[] => [{ put: binary, ifAbsent: true }, { put: document, ifAbsent: true }];

export const saying = (task: Task, text: string): Task => ({ ...task, businessStatus: { text } });

export const withDocument = (task: Task, { document }: Kept): Task => {
  const output = { ...detail('document'), valueReference: referenceOf(document) };
  const isKnown = task.output?.some(({ valueReference }) => valueReference?.reference === output.valueReference.reference) ?? false;
  return isKnown ? task : { ...task, output: [...(task.output ?? []), output] };
};

/** Open steps of a Task that ends: nothing calls for them any more. `now`: FHIR instant. */
export async function stepsClosed({ id = '' }: Task, resources: Resources, now: string): Promise<ResourceChange[]> {
  const open = await resources.search<Task>('Task', `part-of=Task/${id}&status=ready,on-hold`);
  return open.map((step) => ({
    put: { ...step, status: 'cancelled', note: [...(step.note ?? []), { time: now, text: 'Not needed any more: the claim is followed no longer' }], lastModified: now }, expectVersion: Number(step.meta?.versionId),
  }));
}

/** The claim is a draft again, for whoever corrects it. */
export const asDraft = (claim: Claim): ResourceChange[] => (claim.status === 'active' ? [{ put: { ...claim, status: 'draft' }, expectVersion: Number(claim.meta?.versionId) }] : []);
