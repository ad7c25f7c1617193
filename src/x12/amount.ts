import type { Cents } from '../claims/money.js';

/** Digits before the point: more than any payment has, and few enough for their cents to be exact. */
const MOST_DIGITS = 12;

const MINUS = '-'.charCodeAt(0);
const POINT = '.'.charCodeAt(0);
const ZERO = '0'.charCodeAt(0);

/**
 * Exact cents of X12 data type R as its characters stand in `bytes`, [from, to); digits beyond the second decimal must be
 * zeros. Undefined for what is no amount. Digit by digit, since a file is mostly amounts.
 */
export function centsIn(bytes: Uint8Array, from = 0, to = bytes.length): Cents | undefined {
  const isNegative = bytes[from] === MINUS;
  const first = isNegative ? from + 1 : from;
  let at = first;
  let cents = 0;
  let digit = 0;
  for (; at < to && (digit = (bytes[at] as number) - ZERO) >= 0 && digit <= 9; at++) cents = cents * 10 + digit;
  const digits = at - first;
  if (digits > MOST_DIGITS) return undefined;
  let decimals = 0;
  if (at < to && bytes[at] === POINT) {
    for (at++; at < to && (digit = (bytes[at] as number) - ZERO) >= 0 && digit <= 9; at++, decimals++) {
      if (decimals < 2) cents = cents * 10 + digit;
      else if (digit !== 0) return undefined;
    }
  }
  if (at < to || digits + decimals === 0) return undefined;
  if (decimals < 2) cents *= decimals === 1 ? 10 : 100;
  return (isNegative && cents > 0 ? -cents : cents) as Cents;
}
