import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Compare, Expression, IndexEntry, SortKey } from '../../../src/store/store.js';
import { allPages, opener, plan, put } from './harness.js';
import type { OpenStore } from './harness.js';
import { meets } from './model.js';
import type { ModelResource } from './model.js';

const TYPES = ['Patient', 'Claim', 'Coverage'];
const code = fc.constantFrom('a', 'b', 'c');
const small = fc.integer({ min: 0, max: 9 });
const word = fc.stringMatching(/^[ab%_]{0,3}$/);
const resourceId = fc.record({ type: fc.constantFrom(...TYPES), n: fc.integer({ min: 0, max: 14 }) }).map(({ type, n }) => ({ type, id: `${type}-${n}` }));
const interval = fc.tuple(small, fc.integer({ min: 1, max: 3 })).map(([low, width]) => ({ low, high: low + width }));

const entry: fc.Arbitrary<IndexEntry> = fc.oneof(
  fc.record({ kind: fc.constant('token' as const), param: fc.constant('code'), code, system: fc.constantFrom('s', 't') }, { requiredKeys: ['kind', 'param', 'code'] }),
  fc.record({ kind: fc.constant('string' as const), param: fc.constant('name'), value: word }).map((one) => ({ ...one, exact: one.value.toUpperCase() })),
  resourceId.map((target) => ({ kind: 'reference' as const, param: 'link', ...target })),
  interval.map((range) => ({ kind: 'date' as const, param: 'date', ...range })),
  fc.tuple(code, interval, fc.integer({ min: 1, max: 2 })).map(([, range, group]) => ({ kind: 'number' as const, param: 'part-value', value: range.low, ...range, group })),
  fc.tuple(code, fc.integer({ min: 1, max: 2 })).map(([one, group]) => ({ kind: 'token' as const, param: 'part-code', code: one, group })),
);

const compare = fc.constantFrom<Compare>('eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap');
const leaf: fc.Arbitrary<Expression> = fc.oneof(
  fc.record({ op: fc.constant('token' as const), param: fc.constant('code'), code, system: fc.constantFrom('s', 't', null) }, { requiredKeys: ['op', 'param'] }),
  fc.record({ op: fc.constant('string' as const), param: fc.constant('name'), match: fc.constantFrom('starts' as const, 'contains' as const, 'exact' as const), value: word }),
  resourceId.map(({ type, id }) => ({ op: 'reference' as const, param: 'link', type, id })),
  resourceId.map((but) => ({ op: 'refers' as const, param: 'link', to: [but.type], but })),
  fc.record({ op: fc.constant('interval' as const), kind: fc.constant('date' as const), param: fc.constant('date'), compare, range: interval }).map(({ range, ...rest }) => ({ ...rest, ...range })),
  fc.constantFrom<Expression>({ op: 'present', param: 'date', kind: 'date' }, { op: 'all' }),
  fc.array(resourceId, { maxLength: 5 }).map((ids) => ({ op: 'id' as const, in: ids.map(({ id }) => id) })),
  fc.tuple(code, compare, interval).map(([one, by, range]): Expression => ({ op: 'grouped', of: [{ op: 'token', param: 'part-code', code: one }, { op: 'interval', kind: 'number', param: 'part-value', compare: by, ...range }] })),
);

const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.record({ op: fc.constantFrom('and' as const, 'or' as const), of: fc.array(tie('expression'), { maxLength: 3 }) }),
    tie('expression').map((of) => ({ op: 'not' as const, of })),
    fc.tuple(fc.subarray(TYPES, { minLength: 1 }), tie('expression')).map(([types, where]) => ({ op: 'chain' as const, param: 'link', types, where })),
    fc.tuple(fc.constantFrom(...TYPES), tie('expression')).map(([type, where]) => ({ op: 'has' as const, type, param: 'link', where })),
  ),
}));

const sort: fc.Arbitrary<SortKey[]> = fc.array(
  fc.tuple(fc.constantFrom<Omit<SortKey, 'descending'>>({ param: '_id', kind: 'id' }, { param: '_lastUpdated', kind: 'date' }, { param: 'date', kind: 'date' }, { param: 'name', kind: 'string' }), fc.boolean()).map(([key, descending]) => ({ ...key, descending })),
  { maxLength: 2 },
);

export function randomSearchContract(open: OpenStore): void {
  describe('any search', () => {
    const fresh = opener(open);

    it('finds on its pages what the slow model of the port finds, each once, and counts it', async () => {
      const { store } = await fresh();
      const all: ModelResource[] = TYPES.flatMap((type) => fc.sample(fc.array(entry, { maxLength: 8 }), { numRuns: 15, seed: 7 + type.length }).map((index, n) => ({ type, id: `${type}-${n}`, index })));
      await store.commit(all.map(({ type, id, index }) => put(type, id, { index })));
      const asked = fc.record({ types: fc.subarray(TYPES, { minLength: 1 }), where: expression, sort, count: fc.integer({ min: 1, max: 20 }) });
      await fc.assert(
        fc.asyncProperty(asked, async ({ types, where, sort: by, count }) => {
          const expected = all.filter((one) => types.includes(one.type) && meets(one, where, all)).map(({ id }) => id);
          const pages = await allPages(store, plan(types, where, { sort: by, count }));
          expect(pages.flat().sort()).toEqual(expected.sort());
          expect((await store.search(plan(types, where, { count: 0, total: 'accurate' }))).total).toBe(expected.length);
        }),
        { numRuns: 400 },
      );
    });
  });
}
