import { describe, expect, it } from 'vitest';
import { openVersionLog } from '../../../src/store/open.js';
import { PAGE } from '../../../src/store/version-log.js';
import type { IndexedVersion, LoggedVersion, VersionLog } from '../../../src/store/version-log.js';
import { places, withLog, withStore } from '../places.js';
import type { NewPlace } from '../places.js';
import { commitOne, hasToken, idsOf, plan, put, remove, textOf, token, when } from './harness.js';

const START = Date.parse('2026-01-01T00:00:00.000Z') * 1024;

/** A version as one store tells another; its text is not looked at. */
function version(type: string, id: string, number: number, more: Partial<IndexedVersion> = {}): IndexedVersion {
  const deleted = more.method === 'DELETE';
  return { type, id, version: number, stamp: START, deleted, method: 'PUT', body: Buffer.from(deleted ? '' : `{"n":${number}}`), current: false, index: [], ...more };
}

/** Patient a: made, changed, deleted, made again; b: made, deleted; Claim a: made. */
const LOG: readonly IndexedVersion[] = [
  version('Patient', 'a', 1, { stamp: START, method: 'POST' }),
  version('Patient', 'b', 1, { stamp: START + 1 }),
  version('Claim', 'a', 1, { stamp: START + 2, current: true, index: [token('status', 'active')] }),
  version('Patient', 'a', 2, { stamp: START + 2048, method: 'PATCH' }),
  version('Patient', 'b', 2, { stamp: START + 2049, method: 'DELETE', current: true }),
  version('Patient', 'a', 3, { stamp: START + 4096, method: 'DELETE' }),
  version('Patient', 'a', 4, { stamp: START + 8192, current: true, index: [token('identifier', 'x', 'http://mrn')] }),
];

export const allOf = async (log: VersionLog): Promise<LoggedVersion[]> => {
  const all: LoggedVersion[] = [];
  for (let page = await log.after(undefined); page.length > 0; page = await log.after(page.at(-1))) all.push(...page);
  return all;
};

const plain = ({ type, id, version: number, stamp, deleted, method, body, current }: LoggedVersion): unknown => [type, id, number, stamp, deleted, method, Buffer.from(body).toString(), current];
const NO_FACTS = new Map<string, string>();

/** What a store must be as a list of its versions. */
export function versionLogContract(name: string, newPlace: NewPlace): void {
  describe(`${name} as a list of versions`, () => {
    const place = places(newPlace);

    it('tells what was committed, oldest first, and which versions are current', async () => {
      const at = await place();
      await withStore(at, async (store) => {
        for (const change of [put('Patient', 'a', { method: 'POST' }), put('Claim', 'a'), put('Patient', 'a', { rest: ' ' }), remove('Claim', 'a')]) await commitOne(store, change);
      });
      const versions = await withLog(at, allOf);
      expect(versions.map(({ type, id, version: number, method, deleted, current }) => [type, id, number, method, deleted, current])).toEqual([
        ['Patient', 'a', 1, 'POST', false, false],
        ['Claim', 'a', 1, 'PUT', false, false],
        ['Patient', 'a', 2, 'PUT', false, true],
        ['Claim', 'a', 2, 'DELETE', true, true],
      ]);
      expect(versions.map(({ stamp }) => stamp)).toEqual(versions.map(({ stamp }) => stamp).sort((a, b) => a - b));
      expect(Buffer.from(versions[2]!.body).toString()).toContain('"versionId":"2"');
    });

    it('tells what it was told', async () => {
      const at = await place();
      expect(await withLog(at, async (log) => [await log.size(), await allOf(log), (await log.facts()).size])).toEqual([0, [], 0]);
      await withLog(at, async (log) => {
        await log.append(LOG.slice(0, 3), NO_FACTS);
        await log.append(LOG.slice(3), NO_FACTS);
      });
      expect((await withLog(at, allOf)).map(plain)).toEqual(LOG.map(plain));
      expect(await withLog(at, (log) => log.size())).toBe(LOG.length);
    });

    it('changes nothing when it is told the same again', async () => {
      const at = await place();
      await withLog(at, async (log) => {
        await log.append(LOG, NO_FACTS);
        await log.append(LOG.slice(0, 2), NO_FACTS);
        await log.append(LOG, NO_FACTS);
      });
      expect((await withLog(at, allOf)).map(plain)).toEqual(LOG.map(plain));
      expect(await withStore(at, async (store) => idsOf(await store.search(plan('Patient'))))).toEqual(['a']);
    });

    it('is a store like any other afterwards: versions, times, deletions, index and order of creation', async () => {
      const at = await place();
      await withLog(at, (log) => log.append(LOG, NO_FACTS));
      await withStore(at, async (store) => {
        expect(await store.read('Patient', 'a')).toMatchObject({ version: 4, deleted: false, lastUpdated: '2026-01-01T00:00:00.008Z', method: 'PUT' });
        expect(await store.read('Patient', 'b')).toMatchObject({ version: 2, deleted: true, method: 'DELETE' });
        expect(textOf(await store.readVersion('Patient', 'a', 2))).toBe('{"n":2}');
        const { versions, total } = await store.history({ type: 'Patient', id: 'a', count: 10 });
        expect([versions.map(({ version: number, method }) => `${number} ${method}`), total]).toEqual([['4 PUT', '3 DELETE', '2 PATCH', '1 POST'], 4]);
        expect(idsOf(await store.search(plan('Patient', hasToken('identifier', 'x'))))).toEqual(['a']);
        expect(idsOf(await store.search(plan('Patient')))).toEqual(['a']);
        expect((await store.search(plan(['Patient', 'Claim']))).matches.map(({ type, id }) => `${type}/${id}`)).toEqual(['Patient/a', 'Claim/a']);
      });
    });

    it('lets conditions find what it was told, and goes on counting versions', async () => {
      const at = await place();
      await withLog(at, (log) => log.append(LOG, NO_FACTS));
      await withStore(at, async (store) => {
        const create = put('Patient', 'new', { condition: { ...when('Patient', 'identifier', 'x'), whenOne: 'keep' } });
        expect(await commitOne(store, create)).toMatchObject({ id: 'a', outcome: 'matched' });
        const results = [];
        for (const change of [put('Patient', 'a', { expect: { version: 4 } }), put('Patient', 'b', { expect: { version: 0 } })]) results.push(await commitOne(store, change));
        expect(results.map(({ version: number, outcome }) => [number, outcome])).toEqual([[5, 'updated'], [3, 'created']]);
        expect(idsOf(await store.search(plan('Patient', hasToken('identifier', 'x'))))).toEqual([]);
      });
      const stamps = (await withLog(at, allOf)).map(({ stamp }) => stamp);
      expect(new Set(stamps).size).toBe(LOG.length + 2);
      expect(stamps).toEqual([...stamps].sort((a, b) => a - b));
    });

    it('takes a later current version for the one that was', async () => {
      const at = await place();
      const later = version('Claim', 'a', 2, { stamp: START + 9000, current: true, index: [token('status', 'cancelled'), { kind: 'reference', param: 'patient', type: 'Patient', id: 'a' }] });
      await withLog(at, async (log) => {
        await log.append(LOG, NO_FACTS);
        await log.append([later], NO_FACTS);
      });
      await withStore(at, async (store) => {
        expect(idsOf(await store.search(plan('Claim', hasToken('status', 'active'))))).toEqual([]);
        expect(idsOf(await store.search(plan('Claim', hasToken('status', 'cancelled'))))).toEqual(['a']);
      });
    });

    it('is read in pages, each version once, also where many were made in one moment', async () => {
      const at = await place();
      const many = Array.from({ length: 2 * PAGE.versions + 1 }, (_, i) => version('Basic', `b${i}`, 1, { stamp: START + i, current: true }));
      await withLog(at, (log) => log.append(many, NO_FACTS));
      expect((await withLog(at, allOf)).map(({ id }) => id)).toEqual(many.map(({ id }) => id));
    });

    it('is read in pages that memory holds: what is large comes alone', async () => {
      const at = await place();
      const body = Buffer.alloc(PAGE.bytes * 0.6, 'x');
      await withLog(at, (log) => log.append([1, 2, 3].map((i) => version('Basic', `b${i}`, 1, { stamp: START + i, current: true, body })), NO_FACTS));
      expect(await withLog(at, async (log) => (await log.after(undefined)).length)).toBe(1);
      expect(await withLog(at, async (log) => (await allOf(log)).length)).toBe(3);
    });

    it('has its facts set, and set anew', async () => {
      const at = await place();
      await withStore(at, (store) => store.initFact('key', 'old'));
      await withLog(at, (log) => log.append([], new Map([['key', 'new'], ['other', '1']])));
      expect(await withLog(at, (log) => log.facts())).toEqual(new Map([['key', 'new'], ['other', '1']]));
      expect(await withStore(at, (store) => store.getFact('key'))).toBe('new');
    });

    it('is not made where it should be read', async () => {
      const { address } = await place();
      await expect(openVersionLog(address, { make: false })).rejects.toMatchObject({ name: 'StoreUnavailableError', message: expect.stringMatching(/^There is no store in /) });
    });
  });
}
