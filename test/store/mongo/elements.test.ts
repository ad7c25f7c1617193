import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareValues, findableBy, sameFindable } from '../../../src/store/mongo/elements.js';
import type { KnownEntry } from '../../../src/store/known-entry.js';

const named = (value: string): KnownEntry => ({ kind: 'string', param: 'name', value, exact: value });
const valued = (value: number): KnownEntry => ({ kind: 'number', param: 'rank', value, low: value, high: value });
const sortOf = (...entries: KnownEntry[]): { up: string | number; down: string | number } | undefined => Object.values(findableBy('Basic', 'a', entries).sort)[0];

describe('what MongoDB sorts by', () => {
  it.each([
    ['texts', fc.string({ unit: 'binary', maxLength: 5 }).map(named)],
    ['texts that begin alike', fc.stringMatching(/^[ab]{0,4}$/).map(named)],
    ['numbers', fc.double({ noNaN: true }).map(valued)],
  ])('is in order: %s', (_, entry) => {
    fc.assert(
      fc.property(entry, entry, (a, b) => {
        const [first, second] = [sortOf(a)!, sortOf(b)!];
        const order = Math.sign(compareValues(first.down, second.down));
        expect(Math.sign(compareValues(second.up, first.up)) + 0).toBe(order + 0);
      }),
    );
  });

  it('is the least value ascending and the greatest descending, of each parameter', () => {
    expect(sortOf(valued(5), valued(-1), valued(9))).toEqual({ up: 1, down: 9 });
    expect(sortOf(named('b'), named('a'), named('c'))).toEqual({ up: sortOf(named('a'))!.up, down: 'c' });
    expect(sortOf({ kind: 'date', param: 'date', low: 1, high: 3 }, { kind: 'date', param: 'date', low: 2, high: 7 })).toEqual({ up: -1, down: 7 });
  });

  it('leaves out what has no value, and has a name without dots', () => {
    const { sort } = findableBy('Basic', 'a', [{ kind: 'token', param: 'code', system: 's' }, { kind: 'reference', param: 'x', url: 'http://else' }, { kind: 'token', param: 'a.b', code: 'c' }]);
    expect(sort).toEqual({ 'token:a_b': { up: expect.any(String), down: 'c' } });
  });
});

describe('what a resource is found by', () => {
  const patient: KnownEntry = { kind: 'reference', param: 'patient', type: 'Patient', id: 'p' };

  it.each<[what: string, type: string, entries: KnownEntry[], home: string]>([
    ['a claim with its patient', 'Claim', [{ kind: 'reference', param: 'insurer', type: 'Organization', id: 'o' }, patient], 'Patient/p'],
    ['a patient with itself', 'Patient', [], 'Patient/a'],
    ['what is about no patient with itself', 'Organization', [{ kind: 'reference', param: 'partof', type: 'Organization', id: 'o' }], 'Organization/a'],
  ])('is kept together: %s', (_, type, entries, home) => {
    expect(findableBy(type, 'a', entries).home).toBe(home);
  });

  it('is the same in another order, and not with another value or group', () => {
    const some = [named('x'), { ...valued(1), group: 1 }, patient];
    const basis = findableBy('Basic', 'a', some);
    expect(sameFindable(basis, findableBy('Basic', 'a', [...some].reverse()))).toBe(true);
    for (const others of [[named('y'), some[1]!, patient], [some[0]!, valued(1), patient], some.slice(1)]) expect(sameFindable(basis, findableBy('Basic', 'a', others))).toBe(false);
  });
});
