import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { outline } from '../../src/fhir/json/spans.js';
import { subsetOf, type SubsetRequest } from '../../src/fhir/subset.js';
import { elementModel, prepareValidation } from '../../src/fhir/validation/index.js';
import type { ElementNode } from '../../src/fhir/validation/model.js';
import { lexemesOf, type Lexemes } from './lexemes.js';
import { randomResource, textOf } from './random-resource.js';

beforeAll(() => prepareValidation());

const SUBSETTED = { system: '"http://terminology.hl7.org/CodeSystem/v3-ObservationValue"', code: '"SUBSETTED"' };
const ALWAYS = ['resourceType', 'id', 'meta', 'implicitRules', 'modifierExtension'];
type Members = Record<string, Lexemes>;

const cut = (text: string, type: string, request: SubsetRequest): string => Buffer.from(subsetOf(request)!(Buffer.from(text), type)).toString();
const filtered = (members: Members, keeps: (key: string) => boolean): Members => Object.fromEntries(Object.entries(members).filter(([key]) => ALWAYS.includes(key) || keeps(key)));

/** R4 §3.1.1.5.8 on values: what is of the summary, in elements without a type of their own too, unless nothing of them would be left. */
function summary(members: Members, node: ElementNode): Members {
  const isOf = (key: string): boolean => node.properties.get(key)?.required === true || node.properties.get(key)?.summary === true;
  return Object.fromEntries(Object.entries(filtered(members, isOf)).map(([key, value]) => {
    const inner = node.properties.get(key);
    if (inner?.node === undefined || !inner.type.includes('.')) return [key, value];
    const within = inner.node;
    const one = (each: Lexemes): Lexemes =>
      Object.keys(each).some((name) => within.properties.get(name)?.required === true || within.properties.get(name)?.summary === true) ? summary(each as Members, within) : each;
    return [key, Array.isArray(value) ? value.map(one) : one(value)];
  }));
}

function marked(members: Members): Members {
  const meta = (members['meta'] ?? {}) as Members;
  return { ...members, meta: { ...meta, tag: [...((meta['tag'] ?? []) as Lexemes[]), SUBSETTED] } };
}

describe('of a random resource', () => {
  const random = (g: fc.GeneratorValue): { text: string; type: string; node: ElementNode; members: Members } => {
    const text = textOf(randomResource(g, { odd: true }));
    const { resourceType: type } = JSON.parse(text) as { resourceType: string };
    return { text, type, node: elementModel().node(type), members: lexemesOf(text) as Members };
  };
  const REQUESTS: readonly [string, SubsetRequest, (members: Members, node: ElementNode) => Members][] = [
    ['_summary=true', { summary: 'true' }, summary],
    ['_summary=text', { summary: 'text' }, (members, node) => filtered(members, (key) => node.properties.get(key)?.required === true || key === 'text')],
    ['_summary=data', { summary: 'data' }, (members) => Object.fromEntries(Object.entries(members).filter(([key]) => key !== 'text'))],
  ];

  it.each(REQUESTS)('%s leaves what it should, with every digit and escape', (_name, request, expected) => {
    fc.assert(fc.property(fc.gen(), (g) => {
      const { text, type, node, members } = random(g);
      expect(lexemesOf(cut(text, type, request))).toEqual(marked(expected(members, node)));
    }), { numRuns: 300 });
  });

  it('_elements leaves what is named and what is mandatory, byte for byte, in its order', () => {
    fc.assert(fc.property(fc.gen(), (g) => {
      const { text, type, node, members } = random(g);
      const named = [...node.properties.values()].filter(() => g(fc.boolean)).map(({ name }) => name);
      const elements = ['id', ...named.map((name) => (g(fc.boolean) ? name : `${type}.${name}`))];
      const after = cut(text, type, { elements });
      expect(lexemesOf(after)).toEqual(marked(filtered(members, (key) => node.properties.get(key)?.required === true || named.includes(node.properties.get(key)?.name ?? ''))));
      const written = (whole: string): string[] => [...outline(whole).members].filter(([key]) => key !== 'meta').map(([, { keyStart, end }]) => whole.slice(keyStart, end));
      const [kept, before] = [written(after), written(text)];
      expect(kept).toEqual(before.filter((member) => kept.includes(member)));
    }), { numRuns: 300 });
  });
});
