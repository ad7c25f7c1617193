import supertest from 'supertest';
import { describe, expect, it } from 'vitest';
import { createApp, type AppParts } from '../../src/http/app.js';
import { listen } from '../../src/http/server.js';

const parts = (rest: Partial<AppParts> = {}): AppParts => ({
  page: { baseUrl: 'http://x.example/fhir?<b>', version: '1', operations: ['Patient/[id]/$cob-order'] }, docs: { baseUrl: 'http://x.example/fhir', operations: [], codesOf: () => undefined, describe: () => { throw new Error('not asked for'); }, examplesOf: () => [] },
  isReady: () => true, probe: async () => undefined, log: () => undefined, ...rest,
});

describe('health', () => {
  it.each<[string, Partial<AppParts>, number]>([
    ['all is well', {}, 200],
    ['the data is not loaded yet', { isReady: () => false }, 503],
    ['the store refuses a write', { probe: () => Promise.reject(new Error('full')) }, 503],
    ['the store does not answer', { probe: () => new Promise(() => undefined) }, 503],
  ])('%s: /readyz → %i, /livez → 200', async (_name, rest, status) => {
    await supertest(createApp(parts(rest))).get('/readyz').expect(status);
    await supertest(createApp(parts(rest))).get('/livez').expect(200);
  });
});

describe('pages', () => {
  it('say what this is, with nothing unescaped', async () => {
    const { text, headers } = await supertest(createApp(parts())).get('/').expect(200);
    expect(text).toContain('Patient/[id]/$cob-order');
    expect(text).not.toContain('<b>');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['x-powered-by']).toBeUndefined();
  });

  it('that are not there are 404', async () => {
    await supertest(createApp(parts())).get('/nothing').expect(404);
  });
});

describe('shutdown', () => {
  it('finishes what is in flight, closes idle connections, takes no more', async () => {
    let finish: (() => void) | undefined;
    const server = await listen({ host: '127.0.0.1', port: 0, listener: (request, response) => {
      if (request.url === '/slow') finish = () => response.end('done');
      else response.end('quick');
    } });
    await (await fetch(server.url)).text();
    const slow = fetch(`${server.url}/slow`).then((answer) => answer.text());
    while (!finish) await new Promise((resolve) => setTimeout(resolve, 5));
    const closed = server.close(10_000);
    await expect(fetch(server.url)).rejects.toThrow();
    finish();
    expect(await slow).toBe('done');
    await closed;
  });

  it('cuts what is not done in time', async () => {
    const server = await listen({ host: '127.0.0.1', port: 0, listener: () => undefined });
    const hanging = fetch(server.url).then(() => 'answered', () => 'cut');
    await new Promise((resolve) => setTimeout(resolve, 50));
    await server.close(50);
    expect(await hanging).toBe('cut');
  });

  it('says where it cannot listen', async () => {
    const server = await listen({ host: '127.0.0.1', port: 0, listener: () => undefined });
    await expect(listen({ host: '127.0.0.1', port: server.port, listener: () => undefined })).rejects.toThrow('EADDRINUSE');
    await server.close(0);
  });
});
