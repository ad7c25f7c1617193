import type { Connection } from 'mongoose';
import { conditionKeys } from '../commit-state.js';
import { requireModest } from '../plan/modest.js';
import { StoreUnavailableError } from '../store.js';
import type { Change, ChangeResult, CommitOptions, HistoryPage, HistoryQuery, KnownOnce, Once, SearchPage, SearchPlan, Store, Stored } from '../store.js';
import { addressesOf } from './commit.js';
import { addressOf } from './documents.js';
import { asUnavailable, isDuplicateKey } from './failures.js';
import { history } from './history.js';
import { keepAnswer, knownOnce } from './once.js';
import { Queues } from './queues.js';
import type { Collections } from './schema.js';
import type { Searcher } from './search.js';
import { HEAD, toStored } from './versions.js';
import type { Writer } from './writing.js';

export interface MongoParts {
  readonly connection: Connection;
  readonly collections: Collections;
  readonly searcher: Searcher;
  readonly write: Writer;
  readonly now: () => number;
  readonly maxPending: number;
}

/** The port over one connection: what may run is let through, and what fails is said in the port's words. */
export class MongoStore implements Store {
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
    return this.#run(({ versions }) => history(query, versions));
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
