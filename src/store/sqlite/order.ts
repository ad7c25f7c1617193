import type { CursorValue } from '../plan/cursor.js';
import type { SortKey } from '../store.js';
import type { Place } from './cursor.js';
import type { Dictionary } from './dictionary.js';
import { INDEX_TABLES } from './schema.js';
import { combine, FALSE, name, sql, within } from './sql.js';
import type { Sql } from './sql.js';

/** One value that matches are sorted by; those that have none come last, in either direction. */
export interface SortColumn {
  readonly value: Sql;
  readonly descending: boolean;
  readonly optional: boolean;
}

/** What a sort by `_lastUpdated` looks at while pages are read: the stamp that the resource had at the mark. */
export const stampAt = (r: Sql, mark: number): Sql =>
  sql`CASE WHEN ${r}.stamp <= ${mark} THEN ${r}.stamp ELSE (SELECT max(v.stamp) FROM version v WHERE v.row = ${r}.key AND v.stamp <= ${mark}) END`;

/** The resource was there at the mark: it has not changed since, or it was not deleted then. */
export const wasThere = (r: Sql, mark: number): Sql =>
  sql`(${r}.stamp <= ${mark} OR (SELECT v.deleted FROM version v WHERE v.row = ${r}.key AND v.stamp <= ${mark} ORDER BY v.number DESC LIMIT 1) = 0)`;

export function sortColumns(sort: readonly SortKey[], r: Sql, types: readonly string[], mark: number | undefined, dictionary: Dictionary): SortColumn[] {
  return sort.map(({ param, kind, descending }) => {
    if (param === '_lastUpdated') return { value: mark === undefined ? sql`${r}.stamp` : stampAt(r, mark), descending, optional: false };
    if (param === '_id' || kind === 'id') return { value: sql`${r}.id`, descending, optional: false };
    const [least, greatest] = INDEX_TABLES[kind].sort;
    const aggregate = name(descending ? `max(e.${greatest})` : `min(e.${least})`);
    const params = dictionary.params(types, kind, param);
    return { value: sql`(SELECT ${aggregate} FROM ${name(`entry_${kind}`)} e WHERE e.row = ${r}.key AND ${within(name('+e.param'), params)})`, descending, optional: true };
  });
}

/** Comes after the place in the order of `columns` (named s0, s1 …), then of keys. */
export function afterPlace(columns: readonly SortColumn[], { values, row }: Place): Sql {
  const alternatives = columns.map(({ descending }, i) => {
    const earlierEqual = columns.slice(0, i).map((_, j) => sql`${name(`s${j}`)} IS ${values[j] ?? null}`);
    return combine([...earlierEqual, beyond(name(`s${i}`), values[i] ?? null, descending)], 'AND');
  });
  const tie = combine([...columns.map((_, j) => sql`${name(`s${j}`)} IS ${values[j] ?? null}`), sql`row > ${row}`], 'AND');
  return combine([...alternatives, tie], 'OR');
}

function beyond(column: Sql, value: CursorValue, descending: boolean): Sql {
  if (value === null) return FALSE;
  return sql`(${column} ${name(descending ? '<' : '>')} ${value} OR ${column} IS NULL)`;
}
