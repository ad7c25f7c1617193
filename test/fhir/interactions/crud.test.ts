import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issuesOf, startTestServer, type TestServer } from '../../http/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ operations: 'none' });
});
afterAll(() => server.close());

const patient = (rest: object = {}): object => ({ resourceType: 'Patient', ...rest });

describe('create (R4 §3.1.0.8)', () => {
  it('answers 201 with the resource, its version and its address', async () => {
    const answer = await server.post('Patient', '{"resourceType":"Patient", "gender" : "female"}');
    const { id, meta } = answer.body;
    expect(answer.status).toBe(201);
    expect(answer.text).toBe(`{"resourceType":"Patient","id":"${id}","meta":{"versionId":"1","lastUpdated":"${meta.lastUpdated}"}, "gender" : "female"}`);
    expect(answer.headers.get('location')).toBe(`${server.base}/Patient/${id}/_history/1`);
    expect(answer.headers.get('etag')).toBe('W/"1"');
    expect(Date.parse(answer.headers.get('last-modified')!)).toBe(Math.floor(Date.parse(meta.lastUpdated) / 1000) * 1000);
    expect(answer.headers.get('content-type')).toBe('application/fhir+json; charset=utf-8');
  });

  it('gives an id of its own and keeps the rest of the client\'s meta', async () => {
    const { body } = await server.post('Patient', patient({ id: 'mine', meta: { versionId: '9', lastUpdated: '1999-01-01T00:00:00Z', tag: [{ code: 'x' }] } }));
    expect(body.id).not.toBe('mine');
    expect(body.meta).toEqual({ versionId: '1', lastUpdated: body.meta.lastUpdated, tag: [{ code: 'x' }] });
    expect(Date.parse(body.meta.lastUpdated)).toBeGreaterThan(Date.parse('2020-01-01'));
  });

  it.each([
    ['return=minimal', undefined],
    ['return=representation', 'Patient'],
    ['return=OperationOutcome', 'OperationOutcome'],
    ['respond-async; return=minimal', undefined],
  ])('with Prefer: %s brings back %s', async (prefer, type) => {
    const answer = await server.post('Patient', patient(), { Prefer: prefer });
    expect(answer.status).toBe(201);
    expect(answer.body?.resourceType).toBe(type);
    expect(answer.headers.get('location')).toContain('/_history/1');
  });

  it('stores a Bundle that is posted to its type', async () => {
    const answer = await server.post('Bundle', { resourceType: 'Bundle', type: 'collection', entry: [{ fullUrl: 'urn:uuid:0c1ee8a4-0e43-4be7-a4a3-4ae7b9d3c7b1', resource: patient() }] });
    expect(answer.status).toBe(201);
    expect((await server.get(`Bundle/${answer.body.id}`)).body.entry).toHaveLength(1);
  });
});

describe('read and vread (R4 §3.1.0.2, §3.1.0.3)', () => {
  beforeAll(async () => {
    await server.put('Patient/r', patient({ id: 'r', gender: 'male' }));
    await server.put('Patient/r', patient({ id: 'r', gender: 'female' }));
    await server.put('Patient/d', patient({ id: 'd' }));
    await server.delete('Patient/d');
  });

  it.each<[string, string, number, string | null]>([
    ['the current version', 'Patient/r', 200, 'W/"2"'],
    ['an earlier version', 'Patient/r/_history/1', 200, 'W/"1"'],
    ['a version that never was', 'Patient/r/_history/3', 404, null],
    ['a version that is no number', 'Patient/r/_history/x', 404, null],
    ['a deleted resource', 'Patient/d', 410, 'W/"2"'],
    ['a version that is a deletion', 'Patient/d/_history/2', 410, 'W/"2"'],
    ['the version before a deletion', 'Patient/d/_history/1', 200, 'W/"1"'],
    ['what was never stored', 'Patient/none', 404, null],
    ['an id of another type', 'Claim/r', 404, null],
    ['a type that is none', 'Patients/r', 404, null],
    ['a type in other letters', 'patient/r', 404, null],
    ['an id that can be none', 'Patient/a_b', 400, null],
    ['an id of 65 characters', `Patient/${'a'.repeat(65)}`, 400, null],
    ['a % that begins no character', 'Patient/%E0%A4%A', 400, null],
    ['a path below a resource', 'Patient/r/x/y', 404, null],
  ])('%s: %s → %i', async (_name, path, status, etag) => {
    const answer = await server.get(path);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('etag')).toBe(etag);
    expect(answer.body.resourceType).toBe(status === 200 ? 'Patient' : 'OperationOutcome');
  });

  it.each<[string, Record<string, string>, number]>([
    ['its ETag', { 'If-None-Match': 'W/"2"' }, 304],
    ['its ETag in strong form', { 'If-None-Match': '"2"' }, 304],
    ['its ETag among others', { 'If-None-Match': 'W/"1", W/"2"' }, 304],
    ['any', { 'If-None-Match': '*' }, 304],
    ['another ETag', { 'If-None-Match': 'W/"1"' }, 200],
    ['a later time', { 'If-Modified-Since': new Date(Date.now() + 60_000).toUTCString() }, 304],
    ['an earlier time', { 'If-Modified-Since': 'Thu, 01 Jan 2015 00:00:00 GMT' }, 200],
    ['no time', { 'If-Modified-Since': 'yesterday' }, 200],
    ['a later time, but another ETag', { 'If-Modified-Since': new Date(Date.now() + 60_000).toUTCString(), 'If-None-Match': 'W/"1"' }, 200],
  ])('conditional read with %s → %o → %i', async (_name, headers, status) => {
    const answer = await server.get('Patient/r', headers);
    expect(answer.status).toBe(status);
    expect(answer.text === '').toBe(status === 304);
    expect(answer.headers.get('etag')).toBe('W/"2"');
  });

  it('HEAD has the headers of GET and no body', async () => {
    const [head, get] = [await server.request('HEAD', 'Patient/r'), await server.get('Patient/r')];
    expect(head.status).toBe(200);
    expect(head.text).toBe('');
    for (const name of ['content-length', 'content-type', 'etag', 'last-modified']) expect(head.headers.get(name)).toBe(get.headers.get(name));
  });
});

describe('update (R4 §3.1.0.4)', () => {
  it('makes the resource, then its next version', async () => {
    const made = await server.put('Patient/u1', patient({ id: 'u1' }));
    expect([made.status, made.headers.get('location')]).toEqual([201, `${server.base}/Patient/u1/_history/1`]);
    const changed = await server.put('Patient/u1', patient({ id: 'u1', active: true }));
    expect([changed.status, changed.headers.get('etag'), changed.body.meta.versionId]).toEqual([200, 'W/"2"', '2']);
  });

  it('makes no version of the same text', async () => {
    await server.put('Patient/u2', patient({ id: 'u2' }));
    const again = await server.put('Patient/u2', patient({ id: 'u2' }));
    expect([again.status, again.headers.get('etag'), again.body.meta.versionId]).toEqual([200, 'W/"1"', '1']);
  });

  it('raises a deleted resource again', async () => {
    await server.put('Patient/u3', patient({ id: 'u3' }));
    await server.delete('Patient/u3');
    const again = await server.put('Patient/u3', patient({ id: 'u3' }));
    expect([again.status, again.headers.get('etag')]).toEqual([201, 'W/"3"']);
  });

  it.each<[string, string, object, number, string | undefined]>([
    ['another id in the body', 'Patient/u4', patient({ id: 'u5' }), 400, 'Patient.id'],
    ['no id in the body', 'Patient/u4', patient(), 400, 'Patient'],
    ['another type in the body', 'Patient/u4', { resourceType: 'Basic', id: 'u4', code: { text: 'x' } }, 400, 'Basic'],
    ['an id that can be none', 'Patient/u_4', patient({ id: 'u_4' }), 400, undefined],
  ])('%s', async (_name, path, body, status, expression) => {
    const answer = await server.put(path, body);
    expect(answer.status).toBe(status);
    expect(issuesOf(answer)[0]?.expression?.[0]).toBe(expression);
    expect((await server.get('Patient/u4')).status).toBe(404);
  });

  it.each<[string, string, number]>([
    ['the current version', 'W/"2"', 200],
    ['the current version in strong form', '"2"', 200],
    ['an earlier version', 'W/"1"', 412],
    ['a later version', 'W/"3"', 412],
    ['a version of another server', 'W/"abc"', 412],
    ['no entity tag', '2', 400],
    ['any version', '*', 400],
  ])('If-Match with %s: %s → %i', async (name, etag, status) => {
    const id = `m-${name.replaceAll(' ', '-')}`;
    await server.put(`Patient/${id}`, patient({ id }));
    await server.put(`Patient/${id}`, patient({ id, active: true }));
    expect((await server.put(`Patient/${id}`, patient({ id, active: false }), { 'If-Match': etag })).status).toBe(status);
    expect((await server.get(`Patient/${id}`)).body.active).toBe(status !== 200);
  });

  it('If-Match on what is not there → 412, and nothing is made', async () => {
    expect((await server.put('Patient/u6', patient({ id: 'u6' }), { 'If-Match': 'W/"1"' })).status).toBe(412);
    expect((await server.get('Patient/u6')).status).toBe(404);
  });

  it('of 64 updates of one version, exactly one goes through', async () => {
    await server.put('Patient/race', patient({ id: 'race' }));
    for (const version of [1, 2, 3]) {
      const answers = await Promise.all(Array.from({ length: 64 }, (_, n) => server.put('Patient/race', patient({ id: 'race', name: [{ family: `${version}-${n}` }] }), { 'If-Match': `W/"${version}"` })));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 63 }, () => 412)]);
    }
  });
});

describe('delete (R4 §3.1.0.7)', () => {
  it.each<[string, string[], Record<string, string>, number]>([
    ['what stands', ['put'], {}, 204],
    ['what is deleted', ['put', 'delete'], {}, 204],
    ['what never was', [], {}, 204],
    ['the version named', ['put'], { 'If-Match': 'W/"1"' }, 204],
    ['another version', ['put'], { 'If-Match': 'W/"2"' }, 412],
    ['a version of what never was', [], { 'If-Match': 'W/"1"' }, 412],
  ])('%s → %i', async (name, before, headers, status) => {
    const id = `d-${name.replaceAll(' ', '-')}`;
    for (const step of before) await (step === 'put' ? server.put(`Patient/${id}`, patient({ id })) : server.delete(`Patient/${id}`));
    const answer = await server.delete(`Patient/${id}`, headers);
    expect([answer.status, answer.text === '']).toEqual([status, status === 204]);
    if (status === 204 && before.length > 0) expect((await server.get(`Patient/${id}`)).status).toBe(410);
  });

  it('names the version that the deletion made', async () => {
    await server.put('Patient/dv', patient({ id: 'dv' }));
    expect((await server.delete('Patient/dv')).headers.get('etag')).toBe('W/"2"');
    expect((await server.delete('Patient/dv')).headers.get('etag')).toBe(null);
  });
});

describe('history (R4 §3.1.0.12)', () => {
  beforeAll(async () => {
    for (const active of [true, false]) await server.put('Patient/h', patient({ id: 'h', active }));
    await server.delete('Patient/h');
  });

  it('of an instance: newest first, a deletion without resource', async () => {
    const { status, body } = await server.get('Patient/h/_history');
    expect(status).toBe(200);
    expect(body).toMatchObject({ resourceType: 'Bundle', type: 'history', total: 3, link: [{ relation: 'self', url: `${server.base}/Patient/h/_history` }] });
    expect(body.entry.map((entry: { request: object; response: { status: string; etag: string } }) => [entry.request, entry.response.status, entry.response.etag])).toEqual([
      [{ method: 'DELETE', url: 'Patient/h' }, '204 No Content', 'W/"3"'],
      [{ method: 'PUT', url: 'Patient/h' }, '200 OK', 'W/"2"'],
      [{ method: 'PUT', url: 'Patient/h' }, '201 Created', 'W/"1"'],
    ]);
    expect(body.entry.map((entry: { resource?: { active: boolean } }) => entry.resource?.active)).toEqual([undefined, false, true]);
    expect(body.entry[0].fullUrl).toBe(`${server.base}/Patient/h`);
  });

  it('leads on by sealed links', async () => {
    const first = await server.get('Patient/h/_history?_count=2');
    expect(first.body.entry).toHaveLength(2);
    const next = first.body.link.find((link: { relation: string }) => link.relation === 'next').url;
    const second = await server.get(next);
    expect(second.body.entry.map((entry: { response: { etag: string } }) => entry.response.etag)).toEqual(['W/"1"']);
    expect(second.body.link.map((link: { relation: string }) => link.relation)).toEqual(['self']);
    expect((await server.get(next.replace('Patient/h', 'Patient/r'))).status).toBe(400);
  });

  it('of a type and of the system hold it too', async () => {
    for (const path of ['Patient/_history', '_history']) {
      const { body } = await server.get(`${path}?_count=1000`);
      expect(body.entry.filter((entry: { fullUrl: string }) => entry.fullUrl.endsWith('/Patient/h'))).toHaveLength(3);
    }
  });

  it('_since leaves out what is older', async () => {
    const { body: all } = await server.get('Patient/h/_history');
    const since = all.entry[0].response.lastModified;
    const { body } = await server.get(`Patient/h/_history?_since=${encodeURIComponent(since)}`);
    expect(body.entry[0].response.etag).toBe('W/"3"');
    expect(body.entry.length).toBeLessThanOrEqual(3);
    expect((await server.get('Patient/h/_history?_since=2999-01-01T00:00:00Z')).body.entry).toBeUndefined();
  });

  it('_at leaves what was current then', async () => {
    const { body: all } = await server.get('Patient/h/_history');
    const [, changed, made] = all.entry.map((entry: { response: { lastModified: string } }) => entry.response.lastModified);
    const versions = async (at: string): Promise<string[]> => ((await server.get(`Patient/h/_history?_at=${encodeURIComponent(at)}`)).body.entry ?? []).map((entry: { response: { etag: string } }) => entry.response.etag);
    expect(await versions(changed)).toContain('W/"2"');
    expect(await versions(made)).toContain('W/"1"');
    expect(await versions(made.slice(0, 10))).toEqual(['W/"3"', 'W/"2"', 'W/"1"']);
    expect(await versions('2000-01-01')).toEqual([]);
    expect(await versions('2999')).toEqual(['W/"3"']);
  });

  it.each([['Patient/h/_history?_at=then', 400], ['Patient/h/_history?_at=2026-02-30', 400], ['Patient/none/_history', 404], ['Patient/h/_history?_count=0', 400], ['Patient/h/_history?_since=today', 400], ['Patient/h/_history?x=1', 400], ['Patient/h/_history?_page=abc', 400]])('%s → %i', async (path, status) => {
    const answer = await server.get(path);
    expect([answer.status, answer.body.resourceType]).toEqual([status, 'OperationOutcome']);
  });
});
