import type { CursorValue } from '../plan/cursor.js';
import { effectiveSort, isMutable } from '../plan/sort.js';
import type { Cursor, Expression, SearchPlan } from '../store.js';
import { Statements } from './connection.js';
import type { Connection } from './connection.js';
import { toCursor, toPlace } from './cursor.js';
import type { Place } from './cursor.js';
import { Dictionary } from './dictionary.js';
import { includedRows } from './includes.js';
import { afterPlace, sortColumns, wasThere } from './order.js';
import { Selector } from './selection.js';
import type { Selection } from './selection.js';
import { combine, join, name, sql } from './sql.js';
import type { Sql } from './sql.js';
import { TimeLimit } from './time-limit.js';

/** A page as a reader answers it: the stamps of the versions on it. */
export interface SearchStamps {
  readonly matches: readonly number[];
  readonly included: readonly number[];
  readonly next?: Cursor;
  readonly total?: number;
}

/** A match: its key, the stamp of its current version, and the values that it was sorted by. */
type Match = readonly [row: number, stamp: number, ...values: CursorValue[]];

const FIRST_VALUE = 2;

/**
 * Searches on one connection. A page after the first shows what was there at the mark (the last stamp when the first page
 * was read): what came later is left out, what was updated since is shown as it is now, in its old place, if it still
 * matches. Where the sort is by a parameter, whose old values are gone, what was updated in any indexed value is left
 * out rather than risked twice.
 */
export class Searcher {
  readonly #inTransaction: (plan: SearchPlan) => SearchStamps;
  readonly #statements: Statements;
  readonly #dictionary: Dictionary;
  readonly #selector: Selector;
  readonly #limit: TimeLimit;

  constructor(db: Connection, dictionary: Dictionary = new Dictionary(db), limit: TimeLimit = new TimeLimit(db)) {
    this.#inTransaction = db.transaction((plan: SearchPlan) => this.#page(plan));
    this.#statements = new Statements(db);
    this.#dictionary = dictionary;
    this.#selector = new Selector(this.#dictionary, this.#statements);
    this.#limit = limit;
  }

  /** @throws {SearchRefusedError} */
  search(plan: SearchPlan): SearchStamps {
    return this.#limit.during(() => this.#inTransaction(plan));
  }

  /** The keys of up to `limit` resources of a type that match, in the transaction that the connection is in. @throws {SearchRefusedError} `slow` */
  matches(type: string, where: Expression, limit: number): number[] {
    return this.#limit.during(() => {
      const { from, where: test, row } = this.#selector.select([type], where);
      return this.#statements.all<[number]>(sql`SELECT DISTINCT ${row} FROM ${from} WHERE ${test} LIMIT ${limit}`).map(([key]) => key);
    });
  }

  #page(plan: SearchPlan): SearchStamps {
    const sort = effectiveSort(plan.sort);
    const place = plan.cursor && toPlace(plan.cursor, sort.length);
    const selection = this.#selector.select(plan.types, plan.where, sort.length === 0 && plan.count > 0);
    const found = plan.count > 0 ? this.#find({ ...plan, sort }, selection, place) : [];
    const matches = found.slice(0, plan.count);
    const last = matches.at(-1);
    return {
      matches: stampsOf(matches),
      included: this.#included(matches, plan),
      ...(found.length > matches.length && plan.isLast !== true && last ? { next: toCursor({ mark: place?.mark ?? this.#lastStamp(), values: last.slice(FIRST_VALUE) as CursorValue[], row: last[0] }) } : {}),
      ...(plan.total === 'accurate' ? { total: this.#count(selection, place) } : {}),
    };
  }

  /** One match more than asked, to know whether there is a next page. */
  #find(plan: SearchPlan, selection: Selection, place: Place | undefined): Match[] {
    const limit = plan.count + 1;
    if (!place) return this.#inOrder(plan, selection, undefined, limit);
    const { r } = selection;
    const then = { ...selection, where: combine([selection.where, this.#stillThere(plan, r, place.mark)], 'AND') };
    if (plan.sort[0]?.param !== '_lastUpdated') return this.#inOrder(plan, then, place, limit);
    // Apart, those not changed since the mark are read in the order of an index; the others are few.
    const unchanged = { ...selection, where: sql`${selection.where} AND ${r}.stamp <= ${place.mark} AND ${beyondStamp(r, plan, place)}` };
    const changed = { ...then, where: sql`${then.where} AND ${r}.stamp > ${place.mark}` };
    const both = [...this.#inOrder(plan, unchanged, undefined, limit), ...this.#inOrder(plan, changed, place, limit)];
    const sign = plan.sort[0].descending ? -1 : 1;
    return both.sort((a, b) => sign * (Number(a[FIRST_VALUE]) - Number(b[FIRST_VALUE]))).slice(0, limit);
  }

  #stillThere(plan: SearchPlan, r: Sql, mark: number): Sql {
    return isMutable(plan.sort) ? sql`${r}.indexed <= ${mark}` : wasThere(r, mark);
  }

  #inOrder({ types, sort }: SearchPlan, { from, where, row, unique, r, keys }: Selection, place: Place | undefined, limit: number): Match[] {
    const group = unique ? name('') : sql` GROUP BY ${row}`;
    if (sort.length === 0) {
      if (!place && keys) return this.#statements.all<Match>(sql`SELECT key, stamp FROM (SELECT ${row} AS row FROM ${keys.from} WHERE ${keys.where}${group} ORDER BY row LIMIT ${limit}) k CROSS JOIN resource ON key = k.row ORDER BY key`);
      const after = place ? sql` AND ${row} > ${place.row}` : name('');
      return this.#statements.all<Match>(sql`SELECT ${row}, ${r}.stamp FROM ${from} WHERE ${where}${after}${group} ORDER BY ${row} LIMIT ${limit}`);
    }
    const columns = sortColumns(sort, r, types, place?.mark, this.#dictionary);
    const values = join(columns.map(({ value }, i) => sql`, ${value} AS s${name(String(i))}`), '');
    const directions = columns.map(({ descending, optional }, i) => `s${i} ${descending ? 'DESC' : 'ASC'}${optional ? ' NULLS LAST' : ''}`);
    const order = name([...directions, ...(sort.at(-1)?.param === '_lastUpdated' ? [] : ['row'])].join(', '));
    const listed = sql`SELECT ${r}.key AS row, ${r}.stamp${values} FROM ${from} WHERE ${where}${group}`;
    if (!place) return this.#statements.all<Match>(sql`${listed} ORDER BY ${order} LIMIT ${limit}`);
    return this.#statements.all<Match>(sql`SELECT * FROM (${listed}) WHERE ${afterPlace(columns, place)} ORDER BY ${order} LIMIT ${limit}`);
  }

  #count({ from, where, row, unique, r }: Selection, place: Place | undefined): number {
    const then = place ? sql`${where} AND ${wasThere(r, place.mark)}` : where;
    const [first] = this.#statements.all<[number]>(sql`SELECT count(${unique ? name('') : name('DISTINCT ')}${row}) FROM ${from} WHERE ${then}`);
    return first?.[0] ?? 0;
  }

  #lastStamp(): number {
    return (this.#statements.get('SELECT coalesce(max(stamp), 0) FROM version').get() as [number])[0];
  }

  #included(matches: readonly Match[], plan: SearchPlan): number[] {
    if (plan.includes.length === 0) return [];
    const rows = includedRows(matches.map(([row]) => row), plan, this.#statements, this.#dictionary);
    const statement = this.#statements.get('SELECT key, stamp FROM resource WHERE key = ?');
    return stampsOf(rows.map((row) => statement.get(row) as Match));
  }
}

const stampsOf = (matches: readonly Match[]): number[] => matches.map(([, stamp]) => stamp);

function beyondStamp(r: Sql, { sort: [first] }: SearchPlan, { values: [stamp] }: Place): Sql {
  return sql`${r}.stamp ${name(first?.descending ? '<' : '>')} ${stamp ?? 0}`;
}
