import { randomUUID } from 'node:crypto';
import { createConnection } from 'mongoose';
import { TransactionsMissingError } from '../../src/store/mongo/failures.js';
import { openMongoStore } from '../../src/store/mongo/index.js';
import type { Change, ChangeResult, CommitOptions, Store } from '../../src/store/store.js';
import type { Opened, OpenStore } from './contract/harness.js';

/** The MongoDB server to test on: `mongodb://…` without a database. */
export const serverUrl = process.env['COBALT_TEST_MONGODB'];

export const databaseUrl = (server: string, name = `cobalt-test-${randomUUID()}`): string => {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
};

export async function dropDatabase(url: string): Promise<void> {
  const connection = await createConnection(url).asPromise();
  await connection.dropDatabase();
  await connection.close();
}

export async function hasTransactions(server: string): Promise<boolean> {
  const connection = await createConnection(server).asPromise();
  const hello = await connection.getClient().db('admin').command({ hello: 1 });
  await connection.close();
  return typeof hello['setName'] === 'string' || hello['msg'] === 'isdbgrid';
}

/** Opens each store on a database of its own; `wrap` stands between test and store. */
export const opening = (server: string, wrap: (store: Store) => Store = (store) => store): OpenStore => async (options = {}): Promise<Opened> => {
  const url = databaseUrl(server);
  let store = await openMongoStore({ url, ...options });
  return {
    store: wrap(store),
    reopen: async () => {
      await store.close();
      store = await openMongoStore({ url, ...options });
      return wrap(store);
    },
    cleanup: async () => {
      await store.close();
      await dropDatabase(url);
    },
  };
};

/** Of more changes than these, a test means them as one. */
const MAX_STEPS = 2_500;

/**
 * A store whose commits of several resources are made one after another where the server has no transactions, so that
 * tests which only fill the store can run. `cannot` is called where that is not the same: one step is refused, there
 * are too many, or no change may be of what another was of.
 */
export function inSteps(store: Store, cannot: () => void): Store {
  const commit = async (changes: readonly Change[], options?: CommitOptions): Promise<ChangeResult[]> => {
    try {
      return await store.commit(changes, options);
    } catch (error) {
      if (!(error instanceof TransactionsMissingError)) throw error;
    }
    try {
      if (changes.length === 1 || changes.length > MAX_STEPS || changes.some((change) => change.op !== 'match' && change.expect?.untouched)) throw new TransactionsMissingError();
      const results: ChangeResult[] = [];
      for (const change of changes) results.push(...(await store.commit([change])));
      return results;
    } catch (error) {
      cannot();
      throw error;
    }
  };
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'commit') return commit;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
