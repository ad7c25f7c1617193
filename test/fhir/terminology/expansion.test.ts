import type { CodeSystem, ValueSet } from 'fhir/r4.js';
import { describe, expect, it } from 'vitest';
import { expansionOf } from '../../../src/fhir/terminology/index.js';

const system: CodeSystem = {
  resourceType: 'CodeSystem', url: 's', version: '1', status: 'active', content: 'complete', property: [{ code: 'kind', type: 'code' }, { code: 'parent', type: 'code' }],
  concept: [
    { code: 'animal', display: 'Animal', concept: [{ code: 'dog', property: [{ code: 'kind', valueCode: 'pet' }] }, { code: 'wolf' }] },
    { code: 'pet', property: [{ code: 'child', valueCode: 'dog' }], concept: [{ code: 'fish', property: [{ code: 'kind', valueCode: 'pet' }] }] },
    { code: 'poodle', property: [{ code: 'parent', valueCode: 'dog' }, { code: 'status', valueCode: 'retired' }] },
  ],
};
const chain: CodeSystem = { resourceType: 'CodeSystem', url: 'chain', status: 'active', content: 'complete', concept: Array.from({ length: 20_000 }, (_, n) => ({ code: `c${n}`, property: [{ code: 'parent', valueCode: `c${n - 1}` }, ...(n === 0 ? [{ code: 'parent', valueCode: 'c19999' }] : [])] })) };
const valueSet = (url: string, include: NonNullable<ValueSet['compose']>['include'], rest: Partial<NonNullable<ValueSet['compose']>> = {}): ValueSet => ({ resourceType: 'ValueSet', url, status: 'active', compose: { include, ...rest } });
const doubling = Array.from({ length: 60 }, (_, n) => valueSet(`d${n}`, n === 59 ? [{ system: 's' }] : [{ valueSet: [`d${n + 1}`] }, { valueSet: [`d${n + 1}`] }]));
const known = new Map([system, chain, ...doubling].map((each) => [each.url ?? '', each]));

const codes = (from: ValueSet): unknown => {
  const expansion = expansionOf(from, (url) => known.get(url));
  return 'concepts' in expansion ? expansion.concepts.map(({ code }) => code) : expansion;
};
const filtered = (property: string, op: string, value: string): unknown => codes(valueSet('x', [{ system: 's', filter: [{ property, op: op as '=', value }] }]));

describe('filters on the hierarchy, by nesting and by properties', () => {
  it.each<[string, string, string, unknown]>([
    ['concept', 'is-a', 'dog', ['dog', 'poodle']],
    ['concept', 'descendent-of', 'animal', ['dog', 'wolf', 'poodle']],
    ['concept', 'descendent-of', 'pet', ['dog', 'fish', 'poodle']],
    ['concept', 'is-not-a', 'animal', ['pet', 'fish']],
    ['concept', 'generalizes', 'poodle', ['animal', 'dog', 'pet', 'poodle']],
    ['code', '=', 'wolf', ['wolf']],
    ['code', 'in', 'wolf, fish', ['wolf', 'fish']],
    ['code', 'not-in', 'animal,dog,wolf,pet,fish', ['poodle']],
    ['concept', 'is-a', 'nothing', []],
    ['kind', '=', 'pet', ['dog', 'fish']],
    ['kind', 'exists', 'true', ['dog', 'fish']],
    ['kind', 'exists', 'false', ['animal', 'wolf', 'pet', 'poodle']],
    ['kind', 'in', 'pet,wild', ['dog', 'fish']],
    ['kind', 'not-in', 'pet', ['animal', 'wolf', 'pet', 'poodle']],
    ['parent', '=', 'dog', ['poodle']],
    ['parent', '=', 'animal', ['dog', 'wolf']],
    ['size', '=', 'big', { lacks: 'the filter on s' }],
    ['code', 'regex', '.*', { lacks: 'the filter on s' }],
  ])('%s %s %s', (property, op, value, expected) => expect(filtered(property, op, value)).toEqual(expected));
});

it('several filters must all hold', () => expect(codes(valueSet('x', [{ system: 's', filter: [{ property: 'concept', op: 'is-a', value: 'pet' }, { property: 'kind', op: '=', value: 'pet' }] }]))).toEqual(['dog', 'fish']));
it('inactive codes stay out where the definition says so', () => expect(codes(valueSet('x', [{ system: 's', filter: [{ property: 'concept', op: 'is-a', value: 'dog' }] }], { inactive: false }))).toEqual(['dog']));
it('a long chain with a circle costs one pass', () => expect((codes(valueSet('x', [{ system: 'chain', filter: [{ property: 'concept', op: 'is-a', value: 'c5' }] }])) as string[]).length).toBe(20_000));
it('sets that each include the next twice are expanded once', () => expect((codes(doubling[0]!) as string[]).length).toBe(6));
it('a circle is told', () => expect(expansionOf(valueSet('a', [{ valueSet: ['a'] }]), () => valueSet('a', [{ valueSet: ['a'] }, { valueSet: ['a'] }]))).toEqual({ lacks: 'an end of a, which includes itself' }));
