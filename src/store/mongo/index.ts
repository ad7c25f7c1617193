import { createConnection, mongo } from 'mongoose';
import type { Connection } from 'mongoose';
import { StoreUnavailableError } from '../store.js';
import type { Store } from '../store.js';
import { Clock } from './clock.js';
import { MongoStore } from './mongo-store.js';
import { prepare } from './schema.js';
import type { ServerKind } from './schema.js';
import { lastStamp, Searcher } from './search.js';
import { inTransactions, oneByOne, sweep } from './writing.js';

export interface MongoOptions {
  /** `mongodb://` or `mongodb+srv://`; the database is the one it names, `cobalt` if it names none. Never shown: it may hold a password. */
  readonly url: string;
  /** Milliseconds since 1970, for `lastUpdated`. Default: the system's clock. */
  readonly now?: () => number;
  /** Requests that may be in flight before others are refused as `busy`. Default 4,096. */
  readonly maxPending?: number;
  /** Connections to each server. Default 50. */
  readonly poolSize?: number;
  /** Milliseconds that the server may be gone before a request is refused. Default 10,000. */
  readonly patience?: number;
}

const DEFAULT_DATABASE = 'cobalt';

/**
 * Opens (and makes, if absent) a store on a MongoDB server, which any number of processes may share. Whether it has
 * transactions is asked, not assumed: without them, a commit that writes more than one resource is refused.
 * @throws {StoreUnavailableError} when the server cannot be reached or refuses the user.
 */
export async function openMongoStore({ url, now = Date.now, maxPending = 4_096, poolSize = 50, patience = 10_000 }: MongoOptions): Promise<Store> {
  const connection = await connect(url, poolSize, patience);
  try {
    const client = connection.getClient() as unknown as mongo.MongoClient;
    const db = client.db(databaseOf(url));
    const kind = await kindOf(db);
    const collections = await prepare(connection, db, kind);
    const searcher = new Searcher(collections);
    const clock = new Clock(now);
    const writing = { client, collections, searcher, clock };
    if (!kind.transactions) await sweep(collections);
    clock.see(await lastStamp(collections.resources));
    return new MongoStore({ connection, collections, searcher, write: kind.transactions ? inTransactions(writing) : oneByOne(writing), now, maxPending });
  } catch (error) {
    await connection.close();
    throw unreachable(error);
  }
}

async function connect(url: string, maxPoolSize: number, serverSelectionTimeoutMS: number): Promise<Connection> {
  try {
    return await createConnection(url, {
      dbName: databaseOf(url),
      maxPoolSize,
      serverSelectionTimeoutMS,
      writeConcern: { w: 'majority', journal: true },
      readPreference: 'primary',
      promoteBuffers: true,
      ignoreUndefined: true,
      autoIndex: false,
      autoCreate: false,
    }).asPromise();
  } catch (error) {
    throw unreachable(error);
  }
}

function databaseOf(url: string): string {
  const path = /^mongodb(?:\+srv)?:\/\/[^/?]*\/([^?]+)/.exec(url)?.[1];
  return path ? decodeURIComponent(path) : DEFAULT_DATABASE;
}

/** What the server says of itself: members of a replica set name it, the routers of a cluster say `isdbgrid`. */
async function kindOf(db: mongo.Db): Promise<ServerKind> {
  const hello = await db.command({ hello: 1 });
  const sharded = hello['msg'] === 'isdbgrid';
  return { sharded, transactions: (sharded || typeof hello['setName'] === 'string') && typeof hello['logicalSessionTimeoutMinutes'] === 'number' };
}

/** The driver's words are kept to its name for the failure: they may quote the address, and so the password. */
function unreachable(error: unknown): Error {
  if (error instanceof StoreUnavailableError || !(error instanceof Error)) return error as Error;
  const known = error instanceof mongo.MongoError || error.name.startsWith('Mongo');
  return known ? new StoreUnavailableError('failed', `The MongoDB server of COBALT_STORE cannot be used (${error.name}). Check its address, user and password, and that it runs.`) : error;
}
