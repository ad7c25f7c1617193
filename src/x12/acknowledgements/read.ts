import { readTransactionSets, type TransactionSet } from '../envelope.js';
import { idOf, type Segment } from '../segment.js';
import { tokenize, type X12Source } from '../tokenizer.js';
import { textOf } from '../values.js';
import { RECEIPT, type Acknowledgement } from './acknowledgement.js';
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
  '997': (set) => [readGroup(set, '997')],
  '999': (set) => [readGroup(set, '999')],
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

/** AK102 is the GS06 that it answers; AK9 says what became of the group, IK3, IK4 and IK5 why (AK3 to AK5 in 997). */
function readGroup({ segments }: TransactionSet, kind: '997' | '999'): Acknowledgement {
  const named = (...ids: string[]): Segment[] => segments.filter((segment) => ids.includes(idOf(segment)));
  const [group] = named('AK1');
  const [verdict] = named('AK9').map((segment) => RECEIPT[textOf(segment, 1)]);
  const codes = [
    ...named('IK3', 'AK3').map((segment) => `segment ${textOf(segment, 1)} at ${textOf(segment, 2)}: ${textOf(segment, 4)}`),
    ...named('IK4', 'AK4').map((segment) => `element ${textOf(segment, 1)}: ${textOf(segment, 3)}`),
    ...named('IK5', 'AK5').filter((segment) => textOf(segment, 2) !== '').map((segment) => `transaction set: ${textOf(segment, 2)}`),
  ];
  return { kind, ...(group ? controlIn(group, 2) : {}), verdict, codes, segments };
}

/** A control number of up to nine digits. */
function controlIn(segment: Segment, element: number): Pick<Acknowledgement, 'control'> {
  const text = textOf(segment, element);
  return /^\d{1,9}$/.test(text) ? { control: Number(text) } : {};
}
