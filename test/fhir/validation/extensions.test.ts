import { readdirSync, readFileSync } from 'node:fs';
import type { FhirResource } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepareValidation, registerProfiles, validateResource } from '../../../src/fhir/validation/index.js';
import { inProject } from '../../../src/root.js';
import { coverage } from './examples.js';

const URL = 'http://example.org/StructureDefinition/';
const element = (id: string, rest: object = {}): object => ({ id, path: id.replaceAll(/:[^.]+/g, ''), ...rest });
const definition = (name: string, ...elements: object[]): FhirResource =>
  ({ resourceType: 'StructureDefinition', url: URL + name, name, status: 'active', kind: 'complex-type', abstract: false, type: 'Extension', differential: { element: [element('Extension'), ...elements] } }) as FhirResource;

const profiles: FhirResource[] = [
  definition('kind', element('Extension.extension', { max: '0' }), element('Extension.value[x]', { min: 1, max: '1', type: [{ code: 'code' }], binding: { strength: 'required', valueSet: 'http://example.org/ValueSet/kind|1' } })),
  definition(
    'owner',
    element('Extension.extension', { max: '0' }),
    element('Extension.value[x]', { min: 1, type: [{ code: 'Reference', targetProfile: ['http://hl7.org/fhir/StructureDefinition/Patient'] }, { code: 'string' }] }),
  ),
  definition(
    'decree',
    element('Extension.extension', { min: 1, slicing: { rules: 'closed' } }),
    element('Extension.extension:who', { sliceName: 'who', min: 1, max: '1' }),
    element('Extension.extension:who.url', { fixedUri: 'who' }),
    element('Extension.extension:who.value[x]', { min: 1, type: [{ code: 'string' }] }),
    element('Extension.extension:date', { sliceName: 'date', min: 0, max: '*' }),
    element('Extension.extension:date.url', { fixedUri: 'date' }),
    element('Extension.extension:date.value[x]', { min: 1, type: [{ code: 'date' }] }),
    element('Extension.extension:court', { sliceName: 'court', min: 0, max: '2' }),
    element('Extension.extension:court.extension', { slicing: { rules: 'open' } }),
    element('Extension.extension:court.extension:place', { sliceName: 'place', min: 1, max: '1' }),
    element('Extension.extension:court.extension:place.url', { fixedUri: 'place' }),
    element('Extension.extension:court.extension:place.value[x]', { min: 1, type: [{ code: 'string' }] }),
    element('Extension.extension:court.value[x]', { max: '0' }),
    element('Extension.value[x]', { max: '0' }),
  ),
  definition('some', element('Extension.extension', { min: 1 }), element('Extension.extension:a', { sliceName: 'a', min: 0, max: '1' }), element('Extension.value[x]', { max: '0' })),
  { resourceType: 'ValueSet', url: 'http://example.org/ValueSet/kind', status: 'active', compose: { include: [{ system: 'http://example.org/kind' }], exclude: [{ system: 'http://example.org/kind', concept: [{ code: 'c' }] }] } },
  { resourceType: 'CodeSystem', url: 'http://example.org/kind', status: 'active', content: 'complete', concept: [{ code: 'a', concept: [{ code: 'b' }] }, { code: 'c' }] },
];

beforeAll(async () => {
  await prepareValidation();
  registerProfiles(profiles);
});
afterAll(() => registerProfiles([]));

const who = { url: 'who', valueString: 'x' };
const summary = (extension: object): string[] => validateResource({ ...coverage, extension: [extension] }).map(({ code, id, expression }) => `${code} ${id ?? ''} ${expression ?? ''}`);

describe('a known extension is valid', () => {
  it.each([
    ['with a code of its value set', { url: `${URL}kind`, valueCode: 'b' }],
    ['with either type of its value', { url: `${URL}owner`, valueString: 'x' }],
    ['with a reference to an allowed type', { url: `${URL}owner`, valueReference: { reference: 'Patient/1' } }],
    ['with its parts', { url: `${URL}decree`, extension: [who, { url: 'date', valueDate: '2024' }, { url: 'date', valueDate: '2025' }] }],
    ['with parts in parts', { url: `${URL}decree`, extension: [who, { url: 'court', extension: [{ url: 'place', valueString: 'x' }, { url: 'other', valueString: 'open' }] }] }],
    ['that nobody defined', { url: 'urn:other', valueString: 'x' }],
  ])('%s', (_name, extension) => {
    expect(summary(extension)).toEqual([]);
  });
});

describe('a known extension is refused', () => {
  it.each<[string, object, ...string[]]>([
    ['with a value of another type', { url: `${URL}kind`, valueString: 'a' }, 'structure extension-value Coverage.extension[0].value'],
    ['with a code outside its value set', { url: `${URL}kind`, valueCode: 'x' }, 'code-invalid binding Coverage.extension[0].value'],
    ['with a code that its value set excludes', { url: `${URL}kind`, valueCode: 'c' }, 'code-invalid binding Coverage.extension[0].value'],
    ['with parts instead of a value', { url: `${URL}kind`, extension: [who] }, 'required extension-value Coverage.extension[0]', 'structure extension-part Coverage.extension[0].extension[0]'],
    ['with a reference to another type', { url: `${URL}owner`, valueReference: { reference: 'Coverage/1' } }, 'value reference-target Coverage.extension[0].value'],
    ['with a value instead of parts', { url: `${URL}decree`, valueString: 'x' }, 'structure extension-value Coverage.extension[0].value', 'required extension-part Coverage.extension[0]', 'required extension-part Coverage.extension[0]'],
    ['without a required part', { url: `${URL}decree`, extension: [{ url: 'date', valueDate: '2024' }] }, 'required extension-part Coverage.extension[0]'],
    ['with a part too often', { url: `${URL}decree`, extension: [who, who] }, 'structure extension-part Coverage.extension[0].extension'],
    ['with an unknown part in a closed list', { url: `${URL}decree`, extension: [who, { url: 'x', valueString: 'x' }] }, 'structure extension-part Coverage.extension[0].extension[1]'],
    ['with a part of another type', { url: `${URL}decree`, extension: [who, { url: 'date', valueString: '2024' }] }, 'structure extension-value Coverage.extension[0].extension[1].value'],
    ['without a part of a part', { url: `${URL}decree`, extension: [who, { url: 'court', extension: [{ url: 'other', valueString: 'x' }] }] }, 'required extension-part Coverage.extension[0].extension[1]'],
    ['with no value and no part', { url: `${URL}some` }, 'invariant ext-1 Coverage.extension[0]', 'required extension-part Coverage.extension[0]'],
  ])('%s', (_name, extension, ...expected) => {
    expect(summary(extension)).toEqual(expected);
  });
});

it('the extensions in profiles/ are read without a fault', () => {
  const own = readdirSync(inProject('profiles')).filter((name) => name.endsWith('.json')).map((name) => JSON.parse(readFileSync(inProject('profiles', name), 'utf8')) as FhirResource);
  registerProfiles(own);
  const amount = { url: 'https://cobalt.example/fhir/StructureDefinition/amount' };
  expect(summary({ ...amount, valueMoney: { value: 1, currency: 'USD' } })).toEqual([]);
  expect(summary({ ...amount, valueDecimal: 1 })).toEqual(['structure extension-value Coverage.extension[0].value']);
  registerProfiles(profiles);
});
