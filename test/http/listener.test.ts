import { once } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { brotliCompressSync, brotliDecompressSync, deflateSync, gunzipSync, gzipSync } from 'node:zlib';
import express from 'express';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StoreUnavailableError } from '../../src/store/store.js';
import { issuesOf, startTestServer, type TestServer } from './server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ operations: 'none' });
  await server.put('Patient/p', { resourceType: 'Patient', id: 'p' });
});
afterAll(() => server.close());

/** Without what `fetch` adds and unpacks by itself. */
async function raw(method: string, path: string, headers: Record<string, string>): Promise<{ status: number | undefined; headers: IncomingHttpHeaders; body: Buffer }> {
  const sent = httpRequest(server.origin + path, { method, headers }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) };
}

describe('content negotiation (R4 §3.1.0.1.9)', () => {
  it.each<[string | undefined, string, number]>([
    [undefined, '', 200],
    ['application/fhir+json', '', 200],
    ['application/json', '', 200],
    ['*/*', '', 200],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', '', 200],
    ['application/fhir+xml, application/fhir+json;q=0.5', '', 200],
    ['application/fhir+json; fhirVersion=4.0', '', 200],
    ['application/fhir+json; fhirVersion=5.0', '', 406],
    ['application/fhir+xml', '', 406],
    ['application/json;q=0', '', 406],
    ['text/csv', '', 406],
    ['application/fhir+xml', '?_format=json', 200],
    ['application/fhir+json', '?_format=xml', 406],
    [undefined, '?_format=application/fhir%2Bjson', 200],
    [undefined, '?_format=application/fhir+json', 200],
    [undefined, '?_format=ttl', 406],
  ])('Accept: %s, query %s → %i', async (accept, query, status) => {
    const answer = await server.get(`Patient/p${query}`, accept === undefined ? {} : { Accept: accept });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/fhir+json; charset=utf-8']);
  });

  it.each<[string, number]>([
    ['application/fhir+json', 201],
    ['application/fhir+json; charset=utf-8', 201],
    ['Application/JSON', 201],
    ['application/fhir+xml', 415],
    ['text/plain', 415],
    ['application/x-www-form-urlencoded', 415],
  ])('Content-Type: %s → %i', async (type, status) => {
    expect((await server.post('Patient', { resourceType: 'Patient' }, { 'Content-Type': type })).status).toBe(status);
  });

  it.each<[string, (text: string) => Uint8Array | string, number]>([
    ['gzip', gzipSync, 201],
    ['x-gzip', gzipSync, 201],
    ['GZIP', gzipSync, 201],
    ['deflate', deflateSync, 201],
    ['br', brotliCompressSync, 201],
    ['identity', (text) => text, 201],
    ['gzip', (text) => text, 400],
    ['gzip', (text) => gzipSync(text).subarray(0, 30), 400],
    ['zstd', (text) => text, 415],
    ['gzip, gzip', (text) => gzipSync(gzipSync(text)), 415],
    ['toString', (text) => text, 415],
  ])('Content-Encoding: %s → %i', async (coding, pack, status) => {
    const answer = await server.post('Patient', pack(JSON.stringify({ resourceType: 'Patient', name: [{ family: 'x'.repeat(100) }] })), { 'Content-Encoding': coding });
    expect(answer.status).toBe(status);
    if (status === 415) expect(answer.headers.get('accept-encoding')).toBe('gzip, deflate, br');
  });

  it.each([['gzip', gzipSync], ['br', brotliCompressSync]] as const)('a small %s body that unpacks to too much → 413', async (coding, pack) => {
    const bomb = pack(Buffer.alloc(40 * 2 ** 20, ' '));
    expect(bomb.length).toBeLessThan(2 ** 20);
    expect((await server.post('', bomb, { 'Content-Encoding': coding })).status).toBe(413);
    expect((await server.get('Patient/p')).status).toBe(200);
  });

  it.each<[string | undefined, string | undefined]>([
    [undefined, undefined],
    ['gzip', 'gzip'],
    ['br', 'br'],
    ['gzip, deflate, br', 'br'],
    ['br;q=0.5, gzip;q=0.9', 'gzip'],
    ['gzip;q=0', undefined],
    ['*', 'br'],
    ['*;q=0', undefined],
    ['identity', undefined],
    ['deflate', undefined],
    ['gzip;q=x', undefined],
  ])('Accept-Encoding: %s → Content-Encoding: %s', async (accepted, coding) => {
    const headers: Record<string, string> = accepted === undefined ? {} : { 'Accept-Encoding': accepted };
    const { status, headers: answered, body } = await raw('GET', '/fhir/metadata', headers);
    expect([status, answered['content-encoding'], answered['vary'], Number(answered['content-length'])]).toEqual([200, coding, 'Accept-Encoding', body.length]);
    const unpacked = coding === 'gzip' ? gunzipSync(body) : coding === 'br' ? brotliDecompressSync(body) : body;
    expect(JSON.parse(unpacked.toString()).resourceType).toBe('CapabilityStatement');
    const small = await raw('GET', '/fhir/Patient/p', headers);
    expect([small.headers['content-encoding'], JSON.parse(small.body.toString()).id]).toEqual([undefined, 'p']);
    const head = await raw('HEAD', '/fhir/metadata', headers);
    expect([head.status, head.headers['content-encoding'], head.body.length]).toEqual([200, coding, 0]);
  });

  it('_pretty=true puts each member on a line, and changes nothing else', async () => {
    await server.put('Basic/pretty', '{"resourceType":"Basic","id":"pretty","code":{"text":"\\u00e9 {[,:]}"},"extension":[{"url":"http://x.example","valueDecimal":10.00}]}');
    const [plain, answer] = [await server.get('Basic/pretty'), await server.get('Basic/pretty?_pretty=true')];
    expect(answer.text).toContain('\n  "code": {\n    "text": "\\u00e9 {[,:]}"\n  },\n');
    expect(answer.text).toContain('"valueDecimal": 10.00\n');
    expect(answer.body).toEqual(plain.body);
    expect((await server.get('Basic/pretty?_pretty=false')).text).toBe(plain.text);
    expect((await server.get('Basic/none?_pretty=true')).text).toContain('{\n  "resourceType": "OperationOutcome"');
  });
});

describe('addresses and methods', () => {
  it.each<[string, string, number, string | null]>([
    ['GET', '/fhir', 200, null],
    ['GET', '/fhir/', 200, null],
    ['GET', '/fhir/?_id=p', 200, null],
    ['GET', '/fhir/Patient/', 200, null],
    ['GET', '/fhirs', 404, null],
    ['GET', '/fhir//Patient', 404, null],
    ['PATCH', '/fhir/metadata', 405, 'GET, HEAD'],
    ['POST', '/fhir/Patient/p', 405, 'GET, HEAD, PUT, PATCH, DELETE'],
    ['PUT', '/fhir/metadata', 405, 'GET, HEAD'],
    ['DELETE', '/fhir', 405, 'GET, HEAD, POST'],
    ['PUT', '/fhir/Patient/p/_history/1', 405, 'GET, HEAD'],
  ])('%s %s → %i', async (method, path, status, allow) => {
    const answer = await server.request(method, server.origin + path);
    expect([answer.status, answer.headers.get('allow')]).toEqual([status, allow]);
  });

  it('are made from the base URL, whatever the request says', async () => {
    const { hostname, port } = new URL(server.origin);
    const location = await new Promise((resolve) => {
      const sent = httpRequest({ hostname, port, method: 'PUT', path: '/fhir/Patient/q', headers: { Host: 'localhost:1', 'X-Forwarded-Host': 'evil.example', 'Content-Type': 'application/json' } }, (answer) => {
        answer.resume();
        resolve(answer.headers.location);
      });
      sent.end('{"resourceType":"Patient","id":"q"}');
    });
    expect(location).toBe(`${server.base}/Patient/q/_history/1`);
  });
});

describe('X-Request-Id', () => {
  it.each<[string | undefined, boolean]>([['abc-123', true], ['a'.repeat(64), true], [undefined, false], ['a'.repeat(65), false], ['a b', false], ['<script>', false]])('%s is echoed: %s', async (given, echoed) => {
    for (const url of ['Patient/p', 'Patient/none', `${server.origin}/livez`]) {
      const answer = await server.get(url, given === undefined ? {} : { 'X-Request-Id': given });
      const id = answer.headers.get('x-request-id');
      expect(id).toMatch(/^[\w.:-]{1,64}$/);
      expect(id === given).toBe(echoed);
    }
  });
});

describe('Host, while only loopback is served', () => {
  const ask = (host: string): Promise<number | undefined> => new Promise((resolve, reject) => {
    const { hostname, port } = new URL(server.origin);
    httpRequest({ hostname, port, path: '/fhir/Patient/p', headers: { Host: host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    }).on('error', reject).end();
  });
  it.each([['localhost', 200], ['127.0.0.1:9999', 200], ['127.1.2.3', 200], ['[::1]:80', 200], ['LOCALHOST:80', 200], ['evil.example', 421], ['127.0.0.1.evil.example', 421], ['localhost.evil.example:8080', 421], ['192.168.1.5', 421]])('%s → %i', async (host, status) => {
    expect(await ask(host)).toBe(status);
  });
});

describe('bodies', () => {
  const raw = async (...pieces: string[]): Promise<string> => {
    const { hostname, port } = new URL(server.origin);
    const socket = connect(Number(port), hostname);
    let received = '';
    socket.on('data', (chunk) => (received += chunk.toString()));
    const closed = once(socket, 'close');
    for (const piece of pieces) {
      socket.write(piece);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await closed;
    return received;
  };
  const head = (...lines: string[]): string => ['POST /fhir/Patient HTTP/1.1', 'Host: localhost', 'Connection: close', 'Content-Type: application/fhir+json', ...lines, '', ''].join('\r\n');

  it('in chunks are put together', async () => {
    expect(await raw(head('Transfer-Encoding: chunked'), '10\r\n{"resourceType":\r\n', 'a\r\n"Patient"}\r\n0\r\n\r\n')).toContain('HTTP/1.1 201');
  });

  it('over 32 MB are refused by their length, before they are sent', async () => {
    const answer = await raw(head('Content-Length: 50000000'));
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('"code":"too-long"');
    expect(await raw(head('Content-Length: 50000000', 'Expect: 100-continue'))).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('that were asked for are invited', async () => {
    const answer = await raw(head('Content-Length: 26', 'Expect: 100-continue'), '{"resourceType":"Patient"}');
    expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 201 /);
  });

  it('over 32 MB in chunks are refused when they have become too large', async () => {
    const { hostname, port } = new URL(server.origin);
    const status = await new Promise((resolve, reject) => {
      const sent = httpRequest({ hostname, port, method: 'POST', path: '/fhir/Patient', headers: { 'Content-Type': 'application/json' } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      sent.on('error', reject);
      const piece = Buffer.alloc(2 ** 20, ' ');
      for (let n = 0; n < 40; n += 1) sent.write(piece);
      sent.end();
    });
    expect(status).toBe(413);
  });

  it('that break off write nothing and harm nothing', async () => {
    const before = (await server.get('Patient?_summary=count')).body.total;
    const { hostname, port } = new URL(server.origin);
    const socket = connect(Number(port), hostname);
    socket.write(`${head('Content-Length: 26')}{"resourceType"`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
    await once(socket, 'close');
    expect((await server.get('Patient?_summary=count')).body.total).toBe(before);
    expect(server.log).toEqual([]);
  });
});

describe('a store that can take no more', () => {
  it.each([['busy', 503, '2'], ['full', 507, null], ['unsupported', 501, null]] as const)('%s → %i', async (reason, status, retryAfter) => {
    const failing = await startTestServer({ operations: 'none', counted: false, wrapStore: (store) => Object.assign(Object.create(store) as typeof store, { initFact: store.initFact.bind(store), probe: store.probe.bind(store), close: store.close.bind(store), commit: async () => { throw new StoreUnavailableError(reason, 'x'); } }) });
    const answer = await failing.post('Patient', { resourceType: 'Patient' });
    expect([answer.status, answer.headers.get('retry-after'), issuesOf(answer).length]).toEqual([status, retryAfter, 1]);
    expect(failing.log).toMatchObject([{ event: 'store unavailable', reason }]);
    await failing.close();
  });
});

describe('the listener', () => {
  it('can be mounted by supertest and in Express', async () => {
    for (const mounted of [server.listener, express().use(server.listener)]) {
      await supertest(mounted).get('/fhir/Patient/p').expect(200);
      await supertest(mounted).get('/livez').expect(200, { status: 'alive' });
    }
  });
});
