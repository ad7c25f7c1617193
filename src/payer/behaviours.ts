import type { AdjustmentGroup } from '../claims/model.js';

/** What the simulated payer does with a claim. It follows from the member id alone. */
export interface Behaviour {
  /** `answer`: a decision. `queue`: an acknowledgement only. `refuse`: an error, nothing taken. `fail`: out of order twice, then as `answer`. */
  readonly first: 'answer' | 'queue' | 'refuse' | 'fail';
  /** What comes after the first answer, in this order. */
  readonly later: readonly Later[];
  /** Part of what it is asked for that it pays; the rest is coinsurance. */
  readonly rate: string;
  /** Nothing is paid, for this reason. */
  readonly denial?: { readonly group: AdjustmentGroup; readonly carc: string };
  /** Forwards the claim: to the next coverage on the claim, or to a carrier that nobody has heard of. */
  readonly crossover?: 'next-coverage' | 'unknown-carrier';
  /** The acknowledgement asks for documents, and nothing later comes before they do. */
  readonly asksForDocuments?: true;
}

/** `decision`: as it would have been at once. `repeat`: the same again. `reversal`, `correction`: the decision taken back, and a lower one instead. */
export type Later = 'decision' | 'repeat' | 'reversal' | 'correction';

interface Row {
  /** End of the member id, after its last hyphen. */
  readonly suffix: string;
  readonly does: string;
  readonly behaviour: Partial<Behaviour>;
}

const PAYS: Behaviour = { first: 'answer', later: [], rate: '1' };

/** The table; what is not in it pays all that it is asked for. */
const ROWS: readonly Row[] = [
  { suffix: 'PART', does: 'pays 80 percent, the rest is coinsurance (PR-2)', behaviour: { rate: '0.8' } },
  { suffix: 'LATER', does: 'acknowledges (outcome queued), and pays later', behaviour: { first: 'queue', later: ['decision'] } },
  { suffix: 'SILENT', does: 'acknowledges, and never decides', behaviour: { first: 'queue' } },
  { suffix: 'DOCS', does: 'acknowledges and asks for documents; pays once a Communication about the claim has come', behaviour: { first: 'queue', asksForDocuments: true, later: ['decision'] } },
  { suffix: 'CROSS', does: 'pays and forwards the claim to its next coverage (claim status 19 to 21, carrier, MA18)', behaviour: { rate: '0.8', crossover: 'next-coverage' } },
  { suffix: 'CROSSX', does: 'pays and forwards the claim to a carrier that is not on it', behaviour: { rate: '0.8', crossover: 'unknown-carrier' } },
  { suffix: 'TWICE', does: 'pays, and sends the same decision again later', behaviour: { later: ['repeat'] } },
  { suffix: 'REVERSE', does: 'pays; later takes it back (claim status 22) and pays half', behaviour: { later: ['reversal', 'correction'] } },
  { suffix: 'REJECT', does: 'refuses the claim (422) and takes nothing', behaviour: { first: 'refuse' } },
  { suffix: 'DOWN', does: 'is out of order twice (503), then pays', behaviour: { first: 'fail' } },
];

const DENY = /^DENY(CO|PR|OA|PI)?([A-Z]?\d{1,3})$/;
const DENY_TEXT = 'denies all with that CARC in that group, CO where none is named (`-DENY29`, `-DENYPR204`)';

/** What it does with a claim of this member. */
export function behaviourOf(memberId: string): Behaviour {
  const suffix = memberId.slice(memberId.lastIndexOf('-') + 1).toUpperCase();
  const [, group, carc] = DENY.exec(suffix) ?? [];
  if (carc !== undefined) return { ...PAYS, denial: { group: (group ?? 'CO') as AdjustmentGroup, carc } };
  return { ...PAYS, ...ROWS.find((row) => row.suffix === suffix)?.behaviour };
}

/** The table in words, for `--help`. */
export const behaviourTable = (): string =>
  [['(none)', 'pays all that it is asked for'], ...ROWS.map(({ suffix, does }) => [`-${suffix}`, does]), ['-DENY…', DENY_TEXT]]
    .map(([suffix = '', does = '']) => `  ${suffix.padEnd(10)} ${does}`).join('\n');
