import { createConnection, mongo } from 'mongoose';
import type { Connection } from 'mongoose';
import { StoreUnavailableError } from '../store.js';
import { holdsStore, prepare } from './schema.js';
import type { Collections, ServerKind } from './schema.js';

/** How a server is reached. */
export interface Reaching {
  /** `mongodb://` or `mongodb+srv://`; the database is the one it names, `cobalt` if it names none. Never shown: it may hold a password. */
  readonly url: string;
  /** Connections to each server. Default 50. */
  readonly poolSize?: number | undefined;
  /** Milliseconds that the server may be gone before a request is refused. Default 10,000. */
  readonly patience?: number | undefined;
  /** Whether the store is made where there is none. Default true. */
  readonly make?: boolean | undefined;
}

export interface Connected {
  readonly connection: Connection;
  readonly client: mongo.MongoClient;
  readonly collections: Collections;
  readonly kind: ServerKind;
}

const DEFAULT_DATABASE = 'cobalt';

/**
 * What `open` makes of the connection; where it fails, the connection is closed.
 * @throws {StoreUnavailableError} when the server cannot be reached or refuses the user.
 */
export async function connected<Value>({ url, poolSize = 50, patience = 10_000, make = true }: Reaching, open: (connected: Connected) => Promise<Value>): Promise<Value> {
  const connection = await connect(url, poolSize, patience);
  try {
    const client = connection.getClient() as unknown as mongo.MongoClient;
    const db = client.db(databaseOf(url));
    if (!make && !(await holdsStore(db))) throw new StoreUnavailableError('failed', `There is no store in the MongoDB database ${db.databaseName}.`);
    const kind = await kindOf(db);
    return await open({ connection, client, collections: await prepare(connection, db, kind), kind });
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
  return known ? new StoreUnavailableError('failed', `The MongoDB server cannot be used (${error.name}). Check its address, user and password, and that it runs.`) : error;
}
