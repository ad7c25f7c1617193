import type { Meta } from 'fhir/r4.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { issuesOf, startTestServer, type TestServer } from '../http/server.js';

const [a, b, c] = ['a', 'b', 'c'].map((code) => ({ system: 'http://example.org/tags', code })) as [object, object, object];
const BODY = `{"resourceType":"Observation","id":"o","meta":{"profile":["http://example.org/p"],"tag":[${JSON.stringify(a)}],"source":"http://example.org/here"},"status":"final","code":{"text":"x"},"valueQuantity":{"value":1.50}}`;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  await server.delete('Observation/o');
  expect((await server.put('Observation/o', BODY)).status).toBe(201);
});

const call = (name: string, meta: object) => server.post(`Observation/o/${name}`, { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: meta }] });
const metaIn = (answer: { body: { parameter: { name: string; valueMeta: Meta }[] } }): Meta => answer.body.parameter[0]!.valueMeta;

describe('$meta, $meta-add and $meta-delete', () => {
  it('tells the meta that stands, by GET and by POST', async () => {
    const stored = (await server.get('Observation/o')).body.meta as Meta;
    expect(metaIn(await server.get('Observation/o/$meta'))).toEqual(stored);
    expect(metaIn(await server.post('Observation/o/$meta', undefined))).toEqual(stored);
  });

  it.each<[string, string, object, object]>([
    ['adds what is new', '$meta-add', { tag: [b, a], profile: ['http://example.org/q'], security: [c] }, { tag: [a, b], profile: ['http://example.org/p', 'http://example.org/q'], security: [c] }],
    ['takes what is there', '$meta-delete', { tag: [a, b] }, { profile: ['http://example.org/p'] }],
    ['takes a profile', '$meta-delete', { profile: ['http://example.org/p'] }, { tag: [a] }],
  ])('%s, in a new version that keeps all else', async (_name, operation, meta, expected) => {
    const before = await server.get('Observation/o');
    const answer = await call(operation, meta);
    expect(answer.status, answer.text).toBe(200);
    const { versionId, lastUpdated, ...labels } = metaIn(answer);
    expect(labels).toEqual({ source: 'http://example.org/here', ...expected });
    expect(Number(versionId)).toBe(Number(before.body.meta.versionId) + 1);
    const after = await server.get('Observation/o');
    expect(after.body.meta).toEqual({ versionId, lastUpdated, ...labels });
    expect(after.text).toContain('"value":1.50');
  });

  it.each<[string, object]>([['$meta-add', { tag: [a], source: 'http://elsewhere.example' }], ['$meta-delete', { tag: [b], versionId: '7' }]])('%s of what changes nothing makes no version', async (operation, meta) => {
    const before = (await server.get('Observation/o')).text;
    expect((await call(operation, meta)).status).toBe(200);
    expect((await server.get('Observation/o')).text).toBe(before);
  });

  it.each<[string, string, string, unknown, number, string | undefined]>([
    ['no meta', 'POST', 'Observation/o/$meta-add', undefined, 400, 'Parameters'],
    ['another type', 'POST', 'Observation/o/$meta-add', { resourceType: 'Parameters', parameter: [{ name: 'meta', valueString: 'x' }] }, 400, 'Parameters.parameter[0].value'],
    ['a meta of a wrong shape', 'POST', 'Observation/o/$meta-add', { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: { tag: 'x' } }] }, 400, 'Parameters.parameter[0].value.tag'],
    ['GET of what changes', 'GET', 'Observation/o/$meta-delete', undefined, 405, undefined],
    ['what is not there', 'GET', 'Observation/none/$meta', undefined, 404, undefined],
  ])('refuses %s', async (_name, method, path, body, status, expression) => {
    const answer = await server.request(method, path, body);
    expect([answer.status, issuesOf(answer)[0]?.expression?.[0]]).toEqual([status, expression]);
  });
});
