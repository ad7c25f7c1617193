import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KnownEntry } from '../../../src/store/known-entry.js';
import { migrate } from '../../../src/store/migration/migrate.js';
import type { Migration, Progress } from '../../../src/store/migration/migrate.js';
import { MIGRATION } from '../../../src/store/migration/mark.js';
import { openStore } from '../../../src/store/open.js';
import type { Change, Store } from '../../../src/store/store.js';
import type { VersionLog } from '../../../src/store/version-log.js';
import { places, withLog, withStore } from '../places.js';
import type { NewPlace, Place } from '../places.js';
import { commitOne, hasToken, idsOf, plan, put, remove, token } from './harness.js';
import { allOf } from './version-log.js';

/** What the tests' texts are found by: `"code":"…"`. */
const indexOf = (body: Uint8Array): readonly KnownEntry[] => {
  const code = /"code":"(\w+)"/.exec(Buffer.from(body).toString())?.[1];
  return code === undefined ? [] : [token('code', code)];
};

const coded = (type: string, id: string, code: string): Change => put(type, id, { rest: `,"code":"${code}"`, index: [token('code', code)] });

/** So few versions at a time, so that a small store is copied in many steps. */
const inSmallPages = (log: VersionLog, versions = 7): VersionLog => overlaid(log, { after: async (place) => (await log.after(place)).slice(0, versions) });

const overlaid = (log: VersionLog, over: Partial<VersionLog>): VersionLog => ({
  after: (place) => log.after(place),
  size: () => log.size(),
  facts: () => log.facts(),
  append: (versions, facts) => log.append(versions, facts),
  close: () => log.close(),
  ...over,
});

const TYPES = ['Patient', 'Claim', 'Basic'];
const CODES = ['a', 'b', 'c'];
const changes = fc.array(
  fc.tuple(fc.constantFrom(...TYPES), fc.constantFrom('1', '2', '3', '4'), fc.option(fc.constantFrom(...CODES), { nil: undefined })).map(([type, id, code]) => (code === undefined ? remove(type, id) : coded(type, id, code))),
  { minLength: 20, maxLength: 60 },
);

/** Everything that can be asked of a store. */
async function answersOf(store: Store): Promise<unknown> {
  const history = await store.history({ count: 1_000 });
  const found = await Promise.all(TYPES.flatMap((type) => CODES.map(async (code) => idsOf(await store.search(plan(type, hasToken('code', code)))))));
  const ordered = await Promise.all(TYPES.map(async (type) => idsOf(await store.search(plan(type)))));
  const read = await Promise.all(TYPES.flatMap((type) => ['1', '2', '3', '4'].map(async (id) => shown(await store.read(type, id)))));
  return { history: history.versions.map(shown), found, ordered, read, key: await store.getFact('page-link-key') };
}

const shown = (stored: Awaited<ReturnType<Store['read']>>): unknown => stored && [stored.type, stored.id, stored.version, stored.lastUpdated, stored.deleted, stored.method, Buffer.from(stored.body).toString()];

/** What copying from one kind of place to another must do. */
export function migrationContract(name: string, newSource: NewPlace, newTarget: NewPlace): void {
  describe(`A migration ${name}`, () => {
    const source = places(newSource);
    const target = places(newTarget);

    async function filled(history: readonly Change[]): Promise<Place> {
      const place = await source();
      await withStore(place, async (store) => {
        await store.initFact('page-link-key', 'secret');
        for (const change of history) await commitOne(store, change);
      });
      return place;
    }
    const some = (): Promise<Place> => filled(['a', 'b', 'c', 'a', 'c', 'b', 'a'].flatMap((code, i) => [coded('Patient', `${i % 3}`, code), coded('Claim', `${i}`, code), ...(i === 4 ? [remove('Claim', '2')] : [])]));

    const copying = (from: Place, to: Place, more: (migration: Migration) => Partial<Migration> = () => ({})): ReturnType<typeof migrate> =>
      withLog(from, (fromLog) => withLog(to, (toLog) => {
        const migration: Migration = { from: fromLog, to: toLog, indexOf, report: () => undefined };
        return migrate({ ...migration, ...more(migration) });
      }));

    it('makes a store that answers everything as its source does', async () => {
      await fc.assert(fc.asyncProperty(changes, async (history) => {
        const [from, to] = [await filled(history), await target()];
        await copying(from, to, (migration) => ({ from: inSmallPages(migration.from) }));
        expect(await withStore(to, answersOf)).toEqual(await withStore(from, answersOf));
      }), { numRuns: 8 });
    });

    it('goes on where it was, however often it is cut short before or after it has written; no server starts on it meanwhile', async () => {
      const [from, to] = [await some(), await target()];
      let [cuts, appends] = [0, 0];
      const failing = (log: VersionLog): VersionLog => overlaid(log, {
        append: async (versions, facts) => {
          const step = ++appends % 3;
          if (step === 2) throw new Error('cut');
          await log.append(versions, facts);
          if (step === 0) throw new Error('cut');
        },
      });
      for (let copied = false; !copied; ) {
        copied = await copying(from, to, (migration) => ({ from: inSmallPages(migration.from, 3), to: failing(migration.to) })).then(() => true, (error: Error) => {
          expect(error.message).toBe('cut');
          return false;
        });
        if (copied) continue;
        cuts++;
        if (await withLog(to, async (log) => JSON.parse((await log.facts()).get(MIGRATION) ?? '{}').done === true)) continue;
        await expect(openStore(to.address)).rejects.toMatchObject({ name: 'StoreUnavailableError', message: expect.stringContaining('cobalt migrate') });
      }
      expect(cuts).toBeGreaterThan(3);
      expect(await withStore(to, answersOf)).toEqual(await withStore(from, answersOf));
    });

    it('of a finished copy only compares, and says what has changed since', async () => {
      const [from, to] = [await some(), await target()];
      const tallies = await copying(from, to);
      const untouched = (log: VersionLog): VersionLog => overlaid(log, { append: async () => expect.fail('wrote into a finished copy') });
      expect(await copying(from, to, (migration) => ({ to: untouched(migration.to) }))).toEqual(tallies);
      await withStore(to, (store) => commitOne(store, coded('Claim', 'later', 'a')));
      await expect(copying(from, to, (migration) => ({ to: untouched(migration.to) }))).rejects.toMatchObject({ name: 'MigrationError', reason: 'different', message: expect.stringMatching(/Claim \(8 versions of 6 resources in the source, 9 versions of 7 resources in the copy\)/) });
    });

    it('counts what it copied, by type', async () => {
      const tallies = await copying(await some(), await target());
      expect(tallies.map(({ type, versions, resources, hash }) => [type, versions, resources, hash.length])).toEqual([['Claim', 8, 6, 64], ['Patient', 5, 3, 64]]);
    });

    it('tells how far it is: every version once while copying, and in both stores while comparing', async () => {
      const seen: Progress[] = [];
      await copying(await some(), await target(), (migration) => ({ from: inSmallPages(migration.from), report: (progress) => seen.push(progress) }));
      expect(seen.filter(({ step }) => step === 'copy').map(({ done, of }) => [done, of])).toEqual([[0, 13], [7, 13], [13, 13]]);
      expect(seen.at(-1)).toEqual({ step: 'verify', done: 26, of: 26 });
    });

    it('sees one byte that is not the same, and keeps servers from the copy', async () => {
      const [from, to] = [await some(), await target()];
      const damaging = (log: VersionLog): VersionLog => overlaid(log, {
        append: (versions, facts) => log.append(versions.map((version) => (version.id === '5' ? { ...version, body: Buffer.from(version.body).map((byte, i) => (i === 40 ? byte ^ 1 : byte)) } : version)), facts),
      });
      await expect(copying(from, to, (migration) => ({ to: damaging(migration.to) }))).rejects.toMatchObject({ reason: 'different', message: expect.stringContaining('Claim (8 versions of 6 resources in the source, 8 versions of 6 resources in the copy)') });
      await expect(openStore(to.address)).rejects.toMatchObject({ name: 'StoreUnavailableError' });
    });

    it.each<[what: string, task: (from: Place, to: Place) => Promise<unknown>, reason: string]>([
      ['a target that holds resources', async (_, to) => withStore(to, (store) => commitOne(store, put('Basic', 'x'))), 'target'],
      ['a target that served before', async (_, to) => withStore(to, (store) => store.initFact('page-link-key', 'own')), 'target'],
      ['the copy of another store', async (_, to) => copying(await filled([put('Basic', 'other')]), to), 'target'],
      ['an unfinished copy as a source', async (from) => withLog(from, (log) => log.append([], new Map([[MIGRATION, '{"source":"x","done":false}']]))), 'source'],
    ])('refuses %s, and leaves both as they were', async (_, task, reason) => {
      const [from, to] = [await some(), await target()];
      await task(from, to);
      const before = await withLog(to, async (log) => [await allOf(log), await log.facts()]);
      await expect(copying(from, to)).rejects.toMatchObject({ name: 'MigrationError', reason });
      expect(await withLog(to, async (log) => [await allOf(log), await log.facts()])).toEqual(before);
    });

    it('does not say what stands in a text that it cannot read', async () => {
      const unreadable = (): never => {
        throw new SyntaxError('Unexpected token in "Lindqvist"');
      };
      await expect(copying(await some(), await target(), () => ({ indexOf: unreadable }))).rejects.toMatchObject({ reason: 'source', message: expect.not.stringContaining('Lindqvist') });
    });

    it('keeps apart what several processes wrote in one moment, in its order and nearly at its time', async () => {
      const to = await target();
      const stamp = Date.parse('2026-01-01T00:00:00.000Z') * 1024;
      const versions = Array.from({ length: 20 }, (_, i) => ({ type: 'Basic', id: `b${i}`, version: 1, stamp: stamp + Math.floor(i / 4), deleted: false, current: true, method: 'PUT' as const, body: Buffer.from('{}') }));
      const together: VersionLog = {
        after: async (place) => versions.slice(place ? versions.findIndex(({ id }) => id === place.id) + 1 : 0).slice(0, 6),
        size: async () => versions.length,
        facts: async () => new Map(),
        append: async () => undefined,
        close: async () => undefined,
      };
      await withLog(to, (log) => migrate({ from: together, to: log, indexOf, report: () => undefined }));
      const copied = await withLog(to, allOf);
      expect(copied.map(({ id }) => id)).toEqual(versions.map(({ id }) => id));
      expect(new Set(copied.map((version) => version.stamp)).size).toBe(20);
      expect(copied.every((version, i) => Math.abs(version.stamp - versions[i]!.stamp) < 20)).toBe(true);
    });
  });
}
