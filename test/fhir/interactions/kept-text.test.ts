import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Member } from '../../../src/fhir/json/scan.js';
import { memberSpans, outline } from '../../../src/fhir/json/spans.js';
import { inProject } from '../../../src/root.js';
import { startTestServer, type TestServer } from '../../http/server.js';

const folder = inProject('..', 'shared', 'samples', 'fhir');
const samples = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
if (samples.length === 0) console.log('skipped: the samples of ../shared/samples/fhir come back byte for byte, since the folder is not there');

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ operations: 'none' });
});
afterAll(() => server.close());

/** The members of a resource but for id and meta, each as it stands in the text, and those of meta that are the client's. */
function kept(text: string): { readonly members: string[]; readonly meta: string[] } {
  const { members } = outline(text);
  const meta = members.get('meta');
  const slices = (of: ReadonlyMap<string, Member>, without: readonly string[]): string[] => [...of].filter(([key]) => !without.includes(key)).map(([, { keyStart, end }]) => text.slice(keyStart, end));
  return { members: slices(members, ['id', 'meta']), meta: meta ? slices(memberSpans(text, meta), ['versionId', 'lastUpdated']) : [] };
}

describe('the text of a resource is kept', () => {
  it.each([
    '{"resourceType":"Invoice","status":"draft","totalNet":{"value":10.00,"currency":"USD"}}',
    '{ "resourceType" : "Invoice",\n\t"status" : "draft" , "totalNet":{"value":1E+2,"currency":"USD"}, "totalGross" : {"value":-0.10} }\n',
    '{"status":"draft","note":[{"text":"\\u00e9 \\/ é 💲"}],"resourceType":"Invoice","totalNet":{"value":0.000}}',
  ])('byte for byte: %s', async (text) => {
    const created = await server.post('Invoice', text);
    expect(created.status).toBe(201);
    const { id, meta } = created.body;
    const expected = text.replace('"Invoice"', `"Invoice","id":"${id}","meta":{"versionId":"1","lastUpdated":"${meta.lastUpdated}"}`);
    expect(created.text).toBe(expected);
    expect((await server.get(`Invoice/${id}`)).text).toBe(expected);
    expect((await server.get(`Invoice?_id=${id}`)).text).toContain(expected);
    expect((await server.get(`Invoice/${id}/_history`)).text).toContain(expected);
  });

  it.skipIf(samples.length === 0).each(samples)('%s comes back byte for byte', async (name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    const { resourceType } = JSON.parse(text) as { resourceType: string };
    const created = await server.post(resourceType, text);
    expect(created.status, created.text).toBe(201);
    const back = await server.get(`${resourceType}/${created.body.id}`);
    expect(back.text).toBe(created.text);
    expect(kept(back.text)).toEqual(kept(text));
  });
});
