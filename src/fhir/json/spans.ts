import { afterWhitespace, BACKSLASH, CLOSE_ARRAY, CLOSE_OBJECT, COMMA, isDigit, MINUS, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from './characters.js';
import type { Member, Scan, Span } from './scan.js';

/* Where things stand in a JSON text. All functions take text that `scan` has accepted, and don't check it again. */

/** Keys and array indices, e.g. `['entry', 3, 'resource']`. */
export type JsonPath = readonly (string | number)[];

/** Sees one string, number or literal; `path` is reused: copy it to keep it. */
export type ScalarVisitor = (path: JsonPath, start: number, end: number) => void;

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
    span = typeof step === 'number' ? elementSpans(text, span)[step] : memberSpans(text, span).get(step);
    if (!span) return undefined;
  }
  return { start: span.start, end: span.end };
}

/** The elements of an array, in one pass (`elementSpans(text, spanAt(text, ['entry']))`); none when it is no array. */
export function elementSpans(text: string, array: Span): Span[] {
  const spans: Span[] = [];
  if (text.charCodeAt(array.start) !== OPEN_ARRAY) return spans;
  let position = afterWhitespace(text, array.start + 1);
  while (text.charCodeAt(position) !== CLOSE_ARRAY) {
    const end = afterValue(text, position);
    spans.push({ start: position, end });
    position = afterSeparator(text, end);
  }
  return spans;
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

/** Calls `visit` for each string value (no keys) inside `within` with its path and span, quotes included. */
export function visitStrings(text: string, within: Span, visit: ScalarVisitor): void {
  visitScalars(text, within, (path, start, end) => {
    if (text.charCodeAt(start) === QUOTE) visit(path, start, end);
  });
}

/** Calls `visit` for each number inside `within` with its path and span. */
export function visitNumbers(text: string, within: Span, visit: ScalarVisitor): void {
  visitScalars(text, within, (path, start, end) => {
    const code = text.charCodeAt(start);
    if (code === MINUS || isDigit(code)) visit(path, start, end);
  });
}

function visitScalars(text: string, within: Span, visit: ScalarVisitor): void {
  const path: (string | number)[] = [];
  const walk = (position: number): number => {
    const open = text.charCodeAt(position);
    if (open === OPEN_OBJECT) return walkObject(position);
    if (open === OPEN_ARRAY) return walkArray(position);
    const end = afterValue(text, position);
    visit(path, position, end);
    return end;
  };
  const walkObject = (open: number): number => {
    let position = afterWhitespace(text, open + 1);
    while (text.charCodeAt(position) !== CLOSE_OBJECT) {
      const keyEnd = afterString(text, position);
      path.push(keyAt(text, position, keyEnd));
      position = afterSeparator(text, walk(afterColon(text, keyEnd)));
      path.pop();
    }
    return position + 1;
  };
  const walkArray = (open: number): number => {
    let position = afterWhitespace(text, open + 1);
    for (let index = 0; text.charCodeAt(position) !== CLOSE_ARRAY; index++) {
      path.push(index);
      position = afterSeparator(text, walk(position));
      path.pop();
    }
    return position + 1;
  };
  walk(within.start);
}

function outlineSpan(text: string): Span {
  const start = afterWhitespace(text, 0);
  return { start, end: afterValue(text, start) };
}

function keyAt(text: string, start: number, end: number): string {
  const key = text.slice(start + 1, end - 1);
  return key.includes('\\') ? (JSON.parse(text.slice(start, end)) as string) : key;
}

function afterColon(text: string, from: number): number {
  return afterWhitespace(text, afterWhitespace(text, from) + 1);
}

/** The next element, or the closing bracket. */
function afterSeparator(text: string, from: number): number {
  const position = afterWhitespace(text, from);
  return text.charCodeAt(position) === COMMA ? afterWhitespace(text, position + 1) : position;
}

function afterString(text: string, quote: number): number {
  for (let i = quote + 1; ; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) return i + 1;
    if (code === BACKSLASH) i++;
  }
}

function afterValue(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === QUOTE) return afterString(text, start);
  if (first === OPEN_OBJECT || first === OPEN_ARRAY) return afterContainer(text, start);
  let i = start;
  for (;;) {
    const code = text.charCodeAt(i);
    // Numbers and literals hold nothing of what ends them; NaN: the end of the text.
    if (code === COMMA || code === CLOSE_OBJECT || code === CLOSE_ARRAY || code <= 0x20 || Number.isNaN(code)) return i;
    i++;
  }
}

function afterContainer(text: string, start: number): number {
  let depth = 0;
  let i = start;
  for (;;) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      i = afterString(text, i);
      continue;
    }
    i++;
    if (code === OPEN_OBJECT || code === OPEN_ARRAY) depth++;
    else if ((code === CLOSE_OBJECT || code === CLOSE_ARRAY) && --depth === 0) return i;
  }
}
