import type { CursorValue } from '../plan/cursor.js';
import type { SortKey } from '../store.js';
import type { Place } from './cursor.js';
import type { ResourceDocument } from './documents.js';
import { compareValues, sortName } from './elements.js';
import type { Test } from './leaves.js';

/** A match as far as its order goes. */
export type Sortable = Pick<ResourceDocument, '_id' | 'id' | 'stamp' | 'created' | 'sort'>;

/** One field that matches are sorted by; those without it come last, in either direction. */
export interface SortField {
  readonly path: string;
  readonly direction: 1 | -1;
  readonly optional: boolean;
  readonly valueOf: (match: Sortable) => CursorValue;
}

export const isByTime = (sort: readonly SortKey[]): boolean => sort.some(({ param }) => param === '_lastUpdated');

/** Each field once: a second sort by the same decides nothing. */
export function sortFields(sort: readonly SortKey[]): readonly SortField[] {
  const fields = sort.map(sortField);
  return fields.filter(({ path }, i) => fields.findIndex((other) => other.path === path) === i);
}

function sortField({ param, kind, descending }: SortKey): SortField {
  const direction = descending ? -1 : 1;
  if (param === '_lastUpdated') return { path: 'stamp', direction, optional: false, valueOf: ({ stamp }) => stamp };
  if (param === '_id' || kind === 'id') return { path: 'id', direction, optional: false, valueOf: ({ id }) => id };
  const name = sortName(kind, param);
  const side = descending ? 'down' : 'up';
  return { path: `sort.${name}.${side}`, direction: -1, optional: true, valueOf: ({ sort: values }) => values[name]?.[side] ?? null };
}

/** Of what hardly ever ties: in the same direction, so that an index is read in the order that is asked for, rather than all of a type sorted. */
const INDEXED: ReadonlySet<string | undefined> = new Set(['id', 'stamp']);

function directionOfTies(fields: readonly SortField[]): 1 | -1 {
  const last = fields.at(-1);
  return last && INDEXED.has(last.path) ? last.direction : 1;
}

/** As MongoDB is asked for it. Resources that tie come in the order in which they were made. */
export function sortSpecification(fields: readonly SortField[]): Record<string, 1 | -1> {
  const ties = directionOfTies(fields);
  return { ...Object.fromEntries(fields.map(({ path, direction }) => [path, direction])), created: ties, _id: ties };
}

/** Comes after the place in that order. */
export function afterPlace(fields: readonly SortField[], { values, created, _id }: Place): Test {
  const equal = fields.map(({ path }, i) => ({ [path]: values[i] ?? { $exists: false } }));
  const beyond = fields.flatMap((field, i) => {
    const value = values[i] ?? null;
    return value === null ? [] : [{ $and: [...equal.slice(0, i), fieldBeyond(field, value)] }];
  });
  const further = directionOfTies(fields) === 1 ? '$gt' : '$lt';
  const later = { $or: [{ created: { [further]: created } }, { created, _id: { [further]: _id } }] };
  return { $or: [...beyond, { $and: [...equal, later] }] };
}

function fieldBeyond({ path, direction, optional }: SortField, value: string | number): Test {
  const further = { [path]: direction === 1 ? { $gt: value } : { $lt: value } };
  return optional ? { $or: [further, { [path]: { $exists: false } }] } : further;
}

/** A match with the values that it is sorted by. */
export interface Placed {
  readonly values: readonly CursorValue[];
  readonly created: number;
  readonly _id: string;
}

export const placedBy = (fields: readonly SortField[], match: Sortable): Placed => ({ values: fields.map(({ valueOf }) => valueOf(match)), created: match.created, _id: match._id });

/** The same order, for what is not sorted by MongoDB. */
export function comparePlaced(fields: readonly SortField[], a: Placed, b: Placed): number {
  for (const [i, { direction }] of fields.entries()) {
    const compared = compareNullable(a.values[i] ?? null, b.values[i] ?? null, direction);
    if (compared !== 0) return compared;
  }
  return directionOfTies(fields) * (a.created - b.created || compareValues(a._id, b._id));
}

function compareNullable(a: CursorValue, b: CursorValue, direction: 1 | -1): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return direction * compareValues(a, b);
}
