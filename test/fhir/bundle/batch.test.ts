import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type Answer, type TestServer } from '../../http/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await server.put('Patient/known', { resourceType: 'Patient', id: 'known' });
});
afterAll(() => server.close());

const batch = (entry: object[], headers?: Record<string, string>): Promise<Answer> => server.post('', { resourceType: 'Bundle', type: 'batch', entry }, headers);

describe('a batch (R4 §3.1.0.11.1)', () => {
  it('has an outcome for each entry, whatever becomes of the others', async () => {
    const request = (method: string, url: string, resource?: object, rest: object = {}): object => ({ request: { method, url, ...rest }, ...(resource ? { resource } : {}) });
    const answer = await batch([
      request('POST', 'Patient', { resourceType: 'Patient', active: true }),
      request('POST', 'Patient', { resourceType: 'Patient', gender: 'unheard-of' }),
      request('PUT', 'Patient/known', { resourceType: 'Patient', id: 'known', active: true }, { ifMatch: 'W/"7"' }),
      request('GET', 'Patient/none'),
      request('GET', 'Patient/known'),
      request('GET', 'Patient/known', undefined, { ifNoneMatch: 'W/"1"' }),
      request('GET', 'Patient?active=true'),
      request('DELETE', 'Patient/never'),
      request('POST', 'http://other.example/Patient', { resourceType: 'Patient' }),
      request('POST', '/', { resourceType: 'Bundle', type: 'batch' }),
      request('POST', '$nothing', { resourceType: 'Parameters' }),
    ]);
    expect([answer.status, answer.body.type]).toEqual([200, 'batch-response']);
    const shown = answer.body.entry.map(({ resource, response }: { resource?: { resourceType: string }; response: { status: string; outcome?: { issue: { expression?: string[] }[] } } }) => [
      Number.parseInt(response.status, 10), resource?.resourceType, response.outcome?.issue[0]?.expression?.[0],
    ]);
    expect(shown).toEqual([
      [201, undefined, undefined],
      [400, undefined, 'Bundle.entry[1].resource.gender'],
      [412, undefined, undefined],
      [404, undefined, undefined],
      [200, 'Patient', undefined],
      [304, undefined, undefined],
      [200, 'Bundle', undefined],
      [204, undefined, undefined],
      [400, undefined, 'Bundle.entry[8].request.url'],
      [400, undefined, 'Bundle.entry[9].request.url'],
      [404, undefined, undefined],
    ]);
    expect(answer.body.entry[1].response.outcome.resourceType).toBe('OperationOutcome');
  });

  it('of 2,000 creates makes them all', async () => {
    const answer = await batch(Array.from({ length: 2_000 }, () => ({ request: { method: 'POST', url: 'Basic' }, resource: { resourceType: 'Basic', code: { text: 'x' } } })));
    expect(answer.body.entry).toHaveLength(2_000);
    expect((await server.get('Basic?_summary=count')).body.total).toBe(2_000);
  });
});
