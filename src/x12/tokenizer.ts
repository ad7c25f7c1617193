/** A file of X12, segment by segment. */
import type { Cents } from '../claims/money.js';
import { centsIn } from './amount.js';
import { ISA_LENGTH, readDelimiters } from './interchange-header.js';
import { added, NONE } from './lists.js';
import { X12Error, type Position } from './position.js';
import { segmentIdIn } from './segment-id.js';
import { SHORT, shortText } from './short-text.js';
import { Segment, trimmed, type Delimiters, type Elements } from './segment.js';

/** A file as it comes: bytes (UTF-8 or Latin-1), or text that was decoded already. */
export type X12Source = AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>;

/** A piece of the file that is split at once. */
const PIECE = 256 * 1024;

/** Longest segment: far above any in use; one that is longer has lost its terminator. */
const LONGEST_SEGMENT = 64 * 1024;

/**
 * Reads a file as it arrives, in memory for a few pieces of 256 KB however large it is. Answers the tokenizer itself each
 * time that it may have more segments: who reads takes them all (`while (tokenizer.next())`). A line break may be the
 * segment terminator or follow it; a byte order mark may stand first; several interchanges, each with its own delimiters,
 * may follow one another. Bytes are read as UTF-8 where a segment is valid UTF-8, else as Latin-1.
 * @throws {X12Error} no ISA, a segment without id or end, a file that ends inside an interchange, junk between or after them
 */
export async function* tokenize(source: X12Source): AsyncGenerator<Tokenizer> {
  const tokenizer = new Tokenizer();
  for await (const chunk of source) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    for (let at = 0; at < bytes.length; at += PIECE) {
      tokenizer.feed(bytes.subarray(at, at + PIECE));
      yield tokenizer;
    }
  }
  tokenizer.end();
}

/**
 * Stands on one segment at a time, and takes its elements out of the bytes when they are asked for: most of a file is
 * never made into texts. What is to be kept of a segment is its `kept()`.
 */
export class Tokenizer implements Elements {
  id = '';
  ordinal = 0;
  size = 0;
  /** What separates in the interchange of this segment; undefined before the first. */
  #delimiters: Delimiters | undefined;
  #isInside = false;
  /** The same for all pieces; what was not read yet is [at, length). */
  #bytes = Buffer.allocUnsafeSlow(0);
  #at = 0;
  #length = 0;
  /** The bytes as Latin-1, for texts without characters above ASCII. */
  #text = '';
  #isAscii = true;
  /** Where the id and each element begin, then where one more would. */
  #starts = new Int32Array(64);
  #elementCode = 0;
  #segmentCode = 0;

  get delimiters(): Delimiters {
    if (!this.#delimiters) throw new RangeError('no interchange was begun');
    return this.#delimiters;
  }

  /** More of the file. */
  feed(piece: Uint8Array): void {
    const rest = this.#length - this.#at;
    const length = rest + piece.length;
    const room = length <= this.#bytes.length ? this.#bytes : Buffer.allocUnsafeSlow(2 * length);
    this.#bytes.copy(room, 0, this.#at, this.#length);
    room.set(piece, rest);
    this.#bytes = room;
    this.#length = length;
    this.#at = 0;
    this.#text = room.toString('latin1', 0, length);
    this.#isAscii = Buffer.byteLength(this.#text) === length;
  }

  /** Goes to the next segment; false where what came so far has not the whole of it. @throws {X12Error} */
  next(): boolean {
    if (!this.#isInside && !this.#begins()) return false;
    this.#skipBreaks();
    const bytes = this.#bytes;
    const starts = this.#starts;
    const length = this.#length;
    const elementCode = this.#elementCode;
    const segmentCode = this.#segmentCode;
    let size = 0;
    starts[0] = this.#at;
    for (let end = this.#at; end < length; end++) {
      const byte = bytes[end];
      if (byte === elementCode) starts[++size] = end + 1;
      else if (byte === segmentCode) return this.#standsOn(size, end);
    }
    if (length - this.#at > LONGEST_SEGMENT) throw new X12Error('x12-segment', this.#next(), `no segment terminator in ${LONGEST_SEGMENT} characters`);
    return false;
  }

  /** The segment that ends before its terminator at `end`. */
  #standsOn(size: number, end: number): boolean {
    const starts = this.#starts;
    if (size + 1 >= starts.length) {
      // More elements than there was room for: room for them, and once more.
      this.#starts = new Int32Array(2 * (size + 2));
      return this.next();
    }
    const bytes = this.#bytes;
    starts[size + 1] = this.#segmentCode === LINE_FEED && bytes[end - 1] === CARRIAGE_RETURN ? end : end + 1;
    const from = this.#at;
    const to = (starts[1] as number) - 1;
    const id = segmentIdIn(bytes, from, to);
    this.ordinal++;
    if (id === undefined) throw new X12Error('x12-segment', { segment: this.ordinal, id: '' }, to === from ? 'the segment is empty' : 'the segment does not begin with a segment id (two or three capital letters and digits)');
    this.id = id;
    this.size = size;
    this.#at = end + 1;
    if (id === 'IEA') this.#isInside = false;
    return true;
  }

  /** The file has no more. @throws {X12Error} it ends too early */
  end(): void {
    this.#skipBreaks();
    const isAtEnd = this.#at >= this.#length;
    if (this.#isInside) throw new X12Error('x12-truncated', this.#next(), isAtEnd ? 'the file ends before IEA' : 'the file ends inside a segment');
    if (!isAtEnd) throw new X12Error('x12-interchange', this.#next(), `the file ends inside ISA, which is ${ISA_LENGTH} characters long`);
    if (this.ordinal === 0) throw new X12Error('x12-interchange', this.#next(), 'the file is empty');
  }

  /** True where the whole ISA of the next interchange stands. */
  #begins(): boolean {
    const isFirst = this.#delimiters === undefined;
    if (isFirst && !this.#skipByteOrderMark()) return false;
    this.#skipBreaks();
    const text = this.#text.slice(this.#at, this.#at + ISA_LENGTH);
    if (!'ISA'.startsWith(text.slice(0, 3))) {
      throw isFirst
        ? new X12Error('x12-interchange', this.#next(), 'the file does not begin with ISA: it is no X12 interchange')
        : new X12Error('x12-trailing', this.#next(), 'after IEA only another interchange (ISA) may follow');
    }
    if (text.length < ISA_LENGTH) return false;
    this.#delimiters = readDelimiters(text, this.ordinal + 1);
    this.#elementCode = this.#delimiters.element.charCodeAt(0);
    this.#segmentCode = this.#delimiters.segment.charCodeAt(0);
    this.#isInside = true;
    return true;
  }

  /** False while more bytes must tell whether there is one. */
  #skipByteOrderMark(): boolean {
    const text = this.#text.slice(this.#at, this.#at + BYTE_ORDER_MARK.length);
    if (text === BYTE_ORDER_MARK) this.#at += BYTE_ORDER_MARK.length;
    else if (BYTE_ORDER_MARK.startsWith(text)) return false;
    return true;
  }

  #skipBreaks(): void {
    const bytes = this.#bytes;
    let at = this.#at;
    while (at < this.#length && (bytes[at] === LINE_FEED || bytes[at] === CARRIAGE_RETURN)) at++;
    this.#at = at;
  }

  /** Of what follows this segment. */
  #next(): Position {
    return { segment: this.ordinal + 1, id: '' };
  }

  element(element: number): string {
    if (element > this.size) return '';
    return this.#slice(this.#starts[element] as number, (this.#starts[element + 1] as number) - 1);
  }

  text(element: number): string {
    return element > this.size ? '' : this.#trimmed(this.#starts[element] as number, (this.#starts[element + 1] as number) - 1);
  }

  components(element: number, separator: string): readonly string[] {
    if (element > this.size) return [''];
    const bytes = this.#bytes;
    const code = separator.charCodeAt(0);
    const end = (this.#starts[element + 1] as number) - 1;
    let from = this.#starts[element] as number;
    let parts: string[] = NONE;
    for (let at = from; at < end; at++) {
      if (bytes[at] !== code) continue;
      parts = added(parts, this.#trimmed(from, at));
      from = at + 1;
    }
    return added(parts, this.#trimmed(from, end));
  }

  whole(): string {
    return this.#slice(this.#starts[0] as number, (this.#starts[this.size + 1] as number) - 1);
  }

  amount(element: number): Cents | undefined {
    if (element > this.size) return undefined;
    if (!this.#isAscii) return centsIn(Buffer.from(this.text(element)));
    const bytes = this.#bytes;
    let from = this.#starts[element] as number;
    let to = (this.#starts[element + 1] as number) - 1;
    while (from < to && isBlank(bytes[from] as number)) from++;
    while (from < to && isBlank(bytes[to - 1] as number)) to--;
    return centsIn(bytes, from, to);
  }

  /** This segment for itself: it stays when the tokenizer goes on. */
  kept(): Segment {
    const elements: string[] = [];
    for (let element = 0; element <= this.size; element++) elements.push(this.element(element));
    return new Segment(elements, this.ordinal);
  }

  /** A part of this segment without the blanks around it. */
  #trimmed(first: number, end: number): string {
    const bytes = this.#bytes;
    let from = first;
    let to = end;
    while (from < to && isBlank(bytes[from] as number)) from++;
    while (from < to && isBlank(bytes[to - 1] as number)) to--;
    if (!this.#isAscii) return trimmed(this.#slice(from, to));
    return to - from <= SHORT ? shortText(bytes, from, to) : this.#text.slice(from, to);
  }

  /** A part of this segment. Whether it is UTF-8 is told by the whole segment. */
  #slice(from: number, to: number): string {
    if (this.#isAscii) return this.#text.slice(from, to);
    const whole = this.#bytes.subarray(this.#starts[0], (this.#starts[this.size + 1] as number) - 1);
    const part = this.#bytes.subarray(from, to);
    return part.toString(isUtf8(whole) ? 'utf8' : 'latin1');
  }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

function isUtf8(bytes: Uint8Array): boolean {
  try {
    strictUtf8.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

const LINE_FEED = '\n'.charCodeAt(0);
const CARRIAGE_RETURN = '\r'.charCodeAt(0);

/** Blanks and control characters among the bytes below 128. */
const isBlank = (byte: number): boolean => byte <= 32 || byte === 127;

/** U+FEFF in UTF-8, each byte as a character. */
const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf';
