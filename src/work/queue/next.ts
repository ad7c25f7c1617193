import type { Task } from 'fhir/r4.js';
import { FhirError } from '../../fhir/outcome.js';
import type { Resources } from '../../fhir/resources.js';
import type { Once } from '../../fhir/operation/operation.js';
import { PERFORMER_SYSTEM, WORK_SYSTEM } from '../task.js';
import { withChecklists } from './fill.js';
import { standingOf, type Standing } from './teams.js';
import { byUrgency, PRIORITIES } from './urgency.js';

export interface NextRequest {
  /** Who takes it: `Practitioner/1`. */
  readonly owner: string;
  /** Kinds of work, codes of the queue; none: all. */
  readonly codes: readonly string[];
}

export interface QueueContext {
  readonly resources: Resources;
  readonly now: () => Date;
  /** The same request takes one Task, however often it is sent. */
  readonly once?: Once | undefined;
}

/** As many are looked at at a time; when all were taken by others meanwhile, the queue is looked at again. */
const AT_A_TIME = 8;

/**
 * Takes the most urgent open Task for its owner: one that is free, or that is meant for the owner or for a team of the
 * owner, that the owner may do (`performerType`), and that is `ready`, or on hold with its time gone. Taken at the version that was read, so that of many who want
 * it one gets it, and the others the next. Undefined: there is nothing to do.
 */
export async function takeNext({ owner, codes }: NextRequest, context: QueueContext): Promise<Task | undefined> {
  const standing = await standingOf(owner, context.resources);
  for (;;) {
    const candidates = await mostUrgent(standing, codes, context);
    if (candidates.length === 0) return undefined;
    for (const candidate of candidates) {
      const taken = await take(candidate, owner, context);
      if (taken) return taken;
    }
  }
}

/** The first few of the most urgent priority that has any. */
async function mostUrgent({ names, performers }: Standing, codes: readonly string[], { resources, now }: QueueContext): Promise<Task[]> {
  const kinds = codes.length > 0 ? codes.map((code) => `${WORK_SYSTEM}|${code}`).join() : `${WORK_SYSTEM}|`;
  const open = ['status=ready', `status=on-hold&not-before=le${now().toISOString()}`];
  const owners = ['owner:missing=true', `owner=${names.join()}`];
  const fit = [`performer:not=${PERFORMER_SYSTEM}|`, ...(performers.length > 0 ? [`performer=${performers.map((code) => `${PERFORMER_SYSTEM}|${code}`).join()}`] : [])];
  const queries = open.flatMap((state) => owners.flatMap((whose) => fit.map((who) => `${state}&${whose}&${who}&code=${kinds}&_sort=deadline,authored-on,_id`)));
  for (const priority of PRIORITIES) {
    const within = priority === 'routine' ? `priority:not=${PRIORITIES.filter((each) => each !== 'routine').join()}` : `priority=${priority}`;
    const found = await Promise.all(queries.map((query) => resources.first<Task>('Task', `${query}&${within}`, AT_A_TIME)));
    if (found.some((tasks) => tasks.length > 0)) return found.flat().sort(byUrgency).slice(0, AT_A_TIME);
  }
  return [];
}

/** Undefined: someone else changed it since it was read. */
async function take(free: Task, owner: string, { resources, now, once }: QueueContext): Promise<Task | undefined> {
  const time = now().toISOString();
  const { task, changes } = await withChecklists(free, resources, now());
  const taken: Task = {
    ...task,
    status: 'in-progress',
    owner: { reference: owner },
    executionPeriod: { ...task.executionPeriod, start: task.executionPeriod?.start ?? time },
    lastModified: time,
  };
  try {
    const written = await resources.commit([...changes, { put: taken, expectVersion: Number(free.meta?.versionId) }], { orInOrder: true, once });
    return written.at(-1) as Task;
  } catch (error) {
    if (error instanceof FhirError && error.status === 412) return undefined;
    throw error;
  }
}
