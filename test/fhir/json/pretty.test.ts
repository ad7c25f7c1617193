import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pretty } from '../../../src/fhir/json/pretty.js';

describe('pretty', () => {
  it('lays out as JSON.stringify does, whatever the layout was', () => {
    fc.assert(fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(undefined, 1, '\t'), (value, space) => {
      expect(pretty(JSON.stringify(value, undefined, space))).toBe(JSON.stringify(value, undefined, 2));
    }));
  });

  it('leaves numbers and escapes as they are written', () => {
    const token = fc.constantFrom('10.00', '-0.0', '1e2', '12345678901234567890.10', '"\\u0041"', '"{\\"a\\":[1, 2]}"', 'null', 'true');
    fc.assert(fc.property(fc.array(token, { minLength: 1 }), (tokens) => {
      expect(pretty(`[${tokens.join(' ,\r\n')}]`)).toBe(`[\n  ${tokens.join(',\n  ')}\n]`);
    }));
  });
});
