import type { Compare, Expression, IndexEntry } from '../../store/store.js';

/** A resource as a search sees it. */
export interface Searched {
  readonly type: string;
  readonly id: string;
  readonly entries: readonly IndexEntry[];
}

/** Whether one resource meets an expression, as a store would find it (`src/store/store.ts`). @throws {Error} for chains, `_has` and levels of URIs, which need a store. */
export function matches(expression: Expression, searched: Searched): boolean {
  switch (expression.op) {
    case 'all':
      return true;
    case 'and':
      return expression.of.every((each) => matches(each, searched));
    case 'or':
      return expression.of.some((each) => matches(each, searched));
    case 'not':
      return !matches(expression.of, searched);
    case 'id':
      return expression.in.includes(searched.id);
    case 'type':
      return expression.in.includes(searched.type);
    case 'grouped':
      return groupsOf(searched.entries).some((entries) => expression.of.every((each) => matches(each, { ...searched, entries })));
    case 'chain':
    case 'has':
      throw new Error(`${expression.op} needs a store`);
    default:
      return searched.entries.some((entry) => entry.param === expression.param && meets(expression, entry));
  }
}

function groupsOf(entries: readonly IndexEntry[]): readonly IndexEntry[][] {
  const groups = new Map<number, IndexEntry[]>();
  for (const entry of entries) {
    if (entry.group === undefined) continue;
    const group = groups.get(entry.group) ?? [];
    groups.set(entry.group, [...group, entry]);
  }
  return [...groups.values()];
}

type Leaf = Extract<Expression, { readonly param: string; readonly op: 'token' | 'string' | 'reference' | 'refers' | 'interval' | 'uri' | 'present' }>;

function meets(leaf: Leaf, entry: IndexEntry): boolean {
  switch (leaf.op) {
    case 'present':
      return entry.kind === leaf.kind;
    case 'token':
      return entry.kind === 'token' && isOfSystem(leaf.system, entry.system) && (leaf.code === undefined || leaf.code === entry.code);
    case 'string':
      return entry.kind === 'string' && STRINGS[leaf.match](entry, leaf.value);
    case 'reference':
      return entry.kind === 'reference' && (['type', 'id', 'url'] as const).every((part) => leaf[part] === undefined || leaf[part] === entry[part]);
    case 'refers':
      return entry.kind === 'reference' && entry.type !== undefined && leaf.to.includes(entry.type) && !(entry.type === leaf.but.type && entry.id === leaf.but.id);
    case 'interval':
      return entry.kind === leaf.kind && 'low' in entry && isOfUnit(leaf, entry) && COMPARE[leaf.compare](entry, leaf);
    case 'uri':
      if (leaf.match !== 'exact') throw new Error(`uri ${leaf.match} needs a store`);
      return entry.kind === 'uri' && entry.value === leaf.value;
  }
}

/** Undefined: of any; null: of none. */
const isOfSystem = (asked: string | null | undefined, stored: string | undefined): boolean => asked === undefined || (asked ?? undefined) === stored;

const isOfUnit = (leaf: Extract<Leaf, { op: 'interval' }>, entry: IndexEntry): boolean =>
  entry.kind !== 'quantity' || (isOfSystem(leaf.system, entry.system) && (leaf.code === undefined || leaf.code === entry.code));

const STRINGS: Readonly<Record<Extract<Leaf, { op: 'string' }>['match'], (entry: { readonly value: string; readonly exact: string }, value: string) => boolean>> = {
  starts: (entry, value) => entry.value.startsWith(value),
  contains: (entry, value) => entry.value.includes(value),
  exact: (entry, value) => entry.exact === value,
};

interface Interval {
  readonly low: number;
  readonly high: number;
}

/** `Compare` of the store's port: the stored interval `s` against the value's `v`. */
const COMPARE: Readonly<Record<Compare, (s: Interval, v: Interval) => boolean>> = {
  eq: (s, v) => s.low >= v.low && s.high <= v.high,
  ne: (s, v) => s.low < v.low || s.high > v.high,
  gt: (s, v) => s.high > v.high,
  lt: (s, v) => s.low < v.low,
  ge: (s, v) => COMPARE.eq(s, v) || COMPARE.gt(s, v),
  le: (s, v) => COMPARE.eq(s, v) || COMPARE.lt(s, v),
  sa: (s, v) => s.low >= v.high,
  eb: (s, v) => s.high <= v.low,
  ap: (s, v) => s.low < v.high && s.high > v.low,
};
