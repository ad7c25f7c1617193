import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { equalJson } from '../../../src/fhir/json/equal.js';
import { TextTree } from '../../../src/fhir/json/tree.js';

const changed = (text: string, change: (tree: TextTree) => void): string => {
  const tree = new TextTree(text);
  change(tree);
  return tree.text;
};
const one = new TextTree('1.00');

describe('TextTree', () => {
  it.each<[string, string, (tree: TextTree) => void, string]>([
    ['replaces a member', '{ "a" : 1,\n "b":2 }', (tree) => tree.setMember('b', one), '{ "a" : 1,\n "b":1.00 }'],
    ['adds a member as the others stand', '{\n  "a": 1\n}', (tree) => tree.setMember('b', one), '{\n  "a": 1,\n  "b": 1.00\n}'],
    ['adds a member to none', '{}', (tree) => tree.setMember('é"', one), '{"é\\"":1.00}'],
    ['removes the first member', '{"a":1, "b":2}', (tree) => tree.removeMember('a'), '{"b":2}'],
    ['removes the last member', '{"a":1, "b":2}', (tree) => tree.removeMember('b'), '{"a":1}'],
    ['removes the only member', '{ "a":1 }', (tree) => tree.removeMember('a'), '{  }'],
    ['passes over a member that is not there', '{"a":1}', (tree) => tree.removeMember('c'), '{"a":1}'],
    ['finds a member by its escaped key', '{"\\u0061":1}', (tree) => tree.setMember('a', one), '{"\\u0061":1.00}'],
    ['inserts at the beginning', '[1, 2]', (tree) => tree.insertElement(0, one), '[1.00,1, 2]'],
    ['inserts in a pretty list', '[\n 1,\n 2\n]', (tree) => tree.insertElement(1, one), '[\n 1,\n 1.00,\n 2\n]'],
    ['appends to a pretty list', '[\n 1\n]', (tree) => tree.insertElement(1, one), '[\n 1,\n 1.00\n]'],
    ['appends after the last was removed', '[1, 2]', (tree) => { tree.removeElement(1); tree.insertElement(1, one); }, '[1,1.00]'],
    ['removes all', '[1,2]', (tree) => { tree.removeElement(0); tree.removeElement(0); }, '[]'],
    ['changes what is deep inside', '{"a":[{"b":10.0}, 0e1]}', (tree) => tree.member('a')?.element(0)?.setMember('b', one), '{"a":[{"b":1.00}, 0e1]}'],
    ['keeps white space around it', ' \n{ "a":1 }\n', (tree) => tree.setMember('b', one), ' \n{ "a":1, "b":1.00 }\n'],
    ['holds a primitive as it is', '"a\\u0041"', () => undefined, '"a\\u0041"'],
  ])('%s', (_name, text, change, expected) => {
    expect(changed(text, change)).toBe(expected);
  });

  const json = fc.jsonValue({ maxDepth: 4 }).filter((value) => typeof value === 'object' && value !== null);
  const indent = fc.constantFrom(undefined, 1, '\t', '  ');

  it('writes what was taken apart and not changed as it stood, byte for byte', () => {
    fc.assert(fc.property(json, indent, (value, space) => {
      const text = JSON.stringify(value, undefined, space);
      const tree = new TextTree(text);
      const look = (each: TextTree): void => [...each.elements, ...each.members.values()].forEach(look);
      look(tree);
      expect(tree.text).toBe(text);
    }));
  });

  it('changes like a plain tree, in the same layout', () => {
    fc.assert(fc.property(fc.array(fc.jsonValue({ maxDepth: 2 }), { maxLength: 4 }), fc.array(fc.tuple(fc.nat(), fc.boolean()), { maxLength: 8 }), fc.constantFrom(undefined, 1, '\t'), (values, steps, space) => {
      const plain = [...values, 0];
      const tree = new TextTree(JSON.stringify(plain, undefined, space));
      for (const [at, inserts] of steps) {
        const index = at % plain.length;
        if (inserts) {
          plain.splice(index, 0, 7);
          tree.insertElement(index, new TextTree('7'));
        } else if (plain.length > 1) {
          plain.splice(index, 1);
          tree.removeElement(index);
        }
      }
      expect(tree.text).toBe(JSON.stringify(plain, undefined, space));
    }));
  });
});

describe('equalJson (RFC 6902 §4.6)', () => {
  it.each([
    ['{"a":1,"b":[true,null]}', '{ "b":[ true,null ],"a":1.0 }', true],
    ['100', '1e2', true],
    ['0.0', '-0', true],
    ['1.50', '15e-1', true],
    ['0.1000000000000000001', '0.1', false],
    ['12345678901234567890', '12345678901234567891', false],
    ['"\\u0041"', '"A"', true],
    ['"1"', '1', false],
    ['null', 'false', false],
    ['[1,2]', '[2,1]', false],
    ['{"a":1}', '{"b":1}', false],
    ['{"a":1}', '{"a":1,"b":1}', false],
    ['{}', '[]', false],
  ])('%s and %s: %s', (a, b, equal) => {
    expect(equalJson(new TextTree(a), new TextTree(b))).toBe(equal);
    expect(equalJson(new TextTree(b), new TextTree(a))).toBe(equal);
  });
});
