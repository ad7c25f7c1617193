/** The loops of an 837 (005010X222A1, X223A2, X224A2, and their 4010 forerunners): which segment opens which, and where. */
import type { TransactionSet } from '../envelope.js';
import { X12Error } from '../position.js';
import { elementOf, idOf, positionOf, type Segment } from '../segment.js';

/** One loop: its own segments, the one that opens it first, and the loops in it. All in the order of the file. */
export interface Loop {
  readonly name: LoopName;
  readonly segments: Segment[];
  readonly loops: Loop[];
}

/**
 * Loops of names (2010, 2310, 2330, 2420) are known by NM101 of their first segment: their letters differ between P, I
 * and D for the same entity.
 */
export type LoopName = 'ST' | '1000' | '2000A' | '2010A' | '2000B' | '2010B' | '2000C' | '2010C' | '2300' | '2310' | '2320' | '2330' | '2400' | '2410' | '2420' | '2430' | '2440';

interface Opening {
  readonly loop: LoopName;
  readonly inside: LoopName;
  readonly segment: string;
  /** The values of one element that tell this loop from others which the same segment opens. */
  readonly where?: readonly [element: number, ...values: readonly string[]];
}

/** Source: 005010X222A1 §2.3.1, X223A2 §2.3.1, X224A2 §2.3.1. */
const OPENINGS: readonly Opening[] = [
  { loop: '1000', inside: 'ST', segment: 'NM1', where: [1, '40', '41'] },
  { loop: '2000A', inside: 'ST', segment: 'HL', where: [3, '20'] },
  { loop: '2010A', inside: '2000A', segment: 'NM1' },
  { loop: '2000B', inside: '2000A', segment: 'HL', where: [3, '22'] },
  { loop: '2010B', inside: '2000B', segment: 'NM1' },
  { loop: '2000C', inside: '2000B', segment: 'HL', where: [3, '23'] },
  { loop: '2010C', inside: '2000C', segment: 'NM1' },
  { loop: '2300', inside: '2000C', segment: 'CLM' },
  { loop: '2300', inside: '2000B', segment: 'CLM' },
  { loop: '2310', inside: '2300', segment: 'NM1' },
  { loop: '2320', inside: '2300', segment: 'SBR' },
  { loop: '2330', inside: '2320', segment: 'NM1' },
  { loop: '2400', inside: '2300', segment: 'LX' },
  { loop: '2410', inside: '2400', segment: 'LIN' },
  { loop: '2420', inside: '2400', segment: 'NM1' },
  { loop: '2430', inside: '2400', segment: 'SVD' },
  { loop: '2440', inside: '2400', segment: 'LQ' },
];

/**
 * The loops of an 837, every segment in its place; the trailer SE is left out.
 * @throws {X12Error} another transaction set, or a segment that must open a loop stands where it can't
 */
export function readLoops({ code, segments }: TransactionSet): Loop {
  const [header, ...rest] = segments.slice(0, -1);
  if (!header || code !== '837') throw new X12Error('x12-transaction-set', { segment: header?.ordinal ?? 1, id: 'ST', element: 1 }, 'the transaction set is no claim (837)');
  const root: Loop = { name: 'ST', segments: [header], loops: [] };
  const open = [root];
  for (const segment of rest) place(segment, open);
  return root;
}

/** Into a new loop of the innermost open one that can hold it, else into the innermost itself. */
function place(segment: Segment, open: Loop[]): void {
  for (let depth = open.length - 1; depth >= 0; depth--) {
    const holder = open[depth];
    const opening = holder && OPENINGS.find((one) => one.inside === holder.name && opens(one, segment));
    if (!opening) continue;
    const loop: Loop = { name: opening.loop, segments: [segment], loops: [] };
    holder.loops.push(loop);
    open.splice(depth + 1, open.length, loop);
    return;
  }
  if (MUST_OPEN.has(idOf(segment))) throw new X12Error('x12-element', positionOf(segment), 'the segment opens a loop and stands where that loop can’t be');
  open.at(-1)?.segments.push(segment);
}

const opens = ({ segment: id, where }: Opening, segment: Segment): boolean => {
  if (idOf(segment) !== id) return false;
  if (!where) return true;
  const [element, ...values] = where;
  return values.includes(elementOf(segment, element));
};

/** Segments that are nothing without their loop. */
const MUST_OPEN: ReadonlySet<string> = new Set(['HL', 'CLM', 'LX', 'SVD']);

/** All segments of a loop and those in it, in the order of the file. */
export function* segmentsOf({ segments, loops }: Loop): Generator<Segment> {
  yield* segments;
  for (const loop of loops) yield* segmentsOf(loop);
}

/** The loops of that name directly in a loop. */
export const loopsOf = ({ loops }: Loop, name: LoopName): readonly Loop[] => loops.filter((loop) => loop.name === name);

/** The entity that a loop of names is about (NM101), e.g. `85`. */
export const entityOf = ({ segments: [first] }: Loop): string => (first && idOf(first) === 'NM1' ? elementOf(first, 1) : '');

/** The loop of names about an entity. */
export const entity = (loop: Loop | undefined, ...codes: readonly string[]): Loop | undefined => loop?.loops.find((one) => codes.includes(entityOf(one)));

/** A loop's own segments with that id and, where given, one of these first elements. */
export const own = ({ segments }: Loop, id: string, ...qualifiers: readonly string[]): Segment[] =>
  segments.filter((segment) => idOf(segment) === id && (qualifiers.length === 0 || qualifiers.includes(elementOf(segment, 1))));

/** One claim of a transaction set with the loops around it. */
export interface ClaimLoops {
  readonly set: TransactionSet;
  /** 2000A. */
  readonly billing: Loop;
  /** 2000B. */
  readonly subscriber: Loop;
  /** 2000C, where the patient is not the subscriber. */
  readonly patient: Loop | undefined;
  /** 2300. */
  readonly claim: Loop;
}

/** Every claim of a transaction set, in its order. */
export function* claimsIn(set: TransactionSet): Generator<ClaimLoops> {
  for (const billing of loopsOf(readLoops(set), '2000A')) {
    for (const subscriber of loopsOf(billing, '2000B')) {
      for (const claim of loopsOf(subscriber, '2300')) yield { set, billing, subscriber, patient: undefined, claim };
      for (const patient of loopsOf(subscriber, '2000C')) {
        for (const claim of loopsOf(patient, '2300')) yield { set, billing, subscriber, patient, claim };
      }
    }
  }
}
