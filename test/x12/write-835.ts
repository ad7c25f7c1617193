import type { Adjudication, Adjustment } from '../../src/claims/model.js';
import { formatCents, sum, type Cents } from '../../src/claims/money.js';
import { interchange } from './files.js';

/** Six trios to a CAS, a CAS a group. */
function casOf(adjustments: readonly Adjustment[]): string[] {
  const groups = [...new Set(adjustments.map(({ group }) => group))];
  return groups.flatMap((group) => {
    const trios = adjustments.filter((one) => one.group === group).map(({ reason, amount, quantity }) => `*${reason}*${formatCents(amount)}*${quantity ?? ''}`);
    return Array.from({ length: Math.ceil(trios.length / 6) }, (_, index) => `CAS*${group}${trios.slice(index * 6, index * 6 + 6).join('')}`);
  });
}

/** One decision as loop 2100 with its lines. */
export const claimSegments = (decision: Adjudication): string[] => [
  `CLP*PCN1*${decision.eraStatus ?? '1'}*${formatCents(decision.stated.charge as Cents)}*${formatCents(decision.stated.paid as Cents)}**12*${decision.payerClaimNumber ?? ''}`,
  ...casOf(decision.adjustments),
  ...decision.lines.flatMap((line) => [
    `SVC*HC:9921${line.sequence}*${formatCents(line.stated.charge as Cents)}*${formatCents(line.stated.paid as Cents)}**1`,
    ...casOf(line.adjustments), `REF*6R*${line.sequence}`, ...line.remarks.map((code) => `LQ*HE*${code}`),
  ]),
];

/** Decisions, all paid by one payment of `date`, as an 835. `provider` is what PLB keeps. */
export const remittanceText = (decisions: readonly Adjudication[], date: string, kept: Cents): string => interchange([
  `BPR*I*${formatCents((sum(decisions.map(({ stated }) => stated.paid as Cents)) - kept) as Cents)}*C*ACH************${date.replaceAll('-', '')}`,
  'TRN*1*T1*1894000004', 'N1*PR*IRONGATE BENEFITS*XV*IRG60', 'N1*PE*PEBBLE CREEK CLINIC*XX*1002000119', 'LX*1',
  ...decisions.flatMap(claimSegments),
  ...(kept === 0 ? [] : [`PLB*1002000119*20261231*CS:1*${formatCents(kept)}`]),
]);
