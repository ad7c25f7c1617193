import type { Known } from '../commit-state.js';
import type { KnownEntry } from '../known-entry.js';
import type { Stored } from '../store.js';
import type { Connection, Statement } from './connection.js';
import type { Dictionary } from './dictionary.js';
import { Entries } from './entries.js';
import { nextStamp } from '../stamp.js';

/** A resource as the writer needs to know it. */
export interface Standing extends Known {
  readonly row: number;
  readonly indexed: number;
}

const NO_TEXT = new Uint8Array(0);

/** Writes versions, one statement each: what the current one is, its text and its index entries. */
export class Versions {
  readonly #dictionary: Dictionary;
  readonly #entries: Entries;
  readonly #statements: Readonly<Record<'find' | 'byRow' | 'body' | 'insert' | 'update' | 'version', Statement>>;
  #lastRow: number;
  #lastStamp: number;

  constructor(db: Connection, dictionary: Dictionary) {
    this.#dictionary = dictionary;
    this.#entries = new Entries(db, dictionary);
    this.#statements = {
      find: db.prepare<unknown[], unknown>('SELECT key, type, id, version, stamp, deleted, indexed FROM resource WHERE type = ? AND id = ?').raw(true),
      byRow: db.prepare<unknown[], unknown>('SELECT key, type, id, version, stamp, deleted, indexed FROM resource WHERE key = ?').raw(true),
      body: db.prepare<unknown[], unknown>('SELECT body FROM version WHERE stamp = ?').pluck(),
      insert: db.prepare('INSERT INTO resource (key, type, id, version, stamp, deleted, indexed) VALUES (?, ?, ?, 1, ?, 0, ?)'),
      update: db.prepare('UPDATE resource SET version = ?, stamp = ?, deleted = ?, indexed = ? WHERE key = ?'),
      version: db.prepare('INSERT INTO version (stamp, row, type, number, method, deleted, body) VALUES (?, ?, ?, ?, ?, ?, ?)'),
    };
    this.#lastRow = db.prepare('SELECT coalesce(max(key), 0) FROM resource').pluck().get() as number;
    this.#lastStamp = db.prepare('SELECT coalesce(max(stamp), 0) FROM version').pluck().get() as number;
  }

  /** The place of the next version that is written; `now` in milliseconds. */
  stamp(now: number): number {
    this.#lastStamp = nextStamp(this.#lastStamp, now);
    return this.#lastStamp;
  }

  /** Grows with every version written, in whatever transaction. */
  get lastStamp(): number {
    return this.#lastStamp;
  }

  find(type: string, id: string): Standing | undefined {
    const key = this.#dictionary.type(type);
    return key === undefined ? undefined : this.#standing(this.#statements.find.get(key, id));
  }

  byRow(row: number): Standing | undefined {
    return this.#standing(this.#statements.byRow.get(row));
  }

  bodyOf({ stamp }: Standing): Uint8Array {
    return this.#statements.body.get(stamp) as Uint8Array;
  }

  create(type: string, id: string, stamp: number, method: Stored['method'], body: Uint8Array, entries: readonly KnownEntry[]): void {
    const row = ++this.#lastRow;
    const typeKey = this.#dictionary.typeOrNew(type);
    this.#statements.insert.run(row, typeKey, id, stamp, stamp);
    this.#statements.version.run(stamp, row, typeKey, 1, method, 0, body);
    this.#entries.insert(row, type, entries);
  }

  update(standing: Standing, stamp: number, method: Stored['method'], body: Uint8Array, entries: readonly KnownEntry[]): void {
    const changed = this.#entries.replace(standing.row, standing.type, entries) || standing.deleted;
    this.#supersede(standing, stamp, method, body, changed ? stamp : standing.indexed);
  }

  delete(standing: Standing, stamp: number): void {
    this.#entries.remove(standing.row);
    this.#supersede(standing, stamp, 'DELETE', NO_TEXT, stamp);
  }

  #supersede({ row, type, version }: Standing, stamp: number, method: Stored['method'], body: Uint8Array, indexed: number): void {
    const deleted = method === 'DELETE' ? 1 : 0;
    this.#statements.update.run(version + 1, stamp, deleted, indexed, row);
    this.#statements.version.run(stamp, row, this.#dictionary.typeOrNew(type), version + 1, method, deleted, body);
  }

  #standing(columns: unknown): Standing | undefined {
    if (columns === undefined) return undefined;
    const [row, type, id, version, stamp, deleted, indexed] = columns as [number, number, string, number, number, number, number];
    return { row, type: this.#dictionary.typeName(type), id, version, stamp, deleted: deleted === 1, indexed };
  }
}
