import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inProject } from '../../../src/root.js';
import { startTestServer, type TestServer } from '../../http/server.js';

const folder = inProject('..', 'shared', 'samples', 'synthea');
const bundles = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
if (bundles.length === 0) console.log('skipped: the Bundles of ../shared/samples/synthea go in whole, since the folder is not there');

describe.skipIf(bundles.length === 0)('Bundles that nobody here wrote', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ operations: 'none' });
  });
  afterAll(() => server.close());

  it.each(bundles)('%s goes in whole, and its links lead to what is stored', async (name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    const answer = await server.post('', text, { Prefer: 'return=representation' });
    expect(answer.status, answer.text.slice(0, 1000)).toBe(200);
    expect(answer.body.entry).toHaveLength((JSON.parse(text) as { entry: unknown[] }).entry.length);
    expect(answer.text).not.toMatch(/"reference"\s*:\s*"urn:/);
    const references = [...new Set([...answer.text.matchAll(/"reference"\s*:\s*"([A-Z]\w+\/[^"]+)"/g)].map(([, reference = '']) => reference))];
    for (const reference of references.slice(0, 40)) expect((await server.get(reference)).status, reference).toBe(200);
  });
});
