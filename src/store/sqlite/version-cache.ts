import type { Stored } from '../store.js';
import type { Connection, Statement } from './connection.js';
import type { Dictionary } from './dictionary.js';
import { instantOf } from '../stamp.js';

type Row = readonly [type: number, id: string, number: number, deleted: number, method: Stored['method'], body: Uint8Array];

/**
 * Versions by their stamps, which is all that threads tell each other of them. A version never changes, so those used
 * last are kept, up to `capacity` bytes of text: the pages that people look at all day are made of the same few resources,
 * and every read of a text from SQLite is a copy outside of V8's heap that its collector must hear of.
 */
export class VersionCache {
  readonly #statement: Statement;
  readonly #dictionary: Dictionary;
  readonly #capacity: number;
  /** Least recently used first. */
  readonly #kept = new Map<number, Stored>();
  #bytes = 0;

  constructor(db: Connection, dictionary: Dictionary, capacity: number) {
    this.#statement = db.prepare<unknown[], unknown>('SELECT v.type, r.id, v.number, v.deleted, v.method, v.body FROM version v CROSS JOIN resource r ON r.key = v.row WHERE v.stamp = ?').raw(true);
    this.#dictionary = dictionary;
    this.#capacity = capacity;
  }

  /** Of a version that exists. */
  get(stamp: number): Stored {
    const known = this.#kept.get(stamp);
    if (!known) return this.#read(stamp);
    this.#kept.delete(stamp);
    this.#kept.set(stamp, known);
    return known;
  }

  /** The same for those who go through much once: it pushes nothing out. */
  passing(stamp: number): Stored {
    return this.#kept.get(stamp) ?? this.#fetch(stamp);
  }

  #fetch(stamp: number): Version {
    const row = this.#statement.get(stamp) as Row;
    return new Version(stamp, this.#dictionary.typeName(row[0]), row);
  }

  #read(stamp: number): Stored {
    const version = this.#fetch(stamp);
    // One large text must not push out all the others.
    if (version.body.length <= this.#capacity / 16) this.#keep(stamp, version);
    return version;
  }

  #keep(stamp: number, version: Stored): void {
    this.#kept.set(stamp, version);
    this.#bytes += version.body.length;
    for (const [oldest, { body }] of this.#kept) {
      if (this.#bytes <= this.#capacity) break;
      this.#kept.delete(oldest);
      this.#bytes -= body.length;
    }
  }
}

/** Its instant is written only for those who read it: a page of a search does not. */
class Version implements Stored {
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly deleted: boolean;
  readonly method: Stored['method'];
  readonly body: Uint8Array;
  readonly #stamp: number;

  constructor(stamp: number, type: string, [, id, number, deleted, method, body]: Row) {
    this.type = type;
    this.id = id;
    this.version = number;
    this.deleted = deleted === 1;
    this.method = method;
    this.body = body;
    this.#stamp = stamp;
  }

  get lastUpdated(): string {
    return instantOf(this.#stamp);
  }
}
