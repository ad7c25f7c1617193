import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issuesOf, startTestServer, type Answer, type TestServer } from '../../http/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ operations: 'none' });
});
afterAll(() => server.close());

const JSON_PATCH = { 'Content-Type': 'application/json-patch+json' };
const jsonPatch = (path: string, operations: unknown, headers: Record<string, string> = {}): Promise<Answer> => server.request('PATCH', path, JSON.stringify(operations), { ...JSON_PATCH, ...headers });
const operation = (...parts: object[]): object => ({ resourceType: 'Parameters', parameter: [{ name: 'operation', part: parts }] });
const setGender = (gender: string): object => operation({ name: 'type', valueCode: 'replace' }, { name: 'path', valueString: 'Patient.gender' }, { name: 'value', valueCode: gender });
const toFemale = [{ op: 'replace', path: '/gender', value: 'female' }];

let made = 0;
async function newPatient(more: object = {}): Promise<string> {
  const id = `pt-${++made}`;
  await server.put(`Patient/${id}`, { resourceType: 'Patient', id, gender: 'male', ...more });
  return `Patient/${id}`;
}

describe('patch (R4 §3.1.0.6)', () => {
  it.each<[string, (path: string) => Promise<Answer>]>([
    ['JSON Patch', (path) => jsonPatch(path, toFemale)],
    ['FHIRPath Patch', (path) => server.request('PATCH', path, setGender('female'))],
    ['FHIRPath Patch as plain JSON', (path) => server.request('PATCH', path, setGender('female'), { 'Content-Type': 'application/json' })],
  ])('%s makes the next version', async (_name, patch) => {
    const path = await newPatient();
    const answer = await patch(path);
    expect([answer.status, answer.headers.get('etag'), answer.body.gender, answer.body.meta.versionId]).toEqual([200, 'W/"2"', 'female', '2']);
    expect((await server.get(path)).text).toBe(answer.text);
    expect((await server.get(`Patient?gender=female&_id=${path.slice(8)}`)).body.entry).toHaveLength(1);
    expect((await server.get(`${path}/_history`)).body.entry[0].request).toEqual({ method: 'PATCH', url: path });
  });

  it('keeps every byte that it does not name', async () => {
    const text = '{ "resourceType":"Observation","id":"kept",\n "status" : "final","code":{"text":"\\u00e9"},"valueQuantity":{"value":10.00},"component":[{"code":{"text":"x"},"valueQuantity":{"value":1.0e1}}]}';
    await server.put('Observation/kept', text);
    const before = (await server.get('Observation/kept')).text;
    const answer = await jsonPatch('Observation/kept', [{ op: 'replace', path: '/status', value: 'amended' }]);
    const own = /"meta":\{[^}]*\}/;
    expect(answer.text.replace(own, '')).toBe(before.replace(own, '').replace('"final"', '"amended"'));
  });

  it.each<[string, unknown, Record<string, string>, number]>([
    ['a test that fails', [{ op: 'test', path: '/gender', value: 'female' }, { op: 'remove', path: '/gender' }], {}, 422],
    ['a result that is not valid', [{ op: 'replace', path: '/gender', value: 'x' }], {}, 422],
    ['a result without content', [{ op: 'add', path: '/name', value: [] }], {}, 422],
    ['another id', [{ op: 'replace', path: '/id', value: 'other' }], {}, 422],
    ['no id', [{ op: 'remove', path: '/id' }], {}, 422],
    ['another type', [{ op: 'replace', path: '/resourceType', value: 'Basic' }], {}, 422],
    ['another version', [{ op: 'replace', path: '/meta/versionId', value: '7' }], {}, 422],
    ['another time', [{ op: 'replace', path: '/meta/lastUpdated', value: '2020-01-01T00:00:00Z' }], {}, 422],
    ['no object any more', [{ op: 'replace', path: '', value: [] }], {}, 422],
    ['a key that reaches a prototype', '[{"op":"add","path":"/__proto__","value":{}}]', {}, 400],
    ['a key that reaches a prototype in a value', '[{"op":"add","path":"/x","value":{"__proto__":{}}}]', {}, 400],
    ['no patch', '', {}, 400],
    ['no JSON', '[', {}, 400],
    ['an XML patch', '<diff/>', { 'Content-Type': 'application/xml-patch+xml' }, 415],
    ['a resource that is no patch', { resourceType: 'Patient' }, { 'Content-Type': 'application/fhir+json' }, 400],
    ['a version that is not current', toFemale, { 'If-Match': 'W/"2"' }, 412],
    ['an ETag that is none', toFemale, { 'If-Match': '2' }, 400],
  ])('refuses %s', async (_name, body, headers, status) => {
    const path = await newPatient();
    const answer = await server.request('PATCH', path, body, { ...JSON_PATCH, ...headers });
    expect([answer.status, answer.body.resourceType]).toEqual([status, 'OperationOutcome']);
    expect((await server.get(path)).body).toMatchObject({ gender: 'male', meta: { versionId: '1' } });
    if (status === 415) expect(answer.headers.get('accept-patch')).toContain('application/json-patch+json');
  });

  it.each([['never stored', 'Patient/none', 404], ['deleted', 'Patient/gone', 410]])('of what is %s → %s %i', async (_name, path, status) => {
    await server.put('Patient/gone', { resourceType: 'Patient', id: 'gone' });
    await server.delete('Patient/gone');
    expect((await jsonPatch(path, toFemale)).status).toBe(status);
  });

  it('goes on the version that If-Match names, and tells what Prefer asks', async () => {
    const path = await newPatient();
    const answer = await jsonPatch(path, toFemale, { 'If-Match': 'W/"1"', Prefer: 'return=minimal' });
    expect([answer.status, answer.text, answer.headers.get('location')]).toEqual([200, '', `${server.base}/${path}/_history/2`]);
  });

  it('may set meta, and keeps what the server states', async () => {
    const path = await newPatient({ meta: { tag: [{ code: 'a' }] } });
    const answer = await jsonPatch(path, [{ op: 'replace', path: '/meta', value: { tag: [{ code: 'b' }] } }]);
    expect([answer.status, answer.body.meta.versionId, answer.body.meta.tag]).toEqual([200, '2', [{ code: 'b' }]]);
  });

  it('of nothing makes no version', async () => {
    expect((await jsonPatch(await newPatient(), [])).headers.get('etag')).toBe('W/"1"');
  });

  it('says where a FHIRPath Patch fails', async () => {
    const answer = await server.request('PATCH', await newPatient(), operation({ name: 'type', valueCode: 'delete' }, { name: 'path', valueString: 'Patient.none' }));
    expect([answer.status, issuesOf(answer)[0]?.expression]).toEqual([422, ['Parameters.parameter[0]']]);
  });

  it('loses none of 32 at once', async () => {
    const path = await newPatient();
    const answers = await Promise.all(Array.from({ length: 32 }, (_, n) => jsonPatch(path, [{ op: 'add', path: n % 2 ? '/active' : '/gender', value: n % 2 ? true : 'other' }, { op: 'add', path: '/name', value: [{ family: `n${n}` }] }])));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect((await server.get(path)).body).toMatchObject({ active: true, gender: 'other', meta: { versionId: '33' } });
  });
});

describe('conditional patch (R4 §3.1.0.6)', () => {
  it.each([['none', 0, 404], ['one', 1, 200], ['many', 2, 412]])('%s → %s %i', async (name, count, status) => {
    for (let n = 0; n < count; n++) await newPatient({ identifier: [{ system: 'urn:patch', value: name }] });
    const answer = await jsonPatch(`Patient?identifier=urn:patch|${name}`, toFemale);
    expect([answer.status, answer.body.resourceType]).toEqual([status, status === 200 ? 'Patient' : 'OperationOutcome']);
    expect((await server.get(`Patient?identifier=urn:patch|${name}&gender=female`)).body.entry?.length ?? 0).toBe(status === 200 ? 1 : 0);
  });

  it('must have a condition', async () => {
    expect((await jsonPatch('Patient', toFemale)).status).toBe(400);
  });
});

describe('patch in a Bundle', () => {
  const binary = (operations: unknown, contentType = 'application/json-patch+json'): object => ({ resourceType: 'Binary', contentType, data: Buffer.from(JSON.stringify(operations)).toString('base64') });
  const bundle = (type: 'transaction' | 'batch', ...entry: object[]): Promise<Answer> => server.post('', { resourceType: 'Bundle', type, entry });

  it.each(['transaction', 'batch'] as const)('of a %s: Binary and Parameters', async (type) => {
    const paths = [await newPatient(), await newPatient()];
    const answer = await bundle(type, { resource: binary(toFemale), request: { method: 'PATCH', url: paths[0] } }, { resource: setGender('other'), request: { method: 'PATCH', url: paths[1] } });
    expect(answer.body.entry.map(({ response }: { response: { status: string } }) => response.status)).toEqual(['200 OK', '200 OK']);
    expect(await Promise.all(paths.map(async (path) => (await server.get(path)).body.gender))).toEqual(['female', 'other']);
  });

  it('refers to what the transaction makes', async () => {
    const path = await newPatient();
    const fullUrl = 'urn:uuid:7b1a0c0e-5f3e-4c4e-9d55-0d8f6a8f2c11';
    const answer = await bundle('transaction',
      { resource: binary([{ op: 'add', path: '/managingOrganization', value: { reference: fullUrl } }]), request: { method: 'PATCH', url: path } },
      { fullUrl, resource: { resourceType: 'Organization', name: 'x' }, request: { method: 'POST', url: 'Organization' } });
    expect(answer.status).toBe(200);
    expect((await server.get(path)).body.managingOrganization.reference).toMatch(/^Organization\//);
  });

  it('fails the whole transaction, and says which entry', async () => {
    const path = await newPatient();
    const answer = await bundle('transaction',
      { resource: { resourceType: 'Patient', id: 'not-made' }, request: { method: 'PUT', url: 'Patient/not-made' } },
      { resource: binary([{ op: 'remove', path: '/name' }]), request: { method: 'PATCH', url: path } });
    expect([answer.status, issuesOf(answer)[0]?.expression]).toEqual([422, ['Bundle.entry[1]']]);
    expect((await server.get('Patient/not-made')).status).toBe(404);
  });

  it.each<[string, object, number, string]>([
    ['a Binary of another type', binary(toFemale, 'application/json'), 415, 'Bundle.entry[0].resource'],
    ['a FHIRPath Patch that fails', operation({ name: 'type', valueCode: 'x' }), 422, 'Bundle.entry[0].resource.parameter[0]'],
    ['neither', { resourceType: 'Patient' }, 400, 'Bundle.entry[0].resource'],
  ])('refuses %s', async (_name, resource, status, expression) => {
    const answer = await bundle('transaction', { resource, request: { method: 'PATCH', url: await newPatient() } });
    expect([answer.status, issuesOf(answer)[0]?.expression]).toEqual([status, [expression]]);
  });

  it('by a condition', async () => {
    await newPatient({ identifier: [{ value: 'in-bundle' }] });
    const answer = await bundle('transaction', { resource: binary(toFemale), request: { method: 'PATCH', url: 'Patient?identifier=in-bundle' } });
    expect(answer.body.entry[0].response.status).toBe('200 OK');
    expect((await bundle('transaction', { resource: binary(toFemale), request: { method: 'PATCH', url: 'Patient?identifier=nobody' } })).status).toBe(404);
  });
});
