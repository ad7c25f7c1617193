import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { findReference, hasConditionalReference, resolveLinks, type LinkResolver } from '../../../src/fhir/bundle/references.js';
import { replaceSpans } from '../json/replace-spans.js';
import { scan } from '../../../src/fhir/json/scan.js';
import { prepareValidation } from '../../../src/fhir/validation/index.js';
import { randomResource, textOf, type Leaf } from '../random-resource.js';

beforeAll(() => prepareValidation());

const URN = 'urn:uuid:4a9e1fd2-5d6b-4c0c-9a3f-0a8a1b2c3d4e';
const KNOWN = new Map([
  [URN, 'a'],
  ['http://old.example/fhir/Patient/7', 'b'],
  ['urn:oid:1.2.3', 'c'],
]);
const resolve: LinkResolver = (link) => {
  const id = KNOWN.get(link);
  return id === undefined ? undefined : { type: 'Patient', id };
};

const rewritten = (text: string): string => replaceSpans(text, resolveLinks(scan(text), resolve, 'Basic').edits.map(({ start, end, parts }) => ({ start, end, text: parts.join('') })));

describe('links that are rewritten', () => {
  /** R4: Reference.reference, and elements of type uri, url, oid and uuid; names of systems and definitions are no links. */
  const NAMES = ['Extension.url', 'ConceptMap.group.source', 'ConceptMap.group.target', 'StructureDefinition.type', 'ElementDefinition.type.code'];
  const isLink = ({ type, holder, name }: Leaf): boolean =>
    (holder === 'Reference' && name === 'reference') ||
    (['uri', 'url', 'oid', 'uuid'].includes(type) && name !== 'system' && !NAMES.includes(`${holder}.${name}`) && (name !== 'url' || holder.includes('.') || ['Attachment', 'RelatedArtifact'].includes(holder)));
  const narrative = (link: string): string => JSON.stringify(`<div xmlns="http://www.w3.org/1999/xhtml"><a href="${link}" title="${link}">${link}</a><img src='${link}'/></div>`);
  const links = [...KNOWN.keys()];
  const strings = (type: string): string[] =>
    type === 'xhtml' ? [...links, 'http://other.example'].map(narrative) : [...links.map((link) => JSON.stringify(link)), JSON.stringify(links[0]).replace('urn', '\\u0075rn'), '"text"', '"Patient/7"', '"http://other.example"'];

  const address = (link: string): string => `Patient/${KNOWN.get(link) ?? ''}`;
  const after = (leaf: Leaf): string => {
    if (leaf.type === 'xhtml') return leaf.text.replace(/(href=\\"|src=')([^"'\\]+)/g, (whole, attribute: string, link: string) => (KNOWN.has(link) ? attribute + address(link) : whole));
    const value = leaf.text.startsWith('"') ? (JSON.parse(leaf.text) as string) : '';
    return isLink(leaf) && KNOWN.has(value) ? `"${address(value)}"` : leaf.text;
  };

  it('are exactly those of R4, in any resource: nothing else changes, byte for byte', () => {
    fc.assert(fc.property(fc.gen(), fc.boolean(), (g, odd) => {
      const pieces = randomResource(g, { strings, odd });
      expect(rewritten(textOf(pieces).trim())).toBe(textOf(pieces, after).trim());
    }), { numRuns: 1_000 });
  });

  it.each([
    ['href and src in narratives', '"text":{"div":"<div><a href=\\"urn:oid:1.2.3\\">urn:oid:1.2.3</a><img src=\'urn:oid:1.2.3\'/></div>"}', '<div><a href=\\"Patient/c\\">urn:oid:1.2.3</a><img src=\'Patient/c\'/></div>'],
    ['an escaped reference', '"subject":{"reference":"urn:o\\u0069d:1.2.3"}', '{"reference":"Patient/c"}'],
    ['a uri whose name is that of a text elsewhere', '"contained":[{"resourceType":"Immunization","education":[{"reference":"urn:oid:1.2.3"}]}]', '{"reference":"Patient/c"}'],
    ['uri and url of extensions', '"extension":[{"url":"urn:oid:1.2.3","valueUri":"urn:oid:1.2.3"},{"url":"x","valueUrl":"urn:oid:1.2.3"}]', '[{"url":"urn:oid:1.2.3","valueUri":"Patient/c"},{"url":"x","valueUrl":"Patient/c"}]'],
    ['extensions of primitives', '"_created":{"extension":[{"url":"x","valueOid":"urn:oid:1.2.3"}]}', '"valueOid":"Patient/c"'],
    ['the source of meta', '"meta":{"source":"urn:oid:1.2.3"}', '"meta":{"source":"Patient/c"}'],
  ])('%s', (_name, members, part) => {
    expect(rewritten(`{"resourceType":"Basic",${members}}`)).toContain(part);
  });

  it.each([
    ['a canonical', '"extension":[{"url":"x","valueCanonical":"urn:oid:1.2.3"}]'],
    ['a string', '"extension":[{"url":"x","valueString":"urn:oid:1.2.3"}]'],
    ['markdown', '"extension":[{"url":"x","valueMarkdown":"urn:oid:1.2.3"}]'],
    ['the value and system of an identifier', '"identifier":[{"system":"urn:oid:1.2.3","value":"urn:oid:1.2.3"}]'],
    ['the url by which a definition is known', '"contained":[{"resourceType":"ValueSet","url":"urn:oid:1.2.3"}]'],
    ['the links of a Bundle, which are about its own entries', '"contained":[{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Basic","subject":{"reference":"urn:oid:1.2.3"}}}]}]'],
  ])('not %s', (_name, members) => {
    const text = `{"resourceType":"Basic",${members}}`;
    expect(rewritten(text)).toBe(text);
  });

  it('must lead somewhere', () => {
    expect(() => rewritten('{"resourceType":"Basic","subject":{"reference":"urn:uuid:0"}}')).toThrow(expect.objectContaining({ status: 400, issues: [expect.objectContaining({ expression: 'Basic.subject.reference' })] }));
  });

  it('are known to the index as they are replaced', () => {
    const { resolve: known } = resolveLinks(scan(`{"resourceType":"Basic","subject":{"reference":"${URN}"},"identifier":[{"value":"urn:oid:1.2.3"}]}`), resolve, 'Basic');
    expect([known(URN), known('urn:oid:1.2.3')]).toEqual([{ type: 'Patient', id: 'a' }, undefined]);
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
    expect(findReference(scan('{"resourceType":"Claim","item":[{},{"encounter":[{"reference":"Patient?a=1"}]}]}'), 'Patient?a=1', 'Bundle.entry[0].resource')).toBe('Bundle.entry[0].resource.item[1].encounter[0].reference');
  });

  it('are looked for in linear time', () => {
    expect(hasConditionalReference(scan(`{"reference":"${'A'.repeat(5_000_000)}"}`))).toBe(false);
    expect(hasConditionalReference(scan(`{"reference":"http://${'A/'.repeat(2_000_000)}"}`))).toBe(false);
  });
});
