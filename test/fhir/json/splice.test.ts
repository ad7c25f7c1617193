import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { withIdAndMeta } from '../../../src/fhir/json/edit.js';
import { replaceSpans } from './replace-spans.js';
import { outline, spanAt } from '../../../src/fhir/json/spans.js';
import { scan } from '../../../src/fhir/json/scan.js';
import { prepareValidation } from '../../../src/fhir/validation/index.js';
import { composeBody } from '../../../src/store/body.js';
import { randomResource, textOf } from '../random-resource.js';

beforeAll(() => prepareValidation());

const STATED = '"versionId":"7","lastUpdated":"2026-01-01T00:00:00.000Z"';
const stored = (text: string): string => composeBody(withIdAndMeta(scan(text)), { id: 'new', version: 7, lastUpdated: '2026-01-01T00:00:00.000Z', result: () => '' });
/** What of a meta is the client's: its members but those that the server states, each as it stood. */
const own = (meta: string): string[] => [...outline(meta).members].filter(([key]) => !/^_?(?:versionId|lastUpdated)$/.test(key)).map(([, { keyStart, end }]) => meta.slice(keyStart, end));

it('only id and meta of a random resource change: all around them stays, byte for byte', () => {
  fc.assert(fc.property(fc.gen(), fc.boolean(), fc.constantFrom('', ' ', '\n\t'), (g, withId, space) => {
    const text = textOf(randomResource(g, { odd: true })).replace('{', () => (withId ? `{${space}"id"${space}:${space}"old"${space},` : '{'));
    const after = stored(text);
    const [type, id, meta] = ['resourceType', 'id', 'meta'].map((key) => spanAt(text, [key]));
    const before = meta && text.slice(meta.start, meta.end);
    const expectedMeta = `{${[STATED, ...own(before ?? '{}')].join(',')}}`;
    const place = id ?? type!;
    expect(after).toBe(replaceSpans(text, [
      id ? { ...id, text: '"new"' } : { start: type!.end, end: type!.end, text: ',"id":"new"' },
      meta ? { ...meta, text: expectedMeta } : { start: place.end, end: place.end, text: `,"meta":${expectedMeta}` },
    ]));
    expect(JSON.parse(after)).toEqual({ ...JSON.parse(text), id: 'new', meta: JSON.parse(expectedMeta) });
  }), { numRuns: 500 });
});

it('what is stored is stored again as it stands: the same text, whoever sends it back', () => {
  fc.assert(fc.property(fc.gen(), (g) => {
    const once = stored(textOf(randomResource(g, { odd: true })));
    expect(stored(once)).toBe(once);
  }), { numRuns: 500 });
});
