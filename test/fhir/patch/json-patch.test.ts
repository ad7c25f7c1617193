import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { replaceSpans } from '../json/replace-spans.js';
import { spanAt } from '../../../src/fhir/json/spans.js';
import { FhirError } from '../../../src/fhir/outcome.js';
import { applyJsonPatch } from '../../../src/fhir/patch/json-patch.js';
import { prepareValidation } from '../../../src/fhir/validation/index.js';
import { lexemesOf, lexemesText, pathsIn, type Lexemes } from '../lexemes.js';
import { NUMBERS, randomResource, textOf } from '../random-resource.js';
import { applyPlainly, type PlainOperation } from './plain-json-patch.js';

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

  describe('on random resources', () => {
    beforeAll(() => prepareValidation());

    const OPERATIONS = ['add', 'remove', 'replace', 'move', 'copy', 'test'] as const;
    const VALUES = [...NUMBERS, '100', '"\\u0041"', '"A"', 'null', '{"a":[1.10,{}]}', '[]', '"~/"'];
    const pointer = (path: readonly string[]): string => path.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

    it('makes of each value what the plain rules make of it, with its digits and escapes, or refuses what they refuse', () => {
      let applied = 0;
      fc.assert(fc.property(fc.gen(), (g) => {
        const text = textOf(randomResource(g, { odd: true }));
        const pick = <T>(values: readonly T[]): T => values[g(fc.nat, { max: values.length - 1 })] as T;
        const whole = lexemesOf(text);
        const paths = pathsIn(whole);
        const place = (): readonly string[] => [...pick(paths), ...pick([[], [], [], ['new'], ['-']])];
        const operations = Array.from({ length: 1 + g(fc.nat, { max: 3 }) }, (): PlainOperation => {
          const op = pick(OPERATIONS);
          const path = op === 'remove' || op === 'replace' || op === 'test' ? pick(paths) : place();
          const value = op === 'test' && g(fc.boolean) ? path.reduce<Lexemes>((each, step) => (each as Record<string, Lexemes>)[step]!, whole) : lexemesOf(pick(VALUES));
          return { op, path, value, from: pick(paths) };
        });
        const patch = `[${operations.map(({ op, path, from, value = '' }) => `{"op":"${op}","path":${JSON.stringify(pointer(path))},"from":${JSON.stringify(pointer(from ?? []))},"value":${lexemesText(value)}}`).join(' , ')}]`;
        let expected: Lexemes;
        try {
          expected = applyPlainly(whole, operations);
        } catch {
          expect(() => applyJsonPatch(text, patch)).toThrow(FhirError);
          return;
        }
        applied++;
        expect(lexemesOf(applyJsonPatch(text, patch))).toEqual(expected);
      }), { numRuns: 800 });
      expect(applied).toBeGreaterThan(200);
    });

    it('replaces one value where it stands: all around it stays, byte for byte', () => {
      fc.assert(fc.property(fc.gen(), (g) => {
        const text = textOf(randomResource(g, { odd: true }));
        const paths = pathsIn(lexemesOf(text)).slice(1);
        const path = paths[g(fc.nat, { max: paths.length - 1 })]!;
        const value = VALUES[g(fc.nat, { max: VALUES.length - 1 })]!;
        const span = spanAt(text, path.map((step, index) => (Array.isArray(path.slice(0, index).reduce<unknown>((each, key) => (each as Record<string, unknown>)[key], JSON.parse(text))) ? Number(step) : step)))!;
        expect(applyJsonPatch(text, `[{"op":"replace","path":${JSON.stringify(pointer(path))},"value":${value}}]`)).toBe(replaceSpans(text, [{ ...span, text: value }]));
      }), { numRuns: 500 });
    });
  });
});
