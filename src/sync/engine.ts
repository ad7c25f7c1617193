import type { Bundle, Endpoint } from 'fhir/r4.js';
import type { LogEntry } from '../fhir/interactions/interaction.js';
import type { Resources } from '../fhir/resources.js';
import { BACK_OFF, type BackOff, type Outbound } from '../outbound/index.js';
import type { TokenCache } from '../smart/backend/index.js';
import { bulk, EXPORT_LANE } from './bulk.js';
import { added, NOTHING, type Checkpoint, type Counts } from './checkpoint.js';
import { deadLetters } from './dead-letter.js';
import { Pace, PACE, SourceClient, SourceError, type Access, type PaceLimits } from './client/index.js';
import { holding, released } from './holder.js';
import { Journal, LeaseLost, RowChanged } from './journal.js';
import { Stopped, type Traversal } from './lane.js';
import { locating } from './locate.js';
import { notified, NOTIFIED_LANE, targetsOf, type Target } from './notified.js';
import { completeDecision, enrol } from './payer.js';
import { planChanges, planOf, statementIn, type Strategy, type TypePlan } from './plan.js';
import { referenced } from './referenced.js';
import { followMerges, settleReferences } from './settle.js';
import { scopesOf, sourceOf, type Source } from './source.js';
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
/** What a source can do is asked so often. */
const PLAN_MS = 24 * 60 * 60_000;
/** After a failure the schedule waits, unless the source says how long. */
const AFTER_FAILURE_MS = 60_000;

const TRAVERSALS: Readonly<Record<Exclude<Strategy, 'none' | 'bulk'>, Traversal>> = { window, patients: sweep, referenced };

interface Known {
  readonly client: SourceClient;
  plans: readonly TypePlan[] | undefined;
  plannedAt: number;
}

/** Keeps the store in step with its sources. One of it in a process; any number of processes may run over one store. */
export class SyncEngine {
  readonly #parts: Required<Pick<EngineParts, 'sleep' | 'random'>> & EngineParts & { readonly pace: PaceLimits; readonly waits: BackOff; readonly leaseMs: number };
  readonly #known = new Map<string, Known>();
  readonly #running = new Map<string, { readonly running: Promise<RunResult>; readonly isFull: boolean }>();
  readonly #told = new Map<string, Promise<unknown>>();
  #stopped = false;

  constructor(parts: EngineParts) {
    const { pace = PACE, waits = BACK_OFF, leaseMs = 15_000 } = parts;
    this.#parts = { sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)), random: Math.random, ...parts, pace, waits, leaseMs };
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
    return this.#asked(source, async (known, plans) => {
      const [plan] = plans;
      if (!plan || targets.length === 0) return { counts: NOTHING, checkpoint: undefined, failed: [] };
      const came = await this.#lane(source, NOTIFIED_LANE, plan, notified(targets, plans), true, known.client);
      await settleReferences({ source, resources: this.#parts.resources, now: this.#parts.now, ...locating(source, this.#parts.resources) });
      return { counts: came.checkpoint?.counts ?? NOTHING, checkpoint: undefined, failed: 'code' in came ? [{ lane: NOTIFIED_LANE, code: came.code, text: came.text }] : [] };
    });
  }

  #run = (source: Source, full: boolean): Promise<RunResult> => this.#asked(source, (known, plans) => this.#lanes(source, full, known, plans));

  /** What fails before it begins is a result, too. */
  async #asked(source: Source, go: (known: Known, plans: readonly TypePlan[]) => Promise<RunResult>): Promise<RunResult> {
    try {
      const known = this.#knownOf(source);
      return await go(known, await this.#plans(source, known));
    } catch (error) {
      const { code, text } = failureOf(error);
      this.#parts.log({ level: 'error', event: 'source not synchronised', source: source.id, code });
      return { counts: NOTHING, checkpoint: undefined, failed: [{ lane: 'metadata', code, text }] };
    }
  }

  async #lanes(source: Source, full: boolean, known: Known, plans: readonly TypePlan[]): Promise<RunResult> {
    await enrol(source, known.client, this.#parts);
    await writeBack(source, plans, known.client, this.#parts);
    const failed: LaneFailure[] = [];
    const left: Checkpoint[] = [];
    let counts = NOTHING;
    for (const { lane, plan, go } of lanesOf(plans)) {
      const came = await this.#lane(source, lane, plan, go, full, known.client);
      if ('code' in came) failed.push({ lane, code: came.code, text: came.text });
      if (came.checkpoint) {
        left.push(came.checkpoint);
        counts = added(counts, came.checkpoint.counts);
      }
      if ('code' in came && came.code === 'unauthorized') break;
    }
    const context = { source, resources: this.#parts.resources, now: this.#parts.now, ...locating(source, this.#parts.resources) };
    await settleReferences(context, { all: full });
    await followMerges(context);
    this.#parts.log({ level: failed.length > 0 ? 'error' : 'info', event: 'source synchronised', source: source.id, ...counts, lanes: failed.map(({ lane, code }) => `${lane}:${code}`).join(' ') });
    return { counts, checkpoint: oldest(left), failed };
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
    const { log, now } = this.#parts;
    const { source, lane } = journal.checkpoint;
    log({ level: 'error', event: 'synchronisation interrupted', source, lane, code, ...(error instanceof SourceError ? { status: error.status ?? 0, codes: error.codes.join(' ') } : {}) });
    const mayGoOn = code === 'unreachable' || code === 'unauthorized' || code === 'stopped';
    const notBefore = code === 'stopped' ? undefined : new Date(now().getTime() + (afterMs ?? AFTER_FAILURE_MS)).toISOString();
    await journal.write([], { failure: code, notBefore, ...(mayGoOn ? {} : { cursor: undefined, position: undefined }) }, { release: true }).catch((failed: unknown) => {
      if (!(failed instanceof LeaseLost)) throw failed;
    });
    return { code, text };
  }

  #knownOf(source: Source): Known {
    const key = JSON.stringify([source.base, source.clientId, source.kind, source.types, source.group, source.pageOrigins, source.writeBack]);
    const known = this.#known.get(key);
    if (known) return known;
    const { outbound, tokens, pace, waits, sleep, random, log, accessed } = this.#parts;
    if (source.clientId !== undefined && !tokens) throw new SourceError('unauthorized', 'The source asks for a client id, and no key of ours is configured');
    const access = source.clientId !== undefined && tokens ? { tokens, request: { base: source.base, clientId: source.clientId, scopes: scopesOf(source) } } : undefined;
    const client = new SourceClient({
      base: source.base, pageOrigins: source.pageOrigins, outbound, access, pace: new Pace(pace, () => performance.now(), sleep), random, sleep, waits, onAccess: accessed && ((access) => accessed(source, access)),
      onMissingScopes: (scopes) => log({ level: 'error', event: 'scopes not given', source: source.id, scopes: scopes.join(' ') }),
    });
    const made: Known = { client, plans: undefined, plannedAt: 0 };
    this.#known.set(key, made);
    return made;
  }

  async #plans(source: Source, known: Known): Promise<readonly TypePlan[]> {
    const now = this.#parts.now().getTime();
    if (known.plans && now - known.plannedAt < PLAN_MS) return known.plans;
    const { resource } = await known.client.capabilities();
    const plans = planOf(statementIn(resource), source);
    const changes = planChanges(known.plans ?? [], plans);
    if (!known.plans || changes.length > 0) this.#parts.log({ level: 'info', event: 'synchronisation planned', source: source.id, plan: plans.map(({ type, strategy }) => `${type}:${strategy}`).join(' '), changes: changes.join('; ') });
    known.plans = plans;
    known.plannedAt = now;
    return plans;
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
