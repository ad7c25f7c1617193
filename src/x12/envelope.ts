import { X12Error } from './position.js';
import { elementOf, positionOf, type Delimiters, type Elements, type Segment } from './segment.js';
import { tokenize, type X12Source } from './tokenizer.js';

/** ISA: who sends to whom. */
export interface Interchange {
  /** ISA05 and ISA06, ISA07 and ISA08, blanks trimmed. */
  readonly sender: { readonly qualifier: string; readonly id: string };
  readonly receiver: { readonly qualifier: string; readonly id: string };
  /** ISA09 YYMMDD and ISA10 HHMM, as they stand. */
  readonly date: string;
  readonly time: string;
  /** ISA13. */
  readonly control: string;
  /** ISA15: `P` production, `T` test. */
  readonly usage: string;
}

/** GS: a functional group. */
export interface FunctionalGroup {
  /** GS01, e.g. `HP` for 835. */
  readonly code: string;
  readonly sender: string;
  readonly receiver: string;
  /** GS04, as it stands. */
  readonly date: string;
  /** GS06. */
  readonly control: string;
  /** GS08, e.g. `005010X221A1`. */
  readonly version: string;
}

/** What ST and the envelopes around it say of a transaction set. */
export interface TransactionSetHeader {
  /** ST01, e.g. `835`. */
  readonly code: string;
  /** ST02. */
  readonly control: string;
  /** Ordinal of ST in the file. */
  readonly ordinal: number;
  readonly interchange: Interchange;
  readonly group: FunctionalGroup;
  readonly delimiters: Delimiters;
}

/** ST to SE, both included, with the envelopes around it. */
export interface TransactionSet extends Omit<TransactionSetHeader, 'ordinal'> {
  readonly segments: readonly Segment[];
}

/**
 * The transaction sets of a file, each when its SE was read. Counts (SE01, GE01, IEA01) and control numbers (SE02,
 * GE02, IEA02) must be those of the headers. Who must know that a file is whole before using any of it, reads it to
 * its end first.
 * @throws {X12Error} as `tokenize`; a header or trailer out of its place; a wrong count or control number
 */
export async function* readTransactionSets(source: X12Source): AsyncGenerator<TransactionSet> {
  const envelope = new Envelope();
  let segments: Segment[] = [];
  for await (const tokenizer of tokenize(source)) {
    while (tokenizer.next()) {
      const place = envelope.take(tokenizer, tokenizer.delimiters);
      if (place === 'between') continue;
      if (place === 'begins') segments = [];
      segments.push(tokenizer.kept());
      if (place === 'ends') {
        const { code, control, interchange, group, delimiters } = envelope.set;
        yield { code, control, interchange, group, delimiters, segments };
      }
    }
  }
}

/** What a segment is to the transaction set: ST, one of its segments, SE, or none of it. */
export type Place = 'begins' | 'inside' | 'ends' | 'between';

/** What is open, and how much it holds so far. */
interface Open<T> {
  readonly header: T;
  readonly control: string;
  held: number;
}

/** Headers and trailers, checked as they come. */
export class Envelope {
  #interchange: Open<Interchange> | undefined;
  #group: Open<FunctionalGroup> | undefined;
  #set: Open<TransactionSetHeader> | undefined;
  #last: TransactionSetHeader | undefined;

  /** Of the transaction set that is open, or was closed last. */
  get set(): TransactionSetHeader {
    if (!this.#last) throw new RangeError('no transaction set was begun');
    return this.#last;
  }

  /** @throws {X12Error} a header or trailer out of its place; a wrong count or control number */
  take(segment: Elements, delimiters: Delimiters): Place {
    switch (segment.id) {
      case 'ISA':
        return this.#openInterchange(segment);
      case 'IEA':
        return this.#closeInterchange(segment);
      case 'GS':
        return this.#openGroup(segment);
      case 'GE':
        return this.#closeGroup(segment);
      case 'ST':
        return this.#openSet(segment, delimiters);
      case 'SE':
        return this.#closeSet(segment);
      case 'TA1':
        if (this.#interchange && !this.#group) return 'between';
        break;
      default:
        if (!this.#set) break;
        this.#set.held++;
        return 'inside';
    }
    throw new X12Error('x12-envelope', positionOf(segment), 'the segment stands outside a transaction set (ST to SE)');
  }

  #openInterchange(segment: Elements): Place {
    mustStandWhere(!this.#interchange, segment, 'the interchange before has no IEA');
    const at = (element: number): string => elementOf(segment, element);
    const header: Interchange = {
      sender: { qualifier: at(5), id: at(6).trim() }, receiver: { qualifier: at(7), id: at(8).trim() },
      date: at(9), time: at(10), control: at(13), usage: at(15),
    };
    this.#interchange = { header, control: header.control, held: 0 };
    return 'between';
  }

  #closeInterchange(segment: Elements): Place {
    const open = mustBeOpen(this.#interchange, segment, 'ISA');
    mustStandWhere(!this.#group, segment, 'the functional group before has no GE');
    mustClose(segment, open, 'functional groups');
    this.#interchange = undefined;
    return 'between';
  }

  #openGroup(segment: Elements): Place {
    const interchange = mustBeOpen(this.#interchange, segment, 'ISA');
    mustStandWhere(!this.#group, segment, 'the functional group before has no GE');
    const at = (element: number): string => elementOf(segment, element);
    const header: FunctionalGroup = { code: at(1), sender: at(2), receiver: at(3), date: at(4), control: at(6), version: at(8) };
    this.#group = { header, control: header.control, held: 0 };
    interchange.held++;
    return 'between';
  }

  #closeGroup(segment: Elements): Place {
    const open = mustBeOpen(this.#group, segment, 'GS');
    mustStandWhere(!this.#set, segment, 'the transaction set before has no SE');
    mustClose(segment, open, 'transaction sets');
    this.#group = undefined;
    return 'between';
  }

  #openSet(segment: Elements, delimiters: Delimiters): Place {
    const group = mustBeOpen(this.#group, segment, 'GS');
    const interchange = mustBeOpen(this.#interchange, segment, 'ISA');
    mustStandWhere(!this.#set, segment, 'the transaction set before has no SE');
    const header: TransactionSetHeader = { code: elementOf(segment, 1), control: elementOf(segment, 2), ordinal: segment.ordinal, interchange: interchange.header, group: group.header, delimiters };
    this.#set = { header, control: header.control, held: 1 };
    this.#last = header;
    group.held++;
    return 'begins';
  }

  #closeSet(segment: Elements): Place {
    const open = mustBeOpen(this.#set, segment, 'ST');
    open.held++;
    mustClose(segment, open, 'segments, ST and SE included');
    this.#set = undefined;
    return 'ends';
  }
}

function mustStandWhere(allowed: boolean, segment: Elements, message: string): void {
  if (!allowed) throw new X12Error('x12-envelope', positionOf(segment), message);
}

function mustBeOpen<T>(open: T | undefined, segment: Elements, header: string): T {
  if (open === undefined) throw new X12Error('x12-envelope', positionOf(segment), `the segment stands without its ${header}`);
  return open;
}

/** A trailer's first element is the count, its second the header's control number. */
function mustClose(trailer: Elements, { held, control }: Pick<Open<unknown>, 'held' | 'control'>, what: string): void {
  const count = elementOf(trailer, 1);
  if (!/^\d{1,10}$/.test(count) || Number(count) !== held) {
    throw new X12Error('x12-count', positionOf(trailer, 1), `the count is not the number of ${what}, which is ${held}: the file is incomplete or was changed`);
  }
  if (elementOf(trailer, 2) !== control) throw new X12Error('x12-control-number', positionOf(trailer, 2), 'the control number is not the one of its header');
}
