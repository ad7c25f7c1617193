import { BACKSLASH, CLOSE_ARRAY, CLOSE_OBJECT, COLON, COMMA, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from './characters.js';
import { scan, type Scan } from './scan.js';
import { elementSpans, outline } from './spans.js';

/** A JSON object of which one member is a list: its elements, each scanned, and the object that they were taken from. */
export interface Split {
  /** The text whose member `list` may have lost its elements. */
  readonly around: Scan;
  readonly elements: readonly Scan[];
}

/** Below this a text is scanned at once. */
const LARGE = 2 ** 17;

/**
 * Scans a JSON object whose member `list` may be long: of a large one, each element is decoded and scanned by itself, and
 * `pause` lets others have their turn between. One string of many megabytes would be new memory, whose pages the system
 * hands out at one blow.
 * @throws {FhirError} as `scan`
 */
export async function splitInTurns(utf8: Buffer, list: string, pause: () => Promise<void>): Promise<Split> {
  const pieces = utf8.length < LARGE ? undefined : await pieced(utf8, list, pause).catch(() => undefined);
  return pieces ?? splitScan(scan(utf8.toString()), list);
}

/** The same of what was scanned before. */
export function splitScan(around: Scan, list: string): Split {
  const span = around.members.get(list);
  return { around, elements: span ? [...elementSpans(around.text, span)].map(({ start, end }) => outline(around.text.slice(start, end))) : [] };
}

/** Undefined, or an error, for what is no such object: what is wrong with it is found by scanning the whole. */
async function pieced(utf8: Buffer, list: string, pause: () => Promise<void>): Promise<Split | undefined> {
  const open = startOfList(utf8, Buffer.from(`"${list}"`));
  if (open === undefined) return undefined;
  const elements: Scan[] = [];
  let position = afterSpace(utf8, open + 1);
  while (utf8[position] !== CLOSE_ARRAY) {
    const end = afterValue(utf8, position);
    elements.push(scan(utf8.toString('utf8', position, end), LEVELS_OUTSIDE));
    await pause();
    position = afterSpace(utf8, end);
    if (utf8[position] === CLOSE_ARRAY) break;
    if (utf8[position] !== COMMA) return undefined;
    position = afterSpace(utf8, position + 1);
    if (utf8[position] === CLOSE_ARRAY) return undefined;
  }
  return { around: scan(`${utf8.toString('utf8', 0, open + 1)}${utf8.toString('utf8', position)}`), elements };
}

/** An element is inside the object and the list. */
const LEVELS_OUTSIDE = 2;

/** Where the bracket of the list opens; undefined: not found. */
function startOfList(utf8: Buffer, key: Buffer): number | undefined {
  const start = afterSpace(utf8, utf8.indexOf(BYTE_ORDER_MARK) === 0 ? BYTE_ORDER_MARK.length : 0);
  if (utf8[start] !== OPEN_OBJECT) return undefined;
  let position = afterSpace(utf8, start + 1);
  while (utf8[position] === QUOTE) {
    const keyEnd = afterString(utf8, position);
    const colon = afterSpace(utf8, keyEnd);
    if (utf8[colon] !== COLON) return undefined;
    const value = afterSpace(utf8, colon + 1);
    if (utf8[value] === OPEN_ARRAY && key.equals(utf8.subarray(position, keyEnd))) return value;
    position = afterSpace(utf8, afterValue(utf8, value));
    if (utf8[position] !== COMMA) return undefined;
    position = afterSpace(utf8, position + 1);
  }
  return undefined;
}

const BYTE_ORDER_MARK = Buffer.from('\uFEFF');

/* Steps over bytes that nothing has checked yet: they end with the text. UTF-8 has JSON's own characters only where these are meant. */

function afterSpace(utf8: Buffer, from: number): number {
  let i = from;
  for (let byte = utf8[i]; byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09; byte = utf8[i]) i++;
  return i;
}

function afterString(utf8: Buffer, quote: number): number {
  for (let i = quote + 1; i < utf8.length; i++) {
    const byte = utf8[i];
    if (byte === QUOTE) return i + 1;
    if (byte === BACKSLASH) i++;
  }
  return utf8.length;
}

/** Of a string, object or array; else up to what can end a number or literal. */
function afterValue(utf8: Buffer, start: number): number {
  let depth = 0;
  for (let i = start; i < utf8.length; ) {
    const byte = utf8[i];
    if (byte === QUOTE) i = afterString(utf8, i);
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) [depth, i] = [depth + 1, i + 1];
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      if (depth === 0) return i;
      [depth, i] = [depth - 1, i + 1];
    } else if (depth === 0 && (byte === COMMA || (byte ?? 0) <= 0x20)) return i;
    else {
      i++;
      continue;
    }
    if (depth === 0) return i;
  }
  return utf8.length;
}
