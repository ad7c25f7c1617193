import type { Connection } from 'mongoose';
import { conditionKeys } from '../commit-state.js';
import { requireModest } from '../plan/modest.js';
import { logCursor } from '../plan/log-place.js';
import { firstStampOf } from '../stamp.js';
import { StoreUnavailableError } from '../store.js';
import type { Change, ChangeResult, CommitOptions, HistoryPage, HistoryQuery, KnownOnce, LogEnd, LogPage, LogQuery, Once, SearchPage, SearchPlan, Store, Stored } from '../store.js';
import { addressesOf } from './commit.js';
import { addressOf } from './documents.js';
import { asUnavailable, isDuplicateKey } from './failures.js';
import { history } from './history.js';
import { log } from './log.js';
import { keepAnswer, knownOnce } from './once.js';
import { Queues } from './queues.js';
import type { Collections } from './schema.js';
import type { Searcher } from './search.js';
import { limited } from './time-limit.js';
import { HEAD, toStored } from './versions.js';
import type { Writer } from './writing.js';

export interface MongoParts {
  readonly connection: Connection;
  readonly collections: Collections;
  readonly searcher: Searcher;
  readonly write: Writer;
  readonly now: () => number;
  readonly maxPending: number;
  readonly maxSearchMs: number;
}

/** As long as a transaction may take (MongoDB's `transactionLifetimeLimitSeconds`), and what the clocks of processes may differ by. */
const SETTLING_MS = 60_000 + 15_000;

/** The port over one connection: what may run is let through, and what fails is said in the port's words. */
export class MongoStore implements Store {
  readonly settlingMs = SETTLING_MS;
  readonly #parts: MongoParts;
  readonly #queues = new Queues();
  readonly #running = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(parts: MongoParts) {
    this.#parts = parts;
  }

  async read(type: string, id: string): Promise<Stored | undefined> {
    const found = await this.#run(({ resources }) => resources.findOne({ _id: addressOf(type, id) }, { projection: HEAD }));
    return found ? toStored(found) : undefined;
  }

  async readVersion(type: string, id: string, version: number): Promise<Stored | undefined> {
    const found = await this.#run(({ versions }) => versions.findOne({ _id: `${addressOf(type, id)}/${version}` }, { projection: HEAD }));
    return found ? toStored(found) : undefined;
  }

  async history(query: HistoryQuery): Promise<HistoryPage> {
    return this.#run(({ versions }) => limited(this.#parts.maxSearchMs, (inTime) => history(query, versions, inTime)));
  }

  async log(query: LogQuery): Promise<LogPage> {
    return this.#run(({ versions }) => log(query, versions));
  }

  /** The last place of this millisecond: what is made later has a later one, by this process's clock. */
  async logEnd(): Promise<LogEnd> {
    const now = this.#parts.now();
    return { place: logCursor(firstStampOf(now + 1) - 1), at: new Date(now).toISOString() };
  }

  async search(plan: SearchPlan): Promise<SearchPage> {
    requireModest(plan.where);
    return this.#run(() => this.#parts.searcher.search(plan));
  }

  async commit(changes: readonly Change[], { once }: CommitOptions = {}): Promise<ChangeResult[]> {
    for (const { condition } of changes) if (condition) requireModest(condition.where);
    return this.#run(() => this.#queues.run([...(once ? [`once ${once.key}`] : []), ...conditionKeys(changes), ...addressesOf(changes)], () => this.#parts.write(changes, once)));
  }

  async knownOnce(key: string): Promise<KnownOnce | undefined> {
    return this.#run(({ onces }) => knownOnce(key, this.#parts.now(), onces));
  }

  async keepAnswer(once: Once, answer: Uint8Array): Promise<void> {
    await this.#run(({ onces }) => keepAnswer(once, answer, this.#parts.now(), onces));
  }

  async probe(): Promise<void> {
    await this.#run(({ probes }) => probes.updateOne({ _id: 'probe' }, { $set: { asked: this.#parts.now() } }, { upsert: true }));
  }

  async isEmpty(): Promise<boolean> {
    return (await this.#run(({ resources }) => resources.findOne({}, { projection: { _id: 1 } }))) === null;
  }

  async getFact(name: string): Promise<string | undefined> {
    return (await this.#run(({ facts }) => facts.findOne({ _id: name })))?.value;
  }

  async initFact(name: string, value: string): Promise<string> {
    return this.#run(async ({ facts }) => {
      try {
        await facts.insertOne({ _id: name, value });
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
      return (await facts.findOne({ _id: name }))?.value ?? value;
    });
  }

  async swapFact(name: string, before: string | undefined, after: string | undefined): Promise<boolean> {
    return this.#run(async ({ facts }) => {
      if (before === undefined) return after === undefined ? (await facts.findOne({ _id: name })) === null : inserted(facts.insertOne({ _id: name, value: after }));
      if (after === undefined) return (await facts.deleteOne({ _id: name, value: before })).deletedCount === 1;
      return (await facts.updateOne({ _id: name, value: before }, { $set: { value: after } })).matchedCount === 1;
    });
  }

  async facts(prefix: string): Promise<ReadonlyMap<string, string>> {
    return this.#run(async ({ facts }) => {
      const found = await facts.find(prefix === '' ? {} : { _id: { $gte: prefix, $lt: `${prefix}\uffff` } }, { sort: { _id: 1 } }).toArray();
      return new Map(found.map(({ _id, value }) => [_id, value]));
    });
  }

  async close(): Promise<void> {
    this.#closing ??= Promise.allSettled(this.#running).then(() => this.#parts.connection.close());
    return this.#closing;
  }

  async #run<Value>(task: (collections: Collections) => Promise<Value>): Promise<Value> {
    if (this.#closing) throw new StoreUnavailableError('closed', 'The store is closed.');
    if (this.#running.size >= this.#parts.maxPending) throw new StoreUnavailableError('busy', 'Too many requests are waiting for the store. Try again in a moment.');
    const running = task(this.#parts.collections);
    this.#running.add(running);
    try {
      return await running;
    } catch (error) {
      throw asUnavailable(error) ?? error;
    } finally {
      this.#running.delete(running);
    }
  }
}

/** Whether it went in: another may have been there. */
async function inserted(insertion: Promise<unknown>): Promise<boolean> {
  try {
    await insertion;
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}
