import { isLastUpdated, isLeaf, kindOf, partsOf } from '../plan/leaf.js';
import type { Leaf } from '../plan/leaf.js';
import type { Expression } from '../store.js';
import type { Dictionary } from './dictionary.js';
import { entryTestOfResource, stampTest } from './leaves.js';
import { combine, FALSE, name, sql, within } from './sql.js';
import type { Sql } from './sql.js';
import { inTime } from './time-limit.js';

/** Where a predicate stands: the alias of the resource that it is about, its possible types, how deep in sub-selects. */
export interface Scope {
  readonly types: readonly string[];
  readonly depth: number;
}

export const aliasOf = (scope: Scope): Sql => name(`r${scope.depth}`);

export const typeKeys = (types: readonly string[], dictionary: Dictionary): number[] => types.map((type) => dictionary.type(type)).filter((key) => key !== undefined);

/** Whether the resource of the scope meets the expression: a condition that looks up the entries of this one resource. */
export function predicate(expression: Expression, scope: Scope, dictionary: Dictionary): Sql {
  const r = aliasOf(scope);
  if (isLastUpdated(expression)) return stampTest(expression, sql`${r}.stamp`);
  if (isLeaf(expression)) return hasEntry(expression, scope, dictionary);
  switch (expression.op) {
    case 'all':
      return combine([], 'AND');
    case 'and':
      return combine(expression.of.map((each) => predicate(each, { ...scope, types: typesWithin(expression.of, scope.types) }, dictionary)), 'AND');
    case 'or':
      return combine(expression.of.map((each) => predicate(each, scope, dictionary)), 'OR');
    case 'not':
      return sql`NOT (${predicate(expression.of, scope, dictionary)})`;
    case 'id':
      return within(sql`${r}.id`, expression.in);
    case 'type':
      return within(sql`${r}.type`, typeKeys(expression.in, dictionary));
    case 'chain':
      return chained(expression, scope, dictionary);
    case 'has':
      return referredTo(expression, scope, dictionary);
    case 'grouped':
      return grouped(partsOf(expression), scope, dictionary);
  }
}

/** Of types, those that conditions leave: what is asked of a few is not looked up for all. */
const typesWithin = (conditions: readonly Expression[], types: readonly string[]): readonly string[] =>
  conditions.reduce((left, each) => (each.op === 'type' ? left.filter((type) => each.in.includes(type)) : left), types);

function hasEntry(leaf: Leaf, scope: Scope, dictionary: Dictionary): Sql {
  return sql`EXISTS (SELECT 1 FROM ${name(`entry_${kindOf(leaf)}`)} e WHERE e.row = ${aliasOf(scope)}.key AND ${entryTestOfResource(leaf, name('e'), scope.types, dictionary)})`;
}

function chained(chain: Extract<Expression, { op: 'chain' }>, scope: Scope, dictionary: Dictionary): Sql {
  const params = dictionary.params(scope.types, 'reference', chain.param);
  const inner: Scope = { types: chain.types, depth: scope.depth + 1 };
  const t = aliasOf(inner);
  if (params.length === 0) return FALSE;
  return sql`EXISTS (SELECT 1 FROM entry_reference e CROSS JOIN resource ${t} ON ${t}.type = e.type AND ${t}.id = e.id
    WHERE e.row = ${aliasOf(scope)}.key AND ${within(name('+e.param'), params)} AND ${t}.deleted = 0
    AND ${within(sql`${t}.type`, typeKeys(chain.types, dictionary))} AND ${predicate(chain.where, inner, dictionary)})`;
}

function referredTo(has: Extract<Expression, { op: 'has' }>, scope: Scope, dictionary: Dictionary): Sql {
  const param = dictionary.param(has.type, 'reference', has.param);
  const inner: Scope = { types: [has.type], depth: scope.depth + 1 };
  const r = aliasOf(scope);
  const s = aliasOf(inner);
  if (param === undefined) return FALSE;
  return sql`EXISTS (SELECT 1 FROM entry_reference e CROSS JOIN resource ${s} ON ${s}.key = e.row
    WHERE ${inTime(name('e.row'))} AND e.param = ${param} AND e.id = ${r}.id AND e.type = ${r}.type AND ${predicate(has.where, inner, dictionary)})`;
}

function grouped(leaves: readonly Leaf[], scope: Scope, dictionary: Dictionary): Sql {
  const tables = leaves.map((leaf, i) => `entry_${kindOf(leaf)} e${i}`);
  const tests = leaves.map((leaf, i) => {
    const e = name(`e${i}`);
    const together = i === 0 ? name('e0.part IS NOT NULL') : sql`${e}.part = e0.part`;
    return sql`${e}.row = ${aliasOf(scope)}.key AND ${together} AND ${entryTestOfResource(leaf, e, scope.types, dictionary)}`;
  });
  return leaves.length === 0 ? FALSE : sql`EXISTS (SELECT 1 FROM ${name(tables.join(' CROSS JOIN '))} WHERE ${combine(tests, 'AND')})`;
}
