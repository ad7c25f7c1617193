import type { Bundle, Endpoint } from 'fhir/r4.js';
import type { LogEntry } from '../fhir/interactions/interaction.js';
import type { Resources } from '../fhir/resources.js';
import { BACK_OFF, type BackOff, type Outbound } from '../outbound/index.js';
import type { TokenCache } from '../smart/backend/index.js';
import { bulk, EXPORT_LANE } from './bulk.js';
import { added, NOTHING, type Checkpoint, type Counts } from './checkpoint.js';
import { deadLetters } from './dead-letter.js';
import { PACE, SourceError, type Access, type PaceLimits, type SourceClient } from './client/index.js';
import { holding, released } from './holder.js';
import { Journal, LeaseLost, RowChanged } from './journal.js';
import { Stopped, type Traversal } from './lane.js';
import { KnownSources, type Known } from './known.js';
import { locating } from './locate.js';
import { followMerges } from './merged.js';
import { notified, NOTIFIED_LANE, targetsOf, type Target } from './notified.js';
import { completeDecision, enrol } from './payer.js';
import type { Strategy, TypePlan } from './plan.js';
import { referenced } from './referenced.js';
import { settleReferences } from './settle.js';
import { sourceOf, type Source } from './source.js';
import { forgetLanes } from './status.js';
import { noteStep, type Step } from './step.js';
import { sweep } from './sweep.js';
import { window } from './window.js';
import { writeBack, type WriteBackParts } from './write-back.js';

export interface EngineParts {
  readonly resources: Resources;
  readonly outbound: Outbound;
  /** Undefined without keys of ours: only sources that ask for no token can be reached. */
  readonly tokens?: TokenCache | undefined;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly log: (entry: LogEntry) => void;
  readonly sleep?: (ms: number) => Promise<void>;
  readonly random?: () => number;
  readonly pace?: PaceLimits | undefined;
  /** Before what failed is tried again. */
  readonly waits?: BackOff | undefined;
  /** How long another process waits before it takes over what this one was at. Default 15,000 ms. */
  readonly leaseMs?: number | undefined;
  /** Told of every look at a source and every change of it. Default: nobody. */
  readonly accessed?: ((source: Source, access: Access) => Promise<void> | undefined) | undefined;
  /** What is written where a source and we have both changed the same. */
  readonly conflict: WriteBackParts['conflict'];
}

/** What a run came to. */
export interface RunResult {
  readonly counts: Counts;
  /** Up to which moment of the source's clock everything is here; undefined: not everything ever was. */
  readonly checkpoint: string | undefined;
  /** Lanes that did not come to their end, and why. */
  readonly failed: readonly LaneFailure[];
}

export interface LaneFailure {
  readonly lane: string;
  /** `SourceFailure`, or `busy`: another process is at it. */
  readonly code: string;
  readonly text: string;
}

/** What is not `_lastUpdated` alone is looked at in full so often: deletions show only there. */
const FULL_EVERY_MS = 24 * 60 * 60_000;
/** After a failure the schedule waits, unless the source says how long. */
const AFTER_FAILURE_MS = 60_000;

const TRAVERSALS: Readonly<Record<Exclude<Strategy, 'none' | 'bulk'>, Traversal>> = { window, patients: sweep, referenced };

/** Keeps the store in step with its sources. One of it in a process; any number of processes may run over one store. */
export class SyncEngine {
  readonly #parts: Required<Pick<EngineParts, 'sleep' | 'random'>> & EngineParts & { readonly pace: PaceLimits; readonly waits: BackOff; readonly leaseMs: number };
  readonly #known: KnownSources;
  readonly #running = new Map<string, { readonly running: Promise<RunResult>; readonly isFull: boolean }>();
  readonly #told = new Map<string, Promise<unknown>>();
  #stopped = false;

  constructor(parts: EngineParts) {
    const { pace = PACE, waits = BACK_OFF, leaseMs = 15_000 } = parts;
    this.#parts = { sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)), random: Math.random, ...parts, pace, waits, leaseMs };
    this.#known = new KnownSources(this.#parts);
  }

  /** Ends what it is at after the page that it is writing. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.allSettled([...[...this.#running.values()].map(({ running }) => running), ...this.#told.values()]);
  }

  /**
   * Brings the store in step with a source; who asks while that is going on waits for it, and for all of it begins when it is through.
   * @throws {FhirError} 422 where the Endpoint is no source.
   */
  async run(endpoint: Endpoint, { full = false } = {}): Promise<RunResult> {
    const source = sourceOf(endpoint);
    const { running, isFull = false } = this.#running.get(source.id) ?? {};
    if (running && (isFull || !full)) return running;
    const next = (running?.catch(() => undefined) ?? Promise.resolve()).then(() => this.#run(source, full)).finally(() => {
      if (this.#running.get(source.id)?.running === next) this.#running.delete(source.id);
    });
    this.#running.set(source.id, { running: next, isFull: full });
    return next;
  }

  /**
   * Looks at what a notification of the source names, one notification after another.
   * @throws {FhirError} 422 where the Endpoint is no source.
   */
  async notified(endpoint: Endpoint, notification: Bundle): Promise<RunResult> {
    const source = sourceOf(endpoint);
    const told = (this.#told.get(source.id) ?? Promise.resolve()).then(() => this.#notified(source, targetsOf(notification, source)));
    const settled = told.catch(() => undefined);
    this.#told.set(source.id, settled);
    return told;
  }

  async #notified(source: Source, targets: readonly Target[]): Promise<RunResult> {
    return this.#asked(source, async ({ client, plans }) => {
      const [plan] = plans;
      if (!plan || targets.length === 0) return { counts: NOTHING, checkpoint: undefined, failed: [] };
      const came = await this.#lane(source, NOTIFIED_LANE, plan, notified(targets, plans), true, client);
      await this.#settled(source, false);
      return { counts: came.checkpoint?.counts ?? NOTHING, checkpoint: undefined, failed: 'code' in came ? [{ lane: NOTIFIED_LANE, code: came.code, text: came.text }] : [] };
    });
  }

  #run = (source: Source, full: boolean): Promise<RunResult> => this.#asked(source, (known) => this.#lanes(source, full, known));

  /** What fails before it begins is a result, too. */
  async #asked(source: Source, go: (known: Known) => Promise<RunResult>): Promise<RunResult> {
    if (this.#stopped) return { counts: NOTHING, checkpoint: undefined, failed: [{ lane: 'metadata', ...failureOf(new Stopped()) }] };
    const asked = await this.#step(source, 'metadata', () => this.#known.of(source));
    return 'failed' in asked ? { counts: NOTHING, checkpoint: undefined, failed: [asked.failed] } : go(asked.well);
  }

  /** What it came to, or why it failed; that stands in the store until it goes well. */
  async #step<T>(source: Source, step: Step, go: () => Promise<T>): Promise<{ readonly well: T } | { readonly failed: LaneFailure }> {
    try {
      const well = await go();
      await noteStep(source, step, undefined, this.#parts);
      return { well };
    } catch (error) {
      const { code, text, afterMs } = failureOf(error);
      this.#parts.log({ level: 'error', event: 'synchronisation interrupted', source: source.id, lane: step, code });
      await noteStep(source, step, { code, notBefore: this.#after(afterMs) }, this.#parts);
      return { failed: { lane: step, code, text } };
    }
  }

  /** When a run by the schedule may be of use again. */
  #after = (ms = AFTER_FAILURE_MS): string => new Date(this.#parts.now().getTime() + ms).toISOString();

  async #lanes(source: Source, full: boolean, { client, plans }: Known): Promise<RunResult> {
    const steps = [await this.#step(source, 'members', () => enrol(source, client, this.#parts)), await this.#step(source, 'write-back', () => writeBack(source, plans, client, this.#parts))];
    const failed = steps.flatMap((step) => ('failed' in step ? step.failed : []));
    const left: Checkpoint[] = [];
    let counts = NOTHING;
    const lanes = lanesOf(plans);
    await forgetLanes(source, lanes.map(({ lane }) => lane), this.#parts.resources);
    for (const { lane, plan, go } of lanes) {
      const came = await this.#lane(source, lane, plan, go, full, client);
      if ('code' in came) failed.push({ lane, code: came.code, text: came.text });
      if (came.checkpoint) {
        left.push(came.checkpoint);
        counts = added(counts, came.checkpoint.counts);
      }
      if ('code' in came && came.code === 'unauthorized') break;
    }
    await this.#settled(source, full);
    this.#parts.log({ level: failed.length > 0 ? 'error' : 'info', event: 'source synchronised', source: source.id, ...counts, lanes: failed.map(({ lane, code }) => `${lane}:${code}`).join(' ') });
    return { counts, checkpoint: oldest(left), failed };
  }

  /** What rests on what has come: references that waited for it, coverages of patients who were merged. */
  async #settled(source: Source, all: boolean): Promise<void> {
    const { resources, now } = this.#parts;
    await settleReferences({ source, resources, now, ...locating(source, resources) }, { all });
    await followMerges({ source, resources, now });
  }

  async #lane(source: Source, lane: string, plan: TypePlan, go: Traversal, full: boolean, client: SourceClient): Promise<{ readonly checkpoint: Checkpoint } | (LaneFailure & { readonly checkpoint?: Checkpoint })> {
    const { resources, now, newId, leaseMs } = this.#parts;
    const run = newId();
    const journal = await Journal.take(source, lane, { resources, now, holder: holding(run), leaseMs });
    if (!journal) {
      released(run);
      return { lane, code: 'busy', text: 'Another process is at it' };
    }
    const keeping = setInterval(() => void journal.renew(), leaseMs / 3);
    try {
      await this.#through({ source, journal, run, plan, go, client }, full);
      return { checkpoint: journal.checkpoint };
    } catch (error) {
      return { lane, ...(await this.#failed(error, journal)), checkpoint: journal.checkpoint };
    } finally {
      clearInterval(keeping);
      released(run);
    }
  }

  /**
   * Goes through a lane to its end. What is gone on with, because it was cut off, is as old as its beginning: what the source
   * has changed since is looked for after it, and all of it where that is asked for. The same export is not made twice in a row.
   */
  async #through({ source, journal, run, plan, go, client }: { readonly source: Source; readonly journal: Journal; readonly run: string; readonly plan: TypePlan; readonly go: Traversal; readonly client: SourceClient }, full: boolean): Promise<void> {
    const { resources, now, log, sleep } = this.#parts;
    const mayGoOn = (): void => {
      if (this.#stopped) throw new Stopped();
    };
    for (let [again, counts] = [true, NOTHING]; again; { counts } = journal.checkpoint) {
      const stood = journal.checkpoint;
      const isMoved = stood.base !== undefined && stood.base !== source.base;
      const lastFull = isMoved ? undefined : stood.lastFull;
      const goesOn = !isMoved && stood.run !== undefined && stood.ended === undefined && (stood.cursor !== undefined || stood.position !== undefined);
      again = goesOn && (plan.strategy !== 'bulk' || (full && stood.isFull !== true));
      const isFull = full || lastFull === undefined || now().getTime() - Date.parse(lastFull) > FULL_EVERY_MS;
      if (!goesOn) await journal.write([], { run, base: source.base, started: now().toISOString(), ended: undefined, until: undefined, cursor: undefined, position: undefined, counts, isFull, lastFull, ...(isMoved ? { highWater: undefined } : {}) });
      const end = await go(plan, { source, resources, run: journal.checkpoint.run ?? run, now, ...locating(source, resources), dead: await deadLetters(source, resources), client, journal, log, sleep, mayGoOn, complete: (resource) => completeDecision(resource, source, resources) });
      await journal.write([], { ...end, cursor: undefined, position: undefined, ended: now().toISOString(), failure: undefined, notBefore: undefined }, { release: !again });
    }
  }

  /** What stands where it went on stays, unless it is what failed. */
  async #failed(error: unknown, journal: Journal): Promise<Pick<LaneFailure, 'code' | 'text'>> {
    if (error instanceof LeaseLost) return { code: 'busy', text: 'Another process is at it' };
    const { code, text, afterMs } = failureOf(error);
    const { log } = this.#parts;
    const { source, lane } = journal.checkpoint;
    log({ level: 'error', event: 'synchronisation interrupted', source, lane, code, ...(error instanceof SourceError ? { status: error.status ?? 0, codes: error.codes.join(' ') } : {}) });
    const mayGoOn = code === 'unreachable' || code === 'unauthorized' || code === 'stopped';
    const notBefore = code === 'stopped' ? undefined : this.#after(afterMs);
    await journal.write([], { failure: code, notBefore, ...(mayGoOn ? {} : { cursor: undefined, position: undefined }) }, { release: true }).catch((failed: unknown) => {
      if (!(failed instanceof LeaseLost)) throw failed;
    });
    return { code, text };
  }
}

/** Lanes in the order in which one refers to the other; what is read where something refers to it comes last. */
function lanesOf(plans: readonly TypePlan[]): { readonly lane: string; readonly plan: TypePlan; readonly go: Traversal }[] {
  const exported = plans.filter(({ strategy }) => strategy === 'bulk');
  const [first] = exported;
  const of = (plan: TypePlan): { lane: string; plan: TypePlan; go: Traversal }[] => (plan.strategy === 'none' || plan.strategy === 'bulk' ? [] : [{ lane: plan.type, plan, go: TRAVERSALS[plan.strategy] }]);
  return [
    ...plans.filter(({ strategy }) => strategy === 'window').flatMap(of),
    ...(first ? [{ lane: EXPORT_LANE, plan: first, go: bulk(exported.map(({ type }) => type)) }] : []),
    ...plans.filter(({ strategy }) => strategy === 'patients').flatMap(of),
    ...plans.filter(({ strategy }) => strategy === 'referenced').flatMap(of),
  ];
}

const oldest = (checkpoints: readonly Checkpoint[]): string | undefined => {
  const moments = checkpoints.map(({ highWater }) => highWater);
  return moments.length === 0 || moments.includes(undefined) ? undefined : moments.toSorted()[0];
};

/** @throws whatever is a defect of ours, or the store's */
function failureOf(error: unknown): { readonly code: string; readonly text: string; readonly afterMs: number | undefined } {
  if (error instanceof SourceError) return { code: error.failure, text: error.message, afterMs: error.afterMs };
  if (error instanceof Stopped) return { code: 'stopped', text: 'The server is shutting down: it goes on where it was', afterMs: undefined };
  if (error instanceof RowChanged) return { code: 'unreachable', text: 'Others change the same resources all the time: it goes on where it was', afterMs: undefined };
  throw error;
}
