import type { mongo } from 'mongoose';
import { conditionKeys } from '../commit-state.js';
import { repeatedResults } from '../once.js';
import { StoreUnavailableError } from '../store.js';
import type { Change, ChangeResult, KnownOnce, Once } from '../store.js';
import type { Clock } from './clock.js';
import { Commit } from './commit.js';
import type { OnceDocument, ResourceDocument, VersionDocument } from './documents.js';
import { Draft, standing, versionOf } from './draft.js';
import type { Write } from './draft.js';
import { isDuplicateKey, TransactionsMissingError } from './failures.js';
import { holdingLocks, touchLocks } from './locks.js';
import { keepResults, knownOnce, onceDocument } from './once.js';
import type { Collections } from './schema.js';
import type { Searcher } from './search.js';

/** What writes need. */
export interface Writing {
  readonly client: mongo.MongoClient;
  readonly collections: Collections;
  readonly searcher: Searcher;
  readonly clock: Clock;
  readonly now: () => number;
}

/** Applies all changes or none; those of a key that is known are not made again. */
export type Writer = (changes: readonly Change[], once: Once | undefined) => Promise<ChangeResult[]>;

/* ---------- replica sets and sharded clusters ---------- */

/** Commits in a transaction; begun again when another was faster. */
export function inTransactions({ client, collections, searcher, clock, now }: Writing): Writer {
  const attempt = async (changes: readonly Change[], once: Once | undefined, session: mongo.ClientSession): Promise<ChangeResult[]> => {
    const repeated = once && repeatedResults(once, await knownOnce(once.key, now(), collections.onces, session));
    if (repeated) return repeated;
    const draft = new Draft(collections, searcher, (writes) => writeAll(writes, collections, session), session);
    await touchLocks(conditionKeys(changes), collections.locks, session);
    const results = await new Commit(draft, clock, changes).run();
    await draft.flush();
    if (once) await keepResults(onceDocument(once, results, now()), collections.onces, session);
    return results;
  };
  return (changes, once) =>
    client.withSession((session) =>
      session.withTransaction(() => attempt(changes, once, session).catch(beginAgainIfTaken), { readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority', journal: true } }),
    );
}

/** A version number that another took since the snapshot: a conflict like any other. */
function beginAgainIfTaken(error: unknown): never {
  if (isDuplicateKey(error)) (error as mongo.MongoServerError).addErrorLabel('TransientTransactionError');
  throw error;
}

/** What is new before what is replaced: MongoDB is asked once for each kind, rather than whenever the kind changes. */
async function writeAll(writes: readonly Write[], { resources, versions }: Collections, session: mongo.ClientSession): Promise<void> {
  await versions.insertMany(writes.map(({ now }) => versionOf(now)), { session });
  const inserts = writes.flatMap(({ was, now }) => (was ? [] : [{ insertOne: { document: now } }]));
  const replacements = writes.flatMap(({ was, now }) => (was ? [{ replaceOne: { filter: standing(was), replacement: now } }] : []));
  await resources.bulkWrite([...inserts, ...replacements], { session });
}

/* ---------- servers without transactions ---------- */

/** Each attempt that fails is a version that another wrote. */
const MAX_ATTEMPTS = 100;

/**
 * Commits of one resource: its version first, whose `_id` is the lock, with all that it takes to finish; then the current
 * document. Whoever finds a version that was not finished, finishes it.
 */
export function oneByOne({ collections, searcher, clock, now }: Writing): Writer {
  const attempt = async (changes: readonly Change[], once: Once | undefined): Promise<ChangeResult[] | undefined> => {
    const draft = new Draft(collections, searcher, refuseToSpan);
    const results = await new Commit(draft, clock, changes).run();
    const [write, ...followers] = draft.waiting;
    if (followers.length > changes.filter(isFollower).length || followers.some(({ was }) => was)) return refuseToSpan();
    const key = once && onceDocument(once, results, now());
    if (!write && key) await keepResults(key, collections.onces);
    return !write || (await writeOne(write, { followers, once: key }, collections)) ? results : undefined;
  };
  return (changes, once) =>
    holdingLocks([...(once ? [`once ${once.key}`] : []), ...conditionKeys(changes)], collections.locks, async () => {
      const repeated = once && repeatedResults(once, await finishedOnce(once, now(), collections));
      if (repeated) return repeated;
      for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts++) {
        const results = await attempt(changes, once);
        if (results) return results;
      }
      throw new StoreUnavailableError('busy', 'Others have been faster at the same resource too often. Try again in a moment.');
    });
}

const isFollower = (change: Change): boolean => change.op === 'put' && change.follows !== undefined;

function refuseToSpan(): never {
  throw new TransactionsMissingError();
}

/** False when another took the version number: what it left unfinished is finished then. */
async function writeOne({ now }: Write, { followers, once }: { readonly followers: readonly Write[]; readonly once: OnceDocument | undefined }, collections: Collections): Promise<boolean> {
  const { created, indexed, index, groups, refers, sort, home } = now;
  const pending = { created, indexed, index, groups, refers, sort, home, ...(followers.length > 0 ? { followers: followers.map((follower) => follower.now) } : {}), ...(once ? { once } : {}) };
  const version: VersionDocument = { ...versionOf(now), pending };
  try {
    await collections.versions.insertOne(version);
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    await finishAll({ resource: now._id, pending: { $exists: true } }, collections);
    return false;
  }
  await finish(version, collections);
  return true;
}

/** What is known of a key, also where the commit that says it was cut short. */
async function finishedOnce({ key }: Once, now: number, collections: Collections): Promise<KnownOnce | undefined> {
  await finishAll({ 'pending.created': { $exists: true }, 'pending.once._id': key }, collections);
  return knownOnce(key, now, collections.onces);
}

/** Finishes what a crash cut short. */
export async function sweep(collections: Collections): Promise<void> {
  await finishAll({ 'pending.created': { $exists: true } }, collections);
}

async function finishAll(unfinished: mongo.Filter<VersionDocument>, collections: Collections): Promise<void> {
  for (const version of await collections.versions.find(unfinished, { sort: { stamp: 1 } }).toArray()) await finish(version, collections);
}

/** Makes a version the current one, unless it is already or a later one is, and what follows it, unless it is there. */
async function finish({ _id, resource, pending, ...head }: VersionDocument, { resources, versions, onces }: Collections): Promise<void> {
  if (!pending) return;
  const { followers = [], once, ...found } = pending;
  const now: ResourceDocument = { _id: resource, ...head, ...found };
  if (now.version > 1) await resources.replaceOne({ _id: resource, version: now.version - 1 }, now);
  else await resources.insertOne(now).catch(unlessThere);
  for (const follower of followers) {
    await versions.insertOne(versionOf(follower)).catch(unlessThere);
    await resources.insertOne(follower).catch(unlessThere);
  }
  if (once) await keepResults(once, onces);
  await versions.updateOne({ _id }, { $unset: { pending: 1 } });
}

function unlessThere(error: unknown): void {
  if (!isDuplicateKey(error)) throw error;
}
