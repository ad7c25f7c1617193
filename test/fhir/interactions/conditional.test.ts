import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issuesOf, startTestServer, type TestServer } from '../../http/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ operations: 'none' });
  await server.put('Patient/one', patient('one', { id: 'one' }));
  await server.put('Patient/two-a', patient('two', { id: 'two-a' }));
  await server.put('Patient/two-b', patient('two', { id: 'two-b' }));
});
afterAll(() => server.close());

const patient = (identifier: string, rest: object = {}): object => ({ resourceType: 'Patient', ...rest, identifier: [{ system: 'http://clinic.example/mrn', value: identifier }] });
const condition = (identifier: string): string => `identifier=http://clinic.example/mrn|${identifier}`;
const count = async (identifier: string): Promise<number> => (await server.get(`Patient?${condition(identifier)}&_summary=count`)).body.total;

describe('conditional create (R4 §3.1.0.8.1)', () => {
  it.each<[string, string, number, string | undefined]>([
    ['none', condition('new'), 201, undefined],
    ['none, with the type before it', `Patient?${condition('newer')}`, 201, undefined],
    ['one', condition('one'), 200, 'one'],
    ['many', condition('two'), 412, undefined],
    ['nothing: it is empty', '', 400, undefined],
    ['a parameter that is unknown', 'identifiers=x', 400, undefined],
    ['a parameter of the result', '_sort=name', 400, undefined],
    ['bad percent-encoding', 'identifier=%zz', 400, undefined],
  ])('the condition matches %s: %s → %i', async (_name, ifNoneExist, status, id) => {
    const before = (await server.get('Patient?_summary=count')).body.total;
    const answer = await server.post('Patient', patient(/\|(\w+)$/.exec(ifNoneExist)?.[1] ?? 'x'), { 'If-None-Exist': ifNoneExist });
    expect(answer.status).toBe(status);
    expect((await server.get('Patient?_summary=count')).body.total - before).toBe(status === 201 ? 1 : 0);
    if (id) {
      expect(answer.body).toEqual((await server.get(`Patient/${id}`)).body);
      expect(answer.headers.get('location')).toBe(`${server.base}/Patient/${id}/_history/1`);
    }
    if (status >= 400) expect(issuesOf(answer)[0]?.severity).toBe('error');
  });

  it('64 at the same time make one resource, and all are told its id', async () => {
    for (const round of [1, 2, 3]) {
      const name = `crowd${round}`;
      const answers = await Promise.all(Array.from({ length: 64 }, () => server.post('Patient', patient(name), { 'If-None-Exist': condition(name) })));
      expect(answers.map(({ status }) => status).sort()).toEqual([...Array.from({ length: 63 }, () => 200), 201]);
      expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
      expect(await count(name)).toBe(1);
    }
  });
});

describe('conditional update (R4 §3.1.0.4.3)', () => {
  it.each<[string, string, object, number, string | undefined]>([
    ['none, the body has no id', 'fresh1', patient('fresh1'), 201, undefined],
    ['none, the body has an id', 'fresh2', patient('fresh2', { id: 'fresh2' }), 201, 'fresh2'],
    ['none, the body has the id of another', 'fresh3', patient('fresh3', { id: 'one' }), 409, undefined],
    ['one, the body has no id', 'one', patient('one', { active: true }), 200, 'one'],
    ['one, the body has its id', 'one', patient('one', { id: 'one', active: false }), 200, 'one'],
    ['one, the body has another id', 'one', patient('one', { id: 'other' }), 400, undefined],
    ['many', 'two', patient('two'), 412, undefined],
  ])('the condition matches %s', async (_name, identifier, body, status, id) => {
    const answer = await server.put(`Patient?${condition(identifier)}`, body);
    expect(answer.status).toBe(status);
    if (id) expect(answer.body.id).toBe(id);
    if (status === 200) expect(answer.body.active).toBe((body as { active: boolean }).active);
  });

  it('without a condition → 400', async () => {
    expect((await server.put('Patient', patient('x'))).status).toBe(400);
  });
});

describe('conditional delete (R4 §3.1.0.7.1)', () => {
  it.each<[string, string, number, number]>([
    ['none', 'nobody', 204, 0],
    ['many', 'two', 412, 2],
    ['one', 'doomed', 204, 0],
  ])('the condition matches %s', async (_name, identifier, status, left) => {
    await server.put('Patient/doomed', patient('doomed', { id: 'doomed' }));
    expect((await server.delete(`Patient?${condition(identifier)}`)).status).toBe(status);
    expect(await count(identifier)).toBe(left);
  });

  it('without a condition → 400, and all stay', async () => {
    const { total } = (await server.get('Patient?_summary=count')).body;
    expect((await server.delete('Patient')).status).toBe(400);
    expect((await server.get('Patient?_summary=count')).body.total).toBe(total);
  });
});

describe('conditional delete of many, where the server is told so (R4 §3.1.0.7.1)', () => {
  it.each([['none', 0], ['one', 1], ['many', 3]])('%s → 204, all deleted', async (name, count) => {
    const many = await startTestServer({ operations: 'none', conditionalDelete: 'multiple' });
    try {
      for (let n = 0; n < count; n++) await many.put(`Patient/m${n}`, { resourceType: 'Patient', id: `m${n}`, identifier: [{ value: name }] });
      await many.put('Patient/other', { resourceType: 'Patient', id: 'other' });
      const answer = await many.delete(`Patient?identifier=${name}`);
      expect([answer.status, answer.headers.get('etag')]).toEqual([204, count === 1 ? 'W/"2"' : null]);
      expect((await many.get('Patient')).body.entry.map(({ resource }: { resource: { id: string } }) => resource.id)).toEqual(['other']);
      expect((await many.get('metadata')).body.rest[0].resource[0].conditionalDelete).toBe('multiple');
    } finally {
      await many.close();
    }
  });
});
