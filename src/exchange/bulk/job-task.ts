import type { CodeableConcept, Task, TaskOutput } from 'fhir/r4.js';
import { CANONICAL } from '../../claims/canonical.js';
import { AUTOMATION, detail } from '../../work/task.js';
import type { Job } from './job.js';
import { partOf, progressOf } from './progress.js';

/** `Task.code` of a Task that tells of a job: the code of its operation. No work of the queue, so that nothing of the queue finds it. */
export const JOB_SYSTEM = `${CANONICAL}/CodeSystem/job`;
const REASON_SYSTEM = `${CANONICAL}/CodeSystem/work-reason`;

/** The id of the Task that tells of a job. */
export const jobTaskId = (job: string): string => `job-${job}`;
/** And the other way round; a name of no job where it tells of none. */
export const jobOfTask = (id: string): string => /^job-(.+)$/.exec(id)?.[1] ?? '';

/** What a Task says of its job, but for when it was written. */
export type JobTask = Omit<Task, 'meta' | 'lastModified'>;

/**
 * A job as a Task (R4 §12.3): `accepted` while it waits for its turn, then `in-progress`, and at last `completed` or
 * `failed`. Its outputs say how far it is in words (`progress`) and, where that is known, in percent (`percent`), and where
 * what comes of it is to be asked for (`result`). It says what was asked for by the operation's code alone: the request may name patients.
 */
export function taskOf(job: Job, statusUrl: string): JobTask {
  const { id, begun, ended, caller } = job;
  const code = operationOf(job);
  const reason = ended === undefined ? undefined : reasonOf(job);
  const asked = /^(Practitioner|PractitionerRole|Organization|Device)\//.test(caller?.fhirUser ?? '') ? caller?.fhirUser : undefined;
  const client = caller?.clientId === undefined ? {} : { requester: { identifier: { system: caller.issuer, value: caller.clientId } } };
  return {
    resourceType: 'Task',
    id: jobTaskId(id),
    status: statusOf(job),
    ...(reason ? { statusReason: reason } : {}),
    intent: 'order',
    code: { coding: [{ system: JOB_SYSTEM, code }], text: `$${code}` },
    executionPeriod: { start: instant(begun), ...(ended === undefined ? {} : { end: instant(ended) }) },
    authoredOn: instant(begun),
    ...(asked === undefined ? client : { requester: { reference: asked } }),
    owner: { reference: AUTOMATION },
    output: [...farOf(job, reason !== undefined), { ...detail('result'), valueUrl: statusUrl }],
  };
}

/** The Task of a job that is not there any more: what came of it cannot be asked for; one that had not ended has been cancelled. */
export function withoutJob({ meta: _meta, lastModified: _lastModified, ...task }: Task, now: Date): JobTask {
  const output = task.output?.filter(({ type }) => !type.coding?.some(({ code }) => code === 'result')) ?? [];
  const left: JobTask = { ...task, output };
  if (left.output?.length === 0) delete left.output;
  if (task.status !== 'accepted' && task.status !== 'in-progress') return left;
  return { ...left, status: 'cancelled', statusReason: because('job-deleted'), executionPeriod: { ...task.executionPeriod, end: now.toISOString() } };
}

export function statusOf(job: Pick<Job, 'work' | 'lease' | 'ended' | 'failed'>): 'accepted' | 'in-progress' | 'completed' | 'failed' {
  if (job.ended === undefined) return job.lease ? 'in-progress' : 'accepted';
  return reasonOf(job) ? 'failed' : 'completed';
}

/** `Patient/$export?_type=…` → `export`. */
const operationOf = ({ request }: Job): string => /(?:^|\/)\$([A-Za-z0-9-]+)/.exec(request)?.[1] ?? '';

function farOf(job: Job, hasFailed: boolean): TaskOutput[] {
  const part = partOf(job);
  const value = Math.floor(100 * Math.min(1, Math.max(0, part ?? 0)));
  const percent: TaskOutput[] = part === undefined ? [] : [{ ...detail('percent'), valueQuantity: { value, unit: '%', system: 'http://unitsofmeasure.org', code: '%' } }];
  return [{ ...detail('progress'), valueString: progressOf(job) }, ...(hasFailed ? [] : percent)];
}

/** Why nothing came of it. What was refused, its answer says to whoever asked: the Task says only that it was. */
function reasonOf({ failed, work }: Pick<Job, 'work' | 'failed'>): CodeableConcept | undefined {
  if (failed) return because('work-failed');
  const status = work.kind === 'operation' ? (work.answer?.status ?? 200) : 200;
  return status < 400 ? undefined : because(status < 500 ? 'job-refused' : 'work-failed');
}

const because = (code: 'job-deleted' | 'job-refused' | 'work-failed'): CodeableConcept => ({ coding: [{ system: REASON_SYSTEM, code }] });
const instant = (milliseconds: number): string => new Date(milliseconds).toISOString();
