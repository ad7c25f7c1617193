import type { mongo } from 'mongoose';
import type { Expression } from '../store.js';
import { addressOf } from './documents.js';
import type { ResourceDocument, VersionDocument, VersionHead } from './documents.js';
import { within } from './filter.js';
import type { Collections } from './schema.js';
import type { Searcher } from './search.js';

/** One version to be written: the document that stands, and the one that shall. */
export interface Write {
  readonly was: ResourceDocument | undefined;
  readonly now: ResourceDocument;
}

/** Documents read at once. */
const BATCH = 1_000;

/** What a commit has read and is about to write. Writes wait until a search has to see them, or the end. */
export class Draft {
  readonly #collections: Collections;
  readonly #searcher: Searcher;
  readonly #write: (writes: readonly Write[]) => Promise<void>;
  readonly #session: mongo.ClientSession | undefined;
  readonly #known = new Map<string, ResourceDocument | undefined>();
  #waiting: Write[] = [];

  /** `write` is given what waits, in order. */
  constructor(collections: Collections, searcher: Searcher, write: (writes: readonly Write[]) => Promise<void>, session?: mongo.ClientSession) {
    this.#collections = collections;
    this.#searcher = searcher;
    this.#write = write;
    this.#session = session;
  }

  /** Reads many at once that will be asked for. */
  async foresee(addresses: readonly string[]): Promise<void> {
    for (let i = 0; i < addresses.length; i += BATCH) {
      const batch = addresses.slice(i, i + BATCH);
      for (const address of batch) this.#known.set(address, undefined);
      const found = this.#collections.resources.find({ _id: { $in: batch } }, within(this.#session));
      for await (const document of found) this.#known.set(document._id, document);
    }
  }

  async find(type: string, id: string): Promise<ResourceDocument | undefined> {
    const address = addressOf(type, id);
    if (!this.#known.has(address)) await this.foresee([address]);
    return this.#known.get(address);
  }

  /** Up to `limit` that match, what was put before included. */
  async matches(type: string, where: Expression, limit: number): Promise<ResourceDocument[]> {
    await this.flush();
    const found = await this.#searcher.matches(type, where, limit, this.#session);
    for (const document of found) this.#known.set(document._id, document);
    return found;
  }

  put(write: Write): void {
    this.#known.set(write.now._id, write.now);
    this.#waiting.push(write);
  }

  get waiting(): readonly Write[] {
    return this.#waiting;
  }

  async flush(): Promise<void> {
    const writes = this.#waiting;
    this.#waiting = [];
    if (writes.length > 0) await this.#write(writes);
  }
}

export function versionOf({ type, id, version, stamp, deleted, method, body }: VersionHead): VersionDocument {
  const resource = addressOf(type, id);
  return { _id: `${resource}/${version}`, resource, type, id, version, stamp, deleted, method, body };
}

/** The document that a write replaces, if it still stands as it was read. */
export const standing = ({ _id, version, home }: ResourceDocument): mongo.Filter<ResourceDocument> => ({ _id, version, home });
