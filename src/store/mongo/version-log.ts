import type { Connection, mongo } from 'mongoose';
import { PAGE } from '../version-log.js';
import type { IndexedVersion, LoggedVersion, LogPlace, VersionLog } from '../version-log.js';
import { connected } from './connection.js';
import { addressOf } from './documents.js';
import type { ResourceDocument } from './documents.js';
import { versionOf } from './draft.js';
import { findableBy } from './elements.js';
import { asUnavailable } from './failures.js';
import type { Collections } from './schema.js';
import { HEAD } from './versions.js';
import { sweep } from './writing.js';

/**
 * Opens the store in a database for copying; `make`: also where there is none yet. That no process writes to it
 * meanwhile is the caller's to see to.
 * @throws {StoreUnavailableError} when there is none, or the server cannot be reached.
 */
export async function openMongoVersionLog({ url, make }: { readonly url: string; readonly make: boolean }): Promise<VersionLog> {
  return connected({ url, make }, async ({ connection, collections, kind }) => {
    if (!kind.transactions) await sweep(collections);
    return new MongoVersionLog(connection, collections);
  });
}

const versionAddress = ({ type, id, version }: Pick<LogPlace, 'type' | 'id' | 'version'>): string => `${addressOf(type, id)}/${version}`;

class MongoVersionLog implements VersionLog {
  readonly #connection: Connection;
  readonly #collections: Collections;

  constructor(connection: Connection, collections: Collections) {
    this.#connection = connection;
    this.#collections = collections;
  }

  async after(place: LogPlace | undefined): Promise<readonly LoggedVersion[]> {
    return orUnavailable(async () => {
      const page = await this.#page(place);
      const standing = await this.#collections.resources.find({ _id: { $in: page.map(({ type, id }) => addressOf(type, id)) } }, { projection: { version: 1 } }).toArray();
      const currents = new Map(standing.map(({ _id, version }) => [_id, version]));
      return page.map((version) => ({ ...version, current: currents.get(addressOf(version.type, version.id)) === version.version }));
    });
  }

  async #page(place: LogPlace | undefined): Promise<Omit<LoggedVersion, 'current'>[]> {
    const filter = place ? { stamp: { $gte: place.stamp }, $or: [{ stamp: { $gt: place.stamp } }, { stamp: place.stamp, _id: { $gt: versionAddress(place) } }] } : {};
    const found = this.#collections.versions.find<Omit<LoggedVersion, 'current'>>(filter, { projection: HEAD, sort: { stamp: 1, _id: 1 }, limit: PAGE.versions, batchSize: 100 });
    const page: Omit<LoggedVersion, 'current'>[] = [];
    let bytes = 0;
    for await (const version of found) {
      bytes += version.body.length;
      if (page.length > 0 && bytes > PAGE.bytes) break;
      page.push(version);
    }
    return page;
  }

  async size(): Promise<number> {
    return orUnavailable(() => this.#collections.versions.countDocuments({}));
  }

  async facts(): Promise<ReadonlyMap<string, string>> {
    return orUnavailable(async () => new Map((await this.#collections.facts.find().toArray()).map(({ _id, value }) => [_id, value])));
  }

  async append(versions: readonly IndexedVersion[], facts: ReadonlyMap<string, string>): Promise<void> {
    await orUnavailable(async () => {
      await replaceAll(versions.map(versionOf), this.#collections.versions);
      await replaceAll(await this.#currentDocuments(versions), this.#collections.resources);
      for (const [name, value] of facts) await this.#collections.facts.replaceOne({ _id: name }, { value }, { upsert: true });
    });
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** Of the resources whose current version is among these. */
  async #currentDocuments(versions: readonly IndexedVersion[]): Promise<ResourceDocument[]> {
    const current = versions.filter((version) => version.current);
    const firsts = await this.#collections.versions.find({ _id: { $in: current.map((version) => versionAddress({ ...version, version: 1 })) } }, { projection: { stamp: 1, resource: 1 } }).toArray();
    const created = new Map(firsts.map(({ resource, stamp }) => [resource, stamp]));
    return current.map(({ index, ...version }) => toResourceDocument(version, created.get(addressOf(version.type, version.id)) ?? version.stamp, index));
  }
}

const toResourceDocument = ({ type, id, version, stamp, deleted, method, body }: LoggedVersion, created: number, index: IndexedVersion['index']): ResourceDocument =>
  ({ _id: addressOf(type, id), type, id, version, stamp, deleted, method, body, created, indexed: stamp, ...findableBy(type, id, index) });

/** Also when they are there in part, or with another shard key. */
async function replaceAll<Document extends { readonly _id: string }>(documents: readonly Document[], collection: mongo.Collection<Document>): Promise<void> {
  if (documents.length === 0) return;
  await collection.deleteMany({ _id: { $in: documents.map(({ _id }) => _id) } } as mongo.Filter<Document>);
  await collection.insertMany(documents as mongo.OptionalUnlessRequiredId<Document>[], { ordered: false });
}

async function orUnavailable<Value>(task: () => Promise<Value>): Promise<Value> {
  try {
    return await task();
  } catch (error) {
    throw asUnavailable(error) ?? error;
  }
}
