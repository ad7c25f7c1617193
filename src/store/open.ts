import { MIGRATION, readMark } from './migration/mark.js';
import { StoreUnavailableError } from './store.js';
import type { Look, Store } from './store.js';
import type { VersionLog } from './version-log.js';

/** Where a store is: the folder of an embedded one, or a database on a MongoDB server, whose URL may hold a password. */
export type StoreAddress = { readonly kind: 'sqlite'; readonly directory: string } | { readonly kind: 'mongo'; readonly url: string };

/** What holds for every adapter. */
export interface OpenOptions {
  /** Milliseconds that one search may take; default `MAX_SEARCH_MS`. */
  readonly maxSearchMs?: number | undefined;
}

/** `mongodb://HOST/DATABASE` and its like. */
export const isMongoUrl = (text: string): boolean => /^mongodb(\+srv)?:\/\/[^/?]+(\/[^?]*)?(\?.*)?$/.test(text);

/**
 * Opens a store to serve from, with the adapter that it needs alone.
 * @throws {StoreUnavailableError} also when it is a copy that was not finished.
 */
export async function openStore(address: StoreAddress, options: OpenOptions = {}): Promise<Store> {
  const store = await openAdapter(address, options);
  if (readMark(await store.getFact(MIGRATION))?.done !== false) return store;
  await store.close();
  throw new StoreUnavailableError('failed', 'The store is a copy that was not finished: run the same cobalt migrate again.');
}

async function openAdapter(address: StoreAddress, options: OpenOptions): Promise<Store> {
  return address.kind === 'mongo' ? (await import('./mongo/index.js')).openMongoStore({ ...address, ...options }) : (await import('./sqlite/index.js')).openSqliteStore({ ...address, ...options });
}

/** Opens a store to look at it, while others may have it; undefined: there is none. @throws {StoreUnavailableError} when it cannot be had. */
export async function openLook(address: StoreAddress): Promise<Look | undefined> {
  return address.kind === 'mongo' ? openStore(address) : (await import('./sqlite/look.js')).openSqliteLook(address);
}

/**
 * Opens a store to copy it, or to copy into it; `make`: also where there is none yet.
 * @throws {StoreUnavailableError} when there is none, or it cannot be had.
 */
export async function openVersionLog(address: StoreAddress, { make }: { readonly make: boolean }): Promise<VersionLog> {
  return address.kind === 'mongo'
    ? (await import('./mongo/version-log.js')).openMongoVersionLog({ ...address, make })
    : (await import('./sqlite/version-log.js')).openSqliteVersionLog({ ...address, make });
}
