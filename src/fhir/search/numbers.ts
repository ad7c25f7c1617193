import Big from 'big.js';

/** [low, high) around a number. */
export interface NumberInterval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const DECIMAL = /^[+-]?\d{1,30}(?:\.(\d{1,30}))?(?:[eE]([+-]?\d{1,3}))?$/;

/**
 * A number as a search states it, with the interval that its digits imply (R4 §3.1.1.4.6): `100` is [99.5, 100.5),
 * `100.00` is [99.995, 100.005), and, as R4 has it, `1e2` is [95, 105). Undefined: not a number.
 */
export function numberInterval(text: string): NumberInterval | undefined {
  const match = DECIMAL.exec(text);
  if (!match) return undefined;
  const value = new Big(text.startsWith('+') ? text.slice(1) : text);
  const [, decimals = '', exponent] = match;
  const unit = exponent === undefined ? -decimals.length : Number(exponent) - decimals.length - 1;
  const half = new Big(`5e${unit - 1}`);
  const interval = { value: value.toNumber(), low: value.minus(half).toNumber(), high: value.plus(half).toNumber() };
  return Number.isFinite(interval.low) && Number.isFinite(interval.high) ? interval : undefined;
}

/** Exactly this number: [value, the next one that a double can hold). */
export function exactly(value: number): NumberInterval {
  return { value, low: value, high: after(value) };
}

const bits = new DataView(new ArrayBuffer(8));

/** The smallest double greater than `value`. */
export function after(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  bits.setFloat64(0, value);
  bits.setBigInt64(0, bits.getBigInt64(0) + (value > 0 ? 1n : -1n));
  return bits.getFloat64(0);
}
