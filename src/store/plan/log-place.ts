import type { Cursor } from '../store.js';
import { integer, text } from './cursor.js';

/** A place in the log. `version` (`Type/id/number`) tells apart what several processes wrote under one stamp; without it, the place is behind all of these. */
export interface LogPlace {
  readonly stamp: number;
  readonly version?: string;
}

export const logCursor = (stamp: number, version?: string): Cursor => (version === undefined ? [stamp] : [stamp, version]);

/** @throws {SearchRefusedError} `cursor`, when it is no place of a log. */
export function logPlace(cursor: Cursor): LogPlace {
  const [stamp, version, ...more] = cursor;
  return { stamp: integer(more.length > 0 ? undefined : stamp), ...(version === undefined ? {} : { version: text(version) }) };
}
