import { ISA_LENGTH, readDelimiters } from './interchange-header.js';
import { X12Error } from './position.js';
import type { Delimiters, Segment } from './segment.js';
import { split } from './split.js';

/** A file as it comes: bytes (UTF-8 or Latin-1), or text that was decoded already. */
export type X12Source = AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>;

/** Segments of one interchange, as many as one piece of the file held. */
export interface SegmentBatch {
  readonly segments: readonly Segment[];
  readonly delimiters: Delimiters;
}

/** A piece of the file that is split at once. */
const PIECE = 64 * 1024;

/** Longest segment: far above any in use; one that is longer has lost its terminator. */
const LONGEST_SEGMENT = 64 * 1024;

/**
 * Splits a file into segments as it arrives, in memory for two pieces of 64 KB however large it is. A line break may
 * be the segment terminator or follow it; a byte order mark may stand first; several interchanges, each with its own
 * delimiters, may follow one another. Bytes are read as UTF-8 where a segment is valid UTF-8, else as Latin-1.
 * @throws {X12Error} no ISA, a segment without id or end, a file that ends inside an interchange, junk between or after them
 */
export async function* tokenize(source: X12Source): AsyncGenerator<SegmentBatch> {
  const tokenizer = new Tokenizer();
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; at += PIECE) {
      yield* tokenizer.write(typeof chunk === 'string' ? chunk.slice(at, at + PIECE) : chunk.subarray(at, at + PIECE));
    }
  }
  tokenizer.end();
}

class Tokenizer {
  /** What is not split yet: the beginning of a segment, or of an interchange. */
  #rest = '';
  /** Undefined between interchanges. */
  #delimiters: Delimiters | undefined;
  #ordinal = 0;
  #begun = false;
  /** Some of `rest` may be bytes above ASCII, still as Latin-1. */
  #undecoded = false;

  write(piece: Uint8Array | string): SegmentBatch[] {
    const text = typeof piece === 'string' ? piece : latin1(piece);
    if (typeof piece !== 'string') this.#undecoded ||= ABOVE_ASCII.test(text);
    this.#rest += text;
    const batches: SegmentBatch[] = [];
    while (this.#begins()) {
      const delimiters = this.#delimiters as Delimiters;
      const segments = this.#split(delimiters);
      if (segments.length === 0) break;
      batches.push({ segments, delimiters });
    }
    return batches;
  }

  end(): void {
    const left = withoutBreaks(this.#rest);
    const position = { segment: this.#ordinal + 1, id: '' };
    if (this.#delimiters) throw new X12Error('x12-truncated', position, left === '' ? 'the file ends before IEA' : 'the file ends inside a segment');
    if (left !== '') throw new X12Error('x12-interchange', position, `the file ends inside ISA, which is ${ISA_LENGTH} characters long`);
    if (this.#ordinal === 0) throw new X12Error('x12-interchange', position, 'the file is empty');
  }

  /** True inside an interchange: one was begun before, or `rest` has the whole ISA of the next. */
  #begins(): boolean {
    if (this.#delimiters) return true;
    if (!this.#begun) {
      if (BYTE_ORDER_MARK.startsWith(this.#rest) && this.#rest !== BYTE_ORDER_MARK) return false;
      this.#rest = withoutByteOrderMark(this.#rest);
    }
    this.#rest = withoutBreaks(this.#rest);
    if (!'ISA'.startsWith(this.#rest.slice(0, 3))) {
      const position = { segment: this.#ordinal + 1, id: '' };
      throw this.#begun
        ? new X12Error('x12-trailing', position, 'after IEA only another interchange (ISA) may follow')
        : new X12Error('x12-interchange', position, 'the file does not begin with ISA: it is no X12 interchange');
    }
    if (this.#rest.length < ISA_LENGTH) return false;
    this.#delimiters = readDelimiters(this.#rest.slice(0, ISA_LENGTH), this.#ordinal + 1);
    this.#begun = true;
    return true;
  }

  /** The whole segments in `rest`, up to the interchange's end. */
  #split({ element, segment: terminator }: Delimiters): Segment[] {
    const text = this.#rest;
    const segments: Segment[] = [];
    let at = 0;
    for (;;) {
      while (isBreak(text.charCodeAt(at))) at++;
      const end = text.indexOf(terminator, at);
      if (end < 0) break;
      const elements = split(this.#decoded(text.slice(at, terminator === '\n' && text.charAt(end - 1) === '\r' ? end - 1 : end)), element);
      this.#ordinal++;
      mustBeSegment(elements[0] ?? '', this.#ordinal);
      segments.push({ elements, ordinal: this.#ordinal });
      at = end + 1;
      if (elements[0] === 'IEA') {
        this.#delimiters = undefined;
        break;
      }
    }
    this.#rest = text.slice(at);
    if (this.#delimiters && this.#rest.length > LONGEST_SEGMENT) {
      throw new X12Error('x12-segment', { segment: this.#ordinal + 1, id: '' }, `no segment terminator in ${LONGEST_SEGMENT} characters`);
    }
    return segments;
  }

  #decoded(text: string): string {
    return this.#undecoded && ABOVE_ASCII.test(text) ? utf8OrLatin1(text) : text;
  }
}

const ABOVE_ASCII = /[\u0080-\u00ff]/;

const isCapital = (code: number): boolean => code >= 65 && code <= 90;
const isCapitalOrDigit = (code: number): boolean => isCapital(code) || (code >= 48 && code <= 57);

/** A capital letter, then one or two capital letters or digits. */
const isSegmentId = (id: string): boolean =>
  (id.length === 2 || id.length === 3) && isCapital(id.charCodeAt(0)) && isCapitalOrDigit(id.charCodeAt(1)) && (id.length === 2 || isCapitalOrDigit(id.charCodeAt(2)));

function mustBeSegment(id: string, ordinal: number): void {
  if (isSegmentId(id)) return;
  throw new X12Error('x12-segment', { segment: ordinal, id: '' }, id === '' ? 'the segment is empty' : 'the segment does not begin with a segment id (two or three capital letters and digits)');
}

const isBreak = (code: number): boolean => code === 10 || code === 13;
const withoutBreaks = (text: string): string => text.replace(/^[\r\n]+/, '');

/** The bytes of U+FEFF in UTF-8, each as a character. */
const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf';
const withoutByteOrderMark = (text: string): string => (text.startsWith('\ufeff') ? text.slice(1) : text.startsWith(BYTE_ORDER_MARK) ? text.slice(BYTE_ORDER_MARK.length) : text);

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/** Text whose characters stand for bytes, as UTF-8 where it is valid UTF-8, else as Latin-1. */
function utf8OrLatin1(text: string): string {
  try {
    return strictUtf8.decode(Buffer.from(text, 'latin1'));
  } catch {
    return text;
  }
}
