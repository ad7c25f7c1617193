import { Schema } from 'mongoose';
import type { Connection, mongo } from 'mongoose';
import { ONCE_KEPT_MS } from '../store.js';
import type { FactDocument, LockDocument, OnceDocument, ProbeDocument, ResourceDocument, VersionDocument } from './documents.js';

/** Seconds after which the mark of a decided condition is forgotten. */
const LOCK_KEPT = 3_600;

const options = { autoIndex: false, autoCreate: false, versionKey: false, _id: false } as const;
const head = { _id: String, type: String, id: String, version: Number, stamp: Number, deleted: Boolean, method: String, body: Buffer };
const Any = Schema.Types.Mixed;

const resource = new Schema({ ...head, created: Number, indexed: Number, index: [Any], groups: [Any], refers: [String], sort: Any, home: String }, options)
  // The first three as they are sorted by (`order.ts`), to the last field: MongoDB sorts all that matches where an index says less.
  .index({ type: 1, created: 1, _id: 1 })
  .index({ type: 1, id: 1, created: 1, _id: 1 })
  .index({ type: 1, stamp: 1, created: 1, _id: 1 })
  .index({ stamp: 1 })
  .index({ type: 1, 'index.p': 1, 'index.v': 1 })
  .index({ type: 1, 'index.p': 1, 'index.low': 1, 'index.high': 1 })
  .index({ type: 1, 'index.p': 1, 'index.high': 1 })
  .index({ refers: 1, type: 1 });

const version = new Schema({ ...head, resource: String, pending: Any }, options)
  .index({ resource: 1, version: 1 })
  .index({ type: 1, stamp: 1, _id: 1 })
  .index({ stamp: 1, _id: 1 })
  .index({ 'pending.created': 1 }, { sparse: true });

const lock = new Schema({ _id: String, owner: String, at: Date }, options).index({ at: 1 }, { expireAfterSeconds: LOCK_KEPT });
const fact = new Schema({ _id: String, value: String }, options);
const probe = new Schema({ _id: String, asked: Number }, options);

const once = new Schema({ _id: String, made: Date, fingerprint: String, results: String, answer: Buffer }, options).index({ made: 1 }, { expireAfterSeconds: ONCE_KEPT_MS / 1_000 });

const SCHEMAS = { resources: resource, versions: version, locks: lock, facts: fact, probes: probe, onces: once };

/**
 * What a sharded cluster distributes by: the patient for resources; the key itself where it must be unique in the whole
 * cluster (MongoDB keeps that only for the shard key).
 */
const SHARD_KEYS = { resources: { home: 1, _id: 1 }, versions: { _id: 'hashed' }, locks: { _id: 'hashed' }, onces: { _id: 'hashed' } } as const;

export interface Collections {
  readonly resources: mongo.Collection<ResourceDocument>;
  readonly versions: mongo.Collection<VersionDocument>;
  readonly locks: mongo.Collection<LockDocument>;
  readonly facts: mongo.Collection<FactDocument>;
  readonly probes: mongo.Collection<ProbeDocument>;
  readonly onces: mongo.Collection<OnceDocument>;
}

export interface ServerKind {
  /** Replica sets and sharded clusters have them. */
  readonly transactions: boolean;
  readonly sharded: boolean;
}

/**
 * Makes the collections and indexes that are not there (collections at once: a transaction may not on every server), and
 * shards them on a cluster. Filters are compiled, not typed by people: they go to the driver as they are.
 */
export async function prepare(connection: Connection, db: mongo.Db, { sharded, transactions }: ServerKind): Promise<Collections> {
  const there = new Set((await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name));
  for (const [name, schema] of Object.entries(SCHEMAS)) {
    const model = connection.model(name, schema, name);
    if (!there.has(name)) await db.createCollection(name).catch(unlessMeanwhileMade);
    await model.createIndexes();
  }
  if (sharded) await shard(db);
  // Only what a majority has can't be lost when another member takes over.
  const reading = { readConcern: { level: transactions ? 'majority' : 'local' } } as const;
  return {
    resources: db.collection('resources', reading),
    versions: db.collection('versions', reading),
    locks: db.collection('locks', reading),
    facts: db.collection('facts', reading),
    probes: db.collection('probes', reading),
    onces: db.collection('onces', reading),
  };
}

/** Whether `prepare` was here before. */
export const holdsStore = async (db: mongo.Db): Promise<boolean> => (await db.listCollections({ name: 'versions' }, { nameOnly: true }).toArray()).length > 0;

const NAMESPACE_EXISTS = 48;

function unlessMeanwhileMade(error: unknown): void {
  if ((error as { code?: unknown }).code !== NAMESPACE_EXISTS) throw error;
}

/** Does nothing where they are sharded like this already. */
async function shard(db: mongo.Db): Promise<void> {
  const admin = db.admin();
  for (const [name, key] of Object.entries(SHARD_KEYS)) await admin.command({ shardCollection: `${db.databaseName}.${name}`, key });
}
