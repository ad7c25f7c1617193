import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Coverage } from 'fhir/r4.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stringifyExact } from '../../src/fhir/json/exact.js';
import { outbound } from '../../src/outbound/index.js';
import { TokenCache } from '../../src/smart/backend/index.js';
import { Pace, SourceClient, type PaceLimits, type SourceError } from '../../src/sync/client/index.js';
import { keysOf, signingKey } from './authorization-server.js';

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

const key = signingKey('ES384');
let own: Server;
let other: Server;
let handle: Handle;
let asked: { readonly method: string; readonly url: string; readonly authorization: string | undefined }[] = [];
let elsewhere: IncomingMessage[] = [];
let tokens = 0;
const sleeps: number[] = [];

const port = (server: Server): number => (server.address() as AddressInfo).port;
const base = (): string => `http://127.0.0.1:${port(own)}/fhir`;

beforeAll(async () => {
  own = createServer((request, response) => {
    if (request.url === '/fhir/.well-known/smart-configuration') return void json(response, 200, { token_endpoint: `http://127.0.0.1:${port(own)}/token` });
    if (request.url === '/token') return void request.resume().on('end', () => json(response, 200, { access_token: `t${++tokens}`, token_type: 'Bearer', expires_in: 300, scope: 'system/*.rs' }));
    asked.push({ method: request.method ?? '', url: request.url ?? '', authorization: request.headers.authorization });
    handle(request, response);
  });
  other = createServer((request, response) => {
    elsewhere.push(request);
    response.end('{}');
  });
  for (const server of [own, other]) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  for (const server of [own, other]) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
beforeEach(() => {
  asked = [];
  elsewhere = [];
  tokens = 0;
  sleeps.length = 0;
});

const json = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void => void response.writeHead(status, { 'Content-Type': 'application/fhir+json', ...headers }).end(typeof body === 'string' ? body : JSON.stringify(body));

const PACE: PaceLimits = { atOnce: 4, perSecond: 1_000, burst: 1_000, failures: 100, openMs: 1_000 };

function client(pace: Partial<PaceLimits> = {}, { pageOrigins = [], loopback = true }: { readonly pageOrigins?: readonly string[]; readonly loopback?: boolean } = {}): SourceClient {
  const way = outbound({ hosts: [], networks: [], loopback }, { milliseconds: 500, bytes: 1_000_000 });
  const sleep = (ms: number): Promise<void> => {
    sleeps.push(ms);
    return Promise.resolve();
  };
  const cache = new TokenCache({ exchange: way.send, keys: keysOf(key), now: () => new Date(), newId: () => `id-${Math.random()}` });
  return new SourceClient({
    base: base(), pageOrigins, outbound: way, access: { tokens: cache, request: { base: base(), clientId: 'cobalt', scopes: ['system/Coverage.rs'] } },
    pace: new Pace({ ...PACE, ...pace }, () => performance.now(), () => Promise.resolve()), random: () => 0.5, sleep,
  });
}

const failure = async (promise: Promise<unknown>): Promise<SourceError> => promise.then(() => { throw new Error('it went well'); }, (error: SourceError) => error);
const coverage = { resourceType: 'Coverage', id: 'c' };

describe('a request', () => {
  it('is fhir-kit-client’s, with our token, and keeps the digits of numbers', async () => {
    handle = (_request, response) => json(response, 200, '{"resourceType":"Coverage","id":"c","costToBeneficiary":[{"valueMoney":{"value":10.00,"currency":"USD"}}]}', { ETag: 'W/"3"' });
    const answer = await client().read<Coverage>('Coverage', 'c');
    expect(asked).toEqual([{ method: 'GET', url: '/fhir/Coverage/c', authorization: 'Bearer t1' }]);
    expect(stringifyExact(answer.resource)).toContain('"value":10.00');
    expect([answer.etag, answer.date instanceof Date]).toEqual(['W/"3"', true]);
  });

  it('searches with its parameters encoded', async () => {
    handle = (_request, response) => json(response, 200, { resourceType: 'Bundle', type: 'searchset' });
    await client().search('Coverage', { patient: 'a b&c', _lastUpdated: 'ge2026-01-01T00:00:00Z' });
    expect(new URL(asked[0]?.url ?? '', 'http://x').searchParams.get('patient')).toBe('a b&c');
  });
});

describe('our token goes nowhere else', () => {
  it.each([
    ['a next page on another host', (c: SourceClient) => c.page(`http://127.0.0.1:${port(other)}/fhir?page=2`)],
    ['a next page on another name of this machine', (c: SourceClient) => c.page(`http://localhost:${port(own)}/fhir?page=2`)],
    ['a next page with another scheme', (c: SourceClient) => c.page(`https://127.0.0.1:${port(own)}/fhir?page=2`)],
    ['a user in the address', (c: SourceClient) => c.page(`http://127.0.0.1:${port(own)}@127.0.0.1:${port(other)}/`)],
    ['an id that is an address', (c: SourceClient) => c.read('Coverage', `../../../@127.0.0.1:${port(other)}`)],
    ['a file that needs it', (c: SourceClient) => c.file(`http://127.0.0.1:${port(other)}/file.ndjson`, true)],
    ['a status page', (c: SourceClient) => c.ask({ method: 'GET', url: `http://127.0.0.1:${port(other)}/status` })],
  ] as const)('%s', async (_what, act) => {
    handle = (_request, response) => json(response, 404, {});
    expect(['foreign', 'refused']).toContain((await failure(act(client()))).failure);
    expect(elsewhere).toEqual([]);
  });

  it('but to a page under another name that the settings give the source, whole and no other', async () => {
    const named = client({}, { pageOrigins: [`http://127.0.0.1:${port(other)}`] });
    await failure(named.page(`http://127.0.0.1:${port(other)}/fhir?page=2`));
    expect(elsewhere.map(({ url, headers }) => [url, headers.authorization])).toEqual([['/fhir?page=2', 'Bearer t1']]);
    for (const act of [
      () => named.page(`http://localhost:${port(other)}/fhir?page=2`),
      () => named.page(`http://127.0.0.1:${port(other)}.example/fhir?page=2`),
      () => named.page(`https://127.0.0.1:${port(other)}/fhir?page=2`),
      () => named.file(`http://127.0.0.1:${port(other)}/file.ndjson`, true),
      () => named.ask({ method: 'GET', url: `http://127.0.0.1:${port(other)}/status` }),
      () => client().page(`http://127.0.0.1:${port(other)}/fhir?page=2`),
      // Whatever the settings say, what may be called at all is not theirs to say.
      () => client({}, { pageOrigins: [`http://127.0.0.1:${port(other)}`], loopback: false }).page(`http://127.0.0.1:${port(other)}/fhir?page=2`),
    ]) expect((await failure(act())).failure).toMatch(/^(foreign|unauthorized|unreachable)$/);
    expect(elsewhere).toHaveLength(1);
  });

  it('by a redirect, which is not followed', async () => {
    handle = (_request, response) => json(response, 302, {}, { Location: `http://127.0.0.1:${port(other)}/` });
    expect(await failure(client().read('Coverage', 'c'))).toMatchObject({ failure: 'foreign', status: 302 });
    expect(elsewhere).toEqual([]);
  });

  it('and a file that needs none gets none', async () => {
    const { body } = await client().file(`http://127.0.0.1:${port(other)}/file.ndjson`, false);
    body.resume();
    expect(elsewhere.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });
});

describe('what goes wrong', () => {
  const failing = (...answers: readonly [status: number, headers?: Record<string, string>][]): void => {
    let count = 0;
    handle = (_request, response) => {
      const [status, headers] = answers[Math.min(count++, answers.length - 1)] ?? [200];
      json(response, status, status === 200 ? coverage : { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'processing', details: { text: 'Erika Mustermann', coding: [{ code: '59133' }] } }] }, headers);
    };
  };

  it.each([
    ['401 once: a new token, once', [[401], [200]], 'good', 2, 2],
    ['401 twice: no more tokens than that', [[401], [401]], 'unauthorized', 2, 2],
    ['403: no new token, no second time', [[403]], 'refused', 1, 1],
    ['404', [[404]], 'refused', 1, 1],
    ['410', [[410]], 'refused', 1, 1],
    ['422', [[422]], 'refused', 1, 1],
    ['406', [[406]], 'refused', 1, 1],
    ['500, then well', [[500], [200]], 'good', 2, 1],
    ['429, 503, 504, then well', [[429], [503], [504], [200]], 'good', 4, 1],
    ['503 for ever: five times', [[503]], 'unreachable', 5, 1],
  ] as const)('%s', async (_what, answers, outcome, requests, given) => {
    failing(...(answers as unknown as [number][]));
    const came = await client().read('Coverage', 'c').then(() => 'good', (error: SourceError) => error.failure);
    expect([came, asked.length, tokens]).toEqual([outcome, requests, given]);
  });

  it.each([
    ['7 seconds', { 'retry-after': '7' }, 7_000],
    ['milliseconds since 1970 are the default', { 'retry-after': '1790000000000' }, 250],
    ['nothing said', {}, 250],
  ])('waits as told: %s', async (_what, headers, ms) => {
    failing([429, headers], [200]);
    await client().read('Coverage', 'c');
    expect(sleeps).toEqual([ms]);
  });

  it('a wait of minutes is given back to the schedule', async () => {
    failing([429, { 'retry-after': '600' }]);
    expect(await failure(client().read('Coverage', 'c'))).toMatchObject({ failure: 'unreachable', afterMs: 600_000 });
    expect(asked).toHaveLength(1);
  });

  it('says nothing that the source said but codes', async () => {
    failing([400]);
    const error = await failure(client().read('Coverage', 'c'));
    expect(`${error.message} ${error.codes.join()}`).not.toContain('Mustermann');
    expect(error.codes).toEqual(['59133']);
  });

  it.each([
    ['HTML', (response: ServerResponse) => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<p>'), 'unreadable', 1],
    ['cut JSON', (response: ServerResponse) => response.writeHead(200).end('{"resourceType":"Cov'), 'unreadable', 1],
    ['JSON that is no resource', (response: ServerResponse) => response.writeHead(200).end('[1]'), 'unreadable', 1],
    ['a key twice', (response: ServerResponse) => response.writeHead(200).end('{"resourceType":"Coverage","id":"a","id":"b"}'), 'unreadable', 1],
    ['deeper than any resource', (response: ServerResponse) => response.writeHead(200).end(`{"resourceType":"Coverage","extension":${'['.repeat(200)}${']'.repeat(200)}}`), 'unreadable', 1],
    ['more than is taken', (response: ServerResponse) => response.writeHead(200).end(`"${'x'.repeat(1_100_000)}"`), 'unreadable', 1],
    ['no answer at all', (response: ServerResponse) => response.socket?.destroy(), 'unreachable', 5],
    ['silence', () => undefined, 'unreachable', 5],
  ] as const)('%s', async (_what, act, expected, requests) => {
    handle = (_request, response) => void act(response);
    expect((await failure(client().read('Coverage', 'c'))).failure).toBe(expected);
    expect(asked).toHaveLength(requests);
  });

  it('many times in a row: it is left alone for a while', async () => {
    failing([500]);
    const c = client({ failures: 8, openMs: 60_000 });
    await failure(c.read('Coverage', 'a'));
    const error = await failure(c.read('Coverage', 'b'));
    expect(asked.length).toBe(8);
    expect(error).toMatchObject({ failure: 'unreachable' });
    expect(error.afterMs).toBeGreaterThan(50_000);
  });
});

describe('the pace', () => {
  it('so many at a time', async () => {
    let now = 0;
    let most = 0;
    handle = (_request, response) => {
      most = Math.max(most, ++now);
      setTimeout(() => {
        now--;
        json(response, 200, coverage);
      }, 5);
    };
    const c = client({ atOnce: 3 });
    await Promise.all(Array.from({ length: 20 }, () => c.read('Coverage', 'c')));
    expect(most).toBeLessThanOrEqual(3);
  });

  it('so many a second over time, after those that may follow one another', async () => {
    let clock = 0;
    const waits: number[] = [];
    const pace = new Pace({ ...PACE, perSecond: 10, burst: 3 }, () => clock, (ms) => {
      waits.push(Math.round(ms));
      clock += ms;
      return Promise.resolve();
    });
    for (let n = 0; n < 6; n++) await pace.run(() => Promise.resolve());
    expect(waits).toEqual([100, 100, 100]);
  });

  it('slower where it is too much, and slowly faster again', () => {
    const pace = new Pace(PACE, () => 0, () => Promise.resolve());
    pace.note('too-much', 1);
    pace.note('too-much', 1);
    expect(pace.share).toBe(0.25);
    for (let n = 0; n < 4; n++) pace.note('good', 1);
    expect(pace.share).toBeCloseTo(0.45);
    pace.note('good', 20_000);
    expect(pace.share).toBeLessThan(0.25);
  });
});
