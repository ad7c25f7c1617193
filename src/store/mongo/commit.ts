import { composeBody, following, notFollowed } from '../body.js';
import { CommitState, deletionOf, outcomeOf, refuse, requireVersion } from '../commit-state.js';
import type { Address } from '../commit-state.js';
import { changeIn, knownEntry } from '../known-entry.js';
import { instantOf } from '../stamp.js';
import type { Change, ChangeResult, Condition, DeleteChange, MatchChange, PutChange } from '../store.js';
import type { Clock } from './clock.js';
import { addressOf } from './documents.js';
import type { ResourceDocument } from './documents.js';
import type { Draft } from './draft.js';
import { findableBy, sameFindable } from './elements.js';

/** MongoDB's word for no limit. */
const ALL = 0;
const NO_TEXT = new Uint8Array(0);

/** One commit: the changes in order, each seeing those before it. */
export class Commit {
  readonly #draft: Draft;
  readonly #clock: Clock;
  readonly #changes: readonly Change[];
  readonly #state: CommitState;

  constructor(draft: Draft, clock: Clock, changes: readonly Change[]) {
    this.#draft = draft;
    this.#clock = clock;
    this.#changes = changes;
    this.#state = new CommitState(changes);
  }

  /**
   * Leaves what is to be written in the draft.
   * @throws {ConflictError}
   */
  async run(): Promise<ChangeResult[]> {
    if (this.#changes.length > 1) await this.#draft.foresee(addressesOf(this.#changes));
    for (const [index, change] of this.#changes.entries()) this.#state.results.push(await this.#apply(change, index));
    return this.#state.results;
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
    const change = following(planned, this.#state.results);
    if (!change) return notFollowed(planned);
    const match = change.condition && (await this.#decide(change.condition, index));
    const id = this.#state.idOfPut(change, match, index);
    if (match && change.condition?.whenOne === 'keep') return outcomeOf(match, 'matched');
    const current = match ?? (await this.#draft.find(change.type, id));
    this.#state.requirePut(change, match, current, index);
    this.#state.touch(change, id, index);
    return this.#write(change, id, current, index);
  }

  async #write(change: PutChange, id: string, was: ResourceDocument | undefined, index: number): Promise<ChangeResult> {
    const { type, method } = change;
    const referentOf = await this.#referentsOf(change, id, index);
    const textAt = (version: number, stamp: number): Uint8Array =>
      Buffer.from(composeBody(change.body, { id, version, lastUpdated: instantOf(stamp), result: (other) => addressOf(referentOf(other).type, referentOf(other).id) }), 'utf8');
    if (was && !was.deleted && Buffer.compare(textAt(was.version, was.stamp), was.body) === 0) return outcomeOf(was, 'unchanged');
    const version = (was?.version ?? 0) + 1;
    const stamp = this.#stampAfter(was);
    const found = findableBy(type, id, change.index.map((entry) => knownEntry(entry, referentOf)));
    const indexed = was && !was.deleted && sameFindable(was, found) ? was.indexed : stamp;
    const now: ResourceDocument = { _id: addressOf(type, id), type, id, version, stamp, deleted: false, method, body: textAt(version, stamp), created: was?.created ?? stamp, indexed, ...found };
    this.#draft.put({ was, now });
    return outcomeOf(now, was && !was.deleted ? 'updated' : 'created');
  }

  async #delete(change: DeleteChange, index: number): Promise<ChangeResult> {
    const found = change.condition ? await this.#deletable(change.condition, index) : [await this.#draft.find(change.type, change.id ?? '')].filter((standing) => standing !== undefined);
    for (const standing of found.length === 0 ? [undefined] : found) requireVersion(change.expect, standing, index);
    const current = found.filter(({ deleted }) => !deleted);
    for (const { id } of current) this.#state.touch(change, id, index);
    return deletionOf(change, found[0], current.map((standing) => this.#deleteOne(standing)));
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
    return outcomeOf((await this.#decide(condition, index)) ?? refuse(index, 'none'), 'matched');
  }

  /** The one match, or none. */
  async #decide(condition: Condition, index: number): Promise<ResourceDocument | undefined> {
    return this.#state.onlyMatch(condition, await this.#draft.matches(condition.type, condition.where, 2), index);
  }

  #stampAfter(was: ResourceDocument | undefined): number {
    if (was) this.#clock.see(was.stamp);
    return this.#clock.stamp();
  }

  /** What the changes come to that the text or the index entries name. */
  async #referentsOf(change: PutChange, id: string, index: number): Promise<(named: number) => Address> {
    const referents = new Map<number, Address>([[index, { type: change.type, id }]]);
    for (const named of namedIn(change)) {
      if (!referents.has(named)) referents.set(named, await this.#referent(named, index));
    }
    return (named) => referents.get(named) ?? refuse(named, 'none');
  }

  /** What a change results in, promised if its turn has not come. */
  async #referent(index: number, asker: number): Promise<Address> {
    const referent = this.#state.referent(index, asker);
    return 'id' in referent ? referent : this.#state.promise(referent, await this.#decide(referent.condition, index), index);
  }
}

/** `Type/id` of what the changes name outright. */
export const addressesOf = (changes: readonly Change[]): string[] =>
  [...new Set(changes.flatMap((change) => (change.op === 'match' || change.id === undefined || (change.op === 'put' && change.follows !== undefined) ? [] : [addressOf(change.type, change.id)])))];

function namedIn(change: PutChange): number[] {
  const inText = change.body.flatMap((part) => (typeof part === 'object' && part.slot === 'result' ? [part.change] : []));
  const inIndex = change.index.flatMap((entry) => changeIn(entry) ?? []);
  return [...inText, ...inIndex];
}
