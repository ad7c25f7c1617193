import { describe, expect, it } from 'vitest';
import { ONCE_KEPT_MS } from '../../../src/store/store.js';
import { commitOne, hasToken, idsOf, opener, plan, put, token, when } from './harness.js';
import type { OpenStore } from './harness.js';

const key = (name: string, fingerprint = 'f'): { readonly once: { readonly key: string; readonly fingerprint: string } } => ({ once: { key: name, fingerprint } });

export function onceContract(open: OpenStore): void {
  describe('commits that are made once', () => {
    const fresh = opener(open);

    it('a key that is known is answered with what it came to, also after a restart, whatever is asked', async () => {
      const { store, reopen } = await fresh();
      const [made] = await store.commit([put('Basic', 'a', { method: 'POST' })], key('k'));
      expect(made).toMatchObject({ id: 'a', version: 1, outcome: 'created' });
      expect(await store.commit([put('Basic', 'b', { method: 'POST' })], key('k'))).toEqual([{ ...made, repeated: true }]);
      const again = await reopen();
      expect(await again.commit([put('Basic', 'c', { method: 'POST' })], key('k'))).toEqual([{ ...made, repeated: true }]);
      expect(idsOf(await again.search(plan('Basic')))).toEqual(['a']);
    });

    it('another key, or none, is another commit', async () => {
      const { store } = await fresh();
      for (const [id, options] of [['a', key('k')], ['b', key('l')], ['c', {}]] as const) await store.commit([put('Basic', id)], options);
      expect(idsOf(await store.search(plan('Basic')))).toEqual(['a', 'b', 'c']);
    });

    it('a key with another fingerprint is refused, and nothing is written', async () => {
      const { store } = await fresh();
      await store.commit([put('Basic', 'a')], key('k'));
      await expect(store.commit([put('Basic', 'b')], key('k', 'other'))).rejects.toMatchObject({ name: 'ConflictError', code: 'reused' });
      expect(idsOf(await store.search(plan('Basic')))).toEqual(['a']);
    });

    it('a commit that was refused leaves no key', async () => {
      const { store } = await fresh();
      await commitOne(store, put('Basic', 'a'));
      await expect(store.commit([put('Basic', 'a', { rest: ' ', expect: { version: 0 } })], key('k'))).rejects.toMatchObject({ code: 'version' });
      expect(await store.knownOnce('k')).toBeUndefined();
      expect(await store.commit([put('Basic', 'b')], key('k'))).toMatchObject([{ id: 'b', outcome: 'created' }]);
    });

    it('a commit that wrote nothing has its key too', async () => {
      const { store } = await fresh();
      const index = [token('identifier', 'x')];
      const conditional = put('Basic', 'b', { method: 'POST', index, condition: { ...when('Basic', 'identifier', 'x'), whenOne: 'keep' } });
      await commitOne(store, put('Basic', 'a', { index }));
      expect(await store.commit([conditional], key('k'))).toMatchObject([{ id: 'a', outcome: 'matched' }]);
      expect(await store.commit([put('Basic', 'c')], key('k'))).toMatchObject([{ id: 'a', outcome: 'matched', repeated: true }]);
      expect(idsOf(await store.search(plan('Basic', hasToken('identifier', 'x'))))).toEqual(['a']);
    });

    it('of many at once with one key, one is made', async () => {
      const { store } = await fresh();
      const results = await Promise.all(Array.from({ length: 20 }, (_, n) => store.commit([put('Basic', `b${n}`, { method: 'POST' })], key('k'))));
      expect(new Set(results.map(([result]) => result?.id)).size).toBe(1);
      expect(results.filter(([result]) => !result?.repeated)).toHaveLength(1);
      expect(idsOf(await store.search(plan('Basic')))).toHaveLength(1);
    });

    it('keeps as many results as are told', async () => {
      const { store } = await fresh();
      await store.commit([put('Basic', 'a')], { once: { key: 'k', fingerprint: 'f', told: 0 } });
      expect((await store.knownOnce('k'))?.results).toEqual([]);
      await store.commit([put('Basic', 'b')], { once: { key: 'l', fingerprint: 'f', told: 1 } });
      expect((await store.knownOnce('l'))?.results).toMatchObject([{ id: 'b' }]);
    });

    it('keeps the first answer, with a commit or without', async () => {
      const { store, reopen } = await fresh();
      await store.commit([put('Basic', 'a')], key('k'));
      for (const name of ['k', 'l']) {
        await store.keepAnswer({ key: name, fingerprint: 'f' }, Buffer.from('one'));
        await store.keepAnswer({ key: name, fingerprint: 'f' }, Buffer.from('two'));
      }
      const again = await reopen();
      for (const [name, results] of [['k', [{ id: 'a' }]], ['l', undefined]] as const) {
        const known = await again.knownOnce(name);
        expect([known?.fingerprint, Buffer.from(known?.answer ?? []).toString()]).toEqual(['f', 'one']);
        if (results) expect(known?.results).toMatchObject(results);
        else expect(known?.results).toBeUndefined();
      }
    });

    it('forgets a key after a day, and not before', async () => {
      let now = Date.parse('2026-01-01T00:00:00Z');
      const { store } = await fresh({ now: () => now });
      await store.commit([put('Basic', 'a')], key('k'));
      now += ONCE_KEPT_MS;
      expect(await store.commit([put('Basic', 'b')], key('k'))).toMatchObject([{ id: 'a', repeated: true }]);
      now += 1;
      expect(await store.knownOnce('k')).toBeUndefined();
      expect(await store.commit([put('Basic', 'b')], key('k', 'other'))).toMatchObject([{ id: 'b', outcome: 'created' }]);
      await store.keepAnswer({ key: 'k', fingerprint: 'other' }, Buffer.from('new'));
      expect(await store.knownOnce('k')).toMatchObject({ fingerprint: 'other' });
    });
  });
}
