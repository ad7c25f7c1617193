import Big from 'big.js';
import type { Money } from 'fhir/r4.js';

declare const cents: unique symbol;
/** An exact amount in integer cents of USD. */
export type Cents = number & { readonly [cents]: true };

export const ZERO = 0 as Cents;

/** Amounts that can't be added or stated exactly: there are too many digits. */
export class InexactAmountError extends RangeError {
  override readonly name = 'InexactAmountError';
}

/** Exact cents of an integer. @throws {InexactAmountError} when it is none, or too large to be exact. */
export function centsOf(value: number): Cents {
  if (!Number.isSafeInteger(value)) throw new InexactAmountError('an amount in cents must be a safe integer');
  return (value === 0 ? 0 : value) as Cents;
}

/** From here on (in dollars) a double no longer tells every cent from the next: amounts have more than 15 digits. */
const INEXACT = 1e13;

/**
 * Cents of a decimal amount such as 67.4, or undefined when it has parts of a cent or is too large to be exact.
 *
 * A number is proved, not rounded: IEEE 754 division rounds correctly, so `cents / 100` is the double nearest to that many
 * cents, the one that parsing their decimal text gives. Below INEXACT every amount has a double of its own, and
 * `value * 100` is off by less than half a cent: if `value` is an amount, it is the one proposed.
 */
export function parseAmount(value: number | string): Cents | undefined {
  if (typeof value === 'string') return parseDecimal(value);
  if (!(value < INEXACT && value > -INEXACT)) return undefined;
  const cents = Math.round(value * 100);
  return cents / 100 === value ? centsOf(cents) : undefined;
}

function parseDecimal(value: string): Cents | undefined {
  let scaled: Big;
  try {
    scaled = new Big(value).times(100);
  } catch {
    return undefined;
  }
  const integer = scaled.round(0, Big.roundDown);
  if (!scaled.eq(integer) || integer.abs().gt(Number.MAX_SAFE_INTEGER)) return undefined;
  return centsOf(Number(integer.toFixed(0)));
}

/** Total of amounts. @throws {InexactAmountError} when it is too large to be exact. */
export const sum = (amounts: Iterable<Cents>): Cents => {
  let total = 0;
  for (const amount of amounts) total += amount;
  return centsOf(total);
};
/** Total of the amounts that are known; undefined when none is. */
export function sumKnown(amounts: Iterable<Cents | undefined>): Cents | undefined {
  let total: Cents | undefined;
  for (const amount of amounts) if (amount !== undefined) total = total === undefined ? amount : add(total, amount);
  return total;
}
export const add = (a: Cents, b: Cents): Cents => centsOf(a + b);
export const subtract = (a: Cents, b: Cents): Cents => centsOf(a - b);
export const negate = (a: Cents): Cents => centsOf(-a);
export const min = (...amounts: readonly [Cents, ...Cents[]]): Cents => centsOf(Math.min(...amounts));
export const max = (...amounts: readonly [Cents, ...Cents[]]): Cents => centsOf(Math.max(...amounts));

/** A share of an amount, half a cent rounded up (away from zero). `rate` is a decimal such as 0.8. */
export function share(amount: Cents, rate: number | string): Cents {
  return centsOf(Number(new Big(amount).times(new Big(rate)).round(0, Big.roundHalfUp).toFixed(0)));
}

/** `67.40` for 6740. */
export function formatCents(amount: Cents): string {
  const digits = String(Math.abs(amount)).padStart(3, '0');
  return `${amount < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/**
 * FHIR Money in USD. The quotient is the double nearest to the amount, so its JSON text is the amount.
 * @throws {InexactAmountError} from INEXACT on.
 */
export function toMoney(amount: Cents): Money {
  const value = amount / 100;
  if (Math.abs(value) >= INEXACT) throw new InexactAmountError('the amount is too large to be stated exactly');
  return { value, currency: 'USD' };
}
