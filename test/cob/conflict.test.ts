import { describe, expect, test } from 'vitest';
import { orderBenefits } from '../../src/cob/index.js';
import { inputOf, type Facts } from './builder.js';

const own = { rel: 'self', basis: 'active' } as const;
const spouse = { rel: 'spouse', basis: 'active' } as const;
const medicaid = { kind: 'medicaid', rel: 'self' } as const;

/** The rules say: own, spouse, Medicaid. */
const conflictsOf = (orders: { own?: number; spouse?: number; medicaid?: number }, more: Partial<Facts> = {}): string[] => {
  const of = (order: number | undefined) => (order === undefined ? {} : { order });
  const plans = { own: { ...own, ...of(orders.own) }, spouse: { ...spouse, ...of(orders.spouse) }, medicaid: { ...medicaid, ...of(orders.medicaid) } };
  return orderBenefits(inputOf({ plans, ...more })).conflict.map(({ coverage, stated, source, computed }) => `${coverage} ${source} ${stated}→${computed}`);
};

describe('a stated order is compared', () => {
  test.each([
    ['agrees', { own: 1, spouse: 2, medicaid: 3 }, []],
    ['agrees with gaps, which mean nothing', { own: 2, spouse: 5, medicaid: 9 }, []],
    ['two are the wrong way round', { own: 2, spouse: 1, medicaid: 3 }, ['Coverage/own Coverage.order 2→1', 'Coverage/spouse Coverage.order 1→2']],
    ['one alone says nothing', { spouse: 1 }, []],
    ['two claim the same place', { own: 1, spouse: 1 }, ['Coverage/own Coverage.order 1→1', 'Coverage/spouse Coverage.order 1→2']],
    ['all the wrong way round', { own: 3, spouse: 2, medicaid: 1 }, ['Coverage/own Coverage.order 3→1', 'Coverage/spouse Coverage.order 2→2', 'Coverage/medicaid Coverage.order 1→3']],
  ])('%s', (_name, orders, expected) => expect(conflictsOf(orders)).toEqual(expected));

  test('plans that share equally may be stated in any order', () => {
    const plans = { a: { ...own, order: 2 }, b: { ...own, order: 1 } };
    expect(orderBenefits(inputOf({ plans }))).toMatchObject({ equalSharing: true, conflict: [] });
  });

  test('a coverage that takes no part is not compared', () => {
    const plans = { ended: { ...own, to: '2023-12-31', order: 1 }, spouse: { ...spouse, order: 2 }, medicaid: { ...medicaid, order: 3 } };
    expect(orderBenefits(inputOf({ plans })).conflict).toEqual([]);
  });

  test('other sources are compared each by itself', () => {
    const stated = [
      { coverage: 'Coverage/own', stated: 2, source: 'Account/a coverage.priority' },
      { coverage: 'Coverage/spouse', stated: 1, source: 'Account/a coverage.priority' },
      { coverage: 'Coverage/medicaid', stated: 1, source: 'Account/b coverage.priority' },
      { coverage: 'Coverage/unknown', stated: 1, source: 'Account/b coverage.priority' },
    ];
    expect(conflictsOf({ own: 1, spouse: 2 }, { stated })).toEqual(['Coverage/own Account/a coverage.priority 2→1', 'Coverage/spouse Account/a coverage.priority 1→2']);
  });
});
