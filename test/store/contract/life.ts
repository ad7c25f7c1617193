import { describe, expect, it } from 'vitest';
import { commitOne, hasToken, idsOf, opener, plan, put, remove, token } from './harness.js';
import type { OpenStore } from './harness.js';

export function lifeContract(open: OpenStore): void {
  describe('life', () => {
    const fresh = opener(open);

    it('begins empty, and is not empty again once a resource was stored', async () => {
      const { store, reopen } = await fresh();
      expect(await store.isEmpty()).toBe(true);
      await store.initFact('key', 'value');
      await store.probe();
      expect(await store.isEmpty()).toBe(true);
      await store.commit([put('Patient', 'a'), remove('Patient', 'a')]);
      expect(await (await reopen()).isEmpty()).toBe(false);
    });

    it('keeps the first value of a fact, whoever else sets it', async () => {
      const { store, reopen } = await fresh();
      expect(await store.getFact('key')).toBeUndefined();
      const values = await Promise.all(['a', 'b', 'c'].map((value) => store.initFact('key', value)));
      expect(new Set(values).size).toBe(1);
      expect(await store.getFact('key')).toBe(values[0]);
      expect(await (await reopen()).getFact('key')).toBe(values[0]);
    });

    it('keeps resources, versions and index over a restart', async () => {
      const { store, reopen } = await fresh();
      await commitOne(store, put('Patient', 'a', { index: [token('identifier', 'x', 'http://sys')] }));
      await commitOne(store, put('Patient', 'a', { rest: ' ', index: [token('identifier', 'x', 'http://sys')] }));
      const again = await reopen();
      expect(await commitOne(again, put('Patient', 'a', { rest: '  ', index: [token('identifier', 'x', 'http://sys')] }))).toMatchObject({ version: 3 });
      expect(await commitOne(again, put('Patient', 'b'))).toMatchObject({ version: 1 });
      expect(idsOf(await again.search(plan('Patient', hasToken('identifier', 'x'))))).toEqual(['a']);
    });

    it('answers a probe', async () => {
      const { store } = await fresh();
      await expect(store.probe()).resolves.toBeUndefined();
    });

    it('finishes what is in flight when it closes, and then refuses everything', async () => {
      const { store, reopen } = await fresh();
      const inFlight = Promise.all(Array.from({ length: 50 }, (_, i) => commitOne(store, put('Basic', `b${i}`))));
      const searching = store.search(plan('Basic'));
      const closing = store.close();
      expect(await inFlight).toHaveLength(50);
      await searching;
      await closing;
      await store.close();
      const closed = { name: 'StoreUnavailableError', reason: 'closed' };
      for (const call of [() => store.read('Basic', 'b1'), () => store.commit([put('Basic', 'x')]), () => store.search(plan('Basic')), () => store.history({ count: 1 }), () => store.probe(), () => store.initFact('a', 'b'), () => store.swapFact('a', undefined, 'b'), () => store.getFact('a'), () => store.facts('a'), () => store.log({ types: ['Basic'], count: 1 }), () => store.knownOnce('a'), () => store.keepAnswer({ key: 'a', fingerprint: 'b' }, Buffer.from(''))]) {
        await expect(call()).rejects.toMatchObject(closed);
      }
      expect((await (await reopen()).search(plan('Basic', { op: 'all' }, { count: 0, total: 'accurate' }))).total).toBe(50);
    });
  });
}
