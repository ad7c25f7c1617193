import { readTransactionSets, type TransactionSet } from '../envelope.js';
import { idOf, type Segment } from '../segment.js';
import { tokenize, type X12Source } from '../tokenizer.js';
import { textOf } from '../values.js';
import { PARTLY, RECEIPT, type Acknowledgement } from './acknowledgement.js';
import { readClaimAcknowledgements } from './read-277ca.js';

/**
 * The acknowledgements of a file in their order, those of whole interchanges (TA1) first; undefined where it has other
 * transaction sets, or nothing at all.
 * @throws {X12Error} as `readTransactionSets`
 */
export async function readAcknowledgements(content: () => X12Source): Promise<Acknowledgement[] | undefined> {
  const found = await interchangesIn(content());
  for await (const set of readTransactionSets(content())) {
    const read = READERS[set.code];
    const acknowledgements = read?.(set);
    if (!acknowledgements) return undefined;
    found.push(...acknowledgements);
  }
  return found.length > 0 ? found : undefined;
}

/** By ST01; undefined: a set of that number which acknowledges nothing. */
const READERS: Readonly<Partial<Record<string, (set: TransactionSet) => Acknowledgement[] | undefined>>> = {
  '277': readClaimAcknowledgements,
  '997': (set) => readGroup(set, '997'),
  '999': (set) => readGroup(set, '999'),
};

/** TA1 stands between ISA and GS (X12.5): TA101 is the ISA13 that it answers, TA104 the verdict, TA105 the reason. */
async function interchangesIn(source: X12Source): Promise<Acknowledgement[]> {
  const found: Acknowledgement[] = [];
  for await (const tokenizer of tokenize(source)) {
    while (tokenizer.next()) {
      if (tokenizer.id !== 'TA1') continue;
      const segment = tokenizer.kept();
      found.push({ kind: 'TA1', ...controlIn(segment, 1), verdict: RECEIPT[textOf(segment, 4)], codes: [textOf(segment, 5)].filter((code) => code !== ''), segments: [segment] });
    }
  }
  return found;
}

/**
 * AK102 is the GS06 that it answers, AK9 says what became of the group. Transaction sets that are named (AK2) are told
 * one by one: AK202 is their ST02, IK5 the verdict, IK3 and IK4 the reasons (AK3 to AK5 in 997). Where the group is
 * rejected, all of it is.
 */
function readGroup({ segments }: TransactionSet, kind: '997' | '999'): Acknowledgement[] {
  const [group, trailer] = ['AK1', 'AK9'].map((id) => segments.find((segment) => idOf(segment) === id));
  const code = trailer ? textOf(trailer, 1) : '';
  const isRejected = RECEIPT[code] === 'rejected';
  const sets = setsIn(segments).map((loop): Acknowledgement => {
    const [ended] = named(loop, 'IK5', 'AK5').map((segment) => RECEIPT[textOf(segment, 1)]);
    return { kind, ...(loop[0] ? controlIn(loop[0], 2) : {}), verdict: isRejected ? 'rejected' : ended, codes: reasonsIn(loop), segments: [...(group ? [group] : []), ...loop] };
  });
  const except = sets.flatMap(({ control }) => control ?? []);
  const rest: Acknowledgement = {
    kind, ...(group ? controlIn(group, 2) : {}), ...(except.length > 0 ? { except } : {}),
    verdict: code === PARTLY && except.length > 0 ? 'accepted' : RECEIPT[code],
    codes: isRejected ? (trailer?.elements.slice(5) ?? []).filter((each) => each !== '').map((each) => `group: ${each}`) : [],
    segments: [group, trailer].filter((segment) => segment !== undefined),
  };
  return [...sets, rest];
}

/** From each AK2 to the next, or to AK9. */
function setsIn(segments: readonly Segment[]): Segment[][] {
  const sets: Segment[][] = [];
  for (const segment of segments.filter((one) => !OUTSIDE.has(idOf(one)))) {
    if (idOf(segment) === 'AK2') sets.push([]);
    sets.at(-1)?.push(segment);
  }
  return sets;
}

const OUTSIDE: ReadonlySet<string> = new Set(['ST', 'AK1', 'AK9', 'SE']);

const named = (segments: readonly Segment[], ...ids: readonly string[]): Segment[] => segments.filter((segment) => ids.includes(idOf(segment)));

const reasonsIn = (segments: readonly Segment[]): string[] => [
  ...named(segments, 'IK3', 'AK3').map((segment) => `segment ${textOf(segment, 1)} at ${textOf(segment, 2)}: ${textOf(segment, 4)}`),
  ...named(segments, 'IK4', 'AK4').map((segment) => `element ${textOf(segment, 1)}: ${textOf(segment, 3)}`),
  ...named(segments, 'IK5', 'AK5').filter((segment) => textOf(segment, 2) !== '').map((segment) => `transaction set: ${textOf(segment, 2)}`),
];

/** A control number of up to nine digits. */
function controlIn(segment: Segment, element: number): Pick<Acknowledgement, 'control'> {
  const text = textOf(segment, element);
  return /^\d{1,9}$/.test(text) ? { control: Number(text) } : {};
}
