import { integer, ofLength, text, values } from '../plan/cursor.js';
import type { CursorValue } from '../plan/cursor.js';
import type { Cursor } from '../store.js';

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

export const toCursor = ({ mark, values: sorted, created, _id }: Place): Cursor => [mark, ...sorted, created, _id];

/** @throws {SearchRefusedError} `cursor`, when it is not one of a search with so many sort values. */
export function toPlace(cursor: Cursor, sortValues: number): Place {
  const places = ofLength(cursor, sortValues + 3);
  return { mark: integer(places[0]), values: values(places.slice(1, -2)), created: integer(places.at(-2)), _id: text(places.at(-1)) };
}

/** The last version of a history's page. */
export interface VersionPlace {
  readonly stamp: number;
  readonly _id: string;
}

export const toVersionCursor = ({ stamp, _id }: VersionPlace): Cursor => [stamp, _id];

/** @throws {SearchRefusedError} `cursor` */
export function toVersionPlace(cursor: Cursor): VersionPlace {
  const [stamp, _id] = ofLength(cursor, 2);
  return { stamp: integer(stamp), _id: text(_id) };
}
