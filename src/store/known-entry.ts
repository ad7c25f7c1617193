import type { IndexEntry } from './store.js';

type Known<Entry> = Entry extends { kind: 'reference' } ? Omit<Entry, 'id'> & { readonly id?: string } : Entry extends { kind: 'uri' } ? Omit<Entry, 'value'> & { readonly value: string } : Entry;

/** An index entry that is known: none that stands for the result of a change. */
export type KnownEntry = IndexEntry extends infer Entry ? Known<Entry> : never;

/** `resultOf`: what a change of the same commit results in. */
export function knownEntry(entry: IndexEntry, resultOf: (change: number) => { readonly type: string; readonly id: string }): KnownEntry {
  if (entry.kind === 'uri') {
    const { value, ...rest } = entry;
    if (typeof value === 'string') return { ...rest, value };
    const { type, id } = resultOf(value.change);
    return { ...rest, value: `${type}/${id}` };
  }
  if (entry.kind !== 'reference') return entry;
  const { id, ...rest } = entry;
  if (typeof id === 'object') return { ...rest, ...resultOf(id.change) };
  return id === undefined ? rest : { ...rest, id };
}

/** The change whose result an entry stands for. */
export function changeIn(entry: IndexEntry): number | undefined {
  const slot = entry.kind === 'uri' ? entry.value : entry.kind === 'reference' ? entry.id : undefined;
  return typeof slot === 'object' ? slot.change : undefined;
}
