import { describe, expect, it } from 'vitest';
import { linkFrom } from '../../src/fhir/link.js';

/** RFC 3986 §5.4, as far as links of Bundles have use for it. */
describe('a link of a page', () => {
  const page = 'https://ehr.example/fhir/r4/Coverage?patient=1';
  it.each([
    ['?page=2', 'https://ehr.example/fhir/r4/Coverage?page=2'],
    ['Coverage?page=2', 'https://ehr.example/fhir/r4/Coverage?page=2'],
    ['../pages/2', 'https://ehr.example/fhir/pages/2'],
    ['/fhir/r4?page=2', 'https://ehr.example/fhir/r4?page=2'],
    ['', page],
    // Another host is another host, and told as such.
    ['//evil.example/fhir?page=2', 'https://evil.example/fhir?page=2'],
    ['https://evil.example/fhir?page=2', 'https://evil.example/fhir?page=2'],
    // Letter by letter: a cursor may be anything.
    ['https://ehr.example/fhir/r4?_page=a|b c%2F', 'https://ehr.example/fhir/r4?_page=a|b c%2F'],
    ['javascript:alert(1)', 'javascript:alert(1)'],
    ['http://[', 'http://['],
  ])('%s', (link, address) => {
    expect(linkFrom(page, link)).toBe(address);
  });
});
