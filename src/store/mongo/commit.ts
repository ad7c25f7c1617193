import { composeBody, following, notFollowed } from '../body.js';
import { changeIn, knownEntry } from '../known-entry.js';
import { ConflictError } from '../store.js';
import type { Change, ChangeResult, Condition, ConflictCode, DeleteChange, Expectation, MatchChange, PutChange } from '../store.js';
import { instantOf } from '../sqlite/stamp.js';
import type { Clock } from './clock.js';
import { addressOf } from './documents.js';
import type { ResourceDocument } from './documents.js';
import type { Draft } from './draft.js';
import { findableBy, sameFindable } from './elements.js';

/** MongoDB's word for no limit. */
const ALL = 0;
const NO_TEXT = new Uint8Array(0);

/**
 * One commit: the changes in order, each seeing those before it. A text that names a later change has that one's condition
 * decided at once; should it be decided otherwise when its turn comes, the commit is refused.
 */
export class Commit {
  readonly #draft: Draft;
  readonly #clock: Clock;
  readonly #changes: readonly Change[];
  readonly #results: ChangeResult[] = [];
  /** Ids that were promised before their turn, by type and key of the condition: those who ask the same get the same. */
  readonly #promised = new Map<string, string>();
  /** Addresses of what the changes so far were of. */
  readonly #touched = new Set<string>();

  constructor(draft: Draft, clock: Clock, changes: readonly Change[]) {
    this.#draft = draft;
    this.#clock = clock;
    this.#changes = changes;
  }

  /**
   * Leaves what is to be written in the draft.
   * @throws {ConflictError}
   */
  async run(): Promise<ChangeResult[]> {
    if (this.#changes.length > 1) await this.#draft.foresee(addressesOf(this.#changes));
    for (const [index, change] of this.#changes.entries()) this.#results.push(await this.#apply(change, index));
    return this.#results;
  }

  #apply(change: Change, index: number): Promise<ChangeResult> {
    switch (change.op) {
      case 'put':
        return this.#put(change, index);
      case 'delete':
        return this.#delete(change, index);
      case 'match':
        return this.#match(change, index);
    }
  }

  async #put(planned: PutChange, index: number): Promise<ChangeResult> {
    const change = following(planned, this.#results);
    if (!change) return notFollowed(planned);
    const { condition } = change;
    const match = condition && (await this.#decide(condition, index));
    if (match && change.bodyId !== undefined && change.bodyId !== match.id) throw new ConflictError(index, 'id-mismatch');
    if (match && condition?.whenOne === 'keep') return outcomeOf(match, 'matched');
    const id = match?.id ?? (condition && this.#promised.get(promiseOf(condition))) ?? change.id;
    const current = match ?? (await this.#draft.find(change.type, id));
    if (!match && condition?.whenOne === 'update' && change.bodyId !== undefined && current && !current.deleted) throw new ConflictError(index, 'id-taken');
    requireVersion(change.expect, current, index);
    this.#touch(change, id, index);
    return this.#write(change, id, current, index);
  }

  async #write(change: PutChange, id: string, was: ResourceDocument | undefined, index: number): Promise<ChangeResult> {
    const { type, method } = change;
    const addresses = await this.#addressesIn(change, id, index);
    const textAt = (version: number, stamp: number): Uint8Array =>
      Buffer.from(composeBody(change.body, { id, version, lastUpdated: instantOf(stamp), result: (other) => addresses.get(other) ?? refuse(other, 'none') }), 'utf8');
    if (was && !was.deleted && Buffer.compare(textAt(was.version, was.stamp), was.body) === 0) return outcomeOf(was, 'unchanged');
    const version = (was?.version ?? 0) + 1;
    const stamp = this.#stampAfter(was);
    const found = findableBy(type, id, change.index.map((entry) => knownEntry(entry, (other) => referent(addresses.get(other) ?? refuse(other, 'none')))));
    const indexed = was && !was.deleted && sameFindable(was, found) ? was.indexed : stamp;
    const now: ResourceDocument = { _id: addressOf(type, id), type, id, version, stamp, deleted: false, method, body: textAt(version, stamp), created: was?.created ?? stamp, indexed, ...found };
    this.#draft.put({ was, now });
    return outcomeOf(now, was && !was.deleted ? 'updated' : 'created');
  }

  async #delete(change: DeleteChange, index: number): Promise<ChangeResult> {
    const found = change.condition ? await this.#deletable(change.condition, index) : [await this.#draft.find(change.type, change.id ?? '')];
    for (const standing of found.length === 0 ? [undefined] : found) requireVersion(change.expect, standing, index);
    const current = found.flatMap((standing) => (standing && !standing.deleted ? [standing] : []));
    for (const { id } of current) this.#touch(change, id, index);
    const results = current.map((standing) => this.#deleteOne(standing));
    const counted = change.condition?.whenMany === 'delete' ? { count: results.length } : {};
    const [standing] = found;
    const absent = standing ? outcomeOf(standing, 'absent') : { type: change.type, id: change.id, version: 0, lastUpdated: '', outcome: 'absent' as const };
    return { ...(results.at(-1) ?? absent), ...counted };
  }

  async #deletable(condition: NonNullable<DeleteChange['condition']>, index: number): Promise<ResourceDocument[]> {
    if (condition.whenMany === 'delete') return this.#draft.matches(condition.type, condition.where, ALL);
    const match = await this.#decide(condition, index);
    return match ? [match] : [];
  }

  #deleteOne(was: ResourceDocument): ChangeResult {
    const stamp = this.#stampAfter(was);
    const now: ResourceDocument = { ...was, ...findableBy(was.type, was.id, []), home: was.home, version: was.version + 1, stamp, indexed: stamp, deleted: true, method: 'DELETE', body: NO_TEXT };
    this.#draft.put({ was, now });
    return outcomeOf(now, 'deleted');
  }

  async #match({ condition }: MatchChange, index: number): Promise<ChangeResult> {
    const match = await this.#decide(condition, index);
    if (!match) throw new ConflictError(index, 'none');
    return outcomeOf(match, 'matched');
  }

  /** The one match, or none. */
  async #decide(condition: Condition, index: number): Promise<ResourceDocument | undefined> {
    const [match, second] = await this.#draft.matches(condition.type, condition.where, 2);
    if (second !== undefined) throw new ConflictError(index, 'multiple');
    const promised = this.#promised.get(promiseOf(condition));
    if (match && promised !== undefined && promised !== match.id) throw new ConflictError(index, 'multiple');
    return match;
  }

  #touch({ type, expect }: PutChange | DeleteChange, id: string, index: number): void {
    const address = addressOf(type, id);
    if (expect?.untouched && this.#touched.has(address)) throw new ConflictError(index, 'overlap');
    this.#touched.add(address);
  }

  #stampAfter(was: ResourceDocument | undefined): number {
    if (was) this.#clock.see(was.stamp);
    return this.#clock.stamp();
  }

  /** `Type/id` of every change that the text or the index entries name. */
  async #addressesIn(change: PutChange, ownId: string, index: number): Promise<ReadonlyMap<number, string>> {
    const addresses = new Map([[index, addressOf(change.type, ownId)]]);
    for (const named of namedIn(change)) {
      if (!addresses.has(named)) addresses.set(named, await this.#addressOf(named, index));
    }
    return addresses;
  }

  /** What a change results in, promised if its turn has not come. */
  async #addressOf(index: number, asker: number): Promise<string> {
    const done = this.#results[index];
    if (done) return addressOf(done.type, done.id ?? refuse(index, 'none'));
    const change = this.#changes[index];
    if (!change) throw new RangeError(`change ${asker} names change ${index}, which is not in the commit`);
    const type = change.op === 'match' ? change.condition.type : change.type;
    const own = change.op === 'match' ? undefined : change.id;
    if (!change.condition) return addressOf(type, own ?? refuse(index, 'none'));
    const id = this.#promised.get(promiseOf(change.condition)) ?? (await this.#decide(change.condition, index))?.id ?? own ?? refuse(index, 'none');
    this.#promised.set(promiseOf(change.condition), id);
    return addressOf(type, id);
  }
}

/** `Type/id` of what the changes name outright. */
export const addressesOf = (changes: readonly Change[]): string[] =>
  [...new Set(changes.flatMap((change) => (change.op === 'match' || change.id === undefined || (change.op === 'put' && change.follows !== undefined) ? [] : [addressOf(change.type, change.id)])))];

export const promiseOf = ({ type, key }: Condition): string => `${type} ${key}`;

function requireVersion(expect: Expectation | undefined, standing: ResourceDocument | undefined, index: number): void {
  const version = standing && !standing.deleted ? standing.version : 0;
  if (expect?.version !== undefined && expect.version !== version) throw new ConflictError(index, 'version');
}

function namedIn(change: PutChange): number[] {
  const inText = change.body.flatMap((part) => (typeof part === 'object' && part.slot === 'result' ? [part.change] : []));
  const inIndex = change.index.flatMap((entry) => changeIn(entry) ?? []);
  return [...inText, ...inIndex];
}

function referent(address: string): { readonly type: string; readonly id: string } {
  const [type = '', id = ''] = address.split('/');
  return { type, id };
}

function refuse(change: number, code: ConflictCode): never {
  throw new ConflictError(change, code);
}

function outcomeOf({ type, id, version, stamp }: ResourceDocument, outcome: ChangeResult['outcome']): ChangeResult {
  return { type, id, version, lastUpdated: instantOf(stamp), outcome };
}
