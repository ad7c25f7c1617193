import { describe, expect, it } from 'vitest';
import type { Change, Compare, Expression, IndexEntry, SortKey, Store } from '../../../src/store/store.js';
import { commitOne, day, hasToken, idsOf, opener, plan, put, reference, remove, text, token } from './harness.js';
import type { OpenStore } from './harness.js';

const DAY = 86_400_000;
const MRN = 'http://example.org/mrn';

const number = (param: string, value: number, half = 0.5): IndexEntry => ({ kind: 'number', param, value, low: value - half, high: value + half });
const money = (value: number, code: string): IndexEntry => ({ kind: 'quantity', param: 'total', value, low: value - 0.005, high: value + 0.005, system: 'urn:iso:std:iso:4217', code });

const RESOURCES: readonly Change[] = [
  put('Organization', 'payer', { index: [text('name', 'Acme Health')] }),
  put('Patient', 'ann', {
    index: [token('identifier', '1', MRN), token('active', 'true'), text('family', 'Müller'), text('given', 'Ann'), day('birthdate', '1980-01-01', 366), reference('organization', 'Organization', 'payer'), { kind: 'uri', param: '_profile', value: 'http://a.org/fhir/Patient' }],
  }),
  put('Patient', 'bob', { index: [token('identifier', '1', 'http://other'), token('identifier', 'x'), token('active', 'false'), text('family', 'Mullery'), text('given', 'Bob'), text('given', 'Ann'), day('birthdate', '1990-05-05'), { kind: 'uri', param: '_profile', value: 'http://a.org/fhir/PatientX' }] }),
  put('Patient', 'cat', { index: [token('identifier', '2', MRN), text('family', '100%_smith'), { kind: 'uri', param: '_profile', value: 'urn:oid:1.2.3.4' }] }),
  put('Claim', 'c1', { index: [reference('patient', 'Patient', 'ann'), token('status', 'active'), day('created', '2025-03-01'), money(100, 'USD'), number('sequence', 1)] }),
  put('Claim', 'c2', { index: [reference('patient', 'Patient', 'bob'), token('status', 'active'), day('created', '2025-03-02'), money(100, 'EUR'), number('sequence', 2)] }),
  put('Claim', 'c3', { index: [reference('patient', 'Patient', 'bob'), token('status', 'draft'), day('created', '2025-01-01', 31), money(250, 'USD'), { kind: 'reference', param: 'insurer', url: 'http://elsewhere.org/Organization/9' }] }),
  put('Observation', 'pair', { index: [token('code', 'sys'), token('part-code', 'systolic'), { ...token('part-code', 'systolic'), group: 1 } as IndexEntry, { ...number('part-value', 120), group: 1 } as IndexEntry, { ...token('part-code', 'diastolic'), group: 2 } as IndexEntry, { ...number('part-value', 80), group: 2 } as IndexEntry] }),
  put('Patient', 'gone', { index: [token('identifier', '1', MRN), text('family', 'Müller')] }),
  remove('Patient', 'gone'),
];

const patientOf = (id: string): Expression => ({ op: 'reference', param: 'patient', type: 'Patient', id });
const family = (match: 'starts' | 'contains' | 'exact', value: string): Expression => ({ op: 'string', param: 'family', match, value });
const profile = (match: 'exact' | 'below' | 'above', value: string): Expression => ({ op: 'uri', param: '_profile', match, value });
const total = (compare: Compare, value: number, half: number, more: object = {}): Expression => ({ op: 'interval', kind: 'quantity', param: 'total', compare, low: value - half, high: value + half, ...more });
const part = (code: string, value: number): Expression => ({ op: 'grouped', of: [hasToken('part-code', code), { op: 'interval', kind: 'number', param: 'part-value', compare: 'eq', low: value - 0.5, high: value + 0.5 }] });

type Case = readonly [what: string, types: string | readonly string[], where: Expression, expected: readonly string[]];

const CASES: readonly Case[] = [
  ['all of a type, oldest first, without deleted ones', 'Patient', { op: 'all' }, ['ann', 'bob', 'cat']],
  ['an unknown type', 'Nothing', { op: 'all' }, []],
  ['ids', 'Patient', { op: 'id', in: ['cat', 'ann', 'ann', 'gone', 'c1'] }, ['ann', 'cat']],
  ['token: any system', 'Patient', { op: 'token', param: 'identifier', code: '1' }, ['ann', 'bob']],
  ['token: a system', 'Patient', { op: 'token', param: 'identifier', system: MRN, code: '1' }, ['ann']],
  ['token: no system', 'Patient', { op: 'token', param: 'identifier', system: null, code: 'x' }, ['bob']],
  ['token: no system, but it has one', 'Patient', { op: 'token', param: 'identifier', system: null, code: '1' }, []],
  ['token: any code of a system', 'Patient', { op: 'token', param: 'identifier', system: MRN }, ['ann', 'cat']],
  ['token: an unknown system', 'Patient', { op: 'token', param: 'identifier', system: 'http://nowhere', code: '1' }, []],
  ['an unknown parameter', 'Patient', { op: 'token', param: 'nothing', code: '1' }, []],
  ['string: starts with, normalised', 'Patient', family('starts', 'mull'), ['bob']],
  ['string: starts with ü', 'Patient', family('starts', 'mü'), ['ann']],
  ['string: contains', 'Patient', family('contains', 'llery'), ['bob']],
  ['string: percent signs and underscores are letters', 'Patient', family('contains', '%_'), ['cat']],
  ['string: exact', 'Patient', family('exact', 'Müller'), ['ann']],
  ['string: exact in another case', 'Patient', family('exact', 'müller'), []],
  ['reference: type and id', 'Claim', patientOf('bob'), ['c2', 'c3']],
  ['reference: id only', 'Claim', { op: 'reference', param: 'patient', id: 'ann' }, ['c1']],
  ['reference: another type of the same id', 'Claim', { op: 'reference', param: 'patient', type: 'Group', id: 'ann' }, []],
  ['reference: type only', 'Claim', { op: 'reference', param: 'patient', type: 'Patient' }, ['c1', 'c2', 'c3']],
  ['reference: to anybody but one', 'Claim', { op: 'refers', param: 'patient', to: ['Patient', 'Group'], but: { type: 'Patient', id: 'bob' } }, ['c1']],
  ['reference: to one of a type but not one of another', 'Claim', { op: 'refers', param: 'patient', to: ['Patient'], but: { type: 'Group', id: 'bob' } }, ['c1', 'c2', 'c3']],
  ['reference: to others of a type that is not asked', 'Claim', { op: 'refers', param: 'patient', to: ['Group'], but: { type: 'Patient', id: 'bob' } }, []],
  ['reference: to others, of elsewhere', 'Claim', { op: 'refers', param: 'insurer', to: ['Organization'], but: { type: 'Patient', id: 'bob' } }, []],
  ['not a reference to anybody but one', 'Claim', { op: 'not', of: { op: 'refers', param: 'patient', to: ['Patient'], but: { type: 'Patient', id: 'bob' } } }, ['c2', 'c3']],
  ['reference: URL', 'Claim', { op: 'reference', param: 'insurer', url: 'http://elsewhere.org/Organization/9' }, ['c3']],
  ['uri: exact', 'Patient', profile('exact', 'http://a.org/fhir/Patient'), ['ann']],
  ['uri: below ends at a slash', 'Patient', profile('below', 'http://a.org/fhir'), ['ann', 'bob']],
  ['uri: below is not any prefix', 'Patient', profile('below', 'http://a.org/fhir/Pat'), []],
  ['uri: below includes itself', 'Patient', profile('below', 'http://a.org/fhir/Patient'), ['ann']],
  ['uri: below, of an OID', 'Patient', profile('below', 'urn:oid:1.2'), ['cat']],
  ['uri: above', 'Patient', profile('above', 'http://a.org/fhir/Patient/_history/1'), ['ann']],
  ['uri: above, of an OID', 'Patient', profile('above', 'urn:oid:1.2.3.4.5'), ['cat']],
  ['quantity: any unit', 'Claim', total('eq', 100, 0.5), ['c1', 'c2']],
  ['quantity: a unit', 'Claim', total('eq', 100, 0.5, { system: 'urn:iso:std:iso:4217', code: 'USD' }), ['c1']],
  ['present', 'Claim', { op: 'present', param: 'insurer', kind: 'reference' }, ['c3']],
  ['not present', 'Claim', { op: 'not', of: { op: 'present', param: 'insurer', kind: 'reference' } }, ['c1', 'c2']],
  ['and', 'Claim', { op: 'and', of: [patientOf('bob'), hasToken('status', 'active')] }, ['c2']],
  ['and of nothing', 'Claim', { op: 'and', of: [] }, ['c1', 'c2', 'c3']],
  ['or', 'Claim', { op: 'or', of: [patientOf('ann'), hasToken('status', 'draft')] }, ['c1', 'c3']],
  ['or of nothing', 'Claim', { op: 'or', of: [] }, []],
  ['or with a not', 'Claim', { op: 'or', of: [patientOf('ann'), { op: 'not', of: hasToken('status', 'active') }] }, ['c1', 'c3']],
  ['not', 'Claim', { op: 'not', of: hasToken('status', 'active') }, ['c3']],
  ['and of ors', 'Claim', { op: 'and', of: [{ op: 'or', of: [patientOf('ann'), patientOf('bob')] }, { op: 'or', of: [hasToken('status', 'draft'), total('eq', 100, 0.5, { code: 'EUR' })] }] }, ['c2', 'c3']],
  ['chain', 'Claim', { op: 'chain', param: 'patient', types: ['Patient'], where: family('starts', 'mü') }, ['c1']],
  ['chain of a chain', 'Claim', { op: 'chain', param: 'patient', types: ['Patient', 'Group'], where: { op: 'chain', param: 'organization', types: ['Organization'], where: { op: 'string', param: 'name', match: 'starts', value: 'acme' } } }, ['c1']],
  ['chain within or', 'Claim', { op: 'or', of: [{ op: 'chain', param: 'patient', types: ['Patient'], where: family('starts', 'mü') }, hasToken('status', 'draft')] }, ['c1', 'c3']],
  ['not a chain', 'Claim', { op: 'not', of: { op: 'chain', param: 'patient', types: ['Patient'], where: hasToken('active', 'true') } }, ['c2', 'c3']],
  ['has', 'Patient', { op: 'has', type: 'Claim', param: 'patient', where: hasToken('status', 'draft') }, ['bob']],
  ['has, each once', 'Patient', { op: 'has', type: 'Claim', param: 'patient', where: { op: 'all' } }, ['ann', 'bob']],
  ['not has', 'Patient', { op: 'not', of: { op: 'has', type: 'Claim', param: 'patient', where: { op: 'all' } } }, ['cat']],
  ['has within and', 'Patient', { op: 'and', of: [hasToken('active', 'false'), { op: 'has', type: 'Claim', param: 'patient', where: total('gt', 200, 0.5) }] }, ['bob']],
  ['has of has', 'Organization', { op: 'has', type: 'Patient', param: 'organization', where: { op: 'has', type: 'Claim', param: 'patient', where: hasToken('status', 'active') } }, ['payer']],
  ['grouped: both in one repeat', 'Observation', part('systolic', 120), ['pair']],
  ['grouped: in two repeats', 'Observation', part('systolic', 80), []],
  ['several types', ['Claim', 'Patient'], { op: 'id', in: ['c1', 'cat'] }, ['cat', 'c1']],
  ['one of several types', ['Claim', 'Patient'], { op: 'and', of: [{ op: 'id', in: ['c1', 'cat'] }, { op: 'type', in: ['Patient'] }] }, ['cat']],
  ['different things of each type', ['Claim', 'Patient'], { op: 'or', of: [{ op: 'and', of: [{ op: 'type', in: ['Claim'] }, { op: 'id', in: ['c1', 'cat'] }] }, { op: 'and', of: [{ op: 'id', in: ['ann', 'c1'] }, { op: 'type', in: ['Patient', 'Basic'] }] }] }, ['ann', 'c1']],
  ['several types, a parameter that some have', ['Claim', 'Patient', 'Nothing'], { op: 'or', of: [hasToken('status', 'draft'), hasToken('active', 'true')] }, ['ann', 'c3']],
  ['two values of one parameter', 'Patient', { op: 'and', of: [{ op: 'string', param: 'given', match: 'starts', value: 'bob' }, { op: 'string', param: 'given', match: 'starts', value: 'ann' }] }, ['bob']],
  ["another's words are not SQL", 'Patient', family('exact', "' OR 1=1 --"), []],
];

/** Stored: c1 is 2025-03-01, c2 is 2025-03-02, c3 is the whole of January. Asked: a day, or a month. */
const DATES: readonly (readonly [compare: Compare, from: string, days: number, expected: readonly string[]])[] = [
  ['eq', '2025-03-01', 1, ['c1']],
  ['eq', '2025-03-01', 31, ['c1', 'c2']],
  ['eq', '2025-01-10', 1, []],
  ['ne', '2025-03-01', 1, ['c2', 'c3']],
  ['gt', '2025-03-01', 1, ['c2']],
  ['gt', '2025-01-10', 1, ['c1', 'c2', 'c3']],
  ['lt', '2025-03-01', 1, ['c3']],
  ['lt', '2025-01-10', 1, ['c3']],
  ['ge', '2025-03-01', 1, ['c1', 'c2']],
  ['ge', '2025-01-01', 31, ['c1', 'c2', 'c3']],
  ['le', '2025-03-01', 1, ['c1', 'c3']],
  ['le', '2025-01-01', 31, ['c3']],
  ['sa', '2025-01-10', 1, ['c1', 'c2']],
  ['eb', '2025-03-01', 1, ['c3']],
  ['eb', '2025-01-31', 1, []],
  ['ap', '2025-01-31', 30, ['c1', 'c3']],
];

export function searchContract(open: OpenStore): void {
  describe('search', () => {
    const fresh = opener(open);

    const filled = async (): Promise<Store> => {
      const { store } = await fresh();
      await store.commit(RESOURCES);
      return store;
    };

    it('finds what meets the expression, and counts it', async () => {
      const store = await filled();
      for (const [what, types, where, expected] of CASES) {
        const page = await store.search(plan(types, where, { total: 'accurate' }));
        expect([what, idsOf(page), page.total]).toEqual([what, expected, expected.length]);
      }
    });

    it('decides conditions of commits by the same expressions', async () => {
      const store = await filled();
      for (const [what, types, where, expected] of CASES) {
        if (typeof types !== 'string') continue;
        const asked = store.commit([{ op: 'match', condition: { type: types, key: what, where } }]);
        if (expected.length === 1) expect([what, (await asked)[0]?.id]).toEqual([what, expected[0]]);
        else await expect(asked, what).rejects.toMatchObject({ code: expected.length === 0 ? 'none' : 'multiple' });
      }
    });

    it('compares intervals of time as FHIR prefixes do', async () => {
      const store = await filled();
      for (const [compare, from, days, expected] of DATES) {
        const low = Date.parse(from);
        const page = await store.search(plan('Claim', { op: 'interval', kind: 'date', param: 'created', compare, low, high: low + days * DAY }));
        expect([compare, from, days, idsOf(page)]).toEqual([compare, from, days, expected]);
      }
    });

    it('compares numbers, also as one condition of several', async () => {
      const store = await filled();
      const sequence = (compare: Compare, value: number): Expression => ({ op: 'interval', kind: 'number', param: 'sequence', compare, low: value - 0.5, high: value + 0.5 });
      expect(idsOf(await store.search(plan('Claim', sequence('gt', 1))))).toEqual(['c2']);
      expect(idsOf(await store.search(plan('Claim', { op: 'and', of: [hasToken('status', 'active'), sequence('le', 1)] })))).toEqual(['c1']);
    });

    it('finds by lastUpdated', async () => {
      let now = Date.parse('2026-01-01T00:00:00Z');
      const { store } = await fresh({ now: () => now });
      for (const id of ['a', 'b', 'c']) {
        await commitOne(store, put('Basic', id));
        now += DAY;
      }
      const found = async (compare: Compare, date: string): Promise<string[]> => {
        const low = Date.parse(date);
        return idsOf(await store.search(plan('Basic', { op: 'interval', kind: 'date', param: '_lastUpdated', compare, low, high: low + DAY })));
      };
      const table: [Compare, string[]][] = [['eq', ['b']], ['ne', ['a', 'c']], ['gt', ['c']], ['sa', ['c']], ['ge', ['b', 'c']], ['lt', ['a']], ['eb', ['a']], ['le', ['a', 'b']], ['ap', ['b']]];
      for (const [compare, expected] of table) expect([compare, await found(compare, '2026-01-02')]).toEqual([compare, expected]);
    });

    it.each<[what: string, sort: SortKey[], expected: string[]]>([
      ['by id', [{ param: '_id', kind: 'id', descending: false }], ['a', 'b', 'c', 'd']],
      ['by id, descending', [{ param: '_id', kind: 'id', descending: true }], ['d', 'c', 'b', 'a']],
      ['by the least value, those without last', [{ param: 'value', kind: 'number', descending: false }], ['b', 'd', 'a', 'c']],
      ['by the greatest value descending, those without last', [{ param: 'value', kind: 'number', descending: true }], ['b', 'a', 'd', 'c']],
      ['by text, then by id', [{ param: 'word', kind: 'string', descending: false }, { param: '_id', kind: 'id', descending: true }], ['d', 'c', 'b', 'a']],
      ['by code', [{ param: 'code', kind: 'token', descending: true }], ['a', 'd', 'b', 'c']],
      ['by lastUpdated', [{ param: '_lastUpdated', kind: 'date', descending: false }], ['d', 'b', 'c', 'a']],
      ['newest first', [{ param: '_lastUpdated', kind: 'date', descending: true }], ['a', 'c', 'b', 'd']],
      ['by what nothing has', [{ param: 'nothing', kind: 'token', descending: false }], ['d', 'a', 'b', 'c']],
    ])('sorts %s', async (_, sort, expected) => {
      const { store } = await fresh();
      for (const change of [
        put('Basic', 'd', { index: [number('value', 5), text('word', 'Apple'), token('code', 'y')] }),
        put('Basic', 'a', { index: [number('value', 7), text('word', 'Pear'), token('code', 'z')] }),
        put('Basic', 'b', { index: [number('value', 1), number('value', 9), text('word', 'Pear')] }),
        put('Basic', 'c', { index: [text('word', 'apple')] }),
        put('Basic', 'a', { rest: ' ', index: [number('value', 7), text('word', 'Pear'), token('code', 'z')] }),
      ]) {
        await commitOne(store, change);
      }
      for (const where of [{ op: 'all' }, { op: 'present', param: 'word', kind: 'string' }] as const) {
        expect(idsOf(await store.search(plan('Basic', where, { sort })))).toEqual(expected);
      }
    });

    it('counts only, when no match is asked for', async () => {
      const page = await (await filled()).search(plan('Patient', { op: 'all' }, { count: 0, total: 'accurate' }));
      expect(page).toEqual({ matches: [], included: [], total: 3 });
    });

    it('takes conditions by the thousand ids, and long lists of codes', async () => {
      const store = await filled();
      expect(idsOf(await store.search(plan('Patient', { op: 'id', in: ['bob', ...Array.from({ length: 5_000 }, (_, i) => `x${i}`)] })))).toEqual(['bob']);
      expect(idsOf(await store.search(plan('Patient', { op: 'or', of: [hasToken('identifier', 'x'), ...Array.from({ length: 800 }, (_, i) => hasToken('identifier', `n${i}`))] })))).toEqual(['bob']);
    });

    it('refuses what is too large or too deep', async () => {
      const store = await filled();
      const wide: Expression = { op: 'or', of: Array.from({ length: 5_000 }, () => hasToken('active', 'true')) };
      const deep = Array.from({ length: 5_000 }).reduce<Expression>((of) => ({ op: 'not', of }), { op: 'all' });
      for (const where of [wide, deep]) {
        await expect(store.search(plan('Patient', where))).rejects.toMatchObject({ name: 'SearchRefusedError', reason: 'complex' });
        await expect(store.commit([put('Basic', 'b'), { op: 'match', condition: { type: 'Patient', key: 'x', where } }])).rejects.toMatchObject({ name: 'SearchRefusedError' });
      }
      expect(await store.read('Basic', 'b')).toBeUndefined();
    });
  });
}
