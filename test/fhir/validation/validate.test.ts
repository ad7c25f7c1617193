import { beforeAll, describe, expect, it } from 'vitest';
import { prepareValidation, resourceTypes, validateResource } from '../../../src/fhir/validation/index.js';
import { MAX_ISSUES } from '../../../src/fhir/validation/issue.js';
import { bundle, claim, coverage, parameters, patient } from './examples.js';
import { resolves } from './resolve.js';

type Json = Record<string, unknown>;
/** What is wrong · the resource · each issue as `code id expression`. */
type Fault = [string, Json, ...string[]];

beforeAll(prepareValidation);

const summary = (resource: unknown, options = {}): string[] => validateResource(resource, options).map(({ code, id, expression }) => `${code} ${id ?? ''} ${expression ?? ''}`);
const without = (resource: Json, name: string): Json => Object.fromEntries(Object.entries(resource).filter(([key]) => key !== name));
const withItem = (change: Json, left = ''): Json => ({ ...claim, item: [claim.item[0]!, { ...without(claim.item[0]!, left), ...change }] });
const absent = { extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }] };

describe('a valid resource has no issues', () => {
  it.each<[string, Json]>([
    ['Coverage', coverage],
    ['Claim with a contained Coverage', claim],
    ['Patient with extensions, masked names and a narrative', patient],
    ['transaction Bundle', bundle],
    ['Parameters', parameters],
    ['a required primitive that is absent with a reason', { ...without(coverage, 'status'), _status: absent }],
    ['a choice with its extensions beside it', { ...patient, _deceasedBoolean: absent }],
    ['the last day of February in a leap year', { ...patient, birthDate: '2000-02-29' }],
    ['partial dates', { ...coverage, period: { start: '2024', end: '2024-03' } }],
    ['a period that ends on the day it starts, the start being more precise', { ...coverage, period: { start: '2024-01-01T10:00:00Z', end: '2024-01-01' } }],
    ['a period in order only with its offsets', { ...coverage, period: { start: '2024-01-01T23:00:00+05:00', end: '2024-01-01T20:00:00Z' } }],
    ['an extension of unknown URL', { ...coverage, extension: [{ url: 'urn:x', valueMoney: { value: 1, currency: 'USD' } }] }],
    ['references that are absolute, logical or only text', { ...coverage, payor: [{ reference: 'http://example.org/fhir/Foo/1' }, { identifier: { value: '1' } }, { display: 'x' }, { reference: 'urn:uuid:1' }] }],
    ['a versioned reference', { ...coverage, beneficiary: { reference: 'Patient/1/_history/2' } }],
    ['a contained resource that refers to its container', { ...patient, contained: [{ resourceType: 'Coverage', id: 'c', status: 'active', beneficiary: { reference: '#' }, payor: [{ display: 'x' }] }] }],
    ['a no-break space in a string', { ...coverage, dependent: 'a\u00a0b' }],
    ['a value of type Meta, as $meta takes it', { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: { tag: [{ code: 'x' }] } }] }],
    ['an extension beside a canonical of a list', { ...patient, meta: { profile: [null], _profile: [absent] } }],
    ['an element that is named resourceType', { resourceType: 'ExampleScenario', status: 'draft', instance: [{ resourceId: 'a', resourceType: 'Claim' }] }],
    ['a type that billing never sees', { resourceType: 'ResearchDefinition', status: 'draft', population: { reference: 'ResearchElementDefinition/1' } }],
  ])('%s', (_name, resource) => {
    expect(validateResource(resource)).toEqual([]);
  });
});

describe('the shape', () => {
  it.each<Fault>([
    ['an unknown element', { ...coverage, fooBar: 1 }, 'structure unknown-element Coverage.fooBar'],
    ['an unknown element further down', withItem({ price: 1 }), 'structure unknown-element Claim.item[1].price'],
    ['an unknown element with a name that no path can hold', { ...coverage, 'foo bar': 1 }, 'structure unknown-element Coverage'],
    ['a choice of a type that is not allowed', withItem({ servicedString: 'x' }), 'structure unknown-element Claim.item[1].servicedString'],
    ['null', { ...coverage, status: null }, 'structure shape Coverage.status'],
    ['null for an object', { ...coverage, beneficiary: null }, 'structure shape Coverage.beneficiary'],
    ['a number for a string', { ...coverage, dependent: 5 }, 'structure shape Coverage.dependent'],
    ['a string for a number', withItem({ factor: '1.0' }), 'structure shape Claim.item[1].factor'],
    ['a string for true', { ...coverage, subrogation: 'true' }, 'structure shape Coverage.subrogation'],
    ['a string for an object', { ...coverage, payor: ['Organization/1'] }, 'structure shape Coverage.payor[0]'],
    ['an object for an array', { ...coverage, payor: { reference: 'Organization/1' } }, 'structure shape Coverage.payor'],
    ['an array for an object', { ...coverage, beneficiary: [{ reference: 'Patient/1' }] }, 'structure shape Coverage.beneficiary'],
    ['an array for a primitive', { ...coverage, status: ['active'] }, 'structure shape Coverage.status'],
    ['an infinite decimal', withItem({ factor: Number.POSITIVE_INFINITY }), 'structure shape Claim.item[1].factor'],
    ['a decimal that is not a number', withItem({ factor: Number.NaN }), 'structure shape Claim.item[1].factor'],
    ['a wrong element of a choice', withItem({ servicedPeriod: 'x' }, 'servicedDate'), 'structure shape Claim.item[1].serviced'],
  ])('%s', checkFault);
});

describe('what the official schema misses', () => {
  it.each<Fault>([
    ['a required code', without(coverage, 'status'), 'required required Coverage'],
    ['a required object', without(coverage, 'beneficiary'), 'required required Coverage'],
    ['a required array', without(coverage, 'payor'), 'required required Coverage'],
    ['several required elements', without(without(claim, 'use'), 'created'), 'required required Claim', 'required required Claim'],
    ['a required element of a backbone', { ...claim, insurance: [{ coverage: { reference: '#cov' }, focal: true }] }, 'required required Claim.insurance[0]'],
    ['a required primitive whose stand-in says nothing', { ...without(coverage, 'status'), _status: { id: 'a' } }, 'invariant ele-1 Coverage.status'],
    ['a code outside its required binding', { ...coverage, status: 'banana' }, 'code-invalid binding Coverage.status'],
    ['a currency that is none', { ...claim, total: { value: 1, currency: 'usd' } }, 'code-invalid binding Claim.total.currency'],
    ['a concept outside its required binding', { resourceType: 'Condition', subject: { reference: 'Patient/1' }, clinicalStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'ill' }] } }, 'code-invalid binding Condition.clinicalStatus'],
    ['a concept of the right code in the wrong system', { resourceType: 'Condition', subject: { reference: 'Patient/1' }, clinicalStatus: { coding: [{ system: 'http://example.org', code: 'active' }] } }, 'code-invalid binding Condition.clinicalStatus'],
    ['an empty array', { ...coverage, payor: [] }, 'structure shape Coverage.payor'],
    ['an empty object', { ...coverage, beneficiary: {} }, 'invariant ele-1 Coverage.beneficiary'],
    ['an object with nothing but an id', { ...coverage, beneficiary: { id: 'a' } }, 'invariant ele-1 Coverage.beneficiary'],
    ['an empty string', { ...coverage, dependent: '' }, 'value shape Coverage.dependent'],
    ['a string of white space', { ...coverage, dependent: ' \n\t' }, 'value shape Coverage.dependent'],
    ['a fraction for an integer', { ...coverage, order: 1.5 }, 'structure shape Coverage.order'],
    ['zero for a positive integer', { ...coverage, order: 0 }, 'value shape Coverage.order'],
    ['an integer beyond 32 bits', { ...coverage, order: 2 ** 31 }, 'value shape Coverage.order'],
    ['a negative unsigned integer', { ...patient, photo: [{ size: -1 }] }, 'value shape Patient.photo[0].size'],
    ['a day that does not exist', { ...patient, birthDate: '2024-02-31' }, 'value calendar Patient.birthDate'],
    ['29 February in a common year', { ...patient, birthDate: '1900-02-29' }, 'value calendar Patient.birthDate'],
    ['31 April in a time', { ...patient, meta: { lastUpdated: '2024-04-31T00:00:00Z' } }, 'value calendar Patient.meta.lastUpdated'],
    ['a month that does not exist', { ...patient, birthDate: '2024-13' }, 'value shape Patient.birthDate'],
    ['a time without offset', { ...claim, created: '2024-01-01T10:00:00' }, 'value shape Claim.created'],
    ['an instant without time', { ...patient, meta: { lastUpdated: '2024-04-01' } }, 'value shape Patient.meta.lastUpdated'],
    ['two types of one choice', withItem({ servicedPeriod: { start: '2024' } }), 'structure choice Claim.item[1].serviced'],
    ['two types of one choice, one only by its extension', { ...patient, _deceasedDateTime: absent }, 'structure choice Patient.deceased'],
    ['a period that ends before it starts', { ...coverage, period: { start: '2024-02-01', end: '2024-01-31' } }, 'invariant per-1 Coverage.period'],
    ['a period that ends before it starts by its offsets', { ...coverage, period: { start: '2024-01-01T20:00:00Z', end: '2024-01-01T23:00:00+05:00' } }, 'invariant per-1 Coverage.period'],
    ['an id that is too long', { ...coverage, id: 'a'.repeat(65) }, 'value shape Coverage.id'],
    ['an id with an underscore', { ...coverage, id: 'a_b' }, 'value shape Coverage.id'],
    ['a URI with white space', { ...patient, identifier: [{ system: 'http://a b' }] }, 'value shape Patient.identifier[0].system'],
    ['base64 of wrong length', { ...patient, photo: [{ contentType: 'image/png', data: 'QUJDR' }] }, 'value base64 Patient.photo[0].data'],
    ['base64 with padding in its middle', { ...patient, photo: [{ contentType: 'image/png', data: 'QU=DQUJD' }] }, 'value base64 Patient.photo[0].data'],
    ['a reference to a type that is not allowed', { ...coverage, payor: [{ reference: 'Practitioner/1' }] }, 'value reference-target Coverage.payor[0].reference'],
    ['a reference to no type of FHIR', { ...coverage, extension: [{ url: 'urn:x', valueReference: { reference: 'Foo/1' } }] }, 'value reference-target Coverage.extension[0].value.reference'],
    ['a null without counterpart', { ...patient, name: [{ given: ['A', null] }] }, 'structure null Patient.name[0].given[1]'],
    ['a null in both arrays', { ...patient, name: [{ given: ['A', null], _given: [absent, null] }] }, 'structure null Patient.name[0].given[1]', 'structure null Patient.name[0].given[1]'],
    ['an extension array entry that says nothing beside null', { ...patient, name: [{ given: [null], _given: [{ id: 'a' }] }] }, 'invariant ele-1 Patient.name[0].given[0]'],
    ['a null in an array of objects', { ...coverage, payor: [null] }, 'structure shape Coverage.payor[0]'],
    ['a script in a narrative', { ...patient, text: { status: 'generated', div: '<div><script>x</script></div>' } }, 'invariant txt-1 Patient.text.div'],
    ['an event attribute in a narrative', { ...patient, text: { status: 'generated', div: '<div><p onclick="x">a</p></div>' } }, 'invariant txt-1 Patient.text.div'],
    ['a narrative that is no div', { ...patient, text: { status: 'generated', div: 'x' } }, 'invariant txt-1 Patient.text.div'],
  ])('%s', checkFault);
});

describe('contained resources', () => {
  const contained = { ...coverage, id: 'cov' };
  it.each<Fault>([
    ['a local reference to nothing', { ...coverage, payor: [{ reference: '#org' }] }, 'invariant ref-1 Coverage.payor[0].reference'],
    ['a contained resource that nobody refers to', { ...claim, contained: [contained, { resourceType: 'Organization', id: 'o', name: 'x' }] }, 'invariant dom-3 Claim.contained[1]'],
    ['the same id twice', { ...claim, contained: [contained, contained] }, 'invariant contained-id Claim.contained[1].id'],
    ['a contained resource that contains another', { ...claim, contained: [{ ...contained, contained: [{ resourceType: 'Organization', id: 'o', name: 'x' }], payor: [{ reference: '#cov' }] }] }, 'invariant dom-2 Claim.contained[0].contained'],
    ['versions in a contained resource', { ...claim, contained: [{ ...contained, meta: { versionId: '1' } }] }, 'invariant dom-4 Claim.contained[0].meta'],
    ['security labels in a contained resource', { ...claim, contained: [{ ...contained, meta: { security: [{ code: 'R' }] } }] }, 'invariant dom-5 Claim.contained[0].meta.security'],
    ['a fault inside', { ...claim, contained: [{ ...contained, status: 'banana' }] }, 'code-invalid binding Claim.contained[0].status'],
    ['an unknown element inside', { ...claim, contained: [{ ...contained, foo: 1 }] }, 'structure unknown-element Claim.contained[0].foo'],
    ['no type', { ...claim, contained: [contained, { id: 'x' }], supportingInfo: [{ sequence: 1, category: { text: 'x' }, valueReference: { reference: '#x' } }] }, 'required required Claim.contained[1]'],
    ['an unknown type', { ...claim, contained: [contained, { resourceType: 'Foo', id: 'x' }], supportingInfo: [{ sequence: 1, category: { text: 'x' }, valueReference: { reference: '#x' } }] }, 'value resource-type Claim.contained[1].resourceType'],
  ])('%s', checkFault);
});

describe('resources inside Bundle and Parameters', () => {
  const [first, second] = bundle.entry;
  it.each<Fault>([
    ['a fault in the second entry', { ...bundle, entry: [first, { ...second, resource: { ...coverage, status: 'banana' } }] }, 'code-invalid binding Bundle.entry[1].resource.status'],
    ['a shape fault in the second entry', { ...bundle, entry: [first, { ...second, resource: { ...coverage, payor: [{ reference: 1 }] } }] }, 'structure shape Bundle.entry[1].resource.payor[0].reference'],
    ['something missing in an entry', { ...bundle, entry: [{ ...first, resource: without(coverage, 'status') }] }, 'required required Bundle.entry[0].resource'],
    ['local references of another entry', { ...bundle, entry: [first, { ...second, resource: without(claim, 'contained') }] }, 'invariant ref-1 Bundle.entry[1].resource.insurance[0].coverage.reference'],
    ['an entry that is no object', { ...bundle, entry: [{ ...first, resource: [] }] }, 'structure shape Bundle.entry[0].resource', 'structure shape Bundle.entry[0].resource'],
    ['a fault in a parameter', { resourceType: 'Parameters', parameter: [{ name: 'a', resource: { ...coverage, order: 0 } }] }, 'value shape Parameters.parameter[0].resource.order'],
    ['a fault in a part', { resourceType: 'Parameters', parameter: [{ name: 'a', part: [{ name: 'b', valueDate: '2024-02-30' }] }] }, 'value calendar Parameters.parameter[0].part[0].value'],
  ])('%s', checkFault);
});

describe('what is no resource', () => {
  it.each([
    ['null', null, 'structure shape Resource'],
    ['a number', 1, 'structure shape Resource'],
    ['a string', 'x', 'structure shape Resource'],
    ['an array', [], 'structure shape Resource'],
    ['an object without type', {}, 'required required Resource'],
    ['a type that is not of FHIR', { resourceType: 'Foo' }, 'value resource-type Resource.resourceType'],
    ['a type that objects have by nature', { resourceType: 'constructor' }, 'value resource-type Resource.resourceType'],
    ['a type that is no string', { resourceType: 5 }, 'value resource-type Resource.resourceType'],
    ['an abstract type', { resourceType: 'DomainResource' }, 'value resource-type Resource.resourceType'],
  ])('%s', (_name, value, expected) => {
    expect(summary(value)).toEqual([expected]);
  });
});

describe('options', () => {
  it('prefix begins every expression', () => {
    expect(summary({ ...coverage, fooBar: 1, status: 'banana' }, { prefix: 'Bundle.entry[3].resource' })).toEqual([
      'structure unknown-element Bundle.entry[3].resource.fooBar',
      'code-invalid binding Bundle.entry[3].resource.status',
    ]);
  });

  it('expectType refuses another type', () => {
    expect(summary(coverage, { expectType: 'Patient' })).toEqual(['structure resource-type Coverage']);
    expect(validateResource(coverage, { expectType: 'Coverage' })).toEqual([]);
  });
});

describe('an answer', () => {
  it('holds no value of the resource', () => {
    const secret = 'Jane-Secret';
    const resource = { ...coverage, id: `${secret}!`, status: secret, dependent: { x: secret }, [`${secret} key`]: 1, payor: [{ reference: `${secret}/1` }], period: { start: secret, end: secret } };
    expect(JSON.stringify(validateResource(resource))).not.toContain(secret);
  });

  it(`names at most ${MAX_ISSUES} faults, without quadratic time, however many there are`, () => {
    const wrong = Array.from({ length: 200_000 }, () => ({ reference: 5, foo: 1 }));
    expect(validateResource({ ...coverage, payor: wrong }).length).toBe(MAX_ISSUES);
    const unresolved = Array.from({ length: 100_000 }, (_, i) => ({ reference: `#${i}` }));
    expect(validateResource({ ...coverage, payor: unresolved }).length).toBe(MAX_ISSUES);
    const contained = Array.from({ length: 100_000 }, () => ({ resourceType: 'Basic', id: 'x', code: { text: 'x' } }));
    expect(validateResource({ ...coverage, contained }).length).toBe(MAX_ISSUES);
  });

  it('comes for strings of ten million characters in every primitive type', () => {
    const texts = ['ab'.repeat(5_000_000), 'a '.repeat(5_000_000), `urn:oid:1${'.1'.repeat(1_000_000)}`, ' '.repeat(1_000_000)];
    for (const type of ['Code', 'Uri', 'String', 'Id', 'Date', 'DateTime', 'Oid', 'Uuid', 'Base64Binary', 'Markdown', 'Instant', 'Canonical', 'Url', 'Time']) {
      for (const text of texts) expect(() => validateResource({ ...coverage, extension: [{ url: 'urn:x', [`value${type}`]: text }] })).not.toThrow();
    }
    expect(() => validateResource({ ...patient, text: { status: 'generated', div: `<div>${'< on'.repeat(2_000_000)}` } })).not.toThrow();
  });
});

it('resourceTypes are the 146 of R4', () => {
  expect(resourceTypes.size).toBe(146);
  expect(resourceTypes.has('ExplanationOfBenefit')).toBe(true);
});

function checkFault(_name: string, resource: Json, ...expected: string[]): void {
  expect(summary(resource)).toEqual(expected);
  for (const line of expected) expect(resolves(line.split(' ')[2] ?? '', resource), line).toBe(true);
}
