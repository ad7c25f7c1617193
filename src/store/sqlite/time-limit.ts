import { SearchRefusedError } from '../store.js';
import type { Connection } from './connection.js';
import { name, sql } from './sql.js';
import type { Sql } from './sql.js';

/** Of so many rows, one asks whether there is time left. A prime: no pattern of keys or stamps keeps clear of it. */
const EVERY = 251;

/**
 * How long one look through the data may take. While SQLite goes through rows it calls back now and then (`inTime`), and
 * is stopped there by an error. better-sqlite3 has neither sqlite3_interrupt nor a progress handler, and a thread cannot
 * be ended while SQLite runs in it: from outside it would go on to its end.
 */
export class TimeLimit {
  readonly #milliseconds: number;
  #end = Number.POSITIVE_INFINITY;

  constructor(db: Connection, milliseconds = Number.POSITIVE_INFINITY) {
    this.#milliseconds = milliseconds;
    db.function('in_time', { directOnly: true }, () => {
      if (performance.now() > this.#end) throw new SearchRefusedError('slow', 'The search took too long and was stopped.');
      return 1;
    });
  }

  /** @throws {SearchRefusedError} `slow` */
  during<Value>(task: () => Value): Value {
    this.#end = performance.now() + this.#milliseconds;
    try {
      return task();
    } finally {
      this.#end = Number.POSITIVE_INFINITY;
    }
  }
}

/**
 * True, as long as there is time. To stand first among the conditions of a loop that may be long, so that it is asked for
 * rows that the others refuse, too; `key` is a number of the row that an index of the loop has.
 */
export const inTime = (key: Sql): Sql => sql`CASE ${key} % ${name(String(EVERY))} WHEN 0 THEN in_time() ELSE 1 END`;
