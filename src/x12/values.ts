/** Elements by their type: the texts of X12 as values. */
import { isDay } from '../claims/calendar.js';
import { centsOf, type Cents } from '../claims/money.js';
import { X12Error } from './position.js';
import { elementOf, positionOf, type Segment } from './segment.js';

const DECIMAL = /^-?(?:\d{1,15}(?:\.\d{0,8})?|\.\d{1,8})$/;

/** The text of an element; blanks around it say nothing (X12 data type AN). */
export const textOf = (segment: Segment, element: number): string => elementOf(segment, element).trim();

/** An element that must be there. @throws {X12Error} */
export function required(segment: Segment, element: number): string {
  const value = textOf(segment, element);
  if (value === '') throw new X12Error('x12-element', positionOf(segment, element), 'the element is required and empty');
  return value;
}

/** The text of an element, or undefined where it is empty. */
export const optional = (segment: Segment, element: number): string | undefined => textOf(segment, element) || undefined;

/** Exact cents. @throws {X12Error} empty, no number, or parts of a cent */
export const requiredAmount = (segment: Segment, element: number): Cents => readAmount(required(segment, element), segment, element);

/** Exact cents, or undefined where the element is empty. @throws {X12Error} no number, or parts of a cent */
export function optionalAmount(segment: Segment, element: number): Cents | undefined {
  const text = textOf(segment, element);
  return text === '' ? undefined : readAmount(text, segment, element);
}

function readAmount(text: string, segment: Segment, element: number): Cents {
  const cents = centsIn(text);
  if (cents === undefined) throw new X12Error('x12-element', positionOf(segment, element), 'the element must be an amount in dollars and whole cents, such as 67.4');
  return cents;
}

/** Digits before the point: more than any payment has, and few enough for their cents to be exact. */
const MOST_DIGITS = 12;

/** X12 data type R, to the cent: digits beyond the second decimal must be zeros. Digit by digit, since a file is mostly amounts. */
function centsIn(text: string): Cents | undefined {
  const start = text.charCodeAt(0) === MINUS ? 1 : 0;
  let at = start;
  let cents = 0;
  for (; isDigit(text.charCodeAt(at)); at++) cents = cents * 10 + text.charCodeAt(at) - ZERO_CODE;
  const digits = at - start;
  if (digits > MOST_DIGITS) return undefined;
  let decimals = 0;
  if (text.charCodeAt(at) === POINT) {
    for (at++; isDigit(text.charCodeAt(at)); at++, decimals++) {
      const digit = text.charCodeAt(at) - ZERO_CODE;
      if (decimals < 2) cents = cents * 10 + digit;
      else if (digit !== 0) return undefined;
    }
  }
  if (at < text.length || digits + decimals === 0) return undefined;
  for (; decimals < 2; decimals++) cents *= 10;
  return centsOf(start === 1 ? -cents : cents);
}

const MINUS = '-'.charCodeAt(0);
const POINT = '.'.charCodeAt(0);
const ZERO_CODE = '0'.charCodeAt(0);
const isDigit = (code: number): boolean => code >= ZERO_CODE && code <= ZERO_CODE + 9;

/** A decimal as its text, or undefined where the element is empty. @throws {X12Error} no number */
export function optionalDecimal(segment: Segment, element: number): string | undefined {
  const text = textOf(segment, element);
  if (text === '') return undefined;
  if (!isDecimal(text)) throw new X12Error('x12-element', positionOf(segment, element), 'the element must be a decimal number');
  return text;
}

/** X12 data type R, whatever its precision. */
export const isDecimal = (text: string): boolean => DECIMAL.test(text);

/** YYYYMMDD as YYYY-MM-DD; undefined for what is no real day. */
export function readDay(text: string): string | undefined {
  const day = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`;
  return isDay(day) && day > '0001' ? day : undefined;
}
