import { describe, expect, it } from 'vitest';
import { composeResult, followerId } from '../../../src/store/body.js';
import { ConflictError } from '../../../src/store/store.js';
import type { Change, ConflictCode, PutChange } from '../../../src/store/store.js';
import { bodyOf, commitOne, hasToken, idsOf, opener, plan, put, reference, remove, textOf, token, when } from './harness.js';
import type { OpenStore } from './harness.js';

const conflict = (change: number, code: ConflictCode): unknown => expect.objectContaining({ name: 'ConflictError', change, code });

export function commitContract(open: OpenStore): void {
  describe('writing', () => {
    const fresh = opener(open);

    it('creates, updates and deletes, counting versions on, even over a deletion', async () => {
      const { store } = await fresh();
      const results = [];
      for (const change of [put('Patient', 'a', { rest: ',"active":true', method: 'POST' }), put('Patient', 'a', { rest: ',"active":false' }), remove('Patient', 'a'), put('Patient', 'a', { rest: ',"active":true' })]) {
        results.push(await commitOne(store, change));
      }
      expect(results.map(({ version, outcome }) => [version, outcome])).toEqual([[1, 'created'], [2, 'updated'], [3, 'deleted'], [4, 'created']]);
      expect(await store.read('Patient', 'a')).toMatchObject({ version: 4, deleted: false, method: 'PUT', lastUpdated: results[3]!.lastUpdated });
      expect(await store.readVersion('Patient', 'a', 1)).toMatchObject({ version: 1, method: 'POST' });
      expect(await store.readVersion('Patient', 'a', 3)).toMatchObject({ version: 3, deleted: true, method: 'DELETE' });
      expect(await store.readVersion('Patient', 'a', 5)).toBeUndefined();
    });

    it('answers a deleted resource as its deletion, an unknown one as undefined', async () => {
      const { store } = await fresh();
      await store.commit([put('Patient', 'a'), remove('Patient', 'a')]);
      const deleted = await store.read('Patient', 'a');
      expect([deleted?.deleted, deleted?.version, deleted?.body.length]).toEqual([true, 2, 0]);
      expect(await store.read('Patient', 'b')).toBeUndefined();
      expect(await store.read('NoSuchType', 'a')).toBeUndefined();
    });

    it('makes no version for a deletion of what is not there', async () => {
      const { store } = await fresh();
      await store.commit([put('Patient', 'a'), remove('Patient', 'a')]);
      expect(await commitOne(store, remove('Patient', 'a'))).toMatchObject({ id: 'a', version: 2, outcome: 'absent' });
      expect(await commitOne(store, remove('Patient', 'never'))).toEqual({ type: 'Patient', id: 'never', version: 0, lastUpdated: '', outcome: 'absent' });
    });

    it('makes no version for a text that stands already, apart from meta', async () => {
      const { store } = await fresh();
      const first = await commitOne(store, put('Patient', 'a', { rest: ',"active":true' }));
      expect(await commitOne(store, put('Patient', 'a', { rest: ',"active":true' }))).toEqual({ ...first, outcome: 'unchanged' });
      expect(await commitOne(store, put('Patient', 'a', { rest: ',"active": true' }))).toMatchObject({ version: 2, outcome: 'updated' });
    });

    it.each([
      ['decimals as they were written', ',"x":[10.00,1.10,0.00,1E+2,123456789012345678.123456]'],
      ['letters of every script', ',"x":"Zoë Ω 漢字 عربى 👩🏽‍⚕️ \u{10FFFF}"'],
      ['escapes as escapes', String.raw`,"x":"\u00e9 \" \\ \n \ud83d\ude00"`],
      ['white space', ' ,\r\n\t"x" :  1 '],
      ['names that mean something to JavaScript', ',"__proto__":{"polluted":1},"constructor":null'],
      ['a long text', `,"x":"${'é'.repeat(1_000_000)}"`],
    ])('keeps byte for byte: %s', async (_, rest) => {
      const { store, reopen } = await fresh();
      const result = await commitOne(store, put('Basic', 'a', { rest }));
      const expected = `{"resourceType":"Basic","id":"a","meta":{"versionId":"1","lastUpdated":"${result.lastUpdated}"}${rest}}`;
      expect(textOf(await store.read('Basic', 'a')) === expected).toBe(true);
      expect(textOf(await (await reopen()).read('Basic', 'a')) === expected).toBe(true);
    });

    it('stamps versions with the clock that was passed, never going back', async () => {
      let now = Date.parse('2026-03-01T12:00:00.250Z');
      const { store, reopen } = await fresh({ now: () => now });
      expect(await commitOne(store, put('Patient', 'a'))).toMatchObject({ lastUpdated: '2026-03-01T12:00:00.250Z' });
      now -= 3_600_000;
      expect(await commitOne(store, put('Patient', 'a', { rest: ',"active":true' }))).toMatchObject({ lastUpdated: '2026-03-01T12:00:00.250Z' });
      expect(await commitOne(await reopen(), remove('Patient', 'a'))).toMatchObject({ lastUpdated: '2026-03-01T12:00:00.250Z' });
    });

    describe('a change that follows another', () => {
      const follower = (change = 0): Change => put('Task', 'review', { follows: change, body: bodyOf('Task', ',"focus":"', { slot: 'result', change }, '"'), index: [{ kind: 'reference', param: 'focus', type: 'ClaimResponse', id: { slot: 'result', change } }] });
      const decision = (rest = '', more: Partial<PutChange> = {}): PutChange => put('ClaimResponse', 'd', { rest, index: [token('identifier', 'x')], ...more });
      const condition = when('ClaimResponse', 'identifier', 'x');

      it('is made with each version of it, under an id of that version, and found by it', async () => {
        const { store } = await fresh();
        const ids: (string | undefined)[] = [];
        for (const rest of [',"x":1', ',"x":2', ',"x":1']) ids.push((await store.commit([decision(rest), follower()]))[1]?.id);
        expect(ids).toEqual([1, 2, 3].map((version) => followerId('review', { type: 'ClaimResponse', id: 'd', version })));
        const found = await store.search(plan('Task', { op: 'reference', param: 'focus', type: 'ClaimResponse', id: 'd' }));
        expect([...idsOf(found)].sort()).toEqual([...ids].sort());
        expect(textOf(found.matches[0])).toContain('"focus":"ClaimResponse/d"');
      });

      it.each([
        ['the text stands there already', decision(',"x":1')],
        ['a condition keeps what is there', decision(',"x":2', { id: 'other', condition: { ...condition, whenOne: 'keep' } })],
      ])('is not made when %s', async (_, again) => {
        const { store } = await fresh();
        await store.commit([decision(',"x":1'), follower()]);
        const results = await store.commit([again, follower()]);
        expect(results[1]).toEqual({ type: 'Task', id: undefined, version: 0, lastUpdated: '', outcome: 'absent' });
        expect(idsOf(await store.search(plan('Task')))).toHaveLength(1);
      });

      it('follows what a condition updates, whatever its id', async () => {
        const { store } = await fresh();
        await store.commit([decision(',"x":1'), follower()]);
        const [updated, made] = await store.commit([decision(',"x":2', { id: 'other', condition: { ...condition, whenOne: 'update' } }), follower()]);
        expect(updated).toMatchObject({ id: 'd', version: 2 });
        expect(made?.id).toBe(followerId('review', { type: 'ClaimResponse', id: 'd', version: 2 }));
      });

      it('is not made when the commit is refused', async () => {
        const { store } = await fresh();
        await expect(store.commit([decision(',"x":1', { expect: { version: 7 } }), follower()])).rejects.toEqual(conflict(0, 'version'));
        expect(idsOf(await store.search(plan(['Task', 'ClaimResponse'])))).toEqual([]);
      });
    });

    it('fills slots with ids of earlier and later changes, in text and index, as composeResult does', async () => {
      const { store } = await fresh();
      const claimBody = bodyOf('Claim', ',"patient":{"reference":"', { slot: 'result', change: 1 }, '"},"self":"', { slot: 'result', change: 0 }, '"');
      const changes: Change[] = [
        put('Claim', 'c', { body: claimBody, index: [{ kind: 'reference', param: 'patient', type: 'Patient', id: { slot: 'result', change: 1 } }] }),
        put('Patient', 'p', { condition: { ...when('Patient', 'identifier', 'x'), whenOne: 'keep' }, index: [token('identifier', 'x')] }),
        put('Coverage', 'v', { body: bodyOf('Coverage', ',"beneficiary":"', { slot: 'result', change: 1 }, '"'), index: [{ kind: 'reference', param: 'patient', type: 'Patient', id: { slot: 'result', change: 1 } }, { kind: 'uri', param: 'location', value: { slot: 'result', change: 1 } }] }),
      ];
      await commitOne(store, put('Patient', 'known', { index: [token('identifier', 'x')] }));
      const results = await store.commit(changes);
      expect(results.map(({ id, outcome }) => [id, outcome])).toEqual([['c', 'created'], ['known', 'matched'], ['v', 'created']]);
      const stored = textOf(await store.read('Claim', 'c'));
      expect(stored).toContain('"reference":"Patient/known"},"self":"Claim/c"');
      expect(composeResult(claimBody, 0, results)).toBe(stored);
      expect(idsOf(await store.search(plan(['Claim', 'Coverage'], { op: 'reference', param: 'patient', type: 'Patient', id: 'known' })))).toEqual(['c', 'v']);
      expect(idsOf(await store.search(plan('Coverage', { op: 'uri', param: 'location', match: 'exact', value: 'Patient/known' })))).toEqual(['v']);
    });

    it('gives those who ask the same in one commit the same resource, wherever they are named', async () => {
      const { store } = await fresh();
      const conditional = (id: string): Change => put('Patient', id, { condition: { ...when('Patient', 'identifier', 'x'), whenOne: 'keep' }, index: [token('identifier', 'x')] });
      const naming = (id: string, change: number): Change => put('Claim', id, { body: bodyOf('Claim', ',"patient":"', { slot: 'result', change }, '"') });
      const results = await store.commit([naming('c1', 3), naming('c2', 2), conditional('p1'), conditional('p2')]);
      expect(results[2]?.id).toBe(results[3]?.id);
      expect(results.map(({ outcome }) => outcome)).toEqual(['created', 'created', 'created', 'matched']);
      expect(textOf(await store.read('Claim', 'c1'))).toContain(`"patient":"Patient/${results[2]!.id!}"`);
      expect(textOf(await store.read('Claim', 'c2'))).toContain(`"patient":"Patient/${results[2]!.id!}"`);
    });

    it('lets changes see those before them', async () => {
      const { store } = await fresh();
      const results = await store.commit([
        put('Patient', 'a', { index: [token('identifier', 'x')] }),
        { op: 'match', condition: when('Patient', 'identifier', 'x') },
        put('Patient', 'a', { index: [token('identifier', 'y')], rest: ',"active":true', expect: { version: 1 } }),
        remove('Patient', 'a', { expect: { version: 2 } }),
        put('Patient', 'b', { condition: { ...when('Patient', 'identifier', 'y'), whenOne: 'keep' } }),
      ]);
      expect(results.map(({ id, version, outcome }) => [id, version, outcome])).toEqual([['a', 1, 'created'], ['a', 1, 'matched'], ['a', 2, 'updated'], ['a', 3, 'deleted'], ['b', 1, 'created']]);
    });

    it('replaces all index entries with an update and has none after a deletion', async () => {
      const { store } = await fresh();
      const found = async (code: string): Promise<string[]> => idsOf(await store.search(plan('Patient', hasToken('identifier', code))));
      await commitOne(store, put('Patient', 'a', { index: [token('identifier', 'x'), reference('link', 'Patient', 'q')] }));
      await commitOne(store, put('Patient', 'a', { index: [token('identifier', 'y')], rest: ' ' }));
      expect([await found('x'), await found('y')]).toEqual([[], ['a']]);
      expect(idsOf(await store.search(plan('Patient', { op: 'present', param: 'link', kind: 'reference' })))).toEqual([]);
      await commitOne(store, remove('Patient', 'a'));
      expect(await found('y')).toEqual([]);
    });
  });

  describe('expecting', () => {
    const fresh = opener(open);
    const existing: Change[] = [put('Patient', 'a'), put('Patient', 'gone'), remove('Patient', 'gone')];

    it.each<[what: string, change: Change, refused: ConflictCode | undefined]>([
      ['the current version', put('Patient', 'a', { rest: ' ', expect: { version: 1 } }), undefined],
      ['an older or newer version', put('Patient', 'a', { rest: ' ', expect: { version: 2 } }), 'version'],
      ['a version of what was never stored', put('Patient', 'new', { expect: { version: 1 } }), 'version'],
      ['that it does not exist, when it does', put('Patient', 'a', { rest: ' ', expect: { version: 0 } }), 'version'],
      ['that it does not exist, when it never did', put('Patient', 'new', { expect: { version: 0 } }), undefined],
      ['that it does not exist, when it is deleted', put('Patient', 'gone', { expect: { version: 0 } }), undefined],
      ['the version of a deletion', put('Patient', 'gone', { expect: { version: 2 } }), 'version'],
      ['another version to delete', remove('Patient', 'a', { expect: { version: 3 } }), 'version'],
      ['the version to delete', remove('Patient', 'a', { expect: { version: 1 } }), undefined],
      ['a version to delete of what is not there', remove('Patient', 'new', { expect: { version: 1 } }), 'version'],
    ])('%s', async (_, change, refused) => {
      const { store } = await fresh();
      await store.commit(existing);
      const before = [put('Observation', 'o1'), change];
      if (refused) {
        await expect(store.commit(before)).rejects.toEqual(conflict(1, refused));
        expect(await store.read('Observation', 'o1')).toBeUndefined();
      } else {
        expect(await store.commit(before)).toHaveLength(2);
      }
    });

    it('throws a ConflictError, and leaves ids and versions as they were', async () => {
      const { store } = await fresh();
      await expect(store.commit([put('Patient', 'a'), put('Patient', 'b', { expect: { version: 9 } })])).rejects.toBeInstanceOf(ConflictError);
      expect(await store.read('Patient', 'a')).toBeUndefined();
      expect(await store.isEmpty()).toBe(true);
      expect(await commitOne(store, put('Patient', 'a'))).toMatchObject({ version: 1 });
    });
  });

  describe('conditions', () => {
    const fresh = opener(open);
    const seed: Change[] = [
      put('Patient', 'one', { index: [token('identifier', 'one')] }),
      put('Patient', 'two1', { index: [token('identifier', 'two')] }),
      put('Patient', 'two2', { index: [token('identifier', 'two')] }),
    ];
    const conditional = (code: string, whenOne: 'keep' | 'update', more: object = {}): Change => put('Patient', 'own', { rest: ',"active":true', condition: { ...when('Patient', 'identifier', code), whenOne }, ...more });
    const removing = (code: string, whenMany?: 'refuse' | 'delete'): Change => ({ op: 'delete', type: 'Patient', condition: { ...when('Patient', 'identifier', code), ...(whenMany ? { whenMany } : {}) } });

    it.each<[what: string, change: Change, expected: object]>([
      ['keep, none', conditional('none', 'keep'), { id: 'own', version: 1, outcome: 'created' }],
      ['keep, one', conditional('one', 'keep'), { id: 'one', version: 1, outcome: 'matched' }],
      ['update, none', conditional('none', 'update'), { id: 'own', version: 1, outcome: 'created' }],
      ['update, one', conditional('one', 'update'), { id: 'one', version: 2, outcome: 'updated' }],
      ['update, one, of the id that the body has', conditional('one', 'update', { bodyId: 'one' }), { id: 'one', version: 2, outcome: 'updated' }],
      ['update, one, of the expected version', conditional('one', 'update', { expect: { version: 1 } }), { id: 'one', version: 2, outcome: 'updated' }],
      ['delete, none', removing('none'), { id: undefined, version: 0, outcome: 'absent' }],
      ['delete, one', removing('one'), { id: 'one', version: 2, outcome: 'deleted' }],
      ['delete, many, all', removing('two', 'delete'), { version: 2, outcome: 'deleted', count: 2 }],
      ['delete all, none', removing('none', 'delete'), { id: undefined, outcome: 'absent', count: 0 }],
      ['match, one', { op: 'match', condition: when('Patient', 'identifier', 'one') }, { type: 'Patient', id: 'one', version: 1, outcome: 'matched' }],
    ])('%s', async (_, change, expected) => {
      const { store } = await fresh();
      await store.commit(seed);
      expect(await commitOne(store, change)).toMatchObject(expected);
    });

    it.each<[what: string, change: Change, code: ConflictCode]>([
      ['keep, many', conditional('two', 'keep'), 'multiple'],
      ['update, many', conditional('two', 'update'), 'multiple'],
      ['update, one, of another id than the body has', conditional('one', 'update', { bodyId: 'own' }), 'id-mismatch'],
      ['update, one, of another version', conditional('one', 'update', { expect: { version: 7 } }), 'version'],
      ['update, none, under the id of another', conditional('none', 'update', { id: 'one', bodyId: 'one' }), 'id-taken'],
      ['delete, many', removing('two'), 'multiple'],
      ['match, none', { op: 'match', condition: when('Patient', 'identifier', 'none') }, 'none'],
      ['match, many', { op: 'match', condition: when('Patient', 'identifier', 'two') }, 'multiple'],
    ])('refused: %s', async (_, change, code) => {
      const { store } = await fresh();
      await store.commit(seed);
      await expect(store.commit([put('Basic', 'before'), change, put('Basic', 'after')])).rejects.toEqual(conflict(1, code));
      expect([await store.read('Basic', 'before'), await store.read('Basic', 'after')]).toEqual([undefined, undefined]);
    });

    it.each<[what: string, first: Change, second: Change]>([
      ['an update by id and one by a condition', put('Patient', 'one', { rest: ',"a":1', index: [token('identifier', 'one')] }), conditional('one', 'update', { expect: { untouched: true } })],
      ['an update by a condition and a deletion by id', conditional('one', 'update'), { op: 'delete', type: 'Patient', id: 'one', expect: { untouched: true } }],
      ['an update and a deletion by a condition', put('Patient', 'one', { rest: ',"a":1', index: [token('identifier', 'one')] }), { ...removing('one'), expect: { untouched: true } } as Change],
    ])('refused where nothing may be changed twice: %s', async (_, first, second) => {
      const { store } = await fresh();
      await store.commit(seed);
      await expect(store.commit([first, second])).rejects.toEqual(conflict(1, 'overlap'));
      expect((await store.read('Patient', 'one'))?.version).toBe(1);
    });

    it('deletes all that match and only those', async () => {
      const { store } = await fresh();
      await store.commit([...seed, removing('two', 'delete')]);
      expect(idsOf(await store.search(plan('Patient')))).toEqual(['one']);
      expect((await store.read('Patient', 'two1'))?.deleted).toBe(true);
    });

    it('stops matching when the resource is updated or deleted', async () => {
      const { store } = await fresh();
      await store.commit(seed);
      await commitOne(store, put('Patient', 'one', { rest: ' ', index: [token('identifier', 'other')] }));
      expect(await commitOne(store, conditional('one', 'keep'))).toMatchObject({ id: 'own', outcome: 'created' });
      await store.commit([remove('Patient', 'one')]);
      expect(await commitOne(store, put('Patient', 'third', { condition: { ...when('Patient', 'identifier', 'other'), whenOne: 'keep' } }))).toMatchObject({ id: 'third', outcome: 'created' });
    });

    it('does not stop a plain create of the same content', async () => {
      const { store } = await fresh();
      await store.commit(seed);
      expect(await commitOne(store, put('Patient', 'twin', { index: [token('identifier', 'one')] }))).toMatchObject({ id: 'twin', outcome: 'created' });
    });
  });
}
