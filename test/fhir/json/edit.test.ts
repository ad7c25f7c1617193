import { describe, expect, it } from 'vitest';
import { withIdAndMeta } from '../../../src/fhir/json/edit.js';
import { scan } from '../../../src/fhir/json/scan.js';
import { spanAt } from '../../../src/fhir/json/spans.js';
import { FhirError } from '../../../src/fhir/outcome.js';
import type { BodyPart } from '../../../src/store/store.js';

const filled = (parts: readonly BodyPart[]): string =>
  parts.map((part) => (typeof part === 'string' ? part : part.slot === 'id' ? 'ID' : part.slot === 'meta' ? 'META' : `Type/${part.change}`)).join('');

describe('withIdAndMeta', () => {
  it.each([
    ['puts both after the type', '{"resourceType":"Basic","value":10.00}', '{"resourceType":"Basic","id":"ID","meta":{META},"value":10.00}'],
    ['replaces an id where it stands', '{"id":"a","resourceType":"Basic"}', '{"id":"ID","meta":{META},"resourceType":"Basic"}'],
    ['puts an id after the type, wherever that is', '{"value":1e2,"resourceType":"Basic"}', '{"value":1e2,"resourceType":"Basic","id":"ID","meta":{META}}'],
    ['replaces a meta that says only what the server says', '{"resourceType":"Basic","meta":{"versionId":"7","lastUpdated":"2020-01-01T00:00:00Z"}}', '{"resourceType":"Basic","id":"ID","meta":{META}}'],
    [
      "keeps the client's other meta byte for byte",
      '{"resourceType":"Basic","id":"a","meta":{"versionId":"7", "profile" : [ "http://x" ],"lastUpdated":"x","_lastUpdated":{},"tag":[{"code":"a"}]},"z":[]}',
      '{"resourceType":"Basic","id":"ID","meta":{META,"profile" : [ "http://x" ],"tag":[{"code":"a"}]},"z":[]}',
    ],
    ['keeps white space', '\n{ "resourceType" : "Basic" ,\r\n\t"x" : 1.0 }\n', '\n{ "resourceType" : "Basic","id":"ID","meta":{META} ,\r\n\t"x" : 1.0 }\n'],
    ['leaves ids further down alone', '{"resourceType":"Basic","contained":[{"resourceType":"Basic","id":"c","meta":{}}]}', '{"resourceType":"Basic","id":"ID","meta":{META},"contained":[{"resourceType":"Basic","id":"c","meta":{}}]}'],
  ])('%s', (_name, text, expected) => {
    expect(filled(withIdAndMeta(scan(text)))).toBe(expected);
  });

  it('applies further edits in the order of the text', () => {
    const text = '{"resourceType":"Coverage","payor":[{"reference":"urn:uuid:1"},{"reference":"urn:uuid:2"}]}';
    const edits = [1, 0].map((n) => ({ ...spanAt(text, ['payor', n, 'reference'])!, parts: ['"', { slot: 'result', change: n } as const, '"'] }));
    expect(filled(withIdAndMeta(scan(text), edits))).toBe('{"resourceType":"Coverage","id":"ID","meta":{META},"payor":[{"reference":"Type/0"},{"reference":"Type/1"}]}');
  });

  it('applies edits inside the meta that stays, too', () => {
    const text = '{"resourceType":"Basic","meta":{"versionId":"7", "source" : "urn:uuid:1","tag":[{"code":"a"}]},"subject":{"reference":"urn:uuid:1"}}';
    const edits = [['meta', 'source'], ['subject', 'reference']].map((path) => ({ ...spanAt(text, path)!, parts: ['"', { slot: 'result', change: 1 } as const, '"'] }));
    expect(filled(withIdAndMeta(scan(text), edits))).toBe('{"resourceType":"Basic","id":"ID","meta":{META,"source" : "Type/1","tag":[{"code":"a"}]},"subject":{"reference":"Type/1"}}');
  });

  it('joins neighbouring text into one part', () => {
    expect(withIdAndMeta(scan('{"resourceType":"Basic"}')).length).toBe(5);
  });

  it('refuses a resource without a type', () => {
    expect(() => withIdAndMeta(scan('{}'))).toThrow(FhirError);
  });
});
