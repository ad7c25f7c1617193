import type { FhirError } from '../outcome.js';
import { refusal, shown } from './refusal.js';
import type { Registry } from './registry.js';

/** At most so many changed letters make a name a likely slip of another. */
const NEAR = 3;

/** A 400 that says which parameters there are, and the likeliest one first. */
export function unknownParameter(registry: Registry, types: readonly string[], name: string): FhirError {
  const [type] = types;
  const known = type === undefined ? [] : [...registry.definitionsOf(type).keys()].filter((code) => registry.find(types, code)).sort();
  const code = shown(name).split(/[:.]/, 1)[0] ?? '';
  const [nearest] = known
    .map((each) => ({ each, distance: distance(code, each) }))
    .filter(({ distance: letters }) => letters <= NEAR)
    .sort((a, b) => a.distance - b.distance);
  const of = types.length === 1 ? String(type) : 'A search of several types';
  const guess = nearest ? ` Did you mean ${nearest.each}?` : '';
  return refusal.unknown(`${of} has no search parameter ${shown(name)}.${guess} It has ${known.join(', ')}`);
}

/** Letters to add, drop or change (Levenshtein) on the way from `a` to `b`. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
