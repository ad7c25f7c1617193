import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FhirError } from '../../../src/fhir/outcome.js';
import type { PageState } from '../../../src/fhir/search/index.js';
import { openPage, sealPage } from '../../../src/fhir/search/index.js';

const key = Buffer.alloc(32, 7);
const state: PageState = { type: 'Claim', parameters: [['patient', 'Patient/secret-name'], ['_count', '20']], cursor: ['2026', 17, null] };

const states: fc.Arbitrary<PageState> = fc.record({
  type: fc.option(fc.string(), { nil: undefined }),
  parameters: fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }))),
  cursor: fc.array(fc.oneof(fc.string(), fc.integer(), fc.constant(null))),
});

describe('a page link', () => {
  test('opens to what was sealed', () => {
    fc.assert(fc.property(states, (each) => {
      expect(openPage(sealPage(each, key), key)).toEqual(each);
    }));
  });
  test('is the same for the same page, and another for another', () => {
    expect(sealPage(state, key)).toBe(sealPage({ ...state }, key));
    expect(sealPage(state, key)).not.toBe(sealPage({ ...state, cursor: ['2026', 18, null] }, key));
    expect(sealPage(state, key)).not.toBe(sealPage(state, Buffer.alloc(32, 8)));
  });
  test('shows nothing of what was asked, and needs no escaping in a URL', () => {
    const token = sealPage(state, key);
    expect(token).toMatch(/^[\w-]+$/);
    expect(Buffer.from(token, 'base64url').toString('latin1')).not.toContain('secret');
  });
  test('with any character changed is refused with 400', () => {
    const token = sealPage(state, key);
    for (let i = 0; i < token.length; i++) {
      const forged = token.slice(0, i) + (token[i] === 'A' ? 'B' : 'A') + token.slice(i + 1);
      expect(() => openPage(forged, key)).toThrow(FhirError);
    }
  });
  test.each(['', 'x', '💥', '=', 'A'.repeat(5000), sealPage(state, Buffer.alloc(32, 9)), `${sealPage(state, key)}=`, sealPage(state, key).slice(0, -2)])('refuses %s', (token) => {
    expect(() => openPage(token, key)).toThrow(expect.objectContaining({ status: 400 }));
  });
});
