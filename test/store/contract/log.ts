import { describe, expect, it } from 'vitest';
import type { Cursor, LogQuery, PlacedVersion, Store } from '../../../src/store/store.js';
import { commitOne, opener, put, remove } from './harness.js';
import type { OpenStore } from './harness.js';

const START = Date.parse('2026-01-01T00:00:00.000Z');
const MINUTE = 60_000;

export function logContract(open: OpenStore): void {
  describe('log', () => {
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

    const named = ({ id, version, deleted }: PlacedVersion): string => `${id}${version}${deleted ? ' deleted' : ''}`;

    async function all(store: Store, query: Omit<LogQuery, 'count'>, count = 100): Promise<PlacedVersion[]> {
      const found: PlacedVersion[] = [];
      for (let after: Cursor | undefined = query.after, more = true; more; ) {
        const page = await store.log({ ...query, ...(after ? { after } : {}), count });
        expect(page.versions.length).toBeLessThanOrEqual(count);
        found.push(...page.versions);
        after = page.next;
        more = after !== undefined;
      }
      return found;
    }

    it.each<[what: string, query: Omit<LogQuery, 'count' | 'until'>, expected: string[]]>([
      ['of a type, oldest first, deletions included', { types: ['Patient'] }, ['a1', 'a2', 'b1', 'a3 deleted']],
      ['of several types, in one order', { types: ['Coverage', 'Patient'] }, ['a1', 'c1', 'a2', 'b1', 'a3 deleted']],
      ['of no type', { types: [] }, []],
      ['of an unknown type', { types: ['Nothing'] }, []],
      ['since a time, inclusive', { types: ['Patient'], since: START + 2 * MINUTE }, ['a2', 'b1', 'a3 deleted']],
    ])('%s', async (_, query, expected) => {
      const store = await filled();
      for (const count of [1, 2, 100]) expect((await all(store, query, count)).map(named)).toEqual(expected);
    });

    it('what stands, and since a time', async () => {
      const store = await filled();
      const { place: standing } = await store.logEnd();
      for (const count of [1, 2, 100]) {
        expect((await all(store, { types: ['Patient', 'Coverage'], standing }, count)).map(named)).toEqual(['c1', 'b1', 'a3 deleted']);
        expect((await all(store, { types: ['Patient', 'Coverage'], standing, since: START + 3 * MINUTE }, count)).map(named)).toEqual(['b1', 'a3 deleted']);
      }
    });

    it('tells all of a version', async () => {
      const store = await filled();
      const { versions } = await store.log({ types: ['Coverage'], count: 1 });
      expect(versions).toEqual([{ ...(await store.readVersion('Coverage', 'c', 1)), lastUpdated: '2026-01-01T00:01:00.000Z', place: versions[0]?.place, type: 'Coverage', id: 'c', version: 1, deleted: false, method: 'PUT', body: versions[0]?.body }]);
      expect(Buffer.from(versions[0]!.body).toString()).toContain('"id":"c"');
    });

    it('goes on after every place, and ends at every place as it was there', async () => {
      const store = await filled();
      const versions = await all(store, { types: ['Patient'] });
      const standing = [['a1'], ['a2'], ['a2', 'b1'], ['b1', 'a3 deleted']];
      for (const [i, { place }] of versions.entries()) {
        expect((await all(store, { types: ['Patient'], after: place })).map(named)).toEqual(versions.slice(i + 1).map(named));
        expect((await all(store, { types: ['Patient'], until: place })).map(named)).toEqual(versions.slice(0, i + 1).map(named));
        expect((await all(store, { types: ['Patient'], until: place, standing: place })).map(named)).toEqual(standing[i]);
        const parts = [...(await all(store, { types: ['Patient'], until: versions[1]!.place, standing: place })), ...(await all(store, { types: ['Patient'], after: versions[1]!.place, until: place, standing: place }))];
        if (i > 1) expect(parts.map(named)).toEqual(standing[i]);
      }
    });

    it('ends after all that is there, and before all that comes', async () => {
      let now = START;
      const { store } = await fresh({ now: () => now });
      const empty = await store.logEnd();
      now += 1;
      await store.commit([put('Patient', 'a'), put('Patient', 'b')]);
      now += 1;
      const { place, at } = await store.logEnd();
      now += 1;
      await commitOne(store, put('Patient', 'a', { rest: ' ' }));
      expect((await all(store, { types: ['Patient'], until: place, standing: place })).map(named)).toEqual(['a1', 'b1']);
      expect((await all(store, { types: ['Patient'], after: place })).map(named)).toEqual(['a2']);
      expect((await all(store, { types: ['Patient'], until: empty.place })).map(named)).toEqual([]);
      const since = await all(store, { types: ['Patient'], since: Date.parse(at) });
      expect(since.map(named)).toContain('a2');
    });

    it('holds what many write at once, each once, those of a resource in their order', async () => {
      const { store } = await fresh();
      const writers = Array.from({ length: 8 }, async (_, writer) => {
        for (let i = 0; i < 10; i++) await commitOne(store, put('Patient', `p${writer}`, { rest: `,"x":${i}` }));
      });
      const seen: string[] = [];
      let after: Cursor | undefined;
      let done = false;
      const reading = (async () => {
        for (let last = false; !last; ) {
          last = done;
          for (const { id, version, place } of await all(store, { types: ['Patient'], ...(after && store.settlingMs === 0 ? { after } : {}) }, 7)) {
            if (!seen.includes(`${id}/${version}`)) seen.push(`${id}/${version}`);
            after = place;
          }
        }
      })();
      await Promise.all(writers);
      done = true;
      await reading;
      expect(seen).toHaveLength(80);
      for (let writer = 0; writer < 8; writer++) {
        expect(seen.filter((one) => one.startsWith(`p${writer}/`))).toEqual(Array.from({ length: 10 }, (_, i) => `p${writer}/${i + 1}`));
      }
    });
  });

  describe('facts', () => {
    const fresh = opener(open);

    it.each<[what: string, standing: string | undefined, before: string | undefined, after: string | undefined, swapped: boolean]>([
      ['a new one is set', undefined, undefined, 'a', true],
      ['a new one is refused where there is one', 'x', undefined, 'a', false],
      ['one that stands is replaced', 'x', 'x', 'y', true],
      ['another one is not', 'x', 'z', 'y', false],
      ['one that is gone is not', undefined, 'x', 'y', false],
      ['one that stands goes', 'x', 'x', undefined, true],
      ['another one does not go', 'x', 'y', undefined, false],
      ['it may be set to what it is', 'x', 'x', 'x', true],
      ['that there is none can be asked', undefined, undefined, undefined, true],
      ['that there is one, too', 'x', undefined, undefined, false],
    ])('%s', async (_, standing, before, after, swapped) => {
      const { store, reopen } = await fresh();
      if (standing !== undefined) await store.initFact('it', standing);
      expect(await store.swapFact('it', before, after)).toBe(swapped);
      expect(await store.getFact('it')).toBe(swapped ? after : standing);
      expect(await (await reopen()).getFact('it')).toBe(swapped ? after : standing);
    });

    it('of many who swap at once, each counts', async () => {
      const { store } = await fresh();
      await store.initFact('count', '0');
      const add = async (): Promise<void> => {
        for (;;) {
          const value = (await store.getFact('count')) ?? '';
          if (await store.swapFact('count', value, String(Number(value) + 1))) return;
        }
      };
      await Promise.all(Array.from({ length: 20 }, add));
      expect(await store.getFact('count')).toBe('20');
    });

    it('are listed by how their names begin', async () => {
      const { store } = await fresh();
      for (const name of ['job/b', 'job/a', 'jobs', 'job', 'jo%/x', 'job_x']) await store.initFact(name, name.toUpperCase());
      expect([...(await store.facts('job/'))]).toEqual([['job/a', 'JOB/A'], ['job/b', 'JOB/B']]);
      expect([...(await store.facts('jo%')).keys()]).toEqual(['jo%/x']);
      expect((await store.facts('none')).size).toBe(0);
      expect([...(await store.facts('')).keys()]).toContain('jobs');
    });
  });
}
