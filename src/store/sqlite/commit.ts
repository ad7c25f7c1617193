import { composeBody, following, notFollowed } from '../body.js';
import { knownEntry } from '../known-entry.js';
import { ConflictError } from '../store.js';
import type { Change, ChangeResult, Condition, ConflictCode, DeleteChange, Expectation, MatchChange, PutChange } from '../store.js';
import type { Searcher } from './search.js';
import { instantOf } from './stamp.js';
import type { Standing, Versions } from './versions.js';

/** All that a commit may be asked to delete by one condition. */
const ALL = Number.MAX_SAFE_INTEGER;

/**
 * One commit inside the transaction that the writer holds: the changes in order, each seeing those before it. A text that
 * names a later change has that one's condition decided at once; should it be decided otherwise when its turn comes, the
 * commit is refused.
 */
export class Commit {
  readonly #versions: Versions;
  readonly #searcher: Searcher;
  readonly #changes: readonly Change[];
  readonly #now: number;
  readonly #results: ChangeResult[] = [];
  /** Ids that were promised before their turn, by type and key of the condition: those who ask the same get the same. */
  readonly #promised = new Map<string, string>();
  /** `Type/id` of what the changes so far were of. */
  readonly #touched = new Set<string>();

  constructor(versions: Versions, searcher: Searcher, changes: readonly Change[], now: number) {
    this.#versions = versions;
    this.#searcher = searcher;
    this.#changes = changes;
    this.#now = now;
  }

  /** @throws {ConflictError} */
  run(): ChangeResult[] {
    this.#changes.forEach((change, index) => this.#results.push(this.#apply(change, index)));
    return this.#results;
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
    const change = following(planned, this.#results);
    if (!change) return notFollowed(planned);
    const { condition } = change;
    const match = condition && this.#decide(condition, index);
    if (match && change.bodyId !== undefined && change.bodyId !== match.id) throw new ConflictError(index, 'id-mismatch');
    if (match && condition?.whenOne === 'keep') return outcomeOf(match, 'matched');
    const id = match?.id ?? (condition && this.#promised.get(promiseOf(condition))) ?? change.id;
    const standing = match ?? this.#versions.find(change.type, id);
    if (!match && condition?.whenOne === 'update' && change.bodyId !== undefined && standing && !standing.deleted) throw new ConflictError(index, 'id-taken');
    this.#require(change.expect, standing, index);
    this.#touch(change, id, index);
    return this.#write(change, id, standing, index);
  }

  #write(change: PutChange, id: string, standing: Standing | undefined, index: number): ChangeResult {
    const { type, method } = change;
    const textAt = (version: number, stamp: number): Uint8Array =>
      Buffer.from(composeBody(change.body, { id, version, lastUpdated: instantOf(stamp), result: (other) => (other === index ? `${type}/${id}` : this.#addressOf(other, index)) }), 'utf8');
    if (standing && !standing.deleted && Buffer.compare(textAt(standing.version, standing.stamp), this.#versions.bodyOf(standing)) === 0) return outcomeOf(standing, 'unchanged');
    const version = (standing?.version ?? 0) + 1;
    const stamp = this.#versions.stamp(this.#now);
    const body = textAt(version, stamp);
    const entries = change.index.map((entry) => knownEntry(entry, (other) => (other === index ? { type, id } : this.#referent(other, index))));
    if (standing) this.#versions.update(standing, stamp, method, body, entries);
    else this.#versions.create(type, id, stamp, method, body, entries);
    return outcomeOf({ type, id, version, stamp }, standing && !standing.deleted ? 'updated' : 'created');
  }

  #delete(change: DeleteChange, index: number): ChangeResult {
    const found = change.condition ? this.#deletable(change.condition, index) : [this.#versions.find(change.type, change.id ?? '')];
    const current = found.filter((standing) => standing && !standing.deleted);
    for (const standing of found.length === 0 ? [undefined] : found) this.#require(change.expect, standing, index);
    for (const standing of current) this.#touch(change, standing?.id ?? '', index);
    const results = current.map((standing) => this.#deleteOne(standing as Standing));
    const counted = change.condition?.whenMany === 'delete' ? { count: results.length } : {};
    const [standing] = found;
    const absent = standing ? outcomeOf(standing, 'absent') : { type: change.type, id: change.id, version: 0, lastUpdated: '', outcome: 'absent' as const };
    return { ...(results.at(-1) ?? absent), ...counted };
  }

  #deletable(condition: NonNullable<DeleteChange['condition']>, index: number): (Standing | undefined)[] {
    if (condition.whenMany !== 'delete') {
      const match = this.#decide(condition, index);
      return match ? [match] : [];
    }
    return this.#searcher.matches(condition.type, condition.where, ALL).map((row) => this.#versions.byRow(row));
  }

  #deleteOne(standing: Standing): ChangeResult {
    const stamp = this.#versions.stamp(this.#now);
    this.#versions.delete(standing, stamp);
    return outcomeOf({ ...standing, version: standing.version + 1, stamp }, 'deleted');
  }

  #match({ condition }: MatchChange, index: number): ChangeResult {
    const match = this.#decide(condition, index);
    if (!match) throw new ConflictError(index, 'none');
    return outcomeOf(match, 'matched');
  }

  /** The one match, or none. */
  #decide(condition: Condition, index: number): Standing | undefined {
    const [row, second] = this.#searcher.matches(condition.type, condition.where, 2);
    if (second !== undefined) throw new ConflictError(index, 'multiple');
    const match = row === undefined ? undefined : this.#versions.byRow(row);
    const promised = this.#promised.get(promiseOf(condition));
    if (match && promised !== undefined && promised !== match.id) throw new ConflictError(index, 'multiple');
    return match;
  }

  #require(expect: Expectation | undefined, standing: Standing | undefined, index: number): void {
    const version = standing && !standing.deleted ? standing.version : 0;
    if (expect?.version !== undefined && expect.version !== version) throw new ConflictError(index, 'version');
  }

  #touch({ type, expect }: PutChange | DeleteChange, id: string, index: number): void {
    const address = `${type}/${id}`;
    if (expect?.untouched && this.#touched.has(address)) throw new ConflictError(index, 'overlap');
    this.#touched.add(address);
  }

  #addressOf(change: number, asker: number): string {
    const { type, id } = this.#referent(change, asker);
    return `${type}/${id}`;
  }

  /** What a change results in, promised if its turn has not come. */
  #referent(index: number, asker: number): { readonly type: string; readonly id: string } {
    const done = this.#results[index];
    if (done) return { type: done.type, id: done.id ?? refuse(index, 'none') };
    const change = this.#changes[index];
    if (!change) throw new RangeError(`change ${asker} names change ${index}, which is not in the commit`);
    const type = change.op === 'match' ? change.condition.type : change.type;
    const own = change.op === 'match' ? undefined : change.id;
    if (!change.condition) return { type, id: own ?? refuse(index, 'none') };
    const id = this.#promised.get(promiseOf(change.condition)) ?? this.#decide(change.condition, index)?.id ?? own ?? refuse(index, 'none');
    this.#promised.set(promiseOf(change.condition), id);
    return { type, id };
  }
}

const promiseOf = ({ type, key }: Condition): string => `${type} ${key}`;

function refuse(change: number, code: ConflictCode): never {
  throw new ConflictError(change, code);
}

function outcomeOf({ type, id, version, stamp }: Pick<Standing, 'type' | 'id' | 'version' | 'stamp'>, outcome: ChangeResult['outcome']): ChangeResult {
  return { type, id, version, lastUpdated: instantOf(stamp), outcome };
}
