import type { FhirResource } from 'fhir/r4.js';
import { describe, expect, test } from 'vitest';
import { matches } from './match.js';
import { BASE, search } from './support.js';

const fhirSearch = await search();

function found(resource: Record<string, unknown>, query: string): boolean {
  const type = String(resource['resourceType']);
  const parameters = [...new URLSearchParams(query)];
  const { plan } = fhirSearch.parse({ type, parameters, handling: 'strict' });
  return matches(plan.where, fhirSearch.extract(resource as unknown as FhirResource), String(resource['id'] ?? ''));
}

/** Queries on one resource, each with whether it is found. */
const cases = (resource: Record<string, unknown>, table: Record<string, boolean>): void => {
  test.each(Object.entries(table))('%s → %s', (query, expected) => {
    expect(found(resource, query)).toBe(expected);
  });
};

const dated = (created: string): Record<string, unknown> => ({ resourceType: 'Claim', created });

describe('R4 §3.1.1.4.7 date: a day (2013-01-14)', () => {
  cases(dated('2013-01-14'), {
    'created=2013-01-14': true, 'created=2013-01': true, 'created=2013': true, 'created=2013-01-15': false, 'created=2013-01-14T10:00Z': false,
    'created=eq2013-01-14': true, 'created=ne2013-01-14': false, 'created=ne2013-01-15': true, 'created=ne2013-01-14T10:00Z': true,
    'created=gt2013-01-13': true, 'created=gt2013-01-14': false, 'created=gt2013-01-14T10:00Z': true, 'created=gt2013': false, 'created=gt2012': true,
    'created=lt2013-01-15': true, 'created=lt2013-01-14': false, 'created=lt2013-01-14T10:00Z': true, 'created=lt2013': false, 'created=lt2014': true,
    'created=ge2013-01-14': true, 'created=ge2013-01-15': false, 'created=ge2013': true, 'created=ge2013-02': false,
    'created=le2013-01-14': true, 'created=le2013-01-13': false, 'created=le2013': true, 'created=le2012': false,
    'created=sa2013-01-13': true, 'created=sa2013-01-14': false, 'created=sa2013-01-13T23:59:59Z': true, 'created=sa2012': true,
    'created=eb2013-01-15': true, 'created=eb2013-01-14': false, 'created=eb2014': true, 'created=eb2013': false,
    'created=ap2013': true, 'created=ap2012': true, 'created=ap2010': false, 'created=ap2025-12-31': false,
    'created=2012,2013': true, 'created=2011,2012': false, 'created=ge2013&created=lt2014': true, 'created=ge2013&created=lt2013': false,
    'created:missing=false': true, 'created:missing=true': false,
  });
});

describe('date: an instant with a zone (2013-01-14T23:30:00-05:00 is the 15th in UTC)', () => {
  cases(dated('2013-01-14T23:30:00-05:00'), {
    'created=2013-01-15': true, 'created=2013-01-14': false, 'created=2013-01-15T04:30:00Z': true, 'created=2013-01-15T04:30Z': true, 'created=2013-01-15T04:30': true,
    'created=2013-01-14T23:30:00-05:00': true, 'created=2013-01-15T05:30:00%2B01:00': true, 'created=2013-01-15T05:30:00+01:00': true,
    'created=2013-01-15T04:30:01Z': false, 'created=gt2013-01-15T04:29:59Z': true, 'created=gt2013-01-15T04:30:00.5Z': true, 'created=lt2013-01-15T04:30:00.5Z': true,
  });
});

describe('date: a month, a year, milliseconds', () => {
  test.each([
    ['2013-02', 'created=2013-02', true], ['2013-02', 'created=2013', true], ['2013-02', 'created=2013-02-01', false], ['2013-02', 'created=gt2013-02-10', true],
    ['2013-02', 'created=lt2013-02-10', true], ['2013-02', 'created=sa2013-01', true], ['2013-02', 'created=eb2013-03-01', true], ['2013-02', 'created=eb2013-02-28', false],
    ['2013', 'created=2013-01', false], ['2013', 'created=2013', true], ['2013', 'created=ge2013-06', true], ['2013', 'created=le2013-06', true],
    ['2013-01-14T10:00:00.123Z', 'created=2013-01-14T10:00:00Z', true], ['2013-01-14T10:00:00.123Z', 'created=2013-01-14T10:00:00.123Z', true],
    ['2013-01-14T10:00:00.123Z', 'created=2013-01-14T10:00:00.124Z', false], ['2013-01-14T10:00:00.123Z', 'created=2013-01-14T10:00:00.1Z', true],
    ['2012-02-29', 'created=2012-02', true], ['2012-12-31', 'created=2012-12', true], ['0001-01-01', 'created=lt0100', true],
  ])('%s: %s → %s', (created, query, expected) => {
    expect(found(dated(created), query)).toBe(expected);
  });
});

describe('date: periods, open and closed', () => {
  const encounter = (period: object): Record<string, unknown> => ({ resourceType: 'Encounter', period });
  describe('closed', () => {
    cases(encounter({ start: '2013-01-10', end: '2013-01-20' }), {
      'date=2013-01': true, 'date=2013-01-15': false, 'date=gt2013-01-15': true, 'date=lt2013-01-15': true, 'date=sa2013-01-09': true, 'date=sa2013-01-10': false,
      'date=eb2013-01-21': true, 'date=eb2013-01-20': false, 'date=ge2013-01-20': false, 'date=ge2013-01-19': true, 'date=ap2013-01-15': true,
    });
  });
  describe('without end', () => {
    cases(encounter({ start: '2013-01-10' }), { 'date=gt2999': true, 'date=2013': false, 'date=lt2013': false, 'date=lt2013-01-11': true, 'date=eb2999': false, 'date=sa2013-01-09': true });
  });
  describe('without start', () => {
    cases(encounter({ end: '2013-01-20' }), { 'date=lt1900': true, 'date=gt2013-01-20': false, 'date=gt2013-01-19': true, 'date=sa1900': false, 'date=eb2013-01-21': true });
  });
  describe('a schedule counts by its outer limits', () => {
    cases({ resourceType: 'ServiceRequest', occurrenceTiming: { event: ['2013-02-01', '2013-01-10'], repeat: { boundsPeriod: { end: '2013-03-01' } } } }, {
      'occurrence=lt1900': true, 'occurrence=gt2013-02-15': true, 'occurrence=gt2013-03-01': false,
    });
    cases({ resourceType: 'ServiceRequest', occurrenceTiming: { event: ['2013-02-01', '2013-01-10'] } }, {
      'occurrence=ge2013-01-10&occurrence=le2013-02-01': true, 'occurrence=sa2013-01-09': true, 'occurrence=eb2013-02-02': true, 'occurrence=2013': true,
    });
  });
});

describe('R4 §3.1.1.4.6 number', () => {
  const risk = (probabilityDecimal: number): Record<string, unknown> => ({ resourceType: 'RiskAssessment', prediction: [{ probabilityDecimal }] });
  test.each([
    [100, '100', true], [100.4, '100', true], [99.5, '100', true], [100.5, '100', false], [99.4, '100', false], [100.004, '100.00', true], [100.006, '100.00', false], [99.995, '100.00', true],
    [95, '1e2', true], [104.9, '1e2', true], [105, '1e2', false], [5.35, '5.4', true], [5.45, '5.4', false], [-1.2, '-1', true], [0, '0', true], [0.4, '0', true],
    [100.4, 'ne100', false], [101, 'ne100', true], [100.4, 'gt100', true], [100, 'gt100', false], [100, 'ge100', true], [99.9, 'ge100', false], [99.9, 'lt100', true], [100, 'lt100', false],
    [100, 'le100', true], [100.1, 'le100', false], [100.1, 'sa100', true], [100, 'sa100', false], [99.9, 'eb100', true], [100, 'eb100', false], [109, 'ap100', true], [91, 'ap100', true], [120, 'ap100', false],
    [100, '90,100', true], [100, '90,110', false],
  ])('%d: probability=%s → %s', (stored, value, expected) => {
    expect(found(risk(stored), `probability=${value}`)).toBe(expected);
  });
  test('a range is found by what lies in it', () => {
    const range = { resourceType: 'RiskAssessment', prediction: [{ probabilityRange: { low: { value: 0.2 }, high: { value: 0.4 } } }] };
    expect([found(range, 'probability=gt0.3'), found(range, 'probability=lt0.3'), found(range, 'probability=gt0.4'), found(range, 'probability=ap0.4')]).toEqual([true, true, false, true]);
  });
});

describe('R4 §3.1.1.4.11 quantity', () => {
  const UCUM = 'http://unitsofmeasure.org';
  const observation = (valueQuantity: object): Record<string, unknown> => ({ resourceType: 'Observation', valueQuantity });
  describe('5.4 mg', () => {
    cases(observation({ value: 5.4, system: UCUM, code: 'mg', unit: 'milligram' }), {
      'value-quantity=5.4': true, [`value-quantity=5.4|${UCUM}|mg`]: true, 'value-quantity=5.4||mg': true, 'value-quantity=5.4||milligram': true, [`value-quantity=5.4|${UCUM}|milligram`]: false,
      'value-quantity=5.4||g': false, 'value-quantity=5.40': true, 'value-quantity=5': true, 'value-quantity=5.45': false, 'value-quantity=gt5.3||mg': true, 'value-quantity=le5.4': true,
      [`value-quantity=ne5.4|${UCUM}|mg`]: false, 'value-quantity=ap5||mg': true, 'value-quantity=ap4||mg': false, [`value-quantity=5.4|http://other|mg`]: false,
    });
  });
  describe('less than 5', () => {
    cases(observation({ value: 5, comparator: '<' }), { 'value-quantity=lt5': true, 'value-quantity=lt3': true, 'value-quantity=ge5': false, 'value-quantity=5': false });
  });
  describe('at least 5', () => {
    cases(observation({ value: 5, comparator: '>=' }), { 'value-quantity=gt9': true, 'value-quantity=ge5': true, 'value-quantity=lt5': false, 'value-quantity=5': false });
  });
  describe('money, by its currency', () => {
    cases({ resourceType: 'Invoice', totalNet: { value: 10, currency: 'USD' } }, {
      'totalnet=10': true, 'totalnet=10.00': true, 'totalnet=10.00|urn:iso:std:iso:4217|USD': true, 'totalnet=10||EUR': false, 'totalnet=gt9.99||USD': true, 'totalnet=gt10': false,
    });
  });
});

describe('R4 §3.1.1.4.10 token', () => {
  const patient = {
    resourceType: 'Patient', id: 'p', active: true, gender: 'male',
    identifier: [{ system: 'urn:a', value: '1|2' }, { value: 'x,y' }, { system: 'urn:b', value: 'M', type: { coding: [{ system: 'urn:t', code: 'MB' }], text: 'Member number' } }],
    telecom: [{ system: 'phone', use: 'home', value: '555' }],
    maritalStatus: undefined, communication: [{ language: { text: 'English, British' } }],
  };
  cases(patient, {
    'identifier=urn:a|1\\|2': true, 'identifier=1\\|2': true, 'identifier=urn:a|': true, 'identifier=|x\\,y': true, 'identifier=x\\,y': true, 'identifier=|1\\|2': false, 'identifier=urn:b|x\\,y': false,
    'identifier=none,x\\,y': true, 'identifier=m': false, 'identifier:of-type=urn:t|MB|M': true, 'identifier:of-type=urn:t|MB|N': false, 'identifier:text=member': true,
    'active=true': true, 'active=false': false, 'active:not=false': true, 'active:not=true': false, 'gender=male': true, 'gender=http://hl7.org/fhir/administrative-gender|male': true, 'gender=urn:x|male': false,
    'gender:not=female': true, 'gender:not=male,female': false, 'deceased=false': true, 'deceased=true': false,
    'telecom=555': true, 'telecom=home|555': true, 'phone=555': true, 'email=555': false, 'email:missing=true': true, 'phone:missing=true': false,
    'language=en': false, 'language:text=english': true, 'language:missing=false': true, '_id=p': true, '_id=q,p': true, '_id=q': false, '_id:not=q': true,
    'gender=male&active=false': false, 'gender=male&active=true': true,
  });
});

describe('R4 §3.1.1.4.8 string', () => {
  const patient = { resourceType: 'Patient', name: [{ family: 'van der  Müller', given: ['Zoë', 'Ann-Marie'], prefix: ['Dr.'] }, { text: 'Robert Smith' }], address: [{ city: 'Köln', line: ['1 Main St'], postalCode: '50667' }] };
  cases(patient, {
    'family=van': true, 'family=VAN DER MULLER': true, 'family=muller': false, 'family:contains=muller': true, 'family:contains=MÜL': true, 'family:exact=van der  Müller': true, 'family:exact=van der Müller': false,
    'given=zoe': true, 'given=ZOË': true, 'given:exact=Zoe': false, 'given=ann': true, 'given=marie': false, 'name=dr': true, 'name=robert': true, 'name=smith': false, 'name:contains=smith': true,
    'given=bob,zoe': true, 'given=zoe&given=ann': true, 'given=zoe&given=bob': false, 'address=köln': true, 'address=50667': true, 'address-city=koln': true, 'address=1 main': true, 'address-country:missing=true': true,
    'phonetic=Rupert': true, 'phonetic=Smyth': true, 'phonetic=Miller': true, 'phonetic=Jones': false,
  });
});

describe('R4 §3.1.1.4.12 reference', () => {
  const claim = {
    resourceType: 'Claim', patient: { reference: 'Patient/1' }, provider: { reference: `${BASE}/Practitioner/2` }, insurer: { reference: 'http://other.example/fhir/Organization/3' },
    enterer: { identifier: { system: 'urn:npi', value: '77' } }, facility: { reference: '#f' }, insurance: [{ coverage: { reference: 'Coverage/4/_history/2' } }, { coverage: { display: 'a card' } }],
  };
  cases(claim, {
    'patient=1': true, 'patient=Patient/1': true, [`patient=${BASE}/Patient/1`]: true, 'patient=Patient/2': false, 'patient=http://other.example/fhir/Patient/1': false, 'patient:Patient=1': true,
    'provider=2': true, 'provider=Practitioner/2': true, 'provider:Practitioner=2': true, 'provider:Organization=2': false, 'provider=PractitionerRole/2': false,
    'insurer=http://other.example/fhir/Organization/3': true, 'insurer=Organization/3': false, 'insurer=3': false,
    'enterer:identifier=urn:npi|77': true, 'enterer:identifier=77': true, 'enterer:identifier=urn:npi|78': false, 'enterer:missing=false': true, 'facility:missing=false': true, 'facility=f': false,
    'coverage=Coverage/4': true, 'coverage=Coverage/4/_history/2': true, 'coverage=Coverage/4/_history/3': false, 'patient=2,1': true, 'encounter:missing=true': true,
  });
  cases({ resourceType: 'QuestionnaireResponse', questionnaire: 'http://x.example/Questionnaire/q|1.0' }, {
    'questionnaire=http://x.example/Questionnaire/q': true, 'questionnaire=http://x.example/Questionnaire/q|1.0': true, 'questionnaire=http://x.example/Questionnaire/q|2.0': false,
  });
});

describe('R4 §3.1.1.4.9 uri', () => {
  cases({ resourceType: 'ValueSet', url: 'http://acme.org/fhir/ValueSet/123', meta: { profile: ['http://x.example/p|2'], source: 'urn:s', tag: [{ system: 'urn:t', code: 'a' }], security: [{ code: 'R' }] } }, {
    'url=http://acme.org/fhir/ValueSet/123': true, 'url=http://acme.org/fhir/valueset/123': false, 'url=http://acme.org/fhir/ValueSet/12': false, 'url:below=http://acme.org/fhir': true,
    'url:above=http://acme.org/fhir/ValueSet/123/_history/5': true, 'url:below=http://acme.org/fhir/ValueSet/1': false, '_profile=http://x.example/p': true, '_profile=http://x.example/p|2': true,
    '_source=urn:s': true, '_tag=urn:t|a': true, '_tag=b': false, '_security=R': true, 'url:missing=false': true,
  });
});

describe('R4 §3.1.1.4.17 composite: the parts belong to one repeat', () => {
  const coded = (code: string, value: number): object => ({ code: { coding: [{ system: 'urn:l', code }] }, valueQuantity: { value, code: 'mmHg' } });
  cases({ resourceType: 'Observation', ...coded('bp', 0), component: [coded('sys', 120), coded('dia', 80)] }, {
    'component-code-value-quantity=sys$120': true, 'component-code-value-quantity=sys$80': false, 'component-code-value-quantity=urn:l|dia$lt90||mmHg': true, 'combo-code-value-quantity=bp$0': true,
    'combo-code-value-quantity=sys$gt100,dia$gt100': true, 'code-value-quantity=sys$120': false, 'component-code-value-quantity:missing=false': true, 'code-value-string:missing=true': true,
  });
  cases({ resourceType: 'DocumentReference', relatesTo: [{ code: 'replaces', target: { reference: 'DocumentReference/1' } }, { code: 'appends', target: { reference: 'DocumentReference/2' } }] }, {
    'relationship=replaces$DocumentReference/1': true, 'relationship=replaces$DocumentReference/2': false,
  });
  cases({ resourceType: 'Observation', code: { coding: [{ code: 'd' }] }, valueDateTime: '2020-05-01' }, { 'code-value-date=d$2020': true, 'code-value-date=d$2021': false });
  cases({ resourceType: 'MolecularSequence', referenceSeq: { chromosome: { coding: [{ code: '7' }] } }, variant: [{ start: 10, end: 20 }, { start: 30, end: 40 }] }, {
    'chromosome-variant-coordinate=7$ge10$le20': true, 'chromosome-variant-coordinate=7$ge30$le20': false, 'chromosome-variant-coordinate=8$ge10$le20': false,
  });
});

describe('parameters of the project', () => {
  cases({ resourceType: 'ExplanationOfBenefit', insurer: { reference: 'Organization/i' }, type: { coding: [{ code: 'professional' }] }, billablePeriod: { start: '2025-01-01', end: '2025-01-31' }, item: [{ servicedDate: '2025-03-01' }] }, {
    'insurer=Organization/i': true, 'type=professional': true, 'service-date=2025-03-01': true, 'service-date=2025-01': true, 'service-date=2025-02': false,
  });
  cases({ resourceType: 'Task', restriction: { period: { end: '2026-02-01' } } }, { 'deadline=le2026-02-01': true, 'deadline=lt2026-02-01': false });
  cases({ resourceType: 'Coverage', extension: [{ url: 'https://cobalt.example/fhir/StructureDefinition/payer-kind', valueCode: 'medicare' }] }, { 'payer-kind=medicare': true, 'payer-kind=va': false });
});
