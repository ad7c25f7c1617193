import { describe, expect, it } from 'vitest';
import { backOff, isTransient, LONGEST_WAIT_MS, retryAfter } from '../../src/outbound/index.js';

const DATE = 'Sun, 22 Nov 2026 10:00:00 GMT';

/** RFC 9110 §10.2.3; what is beyond all reason counts as not stated. */
const WAITS: readonly [header: string | undefined, date: string | undefined, ms: number | undefined][] = [
  [undefined, DATE, undefined],
  ['', DATE, undefined],
  ['0', DATE, 0],
  ['7', undefined, 7_000],
  [' 30 ', DATE, 30_000],
  ['900', DATE, LONGEST_WAIT_MS],
  ['3600', DATE, LONGEST_WAIT_MS],
  ['1790000000000', DATE, undefined],
  ['86401', DATE, undefined],
  ['-5', DATE, undefined],
  ['1.5', DATE, undefined],
  ['soon', DATE, undefined],
  ['Sun, 22 Nov 2026 10:00:20 GMT', DATE, 20_000],
  ['Sun, 22 Nov 2026 09:00:00 GMT', DATE, 0],
  ['Sun, 22 Nov 2026 12:00:00 GMT', DATE, LONGEST_WAIT_MS],
  ['Fri, 21 Nov 2036 12:00:00 GMT', DATE, undefined],
  ['Sun, 22 Nov 2026 10:00:20 GMT', undefined, 20_000],
  ['Sun, 22 Nov 2026 10:00:20 GMT', 'soon', 20_000],
  ['2026-11-22T10:00:20Z', DATE, undefined],
];

describe('Retry-After', () => {
  it.each(WAITS)('%s at %s is %s ms', (header, date, ms) => expect(retryAfter({ 'retry-after': header, date }, Date.parse(DATE))).toBe(ms));
});

describe('waiting without being told', () => {
  it('grows twofold up to a limit, with chance from nothing to all of it', () => {
    const most = [1, 2, 3, 4, 9].map((attempt) => backOff(attempt, () => 0.9999999, { baseMs: 100, mostMs: 1_000 }));
    expect(most).toEqual([99, 199, 399, 799, 999]);
    expect(backOff(5, () => 0)).toBe(0);
  });

  it.each([[200, false], [400, false], [401, false], [403, false], [404, false], [408, true], [409, false], [410, false], [412, false], [422, false], [425, true], [429, true], [500, true], [501, false], [502, true], [503, true], [504, true]] as const)('after %s again: %s', (status, again) =>
    expect(isTransient(status)).toBe(again));
});
