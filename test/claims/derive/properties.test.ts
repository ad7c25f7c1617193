import fc from 'fast-check';
import type { Claim, ClaimResponse, Coverage } from 'fhir/r4.js';
import { describe, expect, test } from 'vitest';
import { deriveNextClaim, type DeriveInput } from '../../../src/claims/derive/derive.js';
import { readAdjudication, toClaimResponse, toMoney, type Adjudication, type Adjustment } from '../../../src/claims/index.js';
import { centsOf, subtract, sum } from '../../../src/claims/money.js';
import { balancedAdjudication } from '../adjudications.js';
import { claim, coverage, DATE, input, on, order, ranked } from './clinic.js';
import { service } from '../decisions.js';

const COVERAGES = ['first', 'second', 'third'] as const;

/** The claim that a decision answers, charge by charge. */
const claimFor = ({ lines, stated }: Adjudication): Claim => claim({
  item: lines.map((line) => ({ sequence: line.sequence, productOrService: service, servicedDate: DATE, net: toMoney(line.stated.charge!) })),
  total: toMoney(stated.charge!),
  insurance: COVERAGES.map((id, position) => ({ sequence: position + 1, focal: position === 0, coverage: { reference: `Coverage/${id}` } })),
});
const decisionFrom = (adjudication: Adjudication, index: number): ClaimResponse =>
  ({ ...toClaimResponse({ ...adjudication, claim: undefined, coverage: `Coverage/${COVERAGES[index]}` }, { type: { coding: [] }, id: `d${index}` }), patient: { reference: 'Patient/p' } });

/** A cent of the first line moved from the payment to the patient. */
const withCent = (decision: Adjudication): Adjudication => {
  const [first, ...others] = decision.lines;
  const line = { ...first!, stated: { ...first!.stated, paid: subtract(first!.stated.paid!, CENT) }, adjustments: [...first!.adjustments, { group: 'PR', reason: '2', amount: CENT } as const] };
  return { ...decision, stated: { ...decision.stated, paid: subtract(decision.stated.paid!, CENT) }, lines: [line, ...others] };
};
const CENT = centsOf(1);

/** The payer neither forwarded the claim nor says that another comes first. */
function undisputed(decision: Adjudication): Adjudication {
  const plain = (adjustments: readonly Adjustment[]): Adjustment[] => adjustments.map((one) => (['22', '109'].includes(one.reason) ? { ...one, reason: '45' } : one));
  return { ...decision, adjustments: plain(decision.adjustments), lines: decision.lines.map((line) => ({ ...line, adjustments: plain(line.adjustments), remarks: line.remarks.filter((remark) => remark !== 'MA18') })) };
}

/** One balanced decision of the first payer, or one of each of the first two about the same charges. */
const situation = fc.tuple(balancedAdjudication.map(undisputed), fc.boolean()).map(([first, twice]): DeriveInput => {
  const second: Adjudication = { ...first, date: '2029-12-31', payerClaimNumber: 'ICN-9' };
  const answers = twice ? [first, second] : [first];
  const decisions = answers.map(decisionFrom);
  return {
    ...input({ claim: claimFor(first), decisions, asOf: '2019-01-01', coverages: COVERAGES.map((id): Coverage => coverage(id)) }),
    orders: [on(DATE, order(ranked(['first'], ['second'], ['third'])))],
  };
});

const derived = (given: DeriveInput) => {
  const result = deriveNextClaim(given);
  fc.pre(result.reason === 'derived');
  return { ...result, claim: result.claim!, worksheet: result.worksheet! };
};

describe('for any balanced decisions', () => {
  test('the claim is derived unless nothing is left', () => {
    fc.assert(fc.property(situation, (given) => {
      expect(['derived', 'nothing-left']).toContain(deriveNextClaim(given).reason);
    }));
  });

  test('each line and the claim: charge = paid + adjustments, for each payer', () => {
    fc.assert(fc.property(situation, (given) => {
      const { worksheet: { line, total } } = derived(given);
      for (const { coverage: payer, amount } of total.paid) {
        const of = <T extends { coverage: string; amount: number }>(list: readonly T[]): number => list.filter((one) => one.coverage === payer).reduce((all, one) => all + one.amount, 0);
        for (const { charge, paid, adjustment } of line) expect(charge).toBe(of(paid) + of(adjustment));
        expect(total.charge).toBe(amount + of(total.claimAdjustment) + line.reduce((all, { adjustment }) => all + of(adjustment), 0));
      }
    }));
  });

  test('the lines add up to the total', () => {
    fc.assert(fc.property(situation, (given) => {
      const { worksheet: { line, total }, residual, claim: next } = derived(given);
      expect(total.charge).toBe(sum(line.map(({ charge }) => charge!)));
      const last = total.paid.at(-1)!.coverage;
      const ofClaim = total.claimAdjustment.filter((one) => one.coverage === last && one.group === 'PR').map(({ amount }) => amount);
      expect(total.residual).toBe(sum([...line.map(({ residual: left }) => left!), ...ofClaim]));
      expect(residual).toBe(total.residual);
      expect(next.total).toBe(given.claim.total);
    }));
  });

  test('services and charges go on as the same objects', () => {
    fc.assert(fc.property(situation, (given) => {
      expect(derived(given).claim.item).toBe(given.claim.item);
    }));
  });

  test('rows are numbered from 1, one is focal, those before it have a decision and those after it none', () => {
    fc.assert(fc.property(situation, (given) => {
      const { insurance } = derived(given).claim;
      const focal = insurance.findIndex((row) => row.focal);
      expect(insurance.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
      expect(insurance.filter((row) => row.focal)).toHaveLength(1);
      expect(focal).toBe(given.decisions.length);
      expect(insurance.map(({ claimResponse }) => claimResponse !== undefined)).toEqual([0, 1, 2].map((position) => position < focal));
    }));
  });

  test('the decisions that the claim names read back as they were made', () => {
    fc.assert(fc.property(situation, (given) => {
      const named = derived(given).claim.insurance.flatMap(({ claimResponse }) => given.decisions.find(({ id }) => claimResponse?.reference === `ClaimResponse/${id}`) ?? []);
      expect(named.map((one) => readAdjudication(one).adjudication)).toEqual(given.decisions.map((one) => readAdjudication(one).adjudication));
    }));
  });

  test('the order in which decisions, claims and coverages come changes nothing', () => {
    fc.assert(fc.property(situation, (given) => {
      const turned = { ...given, decisions: [...given.decisions].reverse(), coverages: [...given.coverages].reverse(), resources: [...given.resources].reverse() };
      expect(deriveNextClaim(turned)).toEqual(deriveNextClaim(given));
    }));
  });

  test('derived once, it is already derived; a cent more or less, and it is not', () => {
    fc.assert(fc.property(situation, (given) => {
      const { claim: next } = derived(given);
      const again = deriveNextClaim({ ...given, claims: [next] });
      expect([again.reason, again.claim]).toEqual(['already-derived', next]);
      const { adjudication } = readAdjudication(given.decisions[0]!);
      const dearer = decisionFrom(withCent(adjudication), 0);
      expect(deriveNextClaim({ ...given, claims: [next], decisions: [dearer, ...given.decisions.slice(1)] }).reason).not.toBe('already-derived');
    }));
  });

  test('nothing that was given is changed', () => {
    fc.assert(fc.property(situation, (given) => {
      const before = structuredClone({ ...given, digest: undefined });
      deriveNextClaim(given);
      expect({ ...given, digest: undefined }).toEqual(before);
    }));
  });
});
