import { X12Error } from './position.js';
import { idOf, positionOf, type Delimiters, type Segment } from './segment.js';

/** What may stand after each segment terminator. */
export type LineBreak = '' | '\n' | '\r\n';

/**
 * Segments as text: what `tokenize` reads back the same.
 * @throws {X12Error} an element contains the element separator or the segment terminator
 */
export function writeSegments(segments: Iterable<Segment>, delimiters: Delimiters, lineBreak: LineBreak = ''): string {
  let text = '';
  for (const segment of segments) text += writeSegment(segment, delimiters) + lineBreak;
  return text;
}

export function writeSegment(segment: Segment, { element, segment: terminator }: Delimiters): string {
  const { elements } = segment;
  const inner = elements.findIndex((value) => value.includes(element) || value.includes(terminator));
  if (inner >= 0) throw new X12Error('x12-delimiter', positionOf(segment, inner), 'the value contains a delimiter of the file');
  if (idOf(segment) === '') throw new X12Error('x12-segment', positionOf(segment), 'a segment must have an id');
  return elements.join(element) + terminator;
}

/**
 * A composite element of components, without empty ones at its end.
 * @throws {X12Error} a component contains a delimiter; `position` says where it would stand
 */
export function composite(components: readonly string[], delimiters: Delimiters, segment: Segment, element: number): string {
  const inner = components.findIndex((value) => hasDelimiter(value, delimiters));
  if (inner >= 0) throw new X12Error('x12-delimiter', positionOf(segment, element, inner + 1), 'the value contains a delimiter of the file');
  let length = components.length;
  while (length > 0 && components[length - 1] === '') length--;
  return components.slice(0, length).join(delimiters.component);
}

/** True when a value can't stand in a simple element or component. */
export const hasDelimiter = (value: string, { element, component, repetition, segment }: Delimiters): boolean =>
  value.includes(element) || value.includes(component) || value.includes(segment) || (repetition !== undefined && value.includes(repetition));
