import { isLastUpdated, isLeaf, kindOf, partsOf } from '../plan/leaf.js';
import type { Leaf } from '../plan/leaf.js';
import type { Expression } from '../store.js';
import type { Statements } from './connection.js';
import type { Dictionary } from './dictionary.js';
import { entryTest, isEquality, stampTest } from './leaves.js';
import { aliasOf, predicate, typeKeys } from './predicate.js';
import type { Scope } from './predicate.js';
import { combine, join, name, sql, within } from './sql.js';
import type { Sql } from './sql.js';
import { inTime } from './time-limit.js';

/** So few rows that looking for a better source is not worth it. */
const FEW = 64;
/** Beyond this a source is simply large. */
const MANY = 2_000;
/** SQLite allows 500 terms of a compound select; of more, a union of unions is made. */
const MAX_UNION = 250;

/** A way to list resources of which all matches are among. */
interface Source {
  readonly from: Sql;
  readonly where: Sql;
  /** The key of the resource; may repeat. */
  readonly row: Sql;
  /** The keys come in ascending order. */
  readonly ordered: boolean;
  readonly unique?: boolean;
  /** What the source ensures by itself. */
  readonly ensures?: Expression;
  /** The lower, the fewer rows it will probably have. */
  readonly rank: number;
}

/** `FROM … WHERE …` of the resources (alias `r<depth>`) that match; `row` is their key and may repeat. */
export interface Selection {
  readonly from: Sql;
  readonly where: Sql;
  readonly row: Sql;
  /** No key repeats. */
  readonly unique: boolean;
  readonly r: Sql;
  /** `FROM … WHERE …` that lists the same keys without looking at the resources; undefined: there is none. */
  readonly keys?: { readonly from: Sql; readonly where: Sql } | undefined;
}

/**
 * Turns an expression into a selection. SQLite has no statistics here, so the source is chosen by counting: the condition
 * with the fewest rows lists the candidates, all others are tested on each.
 */
export class Selector {
  readonly #dictionary: Dictionary;
  readonly #statements: Statements;

  constructor(dictionary: Dictionary, statements: Statements) {
    this.#dictionary = dictionary;
    this.#statements = statements;
  }

  /** `byKey`: the caller wants the first few in order of keys. */
  select(types: readonly string[], where: Expression, byKey = false, depth = 0): Selection {
    const scope: Scope = { types, depth };
    const r = aliasOf(scope);
    const conditions = conjunction(where);
    const source = this.#choose(conditions.flatMap((each) => this.#sourcesOf(each, scope)), byKey);
    const rest = conditions.filter((each) => each !== source?.ensures).map((each) => predicate(each, scope, this.#dictionary));
    if (source) {
      const keys = rest.length === 0 ? source : undefined;
      return { from: sql`${source.from} CROSS JOIN resource ${r} ON ${r}.key = ${source.row}`, where: combine([source.where, ...rest], 'AND'), row: source.row, unique: source.unique ?? false, r, keys };
    }
    return { from: sql`resource ${r}`, where: combine([this.#current(r, types), ...rest], 'AND'), row: sql`${r}.key`, unique: true, r };
  }

  #current(r: Sql, types: readonly string[]): Sql {
    return sql`${inTime(sql`${r}.key`)} AND ${within(sql`${r}.type`, typeKeys(types, this.#dictionary))} AND ${r}.deleted = 0`;
  }

  #choose(sources: readonly Source[], byKey: boolean): Source | undefined {
    const [only] = sources;
    if (sources.length <= 1 && (!byKey || only?.ordered)) return only;
    let best: Source | undefined;
    let least = MANY;
    for (const source of [...sources].sort((a, b) => a.rank - b.rank)) {
      const count = this.#count(source, least);
      if (count < least) [best, least] = [source, count];
      if (least <= FEW) break;
    }
    return best ?? (byKey ? sources.find((source) => source.ordered) : only);
  }

  #count({ from, where }: Source, limit: number): number {
    const [row] = this.#statements.all<[number]>(sql`SELECT count(*) FROM (SELECT 1 FROM ${from} WHERE ${where} LIMIT ${limit})`);
    return row?.[0] ?? 0;
  }

  #sourcesOf(expression: Expression, scope: Scope): Source[] {
    const d = name(`d${scope.depth}`);
    if (isLastUpdated(expression)) {
      const where = sql`${this.#current(d, scope.types)} AND ${stampTest(expression, sql`${d}.stamp`)}`;
      return [{ from: sql`resource ${d}`, where, row: sql`${d}.key`, ordered: false, unique: true, ensures: expression, rank: 5 }];
    }
    if (isLeaf(expression)) return [this.#ofOneValue(expression, scope, d) ?? { ...this.#entries(expression, scope, d), ensures: expression }];
    switch (expression.op) {
      case 'id': {
        const from = sql`json_each(${JSON.stringify(expression.in)}) j${d} CROSS JOIN resource ${d} ON ${this.#current(d, scope.types)} AND ${d}.id = j${d}.value`;
        return [{ from, where: combine([], 'AND'), row: sql`${d}.key`, ordered: false, ensures: expression, rank: 0 }];
      }
      case 'or':
        return this.#union(expression, scope, d);
      case 'chain':
        return [this.#chain(expression, scope, d)];
      case 'has':
        return [this.#has(expression, scope, d)];
      case 'grouped':
        return partsOf(expression).map((leaf) => this.#entries(leaf, scope, d));
      default:
        return [];
    }
  }

  #entries(leaf: Leaf, scope: Scope, d: Sql): Source {
    const where = sql`${inTime(sql`${d}.row`)} AND ${entryTest(leaf, d, scope.types, this.#dictionary)}`;
    return { from: sql`${name(`entry_${kindOf(leaf)}`)} ${d}`, where, row: sql`${d}.row`, ordered: scope.types.length === 1 && isEquality(leaf), rank: RANKS[leaf.op] };
  }

  /**
   * The entries in an interval where all have the same value, as dates of a day have: these are in the order of keys, so that
   * a page ends with its last match, however many there are.
   */
  #ofOneValue(leaf: Leaf, scope: Scope, d: Sql): Source | undefined {
    const [param, ...others] = this.#dictionary.params(scope.types, kindOf(leaf), leaf.param);
    if (leaf.op !== 'interval' || leaf.kind !== 'date' || leaf.compare !== 'eq' || param === undefined || others.length > 0) return undefined;
    const end = (direction: 'ASC' | 'DESC'): [number, number] | undefined => {
      const order = name(`e.low ${direction}, e.high ${direction}`);
      return this.#statements.all<[number, number]>(sql`SELECT e.low, e.high FROM entry_date e WHERE e.param = ${param} AND e.low >= ${leaf.low} AND e.low < ${leaf.high} ORDER BY ${order} LIMIT 1`)[0];
    };
    const [first, last] = [end('ASC'), end('DESC')];
    if (!first || !last || first[0] !== last[0] || first[1] !== last[1] || first[1] > leaf.high) return undefined;
    return { from: sql`entry_date ${d}`, where: sql`${inTime(sql`${d}.row`)} AND ${d}.param = ${param} AND ${d}.low = ${first[0]} AND ${d}.high = ${first[1]}`, row: sql`${d}.row`, ordered: true, ensures: leaf, rank: 2 };
  }

  #union(or: Extract<Expression, { op: 'and' | 'or' }>, scope: Scope, d: Sql): Source[] {
    if (!isListable(or)) return [];
    const from = sql`(${union(or.of.map((each) => this.#keys(scope.types, each, scope.depth + 1)))}) ${d}`;
    return [{ from, where: combine([], 'AND'), row: sql`${d}.row`, ordered: false, ensures: or, rank: 4 }];
  }

  #chain(chain: Extract<Expression, { op: 'chain' }>, scope: Scope, d: Sql): Source {
    const params = this.#dictionary.params(scope.types, 'reference', chain.param);
    const from = sql`(${this.#keys(chain.types, chain.where, scope.depth + 1)}) q${d} CROSS JOIN resource t${d} ON t${d}.key = q${d}.row
      CROSS JOIN entry_reference ${d} ON ${within(sql`${d}.param`, params)} AND ${d}.id = t${d}.id AND ${d}.type = t${d}.type`;
    return { from, where: inTime(sql`${d}.row`), row: sql`${d}.row`, ordered: false, ensures: chain, rank: 6 };
  }

  #has(has: Extract<Expression, { op: 'has' }>, scope: Scope, d: Sql): Source {
    const params = this.#dictionary.params([has.type], 'reference', has.param);
    const from = sql`(${this.#keys([has.type], has.where, scope.depth + 1)}) q${d} CROSS JOIN entry_reference s${d} ON s${d}.row = q${d}.row AND ${within(sql`s${d}.param`, params)}
      CROSS JOIN resource ${d} ON ${d}.type = s${d}.type AND ${d}.id = s${d}.id`;
    return { from, where: this.#current(d, scope.types), row: sql`${d}.key`, ordered: false, ensures: has, rank: 6 };
  }

  #keys(types: readonly string[], where: Expression, depth: number): Sql {
    const { from, where: test, row } = this.select(types, where, false, depth);
    return sql`SELECT ${row} AS row FROM ${from} WHERE ${test}`;
  }
}

function union(selects: readonly Sql[]): Sql {
  if (selects.length <= MAX_UNION) return join(selects, ' UNION ');
  const parts = Array.from({ length: Math.ceil(selects.length / MAX_UNION) }, (_, i) => selects.slice(i * MAX_UNION, (i + 1) * MAX_UNION));
  return union(parts.map((part) => sql`SELECT row FROM (${union(part)})`));
}

function conjunction(expression: Expression): Expression[] {
  if (expression.op === 'and') return expression.of.flatMap(conjunction);
  return expression.op === 'all' ? [] : [expression];
}

/** Whether some condition lists all candidates, so that not all resources of the type need to be looked at. */
function isListable(expression: Expression): boolean {
  switch (expression.op) {
    case 'and':
      return expression.of.some(isListable);
    case 'or':
      return expression.of.length > 0 && expression.of.every(isListable);
    default:
      return expression.op !== 'not' && expression.op !== 'all' && expression.op !== 'type';
  }
}

const RANKS: Readonly<Record<Leaf['op'], number>> = { reference: 1, uri: 2, refers: 6, token: 3, string: 3, interval: 5, present: 7 };
