import type { Claim, ExplanationOfBenefit } from 'fhir/r4.js';
import { describe, expect, test } from 'vitest';
import { claimNumber } from '../../../src/claims/derive/claim-number.js';
import { deriveNextClaim, type DeriveInput } from '../../../src/claims/derive/derive.js';
import { mspTypeOf } from '../../../src/claims/derive/msp-type.js';
import type { RankedCoverage } from '../../../src/cob/index.js';
import { digest } from '../../cases/derive-input.js';
import { explanation, rows } from '../decisions.js';
import { claim, coverage, DATE, decision, input, on, order, ranked } from './clinic.js';

const derived = (change: Partial<DeriveInput> = {}): Claim => {
  const { reason, claim: made, findings } = deriveNextClaim(input(change));
  if (reason !== 'derived' || !made) throw new Error(`${reason}: ${findings.map(({ text }) => text).join('; ')}`);
  return made;
};
const extension = (name: string) => `https://cobalt.example/fhir/StructureDefinition/${name}`;

describe('the next claim', () => {
  test('has the very items and total of the claim before', () => {
    const before = claim();
    const next = derived({ claim: before });
    expect(next.item).toBe(before.item);
    expect(next.total).toBe(before.total);
  });

  test('is a draft of its own: number, frequency 1, the claim before, the payer it goes to', () => {
    const next = derived();
    expect(next).toMatchObject({
      status: 'draft', created: '2026-03-01', insurer: { reference: 'Organization/second-payer' },
      identifier: [{ system: 'urn:clinic', value: 'A1047S' }],
      related: [{ claim: { reference: 'Claim/c' }, relationship: { coding: [{ code: 'associated' }] } }],
    });
    expect(next.extension).toContainEqual({ url: extension('claim-frequency'), valueCode: '1' });
    expect(next.id).toMatch(/^[0-9a-f]{32}$/);
  });

  test('remembers the decisions that it came from and what they come to', () => {
    const parts = derived().extension!.find(({ url }) => url === extension('derived-from'))!.extension!;
    expect(parts.map(({ url, valueReference, valueString }) => [url, valueReference?.reference ?? valueString!.length])).toEqual([['adjudication', 'ClaimResponse/d1'], ['hash', 64]]);
  });

  test('keeps what the claim before says of a plan, and nothing that held for that claim alone', () => {
    const before = claim({
      meta: { versionId: '3' }, text: { status: 'generated', div: '<div/>' }, contained: [{ resourceType: 'Practitioner', id: 'dr' }],
      extension: [{ url: 'urn:practice', valueCode: 'x' }, { url: extension('claim-frequency'), valueCode: '7' }, { url: extension('stale'), extension: [] }],
      insurance: [
        { sequence: 1, focal: true, coverage: { reference: 'Coverage/first' }, preAuthRef: ['A'] },
        { sequence: 2, focal: false, coverage: { reference: 'Coverage/second' }, preAuthRef: ['B'], extension: [{ url: extension('msp-insurance-type'), valueCode: '12' }] },
      ],
    });
    const next = derived({ claim: before });
    expect(next.insurance).toEqual([
      { sequence: 1, focal: false, coverage: { reference: 'Coverage/first' }, preAuthRef: ['A'], claimResponse: { reference: 'ClaimResponse/d1' } },
      { sequence: 2, focal: true, coverage: { reference: 'Coverage/second' }, preAuthRef: ['B'] },
    ]);
    expect([next.text, next.meta!.versionId]).toEqual([undefined, undefined]);
    expect(next.contained).toEqual([{ resourceType: 'Practitioner', id: 'dr' }]);
    expect(next.extension!.map(({ url }) => url)).toEqual(['urn:practice', extension('claim-frequency'), extension('derived-from')]);
  });

  test('lists the payers whose turn is later, and no others', () => {
    const next = derived({ coverages: ['first', 'second', 'third', 'fourth'].map((id) => coverage(id)), orders: [on(DATE, order(ranked(['first'], ['second'], ['third'], ['fourth'])))] });
    expect(next.insurance.map((row) => [row.sequence, row.coverage.reference, row.focal, row.claimResponse?.reference])).toEqual([
      [1, 'Coverage/first', false, 'ClaimResponse/d1'], [2, 'Coverage/second', true, undefined], [3, 'Coverage/third', false, undefined], [4, 'Coverage/fourth', false, undefined],
    ]);
  });

  test('contains the decision of an EOB, and its source', () => {
    const eob: ExplanationOfBenefit = explanation({
      id: 'e1', claim: { reference: 'Claim/c' },
      item: [100, 60].map((charge, position) => ({ sequence: position + 1, productOrService: {}, adjudication: rows([['submitted', charge], ['paidtoprovider', charge - 10], ['PR-3', 10]]) })) as ExplanationOfBenefit['item'],
    });
    const next = derived({ decisions: [eob] });
    expect(next.contained).toMatchObject([{ resourceType: 'ClaimResponse', id: 'decision-1', meta: { source: 'ExplanationOfBenefit/e1' }, request: { reference: 'Claim/c' } }]);
    expect(next.insurance[0]!.claimResponse).toEqual({ reference: '#decision-1' });
    const stored = { ...(next.contained![0] as ReturnType<typeof decision>), id: 'made' };
    expect(derived({ decisions: [eob, stored] }).insurance[0]!.claimResponse).toEqual({ reference: 'ClaimResponse/made' });
  });

  test('contains what several remittances come to', () => {
    const part = (id: string, change: object) => ({ ...decision({ id, number: id, lines: [], total: [] }), ...change });
    const first = part('p1', { item: decision().item!.slice(0, 1), total: rows([['submitted', 100], ['benefit', 80]]) });
    const second = part('p2', { item: decision().item!.slice(1), total: rows([['submitted', 60], ['benefit', 48]]) });
    const next = derived({ decisions: [first, second] as DeriveInput['decisions'] });
    expect(next.contained).toMatchObject([{ resourceType: 'ClaimResponse', item: [{ itemSequence: 1 }, { itemSequence: 2 }] }]);
  });

  test('a decision without an id is contained as it is', () => {
    const nameless = { ...decision(), id: undefined };
    expect(derived({ decisions: [nameless] as unknown as DeriveInput['decisions'] }).contained).toMatchObject([{ resourceType: 'ClaimResponse', id: 'decision-1' }]);
  });

  test('after a crossover that the second payer has decided, the third is next', () => {
    const crossed = [decision({ eraStatus: '19' }), decision({ id: 's1', coverage: 'Coverage/second', insurer: 'Organization/second-payer', eraStatus: '2', date: '2026-03-01', number: 'ICN-2' })];
    const next = derived({ decisions: crossed, coverages: ['first', 'second', 'third'].map((id) => coverage(id)), orders: [on(DATE, order(ranked(['first'], ['second'], ['third'])))] });
    expect(next.insurance.map((row) => row.claimResponse?.reference)).toEqual(['ClaimResponse/d1', 'ClaimResponse/s1', undefined]);
    expect(next.related![0]!.claim!.reference).toBe('Claim/c');
    expect(next.identifier![0]!.value).toBe('A1047T');
  });

  test('the same input gives the same claim; another decision another one', () => {
    const again = derived();
    expect(derived()).toEqual(again);
    const other = derived({ decisions: [decision({ lines: [[['submitted', 100], ['benefit', 70], ['PR-2', 30]], [['submitted', 60], ['benefit', 48], ['PR-2', 12]]] })] });
    expect(other.id).not.toBe(again.id);
  });

  test('a cancelled one is not made again under its id or number', () => {
    const cancelled: Claim = { ...derived(), status: 'cancelled' };
    const next = derived({ claims: [cancelled] });
    expect([next.id === cancelled.id, next.identifier![0]!.value]).toEqual([false, 'A1047S2']);
  });
});

describe('the provider’s claim number of the next claim', () => {
  const number = (value: string | undefined, position: number, taken: string[] = []) =>
    claimNumber(claim({ identifier: value === undefined ? undefined : [{ ...claim().identifier![0]!, value }] }), position, taken.map((used) => claim({ identifier: [{ ...claim().identifier![0]!, value: used }] })), digest).value;
  test.each<[string, string | undefined, number, string[], string | RegExp]>([
    ['the letter of the second payer', 'A1047', 2, [], 'A1047S'],
    ['of the third', 'A1047', 3, [], 'A1047T'],
    ['of the fourth', 'A1047', 4, [], 'A1047A'],
    ['one that is taken gets a figure', 'A1047', 2, ['A1047S', 'A1047S2'], 'A1047S3'],
    ['twenty characters at most', 'CLINIC-2026-0000001', 2, [], 'CLINIC-2026-0000001S'],
    ['a longer one becomes a digest', 'CLINIC-2026-00000012', 2, [], /^[0-9A-F]{12}S$/],
    ['what X12 can’t hold becomes a digest', 'A*10~47', 2, [], /^[0-9A-F]{12}S$/],
    ['none becomes a digest of the claim', undefined, 2, [], /^[0-9A-F]{12}S$/],
  ])('%s', (_name, value, position, taken, expected) => {
    const given = number(value, position, taken)!;
    if (typeof expected === 'string') expect(given).toBe(expected);
    else expect(given).toMatch(expected);
    expect(given.length).toBeLessThanOrEqual(20);
  });
});

describe('MSP type of Medicare’s row', () => {
  const entitled = (...reasons: string[]) => coverage('m', { extension: [{ url: extension('medicare-entitlement'), extension: reasons.map((valueCode) => ({ url: 'reason', valueCode })) }] });
  const row = (rule: RankedCoverage['rule'], change: Partial<RankedCoverage> = {}): RankedCoverage => ({ ...ranked(['a'], ['m', 'medicare', rule])[1]!, ...change });
  test.each<[string, RankedCoverage, ReturnType<typeof coverage>, string | undefined]>([
    ['working aged', row('M1'), entitled('age'), '12'],
    ['disabled', row('M2'), entitled('disability'), '43'],
    ['renal disease', row('M3'), entitled('esrd', 'age'), '13'],
    ['workers’ compensation', row('M5'), entitled('age'), '15'],
    ['no-fault', row('M6'), entitled('age'), '14'],
    ['liability', row('M7'), entitled('age'), '47'],
    ['black lung', row('M8'), entitled('age'), '41'],
    ['several employers, aged', row('M1x'), entitled('age'), '12'],
    ['several employers, disabled', row('M1x'), entitled('disability'), '43'],
    ['a rule that says nothing about it', row('N5'), entitled('age'), undefined],
    ['no reason of entitlement', row('CES'), coverage('m'), undefined],
    ['Medicare first', row('FIRST', { order: 1 }), entitled('age'), undefined],
    ['Medicare Advantage', row('M1', { payerKind: 'medicare-advantage' }), entitled('age'), undefined],
  ])('%s', (_name, ranking, medicare, type) => expect(mspTypeOf(ranking, medicare)).toBe(type));

  test('stands on that row alone, and on no row when Medicare is first', () => {
    const types = (rows: RankedCoverage[]) => derived({ orders: [on(DATE, order(rows))], coverages: [coverage('first'), coverage('second')] }).insurance.map((one) => one.extension?.[0]?.valueCode);
    expect(types(ranked(['first'], ['second', 'medicare', 'M1']))).toEqual([undefined, '12']);
    expect(types(ranked(['first', 'medicare'], ['second', 'medigap', 'P6']))).toEqual([undefined, undefined]);
  });
});
