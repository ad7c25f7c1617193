import type { FhirResource } from 'fhir/r4.js';
import { describe, expect, test } from 'vitest';
import { EARLIEST, LATEST } from '../../../src/fhir/search/dates.js';
import { exactly } from '../../../src/fhir/search/numbers.js';
import type { IndexEntry } from '../../../src/store/store.js';
import { BASE, sampleResources, search } from './support.js';

const fhirSearch = await search();

type Content = Readonly<Record<string, unknown>>;
type Expected = Readonly<Record<string, readonly object[]>>;

const day = (text: string): { low: number; high: number } => ({ low: Date.parse(text), high: Date.parse(text) + 86_400_000 });
const coded = (code: string): object => ({ coding: [{ system: 'urn:s', code }] });
const token = (code: string): object => ({ system: 'urn:s', code });
const to = (reference: string): object => ({ reference });
const local = (type: string, id: string): object => ({ type, id });
const text = (exact: string, value = exact.toLowerCase()): object => ({ value, exact });

/** The entries of each parameter named, without their kind and name. */
function entriesOf(type: string, content: Content, param: string): object[] {
  const entries = fhirSearch.extract({ resourceType: type, ...content } as unknown as FhirResource);
  return entries.filter((entry) => entry.param === param).map(({ kind: _kind, param: _param, ...rest }) => rest);
}

const resources: readonly [type: string, content: Content, expected: Expected][] = [
  ['Claim', {
    status: 'active', use: 'claim', priority: coded('normal'), created: '2026-01-05', patient: to('Patient/p'), provider: to('Organization/o'), insurer: to('Organization/i'), enterer: to('Practitioner/e'),
    facility: to('Location/l'), payee: { party: to('Organization/y') }, identifier: [{ system: 'urn:s', value: 'c1' }], careTeam: [{ provider: to('Practitioner/a') }, { provider: to('Practitioner/b') }],
    item: [{ udi: [to('Device/d')], encounter: [to('Encounter/v'), to('Encounter/v')], detail: [{ udi: [to('Device/e')], subDetail: [{ udi: [to('Device/f')] }] }] }, { encounter: [to('Encounter/v')] }],
    procedure: [{ udi: [to('Device/g')] }], insurance: [{ coverage: to('Coverage/1') }, { coverage: to('Coverage/2') }],
  }, {
    status: [{ code: 'active' }], use: [{ code: 'claim' }], priority: [token('normal')], created: [day('2026-01-05')], patient: [local('Patient', 'p')], provider: [local('Organization', 'o')],
    insurer: [local('Organization', 'i')], enterer: [local('Practitioner', 'e')], facility: [local('Location', 'l')], payee: [local('Organization', 'y')], identifier: [token('c1')],
    'care-team': [local('Practitioner', 'a'), local('Practitioner', 'b')], 'item-udi': [local('Device', 'd')], 'detail-udi': [local('Device', 'e')], 'subdetail-udi': [local('Device', 'f')],
    'procedure-udi': [local('Device', 'g')], encounter: [local('Encounter', 'v')], coverage: [local('Coverage', '1'), local('Coverage', '2')],
  }],
  ['ClaimResponse', {
    created: '2026-01-10T08:00:00Z', disposition: 'Paid  as  Submitted', outcome: 'complete', request: to('Claim/c'), requestor: to('Practitioner/r'), payment: { date: '2026-01-12', amount: { value: 1 } }, use: 'claim',
  }, {
    created: [{ low: Date.UTC(2026, 0, 10, 8), high: Date.UTC(2026, 0, 10, 8, 0, 1) }], disposition: [{ value: 'paid as submitted', exact: 'Paid  as  Submitted' }], outcome: [{ code: 'complete' }],
    request: [local('Claim', 'c')], requestor: [local('Practitioner', 'r')], 'payment-date': [day('2026-01-12')], use: [{ code: 'claim' }], insurer: [],
  }],
  ['ExplanationOfBenefit', {
    claim: to('Claim/c'), insurer: to(`${BASE}/Organization/i`), type: { coding: [{ system: 'urn:s', code: 'oral', display: 'Oral' }], text: 'Dental claim' }, insurance: [{ coverage: to('#c') }],
    billablePeriod: { start: '2026-01-01' }, item: [{ servicedPeriod: { start: '2026-01-02', end: '2026-01-03' } }, { servicedDate: '2026-01-04' }], identifier: [{ value: '7', type: { coding: [{ system: 'urn:t', code: 'uc' }] } }],
  }, {
    claim: [local('Claim', 'c')], insurer: [local('Organization', 'i')], type: [token('oral')], 'type:text': [text('Oral'), text('Dental claim')], coverage: [{ url: '#c' }],
    'service-date': [{ low: Date.UTC(2026, 0, 1), high: LATEST }, { low: Date.UTC(2026, 0, 2), high: Date.UTC(2026, 0, 4) }, day('2026-01-04')],
    identifier: [{ code: '7' }], 'identifier:of-type': [{ system: 'urn:t', code: 'uc|7' }],
  }],
  ['Coverage', {
    status: 'active', beneficiary: to('Patient/p'), payor: [to('Organization/i'), to('RelatedPerson/r')], subscriber: to('Patient/s'), policyHolder: to('Patient/h'), dependent: '01', type: coded('EHCPOL'),
    class: [{ type: coded('group'), value: 'G7' }], extension: [{ url: 'https://cobalt.example/fhir/StructureDefinition/payer-kind', valueCode: 'medicaid' }, { url: 'urn:x', valueCode: 'no' }],
  }, {
    status: [{ code: 'active' }], beneficiary: [local('Patient', 'p')], patient: [local('Patient', 'p')], payor: [local('Organization', 'i'), local('RelatedPerson', 'r')], subscriber: [local('Patient', 's')],
    'policy-holder': [local('Patient', 'h')], dependent: [text('01')], type: [token('EHCPOL')], 'class-type': [token('group')], 'class-value': [text('G7')], 'payer-kind': [{ code: 'medicaid' }],
  }],
  ['Patient', {
    active: false, name: [{ family: "O'Neil", given: ['José'], text: 'José O’Neil' }], birthDate: '1980-02', deceasedDateTime: '2020', gender: 'other', telecom: [{ system: 'email', value: 'a@b.c', use: 'work' }, { system: 'phone', value: '1' }],
    address: [{ city: 'Ávila', country: 'ES', state: 'AV', postalCode: '05001', use: 'home', line: ['Calle 1'] }], generalPractitioner: [to('Practitioner/g')], managingOrganization: to('Organization/m'), link: [{ other: to('Patient/q') }],
    communication: [{ language: coded('es') }], meta: { tag: [{ system: 'urn:s', code: 't' }], profile: ['urn:p'], source: 'urn:src', security: [{ code: 'R' }], lastUpdated: '2026-01-01T00:00:00Z' }, id: 'p',
  }, {
    active: [{ code: 'false' }], family: [text("O'Neil")], given: [text('José', 'jose')], name: [text("O'Neil"), text('José', 'jose'), { value: 'jose o’neil', exact: 'José O’Neil' }],
    birthdate: [{ low: Date.UTC(1980, 1), high: Date.UTC(1980, 2) }], 'death-date': [{ low: Date.UTC(2020, 0), high: Date.UTC(2021, 0) }], deceased: [{ code: 'true' }], gender: [{ code: 'other' }],
    telecom: [{ system: 'work', code: 'a@b.c' }, { code: '1' }], email: [{ system: 'work', code: 'a@b.c' }], phone: [{ code: '1' }],
    address: [text('Calle 1'), text('Ávila', 'avila'), text('AV'), text('05001'), text('ES')], 'address-city': [text('Ávila', 'avila')], 'address-country': [text('ES')], 'address-state': [text('AV')], 'address-postalcode': [text('05001')], 'address-use': [{ code: 'home' }],
    'general-practitioner': [local('Practitioner', 'g')], organization: [local('Organization', 'm')], link: [local('Patient', 'q')], language: [token('es')], phonetic: [{ value: 'o540', exact: "O'Neil" }, { value: 'j200', exact: 'José' }, { value: 'j200', exact: 'José O’Neil' }, { value: 'o540', exact: 'José O’Neil' }],
    _tag: [token('t')], _profile: [{ value: 'urn:p' }], _source: [{ value: 'urn:src' }], _security: [{ code: 'R' }], _id: [], _lastUpdated: [],
  }],
  ['Practitioner', { active: true, communication: [coded('en')], telecom: [{ system: 'phone', value: '5' }], identifier: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: '1' }] }, {
    active: [{ code: 'true' }], communication: [token('en')], phone: [{ code: '5' }], email: [], identifier: [{ system: 'http://hl7.org/fhir/sid/us-npi', code: '1' }],
  }],
  ['Organization', { name: 'Acme', alias: ['ACME Inc'], partOf: to('Organization/up'), endpoint: [to('Endpoint/e')], type: [coded('pay')], address: [{ text: 'Here' }] }, {
    name: [text('Acme'), text('ACME Inc')], partof: [local('Organization', 'up')], endpoint: [local('Endpoint', 'e')], type: [token('pay')], address: [text('Here')], phonetic: [{ value: 'a250', exact: 'Acme' }],
  }],
  ['Task', {
    status: 'ready', intent: 'order', code: coded('appeal'), focus: to('Claim/c'), for: to('Patient/p'), owner: to('CareTeam/t'), priority: 'urgent', businessStatus: coded('wait'), authoredOn: '2026-01-01', lastModified: '2026-01-02',
    executionPeriod: { end: '2026-01-03' }, restriction: { period: { start: '2025-01-01', end: '2026-02-01' } }, groupIdentifier: { value: 'g' },
  }, {
    status: [{ code: 'ready' }], intent: [{ code: 'order' }], code: [token('appeal')], focus: [local('Claim', 'c')], subject: [local('Patient', 'p')], patient: [local('Patient', 'p')], owner: [local('CareTeam', 't')], priority: [{ code: 'urgent' }],
    'business-status': [token('wait')], 'authored-on': [day('2026-01-01')], modified: [day('2026-01-02')], period: [{ low: EARLIEST, high: Date.UTC(2026, 0, 4) }], deadline: [day('2026-02-01')], 'group-identifier': [{ code: 'g' }],
  }],
  ['PaymentReconciliation', { created: '2026-01-01', paymentIssuer: to('Organization/i'), requestor: to('Organization/r'), request: to('Task/t'), outcome: 'complete', disposition: 'ok', identifier: [{ value: 'trn' }] }, {
    created: [day('2026-01-01')], 'payment-issuer': [local('Organization', 'i')], requestor: [local('Organization', 'r')], request: [local('Task', 't')], outcome: [{ code: 'complete' }], disposition: [text('ok')], identifier: [{ code: 'trn' }],
  }],
  ['Basic', { code: coded('charge'), created: '2026-01-01', subject: to('Account/a'), extension: [{ url: 'https://cobalt.example/fhir/StructureDefinition/entry-source', extension: [{ url: 'line', valuePositiveInt: 1 }, { url: 'resource', valueReference: to('Claim/c') }] }] }, {
    code: [token('charge')], created: [day('2026-01-01')], subject: [local('Account', 'a')], patient: [], 'entry-source': [local('Claim', 'c')],
  }],
  ['Observation', { code: coded('bp'), valueQuantity: { value: 120, unit: 'mm', system: 'urn:u', code: 'mm[Hg]' }, effectivePeriod: { start: '2026' }, subject: to('Group/g'), component: [{ code: coded('x'), valueCodeableConcept: coded('y') }] }, {
    code: [token('bp')], 'value-quantity': [{ ...exactly(120), system: 'urn:u', code: 'mm[Hg]' }, { ...exactly(120), code: 'mm' }], date: [{ low: Date.UTC(2026, 0), high: LATEST }], subject: [local('Group', 'g')], patient: [],
    'value-concept': [], 'component-code': [token('x')], 'component-value-concept': [token('y')], 'combo-code': [token('bp'), token('x')],
    'component-code-value-concept$1': [{ ...token('x'), group: 4 }], 'component-code-value-concept$2': [{ ...token('y'), group: 4 }], 'code-value-quantity$1': [{ ...token('bp'), group: 1 }],
  }],
  ['Observation', { code: coded('s'), valueString: 'Seen Here', effectiveInstant: '2026-01-01T00:00:00.5Z' }, { 'value-string': [text('Seen Here')], date: [{ low: Date.UTC(2026, 0, 1, 0, 0, 0, 500), high: Date.UTC(2026, 0, 1, 0, 0, 0, 600) }], 'value-quantity': [] }],
  ['Observation', { code: coded('s'), valueCodeableConcept: { text: 'Only said' } }, { 'value-concept': [], 'value-concept:text': [text('Only said')], 'value-string': [text('Only said')] }],
  ['Encounter', { class: { system: 'urn:s', code: 'AMB' }, period: { start: '2026-01-01', end: '2026-01-01' }, participant: [{ individual: to('Practitioner/a') }, { individual: to('RelatedPerson/b') }], length: { value: 30, unit: 'min' } }, {
    class: [token('AMB')], date: [day('2026-01-01')], practitioner: [local('Practitioner', 'a')], participant: [local('Practitioner', 'a'), local('RelatedPerson', 'b')], length: [exactly(30), { ...exactly(30), code: 'min' }],
  }],
  ['MedicationRequest', { medicationCodeableConcept: coded('aspirin'), dosageInstruction: [{ timing: { event: ['2026-01-02', '2026-01-01'] } }] }, { code: [token('aspirin')], medication: [], date: [day('2026-01-02'), day('2026-01-01')] }],
  ['MedicationRequest', { medicationReference: to('Medication/m') }, { code: [], medication: [local('Medication', 'm')] }],
  ['ValueSet', { url: 'http://x.example/vs', version: '1', date: '2026', compose: { include: [{ system: 'urn:s' }] }, useContext: [{ code: { system: 'urn:c', code: 'focus' }, valueQuantity: { value: 1 } }] }, {
    url: [{ value: 'http://x.example/vs' }], version: [{ code: '1' }], date: [{ low: Date.UTC(2026, 0), high: Date.UTC(2027, 0) }], reference: [{ value: 'urn:s' }], 'context-quantity': [exactly(1)],
    'context-type-quantity$1': [{ system: 'urn:c', code: 'focus', group: 1 }], 'context-type-quantity$2': [{ ...exactly(1), group: 1 }],
  }],
  ['ConceptMap', { sourceUri: 'http://x.example/vs', targetCanonical: 'http://x.example/to|2' }, { source: [], 'source-uri': [{ url: 'http://x.example/vs' }], target: [{ url: 'http://x.example/to', version: '2' }, { url: 'http://x.example/to|2' }] }],
  ['Condition', { onsetAge: { value: 5, unit: 'a' }, abatementString: 'In Spring' }, { 'onset-age': [exactly(5), { ...exactly(5), code: 'a' }], 'onset-date': [], 'abatement-string': [text('In Spring')] }],
  ['Bundle', { type: 'document', entry: [{ resource: { resourceType: 'Composition', id: 'c' } }, { resource: { resourceType: 'Patient', id: 'p' } }] }, { composition: [local('Composition', 'c')], message: [local('Composition', 'c')], type: [{ code: 'document' }] }],
  ['InsurancePlan', { name: 'Gold', alias: ['Au'] }, { name: [text('Gold'), text('Au')] }],
  ['Group', { characteristic: [{ code: coded('a'), valueBoolean: true }, { code: coded('b'), valueCodeableConcept: coded('c') }] }, { value: [token('c'), { code: 'true' }], 'characteristic-value$2': [{ code: 'true', group: 1 }, { ...token('c'), group: 2 }] }],
  ['SearchParameter', { target: ['Patient'], code: 'x' }, { target: [{ code: 'Patient' }], code: [{ code: 'x' }] }],
  ['Provenance', { target: [to('Patient/a'), to('Claim/b')], occurredPeriod: { start: '2026' }, recorded: '2026-01-01T00:00:00Z' }, { target: [local('Patient', 'a'), local('Claim', 'b')], patient: [local('Patient', 'a')], when: [] }],
];

describe.each(resources)('%s', (type, content, expected) => {
  test.each(Object.entries(expected))('%s', (param, entries) => {
    expect(entriesOf(type, content, param)).toEqual(entries);
  });
});

test('each parameter has entries of its own kind', () => {
  const kinds = new Map<string, Set<string>>();
  for (const [type, content] of resources) for (const entry of fhirSearch.extract({ resourceType: type, ...content })) kinds.set(entry.param, (kinds.get(entry.param) ?? new Set()).add(entry.kind));
  expect([kinds.get('patient'), kinds.get('birthdate'), kinds.get('family'), kinds.get('identifier'), kinds.get('value-quantity'), kinds.get('url')])
    .toEqual(['reference', 'date', 'string', 'token', 'quantity', 'uri'].map((kind) => new Set([kind])));
});

describe('references that a transaction resolves', () => {
  const resolve = (reference: string) => (reference === 'urn:uuid:1' ? { type: 'Patient', id: { slot: 'result', change: 2 } as const } : undefined);
  const entries = (resource: object): IndexEntry[] => fhirSearch.extract(resource as FhirResource, resolve);
  test('become the result of their change, and their type is known', () => {
    const observation = { resourceType: 'Observation', subject: to('urn:uuid:1'), encounter: to('urn:uuid:2') };
    const id = { slot: 'result', change: 2 };
    expect(entries(observation)).toEqual([
      { kind: 'reference', param: 'encounter', url: 'urn:uuid:2' },
      { kind: 'reference', param: 'patient', type: 'Patient', id },
      { kind: 'reference', param: 'subject', type: 'Patient', id },
    ]);
  });
});

describe('what is not of its type makes no entry and no error', () => {
  test.each<[string, object]>([
    ['dates that are none', { created: '2026-02-30' }], ['a date that is a number', { created: 5 }], ['an empty reference', { patient: {} }], ['null among codings', { priority: { coding: [null, {}] } }],
    ['an identifier without value', { identifier: [{ use: 'usual' }] }], ['text for an object', { patient: 'Patient/1', payee: 'x', item: 'y' }], ['lists in lists', { item: [[{ udi: [[]] }]] }],
    ['a name of Object', { ['__proto__']: { patient: 1 }, constructor: 1, status: 'toString' }],
  ])('%s', (_, content) => {
    expect(() => fhirSearch.extract({ resourceType: 'Claim', ...content })).not.toThrow();
  });
  test('a type that R4 does not have', () => {
    expect(fhirSearch.extract({ resourceType: 'constructor' })).toEqual([]);
  });
});

const samples = sampleResources('fhir') ?? [];
test.skipIf(samples.length === 0)('the entries of the samples are well formed', () => {
  for (const resource of samples) {
    for (const entry of fhirSearch.extract(resource)) {
      expect(entry.param).not.toBe('');
      if (entry.kind === 'date' || entry.kind === 'number' || entry.kind === 'quantity') expect(entry.low).toBeLessThan(entry.high);
      if (entry.kind === 'token') expect(entry.system ?? entry.code).toBeDefined();
      if (entry.kind === 'reference') expect(entry.url ?? entry.id).toBeDefined();
    }
  }
});
