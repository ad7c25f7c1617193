import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inProject } from '../../src/root.js';
import { startTestServer, type TestServer } from '../http/server.js';
import { bundles } from '../seed/seed.js';

/** Requests of an `example.http`: a title, a request line, headers, an empty line, a body. */
const requestsIn = (text: string) => text.split(/^### /m).slice(1).map((request) => {
  const [, title = '', method = '', path = '', body = ''] = /^(.*)\n(\w+) \{\{base\}\}\/(\S+)\n(?:.+\n)*\n?([\s\S]*)$/.exec(request) ?? [];
  return { title, method, path, body: body.trim() };
});

const folders = readdirSync(inProject('operations'), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);
const examples = folders.flatMap((name) => requestsIn(readFileSync(inProject('operations', name, 'example.http'), 'utf8')).map((request) => [name, request.title, request] as const));

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  for (const [, bundle] of bundles) expect((await server.post('', bundle)).status).toBe(200);
});
afterAll(() => server.close());

describe('the example requests work on the seed', () => {
  test('every operation has some', () => expect(folders.filter((folder) => !examples.some(([name]) => name === folder))).toEqual([]));

  test.each(examples)('%s: %s', async (_name, _title, { method, path, body }) => {
    const answer = await server.request(method, path, body === '' ? undefined : body);
    expect(answer.status, answer.text).toBe(200);
  });
});
