import type { Claim, ClaimResponse, ExplanationOfBenefit } from 'fhir/r4.js';
import { describe, expect, test } from 'vitest';
import { interpretAdjudication } from '../../src/claims/index.js';
import { claimResponse, explanation, rows, service, usd, type ShortRow } from './decisions.js';

const claim: Claim = {
  resourceType: 'Claim', id: 'c', identifier: [{ value: 'PCC-1' }], status: 'active', type: { coding: [{ code: 'professional' }] }, use: 'claim', patient: { reference: 'Patient/p' },
  billablePeriod: { start: '2026-02-05', end: '2026-02-06' }, created: '2026-02-07', insurer: { reference: 'Organization/payer' }, provider: { reference: 'Organization/clinic' }, priority: { coding: [{ code: 'normal' }] },
  insurance: [{ sequence: 1, focal: true, coverage: { reference: 'Coverage/first' } }],
  item: [
    { sequence: 1, productOrService: service, modifier: [{ coding: [{ code: '25' }] }], servicedDate: '2026-02-05', quantity: { value: 1 }, net: usd(180) },
    { sequence: 2, productOrService: { coding: [{ code: '73030' }] }, servicedPeriod: { start: '2026-02-05', end: '2026-02-06' }, quantity: { value: 2 }, net: usd(320) },
  ],
  total: usd(500),
};
const line1: ShortRow[] = [['submitted', 180], ['CO-45', 60], ['benefit', 120]];
const line2: ShortRow[] = [['submitted', 320], ['CO-45', 100], ['benefit', 220]];
const response = (changes: Partial<ClaimResponse> = {}): ClaimResponse => ({ ...claimResponse({ lines: [line1, line2] }), requestor: { reference: 'Organization/clinic' }, ...changes });
const item1 = { sequence: 1, productOrService: service, modifier: [{ coding: [{ code: '25' }] }], servicedDate: '2026-02-05', quantity: { value: 1 }, adjudication: rows(line1) };
const item2 = { sequence: 2, productOrService: { coding: [{ code: '73030' }] }, servicedDate: '2026-02-06', quantity: { value: 2 }, adjudication: rows(line2) };
const eob = (changes: Partial<ExplanationOfBenefit> = {}): ExplanationOfBenefit => explanation({ claim: { reference: 'Claim/c' }, item: [item1, item2], ...changes });

const noticed = (resource: ClaimResponse | ExplanationOfBenefit, against: Claim = claim): string[] =>
  interpretAdjudication(resource, { claim: against }).finding.filter(({ code }) => !code.startsWith('next-')).map(({ severity, code, expression }) => `${severity} ${code} ${expression}`);

describe('a decision beside the claim that it answers', () => {
  test('agrees', () => {
    expect(noticed(response())).toEqual([]);
    expect(noticed(eob())).toEqual([]);
  });

  test.each<[string, ClaimResponse | ExplanationOfBenefit, string[]]>([
    ['another claim', response({ request: { reference: 'Claim/other' } }), ['error claim-mismatch ClaimResponse.request']],
    ['another claim, in an EOB', eob({ claim: { reference: 'Claim/other' } }), ['error claim-mismatch ExplanationOfBenefit.claim']],
    ['a claim named by an absolute URL can\'t be compared', response({ request: { reference: 'https://payer.example/Claim/9' } }), []],
    ['another claim number', response({ request: { identifier: { value: 'PCC-2' } } }), ['error claim-number-mismatch ClaimResponse']],
    ['the claim number', response({ request: { identifier: { value: 'PCC-1' } } }), []],
    ['another patient', response({ patient: { reference: 'Patient/q' } }), ['error patient-mismatch ClaimResponse.patient']],
    ['another version of the same patient', response({ patient: { reference: 'Patient/p/_history/2' } }), []],
    ['another payer', response({ insurer: { reference: 'Organization/other' } }), ['warning insurer-mismatch ClaimResponse.insurer']],
    ['a coverage that the claim does not have', response({ insurance: [{ sequence: 1, focal: true, coverage: { reference: 'Coverage/other' } }] }), ['error coverage-mismatch ClaimResponse.insurance']],
    ['another provider', response({ requestor: { reference: 'Organization/other' } }), ['warning provider-mismatch ClaimResponse.requestor']],
    ['another provider, in an EOB', eob({ provider: { reference: 'Organization/other' } }), ['warning provider-mismatch ExplanationOfBenefit.provider']],
    ['decided before the service', response({ created: '2026-02-04' }), ['error decision-before-service ClaimResponse']],
    ['a line with another charge', eob({ item: [{ ...item1, adjudication: rows([['submitted', 181], ['CO-45', 61], ['benefit', 120]]) }, item2] }), ['error charge-mismatch ExplanationOfBenefit.item[0]']],
    ['another service', eob({ item: [{ ...item1, productOrService: { coding: [{ code: '99212' }] } }, item2] }), ['warning service-changed ExplanationOfBenefit.item[0]']],
    ['other modifiers', eob({ item: [{ ...item1, modifier: [] }, item2] }), ['information modifiers-changed ExplanationOfBenefit.item[0]']],
    ['other units', eob({ item: [item1, { ...item2, quantity: { value: 1 } }] }), ['warning units-changed ExplanationOfBenefit.item[1]']],
    ['0 units say that none are reported', eob({ item: [item1, { ...item2, quantity: { value: 0 } }] }), []],
    ['another date', eob({ item: [{ ...item1, servicedDate: '2026-02-06' }, item2] }), ['error service-date-mismatch ExplanationOfBenefit.item[0]']],
    ['a line that the claim does not have', eob({ item: [item1, item2, { ...item2, sequence: 3 }] }), ['error line-unknown ExplanationOfBenefit.item[2]']],
    ['a line without an answer', eob({ item: [item1] }), ['warning line-unanswered ExplanationOfBenefit']],
    ['a line answered by the payer\'s own', eob({ item: [item1], addItem: [{ itemSequence: [2], productOrService: service, adjudication: rows(line2) }] }), ['information line-added ExplanationOfBenefit.addItem[0]']],
  ])('%s', (_name, resource, expected) => {
    expect(noticed(resource)).toEqual(expected);
  });

  test('another total', () => {
    expect(noticed(response(), { ...claim, total: usd(500.01) })).toEqual(['error charge-mismatch ClaimResponse']);
  });

  test('without a total the claim\'s is that of its lines', () => {
    const { total: _total, ...untotalled } = claim;
    expect(_total).toBeDefined();
    expect(noticed(response(), untotalled)).toEqual([]);
  });

  test('a reversal answers the same claim with every sign turned', () => {
    const turned = (list: ShortRow[]): ShortRow[] => list.map(([what, amount]) => [what, -amount!]);
    expect(noticed({ ...claimResponse({ eraStatus: '22', lines: [turned(line1), turned(line2)] }), requestor: { reference: 'Organization/clinic' } })).toEqual([]);
  });

  test('what no answer to this claim can say goes to a human', () => {
    expect(interpretAdjudication(response({ patient: { reference: 'Patient/q' } }), { claim }).next).toBe('needs-human');
  });

  test('a claim that says little is no error', () => {
    expect(noticed(response({ requestor: undefined }), { resourceType: 'Claim' } as Claim)).toEqual(['error line-unknown ClaimResponse.item[0]', 'error line-unknown ClaimResponse.item[1]']);
  });
});
