import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FhirError } from '../../../src/fhir/outcome.js';
import { applyJsonPatch } from '../../../src/fhir/patch/json-patch.js';

/** A resource whose text would change if it went through JSON.parse and JSON.stringify. */
const TEXT = '{ "resourceType":"Basic", "n" : [10.00, 1e2 ,"\\u00e9"],\r\n\t"o":{"a/b":1,"m~n":{"x":0.10}} }';

const applied = (...operations: object[]): string => applyJsonPatch(TEXT, JSON.stringify(operations));

describe('JSON Patch (RFC 6902)', () => {
  it.each<[string, object[], string, string]>([
    ['add to an object §4.1', [{ op: 'add', path: '/o/new', value: true }], '0.10}}', '0.10},"new":true}'],
    ['add replaces a member §4.1', [{ op: 'add', path: '/o/a~1b', value: '2' }], '"a/b":1', '"a/b":"2"'],
    ['add into an array §4.1', [{ op: 'add', path: '/n/1', value: 5 }], '10.00, 1e2', '10.00, 5,1e2'],
    ['add at the end of an array §4.1', [{ op: 'add', path: '/n/-', value: 5 }], '"\\u00e9"]', '"\\u00e9",5]'],
    ['add at the length of an array §4.1', [{ op: 'add', path: '/n/3', value: 5 }], '"\\u00e9"]', '"\\u00e9",5]'],
    ['remove a member §4.2', [{ op: 'remove', path: '/o/a~1b' }], '"a/b":1,', ''],
    ['remove an element §4.2', [{ op: 'remove', path: '/n/0' }], '10.00, ', ''],
    ['replace §4.3', [{ op: 'replace', path: '/o/m~0n/x', value: 3 }], '0.10', '3'],
    ['move §4.4', [{ op: 'move', from: '/n/1', path: '/o/a~1b' }], '', '{ "resourceType":"Basic", "n" : [10.00, "\\u00e9"],\r\n\t"o":{"a/b":1e2,"m~n":{"x":0.10}} }'],
    ['move to where it is §4.4', [{ op: 'move', from: '/n', path: '/n' }], '', TEXT],
    ['copy §4.5', [{ op: 'copy', from: '/o/m~0n', path: '/o/c' }], '0.10}}', '0.10},"c":{"x":0.10}}'],
    ['test §4.6', [{ op: 'test', path: '/n', value: [10, 100, 'é'] }], '', TEXT],
    ['several in order §5', [{ op: 'add', path: '/o/z', value: {} }, { op: 'add', path: '/o/z/y', value: 1 }, { op: 'remove', path: '/o/a~1b' }], '"a/b":1,"m~n":{"x":0.10}}', '"m~n":{"x":0.10},"z":{"y":1}}'],
    ['nothing', [], '', TEXT],
  ])('%s', (_name, operations, part, expected) => {
    expect(applied(...operations)).toBe(part === '' ? expected : TEXT.replace(part, expected));
  });

  it('takes values with their digits', () => {
    expect(applyJsonPatch('{"a":1}', '[{"op":"add","path":"/b","value": 10.00 }]')).toBe('{"a":1,"b":10.00}');
  });

  it.each<[string, unknown, number]>([
    ['no array', { op: 'add' }, 400],
    ['an operation that is none', [{ op: 'delete', path: '/o' }], 400],
    ['an operation that is no object', ['remove'], 400],
    ['a prototype as operation', [{ op: 'toString', path: '/o' }], 400],
    ['no path', [{ op: 'remove' }], 400],
    ['a path that is no text', [{ op: 'remove', path: 1 }], 400],
    ['a path without slash', [{ op: 'remove', path: 'o' }], 400],
    ['a path with a wrong escape', [{ op: 'remove', path: '/m~2n' }], 400],
    ['a path to a prototype', [{ op: 'add', path: '/__proto__/polluted', value: 1 }], 400],
    ['a path to a constructor', [{ op: 'add', path: '/o/constructor', value: 1 }], 400],
    ['no value', [{ op: 'add', path: '/o/x' }], 400],
    ['no from', [{ op: 'move', path: '/o/x' }], 400],
    ['a test that fails', [{ op: 'test', path: '/n/0', value: 11 }], 422],
    ['a test of what is not there', [{ op: 'test', path: '/x', value: null }], 422],
    ['removing what is not there', [{ op: 'remove', path: '/x' }], 422],
    ['removing the root', [{ op: 'remove', path: '' }], 422],
    ['replacing what is not there', [{ op: 'replace', path: '/o/x', value: 1 }], 422],
    ['adding below what is not there', [{ op: 'add', path: '/x/y', value: 1 }], 422],
    ['adding below a primitive', [{ op: 'add', path: '/resourceType/y', value: 1 }], 422],
    ['an index beyond the end', [{ op: 'add', path: '/n/4', value: 1 }], 422],
    ['an index with a leading zero', [{ op: 'remove', path: '/n/01' }], 422],
    ['a negative index', [{ op: 'remove', path: '/n/-1' }], 422],
    ['the end where there is nothing', [{ op: 'remove', path: '/n/-' }], 422],
    ['moving a value into itself', [{ op: 'move', from: '/o', path: '/o/x' }], 422],
    ['too many operations', Array.from({ length: 1001 }, () => ({ op: 'test', path: '', value: 1 })), 413],
    ['a copy of itself again and again', Array.from({ length: 60 }, (_, n) => ({ op: 'copy', from: '', path: `/c${n}` })), 413],
  ])('%s', (_name, patch, status) => {
    const refused = (): string => applyJsonPatch(TEXT, JSON.stringify(patch));
    expect(refused).toThrow(FhirError);
    try {
      refused();
    } catch (error) {
      expect((error as FhirError).status).toBe(status);
    }
  });

  it('of random trees changes what it names and nothing else', () => {
    const number = fc.constantFrom('10.00', '1e2', '-0.0', '12345678901234567890.10', '3');
    const leaf = fc.oneof(number, fc.constantFrom('"\\u0041"', '"é"', 'true', 'null'));
    const member = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), leaf, fc.constantFrom('', ' ', '\n  '));
    fc.assert(fc.property(fc.uniqueArray(member, { selector: ([key]) => key, minLength: 1 }), fc.nat(), leaf, (members, at, value) => {
      const written = (list: typeof members): string => `{"resourceType":"Basic","o":{${list.map(([key, text, space]) => `${space}"${key}":${space}${text}`).join(',')}}}`;
      const index = at % members.length;
      const key = members[index]?.[0];
      const replaced = members.map(([name, text, space], n): (typeof members)[number] => [name, n === index ? value : text, space]);
      expect(applyJsonPatch(written(members), `[{"op":"replace","path":"/o/${key}","value":${value}}]`)).toBe(written(replaced));
    }));
  });
});
