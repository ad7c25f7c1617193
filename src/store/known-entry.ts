import type { IndexEntry } from './store.js';

/** An index entry whose reference is known: none that stands for the result of a change. */
export type KnownEntry = IndexEntry extends infer Entry ? (Entry extends { kind: 'reference' } ? Omit<Entry, 'id'> & { readonly id?: string } : Entry) : never;

/** `addressOf`: what a change of the same commit results in. */
export function knownEntry(entry: IndexEntry, addressOf: (change: number) => { readonly type: string; readonly id: string }): KnownEntry {
  if (entry.kind !== 'reference') return entry;
  const { id, ...rest } = entry;
  if (typeof id === 'object') return { ...rest, ...addressOf(id.change) };
  return id === undefined ? rest : { ...rest, id };
}
