import { integer, ofLength, values } from '../plan/cursor.js';
import type { CursorValue } from '../plan/cursor.js';
import type { Cursor } from '../store.js';

/**
 * Where a search goes on: the store's last stamp when the first page was read, the sort values of the last match and its
 * key.
 */
export interface Place {
  readonly mark: number;
  readonly values: readonly CursorValue[];
  readonly row: number;
}

export const toCursor = ({ mark, values: sorted, row }: Place): Cursor => [mark, ...sorted, row];

/** @throws {SearchRefusedError} `cursor`, when it is not one of a search with so many sort values. */
export function toPlace(cursor: Cursor, sortValues: number): Place {
  const places = ofLength(cursor, sortValues + 2);
  return { mark: integer(places[0]), values: values(places.slice(1, -1)), row: integer(places.at(-1)) };
}

/** The stamp of the last version of a history's page. */
export const toStamp = (cursor: Cursor): number => integer(ofLength(cursor, 1)[0]);
