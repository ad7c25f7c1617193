import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addWorkdays, endOfYearAfter } from '../../src/claims/calendar.js';
import { deadlinesOf, type Deadline, type DeadlineFacts } from '../../src/claims/deadlines/deadlines.js';
import { readPayerRules } from '../../src/claims/deadlines/payer-rules.js';

/**
 * Every row of domain/deadlines.json: what it says (unit, number), and who asks. The oracle counts with Date alone, and
 * knows nothing of the calendar and the tables under test.
 */
type RowUnit = 'days' | 'workdays' | 'months' | 'calendarYears' | 'endOfMonthsAfterNoticeMonth' | 'endOfNextCalendarYear';
type From = keyof DeadlineFacts['dates'];
interface Row {
  readonly row: string;
  readonly unit: RowUnit;
  readonly n: number;
  readonly from: From;
  readonly kind: Deadline['kind'];
  readonly ask: { readonly name?: string; readonly payerKind?: DeadlineFacts['payerKind']; readonly after?: DeadlineFacts['priorPayerKind']; readonly role?: DeadlineFacts['role']; readonly level?: number; readonly crossedOver?: boolean };
  /** Days before the notice counts as received. */
  readonly receipt?: number;
}

const filing = (row: string, n: number, unit: RowUnit, from: From, ask: Row['ask']): Row => ({ row, n, unit, from, kind: 'filing', ask });
const secondary = (row: string, n: number, unit: RowUnit, from: From, ask: Row['ask']): Row => filing(row, n, unit, from, { role: 'secondary', ...ask });
const appeal = (row: string, n: number, unit: RowUnit, level: number, ask: Row['ask'], receipt = 0): Row => ({ row, n, unit, from: 'decision', kind: 'appeal', ask: { level, ...ask }, receipt });
const [SERVICE, DECIDED, BILLED] = ['service-date', 'prior-payer-decision', 'prior-payer-billed'] as const;

const ROWS: readonly Row[] = [
  filing('Medicare FFS (primary or secondary)', 1, 'calendarYears', SERVICE, { payerKind: 'medicare' }),
  filing('Medicare, retroactive entitlement', 6, 'endOfMonthsAfterNoticeMonth', 'notice', { payerKind: 'medicare' }),
  filing('TRICARE', 1, 'calendarYears', SERVICE, { payerKind: 'tricare' }),
  secondary('TRICARE after OHI (exception)', 90, 'days', DECIDED, { payerKind: 'tricare' }),
  filing('Medicaid (federal ceiling)', 12, 'months', SERVICE, { payerKind: 'medicaid' }),
  secondary('Medicaid crossover after Medicare', 6, 'months', DECIDED, { payerKind: 'medicaid', after: 'medicare' }),
  { ...secondary('Texas Medicaid, third party silent', 110, 'days', BILLED, { name: 'Texas Medicaid' }), kind: 'crossover-wait' },
  { ...filing('Texas Medicaid outer federal limit', 365, 'days', SERVICE, { name: 'Texas Medicaid' }), kind: 'outer-limit' },
  secondary('Texas Medicaid after other-source disposition', 95, 'days', DECIDED, { name: 'Texas Medicaid' }),
  filing('Nebraska Medicaid', 180, 'days', SERVICE, { name: 'Nebraska Medicaid' }),
  filing('Kansas Medicaid', 12, 'months', SERVICE, { name: 'Kansas Medicaid' }),
  filing('Iowa Medicaid', 365, 'days', SERVICE, { name: 'IOWA MEDICAID' }),
  filing('South Dakota Medicaid', 6, 'months', SERVICE, { name: 'South Dakota Medicaid' }),
  secondary('UnitedHealthcare secondary', 90, 'days', DECIDED, { name: 'United Healthcare' }),
  secondary('Sanford Health secondary', 60, 'days', DECIDED, { name: 'Sanford Health' }),
  secondary('Avera secondary (COB)', 60, 'days', DECIDED, { name: 'Avera' }),
  secondary('Arbor Medicaid secondary', 60, 'days', DECIDED, { name: 'Arbor Medicaid' }),
  secondary('BCBS (Nebraska) secondary', 180, 'days', SERVICE, { name: 'BCBS Nebraska' }),
  filing('BCBS FEP', 1, 'endOfNextCalendarYear', SERVICE, { name: 'BCBS FEP' }),
  filing('Humana ChoiceCare', 120, 'days', SERVICE, { name: 'Humana ChoiceCare' }),
  filing('Cigna participating', 90, 'days', SERVICE, { name: 'Cigna' }),
  filing('Aetna', 120, 'days', SERVICE, { name: 'Aetna' }),
  secondary('Commercial secondary, contract unknown (default, warn)', 90, 'days', DECIDED, { payerKind: 'group-health' }),
  { ...secondary('Medicare crossover, BCBSNM', 30, 'days', DECIDED, { name: 'BCBSNM', crossedOver: true }), kind: 'crossover-wait' },
  { ...secondary('Medicare crossover, BCBSLA', 31, 'days', DECIDED, { name: 'BCBSLA', crossedOver: true }), kind: 'crossover-wait' },
  { ...secondary('Medicare crossover, CMS', 15, 'workdays', DECIDED, { payerKind: 'medigap', crossedOver: true }), kind: 'crossover-wait' },
  { ...secondary('Conditional Medicare (WC, no-fault)', 120, 'days', BILLED, { payerKind: 'medicare', after: 'no-fault' }), kind: 'crossover-wait' },
  appeal('Medicare redetermination', 120, 'days', 1, { payerKind: 'medicare' }, 5),
  appeal('Medicare reconsideration (QIC)', 180, 'days', 2, { payerKind: 'medicare' }, 5),
  appeal('Medicare ALJ', 60, 'days', 3, { payerKind: 'medicare' }, 5),
  appeal('Medicare Appeals Council', 60, 'days', 4, { payerKind: 'medicare' }, 5),
  appeal('Medicare federal court', 60, 'days', 5, { payerKind: 'medicare' }, 5),
  appeal('ERISA/ACA plan internal (minimum)', 180, 'days', 1, { payerKind: 'group-health' }),
  appeal('ACA external review', 4, 'months', 2, { payerKind: 'individual' }),
  appeal('Medicare Advantage reconsideration', 65, 'days', 1, { payerKind: 'medicare-advantage' }),
  appeal('Medicaid MCO', 60, 'days', 1, { payerKind: 'medicaid' }),
  appeal('UHC (NE list)', 120, 'days', 1, { name: 'UHC' }),
  appeal('BCBS Nebraska', 365, 'days', 1, { name: 'BCBS Nebraska' }),
  appeal('Nebraska Medicaid', 90, 'days', 1, { name: 'Nebraska Medicaid' }),
];

const iso = (date: Date): string => date.toISOString().slice(0, 10);

function oracle(start: string, n: number, unit: RowUnit): string {
  const date = new Date(`${start}T12:00:00Z`);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  const monthsOn = (months: number): string => iso(new Date(Date.UTC(year, month + months, Math.min(day, new Date(Date.UTC(year, month + months + 1, 0)).getUTCDate()))));
  switch (unit) {
    case 'days': return iso(new Date(Date.UTC(year, month, day + n)));
    case 'months': return monthsOn(n);
    case 'calendarYears': return monthsOn(12 * n);
    case 'endOfMonthsAfterNoticeMonth': return iso(new Date(Date.UTC(year, month + n + 1, 0)));
    case 'endOfNextCalendarYear': return `${year + n}-12-31`;
    case 'workdays': {
      for (let left = n; left > 0;) {
        date.setUTCDate(date.getUTCDate() + 1);
        if (date.getUTCDay() !== 0 && date.getUTCDay() !== 6) left -= 1;
      }
      return iso(date);
    }
  }
}

const ask = ({ ask: { name, payerKind, after, role = 'primary', level, crossedOver }, from }: Row, date: string): Deadline[] => deadlinesOf(
  { payerKind, priorPayerKind: after, role, rules: readPayerRules(name === undefined ? undefined : { resourceType: 'Organization', name }), dates: { [from]: date } },
  { appealLevel: level, crossedOver },
);
const dueOf = (row: Row, date: string): string => oracle(oracle(date, row.receipt ?? 0, 'days'), row.n, row.unit);
const anyDay = fc.date({ min: new Date('1980-01-01T00:00:00Z'), max: new Date('2120-12-31T00:00:00Z'), noInvalidDate: true }).map(iso);

describe('every published limit', () => {
  test.each(ROWS.map((row) => [row.row, row] as const))('%s, from any day', (_name, row) => {
    fc.assert(fc.property(anyDay, (date) => {
      const found = ask(row, date).find(({ kind, due }) => kind === row.kind && due === dueOf(row, date));
      expect(found, `${date}: ${JSON.stringify(ask(row, date))}`).toMatchObject({ default: true });
    }), { numRuns: 150, examples: [['2024-02-29'], ['2023-12-31'], ['2024-08-31'], ['2015-03-22']] });
  });

  test.each(ROWS.filter(({ kind, ask: { name } }) => kind === 'filing' && name).map((row) => [row.row, row] as const))('%s: the payer’s own rule comes before what a list says of it', (_name, { ask: { name, role = 'primary' }, from }) => {
    const rules = readPayerRules({
      resourceType: 'Organization', name: name!, extension: [{ url: 'https://cobalt.example/fhir/StructureDefinition/payer-rules', extension: [
        { url: 'filingLimit', extension: [{ url: 'role', valueCode: role }, { url: 'count', valuePositiveInt: 7 }, { url: 'unit', valueCode: 'days' }, { url: 'from', valueCode: from }] },
        { url: 'source', valueString: 'the contract' },
      ] }],
    });
    expect(deadlinesOf({ payerKind: 'group-health', role, rules, dates: { [from]: '2026-01-01' } }, {})[0]).toMatchObject({ kind: 'filing', due: '2026-01-08', source: 'the contract', default: false });
  });

  test('a name that only begins like a listed one is another payer', () => {
    const rules = readPayerRules({ resourceType: 'Organization', name: 'Aetna Better Health of Kentucky' });
    expect(deadlinesOf({ payerKind: undefined, role: 'primary', rules, dates: { 'service-date': '2026-01-01' } }, {})).toEqual([]);
  });
});

describe('the calendar of the rarer units', () => {
  test.each([['2026-11-20', 1, '2026-11-23'], ['2026-11-21', 1, '2026-11-23'], ['2026-11-22', 5, '2026-11-27'], ['2026-11-23', 15, '2026-12-14']])('%s and %i working days', (from, days, due) => expect(addWorkdays(from, days)).toBe(due));
  test('the end of the next year', () => expect(endOfYearAfter('2024-02-29', 1)).toBe('2025-12-31'));
});
