import { SearchRefusedError } from '../store.js';
import type { Cursor } from '../store.js';

export type CursorValue = string | number | null;

/** A cursor of so many places. @throws {SearchRefusedError} `cursor`, as all here do when it is not one that the store gave. */
export function ofLength(cursor: Cursor, length: number): Cursor {
  if (cursor.length !== length) throw strange();
  return cursor;
}

export function values(places: Cursor): readonly CursorValue[] {
  if (!places.every((value) => value === null || typeof value === 'string' || Number.isFinite(value))) throw strange();
  return places;
}

export function integer(value: CursorValue | undefined): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw strange();
  return value;
}

export function text(value: CursorValue | undefined): string {
  if (typeof value !== 'string') throw strange();
  return value;
}

const strange = (): SearchRefusedError => new SearchRefusedError('cursor', 'The page link is not one that this server made. Start again from the first page.');
