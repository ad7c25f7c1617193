import { FhirError } from '../outcome.js';
import { afterWhitespace, BACKSLASH, CLOSE_ARRAY, CLOSE_OBJECT, COLON, COMMA, isDigit, isLowSurrogate, isSurrogate, MINUS, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from './characters.js';
import { ROOTS, type Root } from './roots.js';

/** A value in a JSON text: [start, end) in UTF-16 units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A member of an object: the span of its value, and where the quote of its key begins. */
export interface Member extends Span {
  readonly keyStart: number;
}

/** A JSON text that was found good, and its outline. */
export interface Scan {
  /** The text without byte order mark; all offsets count in it, and `JSON.parse` accepts it. */
  readonly text: string;
  /** The span of the top-level object. */
  readonly root: Span;
  /** The members of the top-level object, in their order. */
  readonly members: ReadonlyMap<string, Member>;
}

/** Objects and arrays inside one another; the top-level object is the first level. */
export const MAX_DEPTH = 64;
/** Characters of one number; the longest decimal of practice has about 20. */
export const MAX_NUMBER_LENGTH = 100;

/**
 * Reads a JSON text once, before `JSON.parse`.
 * @throws {FhirError} 400 when it isn't JSON (with line and column), isn't an object, is deeper than 64 levels, repeats a
 * key, holds a key that changes a prototype, a lone surrogate, a NUL, or a number that is too large or has more than 100 characters.
 * `levelsOutside`: of objects and arrays that the text was taken from.
 */
export function scan(text: string, levelsOutside = 0): Scan {
  return new Scanner(withoutMark(text), levelsOutside).run('resource');
}

/** The same for a text that is no FHIR: an object of another protocol. */
export const scanObject = (text: string): Scan => new Scanner(withoutMark(text), 0).run('object');

/** The same for a text whose top-level value is an array (JSON Patch); it has no members. */
export const scanArray = (text: string): Scan => new Scanner(withoutMark(text), 0).run('array');

const withoutMark = (text: string): string => (text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text);

const BYTE_ORDER_MARK = 0xfeff;
/** Keys that reach the prototype of an object when they are assigned. */
const PROTOTYPE_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
const SHORTEST_PROTOTYPE_KEY = 9;
/** From here on an object's keys are looked up in a set instead of compared one by one. */
const MANY_KEYS = 16;
const HEX4 = /[0-9a-fA-F]{4}/y;
const SIMPLE_ESCAPES = '"\\/bfnrt';
const ELEMENT_NAME = /^_?[A-Za-z][A-Za-z0-9]{0,63}$/;

/** One pass over one text (RFC 8259). */
class Scanner {
  private readonly text: string;
  private readonly mostLevels: number;
  private position = 0;
  private depth = 0;
  /** Whether the string read last holds an escape. */
  private escaped = false;
  /** Keys of the objects that are open, innermost last; what stands beyond `keyCount` is stale. */
  private readonly keys: string[] = [];
  private keyCount = 0;
  /** Where the scanner is: the key or index at each level; what stands beyond `depth` is stale. */
  private readonly path: (string | number)[] = [];
  private readonly members = new Map<string, Member>();

  constructor(text: string, levelsOutside: number) {
    this.text = text;
    this.mostLevels = MAX_DEPTH - levelsOutside;
  }

  run(root: Root): Scan {
    const start = this.begin(root);
    this.value();
    return this.finish(root, start);
  }

  /** Where the top-level value begins. */
  private begin(root: Root): number {
    this.skipWhitespace();
    if (this.position >= this.text.length) this.fail(`The body is empty. Send a ${ROOTS[root].name}${root === 'resource' ? ' as JSON' : ''}`);
    if (this.text.charCodeAt(this.position) !== ROOTS[root].begins) this.fail(ROOTS[root].begin);
    return this.position;
  }

  /** Nothing may follow the top-level value. */
  private finish(root: Root, start: number): Scan {
    const end = this.position;
    this.skipWhitespace();
    if (this.position < this.text.length) this.fail(`Something follows the end of the ${root === 'resource' ? root : 'body'}. Send one ${ROOTS[root].name} and nothing after it`);
    return { text: this.text, root: { start, end }, members: this.members };
  }

  private value(): void {
    const code = this.text.charCodeAt(this.position);
    if (code === QUOTE) this.string();
    else if (code === OPEN_OBJECT) this.object();
    else if (code === OPEN_ARRAY) this.array();
    else if (code === MINUS || isDigit(code)) this.number();
    else if (code === 0x74) this.literal('true');
    else if (code === 0x66) this.literal('false');
    else if (code === 0x6e) this.literal('null');
    else this.malformed('a value');
  }

  private object(): void {
    this.enter();
    const firstKey = this.keyCount;
    let seen: Set<string> | undefined;
    if (this.text.charCodeAt(this.position) === CLOSE_OBJECT) return this.leave(firstKey);
    for (;;) {
      const keyStart = this.position;
      if (this.keyCount - firstKey === MANY_KEYS) seen = new Set(this.keys.slice(firstKey, this.keyCount));
      const key = this.keyAndColon(firstKey, seen);
      const start = this.position;
      this.value();
      if (this.depth === 1) this.members.set(key, { keyStart, start, end: this.position });
      if (this.endsList(CLOSE_OBJECT, 'a comma or }')) return this.leave(firstKey);
    }
  }

  /** Reads up to the value of a member; `seen`: the keys of its object, where they are many. */
  private keyAndColon(firstKey: number, seen?: Set<string>): string {
    const start = this.position;
    if (this.text.charCodeAt(start) !== QUOTE) this.malformed('a key in double quotes');
    const key = this.key();
    if (seen ? seen.has(key) : this.isOpenKey(key, firstKey)) this.repeated(key, start);
    seen?.add(key);
    this.keys[this.keyCount++] = key;
    this.path[this.depth - 1] = key;
    this.skipWhitespace();
    if (this.text.charCodeAt(this.position) !== COLON) this.malformed('a colon');
    this.position++;
    this.skipWhitespace();
    return key;
  }

  private isOpenKey(key: string, firstKey: number): boolean {
    for (let i = firstKey; i < this.keyCount; i++) if (this.keys[i] === key) return true;
    return false;
  }

  private array(): void {
    this.enter();
    const firstKey = this.keyCount;
    if (this.text.charCodeAt(this.position) === CLOSE_ARRAY) return this.leave(firstKey);
    for (let index = 0; ; index++) {
      this.path[this.depth - 1] = index;
      this.value();
      if (this.endsList(CLOSE_ARRAY, 'a comma or ]')) return this.leave(firstKey);
    }
  }

  private enter(): void {
    if (++this.depth > this.mostLevels) this.fail(`The JSON is nested more than ${MAX_DEPTH} levels deep. Send it flatter`);
    this.position++;
    this.skipWhitespace();
  }

  private leave(firstKey: number): void {
    this.position++;
    this.depth--;
    this.keyCount = firstKey;
  }

  /** After an element: true at the closing bracket, false after a comma. */
  private endsList(close: number, expected: string): boolean {
    this.skipWhitespace();
    const code = this.text.charCodeAt(this.position);
    if (code === close) return true;
    if (code !== COMMA) this.malformed(expected);
    this.position++;
    this.skipWhitespace();
    return false;
  }

  private key(): string {
    const start = this.position;
    this.string();
    const key = this.escaped ? (JSON.parse(this.text.slice(start, this.position)) as string) : this.text.slice(start + 1, this.position - 1);
    if (key.length >= SHORTEST_PROTOTYPE_KEY && PROTOTYPE_KEYS.has(key)) this.fail(`"${key}" is no element of FHIR and is refused. Remove it`, start);
    return key;
  }

  private string(): void {
    const { text } = this;
    this.escaped = false;
    for (let i = this.position + 1; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code === QUOTE) {
        this.position = i + 1;
        return;
      }
      if (code === BACKSLASH) {
        this.escaped = true;
        i = this.escape(i);
      } else if (code < 0x20) {
        this.malformed('an escape (\\n, \\t, \\u…) for the control character', i);
      } else if (isSurrogate(code)) {
        if (isLowSurrogate(code) || !isLowSurrogate(text.charCodeAt(i + 1))) this.loneSurrogate(i);
        i++;
      }
    }
    this.malformed('the closing double quote of a string', text.length);
  }

  /** The escape that begins at `at`; answers the offset of its last character. */
  private escape(at: number): number {
    const kind = this.text.charAt(at + 1);
    if (kind !== 'u') {
      if (kind === '' || !SIMPLE_ESCAPES.includes(kind)) this.malformed('one of the escapes \\" \\\\ \\/ \\b \\f \\n \\r \\t \\u', at);
      return at + 1;
    }
    const code = this.escapedUnit(at);
    if (code === 0) this.fail('A string holds the character NUL (\\u0000), which FHIR does not allow. Remove it', at);
    if (!isSurrogate(code)) return at + 5;
    const pair = !isLowSurrogate(code) && this.text.startsWith('\\u', at + 6) && isLowSurrogate(this.escapedUnit(at + 6));
    if (!pair) this.loneSurrogate(at);
    return at + 11;
  }

  private escapedUnit(at: number): number {
    HEX4.lastIndex = at + 2;
    const digits = HEX4.exec(this.text);
    if (!digits) this.malformed('four hexadecimal digits after \\u', at);
    return Number.parseInt(digits[0], 16);
  }

  private number(): void {
    const { text, position: start } = this;
    let i = start;
    if (text.charCodeAt(i) === MINUS) i++;
    if (text.charCodeAt(i) === 0x30) i++;
    else i = this.digits(i);
    if (text.charCodeAt(i) === 0x2e) i = this.digits(i + 1);
    const exponent = text.charCodeAt(i);
    if (exponent === 0x65 || exponent === 0x45) {
      const sign = text.charCodeAt(i + 1);
      i = this.digits(sign === 0x2b || sign === MINUS ? i + 2 : i + 1);
      if (!Number.isFinite(Number(text.slice(start, i)))) this.fail('A number is too large to be held. Send a smaller one', start);
    }
    if (i - start > MAX_NUMBER_LENGTH) this.fail(`A number has more than ${MAX_NUMBER_LENGTH} characters. Send it with fewer digits`, start);
    this.position = i;
  }

  private digits(from: number): number {
    let i = from;
    while (isDigit(this.text.charCodeAt(i))) i++;
    if (i === from) this.malformed('a digit', i);
    return i;
  }

  private literal(word: string): void {
    if (!this.text.startsWith(word, this.position)) this.malformed('a value');
    this.position += word.length;
  }

  private skipWhitespace(): void {
    this.position = afterWhitespace(this.text, this.position);
  }

  private repeated(key: string, at: number): never {
    const named = ELEMENT_NAME.test(key);
    this.path[this.depth - 1] = key.replace(/^_/, '');
    const what = named ? `"${key}" stands twice in the same object` : 'A key stands twice in the same object';
    this.fail(`${what}. Send each element once; repeats go into an array`, at, named ? this.expression() : undefined);
  }

  private loneSurrogate(at: number): never {
    this.fail('A string holds half of a surrogate pair, which is no character. Send whole Unicode characters', at);
  }

  private malformed(expected: string, at: number = this.position): never {
    this.fail(`The body is not valid JSON: ${expected} was expected`, at);
  }

  private fail(what: string, at: number = this.position, expression?: string): never {
    const before = this.text.slice(0, at);
    const line = before.split('\n').length;
    const column = at - before.lastIndexOf('\n');
    throw new FhirError(400, { severity: 'fatal', code: 'structure', text: `${what} (line ${line}, column ${column}).`, ...(expression ? { expression } : {}) });
  }

  /** FHIRPath of the current path; known only when `resourceType` came before. */
  private expression(): string | undefined {
    const type = this.members.get('resourceType');
    const root = type && /^"([A-Za-z]+)"$/.exec(this.text.slice(type.start, type.end))?.[1];
    const path = this.path.slice(0, this.depth);
    if (!root || !path.every((step) => typeof step === 'number' || ELEMENT_NAME.test(step))) return undefined;
    return root + path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step.replace(/^_/, '')}`)).join('');
  }
}
