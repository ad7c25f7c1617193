import { relative } from '../read-header.js';
import type { Row, ScrubFacts } from './facts.js';
import { repeated, spot, type ScrubRule, type Spot } from './rule.js';

/** X12 SBR01 names payers P, S, T and A to H. */
const MOST_PAYERS = 11;

/** The order of the payers on the claim, and which of them it goes to. */
export const SEQUENCE_RULES: readonly ScrubRule[] = [
  {
    id: 'sequence-primary-missing', severity: 'error', source: 'X12 837 loop 2000B and 2320 SBR01; Stedi COB edits: exactly one primary',
    check: ({ rows }) => (rows.some((row) => sequenceOf(row) === 1) ? [] : [spot('Claim.insurance', 'No payer is primary: number the insurance rows from 1')]),
  },
  {
    id: 'sequence-duplicate', severity: 'error', source: 'X12 837 SBR01; Stedi COB edits: each place once',
    check: ({ rows }) => repeated(rows, sequenceOf).map((row) => spot(`${row.expression}.sequence`, `Place ${sequenceOf(row)} is taken by another row: give each payer its own`)),
  },
  {
    id: 'sequence-gap', severity: 'error', source: 'X12 837 SBR01; Stedi COB edits: places follow one another',
    check: ({ rows }) => {
      const places = new Set(rows.map(sequenceOf));
      return rows.filter((row) => sequenceOf(row) > 1 && !places.has(sequenceOf(row) - 1))
        .map((row) => spot(`${row.expression}.sequence`, `Nobody has place ${sequenceOf(row) - 1}: number the insurance rows without a gap, or add the payer that is missing`));
    },
  },
  {
    id: 'payers-too-many', severity: 'error', source: 'X12 837 SBR01: P, S, T, A to H',
    check: ({ rows }) => (rows.length > MOST_PAYERS ? [spot(`Claim.insurance[${MOST_PAYERS}]`, `A claim names at most ${MOST_PAYERS} payers: leave out those that pay nothing`)] : []),
  },
  {
    id: 'focal-missing', severity: 'error', source: 'R4 Claim.insurance.focal; data-model §1',
    check: ({ rows }) => (rows.some(({ insurance }) => insurance.focal) ? [] : [spot('Claim.insurance', 'No row is focal: mark the payer that this claim goes to')]),
  },
  {
    id: 'focal-repeated', severity: 'error', source: 'R4 Claim.insurance.focal; X12 837 loop 2010BB: one destination',
    check: ({ rows }) => rows.filter(({ insurance }) => insurance.focal).slice(1).map((row) => spot(`${row.expression}.focal`, 'Another row is focal already: a claim goes to one payer')),
  },
  {
    id: 'coverage-repeated', severity: 'error', source: 'X12 837 loop 2320: the destination is never repeated among the other payers',
    check: ({ rows }) => repeated(rows, ({ reference }) => reference).map((row) => spot(`${row.expression}.coverage`, 'This coverage stands on another row already: name each once')),
  },
  {
    id: 'coverage-unresolved', severity: 'error', source: 'X12 837 loops 2010BA and 2330A',
    check: ({ rows }) => rows.filter(({ coverage }) => !coverage).map((row) => spot(`${row.expression}.coverage`, 'The coverage is not known: store it, or give it inline')),
  },
  {
    id: 'payor-unresolved', severity: 'error', source: 'X12 837 loops 2010BB and 2330B NM1*PR',
    check: ({ rows }) => rows.filter(({ coverage, payor }) => coverage && !payor).map((row) => spot(`${row.expression}.coverage`, 'Who pays under this coverage is not known: Coverage.payor must name a stored Organization')),
  },
  {
    id: 'insurer-not-focal', severity: 'error', source: 'R4 Claim.insurer; X12 837 loop 2010BB',
    check: insurerNotFocal,
  },
  {
    id: 'order-disagrees', severity: 'warning', source: 'domain/cob-rules.md §1 ($cob-order); CARC 22',
    check: orderDisagrees,
  },
  {
    id: 'order-undetermined', severity: 'warning', source: 'domain/cob-rules.md §1 ($cob-order); CARC 22',
    check: ({ input, rows }) => (rows.length > 1 && input.orders.some(({ order }) => order.status === 'needs-human')
      ? [spot('Claim.insurance', 'Facts are missing that decide who pays first: ask $cob-order which')] : []),
  },
];

const sequenceOf = ({ insurance }: Row): number => insurance.sequence;

function insurerNotFocal({ claim, focal }: ScrubFacts): Spot[] {
  const insurer = relative(claim.insurer?.reference);
  const payors = focal?.coverage?.payor.map(({ reference }) => relative(reference)) ?? [];
  if (insurer === undefined || payors.length === 0 || payors.includes(insurer)) return [];
  return [spot('Claim.insurer', 'The insurer is not the payer of the focal coverage: name the payer that the claim goes to')];
}

/** Rows that stand the other way round in the order of benefits of some day of service. */
function orderDisagrees({ rows, input }: ScrubFacts): Spot[] {
  const inOrder = [...rows].sort((a, b) => sequenceOf(a) - sequenceOf(b));
  return inOrder.flatMap((row, position) => {
    const earlier = inOrder[position - 1];
    const isTurned = earlier !== undefined && input.orders.some(({ order }) => {
      const place = ({ reference }: Row): number | undefined => order.ranked.find(({ coverage }) => coverage === reference)?.order;
      const [before, after] = [place(earlier), place(row)];
      return !order.equalSharing && before !== undefined && after !== undefined && before > after;
    });
    return isTurned ? [spot(`${row.expression}.sequence`, 'By the order of benefits this payer comes before the one that it follows here: correct the order, or its facts')] : [];
  });
}
