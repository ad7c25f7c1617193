import { SearchRefusedError } from '../store.js';
import type { Cursor } from '../store.js';

export type CursorValue = string | number | null;

/**
 * Where a search goes on: the store's last stamp when the first page was read, the sort values of the last match, when
 * it was created and its `_id`.
 */
export interface Place {
  readonly mark: number;
  readonly values: readonly CursorValue[];
  readonly created: number;
  readonly _id: string;
}

export const toCursor = ({ mark, values, created, _id }: Place): Cursor => [mark, ...values, created, _id];

/** @throws {SearchRefusedError} `cursor`, when it is not one of a search with so many sort values. */
export function toPlace(cursor: Cursor, sortValues: number): Place {
  const values = cursor.slice(1, -2);
  if (cursor.length !== sortValues + 3 || !values.every(isCursorValue)) throw strange();
  return { mark: integer(cursor[0]), values, created: integer(cursor.at(-2)), _id: text(cursor.at(-1)) };
}

/** The last version of a history's page. */
export interface VersionPlace {
  readonly stamp: number;
  readonly _id: string;
}

export const toVersionCursor = ({ stamp, _id }: VersionPlace): Cursor => [stamp, _id];

/** @throws {SearchRefusedError} `cursor` */
export function toVersionPlace(cursor: Cursor): VersionPlace {
  if (cursor.length !== 2) throw strange();
  return { stamp: integer(cursor[0]), _id: text(cursor[1]) };
}

const isCursorValue = (value: unknown): boolean => value === null || typeof value === 'string' || Number.isFinite(value);

function integer(value: unknown): number {
  if (!Number.isSafeInteger(value)) throw strange();
  return value as number;
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw strange();
  return value;
}

const strange = (): SearchRefusedError => new SearchRefusedError('cursor', 'The page link is not one that this server made. Start again from the first page.');
