import { requireModest } from '../plan/modest.js';
import { setImmediate } from 'node:timers/promises';
import { StoreUnavailableError } from '../store.js';
import type { Change, ChangeResult, CommitOptions, HistoryPage, HistoryQuery, KnownOnce, LogEnd, LogPage, LogQuery, Once, SearchPage, SearchPlan, Store, Stored } from '../store.js';
import { logCursor } from '../plan/log-place.js';
import { instantOf } from '../stamp.js';
import { openForReading } from './connection.js';
import type { Connection, Statement } from './connection.js';
import { Dictionary } from './dictionary.js';
import type { HistoryStamps } from './history.js';
import type { LogStamps } from './log.js';
import { OnceReader } from './once.js';
import { orUnavailable } from './protocol.js';
import type { Ahead, Parcel, ReaderJob, SentJob } from './protocol.js';
import { Readers } from './readers.js';
import type { SearchStamps } from './search.js';
import { Thread } from './thread.js';
import { VersionCache } from './version-cache.js';

export interface Limits {
  readonly readers: number;
  readonly now: () => number;
  readonly maxPendingCommits: number;
  readonly maxPendingText: number;
  readonly maxPendingReads: number;
  readonly maxSearchMs: number;
}

/** So many changes are copied to the writer at once. */
const PARCEL = 200;

/** Of the versions kept in memory, beyond what SQLite caches. */
const CACHED_BYTES = 32 * 2 ** 20;

/**
 * The store as the main thread sees it: single reads, and the versions on a page, at once on its own connection; all else
 * on threads.
 */
export class SqliteStore implements Store {
  readonly settlingMs = 0;
  readonly #lock: Connection;
  readonly #limits: Limits;
  readonly #db: Connection;
  readonly #dictionary: Dictionary;
  readonly #versions: VersionCache;
  readonly #once: OnceReader;
  readonly #statements: Readonly<Record<'current' | 'version' | 'any' | 'fact' | 'facts' | 'last', Statement>>;
  readonly #writer: Thread<SentJob, Parcel>;
  readonly #readers: Readers;
  readonly #commits = new Set<Promise<unknown>>();
  #pendingText = 0;
  #lastParcel = 0;
  #closing: Promise<void> | undefined;

  constructor(file: string, lock: Connection, limits: Limits) {
    this.#lock = lock;
    this.#limits = limits;
    this.#db = openForReading(file);
    this.#dictionary = new Dictionary(this.#db);
    this.#versions = new VersionCache(this.#db, this.#dictionary, CACHED_BYTES);
    this.#once = new OnceReader(this.#db);
    this.#statements = {
      current: this.#db.prepare<unknown[], unknown>('SELECT stamp FROM resource WHERE type = ? AND id = ?').pluck(),
      version: this.#db.prepare<unknown[], unknown>('SELECT v.stamp FROM resource r CROSS JOIN version v ON v.row = r.key WHERE r.type = ? AND r.id = ? AND v.number = ?').pluck(),
      any: this.#db.prepare<unknown[], unknown>('SELECT 1 FROM resource LIMIT 1').pluck(),
      fact: this.#db.prepare<unknown[], unknown>('SELECT value FROM fact WHERE name = ?').pluck(),
      facts: this.#db.prepare<unknown[], unknown>('SELECT name, value FROM fact WHERE substr(name, 1, length(?)) = ? ORDER BY name').raw(true),
      last: this.#db.prepare<unknown[], unknown>('SELECT max(stamp) FROM version').pluck(),
    };
    const data = { file, searchMs: limits.maxSearchMs };
    this.#writer = new Thread('writer', data);
    this.#readers = new Readers(limits.readers, data);
  }

  async read(type: string, id: string): Promise<Stored | undefined> {
    return this.#readOne(this.#statements.current, type, id);
  }

  async readVersion(type: string, id: string, version: number): Promise<Stored | undefined> {
    return this.#readOne(this.#statements.version, type, id, version);
  }

  async history(query: HistoryQuery): Promise<HistoryPage> {
    const { versions, ...rest } = await this.#onReader<HistoryStamps>({ op: 'history', query });
    return { ...rest, versions: this.#versionsOf(versions) };
  }

  async search(plan: SearchPlan): Promise<SearchPage> {
    requireModest(plan.where);
    const { matches, included, ...rest } = await this.#onReader<SearchStamps>({ op: 'search', plan });
    return { ...rest, matches: this.#versionsOf(matches), included: this.#versionsOf(included) };
  }

  async log(query: LogQuery): Promise<LogPage> {
    const { versions, ...rest } = await this.#onReader<LogStamps>({ op: 'log', query });
    return { ...rest, versions: orUnavailable(() => versions.map((stamp) => ({ ...whole(this.#versions.passing(stamp)), place: logCursor(stamp) }))) };
  }

  async logEnd(): Promise<LogEnd> {
    const stamp = (await this.#here(() => this.#statements.last.get() as number | null)) ?? 0;
    return { place: logCursor(stamp), at: instantOf(stamp) };
  }

  async commit(changes: readonly Change[], { once }: CommitOptions = {}): Promise<ChangeResult[]> {
    this.#requireOpen();
    for (const { condition } of changes) if (condition) requireModest(condition.where);
    const text = changes.reduce((sum, change) => sum + textLength(change), 0);
    const tooMuch = this.#pendingText > 0 && this.#pendingText + text > this.#limits.maxPendingText;
    if (tooMuch || this.#commits.size >= this.#limits.maxPendingCommits) throw new StoreUnavailableError('busy', 'Too many writes are waiting. Try again in a moment.');
    this.#pendingText += text;
    const commit = this.#written(changes, once);
    this.#commits.add(commit);
    try {
      return await commit;
    } finally {
      this.#commits.delete(commit);
      this.#pendingText -= text;
    }
  }

  async #written(changes: readonly Change[], once: Once | undefined): Promise<ChangeResult[]> {
    const { last, after } = await this.#sentAhead(changes);
    return this.#writer.ask({ op: 'commit', changes: JSON.stringify(last), now: this.#limits.now(), once, after });
  }

  /** Writing changes out for the writer's thread holds up this one: of many, it is done a few at a time. */
  async #sentAhead(changes: readonly Change[]): Promise<{ readonly last: readonly Change[]; readonly after?: Ahead }> {
    if (changes.length <= PARCEL) return { last: changes };
    const parcel = ++this.#lastParcel;
    const end = changes.length - PARCEL;
    for (let start = 0; start < end; start += PARCEL) {
      this.#writer.tell({ parcel, changes: JSON.stringify(changes.slice(start, Math.min(start + PARCEL, end))) });
      await setImmediate();
    }
    return { last: changes.slice(end), after: { parcel, changes: end } };
  }

  async knownOnce(key: string): Promise<KnownOnce | undefined> {
    return this.#here(() => this.#once.known(key, this.#limits.now()));
  }

  async keepAnswer(once: Once, answer: Uint8Array): Promise<void> {
    this.#requireOpen();
    await this.#writer.ask({ op: 'keepAnswer', once, answer, now: this.#limits.now() });
  }

  async probe(): Promise<void> {
    this.#requireOpen();
    await this.#writer.ask({ op: 'probe', now: this.#limits.now() });
  }

  async isEmpty(): Promise<boolean> {
    return this.#here(() => this.#statements.any.get() === undefined);
  }

  async getFact(name: string): Promise<string | undefined> {
    return this.#here(() => this.#statements.fact.get(name) as string | undefined);
  }

  async initFact(name: string, value: string): Promise<string> {
    this.#requireOpen();
    return this.#writer.ask({ op: 'initFact', name, value });
  }

  async swapFact(name: string, before: string | undefined, after: string | undefined): Promise<boolean> {
    this.#requireOpen();
    return this.#writer.ask({ op: 'swapFact', name, before, after });
  }

  async facts(prefix: string): Promise<ReadonlyMap<string, string>> {
    return this.#here(() => new Map(this.#statements.facts.all(prefix, prefix) as [string, string][]));
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.allSettled([this.#readers.close(), ...this.#commits]);
    this.#db.close();
    try {
      await this.#writer.close();
    } finally {
      this.#lock.close();
    }
  }

  #readOne(statement: Statement, type: string, id: string, version?: number): Stored | undefined {
    return this.#here(() => {
      const key = this.#dictionary.type(type);
      if (key === undefined) return undefined;
      const stamp = statement.get(...(version === undefined ? [key, id] : [key, id, version])) as number | undefined;
      return stamp === undefined ? undefined : this.#versions.get(stamp);
    });
  }

  #versionsOf(stamps: readonly number[]): Stored[] {
    return orUnavailable(() => stamps.map((stamp) => this.#versions.get(stamp)));
  }

  #here<Value>(query: () => Value): Value {
    this.#requireOpen();
    return orUnavailable(query);
  }

  async #onReader<Value>(job: ReaderJob): Promise<Value> {
    this.#requireOpen();
    if (this.#readers.pending >= this.#limits.maxPendingReads) throw new StoreUnavailableError('busy', 'Too many searches are waiting. Try again in a moment.');
    return this.#readers.ask<Value>(job);
  }

  #requireOpen(): void {
    if (this.#closing) throw new StoreUnavailableError('closed', 'The store is closed.');
  }
}

/** All of a version, its instant written out. */
const whole = ({ type, id, version, lastUpdated, deleted, method, body }: Stored): Stored => ({ type, id, version, lastUpdated, deleted, method, body });

function textLength(change: Change): number {
  return change.op === 'put' ? change.body.reduce((sum, part) => sum + (typeof part === 'string' ? part.length : 0), 0) : 0;
}
