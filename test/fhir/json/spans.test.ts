import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scan } from '../../../src/fhir/json/scan.js';
import { elementSpans, memberSpans, outline, spanAt, stringAt } from '../../../src/fhir/json/spans.js';
import type { JsonPath } from '../../../src/fhir/json/spans.js';

const bundle = `{
  "resourceType" : "Bundle", "type":"transaction",
  "entry": [ {"fullUrl":"urn:uuid:1","resource":{"resourceType":"Basic","value":10.00, "x":"a\\"]}b"}} ,
    {"resource" : {"resourceType":"Coverage","payor":[{"reference":"urn:uuid:1"}]}}]
}`;
const slice = (span: { start: number; end: number } | undefined): string | undefined => span && bundle.slice(span.start, span.end);

describe('spanAt', () => {
  it.each<[string, JsonPath, string | undefined]>([
    ['a member', ['type'], '"transaction"'],
    ['an element of an array', ['entry', 1, 'resource', 'payor', 0], '{"reference":"urn:uuid:1"}'],
    ['a number as it stands', ['entry', 0, 'resource', 'value'], '10.00'],
    ['a string that holds brackets and quotes', ['entry', 0, 'resource', 'x'], '"a\\"]}b"'],
    ['the whole', [], bundle],
    ['nothing under a missing key', ['entry', 0, 'request'], undefined],
    ['nothing beyond the end of an array', ['entry', 2], undefined],
    ['nothing inside a string', ['type', 'x'], undefined],
  ])('finds %s', (_name, path, expected) => {
    expect(slice(spanAt(bundle, path))).toBe(expected);
  });

  it('counts from a span that was found before', () => {
    expect(slice(spanAt(bundle, ['resource', 'payor'], spanAt(bundle, ['entry', 1])))).toBe('[{"reference":"urn:uuid:1"}]');
  });
});

describe('elementSpans and memberSpans', () => {
  it('cut the entries of a Bundle out of its text', () => {
    const entries = [...elementSpans(bundle, spanAt(bundle, ['entry'])!)];
    expect(entries.map((entry) => [...memberSpans(bundle, entry).keys()])).toEqual([['fullUrl', 'resource'], ['resource']]);
  });

  it('find nothing in what is neither array nor object', () => {
    expect([...elementSpans('{"a":1}', { start: 0, end: 7 })]).toEqual([]);
    expect(memberSpans('[1]', { start: 0, end: 3 }).size).toBe(0);
  });
});

describe('outline', () => {
  it('says of good text what scan says', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z"\\é]{1,8}$/), fc.jsonValue({ maxDepth: 4 })), fc.constantFrom(undefined, 1, '\t'), (value, space) => {
        const text = JSON.stringify(value, null, space);
        // `scan` refuses these, wherever they stand.
        fc.pre(!/\\u0000|__proto__|constructor|prototype/.test(text));
        expect(outline(text)).toEqual(scan(text));
      }),
    );
  });
});

describe('stringAt', () => {
  it.each([['"a"', 'a'], ['""', ''], ['"\\u0061\\""', 'a"']])('%s', (text, expected) => {
    expect(stringAt(text, { start: 0, end: text.length })).toBe(expected);
  });
});
