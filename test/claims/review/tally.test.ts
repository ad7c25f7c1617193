import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { ChainFacts } from '../../../src/claims/review/facts.js';
import { MEASURE_IDS, MEASURES, type MeasureId, type MeasureTable, type Row } from '../../../src/claims/review/measures.js';
import type { Question } from '../../../src/claims/review/question.js';
import { Tally, type FileFacts } from '../../../src/claims/review/tally.js';
import { conformance } from '../../profiles/constraints.js';
import { file } from './facts.js';

const ASKED: Question = { period: { start: '2026-01-01', end: '2026-03-31' }, asOf: '2026-04-15', pairs: [] };
const tallied = (files: readonly FileFacts[], question: Question = ASKED): Tally => {
  const tally = new Tally(question);
  for (const one of files) tally.add(one);
  return tally;
};
const tables = (tally: Tally): Record<string, Row[]> => Object.fromEntries(MEASURE_IDS.map((id) => [id, tally.rows(id)]));
const total = (rows: readonly Row[], code: string): number => rows.reduce((sum, { figures }) => sum + (figures[code] ?? 0), 0);
const files = fc.array(file, { maxLength: 8 });

describe('adding up', () => {
  test('the order of files, and how chains are spread over them, changes nothing', () => fc.assert(fc.property(files, (all) => {
    const expected = tables(tallied(all));
    expect(tables(tallied([...all].reverse()))).toEqual(expected);
    const apart = all.flatMap(({ chains, others, strays }): FileFacts[] => [...chains.map((chain) => ({ chains: [chain], others: [], strays: { entries: 0, amount: 0 } })), { chains: [], others, strays }]);
    expect(tables(tallied(apart))).toEqual(expected);
  })));

  test('the service lines together are the whole, but for work of no claim', () => fc.assert(fc.property(files, (given) => {
    const all = given.map((one) => ({ ...one, others: [] }));
    const parts = ['professional', 'institutional'].map((serviceLine) => tallied(all, { ...ASKED, serviceLine }));
    const whole = tallied(all);
    for (const id of MEASURE_IDS) {
      for (const { code, isSum, unit } of MEASURES[id].figures) if (isSum && unit !== 'minutes') expect(parts.reduce((sum, part) => sum + total(part.rows(id), code), 0), `${id} ${code}`).toBe(total(whole.rows(id), code));
    }
  })));

  test('periods that follow one another add up to the period that they make', () => fc.assert(fc.property(files, (all) => {
    const of = (start: string, end: string): Tally => tallied(all, { ...ASKED, period: { start, end } });
    const [first, second, both] = [of('2026-01-01', '2026-02-10'), of('2026-02-11', '2026-03-31'), of('2026-01-01', '2026-03-31')];
    for (const [id, code] of [['denials', 'count'], ['denials', 'amount'], ['write-offs', 'amount'], ['write-offs', 'taken-back'], ['turnaround', 'count'], ['deadlines', 'count'], ['effort', 'sittings'], ['first-pass', 'decided']] as const) {
      expect(total(first.rows(id), code) + total(second.rows(id), code), `${id} ${code}`).toBe(total(both.rows(id), code));
    }
  })));

  test('what is open is told once, whatever its age; every claim stands in one state beside the ledger; every figure is a number', () => fc.assert(fc.property(files, (all) => {
    const tally = tallied(all);
    const chains = all.flatMap((one) => one.chains);
    expect(total(tally.rows('aging'), 'amount')).toBe(chains.reduce((sum, { open = {} }) => sum + Object.values(open).reduce((a, b) => a + b, 0), 0));
    expect(total(tally.rows('reconciliation'), 'claims')).toBe(chains.length);
    for (const rows of Object.values(tables(tally))) for (const { figures } of rows) expect(Object.values(figures).every((value) => value === undefined || Number.isFinite(value))).toBe(true);
  })));
});

const CHAIN: ChainFacts = {
  claim: 'Claim/1', lines: ['professional'], service: '2026-01-05', charge: 16_000, corrections: 0, denials: [], writeOffs: [], work: [],
  turns: [
    { coverage: 'Coverage/1', payer: 'Organization/a', claim: 'Claim/1', sent: '2026-01-07', due: '2026-04-05', decided: '2026-01-20', posted: '2026-01-21', denied: false, paid: 9_000 },
    { coverage: 'Coverage/2', payer: 'Organization/b', claim: 'Claim/2', sent: '2026-01-25', due: '2026-04-20', decided: '2026-02-10', posted: '2026-02-10', denied: true, paid: 2_000 },
  ],
  ledger: { entries: 6, charged: 16_000, posted: 11_000, decided: 11_000 },
};
const one = (change: Partial<ChainFacts>, question: Question = ASKED): Tally => tallied([{ chains: [{ ...CHAIN, ...change }], others: [], strays: { entries: 0, amount: 0 } }], question);
const shown = (tally: Tally, id: MeasureId): unknown[] => tally.rows(id).map(({ dimensions, figures }) => [dimensions.join(' | '), ...Object.values(figures)]);
const WORK = { code: 'submit-claim', owner: 'Practitioner/p', made: '2026-01-20', done: '2026-01-25', isOpen: false, due: '2026-04-20', claim: 'Claim/2', sittings: [{ who: 'Practitioner/p', day: '2026-01-25', seconds: 630, touches: 3 }], checklists: ['submission-checklist|0.1.0'], overridden: false };
const DENIAL = { payer: 'Organization/b', day: '2026-02-10', reason: 'CO-27', category: 'eligibility', action: 'verify-rebill', amount: 2_000 } as const;

describe('a row of', () => {
  it.each<[MeasureId, Tally, unknown[]]>([
    ['turnaround', one({ settled: '2026-02-10' }), [
      ['decision-to-next-claim', 1, 5, 5], ['decision-to-posting', 2, 0, 1], ['decision-to-settled', 1, 0, 0], ['payer-1-decides', 1, 13, 13], ['payer-2-decides', 1, 16, 16], ['service-to-claim', 1, 2, 2], ['service-to-settled', 1, 36, 36],
    ]],
    ['denials', one({ denials: [DENIAL, { ...DENIAL, day: '2025-12-31' }, { ...DENIAL, day: '2025-09-01' }] }), [[expect.stringMatching(/^CO-27 \| Organization\/b \| professional \| eligibility \| eligibility-check \| Ask for eligibility/), 1, 2_000, 1, 2_000, 0]]],
    ['first-pass', one({ corrections: 1 }), [['Organization/a | professional', 1, 0, 0, 1, 100], ['Organization/b | professional', 1, 1, 0, 0, 0]]],
    ['missed-secondaries', one({ missed: { payer: 'Organization/c', coverage: 'Coverage/3', residual: 5_000, deadline: '2026-04-14', patientBilled: true } }), [['Organization/b | Organization/c | professional', 1, 5_000, 1, 1]]],
    ['missed-secondaries', one({ missed: { coverage: 'Coverage/3', residual: 5_000, notBefore: '2026-04-16', patientBilled: false } }), []],
    ['deadlines', one({ open: { practice: 500 }, turns: [CHAIN.turns[0]!, { ...CHAIN.turns[1]!, sent: '2026-02-11', due: '2026-02-10' }] }), [['filing-secondary | late', 1, 500], ['filing-primary | met', 1, 0]]],
    ['deadlines', one({ missed: { coverage: 'Coverage/3', residual: 5_000, deadline: '2026-03-30', patientBilled: false }, turns: [] }), [['filing-secondary | lost', 1, 5_000]]],
    ['deadlines', one({ turns: [], missed: { coverage: 'Coverage/3', residual: 5_000, deadline: '2026-04-20', patientBilled: false } }, { ...ASKED, period: { start: '2026-04-01', end: '2026-04-30' } }), [['filing-secondary | open', 1, 5_000]]],
    ['aging', one({ open: { 'payer-2': 3_000, 'patient': 200 } }), [['payer-2 | 091-120', 1, 3_000], ['patient | 091-120', 1, 200]]],
    ['effort', one({ work: [WORK, { ...WORK, sittings: [...WORK.sittings, { who: 'Practitioner/p', day: '2026-06-01', seconds: 60, touches: 1 }] }] }), [['submit-claim | Practitioner/p', 2, 2, 6, 21]]],
    ['work', one({ work: [WORK, { ...WORK, done: undefined, isOpen: true, due: '2026-04-01', owner: undefined }] }), [['submit-claim | Practitioner/p', 0, 0, 1, 1, 5, 5], ['submit-claim | none', 1, 1, 1, 0, undefined, undefined]]],
    ['write-offs', one({ writeOffs: [{ class: 'bad-debt', day: '2026-02-01', amount: 700, payer: 'Organization/b' }, { class: 'bad-debt', day: '2026-02-03', amount: -700, payer: 'Organization/b' }, { class: 'charity', day: '2026-03-03', amount: 700, instead: 'bad-debt' }] }), [['bad-debt | 2026-02 | Organization/b', 1, 700, 700, 0], ['charity | 2026-03 | none', 1, 700, 0, 700]]],
    ['reconciliation', one({}), [['agrees', 1, 16_000, 16_000, 11_000, 11_000, 0]]],
    ['reconciliation', one({ ledger: { entries: 5, charged: 16_000, posted: 9_000, decided: 11_000, task: 'Task/1' } }), [['waits-for-a-task', 1, 16_000, 16_000, 11_000, 9_000, 2_000]]],
    ['reconciliation', one({ ledger: { entries: 5, charged: 16_001, posted: 9_000, decided: 8_999 } }), [['unexplained', 1, 16_000, 16_001, 8_999, 9_000, 2]]],
    ['reconciliation', one({ ledger: { entries: 0, charged: 0, posted: 0, decided: 11_000 } }), [['not-posted', 1, 16_000, 0, 11_000, 0, 0]]],
    ['reconciliation', tallied([{ chains: [], others: [], strays: { entries: 1, amount: -300 } }]), [['unexplained', 0, 0, 0, 0, 0, 300]]],
    ['checklists', one({ work: [WORK, { ...WORK, overridden: true, claim: 'Claim/1' }] }), [['submission-checklist|0.1.0 | complete', 1, 1, 1, 100, 10.5, 5], ['submission-checklist|0.1.0 | overridden', 1, 1, 0, 0, 10.5, 5]]],
    ['audits', one({ work: [{ ...WORK, code: 'audit-sample', wrong: ['audit-amounts'] }, { ...WORK, code: 'audit-sample', wrong: [] }] }), [['audit-amounts', 1], ['nothing-wrong', 1]]],
    ['combinations', one({}), [['Organization/a | Organization/b | professional', 1, 16_000, 11_000]]],
  ])('%s', (id, tally, rows) => expect(shown(tally, id)).toEqual(rows));

  it.each<[string, Partial<Question>, number]>([
    ['a pair of payers', { pairs: [{ prior: 'Organization/a', next: 'Organization/b' }] }, 1],
    ['a pair of coverages', { pairs: [{ prior: 'Coverage/1', next: 'Coverage/2' }] }, 1],
    ['a pair the other way round', { pairs: [{ prior: 'Organization/b', next: 'Organization/a' }] }, 0],
    ['one of several pairs', { pairs: [{ prior: 'Organization/x' }, { next: 'Organization/b' }] }, 1],
    ['a payer that nobody comes after', { pairs: [{ prior: 'Organization/b' }] }, 0],
    ['a service line', { serviceLine: 'professional' }, 1],
    ['another service line', { serviceLine: 'oral' }, 0],
  ])('%s that is asked about', (_what, question, claims) => expect(total(one({}, { ...ASKED, ...question }).rows('reconciliation'), 'claims')).toBe(claims));
});

describe('Measure resources', () => {
  it('are those that a review has', () => expect(conformance.ofType('Measure').map(({ id }) => id).sort()).toEqual([...MEASURE_IDS].sort()));

  it.each(MEASURE_IDS)('%s names its figures and dimensions, which are codes', (id) => {
    const measure = conformance.ofType('Measure').find((each) => each.id === id)!;
    const table: MeasureTable = MEASURES[id];
    expect(measure.group?.map(({ code }) => code?.coding?.[0]?.code)).toEqual(table.figures.map(({ code }) => code));
    for (const { stratifier = [] } of measure.group ?? []) expect(stratifier[0]?.component?.map(({ code }) => code?.coding?.[0]?.code)).toEqual(table.dimensions);
    const codes = (system: string): Set<string> => new Set(conformance.ofType('CodeSystem').find((each) => each.id === system)?.concept?.map(({ code }) => code));
    expect(table.figures.filter(({ code }) => !codes('review-figure').has(code))).toEqual([]);
    expect(table.dimensions.filter((code) => !codes('review-dimension').has(code))).toEqual([]);
  });
});
