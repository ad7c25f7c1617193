import type { Stored } from '../store.js';
import { instantOf } from './stamp.js';
import type { Text } from './texts.js';

/** Which version: what threads tell each other. Its text is had by its stamp. */
export type Head = readonly [type: number, id: string, number: number, stamp: number];

/** A version as it is answered. Its instant is written only for those who read it: a page of a search does not. */
export class StoredVersion implements Stored {
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly deleted: boolean;
  readonly method: Stored['method'];
  readonly body: Uint8Array;
  readonly #stamp: number;

  constructor([, id, version, stamp]: Head, type: string, { deleted, method, body }: Text) {
    this.type = type;
    this.id = id;
    this.version = version;
    this.deleted = deleted;
    this.method = method;
    this.body = body;
    this.#stamp = stamp;
  }

  get lastUpdated(): string {
    return instantOf(this.#stamp);
  }
}
