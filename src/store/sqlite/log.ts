import type { Cursor, LogQuery } from '../store.js';
import { firstStampOf } from '../stamp.js';
import { logCursor, logPlace } from '../plan/log-place.js';
import { Statements } from './connection.js';
import type { Connection } from './connection.js';
import type { Dictionary } from './dictionary.js';
import { combine, sql } from './sql.js';
import type { Sql } from './sql.js';

/** A page as a reader answers it: the stamps of the versions on it. */
export interface LogStamps {
  readonly versions: readonly number[];
  readonly next?: Cursor;
}

/** Versions of some types, oldest first. */
export class Chronicler {
  readonly #inTransaction: (query: LogQuery) => LogStamps;
  readonly #statements: Statements;
  readonly #dictionary: Dictionary;

  constructor(db: Connection, dictionary: Dictionary) {
    this.#inTransaction = db.transaction((query: LogQuery) => this.#page(query));
    this.#statements = new Statements(db);
    this.#dictionary = dictionary;
  }

  log(query: LogQuery): LogStamps {
    return this.#inTransaction(query);
  }

  /** Each type is read along its own index; of all of them, the first ones. */
  #page(query: LogQuery): LogStamps {
    const tests = limitsOf(query);
    const found = [...new Set(query.types)].flatMap((type) => this.#ofType(type, tests, query.count + 1)).sort((a, b) => a - b);
    const versions = found.slice(0, query.count);
    const last = versions.at(-1);
    return { versions, ...(found.length > versions.length && last !== undefined ? { next: logCursor(last) } : {}) };
  }

  #ofType(type: string, tests: readonly Sql[], limit: number): number[] {
    const key = this.#dictionary.type(type);
    if (key === undefined) return [];
    return this.#statements.all<[number]>(sql`SELECT v.stamp FROM version v
      WHERE ${combine([sql`v.type = ${key}`, ...tests], 'AND')} ORDER BY v.stamp LIMIT ${limit}`).map(([stamp]) => stamp);
  }
}

function limitsOf({ after, since, until, standing }: LogQuery): Sql[] {
  return [
    ...(after ? [sql`v.stamp > ${logPlace(after).stamp}`] : []),
    ...(since === undefined ? [] : [sql`v.stamp >= ${firstStampOf(since)}`]),
    ...(until ? [sql`v.stamp <= ${logPlace(until).stamp}`] : []),
    ...(standing ? [sql`NOT EXISTS (SELECT 1 FROM version n WHERE n.row = v.row AND n.number = v.number + 1 AND n.stamp <= ${logPlace(standing).stamp})`] : []),
  ];
}
