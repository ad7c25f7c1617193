import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { issuesOf, type Answer, type TestServer } from '../http/server.js';
import { ASYNC, completed, exported, linesOf, locationOf, namesOf, startBulkServer } from './bulk.js';

const NDJSON = { 'Content-Type': 'application/fhir+ndjson', Prefer: 'respond-async' };

let server: TestServer;
beforeAll(async () => {
  server = await startBulkServer();
});
afterAll(() => server.close());

const organization = (id: string, name: string): string => JSON.stringify({ resourceType: 'Organization', id, name });

/** Files to fetch; each may break off after some bytes, the first times. */
let files: Server | undefined;
afterEach(() => void files?.close());
async function serving(content: string, { breaks = 0, status = 200 } = {}): Promise<string> {
  let left = breaks;
  files = createServer((_request, response) => {
    response.writeHead(status, { 'Content-Type': 'application/fhir+ndjson' });
    if (left-- > 0) {
      response.write(content.slice(0, content.length / 2));
      setTimeout(() => response.destroy(), 20);
    } else response.end(content);
  });
  await new Promise<void>((done) => files?.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(files.address() as AddressInfo).port}/file.ndjson`;
}

const fetching = (url: string, type?: string): object => ({ resourceType: 'Parameters', parameter: [{ name: 'input', part: [...(type ? [{ name: 'type', valueCode: type }] : []), { name: 'url', valueUrl: url }] }] });

describe('$import', () => {
  it('writes each line of a body, byte for byte, and tells how many', async () => {
    const lines = ['{"resourceType":"Organization","id":"a1",  "name":"Fjordside"}', '', '{"resourceType":"Basic","id":"a2","code":{"text":"x"},"extension":[{"url":"http://example.org/d","valueDecimal":10.00}]}'];
    const manifest = await completed(locationOf(await server.post('$import', lines.join('\r\n'), NDJSON)), server);
    expect(manifest).toMatchObject({ output: [{ count: 2 }], error: [], request: `${server.base}/$import` });
    expect((await server.get('Organization/a1')).text).toContain(',  "name":"Fjordside"}');
    expect((await server.get('Basic/a2')).text).toContain('"valueDecimal":10.00');
  });

  it('is begun once under an Idempotency-Key, also where the answer that it began could not be kept', async () => {
    let lost = 1;
    const forgetful = await startBulkServer({
      wrapStore: (store) => new Proxy(store, {
        get: (target, name) => {
          if (name === 'keepAnswer' && lost-- > 0) return () => Promise.reject(new Error('it ended before that'));
          const value: unknown = Reflect.get(target, name, target);
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        },
      }),
    });
    try {
      const send = (): Promise<Answer> => forgetful.post('$import', '{"resourceType":"Organization","name":"Without an id"}', { ...NDJSON, 'Idempotency-Key': 'import-once' });
      expect((await send()).status).toBe(500);
      const again = await send();
      expect(await completed(locationOf(again), forgetful)).toMatchObject({ output: [{ count: 1 }] });
      expect(locationOf(await send())).toBe(locationOf(again));
      expect(((await forgetful.get('Organization?_summary=count')).body as { total: number }).total).toBe(1);
    } finally {
      await forgetful.close();
    }
  });

  it('tells of each line that is refused, and why, and writes the others', async () => {
    const lines = [organization('b1', 'One'), 'no JSON', '{"resourceType":"Organization","id":"b2","colour":"red"}', '[]', '{"id":"b3"}', '{"resourceType":"Task","id":"b4","status":"ready"}', organization('b5', 'Five')];
    const manifest = await completed(locationOf(await server.post('$import', lines.join('\n'), NDJSON)), server);
    expect(manifest.output).toEqual([{ count: 2 }]);
    expect(manifest.error).toEqual([{ type: 'OperationOutcome', url: expect.any(String), count: 5 }]);
    const outcomes = (await linesOf(manifest.error, server)).map((line) => JSON.parse(line) as { issue: { details: { text: string }; expression?: string[] }[] });
    expect(outcomes.map(({ issue }) => issue[0]?.details.text.split(':')[0]).sort()).toEqual([2, 3, 4, 5, 6].map((n) => `Line ${n} of input 1`));
    expect(outcomes.flatMap(({ issue }) => issue.flatMap(({ expression = [] }) => expression))).toContain('Organization.colour');
    expect((await server.get('Organization/b5')).status).toBe(200);
    expect((await server.get('Organization/b2')).status).toBe(404);
  });

  it('changes nothing the second time, gives an id where there is none, and keeps the order of a resource', async () => {
    const lines = [organization('c1', 'One'), '{"resourceType":"Organization","name":"Nameless"}', organization('c1', 'Two'), organization('c1', 'Three')];
    await completed(locationOf(await server.post('$import', lines.join('\n'), NDJSON)), server);
    expect((await server.get('Organization/c1')).body).toMatchObject({ name: 'Three', meta: { versionId: '3' } });
    expect((await server.get('Organization?name=Nameless')).body.entry).toHaveLength(1);
    await completed(locationOf(await server.post('$import', organization('c1', 'Three'), NDJSON)), server);
    expect((await server.get('Organization/c1')).body.meta.versionId).toBe('3');
  });

  it('fetches files that are elsewhere, again and from where it was when they break off', async () => {
    const content = Array.from({ length: 300 }, (_, i) => organization(`d${i}`, `Place ${i}`)).join('\n');
    const manifest = await completed(locationOf(await server.post('$import', fetching(await serving(content, { breaks: 2 }), 'Organization'), ASYNC)), server);
    expect(manifest).toMatchObject({ output: [{ type: 'Organization', count: 300 }], error: [] });
    expect((await server.get('Organization/d299')).body.meta.versionId).toBe('1');
  });

  it('fails with the reason when a file cannot be had', async () => {
    const location = locationOf(await server.post('$import', fetching(await serving('', { status: 404 })), ASYNC));
    let answer = await server.get(location);
    for (; answer.status === 202; answer = await server.get(location)) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(answer.status).toBe(500);
    expect(issuesOf(answer)[0]?.details?.text).toMatch(/^The address of the input answered 404 \(input 1\)/);
  });

  it.each<[what: string, body: () => unknown, headers: Record<string, string>, status: number]>([
    ['nothing', () => ({ resourceType: 'Parameters' }), ASYNC, 400],
    ['an empty file', () => '\n \n', NDJSON, 400],
    ['another format', () => 'a,b', { 'Content-Type': 'text/csv' }, 415],
    ['an address that may not be asked', () => fetching('https://elsewhere.example/x'), ASYNC, 422],
    ['an address inside', () => fetching('http://169.254.169.254/x'), ASYNC, 422],
    ['an unknown type', () => fetching('http://127.0.0.1:1/x', 'Nothing'), ASYNC, 400],
  ])('refuses %s', async (_, body, headers, status) => {
    const answer = await server.post('$import', body(), headers);
    expect(answer.status, answer.text).toBe(status);
    expect(issuesOf(answer)).not.toHaveLength(0);
  });

  it('takes what another Cobalt exports, equal but for meta', async () => {
    const from = await startBulkServer({ seed: 'demo' });
    try {
      const path = '$export?_type=Patient,Coverage,Organization,Claim,ClaimResponse,RelatedPerson,Practitioner,Location';
      const out = await exported(path, from);
      const input = out.manifest.output.map(({ type, url }) => ({ name: 'input', part: [{ name: 'type', valueCode: type }, { name: 'url', valueUrl: url }] }));
      const manifest = await completed(locationOf(await server.post('$import', { resourceType: 'Parameters', parameter: input }, ASYNC)), server);
      expect(manifest.error).toEqual([]);
      const back = await exported(path, server);
      const bare = (lines: readonly string[]): string[] => lines.map((line) => line.replace(/"meta":\{"versionId":"\d+","lastUpdated":"[^"]+",?/, '"meta":{')).sort();
      const names = new Set(namesOf(out.lines));
      expect(bare(back.lines.filter((line) => names.has(namesOf([line])[0] ?? '')))).toEqual(bare(out.lines));
      expect(out.lines.length).toBeGreaterThan(50);
    } finally {
      await from.close();
    }
  });
});
