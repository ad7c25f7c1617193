import type { Coding, Task } from 'fhir/r4.js';
import { CANONICAL } from '../claims/canonical.js';
import type { LogEntry } from '../fhir/interactions/interaction.js';
import { FhirError } from '../fhir/outcome.js';
import type { ResourceChange, Resources } from '../fhir/resources.js';
import { isFree, leaseOf, withLease } from './lease.js';
import { AUTOMATION, WORK_SYSTEM, type WorkCode } from './task.js';

/** What the server does itself for Tasks of one kind that it owns (AUTOMATION). */
export interface Job {
  readonly code: WorkCode;
  /** How long one Task may take before another worker may take it; default: the worker's. */
  readonly leaseMs?: number;
  /** Does what a Task asks for, and says what it comes to. What is not written yet is written with the Task's end, in one commit. */
  run(task: Task, now: Date): Promise<Done>;
  /** What else is written when the Task has failed for good. */
  givenUp?(task: Task, now: Date): readonly ResourceChange[];
}

/** What a Task came to. */
export interface Done {
  readonly changes: readonly ResourceChange[];
  /** The Task as it ends; its status is set here. Undefined: it is put back, for a moment. */
  readonly task: Task | undefined;
  /** It is not at its end: it is put aside as `task`, and taken again from then on. */
  readonly until?: Date | undefined;
}

/** What is done now and then, whoever else does it too: it must change nothing the second time. */
export type Chore = (now: Date) => Promise<void>;

export interface WorkerParts {
  readonly resources: Resources;
  readonly jobs: readonly Job[];
  readonly chores?: readonly Chore[];
  readonly now: () => Date;
  readonly log: (entry: LogEntry) => void;
  /** Between two looks when nobody wakes it. Default 5,000 ms. */
  readonly pollMs?: number;
  /** A Task that was taken and not finished may be taken again after this. Default 60,000 ms. */
  readonly leaseMs?: number;
  /** Before the second attempt; doubled before each further one. Default 1,000 ms. */
  readonly backOffMs?: number;
  /** After so many attempts a Task has failed. Default 5. */
  readonly attempts?: number;
  /** Tasks worked on at the same time. Default 8. */
  readonly sideBySide?: number;
}

/** Tasks looked at in one search. */
const AT_A_TIME = 100;
/** A Task that is put back waits as long, times something random, so that two workers don't meet again. */
const AGAIN_MS = 50;
/** So often work is begun anew at once because what it rests on changed meanwhile. */
const MEETINGS = 5;

const WAITING: Coding = { system: `${CANONICAL}/CodeSystem/work-reason`, code: 'waiting' };
const FAILED: Coding = { system: `${CANONICAL}/CodeSystem/work-reason`, code: 'work-failed' };

/**
 * Does what the server does itself. Any number of workers, in any number of processes, may run over one store: a Task is
 * taken at the version that was read, under a lease; what it comes to is committed with its end, at the version that was
 * taken, so that whoever has lost the lease writes nothing.
 */
export class Worker {
  readonly #parts: Required<WorkerParts>;
  #stopped = false;
  #running: Promise<void> | undefined;
  /** One look at the queue after another, whoever asks for it. */
  #looking: Promise<unknown> = Promise.resolve();
  #woken = false;
  #wakeUp: () => void = () => undefined;
  /** The earliest moment at which something that was put back may be taken. */
  #again = Number.POSITIVE_INFINITY;

  constructor(parts: WorkerParts) {
    this.#parts = { pollMs: 5_000, leaseMs: 60_000, backOffMs: 1_000, attempts: 5, sideBySide: 8, chores: [], ...parts };
  }

  start(): void {
    this.#running ??= this.#loop();
  }

  /** There is work: look now. */
  wake(): void {
    this.#woken = true;
    this.#wakeUp();
  }

  /** Finishes what it is at, and takes nothing more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.wake();
    await this.#running;
    await this.#looking;
  }

  /** Works until nothing is left that may be taken now; answers how many Tasks were taken. */
  async drain(): Promise<number> {
    let all = 0;
    for (let taken = Infinity; taken > 0; all += taken) {
      const look = this.#looking.then(() => this.#look());
      this.#looking = look.catch(() => undefined);
      taken = await look;
    }
    return all;
  }

  async #loop(): Promise<void> {
    while (!this.#stopped) {
      this.#woken = false;
      await this.#guarded('queue', async () => void (await this.drain()));
      for (const chore of this.#parts.chores) if (!this.#woken) await this.#guarded('chore', () => chore(this.#parts.now()));
      if (!this.#woken) await this.#rest();
    }
  }

  async #rest(): Promise<void> {
    const forMs = Math.min(this.#parts.pollMs, Math.max(0, this.#again - this.#parts.now().getTime()));
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, forMs);
      this.#wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** A store that is not there for a moment, or a defect, never ends the loop. */
  async #guarded(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!this.#stopped) this.#parts.log({ level: 'error', event: 'work interrupted', what, error: nameOf(error) });
    }
  }

  /** Takes and does what is free, the Tasks of one patient one after another; answers how many were taken. */
  async #look(): Promise<number> {
    this.#again = Number.POSITIVE_INFINITY;
    let taken = 0;
    for (const job of this.#parts.jobs) {
      const patients = fromAnywhere([...byPatient(await this.#free(job)).values()]).values();
      const lane = async (): Promise<void> => {
        for (const tasks of patients) for (const task of tasks) if (!this.#stopped && (await this.#perform(task, job))) taken++;
      };
      await Promise.all(Array.from({ length: this.#parts.sideBySide }, lane));
    }
    return taken;
  }

  /** What waits for a moment is on hold, so that it stands in nobody's way. */
  async #free({ code }: Job): Promise<Task[]> {
    const { resources, now } = this.#parts;
    const queue = `code=${WORK_SYSTEM}|${code}&owner=${AUTOMATION}`;
    const states = ['status=in-progress', 'status=ready', `status=on-hold&not-before=le${now().toISOString()}`];
    const found = (await Promise.all(states.map((state) => resources.first<Task>('Task', `${queue}&${state}`, AT_A_TIME)))).flat();
    const free = found.filter((task) => isFree(task, now().getTime()));
    for (const task of found) if (!free.includes(task)) this.#lookAgain(leaseOf(task)?.until);
    return free;
  }

  #lookAgain(at: number | undefined): void {
    if (at !== undefined) this.#again = Math.min(this.#again, at);
  }

  /** False when another was faster. */
  async #perform(free: Task, job: Job): Promise<boolean> {
    const task = await this.#take(free, job);
    if (!task) return false;
    for (let meetings = 1; ; meetings++) {
      try {
        await this.#finish(task, await job.run(task, this.#parts.now()));
        return true;
      } catch (error) {
        if (isConflict(error) && (await this.#isLost(task))) return true;
        if (isConflict(error) && meetings < MEETINGS) continue;
        await this.#retryLater(task, job, error);
        return true;
      }
    }
  }

  async #take(task: Task, { leaseMs = this.#parts.leaseMs }: Job): Promise<Task | undefined> {
    const now = this.#parts.now();
    const lease = { until: now.getTime() + leaseMs, attempt: (leaseOf(task)?.attempt ?? 0) + 1 };
    const start = task.executionPeriod?.start ?? now.toISOString();
    const taken: Task = { ...withLease(task, lease), status: 'in-progress', executionPeriod: { ...task.executionPeriod, start }, lastModified: now.toISOString() };
    try {
      const [written] = await this.#parts.resources.commit([{ put: taken, expectVersion: versionOf(task) }]);
      return written as Task;
    } catch (error) {
      if (isConflict(error)) return undefined;
      throw error;
    }
  }

  async #isLost({ id = '', meta }: Task): Promise<boolean> {
    return (await this.#parts.resources.read<Task>('Task', id))?.meta?.versionId !== meta?.versionId;
  }

  async #finish(task: Task, { changes, task: end, until }: Done): Promise<void> {
    const { resources, now } = this.#parts;
    if (end) {
      await resources.commit(ending({ changes, task: end, until }, task, now()), { orInOrder: true });
      return;
    }
    const again = new Date(now().getTime() + Math.ceil(AGAIN_MS * (0.5 + Math.random())));
    const attempt = Math.max(0, (leaseOf(task)?.attempt ?? 1) - 1);
    this.#lookAgain(again.getTime());
    await resources.commit([{ put: putAside(task, again, now().toISOString(), attempt), expectVersion: versionOf(task) }]);
  }

  /** What failed by a defect is tried again later, and given up after some attempts; nobody else waits for it. */
  async #retryLater(task: Task, job: Job, error: unknown): Promise<void> {
    const { resources, now, backOffMs, attempts, log } = this.#parts;
    const attempt = leaseOf(task)?.attempt ?? 1;
    log({ level: 'error', event: 'work failed', what: job.code, error: nameOf(error), attempt: String(attempt) });
    const time = now().toISOString();
    const note = [...(task.note ?? []), { time, text: `Attempt ${attempt} failed (${nameOf(error)})` }];
    const expectVersion = versionOf(task);
    if (attempt >= attempts) {
      const failed: Task = { ...withLease(task, undefined), status: 'failed', statusReason: { coding: [FAILED] }, note, executionPeriod: { ...task.executionPeriod, end: time }, lastModified: time };
      await resources.commit([...(job.givenUp?.(task, now()) ?? []), { put: failed, expectVersion }], { orInOrder: true });
      return;
    }
    const again = new Date(now().getTime() + backOffMs * 2 ** (attempt - 1));
    this.#lookAgain(again.getTime());
    await resources.commit([{ put: putAside({ ...task, note }, again, time), expectVersion }]);
  }
}

/** What is written for what a Task came to, the Task itself last: completed, or put aside until a moment. `taken` is the version that is replaced. */
export function ending({ changes, task, until }: Done & { readonly task: Task }, taken: Task, now: Date): ResourceChange[] {
  const time = now.toISOString();
  const completed = (): Task => ({ ...withLease(task, undefined), status: 'completed', executionPeriod: { ...task.executionPeriod, end: time }, lastModified: time });
  return [...changes, { put: until ? putAside(task, until, time) : completed(), expectVersion: versionOf(taken) }];
}

/** On hold, with the moment from which on it may be taken again as its first. */
function putAside(task: Task, until: Date, lastModified: string, attempt = leaseOf(task)?.attempt ?? 0): Task {
  const lease = { until: until.getTime(), attempt };
  const period = { ...task.restriction?.period, start: until.toISOString() };
  return { ...withLease(task, lease), status: 'on-hold', statusReason: { coding: [WAITING] }, restriction: { ...task.restriction, period }, lastModified };
}

function byPatient(tasks: readonly Task[]): Map<string, Task[]> {
  const patients = new Map<string, Task[]>();
  for (const task of tasks) {
    const patient = task.for?.reference ?? `Task/${task.id ?? ''}`;
    const known = patients.get(patient);
    if (known) known.push(task);
    else patients.set(patient, [task]);
  }
  return patients;
}

/** All of them, from a random one on: workers that look at one moment find the same, and would all take the same first. */
function fromAnywhere<Value>(values: readonly Value[]): Value[] {
  const start = Math.floor(Math.random() * values.length);
  return [...values.slice(start), ...values.slice(0, start)];
}

const versionOf = ({ meta }: Task): number => Number(meta?.versionId);
const isConflict = (error: unknown): boolean => error instanceof FhirError && error.status === 412;
/** The kind of an error: the words of others may quote what they were given. */
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);
