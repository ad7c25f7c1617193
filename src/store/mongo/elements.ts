import type { KnownEntry } from '../known-entry.js';
import type { IndexEntry } from '../store.js';
import { addressOf } from './documents.js';
import type { Element, Found, SortValues } from './documents.js';

/** What a resource is found and sorted by, apart from when. */
export type Findable = Omit<Found, 'created' | 'indexed'>;

export function findableBy(type: string, id: string, entries: readonly KnownEntry[]): Findable {
  const groups = new Map<number, Element[]>();
  for (const entry of entries) {
    if (entry.group !== undefined) groups.set(entry.group, [...(groups.get(entry.group) ?? []), elementOf(entry)]);
  }
  return {
    index: entries.map(elementOf),
    groups: [...groups.values()].map((of) => ({ of })),
    refers: [...new Set(entries.flatMap(targetOf))],
    sort: sortValuesOf(entries),
    home: entries.flatMap(patientOf)[0] ?? addressOf(type, id),
  };
}

/** The order of entries says nothing, only which there are. */
export function sameFindable(some: Findable, others: Findable): boolean {
  return canonical(some) === canonical(others);
}

const canonical = ({ index, groups }: Findable): string => JSON.stringify([words(index), groups.map(({ of }) => words(of)).sort()]);
const words = (elements: readonly Element[]): string[] => elements.map(({ p, v, e, s, t, u, n, low, high }) => JSON.stringify([p, v, e, s, t, u, n, low, high])).sort();

export const parameterKey = (kind: IndexEntry['kind'], param: string): string => `${kind}:${param}`;

function elementOf(entry: KnownEntry): Element {
  const p = parameterKey(entry.kind, entry.param);
  switch (entry.kind) {
    case 'token':
      return { p, ...optional('s', entry.system), ...optional('v', entry.code) };
    case 'string':
      return { p, v: entry.value, e: entry.exact };
    case 'reference':
      return { p, ...optional('v', entry.id ?? entry.url), ...optional('t', entry.type), ...optional('u', entry.url) };
    case 'date':
      return { p, low: entry.low, high: entry.high };
    case 'number':
      return { p, n: entry.value, low: entry.low, high: entry.high };
    case 'quantity':
      return { p, n: entry.value, low: entry.low, high: entry.high, ...optional('s', entry.system), ...optional('v', entry.code) };
    case 'uri':
      return { p, v: entry.value };
  }
}

const optional = <Name extends string>(name: Name, value: string | undefined): Partial<Record<Name, string>> => (value === undefined ? {} : ({ [name]: value } as Record<Name, string>));

const targetOf = (entry: KnownEntry): string[] => (entry.kind === 'reference' && entry.type !== undefined && entry.id !== undefined ? [addressOf(entry.type, entry.id)] : []);
const patientOf = (entry: KnownEntry): string[] => targetOf(entry).filter((target) => target.startsWith('Patient/'));

/* ---------- sorting ---------- */

/** A field's name may hold no dot. */
export const sortName = (kind: IndexEntry['kind'], param: string): string => parameterKey(kind, param).replaceAll('.', '_');

function sortValuesOf(entries: readonly KnownEntry[]): Record<string, SortValues> {
  const sort: Record<string, SortValues> = {};
  for (const entry of entries) {
    const [least, greatest] = boundsOf(entry);
    if (least === undefined || greatest === undefined) continue;
    const name = sortName(entry.kind, entry.param);
    const up = turned(least);
    const standing = sort[name];
    sort[name] = standing ? { up: later(standing.up, up), down: later(standing.down, greatest) } : { up, down: greatest };
  }
  return sort;
}

/** What a sort compares: the least ascending, the greatest descending. */
function boundsOf(entry: KnownEntry): readonly [least: string | number | undefined, greatest: string | number | undefined] {
  switch (entry.kind) {
    case 'token':
      return [entry.code, entry.code];
    case 'string':
    case 'uri':
    case 'number':
    case 'quantity':
      return [entry.value, entry.value];
    case 'reference':
      return [entry.id, entry.id];
    case 'date':
      return [entry.low, entry.high];
  }
}

const later = <Value extends string | number>(a: Value, b: Value): Value => (compareValues(a, b) < 0 ? b : a);

/** Comes after every byte that is turned round: of two texts of which one begins with the other, the shorter is first. */
const END = String.fromCharCode(257);

/** Sorted descending, what is turned round comes as the values do ascending. */
function turned(value: string | number): string | number {
  if (typeof value === 'number') return -value;
  return Array.from(Buffer.from(value, 'utf8'), (byte) => String.fromCharCode(256 - byte)).join('') + END;
}

/** As MongoDB orders the values of one field: numbers, then strings by their bytes. */
export function compareValues(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return typeof a === 'number' ? -1 : 1;
}
