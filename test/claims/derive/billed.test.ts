import type { Claim } from 'fhir/r4.js';
import { describe, expect, test } from 'vitest';
import { benefitTypeOf, filingDate, orderDates, relatedCauseOf } from '../../../src/claims/derive/billed.js';
import { claim, coverage, items } from './clinic.js';

describe('what is billed', () => {
  test.each([['professional', 'medical'], ['institutional', 'medical'], ['oral', 'dental'], ['vision', 'vision'], ['pharmacy', 'pharmacy'], ['other', 'medical']])('a %s claim: %s', (code, benefit) =>
    expect(benefitTypeOf(claim({ type: { coding: [{ code }] } }))).toBe(benefit));

  test.each<[string | undefined, string]>([['MVA', 'auto'], ['AA', 'auto'], ['WPA', 'employment'], ['EM', 'employment'], ['SPT', 'other-accident'], ['OA', 'other-accident'], ['HUH', 'unknown'], [undefined, 'unknown']])('an accident of type %s: %s', (code, cause) =>
    expect(relatedCauseOf(claim({ accident: { date: '2026-02-01', ...(code ? { type: { coding: [{ code }] } } : {}) } }))).toBe(cause));
  test('no accident: none', () => expect(relatedCauseOf(claim())).toBe('none'));
});

const period = (start: string, end: string): Partial<Claim> => ({ item: [{ ...items(100)[0]!, servicedDate: undefined, servicedPeriod: { start, end } }] });

describe('dates on which the order is asked for', () => {
  test.each<[string, Partial<Claim>, string[]]>([
    ['each date of a line once', {}, ['2026-02-05']],
    ['first and last day of a stay', period('2026-02-01', '2026-02-09'), ['2026-02-01', '2026-02-09']],
    ['the claim’s own period where a line states none', { ...period('', ''), billablePeriod: { start: '2026-01-30', end: '2026-02-02' } }, ['2026-01-30', '2026-02-02']],
    ['its creation where nothing is stated', { item: [], created: '2026-02-07T10:00:00Z' }, ['2026-02-07']],
    ['none where nothing is stated to the day', { item: [], created: '2026-02' }, []],
  ])('%s', (_name, change, dates) => expect(orderDates(claim(change), [])).toEqual(dates));

  test('within a stay, the days on which a coverage begins or has just ended', () => {
    const coverages = [coverage('a', { period: { end: '2026-02-03' } }), coverage('b', { period: { start: '2026-02-06' } }), coverage('c', { period: { start: '2026-03-01' } })];
    expect(orderDates(claim(period('2026-02-01', '2026-02-09')), coverages)).toEqual(['2026-02-01', '2026-02-04', '2026-02-06', '2026-02-09']);
  });
});

describe('date that filing limits count from', () => {
  const stay = { ...period('2026-02-01', '2026-02-09'), billablePeriod: { start: '2026-02-01', end: '2026-02-10' } };
  test.each<[string, Partial<Claim>, string]>([
    ['first service of a professional claim', stay, '2026-02-01'],
    ['through date of an institutional claim', { ...stay, type: { coding: [{ code: 'institutional' }] } }, '2026-02-10'],
    ['its last service where no through date is stated', { ...stay, billablePeriod: undefined, type: { coding: [{ code: 'institutional' }] } }, '2026-02-09'],
  ])('%s', (_name, change, date) => expect(filingDate(claim(change))).toBe(date));
});
