import { describe, expect, it } from 'vitest';
import { ConflictError } from '../../../src/store/store.js';
import type { ConflictCode } from '../../../src/store/store.js';
import { commitOne, hasToken, idsOf, opener, plan, put, textOf, token, when } from './harness.js';
import type { OpenStore } from './harness.js';

/** The codes of the conflicts; any other error is one of the test. */
function refusalsOf(outcomes: readonly PromiseSettledResult<unknown>[]): ConflictCode[] {
  return outcomes.flatMap((outcome) => {
    if (outcome.status === 'fulfilled') return [];
    if (outcome.reason instanceof ConflictError) return [outcome.reason.code];
    throw outcome.reason as Error;
  });
}

/** `rounds`: how often many meet. */
export function concurrencyContract(open: OpenStore, rounds: number): void {
  describe('at the same time', () => {
    const fresh = opener(open);

    it('64 identical conditional creates make one resource, in every round', async () => {
      const { store } = await fresh();
      for (let round = 0; round < rounds; round++) {
        const code = `claim-${round}`;
        const results = await Promise.all(
          Array.from({ length: 64 }, (_, i) => commitOne(store, put('Claim', `${code}-${i}`, { condition: { ...when('Claim', 'identifier', code), whenOne: 'keep' }, index: [token('identifier', code)] }))),
        );
        expect(results.filter(({ outcome }) => outcome === 'created')).toHaveLength(1);
        expect(new Set(results.map(({ id }) => id)).size).toBe(1);
      }
      const page = await store.search(plan('Claim', { op: 'all' }, { count: 0, total: 'accurate' }));
      expect(page.total).toBe(rounds);
    });

    it('32 writers that expect the version they read lose no update', async () => {
      const { store } = await fresh();
      const total = 20 * rounds;
      await commitOne(store, put('Basic', 'counter', { rest: ',"count":0' }));
      let wins = 0;
      const addOne = async (): Promise<boolean> => {
        const current = (await store.read('Basic', 'counter'))!;
        const count = Number(/"count":(\d+)/.exec(textOf(current)!)![1]);
        try {
          await commitOne(store, put('Basic', 'counter', { rest: `,"count":${count + 1}`, expect: { version: current.version } }));
          return true;
        } catch (error) {
          if (error instanceof ConflictError) return false;
          throw error;
        }
      };
      await Promise.all(
        Array.from({ length: 32 }, async () => {
          while (wins < total) if (await addOne()) wins++;
        }),
      );
      const last = (await store.read('Basic', 'counter'))!;
      expect([last.version, textOf(last)]).toEqual([wins + 1, expect.stringContaining(`"count":${wins}`)]);
      const { versions } = await store.history({ type: 'Basic', id: 'counter', count: wins + 10 });
      expect(versions.map(({ version }) => version)).toEqual(Array.from({ length: wins + 1 }, (_, i) => wins + 1 - i));
    });

    it('64 updates of one version have one winner, in every round', async () => {
      const { store } = await fresh();
      await commitOne(store, put('Basic', 'a'));
      for (let version = 1; version <= rounds; version++) {
        const outcomes = await Promise.allSettled(Array.from({ length: 64 }, (_, i) => commitOne(store, put('Basic', 'a', { rest: `,"by":"${version}-${i}"`, expect: { version } }))));
        const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
        expect(refusalsOf(outcomes)).toEqual(Array.from({ length: 63 }, () => 'version'));
        expect(textOf(await store.read('Basic', 'a'))).toContain(`"versionId":"${version + 1}"`);
        expect(textOf(await store.read('Basic', 'a'))).toContain(`"by":"${version}-${winner}"`);
      }
    });

    it('transactions that overlap lose no update, and are only ever refused as conflicts', async () => {
      const { store } = await fresh();
      const accounts = ['a', 'b', 'c', 'd'];
      await store.commit(accounts.map((id) => put('Account', id, { rest: ',"balance":0' })));
      const stateOf = async (id: string): Promise<{ version: number; balance: number }> => {
        const current = (await store.read('Account', id))!;
        return { version: current.version, balance: Number(/"balance":(-?\d+)/.exec(textOf(current)!)![1]) };
      };
      const moved = new Map(accounts.map((id) => [id, 0]));
      /** Takes from one and gives to another, each over the version that was read; those that met in between are tried again. */
      const transfer = async (i: number): Promise<void> => {
        const [from, to, amount] = [accounts[i % 4]!, accounts[(i + 1 + (i % 3)) % 4]!, i + 1];
        for (;;) {
          const [payer, payee] = [await stateOf(from), await stateOf(to)];
          const [outcome] = await Promise.allSettled([store.commit([
            put('Account', from, { rest: `,"balance":${payer.balance - amount}`, expect: { version: payer.version } }),
            put('Account', to, { rest: `,"balance":${payee.balance + amount}`, expect: { version: payee.version } }),
            put('Basic', `transfer-${i}`),
          ])]);
          if (outcome.status === 'fulfilled') break;
          expect(refusalsOf([outcome])).toEqual(['version']);
          expect(await store.read('Basic', `transfer-${i}`)).toBeUndefined();
        }
        moved.set(from, moved.get(from)! - amount);
        moved.set(to, moved.get(to)! + amount);
      };
      await Promise.all(Array.from({ length: 64 }, (_, i) => transfer(i)));
      const states = await Promise.all(accounts.map(stateOf));
      expect(states.map(({ balance }) => balance)).toEqual([...moved.values()]);
      expect(states.reduce((sum, { version }) => sum + version - 1, 0)).toBe(2 * 64);
    });

    it('one of two who claim the same task wins, every time', async () => {
      const { store } = await fresh();
      for (let race = 0; race < 4 * rounds; race++) {
        await commitOne(store, put('Task', `t${race}`));
        const claims = await Promise.allSettled(['ann', 'bob'].map((owner) => commitOne(store, put('Task', `t${race}`, { rest: `,"owner":"${owner}"`, expect: { version: 1 } }))));
        expect(claims.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      }
    });

    it('a refused commit takes nothing from those that were written with it', async () => {
      const { store } = await fresh();
      const outcomes = await Promise.allSettled(
        Array.from({ length: 100 }, (_, i) => store.commit([put('Basic', `a${i}`, { index: [token('code', `only-${i}`)] }), put('Basic', `b${i}`, i % 3 === 0 ? { expect: { version: 5 } } : {})])),
      );
      const refused = outcomes.flatMap(({ status }, i) => (status === 'rejected' ? [i] : []));
      expect(refused).toEqual(Array.from({ length: 100 }, (_, i) => i).filter((i) => i % 3 === 0));
      const found = idsOf(await store.search(plan('Basic', { op: 'all' }, { count: 1_000 })));
      expect(found.sort()).toEqual(Array.from({ length: 100 }, (_, i) => i).filter((i) => i % 3 !== 0).flatMap((i) => [`a${i}`, `b${i}`]).sort());
      expect(idsOf(await store.search(plan('Basic', hasToken('code', 'only-0'))))).toEqual([]);
    });

    it('5,000 changes in one commit are all there, and do not hold up reads', async () => {
      const { store } = await fresh();
      await commitOne(store, put('Patient', 'p'));
      // A store may start its readers at the first search.
      await store.search(plan('Patient'));
      const changes = Array.from({ length: 5_000 }, (_, i) => put('Observation', `o${i}`, { rest: `,"note":"${'x'.repeat(500)}"`, index: [token('code', `c${i % 10}`)] }));
      let done = false;
      const large = store.commit(changes).finally(() => (done = true));
      let reads = 0;
      while (!done) {
        expect((await store.read('Patient', 'p'))?.version).toBe(1);
        expect(idsOf(await store.search(plan('Patient')))).toEqual(['p']);
        reads++;
      }
      expect((await large).every(({ outcome }) => outcome === 'created')).toBe(true);
      expect(reads).toBeGreaterThan(1);
      expect((await store.search(plan('Observation', hasToken('code', 'c3'), { count: 1, total: 'accurate' }))).total).toBe(500);
    });

    it('whoever was answered reads what was written', async () => {
      const { store } = await fresh();
      await Promise.all(
        Array.from({ length: 200 }, async (_, i) => {
          await commitOne(store, put('Basic', `x${i}`, { index: [token('code', `x${i}`)] }));
          expect((await store.read('Basic', `x${i}`))?.version).toBe(1);
          expect(idsOf(await store.search(plan('Basic', hasToken('code', `x${i}`))))).toEqual([`x${i}`]);
        }),
      );
    });
  });
}
