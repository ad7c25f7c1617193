import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { dispose, type Disposition, type DispositionFacts } from '../../../src/claims/disposition/disposition.js';
import type { DisposedPayer } from '../../../src/claims/disposition/unit.js';
import { approversNeeded, DEFAULT_POLICY, WRITE_OFF_RULES, type WriteOffClass } from '../../../src/claims/disposition/write-off-class.js';
import { claimPaid } from '../../../src/claims/balance.js';
import type { Adjudication, Adjustment, AdjustmentGroup } from '../../../src/claims/model.js';
import { centsOf, sum, type Cents } from '../../../src/claims/money.js';
import { balancedAdjudication } from '../adjudications.js';
import { CASES, type DispositionCase, type ShortPayer } from './cases.js';
import { patientTotal } from './patient-total.js';

const CHARGE = centsOf(16_000);
const cents = (dollars: number): Cents => centsOf(Math.round(dollars * 100));

function adjustments(short: string): Adjustment[] {
  return short.split(',').filter((text) => text !== '').map((text) => {
    const [, group = '', reason = '', amount = ''] = /^(CO|PR|OA|PI)-(\w+) (-?[\d.]+)$/.exec(text) ?? [];
    return { group: group as AdjustmentGroup, reason, amount: cents(Number(amount)) };
  });
}

function payerOf([kind, contract, paid, short]: ShortPayer, position: number, remark: string | undefined): DisposedPayer {
  const own = adjustments(short);
  const stated = { charge: CHARGE, paid: cents(paid) };
  const adjudication: Adjudication = {
    source: { resourceType: 'ClaimResponse', reference: `ClaimResponse/${position + 1}` }, status: 'active', use: 'claim', outcome: 'complete', date: '2026-02-24', stated, adjustments: [], remarks: [],
    lines: [{ sequence: 1, stated, adjustments: own, remarks: remark !== undefined && position === 0 ? [remark] : [], expression: 'ClaimResponse.item[0]' }],
  };
  expect(CHARGE - stated.paid, `${kind} ${short} balances`).toBe(sum(own.map(({ amount }) => amount)));
  return { coverage: `Coverage/${position + 1}`, kind, contracted: contract === '-' ? undefined : contract === 'contract', adjudication };
}

const factsOf = ({ payers, qmb, late, open, remark }: DispositionCase): DispositionFacts => ({
  charges: new Map([[1, CHARGE]]), total: CHARGE, payers: payers.map((payer, position) => payerOf(payer, position, remark)),
  isQmb: qmb === true, isTooLate: late === true, isExhausted: open !== true,
});

const byClass = ({ pieces }: Disposition): Record<string, number> => {
  const totals: Record<string, number> = {};
  for (const piece of pieces) totals[piece.class] = (totals[piece.class] ?? 0) + piece.amount;
  return totals;
};

describe('who bears what is left', () => {
  it.each(CASES.map((one) => [one.id, one] as const))('%s', (_, one) => {
    const found = dispose(factsOf(one));
    expect({ owes: patientTotal(found), writeOff: byClass(found), open: found.open, overpaid: found.overpaid }).toEqual({
      owes: cents(one.owes), writeOff: Object.fromEntries((one.writeOff ?? []).map(([of, amount]) => [of, cents(amount)])), open: cents(one.left ?? 0), overpaid: cents(one.overpaid ?? 0),
    });
  });

  test('there are at least 60 cases, each with its name and its rule', () => {
    expect(new Set(CASES.map(({ id }) => id)).size).toBeGreaterThanOrEqual(60);
    expect(CASES.filter(({ cites }) => cites === '')).toEqual([]);
  });

  test('lines are settled one by one where every payer answers each of them', () => {
    const one = payerOf(['group-health', 'contract', 100, 'CO-45 40,PR-2 20'], 0, undefined);
    const [line] = one.adjudication.lines;
    const two = { ...one, adjudication: { ...one.adjudication, stated: {}, lines: [line!, { ...line!, sequence: 2, stated: { charge: centsOf(5_000), paid: centsOf(0) }, adjustments: adjustments('CO-50 50') }] } };
    const found = dispose({ charges: new Map([[1, CHARGE], [2, centsOf(5_000)]]), total: centsOf(21_000), payers: [two], isQmb: false, isTooLate: false, isExhausted: true });
    expect(found.patient).toEqual([{ line: 1, amount: 2_000, rule: 'patient-responsibility' }]);
    expect(found.pieces.map(({ line: of, class: name, amount }) => [of, name, amount])).toEqual([[1, 'contractual', 4_000], [2, 'non-covered-provider-liable', 5_000]]);
  });
});

const kinds = fc.constantFrom('group-health', 'individual', 'medicare', 'medigap', 'medicaid', 'tricare', 'workers-comp', undefined);
const anyFacts: fc.Arbitrary<DispositionFacts> = fc.record({
  decisions: fc.array(fc.record({ adjudication: balancedAdjudication, kind: kinds, contracted: fc.constantFrom(true, false, undefined) }), { minLength: 1, maxLength: 4 }),
  isQmb: fc.boolean(), isExhausted: fc.boolean(), isTooLate: fc.boolean(),
}).map(({ decisions, ...rest }) => {
  const lines = decisions[0]!.adjudication.lines;
  const charges = new Map(lines.map(({ sequence, stated }) => [sequence, stated.charge!]));
  return { ...rest, charges, total: sum(charges.values()), payers: decisions.map((decision, position) => ({ ...decision, coverage: `Coverage/${position}` })) };
});

test('no cent is made or lost, and nobody owes less than nothing', () => {
  fc.assert(fc.property(anyFacts, (facts) => {
    const found = dispose(facts);
    const paid = facts.payers.reduce((total, { adjudication }) => total + claimPaid(adjudication)!, 0);
    const placed = patientTotal(found) + found.open + sum(found.pieces.map(({ amount }) => amount));
    expect(placed - found.overpaid).toBe(facts.total - paid);
    expect([...found.pieces, ...found.patient].every(({ amount }) => amount > 0)).toBe(true);
    expect(found.open >= 0 && found.overpaid >= 0).toBe(true);
  }), { numRuns: 500 });
});

describe('approval', () => {
  const needed = (of: WriteOffClass, amount: number) => approversNeeded(of, amount, DEFAULT_POLICY);
  it.each<[WriteOffClass, number, number]>([
    ['contractual', 9_999_999, 0], ['qmb', 9_999_999, 0], ['medicaid-lesser', 60_000, 0], ['secondary-allowed', 60_000, 0],
    ['administrative', 2_499, 0], ['administrative', 2_500, 1], ['timely-filing', 49_999, 1], ['timely-filing', 50_000, 2], ['non-covered-provider-liable', 50_000, 2],
    ['bad-debt', 1, 1], ['charity', 1, 1], ['small-balance', 1, 1], ['courtesy', 1, 1], ['bankruptcy-or-deceased', 50_000, 2],
  ])('%s of %i cents: %i', (of, amount, people) => expect(needed(of, amount)).toBe(people));

  test('what the patient could have been billed for is never written off by itself', () => {
    expect(Object.entries(WRITE_OFF_RULES).filter(([, { billable, approval }]) => billable && approval !== 'person')).toEqual([]);
  });
});
