import type { Stored } from '../store.js';
import { instantOf } from './stamp.js';

/** A version as its statement gives it: type's key, id, number, stamp, deleted, method, body. */
export type VersionRow = readonly [type: number, id: string, number: number, stamp: number, deleted: number, method: Stored['method'], body: Uint8Array];

/** The columns of a `VersionRow`, with `r` the resource of the version `v`. */
export const VERSION_COLUMNS = 'v.type, r.id, v.number, v.stamp, v.deleted, v.method, v.body';

type Head = readonly [type: string, id: string, number: number, stamp: number, deleted: boolean, method: Stored['method'], length: number];

/** Versions on their way between threads: all bodies in one buffer, which is handed over, not copied. */
export interface Packed {
  readonly heads: readonly Head[];
  readonly bodies: Uint8Array<ArrayBuffer>;
}

export function toStored([, id, version, stamp, deleted, method, body]: VersionRow, type: string): Stored {
  return { type, id, version, lastUpdated: instantOf(stamp), deleted: deleted === 1, method, body };
}

export function pack(rows: readonly VersionRow[], typeName: (key: number) => string): Packed {
  const bodies = new Uint8Array(rows.reduce((sum, row) => sum + row[6].length, 0));
  let at = 0;
  const heads = rows.map(([type, id, number, stamp, deleted, method, body]): Head => {
    bodies.set(body, at);
    at += body.length;
    return [typeName(type), id, number, stamp, deleted === 1, method, body.length];
  });
  return { heads, bodies };
}

export function unpack({ heads, bodies }: Packed): Stored[] {
  let at = 0;
  return heads.map(([type, id, version, stamp, deleted, method, length]) => {
    const body = bodies.subarray(at, at + length);
    at += length;
    return { type, id, version, lastUpdated: instantOf(stamp), deleted, method, body };
  });
}
