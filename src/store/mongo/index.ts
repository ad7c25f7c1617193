import { MAX_SEARCH_MS, type Store } from '../store.js';
import { Clock } from './clock.js';
import { connected } from './connection.js';
import type { Reaching } from './connection.js';
import { MongoStore } from './mongo-store.js';
import { lastStamp, Searcher } from './search.js';
import { inTransactions, oneByOne, sweep } from './writing.js';

export interface MongoOptions extends Reaching {
  /** Milliseconds since 1970, for `lastUpdated`. Default: the system's clock. */
  readonly now?: () => number;
  /** Requests that may be in flight before others are refused as `busy`. Default 4,096. */
  readonly maxPending?: number;
  /** Milliseconds that one search, or history, may take before it is stopped (`slow`). Default 30,000. */
  readonly maxSearchMs?: number | undefined;
}

/**
 * Opens (and makes, if absent) a store on a MongoDB server, which any number of processes may share. Whether it has
 * transactions is asked, not assumed: without them, a commit that writes more than one resource is refused.
 * @throws {StoreUnavailableError} when the server cannot be reached or refuses the user.
 */
export async function openMongoStore({ url, now = Date.now, maxPending = 4_096, poolSize, patience, maxSearchMs = MAX_SEARCH_MS }: MongoOptions): Promise<Store> {
  return connected({ url, poolSize, patience }, async ({ connection, client, collections, kind }) => {
    const searcher = new Searcher(collections, maxSearchMs);
    const clock = new Clock(now);
    const writing = { client, collections, searcher, clock, now };
    if (!kind.transactions) await sweep(collections);
    clock.see(await lastStamp(collections.resources));
    return new MongoStore({ connection, collections, searcher, write: kind.transactions ? inTransactions(writing) : oneByOne(writing), now, maxPending, maxSearchMs });
  });
}
