import { instantOf } from './stamp.js';
import { ConflictError } from './store.js';
import type { Change, ChangeResult, Condition, ConflictCode, DeleteChange, Expectation, PutChange } from './store.js';

/** As much of a version as the rules of a commit look at. */
export interface Known {
  readonly type: string;
  readonly id: string;
  readonly version: number;
  /** Its place in the order of versions (`stamp.ts`). */
  readonly stamp: number;
  readonly deleted: boolean;
}

export interface Address {
  readonly type: string;
  readonly id: string;
}

/** A result that depends on a condition which has not been decided; `own`: the id that the change has if nothing matches. */
export interface Undecided {
  readonly condition: Condition;
  readonly own: string | undefined;
}

/**
 * What a commit has come to so far, and the rules that need no look at the store. A text that names a later change has
 * that one's condition decided at once, which is promised here; should it be decided otherwise when its turn comes, the
 * commit is refused.
 */
export class CommitState {
  readonly results: ChangeResult[] = [];
  readonly #changes: readonly Change[];
  /** Ids that were promised before their turn, by type and key of the condition: those who ask the same get the same. */
  readonly #promised = new Map<string, string>();
  /** `Type/id` of what the changes so far were of. */
  readonly #touched = new Set<string>();

  constructor(changes: readonly Change[]) {
    this.#changes = changes;
  }

  /** The one match of a condition among what was found, or none. */
  onlyMatch<Found extends Known>(condition: Condition, [match, second]: readonly Found[], index: number): Found | undefined {
    const promised = this.#promised.get(keyOf(condition));
    if (second !== undefined || (match && promised !== undefined && promised !== match.id)) return refuse(index, 'multiple');
    return match;
  }

  /** The id that a put goes to, given what its condition matched. */
  idOfPut({ id, bodyId, condition }: PutChange, match: Known | undefined, index: number): string {
    if (match && bodyId !== undefined && bodyId !== match.id) return refuse(index, 'id-mismatch');
    return match?.id ?? (condition && this.#promised.get(keyOf(condition))) ?? id;
  }

  /** Whether a put may go over what stands under its id; `match`: that was found by its condition. */
  requirePut(change: PutChange, match: Known | undefined, standing: Known | undefined, index: number): void {
    if (!match && change.condition?.whenOne === 'update' && change.bodyId !== undefined && standing && !standing.deleted) refuse(index, 'id-taken');
    requireVersion(change.expect, standing, index);
  }

  /** That a resource is changed, now. */
  touch({ type, expect }: PutChange | DeleteChange, id: string, index: number): void {
    const address = `${type}/${id}`;
    if (expect?.untouched && this.#touched.has(address)) refuse(index, 'overlap');
    this.#touched.add(address);
  }

  /** What a change results in; `asker`: who names it. */
  referent(index: number, asker: number): Address | Undecided {
    const done = this.results[index];
    if (done) return { type: done.type, id: done.id ?? refuse(index, 'none') };
    const change = this.#changes[index];
    if (!change) throw new RangeError(`change ${asker} names change ${index}, which is not in the commit`);
    const { type, id: own } = change.op === 'match' ? { type: change.condition.type, id: undefined } : change;
    if (!change.condition) return { type, id: own ?? refuse(index, 'none') };
    const promised = this.#promised.get(keyOf(change.condition));
    return promised === undefined ? { condition: change.condition, own } : { type, id: promised };
  }

  /** Promises what an undecided change results in. */
  promise({ condition, own }: Undecided, match: Known | undefined, index: number): Address {
    const id = match?.id ?? own ?? refuse(index, 'none');
    this.#promised.set(keyOf(condition), id);
    return { type: condition.type, id };
  }
}

const keyOf = ({ type, key }: Condition): string => `${type} ${key}`;

/** The keys of all conditions, in one order for all who ask. */
export const conditionKeys = (changes: readonly Change[]): string[] => [...new Set(changes.flatMap(({ condition }) => (condition ? [keyOf(condition)] : [])))].sort();

export function requireVersion(expect: Expectation | undefined, standing: Known | undefined, index: number): void {
  const version = standing && !standing.deleted ? standing.version : 0;
  if (expect?.version !== undefined && expect.version !== version) refuse(index, 'version');
}

export function refuse(change: number, code: ConflictCode): never {
  throw new ConflictError(change, code);
}

export function outcomeOf({ type, id, version, stamp }: Omit<Known, 'deleted'>, outcome: ChangeResult['outcome']): ChangeResult {
  return { type, id, version, lastUpdated: instantOf(stamp), outcome };
}

/** What a deletion comes to: of nothing, one or, where it may be several, the last of them. */
export function deletionOf(change: DeleteChange, found: Known | undefined, results: readonly ChangeResult[]): ChangeResult {
  const absent = found ? outcomeOf(found, 'absent') : { type: change.type, id: change.id, version: 0, lastUpdated: '', outcome: 'absent' as const };
  return { ...(results.at(-1) ?? absent), ...(change.condition?.whenMany === 'delete' ? { count: results.length } : {}) };
}
