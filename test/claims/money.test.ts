import Big from 'big.js';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { add, centsOf, formatCents, InexactAmountError, max, min, negate, parseAmount, share, subtract, sum, toMoney } from '../../src/claims/money.js';

const anyCents = fc.integer({ min: -1e13, max: 1e13 }).map(centsOf);

describe('an amount is read exactly or not at all', () => {
  test.each<[number | string, number | undefined]>([
    [67.4, 6740], [0.1, 10], [0.29, 29], [1.005, undefined], [4.35, 435], [1.15, 115], [8.2, 820], [-0.01, -1], [-0, 0], [0, 0],
    [224.83200000000002, undefined], [0.30000000000000004, undefined], [1e21, undefined], [9999999999999.99, 999999999999999], [10000000000000, undefined], [90071992547409.91, undefined], ['90071992547409.91', 9007199254740991], ['90071992547409.92', undefined], [9007199254740993, undefined],
    [Number.NaN, undefined], [Number.POSITIVE_INFINITY, undefined], ['10.00', 1000], ['10.005', undefined], ['ten', undefined], ['', undefined], [1e-7, undefined], [5e-324, undefined],
  ])('%s → %s', (value, expected) => {
    expect(parseAmount(value)).toBe(expected);
  });

  it('as its decimal text says, for every number of cents', () => {
    fc.assert(fc.property(anyCents, (amount) => parseAmount(Number(formatCents(amount))) === amount), { numRuns: 10_000 });
  });

  it('as decimal arithmetic says, for any number', () => {
    fc.assert(
      fc.property(fc.oneof(fc.double({ noNaN: true, min: -9e12, max: 9e12 }), fc.double({ noNaN: true, min: -1000, max: 1000 }), fc.integer({ min: -1e9, max: 1e9 }).map((n) => n / 1000)), (value) => {
        const scaled = new Big(value).times(100);
        const exact = scaled.eq(scaled.round(0, Big.roundDown)) ? Number(scaled.toFixed(0)) : undefined;
        expect(parseAmount(value)).toBe(exact === 0 ? 0 : exact);
      }),
      { numRuns: 10_000 },
    );
  });

  it('and written so that its JSON text is the amount', () => {
    fc.assert(fc.property(anyCents, (amount) => new Big(JSON.stringify(toMoney(amount).value)).times(100).eq(amount)), { numRuns: 10_000 });
  });
});

describe('sums are exact', () => {
  it('whatever their order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1e9, max: 1e9 }).map(centsOf), { maxLength: 30 }), (amounts) => {
        const total = sum(amounts);
        expect(Number.isSafeInteger(total)).toBe(true);
        expect(sum([...amounts].reverse())).toBe(total);
        expect(amounts.reduce(add, centsOf(0))).toBe(total);
      }),
      { numRuns: 10_000 },
    );
  });

  test('0.10 + 0.20 is 0.30', () => expect(formatCents(add(parseAmount(0.1)!, parseAmount(0.2)!))).toBe('0.30'));
  test('too large to be exact is refused', () => expect(() => add(centsOf(Number.MAX_SAFE_INTEGER), centsOf(1))).toThrow(InexactAmountError));
  test('too large to be stated is refused', () => expect(() => toMoney(centsOf(1e15))).toThrow(InexactAmountError));
  test('parts of a cent are refused', () => expect(() => centsOf(0.5)).toThrow(InexactAmountError));
  test('there is no negative zero', () => expect(Object.is(negate(centsOf(0)), 0)).toBe(true));
  test('least and greatest', () => expect([min(centsOf(3), centsOf(-2)), max(centsOf(3), centsOf(-2)), subtract(centsOf(3), centsOf(5))]).toEqual([-2, 3, -2]));
});

describe('a share is rounded half up', () => {
  test.each([[1001, 0.5, 501], [12557, '0.8', 10046], [25, 0.1, 3], [15, 0.1, 2], [-15, 0.1, -2], [10, '0.333', 3], [19900, 0.2, 3980]] as const)('%s × %s = %s', (amount, rate, expected) => {
    expect(share(centsOf(amount), rate)).toBe(expected);
  });
});

test.each([[0, '0.00'], [5, '0.05'], [-5, '-0.05'], [6740, '67.40'], [-123456, '-1234.56']])('%s cents are shown as %s', (amount, text) => {
  expect(formatCents(centsOf(amount))).toBe(text);
});
