import type { Cents } from '../claims/money.js';
import type { Position } from './position.js';
import { centsIn } from './amount.js';

/** What separates, in one interchange; all stated by its ISA segment (X12.5, ISA element 4th character, ISA11, ISA16, and the character after it). */
export interface Delimiters {
  readonly element: string;
  readonly component: string;
  /** ISA11 from version 00402 on; before, ISA11 was something else and nothing repeats. */
  readonly repetition: string | undefined;
  readonly segment: string;
}

/** A segment's elements by their number, from 1; what stands behind the last is empty. */
export interface Elements {
  /** E.g. `CLP`. */
  readonly id: string;
  /** Ordinal in the file, from 1. */
  readonly ordinal: number;
  /** How many elements it has. */
  readonly size: number;
  /** An element whole, as it came; a composite is not split. */
  element(element: number): string;
  /** An element without the blanks around it, which say nothing (X12 data type AN). */
  text(element: number): string;
  /** The components of a composite element, without the blanks around them. */
  components(element: number, separator: string): readonly string[];
  /** All of it without its terminator, as it came. */
  whole(separator: string): string;
  /** Exact cents; undefined where the element is empty or no amount in dollars and whole cents. */
  amount(element: number): Cents | undefined;
}

/** A text without blanks and control characters at its ends: X12 has none of these in an element. */
export const trimmed = (text: string): string => text.replace(/^[\p{Cc}\s]+|[\p{Cc}\s]+$/gu, '');

/** One segment for itself. `elements[0]` is its id, `elements[3]` its third element. */
export class Segment implements Elements {
  readonly elements: readonly string[];
  readonly ordinal: number;

  constructor(elements: readonly string[], ordinal: number) {
    this.elements = elements;
    this.ordinal = ordinal;
  }

  get id(): string {
    return this.elements[0] ?? '';
  }

  get size(): number {
    return this.elements.length - 1;
  }

  element(element: number): string {
    return this.elements[element] ?? '';
  }

  text(element: number): string {
    return trimmed(this.element(element));
  }

  components(element: number, separator: string): readonly string[] {
    return this.element(element).split(separator).map(trimmed);
  }

  whole(separator: string): string {
    return this.elements.join(separator);
  }

  amount(element: number): Cents | undefined {
    return centsIn(Buffer.from(this.text(element)));
  }
}

export const idOf = ({ id }: Elements): string => id;

/** An element's text; '' where it is empty or the segment ends before it. */
export const elementOf = (segment: Elements, element: number): string => segment.element(element);

export function positionOf({ ordinal, id }: Elements, element?: number, component?: number): Position {
  const position = { segment: ordinal, id };
  if (element === undefined) return position;
  return component === undefined ? { ...position, element } : { ...position, element, component };
}

/** The components of a composite element, without the blanks around them. */
export const componentsOf = (segment: Elements, element: number, { component }: Delimiters): readonly string[] => segment.components(element, component);

/** All of a segment with the separators that are usual, `*` and `:`, whatever those of its interchange are. */
export function verbatim(segment: Elements, { element, component }: Delimiters): string {
  const text = segment.whole(element);
  return element === '*' && component === ':' ? text : text.replaceAll(component, ':').replaceAll(element, '*');
}
