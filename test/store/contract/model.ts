import type { Compare, Expression, IndexEntry } from '../../../src/store/store.js';

/** A resource as the model knows it: no ids are shared between types. */
export interface ModelResource {
  readonly type: string;
  readonly id: string;
  readonly index: readonly IndexEntry[];
}

type Interval = { readonly low: number; readonly high: number };

/** The words of the port, said the slow way: one comparison a line. */
const COMPARES: Readonly<Record<Compare, (stored: Interval, value: Interval) => boolean>> = {
  eq: (s, v) => s.low >= v.low && s.high <= v.high,
  ne: (s, v) => !(s.low >= v.low && s.high <= v.high),
  gt: (s, v) => s.high > v.high,
  lt: (s, v) => s.low < v.low,
  ge: (s, v) => (s.low >= v.low && s.high <= v.high) || s.high > v.high,
  le: (s, v) => (s.low >= v.low && s.high <= v.high) || s.low < v.low,
  sa: (s, v) => s.low >= v.high,
  eb: (s, v) => s.high <= v.low,
  ap: (s, v) => s.low < v.high && s.high > v.low,
};

/** Whether a resource meets an expression, by looking at every entry of every resource. */
export function meets(resource: ModelResource, expression: Expression, all: readonly ModelResource[]): boolean {
  switch (expression.op) {
    case 'all':
      return true;
    case 'and':
      return expression.of.every((each) => meets(resource, each, all));
    case 'or':
      return expression.of.some((each) => meets(resource, each, all));
    case 'not':
      return !meets(resource, expression.of, all);
    case 'id':
      return expression.in.includes(resource.id);
    case 'type':
      return expression.in.includes(resource.type);
    case 'chain':
      return all.some((target) => expression.types.includes(target.type) && refersTo(resource, expression.param, target) && meets(target, expression.where, all));
    case 'has':
      return all.some((source) => source.type === expression.type && refersTo(source, expression.param, resource) && meets(source, expression.where, all));
    case 'grouped':
      return resource.index.some(({ group }) => group !== undefined && expression.of.every((leaf) => resource.index.some((entry) => entry.group === group && entryMeets(entry, leaf))));
    default:
      return resource.index.some((entry) => entryMeets(entry, expression));
  }
}

function refersTo(source: ModelResource, param: string, target: ModelResource): boolean {
  return source.index.some((entry) => entry.kind === 'reference' && entry.param === param && entry.type === target.type && entry.id === target.id);
}

function entryMeets(entry: IndexEntry, leaf: Expression): boolean {
  if (!('param' in leaf) || entry.param !== leaf.param) return false;
  if (leaf.op === 'present') return entry.kind === leaf.kind;
  if (leaf.op === 'token' && entry.kind === 'token') return (leaf.code === undefined || entry.code === leaf.code) && (leaf.system === undefined || (entry.system ?? null) === leaf.system);
  if (leaf.op === 'string' && entry.kind === 'string') {
    if (leaf.match === 'exact') return entry.exact === leaf.value;
    return leaf.match === 'starts' ? entry.value.startsWith(leaf.value) : entry.value.includes(leaf.value);
  }
  if (leaf.op === 'reference' && entry.kind === 'reference') return (leaf.type === undefined || entry.type === leaf.type) && (leaf.id === undefined || entry.id === leaf.id) && (leaf.url === undefined || entry.url === leaf.url);
  if (leaf.op === 'refers' && entry.kind === 'reference') return leaf.to.some((type) => type === entry.type && (type !== leaf.but.type || entry.id !== leaf.but.id));
  if (leaf.op === 'interval' && entry.kind === leaf.kind && 'low' in entry) return COMPARES[leaf.compare](entry, leaf);
  return false;
}
