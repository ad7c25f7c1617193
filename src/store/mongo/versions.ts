import type { Stored } from '../store.js';
import { instantOf } from '../stamp.js';
import type { VersionHead } from './documents.js';

/** The fields of a version, as a projection. */
export const HEAD = { _id: 0, type: 1, id: 1, version: 1, stamp: 1, deleted: 1, method: 1, body: 1 } as const;

export function toStored({ type, id, version, stamp, deleted, method, body }: VersionHead): Stored {
  return { type, id, version, lastUpdated: instantOf(stamp), deleted, method, body };
}
