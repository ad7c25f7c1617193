import { MAX_INCLUDED, requireFewIncluded } from '../plan/included.js';
import type { Include, SearchPlan } from '../store.js';
import type { Statements } from './connection.js';
import type { Dictionary } from './dictionary.js';
import { predicate, typeKeys } from './predicate.js';
import { name, sql, TRUE, within } from './sql.js';
import type { Sql } from './sql.js';
import { inTime } from './time-limit.js';

/**
 * The keys of the resources that `_include` and `_revinclude` (R4 §3.1.1.5.4) add to the matches, each once. Those
 * with `iterate` are applied again to what was included, until nothing new comes. Of what is not `includable` nothing is
 * looked at.
 * @throws {SearchRefusedError} `included`
 */
export function includedRows(matches: readonly number[], { includes, includable }: Pick<SearchPlan, 'includes' | 'includable'>, statements: Statements, dictionary: Dictionary): number[] {
  const seen = new Set(matches);
  const included: number[] = [];
  let frontier = matches;
  const test = includable && sql`${within(name('r0.type'), typeKeys(includable.types, dictionary))} AND ${predicate(includable.where, { types: includable.types, depth: 0 }, dictionary)}`;
  for (let round = 0; frontier.length > 0; round++) {
    const fresh: number[] = [];
    for (const include of includes) {
      if (round > 0 && !include.iterate) continue;
      for (const [row] of statements.all<[number]>(sql`${neighbours(include, frontier, test, dictionary)} LIMIT ${MAX_INCLUDED + seen.size + 1}`)) {
        if (seen.has(row)) continue;
        seen.add(row);
        fresh.push(row);
      }
    }
    included.push(...fresh);
    requireFewIncluded(included.length);
    frontier = fresh;
  }
  return included;
}

function neighbours(include: Include, frontier: readonly number[], test: Sql | undefined, dictionary: Dictionary): Sql {
  const rows = neighbourRows(include, frontier, dictionary);
  return test ? sql`SELECT r0.key FROM (${rows}) n CROSS JOIN resource r0 ON r0.key = n.key WHERE ${test}` : rows;
}

function neighbourRows({ direction, source, param, target, but }: Include, frontier: readonly number[], dictionary: Dictionary): Sql {
  const params = paramsOf(source, param, dictionary, but);
  const targetType = target === undefined ? TRUE : sql`t.type = ${dictionary.type(target) ?? null}`;
  if (direction === 'include') {
    return sql`SELECT DISTINCT t.key AS key FROM entry_reference e CROSS JOIN resource t ON t.type = e.type AND t.id = e.id
      WHERE ${within(name('e.row'), frontier)} AND ${within(name('+e.param'), params)} AND t.deleted = 0 AND ${targetType}`;
  }
  return sql`SELECT DISTINCT e.row AS key FROM resource t CROSS JOIN entry_reference e ON ${within(name('e.param'), params)} AND e.id = t.id AND e.type = t.type
    WHERE ${inTime(name('e.row'))} AND ${within(name('t.key'), frontier)} AND ${targetType}`;
}

function paramsOf(source: string, param: string, dictionary: Dictionary, but: readonly string[] = []): number[] {
  if (source === '*') {
    const left = new Set(but.flatMap((type) => dictionary.paramsOfType(type, 'reference')));
    return dictionary.paramsOfType(undefined, 'reference').filter((key) => !left.has(key));
  }
  if (param === '*') return dictionary.paramsOfType(source, 'reference');
  return dictionary.params([source], 'reference', param);
}
