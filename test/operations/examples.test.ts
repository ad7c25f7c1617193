import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readExamples } from '../../src/http/docs/examples.js';
import { inProject } from '../../src/root.js';
import { startTestServer, type TestServer } from '../http/server.js';
import { bundles } from '../seed/seed.js';

const folders = readdirSync(inProject('operations'), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);
const examples = folders.flatMap((name) => readExamples(inProject('operations', name, 'example.http')).map((request) => [name, request.title, request] as const));

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
    // What goes on after its request has begun (202).
    expect([200, 202], answer.text).toContain(answer.status);
  });
});
