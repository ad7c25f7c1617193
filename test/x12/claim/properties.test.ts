import fc from 'fast-check';
import type { Claim, ClaimResponse } from 'fhir/r4.js';
import { describe, expect, test } from 'vitest';
import type { AdjudicatedLine, Adjudication, Adjustment } from '../../../src/claims/model.js';
import { centsOf, sum, toMoney, type Cents } from '../../../src/claims/money.js';
import { readAdjudication } from '../../../src/claims/read.js';
import { toClaimResponse } from '../../../src/claims/write-claim-response.js';
import { claimsIn } from '../../../src/x12/claim/loops.js';
import { billedOf } from '../../../src/x12/claim/billed.js';
import { readClaims } from '../../../src/x12/claim/read.js';
import { brokenRules } from '../../../src/x12/claim/rules.js';
import { digest } from '../../../src/work/task.js';
import { bodyOf, claimIn, refusalsOf, resourcesOf, setFor } from './written.js';

const ROUNDS = Number(process.env['COBALT_TEST_ROUNDS'] ?? 200);
const SEED = Number(process.env['COBALT_TEST_SEED'] ?? 837);

const resources = resourcesOf('tertiary');
const base = claimIn(resources);
const COVERAGES = base.insurance.map(({ coverage }) => coverage.reference ?? '');
const PAYERS = ['Organization/payer-meadowlark', 'Organization/payer-irongate'];

const adjustment: fc.Arbitrary<Adjustment> = fc.record(
  { group: fc.constantFrom('CO' as const, 'PR' as const, 'OA' as const, 'PI' as const), reason: fc.constantFrom('1', '2', '3', '23', '45', '94', '97', '253', 'B15', 'P12'), amount: fc.integer({ min: -50_000, max: 50_000 }).map(centsOf), quantity: fc.integer({ min: 1, max: 9 }) },
  { requiredKeys: ['group', 'reason', 'amount'] },
);

/** Adjustments whose sum, with the payment, is the charge: what is left over goes to CO-45. */
function balancing(charge: Cents, paid: Cents, adjustments: readonly Adjustment[]): Adjustment[] {
  const left = centsOf(charge - paid - sum(adjustments.map(({ amount }) => amount)));
  return [...adjustments, ...(left === 0 ? [] : [{ group: 'CO' as const, reason: '45', amount: left }])];
}

interface Case {
  readonly charges: readonly Cents[];
  readonly payers: readonly { readonly lines: readonly { readonly paid: Cents; readonly adjustments: readonly Adjustment[] }[]; readonly ofClaim: readonly Adjustment[]; readonly isWhole: boolean }[];
}

const cases: fc.Arbitrary<Case> = fc.array(fc.integer({ min: 1, max: 5_000_000 }).map(centsOf), { minLength: 1, maxLength: 6 }).chain((charges) => fc.record({
  charges: fc.constant(charges),
  payers: fc.array(fc.record({
    lines: fc.tuple(...charges.map((charge) => fc.record({ paid: fc.integer({ min: 0, max: charge }).map(centsOf), adjustments: fc.array(adjustment, { maxLength: 15 }) }))),
    ofClaim: fc.array(adjustment, { maxLength: 3 }),
    isWhole: fc.boolean(),
  }), { minLength: 1, maxLength: 2 }),
}));

function adjudicationOf({ charges, payers }: Case, index: number): Adjudication {
  const { lines, ofClaim, isWhole } = payers[index]!;
  const charge = sum(charges);
  const common = { source: { resourceType: 'ClaimResponse' as const, reference: undefined }, status: 'active', use: 'claim', outcome: 'complete', payerClaimNumber: `ICN${index}`, insurer: PAYERS[index]!, coverage: COVERAGES[index]!, patient: base.patient.reference!, date: `2026-04-0${index + 1}`, remarks: [] };
  if (isWhole) {
    const paid = sum(lines.map((line) => line.paid));
    return { ...common, stated: { charge, paid }, adjustments: balancing(charge, paid, ofClaim), lines: [] };
  }
  const read = lines.map(({ paid, adjustments }, line): AdjudicatedLine => ({ sequence: line + 1, stated: { charge: charges[line]!, paid }, adjustments: balancing(charges[line]!, paid, adjustments), remarks: [], expression: '' }));
  // A payment of the claim is never negative: what its own adjustments would take too much is not theirs.
  const payable = sum(lines.map((line) => line.paid));
  const kept = sum(ofClaim.map(({ amount }) => amount)) <= payable ? ofClaim : [];
  return { ...common, stated: { charge, paid: centsOf(payable - sum(kept.map(({ amount }) => amount))) }, adjustments: kept, lines: read };
}

/** The claim to the payer after the last that decided. */
function nextClaim(one: Case): { readonly claim: Claim; readonly decisions: readonly ClaimResponse[] } {
  const decisions = one.payers.map((_payer, index) => toClaimResponse(adjudicationOf(one, index), { type: base.type, id: `d${index}` }));
  const item = one.charges.map((charge, index) => ({ ...base.item![0]!, sequence: index + 1, unitPrice: toMoney(charge), net: toMoney(charge) }));
  const insurance = base.insurance.map((row, index) => ({ ...row, focal: index === decisions.length, ...(index < decisions.length ? { claimResponse: { reference: `ClaimResponse/d${index}` } } : {}) }));
  return { claim: { ...base, item, insurance, total: toMoney(sum(one.charges)) }, decisions };
}

/** What counts of a decision: amounts, and adjustments that are not zero, as X12 orders them. */
const essence = ({ stated, adjustments, lines, date, payerClaimNumber }: Adjudication): unknown => ({
  charge: stated.charge, paid: stated.paid, date, payerClaimNumber, adjustments: essential(adjustments),
  lines: lines.map((line) => ({ sequence: line.sequence, charge: line.stated.charge, paid: line.stated.paid, adjustments: essential(line.adjustments) })),
});
const essential = (adjustments: readonly Adjustment[]): string[] => adjustments.filter(({ amount }) => amount !== 0).map(({ group, reason, amount, quantity }) => `${group} ${reason} ${amount} ${quantity ?? ''}`).sort();

describe('any balanced decisions', () => {
  test('make an 837 that balances, and that says them again when it is read', () => {
    fc.assert(fc.property(cases, (one) => {
      const { claim, decisions } = nextClaim(one);
      const set = setFor(claim, [...decisions, ...resources]);
      expect([...claimsIn(set)].flatMap((loops) => brokenRules(billedOf(loops)))).toEqual([]);
      const [read] = readClaims(set, digest);
      const said = (read!.claim.contained as ClaimResponse[]).map((response) => essence(readAdjudication(response).adjudication));
      expect(said).toEqual(one.payers.map((_payer, index) => essence(adjudicationOf(one, index))));
      expect(bodyOf(setFor(read!.claim, read!.resources).segments)).toEqual(bodyOf(set.segments));
    }), { numRuns: ROUNDS, seed: SEED });
  });

  test('that are a cent off make none', () => {
    fc.assert(fc.property(cases, fc.nat(), fc.constantFrom(1, -1), (one, at, cent) => {
      const { claim, decisions } = nextClaim(one);
      const index = at % decisions.length;
      const wrong = decisions.map((response, position) => (position === index ? { ...response, payment: { ...response.payment!, amount: toMoney(centsOf(adjudicationOf(one, index).stated.paid! + cent)) }, total: response.total!.filter(({ category }) => category.coding?.[0]?.code !== 'benefit') } : response));
      const refused = refusalsOf(claim, [...wrong, ...resources]).map(({ rule }) => rule);
      expect(refused).toEqual(expect.arrayContaining([one.payers[index]!.isWhole ? 'W5' : 'W4']));
    }), { numRuns: ROUNDS, seed: SEED });
  });
});
