import type { Compare, Expression, IndexEntry } from '../../../src/store/store.js';

const COMPARE: Record<Compare, (s: { low: number; high: number }, v: { low: number; high: number }) => boolean> = {
  eq: (s, v) => s.low >= v.low && s.high <= v.high,
  ne: (s, v) => !COMPARE.eq(s, v),
  gt: (s, v) => s.high > v.high,
  lt: (s, v) => s.low < v.low,
  ge: (s, v) => COMPARE.eq(s, v) || COMPARE.gt(s, v),
  le: (s, v) => COMPARE.eq(s, v) || COMPARE.lt(s, v),
  sa: (s, v) => s.low >= v.high,
  eb: (s, v) => s.high <= v.low,
  ap: (s, v) => s.low < v.high && s.high > v.low,
};

/** What the store port says of an expression, on the entries of one resource; chains and `_has` are the store's. */
export function matches(expression: Expression, entries: readonly IndexEntry[], id = ''): boolean {
  switch (expression.op) {
    case 'all': return true;
    case 'and': return expression.of.every((each) => matches(each, entries, id));
    case 'or': return expression.of.some((each) => matches(each, entries, id));
    case 'not': return !matches(expression.of, entries, id);
    case 'id': return expression.in.includes(id);
    case 'grouped': {
      const groups = new Set(entries.map(({ group }) => group).filter((group) => group !== undefined));
      return [...groups].some((group) => expression.of.every((each) => matches(each, entries.filter((entry) => entry.group === group), id)));
    }
    case 'type':
    case 'chain':
    case 'has': throw new Error(`${expression.op} needs a store`);
    default: return entries.some((entry) => entry.param === expression.param && meets(expression, entry));
  }
}

type Leaf = Extract<Expression, { param: string }>;

function meets(leaf: Leaf, entry: IndexEntry): boolean {
  if (leaf.op === 'present') return entry.kind === leaf.kind;
  const system = (stored: string | undefined): boolean => !('system' in leaf) || leaf.system === undefined || (leaf.system ?? undefined) === stored;
  if (leaf.op === 'token') return entry.kind === 'token' && system(entry.system) && (leaf.code === undefined || leaf.code === entry.code);
  if (leaf.op === 'string' && entry.kind === 'string') {
    if (leaf.match === 'exact') return entry.exact === leaf.value;
    return leaf.match === 'starts' ? entry.value.startsWith(leaf.value) : entry.value.includes(leaf.value);
  }
  if (leaf.op === 'reference' && entry.kind === 'reference') {
    return (leaf.type === undefined || leaf.type === entry.type) && (leaf.id === undefined || leaf.id === entry.id) && (leaf.url === undefined || leaf.url === entry.url);
  }
  if (leaf.op === 'interval' && (entry.kind === 'date' || entry.kind === 'number' || entry.kind === 'quantity')) {
    const unit = entry.kind !== 'quantity' || (system(entry.system) && (leaf.code === undefined || leaf.code === entry.code));
    return entry.kind === leaf.kind && unit && COMPARE[leaf.compare](entry, leaf);
  }
  if (leaf.op === 'uri' && entry.kind === 'uri' && typeof entry.value === 'string') {
    const below = (stored: string, asked: string): boolean => stored === asked || stored.startsWith(`${asked}/`);
    return leaf.match === 'exact' ? entry.value === leaf.value : leaf.match === 'below' ? below(entry.value, leaf.value) : below(leaf.value, entry.value);
  }
  return false;
}
