import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_DEPTH, MAX_NUMBER_LENGTH, scan } from '../../../src/fhir/json/scan.js';
import { FhirError } from '../../../src/fhir/outcome.js';

function refusal(text: string): FhirError | undefined {
  try {
    scan(text);
    return undefined;
  } catch (error) {
    if (error instanceof FhirError) return error;
    throw error;
  }
}

const nested = (levels: number): string => `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`;

describe('scan accepts', () => {
  it.each([
    ['an empty object', '{}'],
    ['white space around and between', ' \r\n\t{ "a" : [ 1 , 2 ] , "b" : { } } \n'],
    ['a byte order mark', '\ufeff{"resourceType":"Basic"}'],
    ['every escape', '{"a":"\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u00e9"}'],
    ['a character outside the basic plane, plain and escaped', '{"a":"😀\\ud83d\\ude00"}'],
    ['numbers of every form', '{"a":[0,-0,1,-1,10.00,1e2,1E+2,1.5e-3,123456789012345678.123456]}'],
    ['literals', '{"a":[true,false,null]}'],
    ['the same key in different objects', '{"a":{"a":1},"b":[{"a":1},{"a":1}]}'],
    ['many keys', `{${Array.from({ length: 100 }, (_, i) => `"k${i}":${i}`).join(',')}}`],
    ['as many levels as allowed', nested(MAX_DEPTH)],
    ['a number as long as allowed', `{"a":${'1'.repeat(MAX_NUMBER_LENGTH)}}`],
  ])('%s', (_name, text) => {
    const { text: clean } = scan(text);
    expect(() => JSON.parse(clean)).not.toThrow();
  });
});

describe('scan refuses', () => {
  it.each([
    ['an empty body', '', /body is empty.*line 1, column 1/],
    ['white space only', ' \n ', /body is empty.*line 2, column 2/],
    ['an array at the top', '[]', /is an object/],
    ['a string at the top', '"a"', /is an object/],
    ['null at the top', 'null', /is an object/],
    ['a second value', '{} {}', /follows the end.*column 4/],
    ['a missing value', '{"a":}', /a value was expected.*column 6/],
    ['a missing colon', '{"a" 1}', /a colon was expected/],
    ['a missing comma', '{"a":1 "b":2}', /a comma or \}/],
    ['a missing comma in an array', '{"a":[1 2]}', /a comma or \]/],
    ['a trailing comma', '{"a":1,}', /a key in double quotes/],
    ['a trailing comma in an array', '{"a":[1,]}', /a value was expected/],
    ['single quotes', "{'a':1}", /a key in double quotes/],
    ['a comment', '{/* */}', /a key in double quotes/],
    ['an open object', '{"a":1', /a comma or \}/],
    ['an open string', '{"a":"b', /closing double quote/],
    ['an open escape', '{"a":"\\', /one of the escapes/],
    ['an unknown escape', '{"a":"\\x41"}', /one of the escapes/],
    ['a broken unicode escape', '{"a":"\\u00g1"}', /four hexadecimal digits/],
    ['a line break in a string', '{"a":"b\nc"}', /control character.*column 8/],
    ['NUL', '{"a":"\\u0000"}', /NUL/],
    ['half of a surrogate pair, escaped', '{"a":"\\ud83d"}', /surrogate/],
    ['half of a surrogate pair, plain', '{"a":"\ud83d"}', /surrogate/],
    ['a low surrogate first', '{"a":"\\ude00\\ud83d"}', /surrogate/],
    ['a surrogate followed by another escape', '{"a":"\\ud83d\\u0041"}', /surrogate/],
    ['a leading zero', '{"a":01}', /a comma or \}/],
    ['a lone minus', '{"a":-}', /a digit/],
    ['a point without digits', '{"a":1.}', /a digit/],
    ['an exponent without digits', '{"a":1e+}', /a digit/],
    ['NaN', '{"a":NaN}', /a value/],
    ['Infinity', '{"a":-Infinity}', /a digit/],
    ['a misspelt literal', '{"a":tru}', /a value/],
    ['a number beyond a double', '{"a":1e999}', /too large/],
    ['a number that is too long', `{"a":${'1'.repeat(MAX_NUMBER_LENGTH + 1)}}`, /more than 100 characters/],
    ['one level too many', nested(MAX_DEPTH + 1), /more than 64 levels/],
    ['a hundred thousand levels', `{"a":${'['.repeat(100_000)}`, /more than 64 levels/],
    ['__proto__', '{"__proto__":{}}', /"__proto__" is no element/],
    ['__proto__, escaped', '{"\\u005f_proto__":{}}', /"__proto__" is no element/],
    ['constructor, deep inside', '{"a":[{"constructor":1}]}', /"constructor" is no element/],
    ['prototype', '{"prototype":1}', /"prototype" is no element/],
    ['a key twice', '{"a":1,"a":1}', /"a" stands twice.*column 8/],
    ['a key twice, once escaped', '{"a":1,"\\u0061":2}', /stands twice/],
    ['a key twice among many', `{${Array.from({ length: 100 }, (_, i) => `"k${i}":${i}`).join(',')},"k3":1}`, /"k3" stands twice/],
  ])('%s', (_name, text, message) => {
    const error = refusal(text);
    expect(error?.status).toBe(400);
    expect(error?.issues[0]?.text).toMatch(message);
  });

  it('a repeated element by its FHIRPath', () => {
    expect(refusal('{"resourceType":"Claim","item":[{},{"unitPrice":{"value":1,"value":2}}]}')?.issues[0]?.expression).toBe('Claim.item[1].unitPrice.value');
  });

  it('a repeated key without repeating what could be a name of a person', () => {
    expect(refusal('{"Jane Doe":1,"Jane Doe":2}')?.issues[0]?.text).not.toContain('Jane');
  });
});

describe('scan outlines', () => {
  it('the members of the top level with key and value', () => {
    const text = ' {"resourceType": "Basic", "\\u0069d":"1","meta" :{"tag":[]}}';
    const { members, root } = scan(text);
    expect([...members].map(([key, span]) => [key, text.slice(span.start, span.end), text[span.keyStart]])).toEqual([
      ['resourceType', '"Basic"', '"'],
      ['id', '"1"', '"'],
      ['meta', '{"tag":[]}', '"'],
    ]);
    expect(text.slice(root.start, root.end)).toBe(text.trim());
  });

  it('in offsets after the byte order mark', () => {
    const { text, members } = scan('\ufeff{"id":"1"}');
    expect(text.slice(members.get('id')?.start, members.get('id')?.end)).toBe('"1"');
  });
});

describe('scan agrees with JSON.parse', () => {
  const parses = (text: string): boolean => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  };

  it('on every text it accepts, and on every object that has no special key', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 8 })), (value) => {
        const text = JSON.stringify(value);
        if (/\\u0000|__proto__|constructor|prototype/.test(text)) return;
        expect(refusal(text)).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
  });

  it('on texts that were damaged in one place', () => {
    const seed = '{"a":[1.5e3,-2,{"b":"c\\n\\u00e9"}],"d":true,"e":null,"f":{}}';
    fc.assert(
      fc.property(fc.nat(seed.length), fc.nat(2), fc.constantFrom(...'{}[]",:\\0.e-+tn \n'), (at, removed, inserted) => {
        const text = seed.slice(0, at) + inserted + seed.slice(at + removed);
        const error = refusal(text);
        if (!error) expect(parses(text)).toBe(true);
        else if (/not valid JSON/.test(error.issues[0]?.text ?? '')) expect(parses(text)).toBe(false);
      }),
      { numRuns: 5000 },
    );
  });
});
