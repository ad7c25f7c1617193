import { kindOf } from '../plan/leaf.js';
import type { Leaf, Of } from '../plan/leaf.js';
import { stampRange } from '../plan/stamps.js';
import { ancestorsOf, beginningsBelow, endOf } from '../plan/text.js';
import type { Compare } from '../store.js';
import type { Dictionary } from './dictionary.js';
import { combine, FALSE, sql, TRUE, within } from './sql.js';
import type { Sql } from './sql.js';

/** What an entry (alias `e`) must be to meet the leaf, its parameter included. */
export function entryTest(leaf: Leaf, e: Sql, types: readonly string[], dictionary: Dictionary): Sql {
  return parameterTest(leaf, sql`${e}.param`, e, types, dictionary);
}

/**
 * The same for an entry of a known resource. The plus keeps SQLite from an index by value, where it would read a whole
 * range to find one resource.
 */
export function entryTestOfResource(leaf: Leaf, e: Sql, types: readonly string[], dictionary: Dictionary): Sql {
  return parameterTest(leaf, isEquality(leaf) ? sql`${e}.param` : sql`+${e}.param`, e, types, dictionary);
}

function parameterTest(leaf: Leaf, column: Sql, e: Sql, types: readonly string[], dictionary: Dictionary): Sql {
  const params = dictionary.params(types, kindOf(leaf), leaf.param);
  return params.length === 0 ? FALSE : sql`${within(column, params)} AND ${valueTest(leaf, e, dictionary)}`;
}

/** What the indexes find by an equality: `row` is then next in them (`INDEX_TABLES`). */
export function isEquality(leaf: Leaf): boolean {
  switch (leaf.op) {
    case 'token':
      return leaf.code !== undefined;
    case 'reference':
      return leaf.id !== undefined || leaf.url !== undefined;
    case 'uri':
      return leaf.match === 'exact';
    default:
      return false;
  }
}

function valueTest(leaf: Leaf, e: Sql, dictionary: Dictionary): Sql {
  switch (leaf.op) {
    case 'token':
      return combine([...(leaf.code === undefined ? [] : [sql`${e}.code = ${leaf.code}`]), systemTest(leaf.system, e, dictionary)], 'AND');
    case 'string':
      return STRING_TESTS[leaf.match](e, leaf.value);
    case 'reference':
      return referenceTest(leaf, e, dictionary);
    case 'refers':
      return refersTest(leaf, e, dictionary);
    case 'interval':
      return combine([INTERVAL_TESTS[leaf.compare](e, leaf.low, leaf.high), systemTest(leaf.system, e, dictionary), ...(leaf.code === undefined ? [] : [sql`${e}.code = ${leaf.code}`])], 'AND');
    case 'uri':
      return URI_TESTS[leaf.match](e, leaf.value);
    case 'present':
      return TRUE;
  }
}

function systemTest(system: string | null | undefined, e: Sql, dictionary: Dictionary): Sql {
  if (system === undefined) return TRUE;
  if (system === null) return sql`${e}.system IS NULL`;
  const key = dictionary.system(system);
  return key === undefined ? FALSE : sql`${e}.system = ${key}`;
}

function referenceTest({ type, id, url }: Of<'reference'>, e: Sql, dictionary: Dictionary): Sql {
  const tests = [...(id === undefined ? [] : [sql`${e}.id = ${id}`]), ...(url === undefined ? [] : [sql`${e}.url = ${url}`])];
  if (type === undefined) return combine(tests, 'AND');
  const key = dictionary.type(type);
  return key === undefined ? FALSE : combine([...tests, sql`${e}.type = ${key}`], 'AND');
}

function refersTest({ to, but }: Of<'refers'>, e: Sql, dictionary: Dictionary): Sql {
  // Most of many types were never referred to, and are not remembered: they are looked up by the statement itself.
  const types = sql`${e}.type IN (SELECT key FROM type WHERE name IN (SELECT value FROM json_each(${JSON.stringify(to)})))`;
  const key = dictionary.type(but.type);
  return key === undefined ? types : sql`${types} AND NOT (${e}.type = ${key} AND ${e}.id = ${but.id})`;
}

const startsWith = (column: Sql, prefix: string): Sql => sql`(${column} >= ${prefix} AND ${column} < ${endOf(prefix)})`;

const STRING_TESTS: Readonly<Record<Of<'string'>['match'], (e: Sql, value: string) => Sql>> = {
  starts: (e, value) => startsWith(sql`${e}.value`, value),
  contains: (e, value) => sql`instr(${e}.value, ${value}) > 0`,
  exact: (e, value) => sql`${e}.exact = ${value}`,
};

const URI_TESTS: Readonly<Record<Of<'uri'>['match'], (e: Sql, value: string) => Sql>> = {
  exact: (e, value) => sql`${e}.value = ${value}`,
  below: (e, value) => combine([sql`${e}.value = ${value}`, ...beginningsBelow(value).map((beginning) => startsWith(sql`${e}.value`, beginning))], 'OR'),
  above: (e, value) => within(sql`${e}.value`, ancestorsOf(value)),
};

/**
 * The meanings of `Compare` (R4 §3.1.1.4.5) on an entry's `low` and `high`. Bounds that follow from `low <= high` are
 * spelled out where they let an index be used.
 */
const INTERVAL_TESTS: Readonly<Record<Compare, (e: Sql, low: number, high: number) => Sql>> = {
  eq: (e, low, high) => sql`(${e}.low >= ${low} AND ${e}.low <= ${high} AND ${e}.high <= ${high})`,
  ne: (e, low, high) => sql`(${e}.low < ${low} OR ${e}.high > ${high})`,
  gt: (e, _low, high) => sql`${e}.high > ${high}`,
  lt: (e, low) => sql`${e}.low < ${low}`,
  ge: (e, low, high) => sql`(${e}.high >= ${low} AND (${e}.high > ${high} OR ${e}.low >= ${low}))`,
  le: (e, low, high) => sql`(${e}.low <= ${high} AND (${e}.low < ${low} OR ${e}.high <= ${high}))`,
  sa: (e, _low, high) => sql`${e}.low >= ${high}`,
  eb: (e, low) => sql`${e}.high <= ${low}`,
  ap: (e, low, high) => sql`(${e}.low < ${high} AND ${e}.high > ${low})`,
};

/** The same on a stamp, which stands for the one millisecond of `lastUpdated`. */
export function stampTest(expression: Of<'interval'>, stamp: Sql): Sql {
  const { from, before, not } = stampRange(expression);
  const inside = combine([...(from === undefined ? [] : [sql`${stamp} >= ${from}`]), ...(before === undefined ? [] : [sql`${stamp} < ${before}`])], 'AND');
  return not ? sql`NOT ${inside}` : inside;
}
