import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Extension, Organization } from 'fhir/r4.js';
import { addDays, addMonths, addYears, daysBetween, endOfMonthAfter, isDay } from '../../src/claims/calendar.js';
import { appealLimit, crossoverWait, filingLimit, type DeadlineFacts } from '../../src/claims/deadlines/deadlines.js';
import { readPayerRules } from '../../src/claims/deadlines/payer-rules.js';

describe('calendar arithmetic', () => {
  test.each([
    ['a year across a leap day', addYears('2015-03-22', 1), '2016-03-22'],
    ['a year from 29 February', addYears('2024-02-29', 1), '2025-02-28'],
    ['months to a shorter month', addMonths('2024-08-31', 6), '2025-02-28'],
    ['months over the turn of the year', addMonths('2024-11-15', 3), '2025-02-15'],
    ['days over a leap day', addDays('2024-02-28', 2), '2024-03-01'],
    ['the end of the sixth month after a notice on a 31st', endOfMonthAfter('2025-08-31', 6), '2026-02-28'],
  ])('%s', (_name, computed, day) => expect(computed).toBe(day));

  test('days between, backwards too', () => expect([daysBetween('2024-02-28', '2024-03-01'), daysBetween('2024-03-01', '2024-02-28')]).toEqual([2, -2]));
  test.each([['2024-02-29', true], ['2023-02-29', false], ['2024-02-31', false], ['2024-13-01', false], ['2024-00-10', false], ['2024-01-00', false], ['2000-02-29', true], ['1900-02-29', false], ['2024-2-1', false], ['', false]])('%s is a day: %s', (text, is) => expect(isDay(text)).toBe(is));
});

const part = (url: string, value: string | number): Extension => (typeof value === 'number' ? { url, valuePositiveInt: value } : { url, valueCode: value });
const complex = (url: string, parts: Record<string, string | number>): Extension => ({ url, extension: Object.entries(parts).map(([name, value]) => part(name, value)) });
const payer = (...extension: Extension[]): Organization => ({
  resourceType: 'Organization',
  extension: [{ url: 'https://cobalt.example/fhir/StructureDefinition/payer-rules', extension: [...extension, { url: 'source', valueString: 'the contract' }] }],
});
const facts = (change: Partial<DeadlineFacts> & { payer?: Organization }): DeadlineFacts => ({
  payerKind: 'group-health',
  role: 'secondary',
  rules: readPayerRules(change.payer),
  dates: { 'service-date': '2026-01-10', 'prior-payer-decision': '2026-02-10' },
  ...change,
});

describe('the calendar is that of Date', () => {
  const asDate = (date: string): Date => new Date(`${date}T00:00:00Z`);
  const anyDay = fc.date({ min: new Date('1900-01-01T00:00:00Z'), max: new Date('2199-12-31T00:00:00Z'), noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10));

  test('days added and counted', () => {
    fc.assert(fc.property(anyDay, fc.integer({ min: -50_000, max: 50_000 }), (day, days) => {
      const later = new Date(asDate(day).getTime() + days * 86_400_000).toISOString().slice(0, 10);
      expect(addDays(day, days)).toBe(later);
      expect(daysBetween(day, later)).toBe(days);
      expect(isDay(later)).toBe(true);
    }));
  });

  test('months added: the day, or the month’s last', () => {
    fc.assert(fc.property(anyDay, fc.integer({ min: 0, max: 600 }), (day, months) => {
      const date = asDate(day);
      const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months + 1, 0));
      expect(endOfMonthAfter(day, months)).toBe(last.toISOString().slice(0, 10));
      expect(addMonths(day, months)).toBe(`${last.toISOString().slice(0, 8)}${String(Math.min(date.getUTCDate(), last.getUTCDate())).padStart(2, '0')}`);
    }));
  });
});

describe('filing limit', () => {
  const ninety = complex('filingLimit', { role: 'secondary', count: 90, unit: 'days', from: 'prior-payer-decision' });
  const half = complex('filingLimit', { role: 'secondary', count: 6, unit: 'months', from: 'service-date' });
  test.each<[string, Parameters<typeof facts>[0], string | undefined, boolean]>([
    ['as the payer states it', { payer: payer(ninety) }, '2026-05-11', false],
    ['the earlier of two that the payer states', { payer: payer(half, ninety) }, '2026-05-11', false],
    ['the role that the payer has on the claim', { payer: payer(ninety), role: 'primary', payerKind: 'medicare' }, '2027-01-10', true],
    ['one whose date is not known does not hold', { payer: payer(ninety, half), dates: { 'service-date': '2026-01-10' } }, '2026-07-10', false],
    ['an incomplete one is not stated', { payer: payer(complex('filingLimit', { role: 'secondary', count: 10, unit: 'fortnights', from: 'service-date' })) }, '2026-05-11', true],
    ['90 days where nothing is known', {}, '2026-05-11', true],
    ['Medicare secondary: a year from the service, whatever the first payer took', { payerKind: 'medicare' }, '2027-01-10', true],
    ['TRICARE after a late decision of the other insurance', { payerKind: 'tricare', dates: { 'service-date': '2026-01-10', 'prior-payer-decision': '2027-01-05' } }, '2027-04-05', true],
    ['Medicaid after Medicare', { payerKind: 'medicaid', priorPayerKind: 'medicare', dates: { 'service-date': '2026-01-10', 'prior-payer-decision': '2026-12-01' } }, '2027-06-01', true],
    ['Medicaid after another payer: the federal ceiling', { payerKind: 'medicaid', priorPayerKind: 'group-health', dates: { 'service-date': '2026-01-10', 'prior-payer-decision': '2026-12-01' } }, '2027-01-10', true],
    ['retroactive Medicare moves it later', { payerKind: 'medicare', role: 'primary', dates: { 'service-date': '2024-01-10', notice: '2025-03-20' } }, '2025-09-30', true],
    ['retroactive Medicare never moves it earlier', { payerKind: 'medicare', role: 'primary', dates: { 'service-date': '2025-03-10', notice: '2025-03-20' } }, '2026-03-10', true],
    ['retroactive Medicare, whatever its contractor states', { payerKind: 'medicare', payer: payer(half), dates: { 'service-date': '2024-01-10', notice: '2025-03-20' } }, '2025-09-30', true],
    ['none known for a first payer that states none', { role: 'primary' }, undefined, false],
  ])('%s', (_name, change, due, isDefault) => {
    const limit = filingLimit(facts(change));
    expect(limit?.due).toBe(due);
    if (due) expect(limit?.default).toBe(isDefault);
  });

  test('says what it rests on', () => {
    expect(filingLimit(facts({ payer: payer(ninety) }))).toEqual({
      kind: 'filing', due: '2026-05-11', from: '2026-02-10', rule: '90 days from the date of the prior payer’s decision', source: 'the contract', default: false,
    });
  });
});

describe('appeals and crossovers', () => {
  test('the payer’s own appeal limit, without a stated start, runs from its decision', () => {
    const rules = readPayerRules(payer(complex('appealLimit', { level: 1, count: 12, unit: 'months' })));
    expect(appealLimit({ payerKind: 'group-health', rules, dates: { decision: '2026-01-31' } }, 1)).toMatchObject({ due: '2027-01-31', default: false });
  });
  test('no general rule, no deadline', () => {
    expect(appealLimit({ payerKind: 'champva', rules: readPayerRules(undefined), dates: { decision: '2026-01-31' } }, 1)).toBeUndefined();
  });
  test('the payer’s own crossover wait', () => {
    const rules = readPayerRules(payer(part('crossoverWaitDays', 31)));
    expect(crossoverWait({ rules, dates: { 'prior-payer-decision': '2026-01-01' } })).toMatchObject({ due: '2026-02-01', default: false });
  });
});
