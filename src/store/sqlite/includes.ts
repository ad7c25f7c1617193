import { MAX_INCLUDED, requireFewIncluded } from '../plan/included.js';
import type { Include } from '../store.js';
import type { Statements } from './connection.js';
import type { Dictionary } from './dictionary.js';
import { name, sql, TRUE, within } from './sql.js';
import type { Sql } from './sql.js';

/**
 * The keys of the resources that `_include` and `_revinclude` (R4 §3.1.1.5.4) add to the matches, each once. Those
 * with `iterate` are applied again to what was included, until nothing new comes.
 * @throws {SearchRefusedError} `included`
 */
export function includedRows(matches: readonly number[], includes: readonly Include[], statements: Statements, dictionary: Dictionary): number[] {
  const seen = new Set(matches);
  const included: number[] = [];
  let frontier = matches;
  for (let round = 0; frontier.length > 0; round++) {
    const fresh: number[] = [];
    for (const include of includes) {
      if (round > 0 && !include.iterate) continue;
      for (const [row] of statements.all<[number]>(sql`${neighbours(include, frontier, dictionary)} LIMIT ${MAX_INCLUDED + seen.size + 1}`)) {
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

function neighbours({ direction, source, param, target }: Include, frontier: readonly number[], dictionary: Dictionary): Sql {
  const params = paramsOf(source, param, dictionary);
  const targetType = target === undefined ? TRUE : sql`t.type = ${dictionary.type(target) ?? null}`;
  if (direction === 'include') {
    return sql`SELECT DISTINCT t.key FROM entry_reference e CROSS JOIN resource t ON t.type = e.type AND t.id = e.id
      WHERE ${within(name('e.row'), frontier)} AND ${within(name('+e.param'), params)} AND t.deleted = 0 AND ${targetType}`;
  }
  return sql`SELECT DISTINCT e.row FROM resource t CROSS JOIN entry_reference e ON ${within(name('e.param'), params)} AND e.id = t.id AND e.type = t.type
    WHERE ${within(name('t.key'), frontier)} AND ${targetType}`;
}

function paramsOf(source: string, param: string, dictionary: Dictionary): number[] {
  if (source === '*') return dictionary.paramsOfType(undefined, 'reference');
  if (param === '*') return dictionary.paramsOfType(source, 'reference');
  return dictionary.params([source], 'reference', param);
}
