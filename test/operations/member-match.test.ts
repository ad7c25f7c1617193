import type { Consent, Coverage, FhirResource, Patient } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issuesOf, startTestServer, type TestServer } from '../http/server.js';

const MB = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MB' }] };
const POLICY = 'http://hl7.org/fhir/us/davinci-hrex/StructureDefinition-hrex-consent.html';
const patient = (id: string, change: Partial<Patient> = {}): Patient => ({ resourceType: 'Patient', id, name: [{ family: 'Person', given: ['Patricia', 'Ann'] }], gender: 'female', birthDate: '1974-12-25', ...change });
const coverage = (id: string, of: string, change: Partial<Coverage> = {}): Coverage => ({ resourceType: 'Coverage', id, status: 'active', beneficiary: { reference: `Patient/${of}` }, payor: [{ reference: 'Organization/one' }], ...change });

const STORED: FhirResource[] = [
  { resourceType: 'Organization', id: 'one', name: 'One', identifier: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: '111' }] },
  { resourceType: 'Organization', id: 'two', name: 'Two', identifier: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: '222' }] },
  patient('p', { identifier: [{ system: 'http://mrn.example', value: 'M1' }, { type: MB, system: 'http://one.example', value: '55678' }] }),
  coverage('c', 'p', { subscriberId: 'W-1', identifier: [{ type: MB, system: 'http://one.example', value: '55678' }] }),
  patient('namesake', { name: [{ family: 'Person', given: ['Patricia'] }] }),
  coverage('n', 'namesake', { subscriberId: 'W-2', payor: [{ reference: 'Organization/two' }] }),
  patient('twin-1', { birthDate: '1990-01-01', name: [{ family: 'O’Gémini', given: ['Alex'] }] }),
  patient('twin-2', { birthDate: '1990-01-01', name: [{ family: 'OGEMINI', given: ['alex'] }], gender: 'unknown' }),
  coverage('t1', 'twin-1', { subscriberId: 'T-1' }),
  coverage('t2', 'twin-2', { subscriberId: 'T-1', payor: [{ reference: 'Organization/two' }] }),
  patient('mistaken', { birthDate: '1980-01-01' }),
  coverage('m', 'mistaken', { status: 'entered-in-error', subscriberId: 'W-3' }),
];

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ now: () => new Date('2026-11-22T12:00:00Z') });
  for (const each of STORED) expect((await server.put(`${each.resourceType}/${each.id ?? ''}`, each)).status).toBe(201);
});
afterAll(() => server.close());

const member = (change: Partial<Patient> = {}): Patient => patient('1', change);
const card = (change: Partial<Coverage> = { subscriberId: 'W-1' }): Coverage => ({ resourceType: 'Coverage', status: 'active', beneficiary: { reference: 'Patient/1' }, payor: [{ display: 'One' }], ...change });
const consent = (change: Partial<Consent> = {}): Consent => ({
  resourceType: 'Consent', status: 'active', scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
  category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IDSCL' }] }], patient: { reference: 'Patient/1' }, policy: [{ uri: `${POLICY}#sensitive` }],
  provision: { type: 'permit', period: { start: '2026-01-01', end: '2026-12-31' }, action: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentaction', code: 'disclose' }] }] }, ...change,
});
const ask = (MemberPatient: unknown, CoverageToMatch: unknown, others: Record<string, unknown> = {}) =>
  server.post('Patient/$member-match', { resourceType: 'Parameters', parameter: Object.entries({ MemberPatient, CoverageToMatch, ...others }).flatMap(([name, resource]) => (resource === undefined ? [] : [{ name, resource }])) });

describe('$member-match answers the one member', () => {
  it.each<[string, Patient, Coverage, string]>([
    ['by the subscriber id', member(), card(), 'p'],
    ['whatever its punctuation', member(), card({ subscriberId: 'w1' }), 'p'],
    ['by the member id on the card', member(), card({ identifier: [{ type: MB, system: 'http://one.example', value: '55678' }] }), 'p'],
    ['by a member id that names no system', member(), card({ identifier: [{ value: '55678' }] }), 'p'],
    ['with case, accents and punctuation of the name aside', member({ name: [{ family: 'PERSÓN', given: ['patricia'] }] }), card(), 'p'],
    ['with a name among several', member({ name: [{ family: 'Maiden', given: ['Patricia'] }, { family: 'Person', given: ['Patricia'] }] }), card(), 'p'],
    ['without a gender', member({ gender: undefined }), card(), 'p'],
    ['apart from a namesake', member(), card({ subscriberId: 'W-2' }), 'namesake'],
    ['with the payer identified', member(), card({ subscriberId: 'W-1', payor: [{ identifier: { system: 'http://hl7.org/fhir/sid/us-npi', value: '111' } }] }), 'p'],
    ['of two with one number, by the payer', member({ birthDate: '1990-01-01', name: [{ family: 'O’Gemini', given: ['Alex'] }] }), card({ subscriberId: 'T-1', payor: [{ identifier: { system: 'http://hl7.org/fhir/sid/us-npi', value: '222' } }] }), 'twin-2'],
  ])('%s', async (_name, who, stated, id) => {
    const answer = await ask(who, stated);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body.parameter[1]).toEqual({ name: 'MemberId', valueReference: { reference: `Patient/${id}` } });
    expect(answer.body.parameter[0]).toMatchObject({ name: 'MemberIdentifier', valueIdentifier: { type: { coding: [{ system: 'http://hl7.org/fhir/us/davinci-hrex/CodeSystem/hrex-temp', code: 'UMB' }] }, value: expect.any(String) } });
  });

  it('with the member’s number as the payer knows it, or the address here', async () => {
    expect((await ask(member(), card())).body.parameter[0].valueIdentifier).toMatchObject({ system: 'http://one.example', value: '55678' });
    expect((await ask(member(), card({ subscriberId: 'W-2' }))).body.parameter[0].valueIdentifier).toMatchObject({ system: 'urn:ietf:rfc:3986', value: `${server.base}/Patient/namesake` });
  });

  it('with a consent that can be met, and a coverage to link', async () => expect((await ask(member(), card(), { Consent: consent(), CoverageToLink: card({ subscriberId: 'NEW' }) })).status).toBe(200));

  it('and keeps nothing', async () => {
    const before = (await server.get('_history?_count=1')).body.entry[0].fullUrl as string;
    await ask(member(), card(), { Consent: consent(), CoverageToLink: card({ subscriberId: 'NEW' }) });
    expect((await server.get('_history?_count=1')).body.entry[0].fullUrl).toBe(before);
  });
});

describe('it answers 422', () => {
  it.each<[string, unknown, unknown, Record<string, unknown>, string | undefined, RegExp]>([
    ['when no number fits', member(), card({ subscriberId: 'W-9' }), {}, undefined, /No member/],
    ['when the number is another system’s', member(), card({ identifier: [{ system: 'http://two.example', value: '55678' }] }), {}, undefined, /No member/],
    ['when the number is another member’s', member({ name: [{ family: 'Someone', given: ['Else'] }] }), card(), {}, undefined, /No member/],
    ['when the birth date differs', member({ birthDate: '1974-12-26' }), card(), {}, undefined, /No member/],
    ['when the gender differs', member({ gender: 'male' }), card(), {}, undefined, /No member/],
    ['when the payer is another', member(), card({ subscriberId: 'W-1', payor: [{ identifier: { system: 'http://hl7.org/fhir/sid/us-npi', value: '222' } }] }), {}, undefined, /No member/],
    ['when the coverage was a mistake', member({ birthDate: '1980-01-01' }), card({ subscriberId: 'W-3' }), {}, undefined, /No member/],
    ['when two fit', member({ birthDate: '1990-01-01', name: [{ family: 'OGemini', given: ['Alex'] }] }), card({ subscriberId: 'T-1' }), {}, undefined, /More than one/],
    ['on demographics alone', member(), card({}), {}, 'Parameters.parameter[1].resource', /member id/],
    ['without a birth date', member({ birthDate: undefined }), card(), {}, 'Parameters.parameter[0].resource', /birth date/],
    ['with a year of birth', member({ birthDate: '1974' }), card(), {}, 'Parameters.parameter[0].resource.birthDate', /birth date/],
    ['without a given name', member({ name: [{ family: 'Person' }] }), card(), {}, 'Parameters.parameter[0].resource.name', /given name/],
    ['when the coverage is of another', member(), card({ subscriberId: 'W-1', beneficiary: { reference: 'Patient/2' } }), {}, 'Parameters.parameter[1].resource.beneficiary.reference', /another patient/],
    ['when the consent is of another', member(), card(), { Consent: consent({ patient: { reference: 'Patient/2' } }) }, 'Parameters.parameter[2].resource.patient.reference', /another patient/],
    ['when the consent is not active', member(), card(), { Consent: consent({ status: 'inactive' }) }, 'Parameters.parameter[2].resource.status', /active/],
    ['when the consent denies', member(), card(), { Consent: consent({ provision: { type: 'deny' } }) }, 'Parameters.parameter[2].resource.provision', /permit/],
    ['when the consent has lapsed', member(), card(), { Consent: consent({ provision: { type: 'permit', period: { start: '2025-01-01', end: '2026-11-21' } } }) }, 'Parameters.parameter[2].resource.provision', /in force/],
    ['when the consent has no end', member(), card(), { Consent: consent({ provision: { type: 'permit', period: { start: '2025-01-01' } } }) }, 'Parameters.parameter[2].resource.provision', /in force/],
    ['when the consent is to something else', member(), card(), { Consent: consent({ provision: { type: 'permit', period: { start: '2026', end: '2027' }, action: [{ coding: [{ code: 'use' }] }] } }) }, 'Parameters.parameter[2].resource.provision.action', /disclose/],
    ['when the consent keeps back what is sensitive', member(), card(), { Consent: consent({ policy: [{ uri: `${POLICY}#regular` }] }) }, 'Parameters.parameter[2].resource.policy', /sensitive/],
    ['when the consent names no policy of HRex', member(), card(), { Consent: consent({ policy: [{ uri: 'http://example.org' }] }) }, 'Parameters.parameter[2].resource.policy', /policy of HRex/],
  ])('%s', async (_name, who, stated, others, expression, text) => {
    const answer = await ask(who, stated, others);
    expect(answer.status, answer.text).toBe(422);
    expect(issuesOf(answer)[0]?.expression?.[0]).toBe(expression);
    expect(issuesOf(answer)[0]?.details?.text).toMatch(text);
    expect(answer.text).not.toMatch(/Person|Patricia|1974|W-\d/);
  });
});

describe('it answers 400', () => {
  it.each<[string, unknown, unknown, string]>([
    ['without a patient', undefined, card(), 'Parameters'],
    ['without a coverage', member(), undefined, 'Parameters'],
    ['with another resource in its place', member(), member(), 'Parameters.parameter[1].resource'],
    ['with a patient of a wrong shape', { resourceType: 'Patient', name: 'x' }, card(), 'Parameters.parameter[0].resource.name'],
  ])('%s', async (_name, who, stated, expression) => {
    const answer = await ask(who, stated);
    expect([answer.status, issuesOf(answer)[0]?.expression?.[0]]).toEqual([400, expression]);
  });

  it('and 405 to a GET', async () => expect((await server.get('Patient/$member-match')).status).toBe(405));
});
