import { describe, expect, test } from 'vitest';
import { interpretAdjudication, netAdjudications, readAdjudication } from '../../src/claims/index.js';
import { claimResponse, type ShortDecision, type ShortRow } from './decisions.js';

/** The remittances of samples/authored, claim by claim, in the short form; what is expected stands in their expected.json. */
const crossover: ShortRow[][] = [
  [['submitted', 1420], ['eligible', 268.44], ['CO-45', 1151.56], ['CO-253', 4.3], ['PR-2', 53.69], ['benefit', 210.45]],
  [['submitted', 760], ['eligible', 48.59], ['CO-45', 662.82], ['CO-253', 0.78], ['CO-59', 48.59], ['PR-2', 9.72], ['benefit', 38.09]],
  [['submitted', 175], ['CO-B15', 175], ['N20'], ['benefit', 0]],
];
const office: ShortRow[] = [['submitted', 230], ['eligible', 145.4], ['CO-45', 84.6], ['PR-3', 30], ['benefit', 115.4]];
const echo: ShortRow[] = [['submitted', 890], ['eligible', 487.5], ['CO-45', 402.5], ['benefit', 487.5]];
const corrected: ShortRow[] = [['submitted', 890], ['eligible', 487.5], ['CO-45', 402.5], ['PR-1', 97.5], ['benefit', 390]];
const turned = (list: readonly ShortRow[]): ShortRow[] => list.map(([what, amount]) => [what, -(amount ?? 0)]);

const remits: readonly (readonly [string, ShortDecision, object])[] = [
  ['crossover: forwarded by status, carrier and remark', { eraStatus: '19', carrier: 'Organization/payer-stonebridge', lines: crossover, claim: [['MA01'], ['MA18']] },
    { charge: 235500, paid: 24854, patientResponsibility: 6341, residual: 6341, balanced: true, next: 'crossed-over', crossover: { evidence: ['claim-status', 'carrier', 'remark'], payer: { reference: 'Organization/payer-stonebridge' } } }],
  ['crossover: not forwarded, and a line to correct', { lines: crossover, claim: [['MA01'], ['MA19']] }, { residual: 6341, balanced: true, crossover: undefined, next: 'correct-and-resubmit' }],
  ['professional-secondary: the group plan\'s decision', { lines: [
    [['submitted', 320], ['eligible', 198.65], ['CO-45', 121.35], ['PR-1', 60], ['PR-2', 27.73], ['benefit', 110.92]], [['submitted', 110], ['eligible', 26.84], ['CO-45', 83.16], ['PR-2', 5.37], ['benefit', 21.47]], [['submitted', 75], ['CO-97', 75], ['benefit', 0]],
  ] }, { charge: 50500, paid: 13239, residual: 9310, balanced: true, next: 'bill-next-payer' }],
  ['reversal-correction: the original', { lines: [office, echo] }, { charge: 112000, paid: 60290, patientResponsibility: 3000, balanced: true }],
  ['reversal-correction: the reversal', { eraStatus: '22', lines: [turned(office), turned(echo)] }, { charge: -112000, paid: -60290, residual: 0, balanced: true, next: 'wait' }],
  ['reversal-correction: the correction', { lines: [office, corrected] }, { charge: 112000, paid: 50540, residual: 12750, balanced: true }],
  ['tertiary: the second payer after the first', { eraStatus: '2', lines: [
    [['submitted', 260], ['eligible', 160], ['OA-23', 221.98], ['PR-3', 15], ['benefit', 23.02]], [['submitted', 45], ['eligible', 14.9], ['OA-23', 42.02], ['benefit', 2.98]], [['submitted', 85], ['eligible', 51.6], ['CO-45', 33.4], ['PR-2', 10.32], ['benefit', 41.28]],
  ] }, { charge: 39000, paid: 6728, otherAdjustment: 26400, patientResponsibility: 2532, residual: 2532, balanced: true, next: 'bill-next-payer' }],
  ['unbalanced: the claim\'s payment is a cent over', { lines: [[['submitted', 210], ['eligible', 132.85], ['CO-45', 77.15], ['PR-3', 30], ['benefit', 102.85]], [['submitted', 48], ['eligible', 18.1], ['CO-45', 29.9], ['benefit', 18.1]]], total: [['submitted', 258], ['benefit', 120.96]] },
    { charge: 25800, paid: 12096, balanced: false, next: 'needs-human' }],
];

describe('the remittances of samples/authored', () => {
  test.each(remits)('%s', (_name, decision, expected) => {
    expect(interpretAdjudication(claimResponse(decision))).toMatchObject(expected);
  });

  test('reversal-correction: what stands is the correction, whichever comes first', () => {
    const read = (id: string, decision: ShortDecision) => readAdjudication(claimResponse({ id, ...decision })).adjudication;
    const decisions = [
      read('correction', { number: 'MDL26-09128', date: '2026-03-17', lines: [office, corrected] }),
      read('reversal', { number: 'MDL26-04410', date: '2026-03-17', eraStatus: '22', lines: [turned(office), turned(echo)] }),
      read('original', { number: 'MDL26-04410', date: '2026-02-17', lines: [office, echo] }),
    ];
    expect(netAdjudications(decisions).perPayer).toMatchObject([{ status: 'decided', adjudication: { source: { reference: 'ClaimResponse/correction' }, stated: { paid: 50540 } }, findings: [] }]);
  });
});
