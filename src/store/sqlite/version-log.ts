import { existsSync } from 'node:fs';
import { StoreUnavailableError } from '../store.js';
import type { Stored } from '../store.js';
import { PAGE } from '../version-log.js';
import type { IndexedVersion, LoggedVersion, LogPlace, VersionLog } from '../version-log.js';
import { databaseFile, lockDirectory, openForWriting, prepareDatabase } from './connection.js';
import type { Connection, Statement } from './connection.js';
import { Dictionary } from './dictionary.js';
import { orUnavailable } from './protocol.js';
import { Versions } from './versions.js';

type Row = readonly [stamp: number, type: number, id: string, version: number, method: Stored['method'], deleted: number, body: Uint8Array, current: number];

/**
 * Opens the embedded store in a folder for copying, alone; `make`: also where there is none yet.
 * @throws {StoreUnavailableError} when there is none, or another process has it open.
 */
export async function openSqliteVersionLog({ directory, make }: { readonly directory: string; readonly make: boolean }): Promise<VersionLog> {
  const file = databaseFile(directory);
  if (!make && !existsSync(file)) throw new StoreUnavailableError('failed', `There is no store in ${directory}.`);
  const lock = lockDirectory(directory);
  try {
    prepareDatabase(directory);
    return new SqliteVersionLog(openForWriting(file), lock);
  } catch (error) {
    lock.close();
    throw error;
  }
}

class SqliteVersionLog implements VersionLog {
  readonly #db: Connection;
  readonly #lock: Connection;
  readonly #dictionary: Dictionary;
  readonly #versions: Versions;
  readonly #statements: Readonly<Record<'after' | 'size' | 'facts' | 'setFact', Statement>>;

  constructor(db: Connection, lock: Connection) {
    this.#db = db;
    this.#lock = lock;
    this.#dictionary = new Dictionary(db);
    this.#versions = new Versions(db, this.#dictionary);
    this.#statements = {
      after: db.prepare<unknown[], unknown>(`SELECT v.stamp, v.type, r.id, v.number, v.method, v.deleted, v.body, r.version = v.number
        FROM version v CROSS JOIN resource r ON r.key = v.row WHERE v.stamp > ? ORDER BY v.stamp`).raw(true),
      size: db.prepare<unknown[], unknown>('SELECT count(*) FROM version').pluck(),
      facts: db.prepare<unknown[], unknown>('SELECT name, value FROM fact').raw(true),
      setFact: db.prepare('INSERT OR REPLACE INTO fact (name, value) VALUES (?, ?)'),
    };
  }

  async after(place: LogPlace | undefined): Promise<readonly LoggedVersion[]> {
    return orUnavailable(() => {
      const page: LoggedVersion[] = [];
      let bytes = 0;
      for (const row of this.#statements.after.iterate(place?.stamp ?? -1) as IterableIterator<Row>) {
        const version = this.#toVersion(row);
        bytes += version.body.length;
        if (page.length > 0 && bytes > PAGE.bytes) break;
        page.push(version);
        if (page.length === PAGE.versions) break;
      }
      return page;
    });
  }

  async size(): Promise<number> {
    return orUnavailable(() => this.#statements.size.get() as number);
  }

  async facts(): Promise<ReadonlyMap<string, string>> {
    return orUnavailable(() => new Map(this.#statements.facts.all() as [string, string][]));
  }

  async append(versions: readonly IndexedVersion[], facts: ReadonlyMap<string, string>): Promise<void> {
    const write = this.#db.transaction(() => {
      for (const version of versions) this.#write(version);
      for (const [name, value] of facts) this.#statements.setFact.run(name, value);
    });
    try {
      orUnavailable(() => write.immediate());
    } catch (error) {
      this.#dictionary.forget();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#db.pragma('wal_checkpoint(TRUNCATE)');
    this.#db.close();
    this.#lock.close();
  }

  #write({ type, id, version, stamp, deleted, method, body, index }: IndexedVersion): void {
    const standing = this.#versions.find(type, id);
    const before = standing?.version ?? 0;
    if (version <= before) return;
    if (version !== before + 1) throw new RangeError(`a version ${version} does not follow a version ${before}`);
    if (standing && deleted) this.#versions.delete(standing, stamp);
    else if (standing) this.#versions.update(standing, stamp, method, body, index);
    else this.#versions.create(type, id, stamp, method, body, index);
  }

  #toVersion([stamp, type, id, version, method, deleted, body, current]: Row): LoggedVersion {
    return { type: this.#dictionary.typeName(type), id, version, stamp, deleted: deleted === 1, method, body, current: current === 1 };
  }
}
