import { describe, expect, test } from 'vitest';
import { deriveNextClaim, type DeriveInput, type DeriveResult } from '../../../src/claims/derive/derive.js';
import { REASONS } from '../../../src/claims/derive/input.js';
import { claimResponse } from '../decisions.js';
import { birthday, claim, coverage, DATE, decision, excluded, input, items, on, onDates, order, patient, payer, ranked } from './clinic.js';

const second = (change: Partial<ReturnType<typeof claim>> = {}) =>
  claim({ id: 'c2', related: [{ claim: { reference: 'Claim/c' }, relationship: { coding: [{ code: 'associated' }] } }], insurance: [{ sequence: 1, focal: false, coverage: { reference: 'Coverage/first' }, claimResponse: { reference: 'ClaimResponse/d1' } }, { sequence: 2, focal: true, coverage: { reference: 'Coverage/second' } }], ...change });
const rules = (code: string) => [patient, payer('first'), payer('second', [{ url: 'electronicCob', valueCode: code }])];
const other = { ...patient, id: 'q' };
const reversal = () => decision({ id: 'd2', eraStatus: '22', date: '2026-02-26', lines: [[['submitted', -100], ['benefit', -80], ['PR-2', -20]], [['submitted', -60], ['benefit', -48], ['PR-2', -12]]] });
const refusal = (reason: string) => decision({ lines: [[['submitted', 100], ['benefit', 0], [reason, 100]], [['submitted', 60], ['benefit', 0], [reason, 60]]] });

const table: readonly [string, DeriveResult['reason'], Partial<DeriveInput>][] = [
  ['a balanced decision that leaves something, and a next payer', 'derived', {}],

  ['no decision at all', 'primary-pending', { decisions: [] }],
  ['an acknowledgement', 'primary-pending', { decisions: [decision({ outcome: 'queued' })] }],
  ['a part of a decision', 'primary-pending', { decisions: [decision({ outcome: 'partial' })] }],
  ['a predetermination', 'primary-pending', { decisions: [decision({ eraStatus: '25' })] }],
  ['an authorisation', 'primary-pending', { decisions: [decision({ use: 'preauthorization' })] }],
  ['a decision entered in error', 'primary-pending', { decisions: [decision({ status: 'entered-in-error' })] }],
  ['a payer that has split the claim', 'primary-pending', { decisions: [claimResponse({ lines: [[['submitted', 100], ['benefit', 80], ['PR-2', 20]]] })] }],
  ['the claim given went to the second payer, which has not decided', 'primary-pending', { claim: second(), claims: [claim()] }],

  ['a reversal without a correction', 'primary-reversed', { decisions: [decision(), reversal()] }],
  ['the reversal alone of a second payer’s decision', 'primary-reversed', { claims: [second()], decisions: [decision(), decision({ id: 's1', coverage: 'Coverage/second', date: '2026-03-01' }), { ...reversal(), id: 's2', payment: undefined, created: '2026-03-02', insurance: [{ sequence: 2, focal: true, coverage: { reference: 'Coverage/second' } }] }] as DeriveInput['decisions'] }],

  ['a line off by a cent', 'unbalanced', { decisions: [decision({ lines: [[['submitted', 100], ['benefit', 80.01], ['PR-2', 20]], [['submitted', 60], ['benefit', 48], ['PR-2', 12]]] })] }],
  ['a decision about other charges than the claim’s', 'unbalanced', { claim: claim({ item: items(100, 61), total: { value: 161, currency: 'USD' } }) }],
  ['a claim whose total is not that of its lines', 'unbalanced', { claim: claim({ total: { value: 159.99, currency: 'USD' } }) }],
  ['a charge with a part of a cent', 'unbalanced', { claim: claim({ item: items(100, 60.005) }) }],
  ['a charge in another currency', 'unbalanced', { claim: claim({ total: { value: 160, currency: 'EUR' } }) }],
  ['a decision that states no amounts', 'unbalanced', { decisions: [claimResponse({ total: [] })] }],
  ['two decisions of a day that contradict each other', 'unbalanced', { decisions: [decision(), decision({ id: 'd2', number: 'ICN-2', lines: [[['submitted', 100], ['benefit', 100]], [['submitted', 60], ['benefit', 60]]] })] }],

  ['a coverage of somebody else', 'demographics-mismatch', { coverages: [coverage('first'), coverage('second', { beneficiary: { reference: 'Patient/q' } })], resources: [patient, { ...other, birthDate: '1981-04-02' }] }],
  ['a payer that does not recognise the patient', 'demographics-mismatch', { decisions: [decision({ eraStatus: '4' })] }],

  ['CLP02 19', 'crossed-over', { decisions: [decision({ eraStatus: '19' })] }],
  ['CLP02 23: forwarded without a decision', 'crossed-over', { decisions: [decision({ eraStatus: '23', lines: [[['submitted', 100]], [['submitted', 60]]] })] }],
  ['a crossover carrier', 'crossed-over', { decisions: [decision({ carrier: 'Organization/second-payer' })] }],
  ['the remark MA18', 'crossed-over', { decisions: [decision({ lines: [[['submitted', 100], ['benefit', 80], ['PR-2', 20], ['MA18']], [['submitted', 60], ['benefit', 48], ['PR-2', 12]]] })] }],

  ['a birthday that is not known', 'order-undetermined', { orders: [on(DATE, order(ranked(['first']), { status: 'needs-human', missing: [birthday] }))] }],
  ['an order that changes between two lines', 'order-undetermined', { claim: claim({ item: onDates(DATE, '2026-03-05') }), orders: [on(DATE, order(ranked(['first'], ['second']))), on('2026-03-05', order(ranked(['second'], ['first'])))] }],
  ['a payer that was passed over', 'order-undetermined', { orders: [on(DATE, order(ranked(['second'], ['first'])))] }],
  ['a payer that was passed over by one whose place is not known', 'order-undetermined', { orders: [on(DATE, order(ranked(['second']), { status: 'needs-human', missing: [birthday] }))] }],
  ['a payer that says that another comes first', 'order-undetermined', { decisions: [refusal('OA-22')] }],
  ['a claim without a date', 'order-undetermined', { orders: [] }],

  ['the only other coverage had ended', 'coverage-inactive', { orders: [on(DATE, order(ranked(['first']), { excluded: [excluded('second', 'inactive')] }))] }],
  ['the only other coverage is cancelled', 'coverage-inactive', { orders: [on(DATE, order(ranked(['first']), { excluded: [excluded('second', 'cancelled')] }))] }],
  ['the coverage that somebody chose had ended', 'coverage-inactive', { coverage: 'Coverage/second', orders: [on(DATE, order(ranked(['first']), { excluded: [excluded('second', 'inactive')] }))] }],

  ['one coverage', 'no-next-coverage', { coverages: [coverage('first')], orders: [on(DATE, order(ranked(['first'])))] }],
  ['another that covers other services', 'no-next-coverage', { orders: [on(DATE, order(ranked(['first']), { excluded: [excluded('second', 'benefit-type')] }))] }],
  ['the chosen coverage has decided', 'no-next-coverage', { coverage: 'Coverage/first' }],

  ['only contractual adjustments', 'nothing-left', { decisions: [decision({ lines: [[['submitted', 100], ['benefit', 80], ['CO-45', 20]], [['submitted', 60], ['benefit', 60]]] })] }],

  ['a claim to the next payer made by hand', 'already-derived', { claims: [second()] }],
  ['a claim to the next payer that was sent', 'already-derived', { claims: [second({ status: 'active' })] }],

  ['90 days are over', 'filing-limit-passed', { asOf: '2026-05-26' }],
  ['the payer takes paper', 'payer-paper-only', { resources: rules('none') }],
];

describe('the first reason that holds', () => {
  test.each(table)('%s: %s', (_name, reason, change) => {
    const result = deriveNextClaim(input(change));
    expect(result.reason).toBe(reason);
    expect(result.claim !== undefined).toBe(['derived', 'already-derived', 'payer-paper-only'].includes(reason));
    if (reason !== 'derived') expect(result.findings.find(({ severity }) => severity === 'error')?.code).toBe(reason);
  });

  test('every reason has its rows', () => {
    expect(REASONS.filter((reason) => !table.some(([, reached]) => reached === reason))).toEqual([]);
  });
});

const several: readonly [string, Partial<DeriveInput>, readonly string[]][] = [
  ['unbalanced, crossed over, paper only, late', { decisions: [decision({ eraStatus: '19', lines: [[['submitted', 100], ['benefit', 81], ['PR-2', 20]], [['submitted', 60], ['benefit', 48], ['PR-2', 12]]] })], resources: rules('none'), asOf: '2027-01-01' }, ['unbalanced', 'crossed-over', 'filing-limit-passed', 'payer-paper-only']],
  ['pending and already derived', { claim: second(), claims: [claim()] }, ['primary-pending', 'already-derived']],
  ['pending and about somebody else', { decisions: [], coverages: [coverage('first', { beneficiary: { reference: 'Patient/q' } })] }, ['primary-pending', 'demographics-mismatch']],
  ['reversed: the claim exists, nothing else is asked', { claims: [second()], decisions: [decision(), reversal()] }, ['primary-reversed']],
  ['nothing left for nobody', { decisions: [decision({ lines: [[['submitted', 100], ['benefit', 100]], [['submitted', 60], ['benefit', 60]]] })], coverages: [coverage('first')], orders: [on(DATE, order(ranked(['first'])))] }, ['no-next-coverage', 'nothing-left']],
  ['undetermined', { orders: [on(DATE, order(ranked(['first']), { status: 'needs-human', missing: [birthday] }))] }, ['order-undetermined']],
  ['inactive', { orders: [on(DATE, order(ranked(['first']), { excluded: [excluded('second', 'inactive')] }))] }, ['coverage-inactive']],
];

describe('when several hold, the first is the reason and all stand in the findings', () => {
  test.each(several)('%s', (_name, change, codes) => {
    const { reason, findings } = deriveNextClaim(input(change));
    expect(reason).toBe(codes[0]);
    expect([...new Set(findings.filter(({ severity }) => severity === 'error').map(({ code }) => code))]).toEqual(codes);
  });
});

describe('what does not stop it', () => {
  const codes = (change: Partial<DeriveInput>) => {
    const { reason, findings } = deriveNextClaim(input(change));
    return [reason, ...findings.map(({ code }) => code)];
  };
  test.each<[string, Partial<DeriveInput>, string]>([
    ['a limit that is only a default', {}, 'filing-limit-default'],
    ['a stale draft', { claims: [second({ status: 'draft', extension: [{ url: 'https://cobalt.example/fhir/StructureDefinition/derived-from', extension: [{ url: 'hash', valueString: 'another' }] }] })] }, 'stale-claim'],
    ['plans that share equally', { orders: [on(DATE, order(ranked(['first'], ['second', 'group-health', 'N6']), { equalSharing: true }))] }, 'equal-sharing'],
    ['an estimate beside the decision', { decisions: [decision(), decision({ id: 'e1', eraStatus: '25' })] }, 'not-a-decision'],
    ['a decision that names another patient', { decisions: [decision(), decision({ id: 'd9', lines: [[['submitted', 160], ['benefit', 160]]] })].map((one, position) => (position === 0 ? one : { ...one, patient: { reference: 'Patient/q' } })), resources: [...input().resources, other] }, 'other-patient'],
    ['a repeated remittance', { decisions: [decision(), decision({ id: 'd9' })] }, 'decision-repeated'],
  ])('%s: derived, with %s', (_name, change, code) => {
    expect(codes(change)).toEqual(expect.arrayContaining(['derived', code]));
  });

  test('a cancelled claim to the next payer', () => expect(deriveNextClaim(input({ claims: [second({ status: 'cancelled' })] })).reason).toBe('derived'));
  test('a human’s choice of the payer that was passed over', () =>
    expect(deriveNextClaim(input({ coverage: 'Coverage/second', orders: [on(DATE, order(ranked(['second'], ['first'])))] })).reason).toBe('derived'));
  test('a certain next payer, though the one after it is not', () =>
    expect(deriveNextClaim(input({ orders: [on(DATE, order(ranked(['first'], ['second']), { status: 'needs-human', missing: [birthday] }))] })).reason).toBe('derived'));
  test('the filing limit’s last day', () => expect(deriveNextClaim(input({ asOf: '2026-05-25' })).reason).toBe('derived'));
  test('a fault in a coverage that has nothing to do with the claim', () => {
    const unrelated = coverage('dental', { subscriberId: 'A1', identifier: [{ type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MB' }] }, value: 'B2' }] });
    expect(deriveNextClaim(input({ coverages: [coverage('first'), coverage('second'), unrelated] })).reason).toBe('derived');
  });
  test('a record of the same person under another id', () =>
    expect(deriveNextClaim(input({ coverages: [coverage('first'), coverage('second', { beneficiary: { reference: 'Patient/q' } })], resources: [patient, other] })).reason).toBe('derived'));
});

test('a sent claim that rests on an earlier state of the decisions is to be replaced, not sent again', () => {
  const sent = second({ status: 'active', extension: [{ url: 'https://cobalt.example/fhir/StructureDefinition/derived-from', extension: [{ url: 'hash', valueString: 'another' }] }] });
  const { reason, claim: existing, findings } = deriveNextClaim(input({ claims: [sent] }));
  expect([reason, existing]).toEqual(['already-derived', sent]);
  expect(findings[0]?.text).toMatch(/replace it \(frequency 7\)/);
});

test('Medicare with two payers before it takes no electronic claim', () => {
  const third = input({
    claims: [second()],
    decisions: [decision(), decision({ id: 's1', coverage: 'Coverage/second', date: '2026-03-01', number: 'ICN-9' })],
    coverages: [coverage('first'), coverage('second'), coverage('third')],
    orders: [on(DATE, order(ranked(['first'], ['second'], ['third', 'medicare', 'M1'])))],
  });
  expect(deriveNextClaim(third).reason).toBe('payer-paper-only');
});
