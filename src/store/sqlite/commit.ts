import { addressOf, composeBody, following, notFollowed } from '../body.js';
import { CommitState, deletionOf, outcomeOf, refuse, requireVersion } from '../commit-state.js';
import type { Address } from '../commit-state.js';
import { knownEntry } from '../known-entry.js';
import { instantOf } from '../stamp.js';
import type { Change, ChangeResult, Condition, DeleteChange, MatchChange, PutChange } from '../store.js';
import type { Searcher } from './search.js';
import type { Standing, Versions } from './versions.js';

/** All that a commit may be asked to delete by one condition. */
const ALL = Number.MAX_SAFE_INTEGER;

/** One commit inside the transaction that the writer holds: the changes in order, each seeing those before it. */
export class Commit {
  readonly #versions: Versions;
  readonly #searcher: Searcher;
  readonly #changes: readonly Change[];
  readonly #now: number;
  readonly #state: CommitState;

  constructor(versions: Versions, searcher: Searcher, changes: readonly Change[], now: number) {
    this.#versions = versions;
    this.#searcher = searcher;
    this.#changes = changes;
    this.#now = now;
    this.#state = new CommitState(changes);
  }

  /** @throws {ConflictError} */
  run(): ChangeResult[] {
    this.#changes.forEach((change, index) => this.#state.results.push(this.#apply(change, index)));
    return this.#state.results;
  }

  #apply(change: Change, index: number): ChangeResult {
    switch (change.op) {
      case 'put':
        return this.#put(change, index);
      case 'delete':
        return this.#delete(change, index);
      case 'match':
        return this.#match(change, index);
    }
  }

  #put(planned: PutChange, index: number): ChangeResult {
    const change = following(planned, this.#state.results);
    if (!change) return notFollowed(planned);
    const match = change.condition && this.#decide(change.condition, index);
    const id = this.#state.idOfPut(change, match, index);
    if (match && change.condition?.whenOne === 'keep') return outcomeOf(match, 'matched');
    const standing = match ?? this.#versions.find(change.type, id);
    this.#state.requirePut(change, match, standing, index);
    this.#state.touch(change, id, index);
    return this.#write(change, id, standing, index);
  }

  #write(change: PutChange, id: string, standing: Standing | undefined, index: number): ChangeResult {
    const { type, method } = change;
    const referentOf = (other: number): Address => (other === index ? { type, id } : this.#referent(other, index));
    const textAt = (version: number, stamp: number): Uint8Array =>
      Buffer.from(composeBody(change.body, { id, version, lastUpdated: instantOf(stamp), result: (other) => addressOf(referentOf(other)) }), 'utf8');
    if (standing && !standing.deleted && Buffer.compare(textAt(standing.version, standing.stamp), this.#versions.bodyOf(standing)) === 0) return outcomeOf(standing, 'unchanged');
    const version = (standing?.version ?? 0) + 1;
    const stamp = this.#versions.stamp(this.#now);
    const body = textAt(version, stamp);
    const entries = change.index.map((entry) => knownEntry(entry, referentOf));
    if (standing) this.#versions.update(standing, stamp, method, body, entries);
    else this.#versions.create(type, id, stamp, method, body, entries);
    return outcomeOf({ type, id, version, stamp }, standing && !standing.deleted ? 'updated' : 'created');
  }

  #delete(change: DeleteChange, index: number): ChangeResult {
    const found = change.condition ? this.#deletable(change.condition, index) : [this.#versions.find(change.type, change.id ?? '')].filter((standing) => standing !== undefined);
    for (const standing of found.length === 0 ? [undefined] : found) requireVersion(change.expect, standing, index);
    const current = found.filter(({ deleted }) => !deleted);
    for (const { id } of current) this.#state.touch(change, id, index);
    return deletionOf(change, found[0], current.map((standing) => this.#deleteOne(standing)));
  }

  #deletable(condition: NonNullable<DeleteChange['condition']>, index: number): Standing[] {
    if (condition.whenMany === 'delete') return this.#matches(condition, ALL);
    const match = this.#decide(condition, index);
    return match ? [match] : [];
  }

  #deleteOne(standing: Standing): ChangeResult {
    const stamp = this.#versions.stamp(this.#now);
    this.#versions.delete(standing, stamp);
    return outcomeOf({ ...standing, version: standing.version + 1, stamp }, 'deleted');
  }

  #match({ condition }: MatchChange, index: number): ChangeResult {
    return outcomeOf(this.#decide(condition, index) ?? refuse(index, 'none'), 'matched');
  }

  /** The one match, or none. */
  #decide(condition: Condition, index: number): Standing | undefined {
    return this.#state.onlyMatch(condition, this.#matches(condition, 2), index);
  }

  #matches({ type, where }: Condition, limit: number): Standing[] {
    return this.#searcher.matches(type, where, limit).map((row) => this.#versions.byRow(row)).filter((standing) => standing !== undefined);
  }

  /** What a change results in, promised if its turn has not come. */
  #referent(index: number, asker: number): Address {
    const referent = this.#state.referent(index, asker);
    return 'id' in referent ? referent : this.#state.promise(referent, this.#decide(referent.condition, index), index);
  }
}
