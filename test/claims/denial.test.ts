import { describe, expect, test } from 'vitest';
import { denialsOf, readAdjudication, type Denial } from '../../src/claims/index.js';
import type { Finding } from '../../src/claims/model.js';
import { claimResponse, type ShortDecision, type ShortRow } from './decisions.js';

const denials = (decision: ShortDecision): { found: Denial[]; findings: Finding[] } => {
  const findings: Finding[] = [];
  return { found: denialsOf(readAdjudication(claimResponse(decision)).adjudication, findings), findings };
};
const ofLine = (...line: ShortRow[]) => denials({ lines: [line] });

describe('what a line was refused for, by its most urgent code', () => {
  test.each<[string, ShortRow[], Partial<Denial>[]]>([
    ['nothing: contractual and patient share', [['CO-45', 20], ['PR-1', 5], ['PR-2', 5], ['PR-3', 5]], []],
    ['nothing: the prior payer\'s payment', [['OA-23', 20], ['OA-94', -5]], []],
    ['nothing: a refusal of 0.00', [['CO-97', 0]], []],
    ['nothing: a negative refusal', [['CO-97', -5]], []],
    ['bundling', [['CO-97', 22]], [{ sequence: 1, group: 'CO', reason: '97', category: 'bundling', action: 'review', amount: 2200 as never, documents: ['NCCI check', 'medical records'] }]],
    ['not covered, the patient\'s', [['PR-204', 85]], [{ category: 'non-covered', action: 'bill-next-payer-then-patient' }]],
    ['contractual beside a refusal', [['CO-45', 20], ['CO-50', 80]], [{ reason: '50', category: 'medical-necessity', action: 'appeal', amount: 8000 as never, appealable: true }]],
    ['duplicate before necessity', [['CO-50', 80], ['OA-18', 5]], [{ reason: '18', category: 'duplicate', amount: 8500 as never }]],
    ['order of benefits before missing information', [['CO-252', 10], ['CO-22', 80]], [{ reason: '22', category: 'cob-order', action: 'bill-other-payer' }]],
    ['eligibility before authorization', [['CO-197', 80], ['CO-27', 10]], [{ reason: '27', category: 'eligibility' }]],
    ['authorization before timely filing', [['CO-29', 80], ['CO-197', 10]], [{ reason: '197', category: 'authorization' }]],
    ['timely filing before necessity', [['CO-50', 80], ['CO-29', 10]], [{ reason: '29', category: 'timely-filing', documents: ['proof of timely filing (277CA / 999 / clearinghouse report)', 'primary EOB/835'] }]],
    ['necessity before coding', [['CO-4', 80], ['CO-50', 10]], [{ reason: '50' }]],
    ['coding before non-covered', [['PR-204', 80], ['CO-11', 10]], [{ reason: '11' }]],
    ['pending', [['OA-133', 100]], [{ category: 'pending', action: 'wait' }]],
    ['forwarded to the vision plan', [['OA-298', 100]], [{ category: 'benefit-type', action: 'wait' }]],
    ['an unlisted code is a human\'s', [['CO-999', 80]], [{ reason: '999', category: 'needs-human', action: 'needs-human' }]],
    ['an unlisted code beside a known refusal', [['CO-999', 80], ['CO-29', 5]], [{ reason: '29' }]],
    ['duplicate that the crossover delivered', [['OA-18', 100], ['N522']], [{ reason: '18', remark: 'N522', category: 'crossover', action: 'close-duplicate' }]],
    ['order of benefits, by the subscriber\'s silence', [['CO-22', 100], ['N197']], [{ reason: '22', remark: 'N197', action: 'contact-patient' }]],
    ['a remark that is less urgent changes nothing', [['CO-22', 100], ['N130']], [{ reason: '22', category: 'cob-order' }]],
    ['a remark about forwarding says nothing about the refusal', [['CO-B15', 100], ['MA18']], [{ reason: 'B15', category: 'bundling' }]],
    ['an unknown remark changes nothing', [['CO-B15', 175], ['N20']], [{ reason: 'B15' }]],
    ['remarks without a refusal are no denial', [['PR-2', 20], ['N4'], ['MA01']], []],
  ])('%s', (_name, line, expected) => {
    const { found } = ofLine(...line);
    expect(found).toHaveLength(expected.length);
    expected.forEach((one, index) => expect(found[index]).toMatchObject(one));
    expect(ofLine(...[...line].reverse()).found).toEqual(found);
  });
});

describe('CARCs that say nothing without their remark', () => {
  test.each(['16', '96', '129', '226', '227', '251', '252', 'A1'])('CARC %s without one is left to a reader, and said', (reason) => {
    const { found, findings } = ofLine([`CO-${reason}`, 80]);
    expect(found).toMatchObject([{ reason, action: 'review' }]);
    expect(findings).toMatchObject([{ code: 'remark-needed', severity: 'warning', expression: 'ClaimResponse.item[0]' }]);
  });

  test.each<[string, ShortDecision, Partial<Denial>]>([
    ['16 with N4: the prior payer\'s EOB', { lines: [[['CO-16', 80], ['N4']]] }, { remark: 'N4', category: 'cob-info', action: 'correct-and-resubmit', documents: ['primary EOB/835'] }],
    ['16 with MA130 on the claim: a new claim', { lines: [[['CO-16', 80]]], claim: [['MA130']] }, { remark: 'MA130', category: 'info-missing', action: 'correct-and-resubmit', appealable: false }],
    ['16: the line\'s remark before the claim\'s', { lines: [[['CO-16', 80], ['N706']]], claim: [['MA04']] }, { remark: 'N706', documents: ['medical records'] }],
    ['96 with N130: the plan\'s document', { lines: [[['PR-96', 80], ['N130']]] }, { remark: 'N130', category: 'non-covered', action: 'review', documents: ['plan document', 'ABN'] }],
    ['96 with N386: a national coverage determination', { lines: [[['CO-96', 80], ['N386']]] }, { remark: 'N386', category: 'medical-necessity', action: 'appeal' }],
    ['16 with only a notice of rights', { lines: [[['CO-16', 80], ['MA01']]] }, { action: 'review' }],
  ])('%s', (_name, decision, expected) => {
    expect(denials(decision).found).toMatchObject([expected]);
  });
});

describe('where there is no right of appeal', () => {
  test.each<[string, ShortDecision, Partial<Denial>]>([
    ['N211 on the line', { lines: [[['CO-50', 80], ['N211']]] }, { remark: 'N211', action: 'review', appealable: false }],
    ['MA130 on the claim', { lines: [[['CO-197', 80]]], claim: [['MA130']] }, { remark: 'MA130', action: 'correct-and-resubmit', appealable: false }],
  ])('%s', (_name, decision, expected) => {
    expect(denials(decision).found).toMatchObject([expected]);
  });
});

test('a refusal of the whole claim has no line', () => {
  const { found } = denials({ claim: [['CO-29', 100]], total: [['submitted', 100], ['benefit', 0]] });
  expect(found).toMatchObject([{ reason: '29', expression: 'ClaimResponse' }]);
  expect(found[0]).not.toHaveProperty('sequence');
});

test('the claim status is never asked: a full denial arrives as 1, a line paid in full as 4', () => {
  expect(denials({ eraStatus: '1', lines: [[['submitted', 80], ['CO-29', 80], ['benefit', 0]]] }).found).toHaveLength(1);
  expect(denials({ eraStatus: '4', lines: [[['submitted', 80], ['benefit', 80]]] }).found).toHaveLength(0);
});
