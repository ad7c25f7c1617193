import { mongo } from 'mongoose';
import { resultsKept } from '../once.js';
import { ONCE_KEPT_MS, type ChangeResult, type KnownOnce, type Once } from '../store.js';
import type { OnceDocument } from './documents.js';
import { within } from './filter.js';

type Onces = mongo.Collection<OnceDocument>;

/** What is known of a key. MongoDB removes what is too old from time to time: it may still be there. */
export async function knownOnce(key: string, now: number, onces: Onces, session?: mongo.ClientSession): Promise<KnownOnce | undefined> {
  const found = await onces.findOne({ _id: key, made: { $gte: new Date(now - ONCE_KEPT_MS) } }, within(session));
  return found ? { fingerprint: found.fingerprint, results: found.results === undefined ? undefined : (JSON.parse(found.results) as ChangeResult[]), answer: found.answer && bytesOf(found.answer) } : undefined;
}

export const onceDocument = (once: Once, results: readonly ChangeResult[], now: number): OnceDocument =>
  ({ _id: once.key, made: new Date(now), fingerprint: once.fingerprint, results: JSON.stringify(resultsKept(results, once)) });

/** Keeps what a commit came to. */
export async function keepResults({ _id, ...document }: OnceDocument, onces: Onces, session?: mongo.ClientSession): Promise<void> {
  await onces.updateOne({ _id }, { $set: document }, { upsert: true, ...within(session) });
}

/** Keeps an answer unless one is kept. */
export async function keepAnswer({ key, fingerprint }: Once, answer: Uint8Array, now: number, onces: Onces): Promise<void> {
  await onces.deleteOne({ _id: key, made: { $lt: new Date(now - ONCE_KEPT_MS) } });
  await onces.updateOne({ _id: key }, { $setOnInsert: { made: new Date(now), fingerprint } }, { upsert: true });
  await onces.updateOne({ _id: key, answer: { $exists: false } }, { $set: { answer: Buffer.from(answer) } });
}

const bytesOf = (value: Uint8Array | mongo.Binary): Uint8Array => (value instanceof mongo.Binary ? value.buffer : value);
