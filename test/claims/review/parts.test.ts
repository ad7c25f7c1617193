import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { addDays, daysBetween } from '../../../src/claims/calendar.js';
import { Distribution } from '../../../src/claims/review/distribution.js';
import { before, isoWeek, lastWeek } from '../../../src/claims/review/question.js';
import { Sample } from '../../../src/claims/review/sample.js';

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
const drawn = (names: readonly string[], size: number, seed = 's'): string[] => {
  const sample = new Sample(size, seed, digest);
  for (const name of names) sample.offer(name);
  return sample.names;
};
const names = fc.uniqueArray(fc.nat(100_000).map((id) => `Claim/${id}`), { maxLength: 60 });

describe('a distribution', () => {
  test('has the quantiles of the sorted values', () => fc.assert(fc.property(fc.array(fc.integer({ min: -5, max: 400 }), { minLength: 1 }), fc.constantFrom(0.5, 0.9, 1, 0.01), (values, share) => {
    const distribution = new Distribution();
    for (const value of values) distribution.add(value);
    const sorted = [...values].sort((a, b) => a - b);
    expect(distribution.quantile(share)).toBe(sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1]);
    expect(distribution.count).toBe(values.length);
  })));

  it('of nothing has none', () => expect(new Distribution().quantile(0.5)).toBeUndefined());
});

describe('a sample', () => {
  test('is the same in whatever order, and however often, the claims are offered', () => fc.assert(fc.property(names, fc.nat(20), (all, size) => {
    const expected = drawn(all, size);
    expect(drawn([...all].reverse(), size)).toEqual(expected);
    expect(drawn([...all, ...all], size)).toEqual(expected);
    expect(expected).toHaveLength(Math.min(size, all.length));
    expect(expected.every((name) => all.includes(name)) && new Set(expected).size === expected.length).toBe(true);
  })));

  test('grows by what comes after, and one claim more changes at most one', () => fc.assert(fc.property(names, fc.integer({ min: 1, max: 20 }), (all, size) => {
    expect(drawn(all, size + 1).slice(0, size)).toEqual(drawn(all, size));
    const others = drawn([...all, 'Claim/more'], size);
    expect(drawn(all, size).filter((name) => !others.includes(name)).length).toBeLessThanOrEqual(1);
  })));

  it('of another seed is another, and over many seeds each claim comes as often as any other', () => {
    const all = Array.from({ length: 20 }, (_, id) => `Claim/${id}`);
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 4_000; seed++) for (const name of drawn(all, 5, String(seed))) counts.set(name, (counts.get(name) ?? 0) + 1);
    // 1,000 each, with a standard deviation of 27: five of these.
    for (const name of all) expect(Math.abs((counts.get(name) ?? 0) - 1_000)).toBeLessThan(137);
  });
});

describe('weeks', () => {
  // ISO 8601; the last two are those of the standard's own tables of years with 53 weeks.
  it.each([['2026-11-22', '2026-W47'], ['2026-11-23', '2026-W48'], ['2024-12-30', '2025-W01'], ['2023-01-01', '2022-W52'], ['2021-01-03', '2020-W53'], ['2026-12-31', '2026-W53']])('%s lies in %s', (day, week) => expect(isoWeek(day)).toBe(week));
  it.each([['2026-11-22', '2026-11-09', '2026-11-15'], ['2026-11-23', '2026-11-16', '2026-11-22'], ['2026-11-29', '2026-11-16', '2026-11-22']])('on %s the last is %s to %s', (today, start, end) => expect(lastWeek(today)).toEqual({ start, end }));

  test('the period before ends the day before, and is as long', () => fc.assert(fc.property(fc.nat(1_000), fc.nat(400), (from, days) => {
    const start = addDays('2024-01-01', from);
    const period = { start, end: addDays(start, days) };
    const earlier = before(period);
    expect([daysBetween(earlier.start, earlier.end), addDays(earlier.end, 1)]).toEqual([days, start]);
  })));
});
