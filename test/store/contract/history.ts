import { describe, expect, it } from 'vitest';
import type { HistoryQuery, Store } from '../../../src/store/store.js';
import { commitOne, opener, put, remove } from './harness.js';
import type { OpenStore } from './harness.js';

const START = Date.parse('2026-01-01T00:00:00.000Z');
const MINUTE = 60_000;

export function historyContract(open: OpenStore): void {
  describe('history', () => {
    const fresh = opener(open);

    /** One change a minute: Patient/a 1, Coverage/c 1, Patient/a 2, Patient/b 1, Patient/a deleted (3). */
    async function filled(): Promise<Store> {
      let now = START;
      const { store } = await fresh({ now: () => now });
      for (const change of [put('Patient', 'a'), put('Coverage', 'c'), put('Patient', 'a', { rest: ' ' }), put('Patient', 'b'), remove('Patient', 'a')]) {
        await commitOne(store, change);
        now += MINUTE;
      }
      return store;
    }

    const listed = async (store: Store, query: HistoryQuery): Promise<string[]> => (await store.history(query)).versions.map(({ id, version, deleted }) => `${id}${version}${deleted ? ' deleted' : ''}`);

    it.each<[what: string, query: Omit<HistoryQuery, 'count'>, expected: string[]]>([
      ['of a resource, newest first, with its deletion', { type: 'Patient', id: 'a' }, ['a3 deleted', 'a2', 'a1']],
      ['of a type', { type: 'Patient' }, ['a3 deleted', 'b1', 'a2', 'a1']],
      ['of all', {}, ['a3 deleted', 'b1', 'a2', 'c1', 'a1']],
      ['of all but some types', { but: ['Coverage', 'Nothing'] }, ['a3 deleted', 'b1', 'a2', 'a1']],
      ['of what was never stored', { type: 'Patient', id: 'zzz' }, []],
      ['of an unknown type', { type: 'Nothing' }, []],
      ['since a time, inclusive', { since: START + 2 * MINUTE }, ['a3 deleted', 'b1', 'a2']],
      ['since just after', { since: START + 2 * MINUTE + 1 }, ['a3 deleted', 'b1']],
      ['current at an instant', { at: { low: START + 2 * MINUTE, high: START + 2 * MINUTE + 1 } }, ['a2', 'c1']],
      ['current just before', { at: { low: START + 2 * MINUTE - 1, high: START + 2 * MINUTE } }, ['c1', 'a1']],
      ['current at some time of a span', { type: 'Patient', at: { low: START + MINUTE, high: START + 3 * MINUTE + 1 } }, ['b1', 'a2', 'a1']],
      ['current before all', { at: { low: START - MINUTE, high: START } }, []],
    ])('%s', async (_, query, expected) => {
      expect(await listed(await filled(), { ...query, count: 10 })).toEqual(expected);
    });

    it('tells what made each version, and when', async () => {
      const { versions } = await (await filled()).history({ type: 'Patient', id: 'a', count: 10 });
      expect(versions.map(({ method, lastUpdated, body }) => [method, lastUpdated, body.length > 0])).toEqual([
        ['DELETE', '2026-01-01T00:04:00.000Z', false],
        ['PUT', '2026-01-01T00:02:00.000Z', true],
        ['PUT', '2026-01-01T00:00:00.000Z', true],
      ]);
    });

    it.each<Omit<HistoryQuery, 'count'>>([{}, { type: 'Patient' }, { type: 'Patient', id: 'a' }])('pages of %j hold each version once while others are written', async (query) => {
      const store = await filled();
      const expected = await listed(store, { ...query, count: 100 });
      const seen: string[] = [];
      let page = await store.history({ ...query, count: 2 });
      for (let i = 0; ; i++) {
        seen.push(...page.versions.map(({ id, version, deleted }) => `${id}${version}${deleted ? ' deleted' : ''}`));
        if (!page.next) break;
        await commitOne(store, put('Patient', 'a', { rest: `,"x":${i}` }));
        page = await store.history({ ...query, count: 2, cursor: page.next });
      }
      expect(seen).toEqual(expected);
    });

    it('counts the versions of a resource', async () => {
      expect((await (await filled()).history({ type: 'Patient', id: 'a', count: 1 })).total).toBe(3);
    });
  });
}
