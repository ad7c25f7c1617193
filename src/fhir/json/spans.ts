import { afterWhitespace, CLOSE_ARRAY, CLOSE_OBJECT, OPEN_ARRAY, OPEN_OBJECT } from './characters.js';
import type { Member, Scan, Span } from './scan.js';
import { afterColon, afterSeparator, afterString, afterValue, keyAt } from './skip.js';

/* Where things stand in a JSON text. All functions take text that `scan` has accepted, and don't check it again. */

/** Keys and array indices, e.g. `['entry', 3, 'resource']`. */
export type JsonPath = readonly (string | number)[];

/** The outline of a resource that was cut out of a scanned text (an entry of a Bundle), without scanning it again. */
export function outline(text: string): Scan {
  const start = afterWhitespace(text, 0);
  const root = { start, end: afterValue(text, start) };
  return { text, root, members: memberSpans(text, root) };
}

/** The value at `path` below `within` (default: the top-level value); undefined when there is none. */
export function spanAt(text: string, path: JsonPath, within?: Span): Span | undefined {
  let span: Span | undefined = within ?? outlineSpan(text);
  for (const step of path) {
    span = typeof step === 'number' ? [...elementSpans(text, span)][step] : memberSpans(text, span).get(step);
    if (!span) return undefined;
  }
  return { start: span.start, end: span.end };
}

/** The elements of an array, in one pass (`elementSpans(text, spanAt(text, ['entry']))`); none when it is no array. */
export function* elementSpans(text: string, array: Span): Generator<Span, void, undefined> {
  if (text.charCodeAt(array.start) !== OPEN_ARRAY) return;
  let position = afterWhitespace(text, array.start + 1);
  while (text.charCodeAt(position) !== CLOSE_ARRAY) {
    const end = afterValue(text, position);
    yield { start: position, end };
    position = afterSeparator(text, end);
  }
}

/** The members of an object by key; none when it is no object. */
export function memberSpans(text: string, object: Span): Map<string, Member> {
  const members = new Map<string, Member>();
  if (text.charCodeAt(object.start) !== OPEN_OBJECT) return members;
  let keyStart = afterWhitespace(text, object.start + 1);
  while (text.charCodeAt(keyStart) !== CLOSE_OBJECT) {
    const keyEnd = afterString(text, keyStart);
    const start = afterColon(text, keyEnd);
    const end = afterValue(text, start);
    members.set(keyAt(text, keyStart, keyEnd), { keyStart, start, end });
    keyStart = afterSeparator(text, end);
  }
  return members;
}

/** The string whose text, quotes included, is the span. */
export function stringAt(text: string, { start, end }: Span): string {
  const inner = text.slice(start + 1, end - 1);
  return inner.includes('\\') ? (JSON.parse(text.slice(start, end)) as string) : inner;
}

function outlineSpan(text: string): Span {
  const start = afterWhitespace(text, 0);
  return { start, end: afterValue(text, start) };
}
