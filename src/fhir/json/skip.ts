import { afterWhitespace, BACKSLASH, CLOSE_ARRAY, CLOSE_OBJECT, COMMA, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from './characters.js';

/* Steps over JSON text that `scan` has accepted, from offset to offset, without checking it again. */

/** The key whose quotes are at `start` and before `end`. */
export function keyAt(text: string, start: number, end: number): string {
  const key = text.slice(start + 1, end - 1);
  return key.includes('\\') ? (JSON.parse(text.slice(start, end)) as string) : key;
}

/** From the end of a key to the start of its value. */
export function afterColon(text: string, from: number): number {
  return afterWhitespace(text, afterWhitespace(text, from) + 1);
}

/** After the comma that may follow: the next element, or the closing bracket. */
export function afterSeparator(text: string, from: number): number {
  const position = afterWhitespace(text, from);
  return text.charCodeAt(position) === COMMA ? afterWhitespace(text, position + 1) : position;
}

export function afterString(text: string, quote: number): number {
  for (let i = quote + 1; ; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) return i + 1;
    if (code === BACKSLASH) i++;
  }
}

export function afterValue(text: string, start: number): number {
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
