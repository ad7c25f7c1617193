import type { Stored } from '../store.js';
import type { Connection, Statement } from './connection.js';

/** What a version says. */
export type Text = Pick<Stored, 'deleted' | 'method' | 'body'>;

/**
 * The texts of versions by their stamps. A version never changes, so those used last are kept, up to `capacity` bytes:
 * the pages that people look at all day are made of the same few resources, and every read of a text from SQLite is a
 * copy outside of V8's heap that its collector must hear of.
 */
export class Texts {
  readonly #statement: Statement;
  readonly #capacity: number;
  /** Least recently used first. */
  readonly #kept = new Map<number, Text>();
  #bytes = 0;

  constructor(db: Connection, capacity: number) {
    this.#statement = db.prepare<unknown[], unknown>('SELECT deleted, method, body FROM version WHERE stamp = ?').raw(true);
    this.#capacity = capacity;
  }

  /** Of a version that exists. */
  get(stamp: number): Text {
    const known = this.#kept.get(stamp);
    if (!known) return this.#read(stamp);
    this.#kept.delete(stamp);
    this.#kept.set(stamp, known);
    return known;
  }

  #read(stamp: number): Text {
    const [deleted, method, body] = this.#statement.get(stamp) as [number, Stored['method'], Uint8Array];
    const text = { deleted: deleted === 1, method, body };
    // One large text must not push out all the others.
    if (body.length <= this.#capacity / 16) this.#keep(stamp, text);
    return text;
  }

  #keep(stamp: number, text: Text): void {
    this.#kept.set(stamp, text);
    this.#bytes += text.body.length;
    for (const [oldest, { body }] of this.#kept) {
      if (this.#bytes <= this.#capacity) break;
      this.#kept.delete(oldest);
      this.#bytes -= body.length;
    }
  }
}
