/** Segments as they are made. */
import { isDay } from '../../claims/calendar.js';
import { X12Error } from '../position.js';
import { Segment, type Delimiters } from '../segment.js';
import { composite, hasDelimiter } from '../writer.js';

/** What we write. */
export const DELIMITERS: Delimiters = { element: '*', component: ':', repetition: '^', segment: '~' };

/** A simple element, or the components of a composite one. */
export type Element = string | undefined | readonly (string | undefined)[];

/**
 * A segment without empty elements at its end.
 * @throws {X12Error} `x12-delimiter`: a value contains a delimiter
 */
export function segment(id: string, ...given: readonly Element[]): Segment {
  const bare = new Segment([id], 0);
  const elements = given.map((element, index) => {
    if (element !== undefined && typeof element !== 'string') return composite(element.map((one) => one ?? ''), DELIMITERS, bare, index + 1);
    if (element !== undefined && hasDelimiter(element, DELIMITERS)) throw new X12Error('x12-delimiter', { segment: 0, id, element: index + 1 }, 'the value contains a delimiter of the file');
    return element ?? '';
  });
  while (elements.at(-1) === '') elements.pop();
  return new Segment([id, ...elements], 0);
}

/** Names and addresses in X12’s basic characters: capital letters, no accents, a blank for what separates. */
export const plain = (text: string | undefined): string =>
  (text ?? '').normalize('NFD').replace(/\p{M}/gu, '').toUpperCase().replace(/[*:^~\s]+/g, ' ').trim();

/** YYYY-MM-DD… as CCYYMMDD; '' for what is not a whole day. */
export const day = (date: string | undefined): string => (date !== undefined && isDay(date.slice(0, 10)) ? date.slice(0, 10).replaceAll('-', '') : '');

/** A decimal as X12 writes it: no exponent, no zeros at its end. */
export const decimal = (value: number): string => value.toLocaleString('en-US', { useGrouping: false, maximumFractionDigits: 8 });
