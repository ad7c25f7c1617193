import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from '../../src/store/sqlite/index.js';
import { storeContract } from './contract.js';

storeContract('the SQLite store', async (options = {}) => {
  const directory = await mkdtemp(join(tmpdir(), 'cobalt-store-'));
  let store = await openSqliteStore({ directory, ...options });
  return {
    store,
    reopen: async () => {
      await store.close();
      store = await openSqliteStore({ directory, ...options });
      return store;
    },
    cleanup: async () => {
      await store.close();
      await rm(directory, { recursive: true });
    },
  };
});
