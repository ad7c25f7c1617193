import { afterWhitespace, CLOSE_ARRAY, CLOSE_OBJECT, isDigit, MINUS, OPEN_ARRAY, OPEN_OBJECT } from './characters.js';
import { scan } from './scan.js';
import type { Scan } from './scan.js';
import { afterColon, afterSeparator, afterString, afterValue, keyAt } from './skip.js';

/**
 * Numbers as they stood in the text (FHIR R4 §2.24: the precision of a decimal is significant), kept beside the plain
 * values: by the object or array that holds them, then by key. Trees that share these containers by reference write the
 * same digits; a copy made by spread has forgotten those of its own members.
 */
const lexemes = new WeakMap<object, Map<string, string>>();

/**
 * Parses JSON to plain values; numbers that would be written otherwise are remembered with their container.
 * @throws {FhirError} 400 as `scan` does; text that was scanned already is passed as its `Scan`.
 */
export function parseExact(text: string | Scan): unknown {
  const scanned = typeof text === 'string' ? scan(text) : text;
  const value: unknown = JSON.parse(scanned.text);
  if (MAY_HOLD_NUMBER.test(scanned.text)) rememberIn(scanned.text, scanned.root.start, value as Container);
  return value;
}

/** Where a number, or `null` (which a number that is not finite would become), may begin: never missed, though a string may look so too. */
const MAY_HOLD_NUMBER = /(?:"[ \t\r\n]*:|[[,])[ \t\r\n]*[-\dn]/;

/**
 * Writes a value as `JSON.stringify` does, but remembered numbers as they stood and amounts of money that are new
 * (`{ value, currency }`) with two decimals.
 * @throws {TypeError} for a number that is not finite: JSON has none.
 */
export function stringifyExact(value: unknown): string {
  if (typeof value === 'object' && value !== null) {
    const text = JSON.stringify(value);
    if (!MAY_HOLD_NUMBER.test(text)) return text;
  }
  return exactText(value);
}

/** The members of a value without some of them, as a text that begins and ends inside of its braces: `"a":1,"b":[2]`; empty: none. */
export function membersExact(value: object, without: ReadonlySet<string>): string {
  let text = '';
  for (const key of Object.keys(value)) {
    const held = without.has(key) ? undefined : (value as Record<string, unknown>)[key];
    const written = typeof held === 'object' && held !== null ? stringifyExact(held) : member(held, value, key);
    if (written !== undefined) text += `${text === '' ? '' : ','}${quote(key)}:${written}`;
  }
  return text;
}

function exactText(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) return array(value);
  if (typeof value === 'object' && value !== null) return object(value as Record<string, unknown>);
  return typeof value === 'number' ? finite(value) : String(value ?? null);
}

function array(values: readonly unknown[]): string {
  let text = '[';
  for (let i = 0; i < values.length; i++) text += (i ? ',' : '') + (member(values[i], values, String(i)) ?? 'null');
  return `${text}]`;
}

function object(value: Record<string, unknown>): string {
  let text = '{';
  for (const key of Object.keys(value)) {
    const written = member(value[key], value, key);
    if (written !== undefined) text += `${text.length > 1 ? ',' : ''}${quote(key)}:${written}`;
  }
  return `${text}}`;
}

type Container = Readonly<Record<string | number, unknown>>;

/** A member's text; undefined when JSON leaves it out. */
function member(value: unknown, container: object, key: string): string | undefined {
  if (value === undefined || typeof value === 'function' || typeof value === 'symbol') return undefined;
  if (typeof value !== 'number') return exactText(value);
  const remembered = lexemes.get(container)?.get(key);
  return remembered !== undefined && Number(remembered) === value ? remembered : plainNumber(value, container, key);
}

/** How a number that is not remembered is written. */
function plainNumber(value: number, container: object, key: string): string {
  const text = finite(value);
  const amount = key === 'value' && isMoney(container) ? UP_TO_CENTS.exec(text) : null;
  return amount ? `${amount[1] ?? ''}.${(amount[2] ?? '').padEnd(2, '0')}` : text;
}

const UP_TO_CENTS = /^(-?\d+)(?:\.(\d{1,2}))?$/;
const NEEDS_ESCAPE = /["\\\u0000-\u001f\ud800-\udfff]/;

function isMoney(container: object): boolean {
  return 'currency' in container && Object.keys(container).length === 2;
}

function finite(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError('JSON has no number for this value: it is not finite');
  return String(value);
}

function quote(text: string): string {
  return NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** Walks a container in the text and its value side by side; answers the offset after it. */
function rememberIn(text: string, open: number, container: Container): number {
  const isArray = text.charCodeAt(open) === OPEN_ARRAY;
  const close = isArray ? CLOSE_ARRAY : CLOSE_OBJECT;
  let position = afterWhitespace(text, open + 1);
  for (let index = 0; text.charCodeAt(position) !== close; index++) {
    const keyEnd = isArray ? position : afterString(text, position);
    const start = isArray ? position : afterColon(text, keyEnd);
    const first = text.charCodeAt(start);
    let end: number;
    if (first === OPEN_OBJECT || first === OPEN_ARRAY) {
      end = rememberIn(text, start, container[isArray ? index : keyAt(text, position, keyEnd)] as Container);
    } else {
      end = afterValue(text, start);
      if (first === MINUS || isDigit(first)) rememberNumber(text.slice(start, end), container, isArray ? String(index) : keyAt(text, position, keyEnd));
    }
    position = afterSeparator(text, end);
  }
  return position + 1;
}

function rememberNumber(lexeme: string, container: Container, key: string): void {
  if (lexeme === plainNumber(Number(lexeme), container, key)) return;
  const known = lexemes.get(container);
  if (known) known.set(key, lexeme);
  else lexemes.set(container, new Map([[key, lexeme]]));
}
