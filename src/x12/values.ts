/** Elements by their type: the texts of X12 as values. */
import { isDay } from '../claims/calendar.js';
import type { Cents } from '../claims/money.js';
import { X12Error } from './position.js';
import { positionOf, type Elements } from './segment.js';

const DECIMAL = /^-?(?:\d{1,15}(?:\.\d{0,8})?|\.\d{1,8})$/;

/** The text of an element; blanks around it say nothing (X12 data type AN). */
export const textOf = (segment: Elements, element: number): string => segment.text(element);

/** An element that must be there. @throws {X12Error} */
export function required(segment: Elements, element: number): string {
  const value = textOf(segment, element);
  if (value === '') throw new X12Error('x12-element', positionOf(segment, element), 'the element is required and empty');
  return value;
}

/** The text of an element, or undefined where it is empty. */
export const optional = (segment: Elements, element: number): string | undefined => textOf(segment, element) || undefined;

/** Exact cents. @throws {X12Error} empty, no number, or parts of a cent */
export function requiredAmount(segment: Elements, element: number): Cents {
  const cents = segment.amount(element);
  if (cents !== undefined) return cents;
  required(segment, element);
  throw noAmount(segment, element);
}

/** Exact cents, or undefined where the element is empty. @throws {X12Error} no number, or parts of a cent */
export function optionalAmount(segment: Elements, element: number): Cents | undefined {
  const cents = segment.amount(element);
  if (cents === undefined && textOf(segment, element) !== '') throw noAmount(segment, element);
  return cents;
}

const noAmount = (segment: Elements, element: number): X12Error =>
  new X12Error('x12-element', positionOf(segment, element), 'the element must be an amount in dollars and whole cents, such as 67.4');

/** A decimal as its text, or undefined where the element is empty. @throws {X12Error} no number */
export function optionalDecimal(segment: Elements, element: number): string | undefined {
  const text = textOf(segment, element);
  if (text === '') return undefined;
  if (!isDecimal(text)) throw new X12Error('x12-element', positionOf(segment, element), 'the element must be a decimal number');
  return text;
}

/** X12 data type R, whatever its precision. */
export const isDecimal = (text: string): boolean => DECIMAL.test(text);

/** YYYYMMDD as YYYY-MM-DD; undefined for what is no real day. */
export function readDay(text: string): string | undefined {
  const known = DAYS.get(text);
  if (known !== undefined) return known;
  const day = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`;
  if (!isDay(day) || day <= '0001') return undefined;
  if (DAYS.size >= MOST_DAYS) DAYS.clear();
  DAYS.set(text, day);
  return day;
}

/** Days that were read before: a file has many dates and few days. */
const DAYS = new Map<string, string>();
const MOST_DAYS = 4_096;
