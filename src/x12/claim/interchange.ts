/** The envelope around transaction sets (X12.5, X12.6): ISA, GS, GE, IEA. */
import type { TransactionSet } from '../envelope.js';
import { writeSegments } from '../writer.js';
import { DELIMITERS, segment } from './segments.js';

/** Who sends a transaction set to whom, and of which guide it is. */
export interface SetAddress {
  /** ISA06 and ISA08, at most 15 characters; GS02 and GS03 too. */
  readonly sender: string;
  readonly receiver: string;
  /** GS08, e.g. `005010X222A1`. */
  readonly version: string;
}

export interface InterchangeHeader extends SetAddress {
  /** ISA13 and GS06: 1 to 999999999. */
  readonly control: number;
  /** CCYYMMDD and HHMM. */
  readonly date: string;
  readonly time: string;
  /** ISA15: `P` production, `T` test. */
  readonly usage: 'P' | 'T';
}

const LINE_BREAK = '\n';

/** ST to SE, a line a segment: the same bytes in whatever interchange it goes. @throws {X12Error} a value contains a delimiter */
export const setText = ({ segments }: TransactionSet): string => writeSegments(segments, DELIMITERS, LINE_BREAK);

/** The address of a set that `setText` wrote: 1000A NM109, 1000B NM109, ST03. */
export function addressOf(set: string): SetAddress {
  const segments = set.split(`${DELIMITERS.segment}${LINE_BREAK}`).map((line) => line.split(DELIMITERS.element));
  const party = (entity: string): string => segments.find(([id, code]) => id === 'NM1' && code === entity)?.[9] ?? '';
  return { sender: party('41'), receiver: party('40'), version: segments[0]?.[3] ?? '' };
}

/**
 * One interchange with one functional group, a line a segment. All sets (`setText`) have the same address.
 * @throws {X12Error} a value contains a delimiter
 */
export function interchangeOf(sets: readonly string[], { sender, receiver, version, control, date, time, usage }: InterchangeHeader): string {
  const number = String(control);
  const padded = (text: string, length: number): string => text.slice(0, length).padEnd(length);
  const blank = padded('', 10);
  const isa = ['ISA', '00', blank, '00', blank, 'ZZ', padded(sender, 15), 'ZZ', padded(receiver, 15), date.slice(2), time, DELIMITERS.repetition, '00501', number.padStart(9, '0'), '0', usage, DELIMITERS.component];
  const before = [segment('GS', 'HC', sender, receiver, date, time, number, 'X', version)];
  const after = [segment('GE', String(sets.length), number), segment('IEA', '1', number.padStart(9, '0'))];
  return `${isa.join(DELIMITERS.element)}${DELIMITERS.segment}${LINE_BREAK}${writeSegments(before, DELIMITERS, LINE_BREAK)}${sets.join('')}${writeSegments(after, DELIMITERS, LINE_BREAK)}`;
}
