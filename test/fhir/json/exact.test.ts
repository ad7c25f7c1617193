import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExact, stringifyExact } from '../../../src/fhir/json/exact.js';
import { scan } from '../../../src/fhir/json/scan.js';

describe('parseExact and stringifyExact', () => {
  it.each(['10.00', '0.10', '1E+2', '1e2', '123456789012345678', '12345678901234.5678', '-0', '0', '-1.50', '1.0e-7'])('give %s back as it stood', (lexeme) => {
    const text = `{"a":${lexeme},"b":[${lexeme},{"value":${lexeme},"currency":"USD"}],"value":${lexeme}}`;
    expect(stringifyExact(parseExact(text))).toBe(text);
  });

  it('give 100,000 random decimals of up to 18 digits and 6 places back byte for byte', () => {
    const decimal = fc.tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 18n - 1n }), fc.nat(6)).map(([negative, digits, places]) => {
      const padded = digits.toString().padStart(places + 1, '0');
      const whole = padded.slice(0, padded.length - places);
      return `${negative ? '-' : ''}${whole}${places ? `.${padded.slice(-places)}` : ''}`;
    });
    fc.assert(
      fc.property(fc.array(decimal, { minLength: 1000, maxLength: 1000 }), (decimals) => {
        const text = `{"list":[${decimals.join(',')}],"money":[${decimals.map((value) => `{"value":${value},"currency":"USD"}`).join(',')}]}`;
        expect(stringifyExact(parseExact(text)) === text).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it('parse to the plain values of JSON.parse and write what it wrote', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), fc.jsonValue()), (value) => {
        const text = JSON.stringify(value);
        if (/\\u0000|__proto__|constructor|prototype|\\ud[89a-f]/.test(text)) return;
        expect(parseExact(text)).toEqual(JSON.parse(text));
        expect(stringifyExact(parseExact(text))).toBe(text);
      }),
    );
  });

  it('find the members of keys that JavaScript puts in another order', () => {
    const text = '{"b":1.0,"2":2.0,"1":[3.0,{"\\u0061":4.0}]}';
    expect(stringifyExact(parseExact(text))).toBe('{"1":[3.0,{"a":4.0}],"2":2.0,"b":1.0}');
  });

  it('take a scanned text as well', () => {
    expect(stringifyExact(parseExact(scan('\ufeff{"a":1.0}')))).toBe('{"a":1.0}');
  });
});

describe('stringifyExact', () => {
  it('keeps the digits of what is shared by reference with a new tree', () => {
    const claim = parseExact('{"item":[{"unitPrice":{"value":230.00,"currency":"USD"},"factor":1.50}]}') as { item: object[] };
    expect(stringifyExact({ resourceType: 'Claim', item: claim.item })).toBe('{"resourceType":"Claim","item":[{"unitPrice":{"value":230.00,"currency":"USD"},"factor":1.50}]}');
  });

  it('forgets only the direct numbers of an object that was spread', () => {
    const line = parseExact('{"factor":1.50,"quantity":{"value":2.0}}') as object;
    expect(stringifyExact({ ...line })).toBe('{"factor":1.5,"quantity":{"value":2.0}}');
  });

  it('writes a number that was changed by its new value', () => {
    const line = parseExact('{"factor":1.50}') as { factor: number };
    line.factor = 2.5;
    expect(stringifyExact(line)).toBe('{"factor":2.5}');
  });

  it.each([
    ['two decimals for whole amounts', { value: 67, currency: 'USD' }, '{"value":67.00,"currency":"USD"}'],
    ['two decimals for tenths', { value: 67.4, currency: 'USD' }, '{"value":67.40,"currency":"USD"}'],
    ['a sign', { value: -0.5, currency: 'USD' }, '{"value":-0.50,"currency":"USD"}'],
    ['more decimals as they are', { value: 67.405, currency: 'USD' }, '{"value":67.405,"currency":"USD"}'],
    ['a large number as it is', { value: 1e21, currency: 'USD' }, '{"value":1e+21,"currency":"USD"}'],
    ['no decimals for what is not money', { value: 67, unit: 'h' }, '{"value":67,"unit":"h"}'],
  ])('writes %s', (_name, value, expected) => {
    expect(stringifyExact(value)).toBe(expected);
  });

  it('leaves out what JSON leaves out', () => {
    const value = { a: undefined, b: [undefined, null], c: 'x\n"\ud800', d: true };
    expect(stringifyExact(value)).toBe(JSON.stringify(value));
  });

  it('refuses a number that is not finite', () => {
    expect(() => stringifyExact({ a: Number.NaN })).toThrow(TypeError);
  });
});
