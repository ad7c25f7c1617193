import type { Caller } from '../../fhir/access/caller.js';
import { callerOf, isSameCaller, keepCaller } from '../../fhir/access/kept.js';
import type { FhirRequest, FhirResponse, LogEntry } from '../../fhir/interactions/interaction.js';
import { JOB_SEGMENT, taskLink, type AsyncJobs, type Begun } from '../../fhir/jobs.js';
import type { Cursor, Journal } from '../../fhir/journal.js';
import { errors, toOutcome } from '../../fhir/outcome.js';
import type { Resources } from '../../fhir/resources.js';
import type { Search } from '../../fhir/search/index.js';
import { backOff, OutboundRefused, type Outbound } from '../../outbound/index.js';
import { asClient } from './client.js';
import { deferredAnswer, keepRequest, runDeferred } from './deferred.js';
import { exportManifest, fileLines, prepareExport } from './export.js';
import { ERRORS, importManifest, InputFailed, MOST_REFUSALS, runImport, type Refusals } from './import.js';
import { jobTaskId } from './job-task.js';
import { JobTasks } from './job-tasks.js';
import { progressOf } from './progress.js';
import type { SnapshotParts } from './snapshot.js';
import { TIMING, type BulkTiming } from './timing.js';
import { allJobs, dropJob, keepPart, partsOf, readJob, writeJob, type ExportWork, type Held, type ImportWork, type Job } from './job.js';

export interface BulkParts {
  readonly journal: Journal;
  /** The same as far as a caller may see it; undefined: all of it. */
  readonly journalOf: (caller: Caller | undefined) => Journal;
  readonly search: Search;
  /** All that is stored, once the server is put together: for the Tasks that tell of jobs. */
  readonly resources: () => Resources;
  readonly outbound: Outbound;
  /** Does a request as its caller. */
  readonly answer: (request: FhirRequest) => Promise<FhirResponse>;
  readonly baseUrl: string;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly log: (entry: LogEntry) => void;
  readonly random: () => number;
  readonly timing?: Partial<BulkTiming> | undefined;
}

/** What was sent under an Idempotency-Key: the same key, the same request. */
type Keyed = Pick<NonNullable<FhirRequest['once']>, 'key'>;

const NDJSON = 'application/fhir+ndjson';
/** The most that a client is told to wait before it asks again, seconds. */
const MOST_RETRY_AFTER_S = 10;
/** Jobs that go on at the same time; others wait. */
const MOST_AT_ONCE = 4;
const WAITING_MOST = 100;

/** Exports and imports that go on after their request: each is written down with every step, and goes on where it was when a process ends. */
export class BulkJobs implements AsyncJobs {
  readonly #parts: BulkParts;
  readonly #timing: BulkTiming;
  readonly #owner: string;
  readonly #tasks: JobTasks;
  readonly #running = new Map<string, Promise<void>>();
  readonly #leaving = new Set<() => void>();
  #started = false;
  #stopped = false;
  #wakeUp: () => void = () => undefined;
  #watching: Promise<void> = Promise.resolve();

  constructor(parts: BulkParts) {
    this.#parts = parts;
    this.#timing = { ...TIMING, ...parts.timing };
    this.#owner = parts.newId();
    const { tellingMs, keptMs } = this.#timing;
    this.#tasks = new JobTasks({ ...parts, statusUrl: (id) => this.#begunAs(id).status, tellingMs, keptMs });
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#watching = this.#watch();
  }

  /** Comes to the end of a step, and begins none. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wakeUp();
    for (const leave of this.#leaving) leave();
    await this.#watching;
    await Promise.all(this.#running.values());
  }

  /** Where to ask for what comes of it. @throws {FhirError} 503 when too many wait */
  async begin(work: Job['work'], { request, caller, once, id = this.idUnder(once) }: { readonly request: string; readonly caller: Caller | undefined; readonly once?: Keyed | undefined; readonly id?: string }): Promise<Begun> {
    const { journal, now } = this.#parts;
    if (once && (await readJob(id, journal))) return this.#begunAs(id);
    if ((await allJobs(journal)).filter(({ job }) => job.ended === undefined).length >= WAITING_MOST) throw errors.tooBusy('Too many jobs go on or wait: wait until some are done, or delete them');
    const job: Job = { id, request, ...(caller ? { caller: keepCaller(caller) } : {}), begun: now().getTime(), work };
    if (!(await writeJob(job, undefined, journal))) throw errors.conflict('There is a job with this id');
    await this.#tasks.tell(job);
    this.#wakeUp();
    return this.#begunAs(id);
  }

  async defer(request: FhirRequest): Promise<Begun> {
    const { once } = request;
    const id = this.idUnder(once);
    if (once && (await readJob(id, this.#parts.journal))) return this.#begunAs(id);
    return this.begin(await keepRequest(request, id, this.#parts.journal), { request: request.path.join('/'), caller: request.caller, once, id });
  }

  /** The id of a job: the same request under a key, sent again because its answer was lost, is the same one. */
  idUnder(once: Keyed | undefined): string {
    return once?.key.slice(0, 32) ?? this.#parts.newId();
  }

  /** The log as it is now, for an export. */
  async moment(): Promise<{ readonly until: Cursor; readonly at: string; readonly settled: number }> {
    const { journal, now } = this.#parts;
    const { place, at } = await journal.logEnd();
    return { until: place, at, settled: now().getTime() + journal.settlingMs };
  }

  async status(id: string, request: FhirRequest): Promise<FhirResponse> {
    const { job } = await this.#owned(id, request);
    const link = taskLink(this.#begunAs(id).task);
    if (job.failed) return { status: 500, headers: link, body: Buffer.from(JSON.stringify(toOutcome([job.failed]))), tellsOutcome: true };
    if (job.ended === undefined) return { status: 202, headers: { ...link, 'X-Progress': progressOf(job), 'Retry-After': String(this.#retryAfter(job)) } };
    const headers = { ...link, Expires: new Date(job.ended + this.#timing.keptMs).toUTCString() };
    if (job.work.kind === 'operation') return { ...(await deferredAnswer(id, job.work, this.#parts.journal)), headers };
    const urlOf = (of: string, file: string): string => `${this.#begunAs(of).status}/${file}`;
    const manifest = job.work.kind === 'export'
      ? exportManifest(job, job.work, this.#parts.baseUrl, urlOf)
      : importManifest(job, job.work, job.work.inputs.reduce((sum, { refused }) => sum + refused, 0), this.#parts.baseUrl, urlOf);
    return { status: 200, contentType: 'application/json', body: Buffer.from(JSON.stringify(manifest)), headers };
  }

  async cancel(id: string, request: FhirRequest): Promise<FhirResponse> {
    const { job } = await this.#owned(id, request);
    await dropJob(id, this.#parts.journal);
    await this.#tasks.dropped(id);
    return { status: 202, body: Buffer.from(JSON.stringify(toOutcome([{ severity: 'information', code: 'informational', text: job.work.kind === 'export' ? 'The job has ended, and what came of it is gone' : 'Nothing more is told of the job. What it has written stays, and a step that was under way may still come to its end' }]))), tellsOutcome: true };
  }

  async file(id: string, name: string, request: FhirRequest): Promise<FhirResponse> {
    const { job } = await this.#owned(id, request);
    const stream = job.ended === undefined || job.failed ? undefined : this.#contentOf(job, name, request.caller);
    if (!stream) throw errors.notFound('This job has no such file: its manifest names those that it has');
    return { status: 200, contentType: NDJSON, stream };
  }

  #contentOf({ id, work }: Job, name: string, caller: Caller | undefined): AsyncIterable<Uint8Array> | undefined {
    if (work.kind === 'operation') return undefined;
    if (work.kind === 'import') return name === ERRORS && work.inputs.some(({ refused }) => refused > 0) ? this.#refusals(id) : undefined;
    const file = work.files.find((each) => each.name === name);
    return file && fileLines(file, work, this.#seenBy(caller));
  }

  #seenBy(caller: Caller | undefined): SnapshotParts {
    return { search: this.#parts.search, journal: this.#parts.journalOf(asClient(caller)) };
  }

  async *#refusals(id: string): AsyncGenerator<Uint8Array> {
    for (const part of await partsOf('error', id, this.#parts.journal)) yield Buffer.from(`${part}\n`);
  }

  /** Another caller's job is not there. */
  async #owned(id: string, { caller }: FhirRequest): Promise<Held> {
    const held = await readJob(id, this.#parts.journal);
    if (!held || !isSameCaller(held.job.caller, caller) || this.#isExpired(held.job)) throw errors.notFound('There is no such job: it never was, it was deleted, or it has expired');
    return held;
  }

  #isExpired({ ended }: Job): boolean {
    return ended !== undefined && ended + this.#timing.keptMs <= this.#parts.now().getTime();
  }

  #retryAfter({ begun, work }: Job): number {
    const now = this.#parts.now().getTime();
    const settles = work.kind === 'export' ? Math.ceil((work.settled - now) / 1_000) : 0;
    return Math.max(1, Math.min(MOST_RETRY_AFTER_S, Math.max(settles, Math.round((now - begun) / 10_000))));
  }

  #begunAs(id: string): Begun {
    const { baseUrl } = this.#parts;
    return { status: `${baseUrl}/${JOB_SEGMENT}/${id}`, task: `${baseUrl}/Task/${jobTaskId(id)}` };
  }

  /** Begins what waits, here or since another process has ended; and takes away what has expired. */
  async #watch(): Promise<void> {
    const { journal, log } = this.#parts;
    while (!this.#stopped) {
      let woken = false;
      this.#wakeUp = () => (woken = true);
      try {
        const jobs = (await allJobs(journal)).map(({ job }) => job).sort((a, b) => a.begun - b.begun);
        for (const job of jobs) if (this.#isExpired(job)) await dropJob(job.id, journal);
        for (const job of jobs) if (this.#isFree(job)) this.#run(job.id);
        await this.#tasks.settle(jobs.filter((job) => !this.#isExpired(job)));
      } catch (error) {
        log({ level: 'error', event: 'jobs not found', error: error instanceof Error ? error.name : typeof error });
      }
      if (!woken) await this.#rest();
    }
  }

  #isFree({ id, ended, lease }: Job): boolean {
    if (ended !== undefined || this.#running.has(id) || this.#running.size >= MOST_AT_ONCE) return false;
    return lease === undefined || this.#parts.journal.settlingMs === 0 || lease.owner === this.#owner || lease.until <= this.#parts.now().getTime();
  }

  #run(id: string): void {
    const done = this.#perform(id)
      .catch((error: unknown) => this.#parts.log({ level: 'error', event: 'job interrupted', error: error instanceof Error ? error.name : typeof error }))
      .then(async () => {
        // What was written beside a job in the moment in which it was deleted.
        if (!(await readJob(id, this.#parts.journal))) await dropJob(id, this.#parts.journal);
      })
      .catch(() => undefined)
      .then(() => {
        this.#running.delete(id);
        this.#wakeUp();
      });
    this.#running.set(id, done);
  }

  async #perform(id: string): Promise<void> {
    const { journal, now, random } = this.#parts;
    let held = await readJob(id, journal);
    const write = async (change: Partial<Job>): Promise<boolean> => {
      if (!held) return false;
      const lease = { owner: this.#owner, until: now().getTime() + this.#timing.leaseMs };
      held = await writeJob({ ...held.job, lease, ...change }, held, journal);
      if (held) await this.#tasks.tell(held.job);
      return held !== undefined && !this.#stopped;
    };
    for (let attempt = 1; await write({}); attempt++) {
      try {
        const work = held?.job.work;
        if (!held || !work) return;
        if (await this.#worked(held.job, work, write)) await write({ ended: now().getTime() });
        return;
      } catch (error) {
        if (!(error instanceof InputFailed || error instanceof OutboundRefused)) throw error;
        if (error instanceof OutboundRefused || attempt >= this.#timing.attempts) {
          const input = error instanceof InputFailed ? ` (input ${error.input + 1})` : '';
          await write({ ended: now().getTime(), failed: { severity: 'error', code: 'processing', text: `${error.message}${input}: what was read before it is written`, id: 'bulk-input' } });
          return;
        }
        await this.#wait(backOff(attempt, random, this.#timing.backOff));
      }
    }
  }

  /** Does what a job is about, from where it stands; false: it was not brought to its end. */
  #worked(job: Job, work: Job['work'], write: (change: Partial<Job>) => Promise<boolean>): Promise<boolean> {
    switch (work.kind) {
      case 'export':
        return this.#export(work, this.#seenBy(job.caller && callerOf(job.caller)), (next) => write({ work: next }));
      case 'import':
        return runImport(job, work, (next, refusals) => this.#proceed(job.id, next, refusals, write), this.#parts);
      case 'operation':
        return this.#unlessStopped(runDeferred(job, work, (next) => write({ work: next }), { ...this.#parts, wait: (ms) => this.#wait(ms), isStopped: () => this.#stopped }));
    }
  }

  /** What can't be stopped is left: it is begun again by whoever comes after, and what it had committed is not done twice. */
  #unlessStopped(work: Promise<boolean>): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const leave = (): void => resolve(false);
      this.#leaving.add(leave);
      work.finally(() => this.#leaving.delete(leave)).then(resolve, reject);
    });
  }

  async #export(work: ExportWork, seen: SnapshotParts, write: (work: ExportWork) => Promise<boolean>): Promise<boolean> {
    while (work.settled > this.#parts.now().getTime()) {
      await this.#wait(Math.min(work.settled - this.#parts.now().getTime(), this.#timing.leaseMs / 4));
      if (!(await write(work))) return false;
    }
    return prepareExport(work, write, seen);
  }

  /** The reasons first: a crash between leaves them where the same ones come again. */
  async #proceed(id: string, work: ImportWork, refusals: Refusals | undefined, write: (change: Partial<Job>) => Promise<boolean>): Promise<boolean> {
    const before = work.inputs.reduce((sum, { refused }) => sum + refused, 0) - (refusals?.outcomes.length ?? 0);
    const told = refusals?.outcomes.slice(0, Math.max(0, MOST_REFUSALS - before)) ?? [];
    if (refusals && told.length > 0) await keepPart('error', id, refusals.input * 1_000_000_000 + refusals.line, told.join('\n'), this.#parts.journal);
    return write({ work });
  }

  async #rest(): Promise<void> {
    if (this.#stopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#timing.pollMs);
      this.#wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #wait(ms: number): Promise<void> {
    const end = Date.now() + ms;
    while (!this.#stopped && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, Math.min(100, Math.max(0, end - Date.now()))));
  }
}
