import { createHash } from 'node:crypto';
import type { KnownEntry } from '../known-entry.js';
import type { LoggedVersion, VersionLog } from '../version-log.js';
import { MIGRATION, readMark, writeMark } from './mark.js';
import type { Mark } from './mark.js';
import { differences, tallyOf } from './tally.js';
import type { Tally } from './tally.js';

export interface Migration {
  readonly from: VersionLog;
  readonly to: VersionLog;
  /** What the text of a resource is found by. */
  readonly indexOf: (body: Uint8Array) => readonly KnownEntry[];
  readonly report: (progress: Progress) => void;
}

/** Versions read so far. */
export interface Progress {
  readonly step: 'copy' | 'verify';
  readonly done: number;
  readonly of: number;
}

/** A migration that cannot be; the message names no resource. */
export class MigrationError extends Error {
  /** `source`, `target`: not one to copy from, or to. `different`: the copy is not what its source is. */
  readonly reason: 'source' | 'target' | 'different';
  constructor(reason: 'source' | 'target' | 'different', message: string) {
    super(message);
    this.name = 'MigrationError';
    this.reason = reason;
  }
}

/**
 * Copies a store with all its versions, their numbers and times, and its facts into an empty one, and compares the two.
 * Index entries are made anew. Cut short, it goes on where it was; over a finished copy it only compares. Until it is
 * finished, no server starts on the target.
 * @throws {MigrationError}
 * @throws {StoreUnavailableError}
 */
export async function migrate(migration: Migration): Promise<readonly Tally[]> {
  const { to } = migration;
  const mark = await begin(migration);
  if (!mark.done) await copy(mark, migration);
  const tallies = await verify(migration);
  if (!mark.done) await to.append([], new Map([...(await factsOf(migration)), ...writeMark({ source: mark.source, done: true })]));
  return tallies;
}

async function begin({ from, to }: Migration): Promise<Mark> {
  if (readMark((await from.facts()).get(MIGRATION))?.done === false) throw new MigrationError('source', 'The source is itself a copy that was not finished. Finish it first.');
  const source = await fingerprint(from);
  const facts = await to.facts();
  const mark = readMark(facts.get(MIGRATION));
  if (!mark && (facts.size > 0 || (await to.size()) > 0)) throw new MigrationError('target', 'The target holds data already. Name one that is empty.');
  if (mark && mark.source !== source) throw new MigrationError('target', 'The target holds a copy of another store. Name one that is empty.');
  if (mark) return mark;
  const begun: Mark = { source, done: false };
  await to.append([], writeMark(begun));
  return begun;
}

/** Of the first version, which never changes. */
async function fingerprint(log: VersionLog): Promise<string> {
  const [first] = await log.after(undefined);
  return first ? createHash('sha256').update(JSON.stringify([first.type, first.id, first.stamp])).update(first.body).digest('hex') : 'empty';
}

async function copy({ source, reached }: Mark, { from, to, indexOf, report }: Migration): Promise<void> {
  const of = await from.size();
  const placeOf = placing(reached?.placed);
  const indexed = (version: LoggedVersion): readonly KnownEntry[] => (version.current && !version.deleted ? indexOfOne(version, indexOf) : []);
  let done = reached?.done ?? 0;
  for (let place = reached?.place; ; ) {
    report({ step: 'copy', done, of });
    const versions = (await from.after(place)).map((version) => ({ ...version, stamp: placeOf(version.stamp), index: indexed(version), was: version.stamp }));
    const last = versions.at(-1);
    if (!last) return;
    place = { type: last.type, id: last.id, version: last.version, stamp: last.was };
    done += versions.length;
    await to.append(versions, writeMark({ source, done: false, reached: { place, placed: last.stamp, done } }));
  }
}

/** The words of a failure may quote the text: they are not kept. */
function indexOfOne({ type, body }: LoggedVersion, indexOf: Migration['indexOf']): readonly KnownEntry[] {
  try {
    return indexOf(body);
  } catch {
    throw new MigrationError('source', `The source holds a ${type} whose text cannot be read.`);
  }
}

/**
 * The stamps of versions in the copy: those that they have, but one after the other where processes that shared a store
 * made some at the same moment.
 */
function placing(last = -1): (stamp: number) => number {
  let reached = last;
  return (stamp) => (reached = Math.max(reached + 1, stamp));
}

/** @throws {MigrationError} `different`, with the types and numbers of what is. */
async function verify({ from, to, report }: Migration): Promise<readonly Tally[]> {
  const of = (await from.size()) + (await to.size());
  let done = 0;
  const count = (versions: number): void => report({ step: 'verify', done: (done += versions), of });
  const expected = await tallyOf(from, placing(), count);
  const copied = await tallyOf(to, (stamp) => stamp, count);
  const found = differences(expected, copied);
  if (found.length === 0) return expected;
  throw new MigrationError('different', `The copy differs from its source: ${found.join('; ')}. Stop every Cobalt that uses one of them and run this again; if it still differs, begin with an empty target.`);
}

/** What the source knows beside its versions, but for what it says of its own making. */
async function factsOf({ from }: Migration): Promise<ReadonlyMap<string, string>> {
  return new Map([...(await from.facts())].filter(([name]) => name !== MIGRATION));
}
