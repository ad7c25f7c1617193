import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { SearchableResource } from '../../../src/fhir/search/index.js';
import { openSqliteStore } from '../../../src/store/sqlite/index.js';
import { search } from './support.js';

const fhirSearch = await search();
const directory = await mkdtemp(join(tmpdir(), 'cobalt-search-'));
const store = await openSqliteStore({ directory, readers: 1 });
afterAll(async () => {
  await store.close();
  await rm(directory, { recursive: true });
});

const coded = (code: string, value?: number): object => ({ code: { coding: [{ system: 'urn:l', code }] }, ...(value === undefined ? {} : { valueQuantity: { value, code: 'mmHg' } }) });
const resources: readonly (SearchableResource & { readonly id: string })[] = [
  { resourceType: 'Organization', id: 'payer', name: 'Acme Health' },
  { resourceType: 'Practitioner', id: 'doc', name: [{ family: 'Acme' }] },
  { resourceType: 'Patient', id: 'ann', name: [{ family: 'Ångström' }], birthDate: '1980-05-05', gender: 'female' },
  { resourceType: 'Patient', id: 'bob', name: [{ family: 'Baker' }], birthDate: '1990' },
  { resourceType: 'Coverage', id: 'one', status: 'active', beneficiary: { reference: 'Patient/ann' }, payor: [{ reference: 'Organization/payer' }] },
  { resourceType: 'Claim', id: 'c1', status: 'active', use: 'claim', created: '2026-01-05', patient: { reference: 'Patient/ann' }, provider: { reference: 'Organization/payer' }, insurance: [{ coverage: { reference: 'Coverage/one' } }] },
  { resourceType: 'Claim', id: 'c2', status: 'draft', use: 'claim', created: '2026-02', patient: { reference: 'Patient/bob' }, provider: { reference: 'Practitioner/doc' }, enterer: { identifier: { value: '7' } } },
  { resourceType: 'Observation', id: 'bp', status: 'final', ...coded('bp'), subject: { reference: 'Patient/ann' }, component: [coded('sys', 120), coded('dia', 80)] },
] as never;

await store.commit(resources.map((resource) => ({
  op: 'put', type: resource.resourceType, id: resource.id, method: 'PUT', body: [JSON.stringify(resource)], index: fhirSearch.extract(resource),
})));

test.each<[type: string | undefined, query: string, ids: string[]]>([
  ['Claim', '', ['c1', 'c2']],
  ['Claim', 'patient.family=angstrom', ['c1']],
  ['Claim', 'patient:Patient.birthdate=ge1985', ['c2']],
  ['Claim', 'provider.name=acme', ['c1', 'c2']],
  ['Claim', 'provider:Organization.name=acme', ['c1']],
  ['Claim', 'coverage.payor.name=acme', ['c1']],
  ['Claim', 'patient._has:Coverage:beneficiary:status=active', ['c1']],
  ['Patient', '_has:Claim:patient:status=draft', ['bob']],
  ['Patient', '_has:Claim:patient:coverage.payor=Organization/payer', ['ann']],
  ['Organization', '_has:Coverage:payor:_has:Claim:coverage:created=2026-01', ['payer']],
  ['Claim', 'patient=ann,bob&status:not=draft', ['c1']],
  ['Claim', 'status=http://hl7.org/fhir/fm-status|draft', ['c2']],
  ['Claim', 'enterer:missing=false', ['c2']], ['Claim', 'enterer:identifier=7', ['c2']], ['Claim', 'coverage:missing=true', ['c2']],
  ['Claim', 'created=gt2026-01-05', ['c2']], ['Claim', 'created=2026', ['c1', 'c2']], ['Claim', '_sort=-created', ['c2', 'c1']], ['Claim', '_sort=created', ['c1', 'c2']],
  ['Patient', 'gender:missing=true', ['bob']], ['Patient', 'phonetic=angstrem', ['ann']], ['Patient', '_id=ann,bob&_sort=-family', ['bob', 'ann']],
  ['Observation', 'component-code-value-quantity=urn:l|dia$lt100', ['bp']], ['Observation', 'component-code-value-quantity=urn:l|dia$gt100', []],
  [undefined, '_type=Coverage,Claim&patient=ann&_sort=_id', ['c1', 'one']], [undefined, '_id=doc', ['doc']],
])('%s?%s → %j', async (type, query, ids) => {
  const { plan } = fhirSearch.parse({ type, parameters: [...new URLSearchParams(query)], handling: 'strict' });
  const { matches } = await store.search(plan);
  const found = matches.map(({ id }) => id);
  expect(query.includes('_sort') ? found : found.sort()).toEqual(ids);
});

test('includes lead to and from the matches', async () => {
  const { plan } = fhirSearch.parse({ type: 'Claim', parameters: [['_id', 'c1'], ['_include', 'Claim:patient'], ['_include:iterate', 'Coverage:payor'], ['_include', 'Claim:coverage'], ['_revinclude:iterate', 'Observation:patient']], handling: 'strict' });
  const { included } = await store.search(plan);
  expect(included.map(({ id }) => id).sort()).toEqual(['ann', 'bp', 'one', 'payer']);
});

test('a condition decides inside the commit', async () => {
  const put = (query: string) => store.commit([{
    op: 'put', type: 'Patient', id: 'new', method: 'POST', body: ['{}'], index: [], condition: { ...fhirSearch.conditionFor('Patient', [...new URLSearchParams(query)]), whenOne: 'keep' },
  }]);
  expect(await put('family=baker&birthdate=1990')).toMatchObject([{ id: 'bob', outcome: 'matched' }]);
  await expect(put('birthdate=lt2000')).rejects.toMatchObject({ code: 'multiple' });
});
