import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { netAdjudications, readAdjudication } from '../../src/claims/index.js';
import type { Adjudication } from '../../src/claims/model.js';
import { sum, type Cents } from '../../src/claims/money.js';
import { balancedAdjudication, reversalOf } from './adjudications.js';
import { claimResponse, explanation, rows, service, type ShortDecision, type ShortRow } from './decisions.js';

const read = (decision: ShortDecision): Adjudication => readAdjudication(claimResponse(decision)).adjudication;
const only = (decisions: readonly Adjudication[]) => {
  const { perPayer } = netAdjudications(decisions);
  expect(perPayer).toHaveLength(1);
  return perPayer[0]!;
};

const line1: ShortRow[] = [['submitted', 180], ['CO-45', 60], ['PR-3', 20], ['benefit', 100]];
const line2: ShortRow[] = [['submitted', 320], ['CO-45', 100], ['benefit', 220]];
const line2Corrected: ShortRow[] = [['submitted', 320], ['CO-45', 100], ['PR-1', 64.37], ['benefit', 155.63]];
const turned = (list: readonly ShortRow[]): ShortRow[] => list.map(([what, amount]) => [what, -(amount ?? 0)]);

const original: ShortDecision = { id: 'original', date: '2026-03-04', number: 'A', lines: [line1, line2] };
const reversal: ShortDecision = { id: 'reversal', date: '2026-04-08', number: 'A', eraStatus: '22', lines: [turned(line1), turned(line2)] };
const correction: ShortDecision = { id: 'correction', date: '2026-04-08', number: 'B', lines: [line1, line2Corrected] };

describe('what stands', () => {
  test.each<[string, ShortDecision[], { status: string; stands?: string[]; codes?: string[] }]>([
    ['one decision', [original], { status: 'decided', stands: ['original'] }],
    ['original, reversal, correction', [original, reversal, correction], { status: 'decided', stands: ['correction'] }],
    ['the correction before the reversal', [correction, original, reversal], { status: 'decided', stands: ['correction'] }],
    ['original and reversal: the correction is still to come', [original, reversal], { status: 'reversed' }],
    ['a reversal of what is not on file', [reversal], { status: 'reversed', codes: ['reversal-unmatched'] }],
    ['a reversal of what is not on file, and its correction', [reversal, correction], { status: 'decided', stands: ['correction'], codes: ['reversal-unmatched'] }],
    ['a correction with the original\'s own amounts and number', [original, reversal, { ...original, id: 'again', date: '2026-04-08' }], { status: 'decided', stands: ['again'] }],
    ['a reversal that takes back another amount', [original, { ...reversal, lines: [turned(line1), turned(line2Corrected)] }], { status: 'conflicting', codes: ['reversal-inexact'] }],
    ['the same decision twice', [original, { ...original, id: 'second-import' }], { status: 'decided', stands: ['original'], codes: ['decision-repeated'] }],
    ['a later decision without a reversal', [original, correction], { status: 'decided', stands: ['correction'], codes: ['decision-superseded'] }],
    ['two decisions of one day about the same lines', [{ ...original, date: '2026-04-08' }, correction], { status: 'conflicting', codes: ['decisions-conflict'] }],
    ['a later decision that leaves a line of the earlier out', [original, { ...correction, date: '2026-05-01', lines: [line1] }], { status: 'conflicting', codes: ['decisions-conflict'] }],
    ['an acknowledgement only', [{ ...original, outcome: 'queued' }], { status: 'pending' }],
    ['partial only', [{ ...original, outcome: 'partial' }], { status: 'pending' }],
    ['an estimate only (CLP02 25)', [{ ...original, eraStatus: '25' }], { status: 'pending' }],
    ['a predetermination only', [{ ...original, use: 'predetermination' }], { status: 'pending' }],
    ['cancelled', [{ ...original, status: 'cancelled' }, correction], { status: 'decided', stands: ['correction'] }],
    ['an acknowledgement, then the decision', [{ ...original, id: 'ack', outcome: 'queued', date: '2026-03-01' }, original], { status: 'decided', stands: ['original'] }],
  ])('%s', (_name, decisions, expected) => {
    const net = only(decisions.map(read));
    expect(net.status).toBe(expected.status);
    expect(net.from.map((decision) => decision.source.reference)).toEqual((expected.stands ?? []).map((id) => `ClaimResponse/${id}`));
    expect(net.adjudication === undefined).toBe(expected.stands === undefined);
    expect(net.findings.map((finding) => finding.code)).toEqual(expected.codes ?? []);
  });

  test('a claim that the payer split is one decision, its lines in order', () => {
    const part = (id: string, sequence: number, list: ShortRow[], extra: ShortDecision = {}): Adjudication => {
      const response = claimResponse({ id, number: id, lines: [list], ...extra });
      return readAdjudication({ ...response, item: response.item!.map((item) => ({ ...item, itemSequence: sequence })) }).adjudication;
    };
    const net = only([part('second', 2, line2, { date: '2026-03-09', eraStatus: '19', carrier: 'Organization/medigap' }), part('first', 1, line1)]);
    expect(net.status).toBe('decided');
    expect(net.adjudication).toMatchObject({ date: '2026-03-09', stated: { charge: 50000, paid: 32000 }, eraStatus: '19', crossoverCarrier: { reference: 'Organization/medigap' } });
    expect(net.adjudication?.lines.map((line) => line.sequence)).toEqual([1, 2]);
    expect(net.from).toHaveLength(2);
  });

  test('the same decision as ClaimResponse and as EOB without the payer\'s number counts once', () => {
    const eob = explanation({
      id: 'eob', created: '2026-03-04', item: [line1, line2].map((list, index) => ({ sequence: index + 1, productOrService: service, adjudication: rows(list) })), total: rows([['submitted', 500], ['benefit', 320]]) as never,
    });
    const net = only([readAdjudication(eob).adjudication, read(original)]);
    expect(net.from.map((decision) => decision.source.reference)).toEqual(['ClaimResponse/original']);
  });
});

describe('per payer', () => {
  test('by coverage, in the order of their decisions', () => {
    const { perPayer } = netAdjudications([read({ ...correction, id: 'second', coverage: 'Coverage/second', eraStatus: '2' }), read(original)]);
    expect(perPayer.map((net) => [net.payer, net.from[0]?.source.reference])).toEqual([['Coverage/first', 'ClaimResponse/original'], ['Coverage/second', 'ClaimResponse/second']]);
  });

  test('a reversal that names no coverage belongs to its insurer\'s', () => {
    const unnamed = readAdjudication({ ...claimResponse(reversal), insurance: [] }).adjudication;
    expect(unnamed.coverage).toBeUndefined();
    expect(only([read(original), unnamed]).status).toBe('reversed');
  });
});

describe('properties', () => {
  const chain = fc.tuple(balancedAdjudication, balancedAdjudication).map(([first, second]): [Adjudication, Adjudication, Adjudication] => [
    { ...first, date: '2026-03-04', payerClaimNumber: 'A' },
    reversalOf({ ...first, payerClaimNumber: 'A' }, '2026-04-08'),
    { ...second, date: '2026-04-08', payerClaimNumber: 'B' },
  ]);
  const shuffled = <T>(list: readonly T[]): fc.Arbitrary<T[]> => fc.shuffledSubarray([...list], { minLength: list.length, maxLength: list.length });

  it('original, reversal and correction in any order are the correction', () => {
    fc.assert(
      fc.property(chain.chain((decisions) => fc.tuple(fc.constant(decisions), shuffled(decisions))), ([[, , last], decisions]) => {
        const net = only(decisions);
        expect(net.status).toBe('decided');
        expect(net.adjudication).toEqual(last);
      }),
      { numRuns: 1000 },
    );
  });

  it('the amounts of all three add up to the net', () => {
    fc.assert(
      fc.property(chain, (decisions) => {
        const total = (field: 'charge' | 'paid'): Cents => sum(decisions.map((decision) => decision.stated[field]!));
        expect(only(decisions).adjudication?.stated).toMatchObject({ charge: total('charge'), paid: total('paid') });
      }),
      { numRuns: 1000 },
    );
  });

  it('the order in which any decisions come never matters', () => {
    const many = fc.array(fc.tuple(balancedAdjudication, fc.boolean()).map(([decision, reversed]) => (reversed ? reversalOf(decision, decision.date) : decision)), { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(many.chain((decisions) => fc.tuple(fc.constant(decisions), shuffled(decisions))), ([decisions, others]) => {
        expect(netAdjudications(others)).toEqual(netAdjudications(decisions));
      }),
      { numRuns: 1000 },
    );
  });
});
