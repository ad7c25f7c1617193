import fc from 'fast-check';
import type { Coverage } from 'fhir/r4.js';
import { describe, expect, test } from 'vitest';
import { coverageTimeline, type CobInput } from '../../src/cob/index.js';

const C = 'https://cobalt.example/fhir/StructureDefinition';
const coverage = (id: string, start: string | undefined, end?: string, change: Partial<Coverage> = {}): Coverage => ({
  resourceType: 'Coverage', id, status: 'active', beneficiary: { reference: 'Patient/p' }, payor: [{ reference: 'Organization/o' }],
  relationship: { coding: [{ code: 'self' }] }, extension: [{ url: `${C}/payer-kind`, valueCode: 'individual' }],
  period: { ...(start ? { start } : {}), ...(end ? { end } : {}) }, ...change,
});
const input = (coverages: readonly Coverage[], date = '2026-06-30'): CobInput => ({ coverages, relatedPersons: [], organizations: [], date, benefitType: 'medical', relatedCause: 'none' });
const spans = (coverages: readonly Coverage[], date?: string): string[] =>
  coverageTimeline(input(coverages, date), '2025-07-01').map(({ start, end, coverages: who }) => `${start}–${end} ${who.map((one) => one.slice(9)).join('+') || 'nobody'}`);

describe('who takes part from day to day', () => {
  test.each<[string, Coverage[], string[]]>([
    ['one coverage all the time', [coverage('a', '2020-01-01')], ['2025-07-01–2026-06-30 a']],
    ['one that ends, and another that begins the day after', [coverage('a', '2020-01-01', '2025-12-31'), coverage('b', '2026-01-01')], ['2025-07-01–2025-12-31 a', '2026-01-01–2026-06-30 b']],
    ['a gap of a day', [coverage('a', '2020-01-01', '2025-12-31'), coverage('b', '2026-01-02')], ['2025-07-01–2025-12-31 a', '2026-01-01–2026-01-01 nobody', '2026-01-02–2026-06-30 b']],
    ['an overlap of a month', [coverage('a', '2020-01-01', '2026-01-31'), coverage('b', '2026-01-01')], ['2025-07-01–2025-12-31 a', '2026-01-01–2026-01-31 a+b', '2026-02-01–2026-06-30 b']],
    ['before the first known coverage nothing is known', [coverage('a', '2026-03-01')], ['2026-03-01–2026-06-30 a']],
    ['nobody on the day of the visit', [coverage('a', '2020-01-01', '2026-06-29')], ['2025-07-01–2026-06-29 a', '2026-06-30–2026-06-30 nobody']],
    ['no coverage at all', [], ['2025-07-01–2026-06-30 nobody']],
    ['what is not active, or of another kind, does not count', [coverage('a', '2020-01-01', undefined, { status: 'cancelled' }), coverage('b', '2020-01-01', undefined, { extension: [{ url: `${C}/benefit-type`, valueCode: 'dental' }] })], ['2025-07-01–2026-06-30 nobody']],
    ['an end that is only a month is its last day', [coverage('a', '2020', '2025-12'), coverage('b', '2026-01')], ['2025-07-01–2025-12-31 a', '2026-01-01–2026-06-30 b']],
    ['a start that is not stated may be any', [coverage('a', undefined, '2025-12-31')], ['2025-07-01–2025-12-31 a', '2026-01-01–2026-06-30 nobody']],
    ['what begins after the visit is not of its year', [coverage('a', '2020-01-01'), coverage('b', '2026-07-01')], ['2025-07-01–2026-06-30 a']],
  ])('%s', (_name, coverages, expected) => expect(spans(coverages)).toEqual(expected));

  test('the last day of the window is the day of the visit, 29 February too', () => expect(spans([coverage('a', '2020-01-01')], '2028-02-29')).toEqual(['2025-07-01–2028-02-29 a']));

  const day = fc.integer({ min: 0, max: 400 }).map((offset) => new Date(Date.UTC(2025, 5, 1 + offset)).toISOString().slice(0, 10));
  test('spans follow one another without a hole, each day with those whose period holds it', () => {
    fc.assert(fc.property(fc.array(fc.tuple(day, day), { maxLength: 4 }), (periods) => {
      const coverages = periods.map(([a, b], position) => coverage(`c${position}`, a < b ? a : b, a < b ? b : a));
      const found = coverageTimeline(input(coverages), '2025-07-01');
      for (const [position, span] of found.entries()) {
        for (const date of [span.start, span.end]) {
          expect(span.coverages).toEqual(coverages.filter(({ period }) => period!.start! <= date && date <= period!.end!).map(({ id }) => `Coverage/${id}`).sort());
        }
        const before = found[position - 1];
        if (before) expect(Date.parse(span.start) - Date.parse(before.end)).toBe(86_400_000);
      }
      expect(found.at(-1)?.end).toBe('2026-06-30');
    }), { numRuns: 200 });
  });
});
