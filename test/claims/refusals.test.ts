import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CARC_TRIAGE } from '../../src/claims/carc-triage.js';
import { denialsOf } from '../../src/claims/denial.js';
import { readAdjudication } from '../../src/claims/index.js';
import { sum } from '../../src/claims/money.js';
import { refusalsOf, type Refusal } from '../../src/claims/refusals.js';
import { claimResponse, type ShortDecision, type ShortRow } from './decisions.js';

const refusals = (decision: ShortDecision): Refusal[] => refusalsOf(readAdjudication(claimResponse(decision)).adjudication);
const codes = (found: readonly Refusal[]): string[] => found.map(({ group, reason }) => `${group}-${reason}`);

describe('every adjustment that refuses, the most urgent of a line first', () => {
  test.each<[string, ShortRow[], string[]]>([
    ['what only explains is none', [['CO-45', 20], ['PR-2', 5], ['OA-23', 10], ['CO-50', 0], ['CO-97', -5]], []],
    ['an unlisted code stays beside a known one', [['CO-999', 80], ['CO-29', 5]], ['CO-29', 'CO-999']],
    ['duplicate, order of benefits, eligibility, information, authorization', [['CO-197', 1], ['CO-252', 1], ['CO-27', 1], ['CO-22', 1], ['OA-18', 1]], ['OA-18', 'CO-22', 'CO-27', 'CO-252', 'CO-197']],
    ['timely filing, necessity, coding, not covered', [['PR-204', 1], ['CO-11', 1], ['CO-50', 1], ['CO-29', 1]], ['CO-29', 'CO-50', 'CO-11', 'PR-204']],
    ['one code in two groups: by group, then the larger', [['PR-50', 1], ['CO-50', 1], ['CO-50', 2]], ['CO-50', 'CO-50', 'PR-50']],
  ])('%s', (_name, line, expected) => {
    const found = refusals({ lines: [line] });
    expect(codes(found)).toEqual(expected);
    expect(refusals({ lines: [[...line].reverse()] })).toEqual(found);
  });

  test('the claim’s own come before those of the lines', () => {
    expect(refusals({ lines: [[['CO-50', 80]]], claim: [['CO-29', 10]], total: [['submitted', 90], ['benefit', 0]] }).map(({ sequence, reason }) => [sequence, reason])).toEqual([[undefined, '29'], [1, '50']]);
  });
});

describe('remarks', () => {
  test('the most urgent refusal takes a more urgent remark, the others only where they mean nothing without', () => {
    expect(refusals({ lines: [[['CO-50', 80], ['CO-16', 5], ['CO-11', 3], ['N706']]] }).map(({ reason, remark }) => [reason, remark])).toEqual([['16', 'N706'], ['50', undefined], ['11', undefined]]);
  });

  test('all of the line are kept, known or not; of the claim’s, the one that decided', () => {
    expect(refusals({ lines: [[['CO-16', 80], ['N20']]], claim: [['MA01'], ['MA04']] })).toMatchObject([{ remarks: ['N20', 'MA04'], remark: 'MA04', category: 'cob-info' }]);
  });
});

describe('may the patient be billed', () => {
  test.each<[string, ShortDecision, Refusal['patientBillable']]>([
    ['an unlisted code of the provider', { lines: [[['CO-999', 80]]] }, 'no'],
    ['an unlisted code of the patient', { lines: [[['PR-999', 80]]] }, 'after-all-payers'],
    ['an unlisted code of neither', { lines: [[['OA-999', 80]]] }, 'no'],
    ['after coverage ended, the provider’s', { lines: [[['CO-27', 80]]] }, 'no'],
    ['after coverage ended, the patient’s', { lines: [[['PR-27', 80]]] }, 'after-all-payers'],
    ['not necessary, the patient’s: only with notice', { lines: [[['PR-50', 80]]] }, 'with-notice'],
    ['not necessary, the provider’s: notice or not', { lines: [[['CO-50', 80]]] }, 'no'],
    ['the payer’s own reduction', { lines: [[['PI-50', 80]]] }, 'no'],
    ['order of benefits in the patient’s group', { lines: [[['PR-22', 80]]] }, 'no'],
    ['a QMB by the line’s remark', { lines: [[['PR-27', 80], ['N782']]] }, 'no'],
    ['a QMB by the claim’s remark', { lines: [[['PR-27', 80]]], claim: [['N781']] }, 'no'],
  ])('%s: %s', (_name, decision, expected) => {
    expect(refusals(decision)[0]?.patientBillable).toBe(expected);
  });
});

describe('whatever stands on a line', () => {
  const rows = fc.array(fc.tuple(fc.constantFrom('CO', 'PR', 'OA', 'PI'), fc.constantFrom(...CARC_TRIAGE.keys(), '999', 'XYZ'), fc.integer({ min: -500, max: 90_000 })), { maxLength: 6 });
  const remarks = fc.subarray(['N4', 'MA04', 'N706', 'MA130', 'N211', 'N522', 'N781', 'N20', 'MA18']);
  const lineOf = (adjustments: readonly (readonly [string, string, number])[], codes: readonly string[]): ShortRow[] => [
    ...adjustments.map(([group, reason, cents]): ShortRow => [`${group}-${reason}`, cents / 100]), ...codes.map((code): ShortRow => [code]),
  ];

  test('the order of its adjustments changes nothing, no cent is lost, and the first is what the denial says', () => {
    fc.assert(fc.property(rows, remarks, fc.array(fc.nat(), { minLength: 6, maxLength: 6 }), (adjustments, codes, keys) => {
      const shuffled = adjustments.map((row, index) => [keys[index]!, row] as const).sort(([a], [b]) => a - b).map(([, row]) => row);
      const found = refusals({ lines: [lineOf(adjustments, codes)] });
      expect(refusals({ lines: [lineOf(shuffled, codes)] })).toEqual(found);
      const denials = denialsOf(readAdjudication(claimResponse({ lines: [lineOf(adjustments, codes)] })).adjudication, []);
      expect(sum(found.map(({ amount }) => amount))).toBe(sum(denials.map(({ amount }) => amount)));
      expect(denials.map(({ group, reason, action }) => [group, reason, action])).toEqual(found.slice(0, 1).map(({ group, reason, action }) => [group, reason, action]));
    }));
  });

  test('what the provider bears, and what a QMB would owe, never reaches the patient', () => {
    fc.assert(fc.property(rows, remarks, (adjustments, codes) => {
      for (const { group, patientBillable } of refusals({ lines: [lineOf(adjustments, codes)] })) if (group === 'CO' || group === 'PI' || codes.includes('N781')) expect(patientBillable).toBe('no');
    }));
  });
});
