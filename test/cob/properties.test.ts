import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { coverageActiveOn, type CobInput, type CobOrder, orderBenefits, RULES } from '../../src/cob/index.js';
import { inputOf, type Facts, type PlanFacts } from './builder.js';
import { fillIn } from './fill.js';

const RUNS = 1_000;

const COMMON_KINDS = ['group-health', 'group-health', 'group-health', 'group-health', 'individual', 'medicare', 'medicare', 'medicaid', 'tricare'] as const;
const RARE_KINDS = ['medicare-advantage', 'medigap', 'champva', 'va', 'ihs', 'workers-comp', 'no-fault', 'liability', 'black-lung', 'ryan-white', 'state-program', 'non-coordinating', null] as const;
const PEOPLE = ['mother', 'father', 'stepmother', 'stepfather', 'husband', 'grandma', 'patient'] as const;
/** Mostly stated. `freq` of 9: one in ten is not. */
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined, freq: 9 });
const seldom = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.oneof({ weight: 12, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
const dateFrom = (first: number, last: number) =>
  fc.tuple(fc.integer({ min: first, max: last }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 28 }), fc.constantFrom(10, 10, 10, 7, 4))
    .map(([year, month, day, precision]) => `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`.slice(0, precision));
const starts = fc.constantFrom('2005-01-01', '2010-01-01', '2010-01-01', '2015-06-01', '2020-01-01', '2015', '2024-06-15', '2019', '2015-06', '2024-06-16');

/** Leaves out what is undefined, as a client would. */
const defined = <T extends object>(value: T): T => Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as T;

const plans: fc.Arbitrary<PlanFacts> = fc.record({
  kind: fc.oneof({ weight: 5, arbitrary: fc.constantFrom<PlanFacts['kind'][]>(...COMMON_KINDS) }, { weight: 1, arbitrary: fc.constantFrom<PlanFacts['kind'][]>(...RARE_KINDS) }),
  status: fc.oneof({ weight: 20, arbitrary: fc.constant<PlanFacts['status']>('active') }, { weight: 1, arbitrary: fc.constantFrom<PlanFacts['status'][]>('cancelled', 'draft') }),
  rel: maybe(fc.constantFrom('self', 'spouse', 'child', 'child', 'other')),
  by: maybe(fc.constantFrom(...PEOPLE)),
  basis: maybe(fc.constantFrom('active', 'active', 'retired', 'laid-off', 'cobra', 'active-duty', 'none')),
  size: maybe(fc.constantFrom(5, 19, 20, 99, 100, 4000)),
  multi: maybe(fc.boolean()),
  largest: maybe(fc.constantFrom(19, 20, 100)),
  elected: maybe(fc.boolean()),
  disabilityPay: seldom(fc.constantFrom('2024-01-01', '2023-12-10', '2023-11-01')),
  from: fc.option(starts, { nil: null, freq: 15 }),
  to: seldom(fc.constantFrom('2024-06-14', '2024-06-15', '2024-06', '2030-01-01')),
  since: seldom(starts),
  covers: fc.constantFrom([], [], [], [], [], [], ['medical', 'dental'], ['medical', 'dental'], ['dental']),
  provision: seldom(fc.boolean()),
  order: maybe(fc.integer({ min: 1, max: 4 })),
  medicare: maybe(fc.record({
    by: fc.subarray(['age', 'disability', 'esrd'] as const), esrd: maybe(fc.constantFrom('2021-12-01', '2022-01-01', '2022', '2024-01-01')), before: maybe(fc.boolean()),
  }).map(defined)),
}).map(defined);

const people = fc.record({
  mother: fc.record({ role: fc.constant('MTH'), born: maybe(dateFrom(1980, 1984)) }).map(defined),
  father: fc.record({ role: fc.constant('FTH'), born: maybe(dateFrom(1980, 1984)) }).map(defined),
  stepmother: fc.record({ role: fc.constant('STPMTH'), partnerOf: maybe(fc.constant('father')) }).map(defined),
  stepfather: fc.record({ role: fc.constant('STPFTH'), partnerOf: maybe(fc.constant('mother')) }).map(defined),
  husband: fc.record({ role: fc.constantFrom('HUSB', 'DOMPART'), born: maybe(dateFrom(1990, 1992)) }).map(defined),
  grandma: fc.record({ role: fc.constant('GRMTH'), born: maybe(dateFrom(1950, 1952)) }).map(defined),
});

const families = maybe(fc.record({
  together: maybe(fc.boolean()),
  custody: maybe(fc.constantFrom('mother', 'father', 'grandma')),
  decree: maybe(fc.record({ kind: maybe(fc.constantFrom('one-parent', 'both-parents', 'joint-custody-silent')), responsible: maybe(fc.constantFrom('mother', 'father')), known: maybe(fc.constantFrom('2020-01-01', '2024-07-01')) }).map(defined)),
}).map(defined));

const facts: fc.Arbitrary<Facts> = fc.record({
  service: fc.constantFrom('medical', 'medical', 'medical', 'medical', 'medical', 'dental', 'hospital'),
  cause: fc.constantFrom<NonNullable<Facts['cause']>[]>('none', 'none', 'none', 'employment', 'auto', 'other-accident', 'unknown'),
  va: maybe(fc.boolean()),
  born: maybe(dateFrom(1940, 2020)),
  family: families,
  people,
  plans: fc.array(plans, { minLength: 0, maxLength: 5 }).map((list) => Object.fromEntries(list.map((plan, index) => [`c${index}`, plan]))),
}).map((value) => defined(value) as Facts);

const check = (property: (input: CobInput, stated: Facts) => void): void => {
  fc.assert(fc.property(facts, (stated) => property(inputOf(stated), stated)), { numRuns: RUNS });
};

/** Whatever could be, was tried; else some questions may be superfluous. */
const isAllTried = ({ trace }: CobOrder): boolean => !trace.some(({ result }) => result === 'not all tried');

const rankedOf = ({ ranked }: CobOrder): string[] => ranked.map(({ coverage }) => coverage);

describe('any input', () => {
  test('permuting coverages, people and payors changes nothing in the answer', () => {
    fc.assert(fc.property(facts.chain((stated) => {
      const input = inputOf(stated);
      const shuffled = <T>(list: readonly T[]) => fc.shuffledSubarray([...list], { minLength: list.length });
      return fc.tuple(fc.constant(input), shuffled(input.coverages), shuffled(input.relatedPersons));
    }), ([input, coverages, relatedPersons]) => {
      expect(orderBenefits({ ...input, coverages, relatedPersons })).toEqual(orderBenefits(input));
    }), { numRuns: RUNS });
  });

  test('asked twice, the answer is the same, and the input is left as it was', () => check((input) => {
    const before = JSON.stringify(input);
    expect(orderBenefits(input)).toEqual(orderBenefits(input));
    expect(JSON.stringify(input)).toBe(before);
  }));

  test('a determined order holds every coverage once, ranked or excluded; a question never ranks twice', () => check((input) => {
    const order = orderBenefits(input);
    const named = [...rankedOf(order), ...order.excluded.map(({ coverage }) => coverage)];
    expect(new Set(named).size).toBe(named.length);
    if (order.status === 'determined') expect(named.sort()).toEqual(input.coverages.map(({ id }) => `Coverage/${id}`).sort());
    else expect(order.missing.length).toBeGreaterThan(0);
    expect(order.ranked.map((row) => row.order)).toEqual(order.ranked.map((_row, index) => index + 1));
  }));

  test('the pairwise decisions of a determined order have no circle, and the order keeps each of them', () => check((input) => {
    const { status, ranked, trace } = orderBenefits(input);
    if (status !== 'determined') return;
    const place = (reference: string | undefined): number => ranked.findIndex(({ coverage }) => coverage === reference);
    const decisions = trace.filter(({ result }) => result === 'before').map(({ detail }) => /^(\S+) before (\S+):/.exec(detail));
    const pairs = trace.filter(({ result }) => result === 'before' || result === 'equal').length;
    expect(pairs * 2).toBe(ranked.length ** 2 - ranked.length);
    for (const decision of decisions) expect(place(decision?.[1])).toBeLessThan(place(decision?.[2]));
  }));

  test('a coverage that has ended the day before is excluded as inactive, and the others are ordered as without it', () => check((input, stated) => {
    const [ended] = input.coverages;
    if (!ended || ended.status !== 'active' || stated.service === 'dental') return;
    const period = { start: '2000-01-01', end: '2024-06-14' };
    const withEnded = orderBenefits({ ...input, coverages: [{ ...ended, period }, ...input.coverages.slice(1)] });
    const without = orderBenefits({ ...input, coverages: input.coverages.slice(1) });
    expect(withEnded.excluded).toContainEqual(expect.objectContaining({ coverage: `Coverage/${ended.id}`, code: 'inactive' }));
    expect(withEnded.status).toEqual(without.status);
    if (isAllTried(withEnded) && isAllTried(without)) expect([rankedOf(withEnded), withEnded.missing]).toEqual([rankedOf(without), without.missing]);
  }));

  test('what is certainly out is said, however many facts the order would need', () => {
    const unknown = Object.fromEntries(Array.from({ length: 5 }, (_, n): [string, PlanFacts] => [`c${n}`, { kind: 'group-health', from: null, ...(n === 2 ? { disabilityPay: '2024-01-01' } : {}) }]));
    const [ended, ...others] = inputOf({ plans: unknown }).coverages;
    const { status, excluded } = orderBenefits({ ...inputOf({ plans: unknown }), coverages: [{ ...ended!, period: { start: '2000-01-01', end: '2024-06-14' } }, ...others] });
    expect([status, excluded.map(({ coverage, code }) => [coverage, code])]).toEqual(['needs-human', [['Coverage/c0', 'inactive']]]);
  });

  test('adding a plan that cannot take part moves nobody', () => check((input) => {
    const idle = inputOf({ plans: { idle: { rel: 'self', basis: 'active', covers: ['vision'] }, gone: { rel: 'self', status: 'cancelled' } } }).coverages;
    const [before, after] = [orderBenefits(input), orderBenefits({ ...input, coverages: [...input.coverages, ...idle] })];
    expect([after.status, after.equalSharing]).toEqual([before.status, before.equalSharing]);
    if (isAllTried(before) && isAllTried(after)) expect(rankedOf(after)).toEqual(rankedOf(before));
  }));

  test('an order that is determined stays so, whatever is found out of what was not stated', () => {
    fc.assert(fc.property(facts, fc.nat(), (stated, seed) => {
      const order = orderBenefits(inputOf(stated));
      if (order.status !== 'determined') return;
      const filled = orderBenefits(inputOf(fillIn(stated, seed)));
      expect([filled.status, rankedOf(filled), filled.equalSharing]).toEqual([order.status, rankedOf(order), order.equalSharing]);
    }), { numRuns: RUNS * 2 });
  });

  test('the rows of a question are certain: they begin every order that an answer can lead to', () => {
    fc.assert(fc.property(facts, fc.nat(), (stated, seed) => {
      const order = orderBenefits(inputOf(stated));
      const filled = orderBenefits(inputOf(fillIn(stated, seed)));
      if (filled.status === 'determined') expect(rankedOf(filled).slice(0, order.ranked.length)).toEqual(rankedOf(order));
    }), { numRuns: RUNS });
  });

  test('a question is asked only where two orders are possible, or the plans contradict each other', () => check((input) => {
    const order = orderBenefits(input);
    const isContradiction = order.missing.some(({ expression }) => expression === 'Coverage.order');
    if (order.status === 'needs-human' && !isContradiction && isAllTried(order)) expect(order.trace.filter(({ result }) => result === 'possible order').length).toBeGreaterThan(1);
  }));

  test('Medicaid and what pays after it stand behind all others', () => check((input) => {
    const late = orderBenefits(input).ranked.map(({ payerKind }) => ['medicaid', 'state-program', 'ryan-white', 'ihs'].includes(payerKind));
    expect(late).toEqual([...late].sort((a, b) => Number(a) - Number(b)));
  }));

  test('who is ranked is in force, and every rule and citation comes from the table', () => check((input) => {
    const { ranked, missing, trace } = orderBenefits(input);
    for (const { coverage, rule, citation } of ranked) {
      expect(coverageActiveOn(input.coverages.find(({ id }) => coverage === `Coverage/${id}`)!, input.date)).not.toBe(false);
      expect(rule === 'FIRST' || Object.hasOwn(RULES, rule)).toBe(true);
      expect(citation).not.toBe('');
    }
    for (const { rule } of [...missing, ...trace]) expect(Object.hasOwn(RULES, rule)).toBe(true);
  }));

  test('the stated order never changes the answer, only its conflicts', () => check((input) => {
    const stripped = input.coverages.map(({ order: _order, ...coverage }) => coverage);
    const [withOrder, without] = [orderBenefits(input), orderBenefits({ ...input, coverages: stripped })];
    expect({ ...withOrder, conflict: [] }).toEqual({ ...without, conflict: [] });
    expect(without.conflict).toEqual([]);
  }));
});
