import type { Cursor, HistoryQuery } from '../store.js';
import { Statements } from './connection.js';
import type { Connection } from './connection.js';
import { toStamp } from './cursor.js';
import type { Dictionary } from './dictionary.js';
import { firstStampOf } from '../stamp.js';
import { combine, FALSE, name, sql } from './sql.js';
import type { Sql } from './sql.js';
import { inTime } from './time-limit.js';
import type { TimeLimit } from './time-limit.js';

/** A page as a reader answers it: the stamps of the versions on it. */
export interface HistoryStamps {
  readonly versions: readonly number[];
  readonly next?: Cursor;
  readonly total?: number;
}

/** Versions of a resource, a type or all, newest first. */
export class Historian {
  readonly #inTransaction: (query: HistoryQuery) => HistoryStamps;
  readonly #statements: Statements;
  readonly #dictionary: Dictionary;
  readonly #limit: TimeLimit;

  constructor(db: Connection, dictionary: Dictionary, limit: TimeLimit) {
    this.#inTransaction = db.transaction((query: HistoryQuery) => this.#page(query));
    this.#statements = new Statements(db);
    this.#dictionary = dictionary;
    this.#limit = limit;
  }

  /** @throws {SearchRefusedError} `slow` */
  history(query: HistoryQuery): HistoryStamps {
    return this.#limit.during(() => this.#inTransaction(query));
  }

  #page(query: HistoryQuery): HistoryStamps {
    const tests = [inTime(name('v.stamp')), this.#subject(query), ...(query.since === undefined ? [] : [sql`v.stamp >= ${firstStampOf(query.since)}`]), ...(query.at ? [currentDuring(query.at)] : [])];
    const after = query.cursor ? [sql`v.stamp < ${toStamp(query.cursor)}`] : [];
    // The numbers of one resource's versions ascend as their stamps do, and have an index.
    const newestFirst = name(query.id === undefined ? 'v.stamp DESC' : 'v.number DESC');
    const page = sql`SELECT v.stamp FROM version v
      WHERE ${combine([...tests, ...after], 'AND')} ORDER BY ${newestFirst} LIMIT ${query.count + 1}`;
    const found = this.#statements.all<[number]>(page).map(([stamp]) => stamp);
    const versions = found.slice(0, query.count);
    const last = versions.at(-1);
    return {
      versions,
      ...(found.length > versions.length && last !== undefined ? { next: [last] } : {}),
      ...(query.id === undefined ? {} : { total: this.#count(combine(tests, 'AND')) }),
    };
  }

  #subject({ type, id, but = [] }: HistoryQuery): Sql {
    if (type === undefined) return combine(but.flatMap((each) => this.#dictionary.type(each) ?? []).map((key) => sql`v.type <> ${key}`), 'AND');
    const key = this.#dictionary.type(type);
    if (key === undefined) return FALSE;
    return id === undefined ? sql`v.type = ${key}` : sql`v.row = (SELECT key FROM resource WHERE type = ${key} AND id = ${id})`;
  }

  #count(tests: Sql): number {
    const [row] = this.#statements.all<[number]>(sql`SELECT count(*) FROM version v WHERE ${tests}`);
    return row?.[0] ?? 0;
  }
}

/** Made before the end, and not replaced at or before the beginning. */
function currentDuring({ low, high }: { readonly low: number; readonly high: number }): Sql {
  return sql`(v.stamp < ${firstStampOf(high)} AND NOT EXISTS (
    SELECT 1 FROM version n WHERE n.row = v.row AND n.number = v.number + 1 AND n.stamp < ${firstStampOf(low + 1)}))`;
}
