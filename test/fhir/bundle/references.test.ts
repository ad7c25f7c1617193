import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findReference, hasConditionalReference, referenceEdits } from '../../../src/fhir/bundle/references.js';
import { withIdAndMeta } from '../../../src/fhir/json/edit.js';
import { scan } from '../../../src/fhir/json/scan.js';
import type { ReferenceResolver } from '../../../src/fhir/search/index.js';
import { composeBody } from '../../../src/store/body.js';

const KNOWN = new Map([
  ['urn:uuid:4a9e1fd2-5d6b-4c0c-9a3f-0a8a1b2c3d4e', 'a'],
  ['http://old.example/fhir/Patient/7', 'b'],
  ['urn:oid:1.2.3', 'c'],
]);
const resolve: ReferenceResolver = (reference) => {
  const id = KNOWN.get(reference);
  return id === undefined ? undefined : { type: 'Patient', id };
};

const rewritten = (text: string): string =>
  composeBody(withIdAndMeta(scan(text), referenceEdits(scan(text), resolve, 'Basic')), { id: 'x', version: 1, lastUpdated: '2026-01-01T00:00:00.000Z', result: () => '' });

describe('links that are rewritten', () => {
  const plain = fc.constantFrom('text', '10.00', 'Patient/7', 'a\\"b', 'http://other.example', '');
  const link = fc.constantFrom(...KNOWN.keys());
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.oneof(plain, link, fc.integer(), fc.boolean()),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('reference', 'url', 'valueUri', 'value', 'display', 'item', 'é', 'valueString'), tie('tree'), { maxKeys: 4 }),
    ),
  }));

  it('are exactly those in references and elements that hold a link: nothing else changes, byte for byte', () => {
    fc.assert(fc.property(fc.dictionary(fc.constantFrom('item', 'extension', 'subject'), tree, { maxKeys: 3 }), fc.constantFrom(undefined, 1, '\t'), (members, indent) => {
      const text = JSON.stringify({ resourceType: 'Basic', ...members, last: null }, undefined, indent);
      const expected = JSON.stringify(mapped({ resourceType: 'Basic', ...members, last: null }, ''), undefined, indent);
      const own = '"resourceType":"Basic","id":"x","meta":{"versionId":"1","lastUpdated":"2026-01-01T00:00:00.000Z"}';
      expect(rewritten(text)).toBe(expected.replace(/"resourceType": ?"Basic"/, indent === undefined ? own : own.replace('":"', '": "')));
    }));
  });

  /** The same by hand, on the parsed tree. */
  const TEXTS = ['value', 'display', 'valueString'];
  function mapped(value: unknown, key: string): unknown {
    if (typeof value === 'string') return !TEXTS.includes(key) && KNOWN.has(value) ? `Patient/${KNOWN.get(value)}` : value;
    if (Array.isArray(value)) return value.map((item) => mapped(item, key));
    if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, mapped(member, name)]));
    return value;
  }

  it.each([
    ['{"resourceType":"Basic","text":{"div":"<div><a href=\\"urn:oid:1.2.3\\">urn:oid:1.2.3</a><img src=\'urn:oid:1.2.3\'/></div>"}}', '<div><a href=\\"Patient/c\\">urn:oid:1.2.3</a><img src=\'Patient/c\'/></div>'],
    ['{"resourceType":"Basic","subject":{"reference":"urn:o\\u0069d:1.2.3"}}', '{"reference":"Patient/c"}'],
    ['{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Basic","subject":{"reference":"urn:oid:1.2.3"}}}]}', '{"reference":"urn:oid:1.2.3"}'],
  ])('%s', (text, part) => {
    expect(rewritten(text)).toContain(part);
  });

  it('must lead somewhere', () => {
    expect(() => rewritten('{"resourceType":"Basic","subject":[{"reference":"urn:uuid:0"}]}')).toThrow('No entry of the transaction');
  });
});

describe('conditional references', () => {
  it.each([
    ['{"reference":"Patient?identifier=1"}', true],
    ['{ "reference" : "http://x.example/fhir/Patient?identifier=1"}', true],
    ['{"reference":"Patient/1"}', false],
    ['{"display":"Patient?identifier=1"}', false],
  ])('%s: %s', (text, conditional) => {
    expect(hasConditionalReference(scan(text))).toBe(conditional);
  });

  it('are found again where they stand', () => {
    expect(findReference(scan('{"item":[{},{"encounter":[{"reference":"Patient?a=1"}]}]}'), 'Patient?a=1', 'Bundle.entry[0].resource')).toBe('Bundle.entry[0].resource.item[1].encounter[0].reference');
  });

  it('are looked for in linear time', () => {
    expect(hasConditionalReference(scan(`{"reference":"${'A'.repeat(5_000_000)}"}`))).toBe(false);
    expect(hasConditionalReference(scan(`{"reference":"http://${'A/'.repeat(2_000_000)}"}`))).toBe(false);
  });
});
