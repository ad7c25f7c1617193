import { ConflictError, type Change, type ChangeResult, type CommitOptions, type Store } from '../store/store.js';

/** The store with another way to commit. */
export const committing = (store: Store, commit: Store['commit']): Store => ({
  commit,
  read: (type, id) => store.read(type, id),
  readVersion: (type, id, version) => store.readVersion(type, id, version),
  history: (query) => store.history(query),
  search: (plan) => store.search(plan),
  knownOnce: (key) => store.knownOnce(key),
  keepAnswer: (once, answer) => store.keepAnswer(once, answer),
  probe: () => store.probe(),
  isEmpty: () => store.isEmpty(),
  getFact: (name) => store.getFact(name),
  initFact: (name, value) => store.initFact(name, value),
  swapFact: (name, before, after) => store.swapFact(name, before, after),
  facts: (prefix) => store.facts(prefix),
  log: (query) => store.log(query),
  logEnd: () => store.logEnd(),
  settlingMs: store.settlingMs,
  close: () => store.close(),
});

/** Each time, one of those that compete goes through. */
const MOST_LOOKS = 100;

/**
 * Commits what `look` makes of the changes, each of which it may pin to the version that it saw (`expect`). When only such a
 * version has changed meanwhile, it looks again; one that the change itself names is the client's to see to.
 */
export async function commitAsSeen(store: Store, changes: readonly Change[], options: CommitOptions | undefined, look: () => Promise<Change[]>): Promise<ChangeResult[]> {
  for (let looks = 1; ; looks++) {
    const looked = await look();
    try {
      return await store.commit(looked, options);
    } catch (error) {
      if (!isOutdated(error, changes, looked) || looks === MOST_LOOKS) throw error;
    }
  }
}

/** Whether the commit met a change of something that was looked at, which nobody else had said should stand. */
const isOutdated = (error: unknown, asked: readonly Change[], looked: readonly Change[]): boolean =>
  error instanceof ConflictError && error.code === 'version' && versionOf(asked[error.change]) === undefined && versionOf(looked[error.change]) !== undefined;

const versionOf = (change: Change | undefined): number | undefined => (change === undefined || change.op === 'match' ? undefined : change.expect?.version);

/**
 * Commits what was asked, and what goes with it after that: the results are those of what was asked, of a commit that was
 * made before (`once`) as they were then.
 */
export async function commitWith(store: Store, asked: readonly Change[], beside: readonly Change[], options: CommitOptions = {}): Promise<{ readonly results: ChangeResult[]; readonly beside: readonly ChangeResult[] }> {
  const once = options.once && { ...options.once, told: options.once.told ?? asked.length };
  const results = await store.commit([...asked, ...beside], { ...options, once });
  return results[0]?.repeated ? { results, beside: [] } : { results: results.slice(0, asked.length), beside: results.slice(asked.length) };
}
