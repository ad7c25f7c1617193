import { describe, expect, test } from 'vitest';
import { type Ask, decisiveFacts, explore, factsAsked, results } from '../../src/cob/worlds.js';

const fact = (ask: Ask, id: string): boolean => ask({ id, possible: [true, false], coverage: 'Coverage/x', expression: id, question: id, rule: 'N1' });
const ids = (facts: readonly { readonly id: string }[]): string[] => facts.map(({ id }) => id);
const decisive = (decide: (ask: Ask) => string, limit = 100): string[] => ids(decisiveFacts(explore(decide, limit), String));

describe('worlds', () => {
  test('nothing unknown: one world', () => expect(results(explore(() => 'a', 100))).toEqual(['a']));

  test('every combination of what is asked, first values first', () => {
    expect(results(explore((ask) => `${fact(ask, 'p')} ${fact(ask, 'q')}`, 100))).toEqual(['true true', 'true false', 'false true', 'false false']);
  });

  test('a fact has one value in one world', () => expect(results(explore((ask) => String(fact(ask, 'p') === fact(ask, 'p')), 100))).toEqual(['true', 'true']));

  test.each<[string, (ask: Ask) => string, string[]]>([
    ['no difference', (ask) => (fact(ask, 'p') ? 'a' : 'a'), []],
    ['a difference', (ask) => (fact(ask, 'p') ? 'a' : 'b'), ['p']],
    ['only the second makes one', (ask) => { fact(ask, 'p'); return fact(ask, 'q') ? 'a' : 'b'; }, ['q']],
    ['the second only under one value of the first', (ask) => (fact(ask, 'p') && fact(ask, 'q') ? 'a' : 'b'), ['p', 'q']],
    ['either value of the first leads to the same pair of outcomes, exchanged', (ask) => (fact(ask, 'p') === fact(ask, 'q') ? 'a' : 'b'), ['p', 'q']],
    ['asked under one value only, without effect', (ask) => { if (fact(ask, 'p')) fact(ask, 'q'); return 'a'; }, []],
  ])('%s', (_name, decide, expected) => expect(decisive(decide)).toEqual(expected));

  test('facts that make no difference are still known to have been asked for', () => {
    expect(ids(factsAsked(explore((ask) => `${fact(ask, 'p') || fact(ask, 'q') ? 'a' : 'a'}`, 100)))).toEqual(['p', 'q']);
  });

  test('beyond the limit nothing is taken to be the same', () => {
    const many = (ask: Ask): string => Array.from({ length: 10 }, (_, index) => fact(ask, `f${index}`)).every((value) => value || !value) ? 'a' : 'b';
    expect(decisive(many, 5_000)).toEqual([]);
    expect(decisive(many, 100).length).toBeGreaterThan(0);
  });

  test('a defect in a rule is not taken for a question', () => {
    expect(() => explore(() => { throw new TypeError('defect'); }, 100)).toThrow('defect');
  });
});
