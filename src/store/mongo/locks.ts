import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { mongo } from 'mongoose';
import { StoreUnavailableError } from '../store.js';
import type { LockDocument } from './documents.js';
import { isDuplicateKey } from './failures.js';

/** A holder that has not let go after this long has died: what it does meanwhile takes milliseconds. */
const HELD_MS = 60_000;
const PAUSE_MS = 20;

type Locks = mongo.Collection<LockDocument>;

/** Conditions hold identifiers of people: a digest serialises as well. */
const digest = (key: string): string => createHash('sha256').update(key).digest('hex');

/** Touches the locks of conditions inside a transaction: of two transactions that do, one has to begin again. */
export async function touchLocks(keys: readonly string[], locks: Locks, session: mongo.ClientSession): Promise<void> {
  if (keys.length === 0) return;
  const at = new Date();
  await locks.bulkWrite(keys.map((key) => ({ updateOne: { filter: { _id: digest(key) }, update: { $set: { at } }, upsert: true } })), { session });
}

/**
 * Holds the locks of conditions while the task runs, where there are no transactions.
 * @throws {StoreUnavailableError} `busy`, when another holds one for too long.
 */
export async function holdingLocks<Value>(keys: readonly string[], locks: Locks, task: () => Promise<Value>): Promise<Value> {
  const owner = randomUUID();
  const held: string[] = [];
  try {
    for (const key of keys) {
      await acquire(digest(key), owner, locks);
      held.push(digest(key));
    }
    return await task();
  } finally {
    if (held.length > 0) await locks.deleteMany({ _id: { $in: held }, owner });
  }
}

async function acquire(_id: string, owner: string, locks: Locks): Promise<void> {
  for (const patience = Date.now() + HELD_MS; Date.now() < patience; await sleep(PAUSE_MS * (0.5 + Math.random()))) {
    try {
      await locks.insertOne({ _id, owner, at: new Date() });
      return;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
    await locks.deleteOne({ _id, at: { $lt: new Date(Date.now() - HELD_MS) } });
  }
  throw new StoreUnavailableError('busy', 'Others have been deciding the same condition for too long. Try again in a moment.');
}
