import { existsSync } from 'node:fs';
import { requireModest } from '../plan/modest.js';
import type { Look } from '../store.js';
import { databaseFile, openForReading } from './connection.js';
import { Dictionary } from './dictionary.js';
import { orUnavailable } from './protocol.js';
import { Searcher } from './search.js';
import { VersionCache } from './version-cache.js';

const CACHED_BYTES = 2 ** 20;

/**
 * Opens the embedded store in a folder to look at it, while another process may have it; undefined: there is none.
 * @throws {StoreUnavailableError}
 */
export function openSqliteLook({ directory }: { readonly directory: string }): Look | undefined {
  const file = databaseFile(directory);
  if (!existsSync(file)) return undefined;
  return orUnavailable(() => {
    const db = openForReading(file);
    const dictionary = new Dictionary(db);
    const searcher = new Searcher(db, dictionary);
    const versions = new VersionCache(db, dictionary, CACHED_BYTES);
    return {
      search: async (plan) => {
        requireModest(plan.where);
        return orUnavailable(() => {
          const { matches, included, ...rest } = searcher.search(plan);
          return { ...rest, matches: matches.map((stamp) => versions.get(stamp)), included: included.map((stamp) => versions.get(stamp)) };
        });
      },
      close: async () => void db.close(),
    };
  });
}
