import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bundle, SearchParameter } from 'fhir/r4.js';
import { afterAll, describe, expect, test } from 'vitest';
import { generateSearchParameters, SEARCH_PARAMETERS } from '../../../src/build/search-parameters.js';
import type { SearchTables } from '../../../src/fhir/search/definitions.js';
import { ALL_TYPES, expressionFor } from '../../../src/fhir/search/definitions.js';
import { compileExtractor } from '../../../src/fhir/search/extract.js';
import { createSearch } from '../../../src/fhir/search/index.js';
import { BASE, search } from './support.js';

const folder = await mkdtemp(join(tmpdir(), 'cobalt-search-'));
afterAll(() => rm(folder, { recursive: true }));
await generateSearchParameters(folder);
const tables = JSON.parse(await readFile(join(folder, 'search-parameters.json'), 'utf8')) as SearchTables;
const source = JSON.parse(await readFile(SEARCH_PARAMETERS, 'utf8')) as Bundle<SearchParameter>;
const fhirSearch = await search();

/** R4 parameters that search no elements (§3.1.1.4.20 to 23). */
const WITHOUT_ELEMENTS = ['_text', '_content', '_query'];

describe('the table of base R4', () => {
  test('has every parameter of every type', () => {
    const missing = (source.entry ?? []).flatMap(({ resource }) => resource ? resource.base.map((type) => `${type} ${resource.code}`) : [])
      .filter((each) => !tables.parameters[each.split(' ')[0]!]?.some(({ code }) => code === each.split(' ')[1]))
      .filter((each) => !WITHOUT_ELEMENTS.includes(each.split(' ')[1]!));
    expect(missing).toEqual([]);
    expect(Object.values(tables.parameters).flat().length).toBe(1706);
    expect(Object.keys(tables.parameters)).toHaveLength(147);
  });
  test('has no type that R4 does not have', () => {
    expect(Object.keys(tables.parameters)).not.toContain('SubscriptionStatus');
  });
  test('compiles without a FHIRPath engine, all of it; only a place has no index', () => {
    const without: string[] = [];
    for (const [type, list] of Object.entries(tables.parameters)) {
      for (const parameter of list) {
        if (!compileExtractor(parameter, type === ALL_TYPES ? 'Patient' : type, tables.elements, `${BASE}/`)) without.push(`${type} ${parameter.code}`);
      }
    }
    expect(without).toEqual(['Location near']);
  });
  test('knows what types an element has', () => {
    expect(tables.elements['Claim']).toMatchObject({ created: 'dateTime', item: 'Claim.item', use: 'code http://hl7.org/fhir/claim-use', id: 'string' });
    expect(tables.elements['Claim.item']?.['serviced']).toEqual(['date', 'Period']);
    expect(tables.elements['Bundle.entry']?.['link']).toBe('Bundle.link');
  });
  test("mends R4's own mistakes", () => {
    const component = (type: string, code: string) => tables.parameters[type]?.find((each) => each.code === code)?.components;
    expect(component('Observation', 'code-value-date')?.[1]?.expression).toBe('value.as(dateTime) | value.as(Period)');
    expect(component('DocumentReference', 'relationship')).toEqual([{ type: 'token', expression: 'code' }, { type: 'reference', expression: 'target' }]);
  });
  test('describes a shared parameter in the words of the type', () => {
    expect(tables.parameters['Claim']?.find(({ code }) => code === 'patient')?.documentation).toBe('Patient receiving the products or services');
    expect(tables.parameters['Encounter']?.find(({ code }) => code === 'patient')?.documentation).toBe('The patient or group present at the encounter');
  });
});

test.each([
  ['Claim', 'Claim.a | Patient.b | (Claim.c as Quantity)', 'Claim.a | (Claim.c as Quantity)'],
  ['Claim', "Claim.a.where(b = 'x | Patient.y')", "Claim.a.where(b = 'x | Patient.y')"],
  ['InsurancePlan', 'name | alias', 'name | alias'],
  ['Claim', 'Resource.id | DomainResource.text', 'Resource.id | DomainResource.text'],
  ['ClaimResponse', 'Claim.a', undefined],
  ['Claim', '', undefined],
])('the part of a union that concerns %s: %s', (type, expression, part) => {
  expect(expressionFor(type, expression)).toBe(part);
});

describe('what the CapabilityStatement says', () => {
  test('parameters with their definitions', () => {
    const listed = fhirSearch.searchParametersOf('ExplanationOfBenefit');
    expect(listed.find(({ name }) => name === 'patient')).toMatchObject({ type: 'reference', definition: 'http://hl7.org/fhir/SearchParameter/ExplanationOfBenefit-patient' });
    expect(listed.map(({ name }) => name)).toEqual(expect.arrayContaining(['_id', '_lastUpdated', 'service-date', 'insurer', 'type']));
    expect(fhirSearch.searchParametersOf('Location').map(({ name }) => name)).not.toContain('near');
    expect(fhirSearch.searchParametersOf('Nothing')).toEqual([]);
    expect(fhirSearch.searchParametersOf('Resource')).toEqual([]);
  });
  test('includes', () => {
    expect(fhirSearch.includesOf('Claim')).toEqual(expect.arrayContaining(['Claim:patient', 'Claim:coverage']));
    expect(fhirSearch.revIncludesOf('Claim')).toEqual(expect.arrayContaining(['ClaimResponse:request', 'ExplanationOfBenefit:claim', 'Task:focus', 'Basic:entry-source']));
    expect(fhirSearch.revIncludesOf('Claim')).not.toContain('Claim:patient');
  });
});

describe('definitions beyond base R4', () => {
  const extra = (part: Partial<SearchParameter>): SearchParameter => ({
    resourceType: 'SearchParameter', url: 'urn:extra', name: 'x', status: 'active', description: 'x', code: 'x', base: ['Claim'], type: 'token', expression: 'Claim.type', ...part,
  });
  const withExtra = (part: Partial<SearchParameter>) => createSearch({ baseUrl: BASE, extraParameters: [extra(part)] });

  test('are searched as those of R4 are, and replace one of the same code', async () => {
    const type = { coding: [{ code: 'oral' }] };
    expect((await withExtra({})).extract({ resourceType: 'Claim', type } as never)).toEqual([{ kind: 'token', param: 'x', code: 'oral' }]);
    expect((await withExtra({ code: 'status' })).extract({ resourceType: 'Claim', status: 'active', type } as never)).toEqual([{ kind: 'token', param: 'status', code: 'oral' }]);
  });
  test('may concern every type', async () => {
    const everywhere = await withExtra({ base: ['DomainResource'], expression: "DomainResource.extension('urn:e').value", type: 'date' });
    expect(everywhere.extract({ resourceType: 'Task', extension: [{ url: 'urn:e', valueDate: '2026' }] } as never)).toMatchObject([{ kind: 'date', param: 'x' }]);
  });
  test.each<[string, Partial<SearchParameter>]>([
    ['an element that the type does not have', { expression: 'Claim.nothing' }], ['FHIRPath beyond search', { expression: 'Claim.item.select(net.value * 2)' }], ['a type that R4 does not have', { base: ['Nothing' as 'Claim'], expression: 'Nothing.x' }],
    ['no expression for the type', { expression: 'Patient.name' }], ['an unknown component', { type: 'composite', component: [{ definition: 'urn:none', expression: 'type' }] }],
  ])('stop the start when they have %s', async (_, part) => {
    await expect(withExtra(part)).rejects.toThrow('urn:extra');
  });
});
