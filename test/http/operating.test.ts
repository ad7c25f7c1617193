import { request as httpRequest } from 'node:http';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RateLimiter } from '../../src/http/rate-limit.js';
import { issuesOf, startTestServer, type Answer, type TestServer } from './server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ seed: 'demo' });
});
afterAll(() => server.close());

const metrics = async (): Promise<string> => (await server.get(`${server.origin}/metrics`)).text;

describe('/metrics', () => {
  it.each<[method: string, path: string, route: string, status: number]>([
    ['GET', 'Patient/pat-ashdown', '/fhir/Patient/[id]', 200],
    ['GET', 'Patient/pat-ashdown/_history/1', '/fhir/Patient/[id]/_history/[version]', 200],
    ['GET', 'Patient?family=Ashdown', '/fhir/Patient', 200],
    ['GET', 'Patient/pat-ashdown/Claim', '/fhir/Patient/[id]/Claim', 200],
    ['POST', 'Patient/pat-ashdown/$cob-order', '/fhir/Patient/[id]/$cob-order', 200],
    ['POST', 'Patient/pat-ashdown/$ashdown', '/fhir/Patient/[id]/$[operation]', 404],
    ['GET', 'Ashdown/1', '/fhir/[type]/[id]', 404],
    ['GET', 'Ashdown/1/2/3/4/5', '/fhir/unknown', 404],
    ['GET', '', '/fhir/', 200],
  ])('counts %s %s as %s %i', async (method, path, route, status) => {
    const line = new RegExp(`^cobalt_http_requests_total\\{method="${method}",route="${route.replace(/[$[\]]/g, '\\$&')}",status="${status}"\\} (\\d+)$`, 'm');
    const counted = async (): Promise<number> => Number(line.exec(await metrics())?.[1] ?? 0);
    const before = await counted();
    expect((await server.request(method, path)).status).toBe(status);
    expect(await counted()).toBe(before + 1);
  });

  it('names nobody', async () => {
    await server.get('Patient?family=Ashdown');
    const text = await metrics();
    expect(text).not.toMatch(/ashdown/i);
    expect(text).toContain('cobalt_audit_waiting');
    expect(text).toContain('process_cpu_seconds_total');
    expect(text).toContain('cobalt_http_request_duration_seconds_bucket');
  });

  it.each(['X-Forwarded-For', 'Forwarded'])('is not passed on by a proxy (%s)', async (name) => {
    expect((await server.get(`${server.origin}/metrics`, { [name]: 'for=192.0.2.1' })).status).toBe(404);
  });
});

describe('headers that protect', () => {
  it.each(['fhir/Patient/pat-ashdown', 'fhir/Patient/nobody', 'fhir/metadata', '', 'docs', 'nothing'])('/%s', async (path) => {
    const { headers } = await server.get(`${server.origin}/${path}`);
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none';.*frame-ancestors 'none'/);
    expect(Object.fromEntries(['x-content-type-options', 'x-frame-options', 'referrer-policy', 'cross-origin-resource-policy'].map((name) => [name, headers.get(name)]))).toEqual({
      'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer', 'cross-origin-resource-policy': 'same-origin',
    });
    expect([headers.get('strict-transport-security'), headers.get('x-powered-by')]).toEqual([expect.stringContaining('max-age='), null]);
  });
});

describe('a quota of requests', () => {
  it('is said on every answer, and what is beyond it is refused', async () => {
    const limited = await startTestServer({ rateLimit: 3 });
    try {
      const answers = [];
      for (let sent = 0; sent < 5; sent++) answers.push(await limited.get('Patient/none'));
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 429, 429]);
      expect(answers.map(({ headers }) => /^"requests";r=(\d+);t=\d+$/.exec(headers.get('ratelimit') ?? '')?.[1])).toEqual(['2', '1', '0', '0', '0']);
      expect(answers[0]?.headers.get('ratelimit-policy')).toBe('"requests";q=3;w=60');
      const refused = answers[4]!;
      expect([issuesOf(refused)[0]?.code, issuesOf(refused)[0]?.details?.coding?.[0]?.code, Number(refused.headers.get('retry-after')) > 0]).toEqual(['throttled', 'rate-limit', true]);
      expect((await limited.get(`${limited.origin}/livez`)).status).toBe(200);
    } finally {
      await limited.close();
    }
  });

  it('counts the services beside the FHIR API, each call as its caller’s', async () => {
    const limited = await startTestServer({ rateLimit: 3 });
    try {
      const hook = (): Promise<Answer> => limited.post(`${limited.origin}/cds-services/payer-order-at-encounter`, {});
      const context = (): Promise<Answer> => limited.post(`${limited.origin}/app/context`, { references: [] });
      const answers = [await hook(), await context(), await limited.get('Patient/none'), await hook(), await context(), await limited.get('Patient/none')];
      expect(answers.map(({ status }) => status)).toEqual([400, 200, 404, 429, 429, 429]);
      expect(answers.map(({ headers }) => /r=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1])).toEqual(['2', '1', '0', '0', '0', '0']);
      for (const refused of answers.slice(3)) expect([issuesOf(refused)[0]?.details?.coding?.[0]?.code, Number(refused.headers.get('retry-after')) > 0]).toEqual(['rate-limit', true]);
      for (const path of ['/livez', '/cds-services', '/']) expect((await limited.get(`${limited.origin}${path}`)).status).toBe(200);
    } finally {
      await limited.close();
    }
  });

  it('is each caller\'s own', async () => {
    const limiter = new RateLimiter(1);
    expect([(await limiter.take('a')).refusal, (await limiter.take('b')).refusal]).toEqual([undefined, undefined]);
    expect((await limiter.take('a')).refusal?.status).toBe(429);
  });
});

describe('a client that breaks off', () => {
  it('is counted too', async () => {
    const asked = httpRequest(`${server.base}/Patient?_count=1000`, { method: 'POST', headers: { 'Content-Length': '1000' } });
    asked.write('{');
    asked.on('error', () => undefined);
    await new Promise((resolve) => setTimeout(resolve, 50));
    asked.destroy();
    await expect.poll(metrics).toMatch(/route="\/fhir\/Patient",status="499"\} 1/);
    const answered = httpRequest(`${server.base}/metadata`).end();
    expect(((await once(answered, 'response')) as [IncomingMessage])[0].resume().statusCode).toBe(200);
  });
});
