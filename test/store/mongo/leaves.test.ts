import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elementTests } from '../../../src/store/mongo/leaves.js';
import type { Leaf } from '../../../src/store/plan/leaf.js';

const containing = (value: string): Leaf => ({ op: 'string', param: 'name', match: 'contains', value });
const patternOf = (value: string): string => (elementTests(containing(value))[0] as { v: { $regex: string } }).v.$regex;

describe('a text to be contained', () => {
  it('is taken by the letter, whatever it means in a regular expression', () => {
    const text = fc.stringMatching(/^[a.*+?^$()[\]{}|\\/\0-]{0,6}$/);
    fc.assert(fc.property(text, text, text, (before, part, after) => {
      expect(new RegExp(patternOf(part)).test(before + part + after)).toBe(true);
      expect(new RegExp(patternOf(part)).test(before)).toBe(before.includes(part));
    }));
  });

  it('holds no byte that ends a pattern', () => expect(patternOf('a\0b')).not.toContain('\0'));

  it('may have 4,000 characters', () => {
    expect(patternOf('x'.repeat(4_000))).toHaveLength(4_000);
    expect(() => patternOf('x'.repeat(4_001))).toThrow(expect.objectContaining({ name: 'SearchRefusedError', reason: 'complex' }));
  });
});
