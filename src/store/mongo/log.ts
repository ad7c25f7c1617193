import type { mongo } from 'mongoose';
import { logCursor, logPlace, type LogPlace } from '../plan/log-place.js';
import { firstStampOf } from '../stamp.js';
import type { LogPage, LogQuery } from '../store.js';
import type { VersionDocument } from './documents.js';
import { toStored } from './versions.js';

type Filter = mongo.Filter<VersionDocument>;
type Head = Omit<VersionDocument, 'pending'>;

/** Versions of some types, oldest first. */
export async function log(query: LogQuery, versions: mongo.Collection<VersionDocument>): Promise<LogPage> {
  const { types, count, standing } = query;
  const found = await versions
    .find<Head>({ $and: [{ type: types.length === 1 && types[0] ? types[0] : { $in: [...types] } }, ...limitsOf(query)] }, { projection: { pending: 0 }, sort: { stamp: 1, _id: 1 }, limit: count + 1, allowDiskUse: true })
    .toArray();
  const page = found.slice(0, count);
  const last = page.at(-1);
  const shown = standing ? await notReplacedWithin(logPlace(standing), page, versions) : page;
  return {
    versions: shown.map((version) => ({ ...toStored(version), place: logCursor(version.stamp, version._id) })),
    ...(found.length > page.length && last ? { next: logCursor(last.stamp, last._id) } : {}),
  };
}

function limitsOf({ after, since, until }: LogQuery): Filter[] {
  return [
    ...(after ? [behind(logPlace(after))] : []),
    ...(since === undefined ? [] : [{ stamp: { $gte: firstStampOf(since) } }]),
    ...(until ? [upTo(logPlace(until))] : []),
  ];
}

const behind = ({ stamp, version }: LogPlace): Filter => (version === undefined ? { stamp: { $gt: stamp } } : { $or: [{ stamp: { $gt: stamp } }, { stamp, _id: { $gt: version } }] });
const upTo = ({ stamp, version }: LogPlace): Filter => (version === undefined ? { stamp: { $lte: stamp } } : { $or: [{ stamp: { $lt: stamp } }, { stamp, _id: { $lte: version } }] });

/** Those whose next version, if there is one, stands behind a place. */
async function notReplacedWithin(place: LogPlace, page: readonly Head[], versions: mongo.Collection<VersionDocument>): Promise<Head[]> {
  const nextOf = ({ resource, version }: Head): string => `${resource}/${version + 1}`;
  const replacing = await versions.find({ $and: [{ _id: { $in: page.map(nextOf) } }, upTo(place)] }, { projection: { _id: 1 } }).toArray();
  const replaced = new Set(replacing.map(({ _id }) => _id));
  return page.filter((version) => !replaced.has(nextOf(version)));
}
