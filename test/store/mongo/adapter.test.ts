import { createConnection } from 'mongoose';
import type { Connection } from 'mongoose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ResourceDocument, VersionDocument } from '../../../src/store/mongo/documents.js';
import { openMongoStore } from '../../../src/store/mongo/index.js';
import { ConflictError } from '../../../src/store/store.js';
import type { Change, Store } from '../../../src/store/store.js';
import { bodyOf, commitOne, hasToken, idsOf, plan, put, textOf, token, when } from '../contract/harness.js';
import { databaseUrl, dropDatabase, hasTransactions, serverUrl } from '../mongo-server.js';

vi.setConfig({ testTimeout: 60_000 });

describe('a server that is not there', () => {
  it('is refused without its address, user or password', async () => {
    const opening = openMongoStore({ url: 'mongodb://someone:secret@127.0.0.1:1/clinic', patience: 100 });
    await expect(opening).rejects.toMatchObject({ name: 'StoreUnavailableError', reason: 'failed', message: expect.not.stringMatching(/secret|someone|127/) });
  });

  it.each(['mongodb://some one:secret@@/x', 'mongodb://host:99999/x', 'mongodb://u:secret@host/x?nonsense=1'])('is refused without it when the address makes no sense: %s', async (url) => {
    await expect(openMongoStore({ url, patience: 100 })).rejects.toMatchObject({ message: expect.not.stringMatching(/secret|host/) });
  });
});

/** What can't be is not there, rather than skipped: `mongo.test.ts` prints what could not be run. */
const describeIf = (there: boolean, name: string, tests: () => void): void => {
  if (there) describe(name, tests);
};

const transactions = serverUrl !== undefined && (await hasTransactions(serverUrl));

describeIf(serverUrl !== undefined, 'on one database', () => {
  let url: string;
  let stores: Store[];

  /** As many processes. */
  const open = async (count: number): Promise<Store[]> => {
    const opened: Store[] = [];
    for (let i = 0; i < count; i++) opened.push(await openMongoStore({ url }));
    stores.push(...opened);
    return opened;
  };

  beforeEach(() => {
    url = databaseUrl(serverUrl ?? '');
    stores = [];
  });
  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await dropDatabase(url);
  });

  describeIf(!transactions, 'without transactions', () => {
    const several: readonly (readonly [what: string, changes: readonly Change[]])[] = [
      ['two resources', [put('Patient', 'a'), put('Patient', 'b')]],
      ['a resource and a condition after it', [put('Patient', 'a'), { op: 'match', condition: when('Patient', 'identifier', 'known') }]],
      ['all that match, when they are several', [{ op: 'delete', type: 'Patient', condition: { ...when('Patient', 'identifier', 'known'), whenMany: 'delete' } }]],
    ];

    it.each(several)('refuses to change %s, and writes nothing', async (_, changes) => {
      const [store] = (await open(1)) as [Store];
      for (const id of ['k1', 'k2']) await commitOne(store, put('Patient', id, { index: [token('identifier', 'known')] }));
      await expect(store.commit(changes)).rejects.toMatchObject({ name: 'TransactionsMissingError', message: expect.stringMatching(/no transactions.*replica set/) });
      expect(idsOf(await store.search(plan('Patient')))).toEqual(['k1', 'k2']);
    });

    it('resolves a condition for the one resource that it writes', async () => {
      const [store] = (await open(1)) as [Store];
      await commitOne(store, put('Patient', 'known', { index: [token('identifier', 'x')] }));
      const body = bodyOf('Claim', ',"patient":"', { slot: 'result', change: 0 }, '"');
      const results = await store.commit([{ op: 'match', condition: when('Patient', 'identifier', 'x') }, put('Claim', 'c', { body })]);
      expect(results.map(({ outcome }) => outcome)).toEqual(['matched', 'created']);
      expect(textOf(await store.read('Claim', 'c'))).toContain('Patient/known');
    });

    describe('after a crash between the version and the current document', () => {
      let raw: Connection;
      beforeEach(async () => {
        raw = await createConnection(url).asPromise();
      });
      afterEach(() => raw.close());

      /** Writes what a process writes before it dies. */
      async function cutShort(version: 1 | 2): Promise<void> {
        const [store] = (await open(1)) as [Store];
        await commitOne(store, put('Basic', 'a', { rest: ',"v":1', index: [token('code', 'one')] }));
        const db = raw.getClient().db(new URL(url).pathname.slice(1));
        const resources = db.collection<ResourceDocument>('resources');
        const versions = db.collection<VersionDocument>('versions');
        const { _id, created, index, groups, refers, sort, home, indexed, ...head } = (await resources.findOne({ _id: 'Basic/a' }))!;
        if (version === 1) {
          await resources.deleteOne({ _id });
          await versions.updateOne({ _id: 'Basic/a/1' }, { $set: { pending: { created, indexed, index, groups, refers, sort, home } } });
        } else {
          const stamp = head.stamp + 1;
          const pending = { created, indexed: stamp, index: [{ p: 'token:code', v: 'two' }], groups, refers, sort, home };
          await versions.insertOne({ ...head, _id: 'Basic/a/2', resource: 'Basic/a', version: 2, stamp, pending });
        }
      }

      it.each([1, 2] as const)('the next start finishes version %i', async (version) => {
        await cutShort(version);
        const [store] = (await open(1)) as [Store];
        expect(await store.read('Basic', 'a')).toMatchObject({ version });
        expect(idsOf(await store.search(plan('Basic', hasToken('code', version === 1 ? 'one' : 'two'))))).toEqual(['a']);
      });

      it.each([1, 2] as const)('the next writer finishes version %i, and writes the one after', async (version) => {
        await cutShort(version);
        const [store] = stores as [Store];
        expect(await commitOne(store, put('Basic', 'a', { rest: ',"v":3' }))).toMatchObject({ version: version + 1 });
        expect((await store.history({ type: 'Basic', id: 'a', count: 9 })).versions).toHaveLength(version + 1);
      });

      it('who expected the version before is refused', async () => {
        await cutShort(2);
        const [store] = stores as [Store];
        await expect(commitOne(store, put('Basic', 'a', { rest: ',"v":3', expect: { version: 1 } }))).rejects.toMatchObject({ name: 'ConflictError', code: 'version' });
      });
    });
  });

  it('64 identical conditional creates over four processes make one resource, in every round', async () => {
    const processes = await open(4);
    for (let round = 0; round < 5; round++) {
      const code = `claim-${round}`;
      const create = (i: number): Change => put('Claim', `${code}-${i}`, { condition: { ...when('Claim', 'identifier', code), whenOne: 'keep' }, index: [token('identifier', code)] });
      const results = await Promise.all(Array.from({ length: 64 }, (_, i) => commitOne(processes[i % 4]!, create(i))));
      expect(results.filter(({ outcome }) => outcome === 'created')).toHaveLength(1);
      expect(new Set(results.map(({ id }) => id)).size).toBe(1);
    }
  });

  it('64 updates of one version over four processes have one winner, in every round', async () => {
    const processes = await open(4);
    await commitOne(processes[0]!, put('Basic', 'a'));
    for (let version = 1; version <= 5; version++) {
      const outcomes = await Promise.allSettled(Array.from({ length: 64 }, (_, i) => commitOne(processes[i % 4]!, put('Basic', 'a', { rest: `,"by":"${version}-${i}"`, expect: { version } }))));
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(ConflictError);
    }
  });

  it('plain updates over four processes all become versions', async () => {
    const processes = await open(4);
    await Promise.all(Array.from({ length: 40 }, (_, i) => commitOne(processes[i % 4]!, put('Basic', 'a', { rest: `,"n":${i}` }))));
    const { versions } = await processes[0]!.history({ type: 'Basic', id: 'a', count: 100 });
    expect(versions.map(({ version }) => version)).toEqual(Array.from({ length: 40 }, (_, i) => 40 - i));
    const times = versions.map(({ lastUpdated }) => lastUpdated);
    expect(times).toEqual([...times].sort().reverse());
  });

  describeIf(transactions, 'with transactions', () => {
    it('what overlaps over four processes loses nothing', async () => {
      const processes = await open(4);
      const increment = async (store: Store): Promise<boolean> => {
        const [a, b] = await Promise.all(['a', 'b'].map(async (id) => Number(/"n":(\d+)/.exec(textOf(await store.read('Basic', id)) ?? '')?.[1] ?? 0)));
        const version = (await store.read('Basic', 'a'))?.version ?? 0;
        if (a !== version) return false;
        const change = (id: string, n: number): Change => put('Basic', id, { rest: `,"n":${n + 1}`, expect: { version: n } });
        return store.commit([change('a', a!), change('b', b!)]).then(
          () => true,
          (error: unknown) => {
            if (error instanceof ConflictError) return false;
            throw error;
          },
        );
      };
      let wins = 0;
      await Promise.all(Array.from({ length: 8 }, async (_, i) => {
        while (wins < 50) if (await increment(processes[i % 4]!)) wins++;
      }));
      const [a, b] = await Promise.all(['a', 'b'].map((id) => processes[0]!.read('Basic', id)));
      expect([a?.version, b?.version, textOf(a)]).toEqual([wins, wins, expect.stringContaining(`"n":${wins}`)]);
    });
  });
});
