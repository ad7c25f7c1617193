import type { Bundle, ElementDefinition, FhirResource, StructureDefinition } from 'fhir/r4.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { HeldTerminology } from '../../../../src/fhir/terminology/index.js';
import { Profiles } from '../../../../src/fhir/validation/profiles/profiles.js';
import type { ProfileCheck } from '../../../../src/fhir/validation/profiles/profile-check.js';
import type { JsonObject } from '../../../../src/fhir/validation/rule.js';

/** A profile from its elements, each by its id. */
const profile = (name: string, type: string, elements: Record<string, Partial<ElementDefinition>>, base?: string): StructureDefinition => ({
  resourceType: 'StructureDefinition', url: `http://p.example/${name}`, name, status: 'active', kind: 'resource', abstract: false, type, derivation: 'constraint', ...(base ? { baseDefinition: `http://p.example/${base}` } : {}),
  differential: { element: Object.entries(elements).map(([id, rest]) => ({ id, path: id.replace(/:[^.]*/g, ''), ...rest })) },
});
const by = (type: 'value' | 'pattern' | 'type' | 'exists' | 'profile', path: string, rules: 'open' | 'closed' = 'open'): Partial<ElementDefinition> => ({ slicing: { rules, discriminator: [{ type, path }] } });
const invariant = (key: string, expression: string): Partial<ElementDefinition> => ({ constraint: [{ key, severity: 'error', human: `${key} holds.`, expression }] });

const PROFILES: FhirResource[] = [
  profile('value', 'Patient', { 'Patient.identifier': by('value', 'system', 'closed'), 'Patient.identifier:a': { min: 1, max: '1' }, 'Patient.identifier:a.system': { fixedUri: 'a' }, 'Patient.identifier:a.value': { min: 1 }, 'Patient.identifier:b': { max: '0' }, 'Patient.identifier:b.system': { fixedUri: 'b' } }),
  profile('deep', 'Patient', { 'Patient.identifier': by('value', 'type'), 'Patient.identifier:mr': { min: 1 }, 'Patient.identifier:mr.type.coding.code': { fixedCode: 'MR' } }),
  profile('path', 'Patient', { 'Patient.identifier': by('value', 'type.coding.code'), 'Patient.identifier:mr': { max: '1' }, 'Patient.identifier:mr.type': { patternCodeableConcept: { coding: [{ code: 'MR' }] } } }),
  profile('this', 'Claim', { 'Claim.procedure.type': by('pattern', '$this'), 'Claim.procedure.type:main': { max: '1', patternCodeableConcept: { coding: [{ code: 'primary' }] } } }),
  profile('bound', 'Patient', { 'Patient.communication': by('value', 'language'), 'Patient.communication:known': { max: '1' }, 'Patient.communication:known.language': { binding: { strength: 'required', valueSet: 'http://p.example/languages' } } }),
  profile('exists', 'Patient', { 'Patient.name': by('exists', 'period'), 'Patient.name:dated': { max: '1' }, 'Patient.name:dated.period': { min: 1 }, 'Patient.name:undated': { max: '1' }, 'Patient.name:undated.period': { max: '0' } }),
  profile('type', 'Observation', { 'Observation.value[x]': by('type', '$this', 'closed'), 'Observation.value[x]:valueString': { type: [{ code: 'string' }] }, 'Observation.value[x]:valueQuantity': { type: [{ code: 'Quantity' }] }, 'Observation.value[x]:valueQuantity.unit': { min: 1 } }),
  profile('resolved', 'Observation', { 'Observation.performer': by('type', 'resolve()'), 'Observation.performer:doctor': { min: 1, type: [{ code: 'Practitioner' }] } }),
  profile('profiled', 'Bundle', { 'Bundle.entry': by('profile', 'resource'), 'Bundle.entry:named': { min: 1 }, 'Bundle.entry:named.resource': { type: [{ code: 'Patient', profile: ['http://p.example/named'] }] } }),
  profile('named', 'Patient', { 'Patient.name': { min: 1 } }),
  profile('extension', 'Patient', { 'Patient.extension:race': { min: 1, max: '1', type: [{ code: 'Extension', profile: ['http://p.example/race'] }] } }),
  profile('base', 'Patient', { 'Patient.name': { min: 1 }, 'Patient.identifier': by('value', 'system'), 'Patient.identifier:a': { min: 0 }, 'Patient.identifier:a.system': { fixedUri: 'a' }, Patient: invariant('base-1', 'active = true') }),
  profile('derived', 'Patient', { 'Patient.name': { min: 2 }, 'Patient.identifier:a': { min: 1 }, Patient: invariant('derived-1', 'gender.exists()') }, 'base'),
  profile('choice', 'Patient', { 'Patient.deceased[x]': { min: 1, type: [{ code: 'boolean' }] } }),
  profile('fixed', 'Patient', { 'Patient.maritalStatus': { fixedCodeableConcept: { coding: [{ code: 'M' }] } }, 'Patient.contact.name': { patternHumanName: { family: 'X', given: ['A', 'B'] } } }),
  profile('codes', 'Patient', { 'Patient.maritalStatus': { binding: { strength: 'extensible', valueSet: 'http://p.example/languages' } }, 'Patient.communication.language': { binding: { strength: 'required', valueSet: 'http://p.example/languages' } }, 'Patient.gender': { binding: { strength: 'required', valueSet: 'http://p.example/unknown' } } }),
  profile('target', 'Patient', { 'Patient.generalPractitioner': { type: [{ code: 'Reference', targetProfile: ['http://hl7.org/fhir/StructureDefinition/Practitioner'] }] } }),
  profile('sum', 'Claim', { Claim: invariant('sum', '(total.value - item.net.value.aggregate($this + $total, 0)).abs() < 0.005'), 'Claim.item': invariant('line', 'detail.net.value.aggregate($total + $this, 0) <= net.value'), 'Claim.insurance': invariant('root', '%resource.item.exists()') }),
  profile('broken', 'Patient', { Patient: invariant('broken', 'name.given < birthDate') }),
  { resourceType: 'ValueSet', url: 'http://p.example/languages', status: 'active', compose: { include: [{ system: 'http://l.example', concept: [{ code: 'en' }, { code: 'de' }] }] } },
];

let check: ProfileCheck;
beforeAll(async () => {
  check = await new Profiles(PROFILES, new HeldTerminology(PROFILES)).load();
});

const told = (name: string, resource: object): string[] =>
  (check.against(resource as JsonObject, `http://p.example/${name}`) ?? ['not held']).map((issue) => (typeof issue === 'string' ? issue : `${issue.severity === 'error' ? '' : `${issue.severity} `}${issue.id ?? ''} ${issue.expression ?? ''}`));
const patient = (rest: object): object => ({ resourceType: 'Patient', ...rest });
const language = (code: string): object => ({ language: { coding: [{ system: 'http://l.example', code }] } });
const mr = { type: { coding: [{ code: 'X' }, { code: 'MR' }] } };

describe('slices are told apart', () => {
  it.each<[string, string, object, string[]]>([
    ['by a fixed value', 'value', patient({ identifier: [{ system: 'a', value: '1' }] }), []],
    ['by a fixed value: the slice is missing', 'value', patient({ identifier: [] }), ['profile-min Patient']],
    ['by a fixed value: twice', 'value', patient({ identifier: [{ system: 'a', value: '1' }, { system: 'a', value: '2' }] }), ['profile-max Patient.identifier[1]']],
    ['by a fixed value: what is below the slice', 'value', patient({ identifier: [{ system: 'a' }] }), ['profile-min Patient.identifier[0]']],
    ['by a fixed value: a slice that must not be', 'value', patient({ identifier: [{ system: 'a', value: '1' }, { system: 'b' }] }), ['profile-max Patient.identifier[1]']],
    ['by a fixed value: none, where the list is closed', 'value', patient({ identifier: [{ system: 'a', value: '1' }, { system: 'c' }, {}] }), ['profile-slice Patient.identifier[1]', 'profile-slice Patient.identifier[2]']],
    ['by what is fixed below the discriminator', 'deep', patient({ identifier: [{}, { type: { coding: [{ code: 'MR' }] } }] }), []],
    ['by what is fixed below the discriminator: missing', 'deep', patient({ identifier: [{ type: { coding: [{ code: 'X' }] } }] }), ['profile-min Patient']],
    ['by a path that ends below a pattern', 'path', patient({ identifier: [mr, {}, mr] }), ['profile-max Patient.identifier[2]']],
    ['by themselves', 'this', { resourceType: 'Claim', procedure: [{ type: [{ coding: [{ code: 'primary' }] }, { coding: [{ code: 'secondary' }] }, { coding: [{ code: 'primary' }] }] }] }, ['profile-max Claim.procedure[0].type[2]']],
    ['by a required binding', 'bound', patient({ communication: [language('en'), language('fr'), language('de')] }), ['profile-max Patient.communication[2]']],
    ['by what is there and what is not', 'exists', patient({ name: [{ period: {} }, {}, { family: 'x' }] }), ['profile-max Patient.name[2]']],
    ['by type', 'type', { resourceType: 'Observation', valueQuantity: { value: 1 } }, ['profile-min Observation.value']],
    ['by type: one that is not listed', 'type', { resourceType: 'Observation', valueBoolean: true }, ['profile-slice Observation.value']],
    ['by the type of what is referred to', 'resolved', { resourceType: 'Observation', contained: [{ resourceType: 'Practitioner', id: 'd' }], performer: [{ reference: '#d' }] }, []],
    ['by the type of what is referred to: none', 'resolved', { resourceType: 'Observation', contained: [{ resourceType: 'Patient', id: 'd' }], performer: [{ reference: '#d' }] }, ['profile-min Observation']],
    ['by profile', 'profiled', { resourceType: 'Bundle', entry: [{ resource: patient({}) }, { resource: patient({ name: [{}] }) }] } as unknown as Bundle, []],
    ['by profile: none that meets it', 'profiled', { resourceType: 'Bundle', entry: [{ resource: patient({}) }] } as unknown as Bundle, ['profile-min Bundle']],
    ['by the URL of an extension', 'extension', patient({ extension: [{ url: 'http://p.example/race' }, { url: 'http://p.example/other' }] }), []],
    ['by the URL of an extension: missing', 'extension', patient({ extension: [{ url: 'http://p.example/other' }] }), ['profile-min Patient']],
  ])('%s', (_name, url, resource, expected) => expect(told(url, resource)).toEqual(expected));
});

describe('elements', () => {
  it.each<[string, string, object, string[]]>([
    ['a profile on another says both', 'derived', patient({ name: [{}], identifier: [] }), ['base-1 Patient', 'derived-1 Patient', 'profile-min Patient', 'profile-min Patient']],
    ['and is met by what meets both', 'derived', patient({ name: [{}, {}], identifier: [{ system: 'a' }], active: true, gender: 'other' }), []],
    ['a choice that is missing', 'choice', patient({}), ['profile-min Patient']],
    ['a choice of another type', 'choice', patient({ deceasedDateTime: '2026' }), ['profile-type Patient.deceased']],
    ['an extension in place of a value', 'choice', patient({ _deceasedBoolean: { extension: [{ url: 'x', valueCode: 'unknown' }] } }), []],
    ['a fixed value to the letter', 'fixed', patient({ maritalStatus: { coding: [{ code: 'M', display: 'Married' }] } }), ['profile-fixed Patient.maritalStatus']],
    ['a pattern in part', 'fixed', patient({ contact: [{ name: { family: 'X', given: ['B', 'C', 'A'], text: 'x' } }, { name: { family: 'X', given: ['B'] } }] }), ['profile-pattern Patient.contact[1].name']],
    ['a required binding', 'codes', patient({ communication: [language('fr')] }), ['profile-binding Patient.communication[0].language']],
    ['an extensible binding warns', 'codes', patient({ maritalStatus: { coding: [{ code: 'x' }] } }), ['warning profile-binding Patient.maritalStatus']],
    ['an extensible binding leaves text alone', 'codes', patient({ maritalStatus: { text: 'x' } }), []],
    ['a binding to what is not held', 'codes', patient({ gender: 'x' }), []],
    ['a reference to another type', 'target', patient({ generalPractitioner: [{ reference: 'Organization/1' }, { reference: 'Practitioner/1' }, { reference: 'urn:uuid:1' }, { display: 'x' }] }), ['profile-target Patient.generalPractitioner[0].reference']],
    ['a profile of another type', 'named', { resourceType: 'Observation' }, ['profile-type Observation']],
    ['a profile that is not held', 'nothing', patient({}), ['not held']],
    ['values of a wrong shape', 'fixed', patient({ maritalStatus: 5, contact: [null, 'x', { name: [null] }], name: null }), ['profile-fixed Patient.maritalStatus']],
  ])('%s', (_name, url, resource, expected) => expect(told(url, resource)).toEqual(expected));
});

describe('invariants', () => {
  const claim = (total: number, ...nets: number[]): object => ({ resourceType: 'Claim', insurance: [{}], total: { value: total, currency: 'USD' }, item: nets.map((value) => ({ net: { value, currency: 'USD' } })) });
  it.each<[string, string, object, string[]]>([
    ['a sum that holds', 'sum', claim(0.3, 0.1, 0.2), []],
    ['a sum that is out by a cent', 'sum', claim(0.31, 0.1, 0.2), ['sum Claim']],
    ['a sum of nothing', 'sum', { ...claim(0), item: undefined }, ['root Claim.insurance[0]']],
    ['on the element that they are of', 'sum', { ...claim(3, 1, 2), item: [{ net: { value: 1 } }, { net: { value: 2 }, detail: [{ net: { value: 1.5 } }, { net: { value: 1 } }] }] }, ['line Claim.item[1]']],
    ['that can not be evaluated do not hold', 'broken', patient({ name: [{ given: ['a', 'b'] }], birthDate: '2026' }), ['broken Patient']],
  ])('%s', (_name, url, resource, expected) => expect(told(url, resource)).toEqual(expected));

  it('are passed over where they are not wanted', () => expect(check.against(claim(5, 1) as JsonObject, 'http://p.example/sum', { invariants: false })).toEqual([]));
});

it('one faulty resource has at most 50 issues', () => expect(told('value', patient({ identifier: Array.from({ length: 500 }, () => ({ system: 'c' })) })).length).toBe(50));
