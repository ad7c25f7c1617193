import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { checkBalance, readAdjudication } from '../../src/claims/index.js';
import type { Adjudication } from '../../src/claims/model.js';
import { add, centsOf } from '../../src/claims/money.js';
import { balancedAdjudication } from './adjudications.js';
import { claimResponse, type ShortDecision } from './decisions.js';

const imbalances = (decision: ShortDecision) => checkBalance(readAdjudication(claimResponse(decision)).adjudication);

describe('the equations that do not hold, each with its place and both sides', () => {
  test.each<[string, ShortDecision, object[]]>([
    ['a balanced line', { lines: [[['submitted', 160], ['CO-45', 48.75], ['PR-3', 30], ['benefit', 81.25]]] }, []],
    ['R1: a line one cent short', { lines: [[['submitted', 160], ['CO-45', 48.75], ['PR-3', 30], ['benefit', 81.24]]], total: [['submitted', 160], ['benefit', 81.25]] },
      [{ level: 'line', sequence: 1, charge: 16000, paid: 8124, adjustments: 7875, difference: 1, expression: 'ClaimResponse.item[0]', text: 'Line 1: charge 160.00 − adjustments 78.75 = 81.25, but paid is 81.24' }]],
    ['R2: the claim one cent over (CLP04 in the unbalanced sample)', { lines: [[['submitted', 210], ['CO-45', 77.15], ['PR-3', 30], ['benefit', 102.85]], [['submitted', 48], ['CO-45', 29.9], ['benefit', 18.1]]], total: [['submitted', 258], ['benefit', 120.96]] },
      [{ level: 'claim', charge: 25800, paid: 12096, adjustments: 13705, difference: -1, expression: 'ClaimResponse' }]],
    ['R2: adjustments of both levels (TR3 example 3.B)', { lines: [[['submitted', 43], ['CO-42', 3], ['benefit', 40]], [['submitted', 15], ['benefit', 15]], [['submitted', 21.04], ['benefit', 21.04]]], claim: [['PR-1', 21.89], ['PR-2', 15]], total: [['submitted', 79.04], ['benefit', 39.15]] }, []],
    ['R2: the 4010 edition of the same example does not balance', { lines: [[['submitted', 43], ['CO-42', 3], ['benefit', 40]], [['submitted', 15], ['benefit', 15]], [['submitted', 21.04], ['benefit', 21.04]]], claim: [['PR-1', 21.89], ['PR-2', 15]], total: [['submitted', 79.04], ['benefit', 42.15]] },
      [{ level: 'claim', difference: -300 }]],
    ['R2b: lines that do not make the claim\'s charge', { lines: [[['submitted', 100], ['benefit', 100]]], total: [['submitted', 120], ['CO-45', 20], ['benefit', 100]] }, [{ level: 'lines-to-claim', charge: 12000, lineCharges: 10000, difference: 2000 }]],
    ['adjustments on the claim alone (inpatient)', { lines: [], claim: [['CO-45', 15020.11], ['CO-253', 185.89], ['PR-1', 1736]], total: [['submitted', 26050.75], ['benefit', 9108.75]] }, []],
    ['a refused line that states no payment', { lines: [[['submitted', 85], ['PR-204', 85]]], total: [['submitted', 85], ['benefit', 0]] }, []],
    ['a line that states no payment and does not explain its charge', { lines: [[['submitted', 85], ['PR-204', 80]]], total: [['submitted', 85], ['benefit', 5]] }, [{ level: 'line', paid: 0, difference: 500 }]],
    ['a negative adjustment increases the payment', { lines: [[['submitted', 541], ['OA-23', 516], ['OA-94', -9], ['benefit', 34]]] }, []],
    ['a reversal with every sign turned', { eraStatus: '22', lines: [[['submitted', -180], ['CO-45', -60], ['PR-3', -20], ['benefit', -100]]] }, []],
    ['a reversal whose adjustments kept their sign', { eraStatus: '22', lines: [[['submitted', -180], ['CO-45', 60], ['PR-3', 20], ['benefit', -100]]] }, [{ level: 'line' }, { level: 'claim' }]],
    ['what states no charge is not checked', { lines: [[['benefit', 91]]], total: [['benefit', 91]] }, []],
  ])('%s', (_name, decision, expected) => {
    const found = imbalances(decision);
    expect(found).toHaveLength(expected.length);
    expected.forEach((one, index) => expect(found[index]).toMatchObject(one));
  });
});

describe('properties', () => {
  it('a decision made to balance does', () => {
    fc.assert(fc.property(balancedAdjudication, (adjudication) => checkBalance(adjudication).length === 0), { numRuns: 10_000 });
  });

  it('a cent moved on one line is found on that line and on no other', () => {
    fc.assert(
      fc.property(balancedAdjudication, fc.nat(), fc.constantFrom(1, -1), (adjudication, pick, cent) => {
        const index = pick % adjudication.lines.length;
        const moved: Adjudication = { ...adjudication, lines: adjudication.lines.map((line, at) => (at === index ? { ...line, stated: { ...line.stated, paid: add(line.stated.paid!, centsOf(cent)) } } : line)) };
        expect(checkBalance(moved)).toMatchObject([{ level: 'line', sequence: index + 1, difference: -cent }]);
      }),
      { numRuns: 1000 },
    );
  });
});
