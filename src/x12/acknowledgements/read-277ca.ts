/** 277CA (005010X214): what became of a batch (level 21) and of each of its claims (level PT). */
import type { TransactionSet } from '../envelope.js';
import { componentsOf, idOf, type Segment } from '../segment.js';
import { textOf } from '../values.js';
import { CATEGORY, type Acknowledgement, type Verdict } from './acknowledgement.js';

const GUIDE = '005010X214';

/** HL03. */
const BATCH = '21';
const CLAIM = 'PT';

/** Undefined: it is another 277, an answer to a question about status. A batch is told only where it was rejected: else its claims are. */
export function readClaimAcknowledgements(set: TransactionSet): Acknowledgement[] | undefined {
  const [header] = set.segments;
  if (!set.group.version.startsWith(GUIDE) && !(header && textOf(header, 3).startsWith(GUIDE))) return undefined;
  return levelsOf(set.segments).flatMap((level) => readLevel(level, set) ?? []);
}

/** Segments from one HL to the next. */
function levelsOf(segments: readonly Segment[]): Segment[][] {
  const levels: Segment[][] = [];
  for (const segment of segments) {
    if (idOf(segment) === 'HL') levels.push([]);
    levels.at(-1)?.push(segment);
  }
  return levels.map((level) => level.filter((segment) => idOf(segment) !== 'SE'));
}

function readLevel(level: readonly Segment[], { delimiters }: TransactionSet): Acknowledgement | undefined {
  const [first] = level;
  const kind = first ? textOf(first, 3) : '';
  const number = level.filter((segment) => idOf(segment) === 'TRN' && textOf(segment, 1) === '2').map((segment) => textOf(segment, 2))[0];
  if (number === undefined || (kind !== BATCH && kind !== CLAIM)) return undefined;
  const statuses = level.filter((segment) => idOf(segment) === 'STC').map((segment) => componentsOf(segment, 1, delimiters));
  const verdict = verdictOf(statuses.map(([category = '']) => CATEGORY[category]));
  const said = { kind: '277CA', verdict, codes: statuses.map((parts) => parts.join(':')), segments: level } as const;
  if (kind === CLAIM) return { ...said, claimNumber: number };
  return verdict === 'rejected' && /^\d{1,9}$/.test(number) ? { ...said, control: Number(number) } : undefined;
}

/** One status that rejects is enough. */
const verdictOf = (verdicts: readonly Verdict[]): Verdict => (verdicts.includes('rejected') ? 'rejected' : verdicts[0]);
