import type { SortKey } from '../store.js';

/** `_lastUpdated` tells all resources apart: what is sorted by after it does not matter. */
export function effectiveSort(sort: readonly SortKey[]): readonly SortKey[] {
  const end = sort.findIndex(({ param }) => param === '_lastUpdated');
  return end < 0 ? sort : sort.slice(0, end + 1);
}

/** Sorted by values that an update can change (the store keeps only the present ones). */
export const isMutable = (sort: readonly SortKey[]): boolean => sort.some(({ param }) => param !== '_lastUpdated' && param !== '_id');
