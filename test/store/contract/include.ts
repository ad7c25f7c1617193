import { describe, expect, it } from 'vitest';
import type { Change, Expression, Include, SearchPlan, Store } from '../../../src/store/store.js';
import { commitOne, idsOf, opener, plan, put, reference, remove } from './harness.js';
import type { OpenStore } from './harness.js';

const RESOURCES: readonly Change[] = [
  put('Organization', 'root'),
  put('Organization', 'branch', { index: [reference('partof', 'Organization', 'root')] }),
  put('Patient', 'ann', { index: [reference('organization', 'Organization', 'branch')] }),
  put('Patient', 'gone'),
  remove('Patient', 'gone'),
  put('Claim', 'c1', { index: [reference('patient', 'Patient', 'ann'), reference('insurer', 'Organization', 'root')] }),
  put('Claim', 'c2', { index: [reference('patient', 'Patient', 'ann'), reference('patient', 'Patient', 'gone'), { kind: 'reference', param: 'insurer', url: 'http://elsewhere/Organization/root' }] }),
  put('ExplanationOfBenefit', 'e1', { index: [reference('claim', 'Claim', 'c1'), reference('patient', 'Patient', 'ann')] }),
  put('ExplanationOfBenefit', 'e2', { index: [reference('claim', 'Claim', 'c2')] }),
];

const include = (source: string, param: string, more: Partial<Include> = {}): Include => ({ direction: 'include', source, param, iterate: false, ...more });
const revinclude = (source: string, param: string, more: Partial<Include> = {}): Include => include(source, param, { direction: 'revinclude', ...more });

const CASES: readonly (readonly [what: string, type: string, ids: readonly string[], includes: readonly Include[], expected: readonly string[]])[] = [
  ['what a match refers to, once', 'Claim', ['c1', 'c2'], [include('Claim', 'patient')], ['ann']],
  ['only a target type', 'Claim', ['c1'], [include('Claim', '*', { target: 'Organization' })], ['root']],
  ['every reference', 'Claim', ['c1'], [include('Claim', '*')], ['ann', 'root']],
  ['every reference of any type', 'Claim', ['c1'], [include('*', '*')], ['ann', 'root']],
  ['of another source: nothing', 'Claim', ['c1'], [include('Coverage', 'patient')], []],
  ['without iterate: one step', 'Claim', ['c1'], [include('Claim', 'patient'), include('Patient', 'organization')], ['ann']],
  ['with iterate: as far as it goes', 'Claim', ['c2'], [include('Claim', 'patient'), include('Patient', 'organization', { iterate: true }), include('Organization', 'partof', { iterate: true })], ['ann', 'branch', 'root']],
  ['what refers to a match', 'Claim', ['c1'], [revinclude('ExplanationOfBenefit', 'claim')], ['e1']],
  ['by any reference', 'Patient', ['ann'], [revinclude('*', '*')], ['c1', 'c2', 'e1']],
  ['by any reference of any type but some', 'Patient', ['ann'], [revinclude('*', '*', { but: ['Claim'] })], ['e1']],
  ['by any reference of a type', 'Patient', ['ann'], [revinclude('Claim', '*')], ['c1', 'c2']],
  ['of a target type', 'Patient', ['ann'], [revinclude('Claim', 'patient', { target: 'Group' })], []],
  ['iterating back', 'Patient', ['ann'], [revinclude('Claim', 'patient'), revinclude('ExplanationOfBenefit', 'claim', { iterate: true })], ['c1', 'c2', 'e1', 'e2']],
  ['in a circle, it ends', 'Claim', ['c1'], [include('Claim', 'patient', { iterate: true }), revinclude('Claim', 'patient', { iterate: true })], ['ann', 'c2']],
  ['never a match', 'Claim', ['c1', 'c2'], [include('Claim', 'patient'), revinclude('Claim', 'patient', { iterate: true })], ['ann']],
  ['never a deleted one', 'Claim', ['c2'], [include('Claim', 'patient', { target: 'Patient' })], ['ann']],
];

export function includeContract(open: OpenStore): void {
  describe('includes', () => {
    const fresh = opener(open);

    const filled = async (): Promise<Store> => {
      const { store } = await fresh();
      await store.commit(RESOURCES);
      return store;
    };

    it('adds what is asked, each once', async () => {
      const store = await filled();
      for (const [what, type, ids, includes, expected] of CASES) {
        const where: Expression = { op: 'id', in: ids };
        const page = await store.search(plan(type, where, { includes }));
        expect([what, idsOf(page), page.included.map(({ id }) => id).sort()]).toEqual([what, ids, [...expected].sort()]);
      }
    });

    it('follows, counts and adds only what may be included', async () => {
      const store = await filled();
      const all: Expression = { op: 'all' };
      const only: readonly (readonly [what: string, includes: readonly Include[], includable: Pick<SearchPlan, 'types' | 'where'>, expected: readonly string[]])[] = [
        ['of a type', [revinclude('*', '*')], { types: ['Claim'], where: all }, ['c1', 'c2']],
        ['that meets a condition', [revinclude('*', '*')], { types: ['Claim', 'ExplanationOfBenefit'], where: { op: 'reference', param: 'insurer', type: 'Organization', id: 'root' } }, ['c1']],
        ['by type and condition', [revinclude('*', '*')], { types: ['Claim', 'ExplanationOfBenefit'], where: { op: 'or', of: [{ op: 'and', of: [{ op: 'type', in: ['Claim'] }, { op: 'id', in: ['c2'] }] }, { op: 'type', in: ['ExplanationOfBenefit'] }] } }, ['c2', 'e1']],
        ['and nothing beyond what may not be', [revinclude('Claim', 'patient'), revinclude('ExplanationOfBenefit', 'claim', { iterate: true })], { types: ['Claim', 'ExplanationOfBenefit'], where: { op: 'not', of: { op: 'id', in: ['c2'] } } }, ['c1', 'e1']],
        ['none', [revinclude('*', '*')], { types: [], where: all }, []],
      ];
      for (const [what, includes, includable, expected] of only) {
        const page = await store.search(plan('Patient', { op: 'id', in: ['ann'] }, { includes, includable }));
        expect([what, page.included.map(({ id }) => id).sort()]).toEqual([what, [...expected]]);
      }
      await store.commit(Array.from({ length: 2_100 }, (_, i) => put('Observation', `o${i}`, { index: [reference('subject', 'Patient', 'ann')] })));
      expect((await store.search(plan('Patient', { op: 'id', in: ['ann'] }, { includes: [revinclude('*', '*')], includable: { types: ['Claim'], where: all } }))).included).toHaveLength(2);
    });

    it('refuses to include without end', async () => {
      const store = await filled();
      await store.commit(Array.from({ length: 2_001 }, (_, i) => put('Observation', `o${i}`, { index: [reference('subject', 'Patient', 'ann')] })));
      await expect(store.search(plan('Patient', { op: 'id', in: ['ann'] }, { includes: [revinclude('Observation', 'subject')] }))).rejects.toMatchObject({ name: 'SearchRefusedError', reason: 'included' });
      await commitOne(store, remove('Observation', 'o0'));
      expect((await store.search(plan('Patient', { op: 'id', in: ['ann'] }, { includes: [revinclude('Observation', 'subject')] }))).included).toHaveLength(2_000);
    });
  });
}
