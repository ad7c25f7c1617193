import { describe, expect, it } from 'vitest';
import type { Cursor, IndexEntry, SearchPlan, SortKey, Store } from '../../../src/store/store.js';
import { allPages, commitOne, idsOf, opener, plan, put, remove, token } from './harness.js';
import type { OpenStore } from './harness.js';

const rank = (value: number): IndexEntry => ({ kind: 'number', param: 'rank', value, low: value, high: value + 1 });
const id = (i: number): string => `r${String(i).padStart(2, '0')}`;

const SORTS: readonly (readonly [what: string, sort: readonly SortKey[]])[] = [
  ['in the default order', []],
  ['by id', [{ param: '_id', kind: 'id', descending: true }]],
  ['by lastUpdated', [{ param: '_lastUpdated', kind: 'date', descending: false }]],
  ['newest first', [{ param: '_lastUpdated', kind: 'date', descending: true }]],
  ['by a parameter with ties and gaps', [{ param: 'rank', kind: 'number', descending: false }]],
  ['by a parameter, descending, then by id', [{ param: 'rank', kind: 'number', descending: true }, { param: '_id', kind: 'id', descending: false }]],
];

export function pagingContract(open: OpenStore): void {
  describe('pages', () => {
    const fresh = opener(open);

    /** 25 resources r00 … r24, of which every fifth has no rank. */
    async function filled(): Promise<{ store: Store; reopen: () => Promise<Store> }> {
      const { store, reopen } = await fresh();
      for (let i = 0; i < 25; i++) await commitOne(store, put('Basic', id(i), { index: [token('code', 'x'), ...(i % 5 === 4 ? [] : [rank(i % 3)])] }));
      return { store, reopen };
    }

    const first = (sort: readonly SortKey[], more: Partial<SearchPlan> = {}): SearchPlan => plan('Basic', { op: 'token', param: 'code', code: 'x' }, { sort, count: 4, ...more });

    it.each(SORTS)('%s hold together what one large page holds', async (_, sort) => {
      const { store } = await filled();
      const whole = idsOf(await store.search(first(sort, { count: 100 })));
      const pages = await allPages(store, first(sort));
      expect(pages.map(({ length }) => length)).toEqual([4, 4, 4, 4, 4, 4, 1]);
      expect(pages.flat()).toEqual(whole);
      expect(await allPages(store, first(sort, { count: 5 }))).toHaveLength(5);
    });

    it('of a day hold all that is of it, whether or not the day is all that each of them has', async () => {
      const { store } = await fresh();
      const day = (from: number, to: number): IndexEntry => ({ kind: 'date', param: 'date', low: from, high: to });
      const of = (low: number, high: number) => allPages(store, plan('Basic', { op: 'interval', kind: 'date', param: 'date', compare: 'eq', low, high }, { count: 4 }));
      const put1 = (i: number, ...index: IndexEntry[]) => commitOne(store, put('Basic', id(i), { index }));
      for (let i = 0; i < 10; i++) await put1(i, day(100, 200), ...(i % 3 === 0 ? [day(100, 200)] : []), ...(i % 4 === 0 ? [day(200, 300)] : []));
      await put1(10, day(0, 100));
      expect((await of(100, 200)).flat()).toEqual(Array.from({ length: 10 }, (_, i) => id(i)));
      expect((await of(200, 300)).flat()).toEqual([id(0), id(4), id(8)]);
      await put1(11, day(150, 160));
      await put1(12, day(100, 250));
      expect((await of(100, 200)).flat()).toEqual([...Array.from({ length: 10 }, (_, i) => id(i)), id(11)]);
      expect((await of(300, 400)).flat()).toEqual([]);
    });

    it.each(SORTS)('%s show nothing twice and leave nothing out while others write', async (_, sort) => {
      const { store } = await filled();
      const whole = idsOf(await store.search(first(sort, { count: 100 })));
      const pages = await allPages(store, first(sort), async (page) => {
        await commitOne(store, put('Basic', `new${page}`, { index: [token('code', 'x'), rank(page % 3)] }));
        for (const i of [page, page * 3, 24 - page]) {
          const current = (await store.read('Basic', id(i)))!;
          await commitOne(store, put('Basic', id(i), { rest: `,"v":${current.version}`, index: [token('code', 'x'), ...(i % 5 === 4 ? [] : [rank(i % 3)])] }));
        }
      });
      expect(pages.flat()).toEqual(whole);
    });

    it.each(SORTS)('%s never show twice what moves while pages are read', async (_, sort) => {
      const { store } = await filled();
      const pages = await allPages(store, first(sort), async (page) => {
        for (let i = page; i < 25; i += 4) await commitOne(store, put('Basic', id(i), { rest: `,"p":${page}`, index: [token('code', 'x'), rank(page)] }));
      });
      const seen = pages.flat();
      expect(new Set(seen).size).toBe(seen.length);
    });

    it('of a hundred hold together what is there, in any order, while others write', async () => {
      const { store } = await fresh();
      const numbered = (i: number, more = {}) => put('Basic', `r${i + 100}`, { index: [token('code', 'x'), rank(i % 3)], ...more });
      await store.commit(Array.from({ length: 130 }, (_, i) => numbered(i)));
      for (const [what, sort] of SORTS) {
        const whole = idsOf(await store.search(first(sort, { count: 500 })));
        const pages = await allPages(store, first(sort, { count: 100 }), async () => {
          await commitOne(store, put('Basic', `new-${what.length}`, { index: [token('code', 'x'), rank(1)] }));
          await commitOne(store, numbered(120, { rest: `,"v":"${what}"` }));
        });
        expect([pages.length, pages.flat()], what).toEqual([2, whole]);
      }
    });

    it.each(SORTS)('%s that are the last have what a first one has, and no next', async (_, sort) => {
      const { store } = await filled();
      const page = await store.search(first(sort, { total: 'accurate' }));
      const last = await store.search(first(sort, { total: 'accurate', isLast: true }));
      expect([idsOf(last), last.total, last.next, page.next === undefined]).toEqual([idsOf(page), 25, undefined, false]);
    });

    it('leave out what was deleted meanwhile, and what came back only as what it was', async () => {
      const { store } = await filled();
      await commitOne(store, remove('Basic', id(20)));
      const pages = await allPages(store, first([]), async (page) => {
        if (page !== 1) return;
        await store.commit([remove('Basic', id(10)), remove('Basic', id(12)), put('Basic', id(12), { index: [token('code', 'x')] }), put('Basic', id(20), { rest: ' ', index: [token('code', 'x')] })]);
      });
      const seen = pages.flat();
      expect([seen.includes(id(10)), seen.includes(id(12)), seen.includes(id(20))]).toEqual([false, true, false]);
    });

    it('show the present version of what was updated meanwhile', async () => {
      const { store } = await filled();
      const page = await store.search(first([]));
      await commitOne(store, put('Basic', id(5), { rest: ' ', index: [token('code', 'x')] }));
      const next = await store.search({ ...first([]), cursor: page.next! });
      expect(next.matches.find((match) => match.id === id(5))?.version).toBe(2);
    });

    it('go on after a restart', async () => {
      const { store, reopen } = await filled();
      const page = await store.search(first([]));
      const again = await reopen();
      expect(idsOf(await again.search({ ...first([]), cursor: page.next! }))).toEqual([id(4), id(5), id(6), id(7)]);
    });

    it.each<[Cursor]>([[[]], [['x', 1]], [[1]], [[1, 2, 3]], [[1.5, 1]], [[null, null]]])('are refused with a cursor of others: %j', async (cursor) => {
      const { store } = await filled();
      await expect(store.search({ ...first([]), cursor })).rejects.toMatchObject({ name: 'SearchRefusedError', reason: 'cursor' });
    });

    it('of a history are refused with a cursor of others', async () => {
      const { store } = await filled();
      await expect(store.history({ count: 5, cursor: ['x'] })).rejects.toMatchObject({ name: 'SearchRefusedError', reason: 'cursor' });
    });
  });
}
