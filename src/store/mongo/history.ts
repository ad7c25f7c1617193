import type { mongo } from 'mongoose';
import type { HistoryPage, HistoryQuery } from '../store.js';
import { firstStampOf } from '../stamp.js';
import { toVersionCursor, toVersionPlace } from './cursor.js';
import { addressOf } from './documents.js';
import type { VersionDocument } from './documents.js';
import type { InTime } from './time-limit.js';
import { toStored } from './versions.js';

type Filter = mongo.Filter<VersionDocument>;
type Versions = mongo.Collection<VersionDocument>;
type Head = Omit<VersionDocument, 'pending'>;

/** Versions that are looked through at once for those that were current at some time. */
const BATCH = 200;

/** Versions of a resource, a type or all, newest first. */
export async function history(query: HistoryQuery, versions: Versions, inTime: InTime): Promise<HistoryPage> {
  const subject: Filter[] = [subjectOf(query), ...(query.since === undefined ? [] : [{ stamp: { $gte: firstStampOf(query.since) } }]), ...(query.at ? [{ stamp: { $lt: firstStampOf(query.at.high) } }] : [])];
  const place = query.cursor && toVersionPlace(query.cursor);
  const after: Filter[] = place ? [{ $or: [{ stamp: { $lt: place.stamp } }, { stamp: place.stamp, _id: { $lt: place._id } }] }] : [];
  const found = await listed({ $and: [...subject, ...after] }, query, query.count + 1, versions, inTime);
  const page = found.slice(0, query.count);
  const last = page.at(-1);
  return {
    versions: page.map(toStored),
    ...(found.length > page.length && last ? { next: toVersionCursor(last) } : {}),
    ...(query.id === undefined ? {} : { total: await counted({ $and: subject }, query, versions, inTime) }),
  };
}

function subjectOf({ type, id, but = [] }: HistoryQuery): Filter {
  if (type === undefined) return but.length === 0 ? {} : { type: { $nin: [...but] } };
  return id === undefined ? { type } : { resource: addressOf(type, id) };
}

async function listed(filter: Filter, { at }: HistoryQuery, limit: number, versions: Versions, inTime: InTime): Promise<Head[]> {
  const newestFirst = versions.find<Head>(filter, { projection: { pending: 0 }, sort: { stamp: -1, _id: -1 }, allowDiskUse: true, ...inTime() });
  if (!at) return newestFirst.limit(limit).toArray();
  const found: Head[] = [];
  for await (const batch of batches(newestFirst)) {
    found.push(...(await notReplacedBy(firstStampOf(at.low + 1), batch, versions, inTime)));
    if (found.length >= limit) break;
  }
  return found.slice(0, limit);
}

async function counted(filter: Filter, query: HistoryQuery, versions: Versions, inTime: InTime): Promise<number> {
  return query.at ? (await listed(filter, query, Number.MAX_SAFE_INTEGER, versions, inTime)).length : versions.countDocuments(filter, inTime());
}

async function* batches<Document>(cursor: mongo.FindCursor<Document>): AsyncGenerator<Document[]> {
  let batch: Document[] = [];
  for await (const one of cursor) {
    batch.push(one);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** Those whose next version, if there is one, was made at the stamp or later. */
async function notReplacedBy(stamp: number, batch: readonly Head[], versions: Versions, inTime: InTime): Promise<Head[]> {
  const nextOf = ({ resource, version }: Head): string => `${resource}/${version + 1}`;
  const replacing = await versions.find({ _id: { $in: batch.map(nextOf) }, stamp: { $lt: stamp } }, { projection: { _id: 1 }, ...inTime() }).toArray();
  const replaced = new Set(replacing.map(({ _id }) => _id));
  return batch.filter((version) => !replaced.has(nextOf(version)));
}
