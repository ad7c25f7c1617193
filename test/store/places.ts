import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { openStore, openVersionLog } from '../../src/store/open.js';
import type { StoreAddress } from '../../src/store/open.js';
import type { Store } from '../../src/store/store.js';
import type { VersionLog } from '../../src/store/version-log.js';
import { databaseUrl, dropDatabase } from './mongo-server.js';

/** Where a store can be, and is no more after the test. */
export interface Place {
  readonly address: StoreAddress;
  /** As `cobalt migrate` is told it. */
  readonly text: string;
  readonly cleanup: () => Promise<void>;
}

export type NewPlace = () => Promise<Place>;

export const newFolder: NewPlace = async () => {
  const directory = await mkdtemp(join(tmpdir(), 'cobalt-place-'));
  return { address: { kind: 'sqlite', directory }, text: `sqlite:${directory}`, cleanup: () => rm(directory, { recursive: true, force: true }) };
};

export const newDatabase = (server: string): NewPlace => async () => {
  const url = databaseUrl(server);
  return { address: { kind: 'mongo', url }, text: url, cleanup: () => dropDatabase(url) };
};

/** Places that are gone after each test. To be called inside a `describe`. */
export function places(make: NewPlace): NewPlace {
  const made: Place[] = [];
  afterEach(async () => {
    await Promise.all(made.splice(0).map(({ cleanup }) => cleanup()));
  });
  return async () => {
    const place = await make();
    made.push(place);
    return place;
  };
}

/** What the task makes of the store, which is closed afterwards. */
export async function withStore<Value>({ address }: Place, task: (store: Store) => Promise<Value>): Promise<Value> {
  const store = await openStore(address);
  return task(store).finally(() => store.close());
}

export async function withLog<Value>({ address }: Place, task: (log: VersionLog) => Promise<Value>): Promise<Value> {
  const log = await openVersionLog(address, { make: true });
  return task(log).finally(() => log.close());
}
