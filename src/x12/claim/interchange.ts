/** The envelope around transaction sets (X12.5, X12.6): ISA, GS, GE, IEA. */
import type { TransactionSet } from '../envelope.js';
import { writeSegments } from '../writer.js';
import { DELIMITERS, segment } from './segments.js';

export interface InterchangeHeader {
  /** ISA06 and ISA08, at most 15 characters; GS02 and GS03 too. */
  readonly sender: string;
  readonly receiver: string;
  /** ISA13 and GS06: 1 to 999999999. */
  readonly control: number;
  /** CCYYMMDD and HHMM. */
  readonly date: string;
  readonly time: string;
  /** ISA15: `P` production, `T` test. */
  readonly usage: 'P' | 'T';
}

/**
 * One interchange with one functional group, a line a segment. All sets are of one version.
 * @throws {X12Error} a value contains a delimiter
 */
export function interchangeOf(sets: readonly TransactionSet[], { sender, receiver, control, date, time, usage }: InterchangeHeader): string {
  const number = String(control);
  const padded = (text: string, length: number): string => text.slice(0, length).padEnd(length);
  const blank = padded('', 10);
  const isa = ['ISA', '00', blank, '00', blank, 'ZZ', padded(sender, 15), 'ZZ', padded(receiver, 15), date.slice(2), time, DELIMITERS.repetition, '00501', number.padStart(9, '0'), '0', usage, DELIMITERS.component];
  const version = sets[0]?.group.version ?? '';
  const segments = [
    segment('GS', 'HC', sender, receiver, date, time, number, 'X', version),
    ...sets.flatMap((set) => set.segments),
    segment('GE', String(sets.length), number),
    segment('IEA', '1', number.padStart(9, '0')),
  ];
  return `${isa.join(DELIMITERS.element)}${DELIMITERS.segment}\n${writeSegments(segments, DELIMITERS, '\n')}`;
}
