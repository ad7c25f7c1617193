import type { Bundle, Endpoint } from 'fhir/r4.js';
import type { LogEntry } from '../fhir/interactions/interaction.js';
import { FhirError } from '../fhir/outcome.js';
import type { Resources } from '../fhir/resources.js';
import { BACK_OFF, type BackOff, type Outbound } from '../outbound/index.js';
import type { TokenCache } from '../smart/backend/index.js';
import { bulk, EXPORT_LANE } from './bulk.js';
import { added, NOTHING, type Checkpoint, type Counts } from './checkpoint.js';
import { deadLetters } from './dead-letter.js';
import { PACE, type Access, type PaceLimits, type SourceClient } from './client/index.js';
import { holding, released } from './holder.js';
import { Journal, LeaseLost, readCheckpoint } from './journal.js';
import { Stopped, type Traversal } from './lane.js';
import { CHANGED, detailsOf, failureOf, isPassing, SHUTTING } from './failure.js';
import { KnownSources, type Known } from './known.js';
import { locating } from './locate.js';
import { followMerges } from './merged.js';
import { notified, NOTIFIED_LANE, noticesOf, openNotices, targetsOf } from './notified.js';
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

/** What is wanted of a run. */
export interface RunOptions {
  /** All of it, not only what changed. */
  readonly full?: boolean;
  /** The lanes whose turn it is, by how far each is; default: all. */
  readonly due?: ((checkpoint: Checkpoint) => boolean) | undefined;
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
/** After a failure the schedule waits, unless the source says how long; after one that waiting does not mend, until it is time to look again anyway. */
const AFTER_FAILURE_MS = 60_000;
/** Who notifies is answered by then, whatever is still to be read. */
const ANSWER_MS = 1_500;

const TRAVERSALS: Readonly<Record<Exclude<Strategy, 'none' | 'bulk'>, Traversal>> = { window, patients: sweep, referenced };

/** Keeps the store in step with its sources. One of it in a process; any number of processes may run over one store. */
export class SyncEngine {
  readonly #parts: Required<Pick<EngineParts, 'sleep' | 'random'>> & EngineParts & { readonly pace: PaceLimits; readonly waits: BackOff; readonly leaseMs: number };
  readonly #known: KnownSources;
  readonly #running = new Map<string, { readonly running: Promise<RunResult>; readonly wanted: RunOptions }>();
  readonly #following = new Map<string, Promise<RunResult>>();
  #stopped = false;

  constructor(parts: EngineParts) {
    const { pace = PACE, waits = BACK_OFF, leaseMs = 15_000 } = parts;
    this.#parts = { sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)), random: Math.random, ...parts, pace, waits, leaseMs };
    this.#known = new KnownSources(this.#parts);
  }

  /** Ends what it is at after the page that it is writing. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.allSettled([...[...this.#running.values()].map(({ running }) => running), ...this.#following.values()]);
  }

  /**
   * Brings the store in step with a source; who asks while that is going on waits for it, and for all of it begins when it is through.
   * @throws {FhirError} 422 where the Endpoint is no source.
   */
  async run(endpoint: Endpoint, wanted: RunOptions = {}): Promise<RunResult> {
    const source = sourceOf(endpoint);
    const going = this.#running.get(source.id);
    if (going && (going.wanted.full === true || wanted.full !== true) && (going.wanted.due === undefined || wanted.due !== undefined)) return going.running;
    const next = (going?.running.catch(() => undefined) ?? Promise.resolve()).then(() => this.#asked(source, (known) => this.#lanes(source, wanted, known))).finally(() => {
      if (this.#running.get(source.id)?.running === next) this.#running.delete(source.id);
    });
    this.#running.set(source.id, { running: next, wanted });
    return next;
  }

  /**
   * Writes down what a notification of the source names, and begins to look at it. Answers what came of it, if that is soon:
   * whoever notifies waits for seconds at most.
   * @throws {FhirError} 422 where the Endpoint is no source.
   */
  async notified(endpoint: Endpoint, notification: Bundle): Promise<RunResult> {
    const source = sourceOf(endpoint);
    const { resources, now } = this.#parts;
    await resources.write(noticesOf(targetsOf(notification, source), source, now()).map((put) => ({ put })));
    const waiting = new Promise<RunResult>((resolve) => setTimeout(() => resolve({ counts: NOTHING, checkpoint: undefined, failed: [] }), ANSWER_MS).unref());
    return Promise.race([this.follow(endpoint), waiting]);
  }

  /** Looks at what notifications of the source have named, of one after another. */
  async follow(endpoint: Endpoint): Promise<RunResult> {
    const source = sourceOf(endpoint);
    const next = (this.#following.get(source.id)?.catch(() => undefined) ?? Promise.resolve()).then(() => this.#follow(source)).finally(() => {
      if (this.#following.get(source.id) === next) this.#following.delete(source.id);
    });
    this.#following.set(source.id, next);
    return next;
  }

  async #follow(source: Source): Promise<RunResult> {
    const nothing: RunResult = { counts: NOTHING, checkpoint: undefined, failed: [] };
    if ((await openNotices(source, this.#parts.resources, 1)).length === 0) return nothing;
    return this.#asked(source, async ({ client, plans }) => {
      const [plan] = plans;
      if (!plan) return nothing;
      const came = await this.#lane(source, NOTIFIED_LANE, plan, notified(plans), true, client);
      await this.#settled(source, false);
      return { ...nothing, counts: came.checkpoint?.counts ?? NOTHING, failed: 'code' in came ? [{ lane: NOTIFIED_LANE, code: came.code, text: came.text }] : [] };
    });
  }

  /** What fails before it begins is a result, too. */
  async #asked(source: Source, go: (known: Known) => Promise<RunResult>): Promise<RunResult> {
    if (this.#stopped) return { counts: NOTHING, checkpoint: undefined, failed: [{ lane: 'metadata', ...failureOf(new Stopped(SHUTTING)) }] };
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
      this.#parts.log({ level: 'error', event: 'synchronisation interrupted', source: source.id, lane: step, code, ...detailsOf(error) });
      await noteStep(source, step, { code, notBefore: this.#after(source, code, afterMs) }, this.#parts);
      return { failed: { lane: step, code, text } };
    }
  }

  /** When a run by the schedule may be of use again. */
  #after({ everyMs = 0 }: Source, code: string, ms = isPassing(code) ? AFTER_FAILURE_MS : Math.max(AFTER_FAILURE_MS, everyMs)): string {
    return new Date(this.#parts.now().getTime() + ms).toISOString();
  }

  async #lanes(source: Source, { full = false, due }: RunOptions, { client, plans }: Known): Promise<RunResult> {
    const steps = [await this.#step(source, 'members', () => enrol(source, client, this.#parts)), await this.#step(source, 'write-back', () => writeBack(source, plans, client, this.#parts))];
    const failed = steps.flatMap((step) => ('failed' in step ? step.failed : []));
    const left: Checkpoint[] = [];
    let counts = NOTHING;
    const lanes = lanesOf(plans);
    await forgetLanes(source, lanes.map(({ lane }) => lane), this.#parts.resources);
    for (const { lane, plan, go } of lanes) {
      const stands = due && (await readCheckpoint(source.id, lane, this.#parts.resources));
      const came = stands && !due(stands) ? { checkpoint: stands } : await this.#lane(source, lane, plan, go, full, client);
      if ('code' in came) failed.push({ lane, code: came.code, text: came.text });
      if (came.checkpoint) {
        left.push(came.checkpoint);
        counts = added(counts, came.checkpoint.counts);
      }
      if ('code' in came && (came.code === 'unauthorized' || came.code === 'stopped')) break;
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
    let stands = true;
    const keeping = setInterval(() => void Promise.all([journal.renew(), this.#stands(source).then((does) => (stands = does), () => undefined)]), leaseMs / 3);
    try {
      if (!(await this.#stands(source))) throw new Stopped(CHANGED);
      await this.#through({ source, journal, run, plan, go, client, mayGoOn: () => this.#mayGoOn(stands) }, full);
      return { checkpoint: journal.checkpoint };
    } catch (error) {
      return { lane, ...(await this.#failed(error, journal, source)), checkpoint: journal.checkpoint };
    } finally {
      clearInterval(keeping);
      released(run);
    }
  }

  /** Whether the Endpoint still says the same: what is switched off or has moved is not gone on with. */
  async #stands(source: Source): Promise<boolean> {
    const endpoint = await this.#parts.resources.read<Endpoint>('Endpoint', source.id);
    try {
      return endpoint !== undefined && JSON.stringify(sourceOf(endpoint)) === JSON.stringify(source);
    } catch (error) {
      if (error instanceof FhirError) return false;
      throw error;
    }
  }

  #mayGoOn(stands: boolean): void {
    if (this.#stopped) throw new Stopped(SHUTTING);
    if (!stands) throw new Stopped(CHANGED);
  }

  /**
   * Goes through a lane to its end. What is gone on with, because it was cut off, is as old as its beginning: what the source
   * has changed since is looked for after it, and all of it where that is asked for. The same export is not made twice in a row.
   */
  async #through({ source, journal, run, plan, go, client, mayGoOn }: { readonly mayGoOn: () => void; readonly source: Source; readonly journal: Journal; readonly run: string; readonly plan: TypePlan; readonly go: Traversal; readonly client: SourceClient }, full: boolean): Promise<void> {
    const { resources, now, log, sleep } = this.#parts;
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
  async #failed(error: unknown, journal: Journal, source: Source): Promise<Pick<LaneFailure, 'code' | 'text'>> {
    if (error instanceof LeaseLost) return { code: 'busy', text: 'Another process is at it' };
    const { code, text, afterMs } = failureOf(error);
    const { log } = this.#parts;
    log({ level: 'error', event: 'synchronisation interrupted', source: source.id, lane: journal.checkpoint.lane, code, ...detailsOf(error) });
    const notBefore = code === 'stopped' ? undefined : this.#after(source, code, afterMs);
    await journal.write([], { failure: code, notBefore, ...(isPassing(code) || code === 'stopped' ? {} : { cursor: undefined, position: undefined }) }, { release: true }).catch((failed: unknown) => {
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
    ...(first ? [{ lane: EXPORT_LANE, plan: first, go: bulk(exported) }] : []),
    ...plans.filter(({ strategy }) => strategy === 'patients').flatMap(of),
    ...plans.filter(({ strategy }) => strategy === 'referenced').flatMap(of),
  ];
}

const oldest = (checkpoints: readonly Checkpoint[]): string | undefined => {
  const moments = checkpoints.map(({ highWater }) => highWater);
  return moments.length === 0 || moments.includes(undefined) ? undefined : moments.toSorted()[0];
};
