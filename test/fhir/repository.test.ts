import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Basic, Invoice, Patient } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringifyExact } from '../../src/fhir/json/exact.js';
import { Repository } from '../../src/fhir/repository.js';
import type { ResourceChange } from '../../src/fhir/resources.js';
import { createSearch } from '../../src/fhir/search/index.js';
import { prepareValidation } from '../../src/fhir/validation/index.js';
import { openSqliteStore } from '../../src/store/sqlite/index.js';
import type { Store } from '../../src/store/store.js';

const directory = mkdtempSync(join(tmpdir(), 'cobalt-repository-'));
let store: Store;
let resources: Repository;
beforeAll(async () => {
  await prepareValidation();
  store = await openSqliteStore({ directory });
  resources = new Repository(store, await createSearch({ baseUrl: 'http://x.example/fhir' }));
});
afterAll(async () => {
  await store.close();
  rmSync(directory, { recursive: true, force: true });
});

const patient = (id: string, rest: object = {}): Patient => ({ resourceType: 'Patient', id, ...rest });

describe('resources as values', () => {
  it('come back with id, meta and every digit', async () => {
    await store.commit([{ op: 'put', type: 'Invoice', id: 'i', method: 'PUT', index: [], body: ['{"resourceType":"Invoice","id":"i","meta":{', { slot: 'meta' }, '},"status":"draft","totalNet":{"value":10.50,"currency":"USD"}}'] }]);
    const invoice = (await resources.read<Invoice>('Invoice', 'i'))!;
    expect(invoice.totalNet?.value).toBe(10.5);
    const [written] = await resources.commit([{ put: { ...invoice, status: 'issued' } }]);
    expect(written).toMatchObject({ id: 'i', status: 'issued', meta: { versionId: '2' } });
    expect(stringifyExact(written)).toContain('"value":10.50');
    expect(Buffer.from((await store.read('Invoice', 'i'))!.body).toString()).toBe(stringifyExact(written));
  });

  it('that are deleted or never were are not there', async () => {
    await resources.commit([{ put: patient('gone') }]);
    await resources.commit([{ delete: { type: 'Patient', id: 'gone' } }]);
    expect([await resources.read('Patient', 'gone'), await resources.read('Patient', 'never')]).toEqual([undefined, undefined]);
  });

  it('are found by a FHIR search, all of them, up to 2,000', async () => {
    const many = (from: number, to: number): ResourceChange[] => Array.from({ length: to - from }, (_, n) => ({ put: { resourceType: 'Basic', id: `b${from + n}`, code: { text: 'x' } } }));
    await resources.commit(many(0, 1_999));
    expect(await resources.search('Basic', '')).toHaveLength(1_999);
    expect((await resources.search('Basic', '_id=b7,b8&_sort=-_id')).map(({ id }) => id)).toEqual(['b8', 'b7']);
    await resources.commit(many(1_999, 2_001));
    await expect(resources.search('Basic', '')).rejects.toMatchObject({ status: 422, issues: [{ code: 'too-costly' }] });
    await expect(resources.search('Basic', 'colour=red')).rejects.toMatchObject({ status: 400 });
  });

  it('are found by a FHIR search, page by page, however many, also while they are changed', async () => {
    let seen = 0;
    for await (const page of resources.pages<Basic>('Basic', '')) {
      seen += page.length;
      await resources.commit(page.slice(0, 10).map((basic) => ({ put: { ...basic, code: { text: 'y' } } })));
    }
    expect(seen).toBe(2_001);
  });

  it('are found by a FHIR search, the first few of however many', async () => {
    expect((await resources.first('Basic', '_sort=-_id', 2)).map(({ id }) => id)).toEqual(['b999', 'b998']);
    expect(await resources.first('Basic', '_id=none', 2)).toEqual([]);
  });
});

describe('a commit', () => {
  it.each<[string, (id: string) => ResourceChange, number]>([
    ['that expects none, where one stands', (id) => ({ put: patient(id), expectVersion: 0 }), 412],
    ['that expects another version', (id) => ({ put: patient(id, { active: false }), expectVersion: 2 }), 412],
    ['that deletes another version', (id) => ({ delete: { type: 'Patient', id }, expectVersion: 2 }), 412],
    ['of what is not valid', (id) => ({ put: patient(id, { gender: 'x' }) }), 422],
  ])('%s is refused whole', async (name, change, status) => {
    const id = name.replaceAll(/\W+/g, '-').slice(0, 40);
    await resources.commit([{ put: patient(id, { active: true }) }]);
    await expect(resources.commit([{ put: patient(`${id}-2`) }, change(id)])).rejects.toMatchObject({ status });
    expect(await resources.read('Patient', `${id}-2`)).toBeUndefined();
    expect(await resources.read<Patient>('Patient', id)).toMatchObject({ active: true, meta: { versionId: '1' } });
  });

  it('leaves what stands, where it asks for that', async () => {
    await resources.commit([{ put: patient('first', { active: true }) }]);
    const written = await resources.commit([{ put: patient('first', { active: false }), ifAbsent: true }, { put: patient('second', { active: false }), ifAbsent: true }]);
    expect(written).toMatchObject([{ id: 'first', active: true }, { id: 'second', active: false }]);
  });

  it('finds afterwards what it wrote', async () => {
    await resources.commit([{ put: patient('found', { identifier: [{ system: 'http://x.example', value: '42' }] }) }]);
    expect(await resources.search<Patient>('Patient', 'identifier=http://x.example|42')).toHaveLength(1);
  });
});
