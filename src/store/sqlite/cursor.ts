import { SearchRefusedError } from '../store.js';
import type { Cursor } from '../store.js';

export type CursorValue = string | number | null;

/**
 * Where a search goes on: the store's last stamp when the first page was read, the sort values of the last match and its
 * key.
 */
export interface Place {
  readonly mark: number;
  readonly values: readonly CursorValue[];
  readonly row: number;
}

export const toCursor = ({ mark, values, row }: Place): Cursor => [mark, ...values, row];

/** @throws {SearchRefusedError} `cursor`, when it is not one of a search with so many sort values. */
export function toPlace(cursor: Cursor, sortValues: number): Place {
  const mark = integer(cursor[0]);
  const row = integer(cursor[cursor.length - 1]);
  const values = cursor.slice(1, -1);
  if (cursor.length !== sortValues + 2 || !values.every(isCursorValue)) throw strange();
  return { mark, values, row };
}

/** The stamp of the last version of a history's page. */
export function toStamp(cursor: Cursor): number {
  if (cursor.length !== 1) throw strange();
  return integer(cursor[0]);
}

const isCursorValue = (value: unknown): boolean => value === null || typeof value === 'string' || Number.isFinite(value);

function integer(value: unknown): number {
  if (!Number.isSafeInteger(value)) throw strange();
  return value as number;
}

const strange = (): SearchRefusedError => new SearchRefusedError('cursor', 'The page link is not one that this server made. Start again from the first page.');
