import type { ChangeResult, Store } from '../store/store.js';
import { committing } from './committing.js';

/** Told of each commit, once it is durable; what it answers is waited for before the commit is answered. It must not fail. */
export type Committed = (results: readonly ChangeResult[]) => Promise<void> | void;

/** A store that tells of its commits. */
export const observed = (store: Store, committed: Committed): Store =>
  committing(store, async (changes, options) => {
    const results = await store.commit(changes, options);
    await committed(results);
    return results;
  });
