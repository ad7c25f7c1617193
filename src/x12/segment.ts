import type { Position } from './position.js';
import { split } from './split.js';

/** What separates, in one interchange; all stated by its ISA segment (X12.5, ISA element 4th character, ISA11, ISA16, and the character after it). */
export interface Delimiters {
  readonly element: string;
  readonly component: string;
  /** ISA11 from version 00402 on; before, ISA11 was something else and nothing repeats. */
  readonly repetition: string | undefined;
  readonly segment: string;
}

/** One segment as it came. `elements[0]` is its id, `elements[3]` its third element, whole (composites are not split). */
export interface Segment {
  readonly elements: readonly string[];
  /** Ordinal in the file, from 1. */
  readonly ordinal: number;
}

export const idOf = ({ elements }: Segment): string => elements[0] ?? '';

/** An element's text; '' where it is empty or the segment ends before it. */
export const elementOf = ({ elements }: Segment, element: number): string => elements[element] ?? '';

export function positionOf(segment: Segment, element?: number, component?: number): Position {
  const position = { segment: segment.ordinal, id: idOf(segment) };
  if (element === undefined) return position;
  return component === undefined ? { ...position, element } : { ...position, element, component };
}

/** The components of a composite element, without the blanks around them. */
export const componentsOf = (segment: Segment, element: number, { component }: Delimiters): readonly string[] => split(elementOf(segment, element), component).map((text) => text.trim());
