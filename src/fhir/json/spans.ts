import type { Member, Span } from './scan.js';

/* All functions here take text that `scan` has accepted. A path is made of keys and array indices. */
export type JsonPath = readonly (string | number)[];

/** The value at `path` below `within` (default: the whole text), e.g. `['entry', 3, 'resource']`; undefined when there is none. */
export function spanAt(_text: string, _path: JsonPath, _within?: Span): Span | undefined {
  throw new Error('not built yet');
}

/** The elements of an array, in one pass (`elementSpans(text, spanAt(text, ['entry']))`); none when it is no array. */
export function elementSpans(_text: string, _array: Span): Span[] {
  throw new Error('not built yet');
}

/** The members of an object by key; none when it is no object. */
export function memberSpans(_text: string, _object: Span): Map<string, Member> {
  throw new Error('not built yet');
}

/** Calls `visit` for each string value inside `within` with its path (reused: copy it to keep it) and span, quotes included. */
export function visitStrings(_text: string, _within: Span, _visit: (path: JsonPath, start: number, end: number) => void): void {
  throw new Error('not built yet');
}
