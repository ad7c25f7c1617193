import type { Coverage, Organization, Patient, RelatedPerson } from 'fhir/r4.js';
import { describe, expect, test } from 'vitest';
import { type CobInput, orderBenefits, payerKindOf } from '../../src/cob/index.js';
import { inputOf, type Facts } from './builder.js';

const own = { rel: 'self', basis: 'active' } as const;
const medicare = { kind: 'medicare', rel: 'self', medicare: { by: ['age'] } } as const;
const rows = (facts: Facts): string[] => orderBenefits(inputOf(facts)).ranked.map(({ coverage }) => coverage.slice('Coverage/'.length));

describe('what is certain while a person must answer', () => {
  test('the primary payer, where only the places behind it are open', () => {
    expect(rows({ plans: { own, x: { rel: 'spouse', kind: 'group-health', from: '2012-01-01' }, y: { rel: 'spouse', basis: 'retired' } } })).toEqual(['own']);
  });
  test('nothing, where the first place is open', () => expect(rows({ born: '1950-01-01', plans: { own: { ...own, multi: false }, medicare } })).toEqual([]));
  test('nothing, where plans may share equally', () => {
    expect(rows({ plans: { a: { ...own, provision: false }, b: { ...own, provision: false }, x: { rel: 'self', from: '2005-01-01' }, y: own } })).toEqual([]);
  });
  test('who is excluded whatever the answer', () => {
    const { excluded, status } = orderBenefits(inputOf({ born: '1950-01-01', plans: { own: { ...own, multi: false }, medicare, old: { ...own, to: '2020-01-01' } } }));
    expect([status, excluded]).toMatchObject(['needs-human', [{ coverage: 'Coverage/old', code: 'inactive' }]]);
  });
});

describe('a reason', () => {
  test('names the facts', () => {
    const [first, second] = orderBenefits(inputOf({ born: '1950-01-01', plans: { own: { ...own, size: 28 }, medicare } })).ranked;
    expect(first).toEqual({ order: 1, coverage: 'Coverage/own', payerKind: 'group-health', rule: 'FIRST', reason: second?.reason, citation: '42 USC 1395y(b)(1)(A)' });
    expect(second).toMatchObject({ order: 2, rule: 'M1', reason: 'Coverage/own before Coverage/medicare: Medicare by age, and current employment; the employer has 28 employees, at least 20.' });
  });
  test('says when it holds whatever the facts are that are not stated', () => {
    const [, second] = orderBenefits(inputOf({ born: '1950-01-01', plans: { own: { rel: 'self', size: 5, multi: false }, medicare } })).ranked;
    expect(second?.reason).toMatch(/The place is the same whatever the facts are that are not stated\.$/);
  });
  test('marks a citation that nobody re-read', () => {
    expect(orderBenefits(inputOf({ plans: { a: own, b: own } })).ranked[1]?.citation).toBe('NAIC MDL-120 §6D(6) (unverified)');
  });
  test('of the only coverage', () => expect(orderBenefits(inputOf({ plans: { own } })).ranked).toMatchObject([{ rule: 'FIRST', reason: 'Coverage/own is the only coverage that takes part.' }]));
});

describe('the trace', () => {
  const trace = (facts: Facts): string[] => orderBenefits(inputOf(facts)).trace.map(({ rule, result, detail }) => `${rule} ${result} ${detail}`);
  test('names an inference', () => expect(trace({ plans: { a: { kind: null, type: 'https://nahdo.org/sopt|2' } } })).toContain('1.1 inferred Coverage/a: payer kind medicaid, from Coverage.type SOPT 2'));
  test('names what is not stated and makes no difference', () => {
    expect(trace({ born: '1950-01-01', plans: { own: { rel: 'self', size: 5, multi: false }, medicare } })).toContainEqual(expect.stringMatching(/^M4 no difference Coverage\/own: .*How does the subscriber hold this plan/));
  });
  test('shows the orders that are possible', () => {
    expect(trace({ born: '1950-01-01', plans: { own: { ...own, multi: false }, medicare } }).filter((step) => step.includes('possible order'))).toEqual(['1.1 possible order Coverage/medicare, Coverage/own', '1.1 possible order Coverage/own, Coverage/medicare']);
  });
});

describe('where facts stand', () => {
  const child = (id: string, subscriber: string, more: Partial<Coverage> = {}): Coverage => ({
    resourceType: 'Coverage', id, status: 'active', beneficiary: { reference: 'Patient/kid' }, subscriber: { reference: subscriber },
    relationship: { coding: [{ code: 'child' }] }, period: { start: '2020-01-01' }, payor: [{ reference: `Organization/payor-of-${id}` }],
    type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'EHCPOL' }] }, ...more,
  });
  const kid: Patient = { resourceType: 'Patient', id: 'kid', extension: [{ url: 'https://cobalt.example/fhir/StructureDefinition/family-situation', extension: [{ url: 'parentsTogether', valueBoolean: true }] }] };
  const father: RelatedPerson = { resourceType: 'RelatedPerson', id: 'father', patient: { reference: 'Patient/kid' }, birthDate: '1980-05-05' };
  const input = (coverages: Coverage[], more: Partial<CobInput> = {}): CobInput => ({
    coverages, patient: kid, relatedPersons: [father], organizations: [], date: '2024-06-15', benefitType: 'medical', relatedCause: 'none', ...more,
  });
  const order = (given: CobInput): string[] => orderBenefits(given).ranked.map(({ coverage }) => coverage);

  test('a subscriber who is a Patient', () => {
    const mother: Patient = { resourceType: 'Patient', id: 'mother', birthDate: '1984-02-02' };
    expect(order(input([child('f', 'RelatedPerson/father'), child('m', 'Patient/mother')], { subscribers: [mother] }))).toEqual(['Coverage/m', 'Coverage/f']);
  });
  test('a subscriber contained in the coverage', () => {
    const contained = [{ ...father, id: 'm', birthDate: '1984-02-02' }];
    expect(order(input([child('f', 'RelatedPerson/father'), child('m', '#m', { contained })]))).toEqual(['Coverage/m', 'Coverage/f']);
  });
  test('a reference with server and version', () => {
    const mother: RelatedPerson = { ...father, id: 'mother', birthDate: '1984-02-02' };
    expect(order(input([child('f', 'RelatedPerson/father'), child('m', 'http://127.0.0.1/fhir/RelatedPerson/mother/_history/3')], { relatedPersons: [father, mother] }))).toEqual(['Coverage/m', 'Coverage/f']);
  });
  test('a coordination provision stated by the payor, unless the coverage says otherwise', () => {
    const rules = (provision: boolean) => [{ url: 'https://cobalt.example/fhir/StructureDefinition/cob-rules', extension: [{ url: 'provision', valueBoolean: provision }] }];
    const organizations: Organization[] = [{ resourceType: 'Organization', id: 'payor-of-m', extension: rules(false) }];
    const mother: RelatedPerson = { ...father, id: 'mother', birthDate: '1984-12-02' };
    const given = (more: Partial<Coverage>) => input([child('f', 'RelatedPerson/father'), child('m', 'RelatedPerson/mother', more)], { relatedPersons: [father, mother], organizations });
    expect(order(given({}))).toEqual(['Coverage/m', 'Coverage/f']);
    expect(order(given({ extension: rules(true) }))).toEqual(['Coverage/f', 'Coverage/m']);
  });
  test.each(['2024-06', '2024', 'today', ''])('a date of service %o is refused', (date) => expect(() => orderBenefits(input([], { date }))).toThrow(RangeError));
});

describe('payerKindOf', () => {
  const typed = (...coding: readonly (readonly [string, string])[]): Coverage => ({ resourceType: 'Coverage', status: 'active', beneficiary: {}, payor: [], type: { coding: coding.map(([system, code]) => ({ system, code })) } });
  const SOPT = 'https://nahdo.org/sopt';
  test.each<[string, string | undefined]>([['121', 'medicare'], ['111', 'medicare-advantage'], ['13', 'medicare'], ['14', undefined], ['141', undefined], ['213', 'medicaid'], ['3114', 'tricare'], ['3221', 'champva'], ['3211', 'va'], ['3', undefined], ['523', 'medigap'], ['512', 'group-health'], ['81', 'no-coverage'], ['98', undefined]])('SOPT %s: %s', (code, kind) => {
    expect(payerKindOf(typed([SOPT, code]))?.kind).toBe(kind);
  });
  test('the extension goes before the type', () => {
    const stated = { ...typed([SOPT, '2']), extension: [{ url: 'https://cobalt.example/fhir/StructureDefinition/payer-kind', valueCode: 'individual' }] };
    expect(payerKindOf(stated)).toEqual({ kind: 'individual', from: 'extension payer-kind', stated: true });
  });
  test.each(['__proto__', 'constructor', 'toString'])('the code %s is no kind', (code) => expect(payerKindOf(typed(['http://terminology.hl7.org/CodeSystem/v3-ActCode', code], ['__proto__', code]))).toBeUndefined());
});
