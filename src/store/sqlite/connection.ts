import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { StoreUnavailableError } from '../store.js';
import { SCHEMA_VERSION, schemaSql, UPGRADES } from './schema.js';

/** Older ones can lose committed transactions in WAL mode (the WAL-reset race, fixed in 3.51.3). */
const LEAST_SQLITE = [3, 51, 3] as const;
const PAGE_SIZE = 8192;
/** How long a statement waits for a lock of another process (a backup, the sqlite3 shell). */
const BUSY_TIMEOUT_MS = 5_000;
/** Pages in the WAL after which a commit moves them into the database file: 32 MB. */
const CHECKPOINT_PAGES = 4_000;
/** Of the database file, read without copying pages: half the time of a page of search results. */
const MAPPED_BYTES = 256 * 2 ** 20;
const WAL_BYTES_KEPT = 64 * 2 ** 20;

export type Connection = Database.Database;
export type Statement = Database.Statement<unknown[], unknown>;

export const databaseFile = (directory: string): string => join(directory, 'cobalt.db');

/**
 * Makes the file if absent, and the tables, or what an older file lacks, in one transaction: a process that dies here
 * leaves what was there, and the next start does it.
 * @throws {Error} for an SQLite that is too old, or a file made by a newer Cobalt.
 */
export function prepareDatabase(directory: string): void {
  const db = openForWriting(databaseFile(directory));
  try {
    requireSqlite(db.prepare('SELECT sqlite_version()').pluck().get() as string);
    db.transaction(() => {
      const version = db.pragma('user_version', { simple: true }) as number;
      if (version > SCHEMA_VERSION) {
        throw new Error(`The database in ${directory} has schema version ${version}; this Cobalt knows up to ${SCHEMA_VERSION}. Start the newer Cobalt that made it.`);
      }
      if (version === SCHEMA_VERSION) return;
      if (version === 0) db.exec(schemaSql());
      else for (let older = version; older < SCHEMA_VERSION; older++) db.exec(UPGRADES[older] ?? '');
      db.pragma(`user_version = ${SCHEMA_VERSION}`);
    }).immediate();
  } finally {
    db.close();
  }
}

/** @throws {Error} when the version is older than the least that is safe. */
export function requireSqlite(version: string): void {
  const parts = version.split('.').map(Number);
  const at = LEAST_SQLITE.findIndex((least, i) => parts[i] !== least);
  if (at >= 0 && (parts[at] ?? 0) < (LEAST_SQLITE[at] ?? 0)) {
    throw new Error(`SQLite ${version} is too old: versions before ${LEAST_SQLITE.join('.')} can lose committed data. Install better-sqlite3 12.11 or later.`);
  }
}

/**
 * A connection whose COMMIT returns only when the log is on the disk.
 * @throws {Error} when the file system cannot do that (no shared memory for WAL, as on network disks).
 */
export function openForWriting(file: string): Connection {
  const db = new Database(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    db.pragma(`page_size = ${PAGE_SIZE}`);
    const mode = db.pragma('journal_mode = WAL', { simple: true });
    db.pragma('synchronous = FULL');
    if (mode !== 'wal' || db.pragma('synchronous', { simple: true }) !== 2) {
      throw new Error(`The file system of ${file} does not allow SQLite's write-ahead log (journal mode ${String(mode)}). Use a local disk.`);
    }
    db.pragma('foreign_keys = OFF');
    db.pragma('temp_store = MEMORY');
    db.pragma('cache_size = -65536');
    db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    db.pragma(`journal_size_limit = ${WAL_BYTES_KEPT}`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

export function openForReading(file: string): Connection {
  const db = new Database(file, { readonly: true, timeout: BUSY_TIMEOUT_MS });
  db.pragma('temp_store = MEMORY');
  db.pragma('cache_size = -32768');
  db.pragma(`mmap_size = ${MAPPED_BYTES}`);
  return db;
}

/**
 * Makes the directory if absent and holds it for this process until closed (or dead: the lock is the kernel's).
 * @throws {StoreUnavailableError} `busy` when another store has it open.
 */
export function lockDirectory(directory: string): Connection {
  mkdirSync(directory, { recursive: true });
  const lock = new Database(join(directory, 'cobalt.lock'), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) {
      throw new StoreUnavailableError('busy', `Another Cobalt has the data in ${directory} open. Stop it, or set COBALT_DATA to another folder.`);
    }
    throw error;
  }
}

/** Statements prepared once a text; the least recently used is dropped. */
export class Statements {
  readonly #db: Connection;
  readonly #limit: number;
  readonly #byText = new Map<string, Statement>();

  constructor(db: Connection, limit = 500) {
    this.#db = db;
    this.#limit = limit;
  }

  /** Rows come as arrays of columns. */
  get(text: string): Statement {
    const known = this.#byText.get(text);
    if (known) {
      this.#byText.delete(text);
      this.#byText.set(text, known);
      return known;
    }
    const statement: Statement = this.#db.prepare(text);
    if (statement.reader) statement.raw(true);
    this.#byText.set(text, statement);
    const [oldest] = this.#byText.keys();
    if (this.#byText.size > this.#limit && oldest !== undefined) this.#byText.delete(oldest);
    return statement;
  }

  all<Row extends readonly unknown[]>({ text, values }: { readonly text: string; readonly values: readonly unknown[] }): Row[] {
    return this.get(text).all(...values) as Row[];
  }
}
