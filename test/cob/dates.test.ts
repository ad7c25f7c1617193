import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { coverageActiveOn } from '../../src/cob/index.js';
import { birthdayRange, dayRange, dayText, isAged, representatives } from '../../src/cob/dates.js';
import { inputOf, type PlanFacts } from './builder.js';

const textOf = (text: string): string => {
  const range = dayRange(text);
  return range ? `${dayText(range.first)} ${dayText(range.last)}` : 'none';
};

describe('dates', () => {
  test.each([
    ['2024-02-29', '2024-02-29 2024-02-29'],
    ['2024-02', '2024-02-01 2024-02-29'],
    ['2023-02', '2023-02-01 2023-02-28'],
    ['2024', '2024-01-01 2024-12-31'],
    ['2024-06-30T23:59:59+14:00', '2024-06-30 2024-06-30'],
    ['2024-13', 'none'],
    ['soon', 'none'],
  ])('%s is %s', (text, expected) => expect(textOf(text)).toBe(expected));

  test('29 February lies between 28 February and 1 March, whatever the year', () => {
    const [feb28, feb29, mar1] = ['1985-02-28', '1988-02-29', '1985-03-01'].map((text) => birthdayRange(text).first);
    expect([feb29! - feb28!, mar1! - feb29!]).toEqual([1, 1]);
  });

  test.each([
    ['1959-06-30', '2024-06-01', true], ['1959-06-30', '2024-05-31', false],
    ['1959-07-01', '2024-06-01', true], ['1959-07-02', '2024-06-30', false],
    ['1959', '2024-06-15', undefined], ['1958', '2024-06-15', true], ['1960', '2024-06-15', false],
  ])('born %s, 65 for Medicare on %s: %s', (birth, day, expected) => expect(isAged(dayRange(birth), dayRange(day)!.first)).toBe(expected));

  const active = (facts: PlanFacts, date: string) => coverageActiveOn(inputOf({ plans: { a: facts } }).coverages[0]!, date);
  test.each<[PlanFacts, string, boolean | undefined]>([
    [{ from: '2024-01-01', to: '2024-06-30' }, '2024-06-30', true],
    [{ from: '2024-01-01', to: '2024-06-30' }, '2024-07-01', false],
    [{ from: '2024-01-01' }, '2099-01-01', true],
    [{ from: '2024-01-01' }, '2023-12-31', false],
    [{ from: null }, '2024-06-30', undefined],
    [{ from: null, to: '2024-06-29' }, '2024-06-30', false],
    [{ status: 'cancelled' }, '2024-06-30', false],
  ])('%o on %s: %s', (facts, date, expected) => expect(active(facts, date)).toBe(expected));
});

describe('representatives', () => {
  const range = fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 6 })).map(([first, length]) => ({ first, last: first + length }));

  test('show every way in which days of some ranges can be ordered', () => {
    fc.assert(fc.property(fc.array(range, { minLength: 1, maxLength: 3 }), (ranges) => {
      const pattern = (days: readonly number[]): string => days.flatMap((a) => days.map((b) => Math.sign(a - b))).join();
      const combinations = (choices: readonly (readonly number[])[]): number[][] => choices.reduce<number[][]>((all, days) => all.flatMap((rest) => days.map((day) => [...rest, day])), [[]]);
      const every = ranges.map(({ first, last }) => Array.from({ length: last - first + 1 }, (_, index) => first + index));
      const shown = ranges.map((one) => representatives(one, ranges));
      expect(new Set(combinations(shown).map(pattern))).toEqual(new Set(combinations(every).map(pattern)));
    }));
  });
});
