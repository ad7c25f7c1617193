import type { Store } from '../store/store.js';

/** The store with another way to commit. */
export const committing = (store: Store, commit: Store['commit']): Store => ({
  commit,
  read: (type, id) => store.read(type, id),
  readVersion: (type, id, version) => store.readVersion(type, id, version),
  history: (query) => store.history(query),
  search: (plan) => store.search(plan),
  probe: () => store.probe(),
  isEmpty: () => store.isEmpty(),
  getFact: (name) => store.getFact(name),
  initFact: (name, value) => store.initFact(name, value),
  close: () => store.close(),
});
