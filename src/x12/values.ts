/** Elements by their type: the texts of X12 as values. */
import { isDay } from '../claims/calendar.js';
import { parseAmount, type Cents } from '../claims/money.js';
import { X12Error } from './position.js';
import { elementOf, positionOf, type Segment } from './segment.js';

/** X12 data type R, to the cent: digits beyond the second decimal are zeros. 12 digits before the point are more than any payment has. */
const AMOUNT = /^-?(?:\d{1,12}(?:\.\d{0,2}0*)?|\.\d{1,2}0*)$/;
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
  // With so few digits the double nearest to the text decides which cents it is.
  const cents = AMOUNT.test(text) ? parseAmount(Number(text)) : undefined;
  if (cents === undefined) throw new X12Error('x12-element', positionOf(segment, element), 'the element must be an amount in dollars and whole cents, such as 67.4');
  return cents;
}

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
