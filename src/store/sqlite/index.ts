import { MAX_SEARCH_MS, type Store } from '../store.js';
import { databaseFile, lockDirectory, prepareDatabase } from './connection.js';
import { SqliteStore } from './sqlite-store.js';

export interface SqliteOptions {
  /** Made if absent; holds `cobalt.db`. */
  readonly directory: string;
  /** Threads for searches and histories. Default 2. */
  readonly readers?: number;
  /** Milliseconds since 1970, for `lastUpdated`. Default: the system's clock. */
  readonly now?: () => number;
  /** Commits that may wait before others are refused as `busy`. Default 1,024. */
  readonly maxPendingCommits?: number;
  /** Characters of text that may wait to be written before others are refused as `busy`. Default 128 million. */
  readonly maxPendingText?: number;
  /** Searches and histories that may wait before others are refused as `busy`. Default 1,024. */
  readonly maxPendingReads?: number;
  /** Milliseconds that one search, or history, may take before it is stopped (`slow`). Default 30,000. */
  readonly maxSearchMs?: number | undefined;
}

/**
 * Opens (and makes, if absent) the embedded store: one process at a time a directory.
 * @throws {StoreUnavailableError} when another process has it open.
 * @throws {Error} when SQLite is too old, the disk cannot keep a write-ahead log, or the file is of a newer schema.
 */
export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  const { directory, readers = 2, now = Date.now, maxPendingCommits = 1_024, maxPendingText = 128_000_000, maxPendingReads = 1_024, maxSearchMs = MAX_SEARCH_MS } = options;
  const lock = lockDirectory(directory);
  try {
    prepareDatabase(directory);
    return new SqliteStore(databaseFile(directory), lock, { readers: Math.max(1, readers), now, maxPendingCommits, maxPendingText, maxPendingReads, maxSearchMs });
  } catch (error) {
    lock.close();
    throw error;
  }
}
