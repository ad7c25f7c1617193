import type { Task } from 'fhir/r4.js';
import type { LogEntry } from '../../fhir/interactions/interaction.js';
import type { Journal } from '../../fhir/journal.js';
import { FhirError } from '../../fhir/outcome.js';
import type { Resources } from '../../fhir/resources.js';
import { readJob, type Job } from './job.js';
import { JOB_SYSTEM, jobOfTask, jobTaskId, statusOf, taskOf, withoutJob, type JobTask } from './job-task.js';

export interface JobTaskParts {
  readonly resources: () => Resources;
  readonly journal: Journal;
  /** The absolute URL at which to ask for a job. */
  readonly statusUrl: (id: string) => string;
  /** Milliseconds between two versions of a Task that say how far it is. */
  readonly tellingMs: number;
  /** For which the Task of a job that has ended is kept, as what came of the job is. */
  readonly keptMs: number;
  readonly now: () => Date;
  readonly log: (entry: LogEntry) => void;
}

/** Tasks that are looked at in one go. */
const AT_A_TIME = 200;
/** A Task that another has changed meanwhile is looked at again so often. */
const MOST_LOOKS = 5;

/**
 * The Tasks that tell of jobs. What is true stands in the job: its Task is written after it, and put right by `settle`
 * where a process ended between the two, or somebody else has changed it. Nothing that goes wrong with a Task stops its job.
 */
export class JobTasks {
  readonly #parts: JobTaskParts;
  /** What was told last, by job, and when, milliseconds. */
  readonly #told = new Map<string, { readonly status: Task['status']; readonly at: number }>();

  constructor(parts: JobTaskParts) {
    this.#parts = parts;
  }

  /** Says where a job stands: at once when it begins, is begun on or ends, else now and then. */
  async tell(job: Job): Promise<void> {
    const told = this.#told.get(job.id);
    if (told?.status === statusOf(job) && this.#parts.now().getTime() - told.at < this.#parts.tellingMs) return;
    await this.#careful(() => this.#write(job.id));
  }

  /** The job was deleted. */
  async dropped(id: string): Promise<void> {
    await this.#careful(() => this.#write(id));
  }

  /** Brings the Tasks to what their jobs are, some of which another process may have left; those of jobs that ended long ago go. */
  async settle(jobs: readonly Job[]): Promise<void> {
    for (const job of jobs) await this.tell(job);
    await this.#careful(() => this.#sweep());
  }

  async #sweep(): Promise<void> {
    const { resources, journal, now, keptMs } = this.#parts;
    const found = (query: string): Promise<Task[]> => resources().first<Task>('Task', `code=${JOB_SYSTEM}|&${query}`, AT_A_TIME);
    for (const { id = '' } of await found('status=accepted,in-progress')) {
      const job = jobOfTask(id);
      if (!(await readJob(job, journal))) await this.#write(job);
    }
    for (const { id = '' } of await found(`status=completed,failed,cancelled&modified=lt${new Date(now().getTime() - keptMs).toISOString()}`)) {
      if (!(await readJob(jobOfTask(id), journal))) await resources().commit([{ delete: { type: 'Task', id } }]);
    }
  }

  /** The Task is looked at before its job is: where the job is newer than that, so is the Task, and it is looked at again. */
  async #write(id: string): Promise<void> {
    const { resources, journal, statusUrl, now } = this.#parts;
    for (let look = 1; ; look++) {
      const standing = await resources().read<Task>('Task', jobTaskId(id));
      const held = await readJob(id, journal);
      const wanted = held ? taskOf(held.job, statusUrl(id)) : standing && withoutJob(standing, now());
      if (held && wanted) this.#told.set(id, { status: wanted.status, at: now().getTime() });
      else this.#told.delete(id);
      if (!wanted || (standing && textOf(standing) === textOf(wanted))) return;
      try {
        await resources().commit([{ put: { ...wanted, lastModified: now().toISOString() }, expectVersion: Number(standing?.meta?.versionId ?? 0) }]);
        return;
      } catch (error) {
        if (!(error instanceof FhirError) || error.status !== 412 || look === MOST_LOOKS) throw error;
      }
    }
  }

  async #careful(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      this.#parts.log({ level: 'error', event: 'task of a job not written', error: error instanceof Error ? error.name : typeof error });
    }
  }
}

const textOf = ({ meta: _meta, lastModified: _lastModified, ...task }: Task | JobTask & Pick<Task, 'meta' | 'lastModified'>): string => JSON.stringify(task);
