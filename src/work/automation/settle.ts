import type { Task } from 'fhir/r4.js';
import type { ResourceChange } from '../../fhir/resources.js';
import { AUTOMATION, taskId, toTask, workCodeOf, type WorkItem } from '../task.js';

/** What has to be written so that the queue holds the wanted work, and the Tasks that stand for it, in the same order. */
export interface Settled {
  readonly changes: readonly ResourceChange[];
  readonly tasks: readonly string[];
}

/** The Tasks that there are for the same services, and the one whose end is the reason to look. */
export interface Known {
  readonly tasks: readonly Task[];
  readonly ended?: string | undefined;
}

/**
 * Holds the Tasks that the server made for the same services against the work that is wanted now: what is there stays as
 * it is, what is missing is made, what nobody has begun and nothing wants any more is cancelled. Tasks of people are theirs,
 * and a claim that is on its way is followed to its end, whatever else is decided meanwhile.
 */
export function settle(wanted: readonly WorkItem[], { tasks: known, ended }: Known, now: Date): Settled {
  const byId = new Map(known.map((task) => [task.id, task]));
  const items = wanted.map((item) => stillOpen(item, byId, ended));
  const ids = items.map(({ code, cause }) => taskId(code, cause));
  const made = items.filter((_, position) => !byId.has(ids[position]) && ids.indexOf(ids[position] ?? '') === position);
  const onTheWay = followed(known);
  const needless = known.filter((task) => isOurs(task) && isWaiting(task) && !ids.includes(task.id ?? '') && !onTheWay(task));
  return {
    changes: [
      ...made.map((item) => ({ put: toTask(item), ifAbsent: true })),
      ...needless.map((task) => ({ put: cancelled(task, now), expectVersion: Number(task.meta?.versionId) })),
    ],
    tasks: ids.map((id) => `Task/${id}`),
  };
}

/** What was cancelled, or has just been ended without removing what stands in the way, stays so: what is wanted again is another Task, but for a question that is asked once. */
function stillOpen(item: WorkItem, known: ReadonlyMap<string | undefined, Task>, ended: string | undefined): WorkItem {
  const isOver = ({ code, cause, isAskedOnce = false }: WorkItem): boolean => {
    const id = taskId(code, cause);
    return known.get(id)?.status === 'cancelled' || (ended === `Task/${id}` && !isAskedOnce);
  };
  let again = item;
  for (let time = 2; isOver(again); time++) again = { ...item, cause: [...item.cause, String(time)] };
  return again;
}

/** The Tasks that follow claims which were sent, while they are open, and their steps. */
function followed(known: readonly Task[]): (task: Task) => boolean {
  const open = new Set(known.filter((task) => workCodeOf(task) === 'follow-up' && task.owner?.reference === AUTOMATION && (isWaiting(task) || task.status === 'in-progress')).map(({ id = '' }) => `Task/${id}`));
  return ({ id = '', partOf = [] }) => open.has(`Task/${id}`) || partOf.some(({ reference = '' }) => open.has(reference));
}

const isOurs = ({ requester }: Task): boolean => requester?.reference === AUTOMATION;
const isWaiting = ({ status }: Task): boolean => status === 'ready' || status === 'on-hold';

function cancelled(task: Task, now: Date): Task {
  const time = now.toISOString();
  return { ...task, status: 'cancelled', note: [...(task.note ?? []), { time, text: 'Not needed any more: the decisions or the claims have changed' }], lastModified: time };
}
