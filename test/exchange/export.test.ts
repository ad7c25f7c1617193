import type { AuditEvent, Bundle } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { validateResource } from '../../src/fhir/validation/index.js';
import { issuesOf, type TestServer } from '../http/server.js';
import { ASYNC, completed, exported, linesOf, locationOf, namesOf, startBulkServer } from './bulk.js';

let server: TestServer;
const TYPES = '_type=Patient,Coverage,Organization,Group,Claim';
beforeAll(async () => {
  server = await startBulkServer();
  for (const id of ['ann', 'bob', 'cid']) {
    await put('Patient', id, { name: [{ family: id }], birthDate: '1950-01-01' });
    await put('Coverage', `cov-${id}`, { status: 'active', beneficiary: { reference: `Patient/${id}` }, payor: [{ reference: 'Organization/payer' }] });
  }
  await put('Organization', 'payer', { name: 'Fjordside' });
  await put('Coverage', 'cov-two', { status: 'cancelled', subscriber: { reference: 'Patient/ann' }, beneficiary: { reference: 'Patient/bob' }, payor: [{ reference: 'Organization/payer' }] });
  await put('Group', 'ours', { type: 'person', actual: true, member: [{ entity: { reference: 'Patient/ann' } }, { entity: { reference: 'Patient/cid' }, inactive: true }] });
});
afterAll(() => server.close());

async function put(resourceType: string, id: string, rest: object): Promise<void> {
  const answer = await server.put(`${resourceType}/${id}`, { resourceType, id, ...rest });
  expect(answer.status, answer.text).toBeLessThan(300);
}

const coverage = (id: string): string => `Coverage/cov-${id}`;

describe('$export', () => {
  it.each<[what: string, path: string, expected: readonly string[]]>([
    ['of the system', `$export?${TYPES}`, [coverage('ann'), coverage('bob'), coverage('cid'), coverage('two'), 'Group/ours', 'Organization/payer', 'Patient/ann', 'Patient/bob', 'Patient/cid']],
    ['of some types, given as several parameters', '$export?_type=Organization&_type=Group', ['Group/ours', 'Organization/payer']],
    ['of all patients: their compartments and themselves', 'Patient/$export', [coverage('ann'), coverage('bob'), coverage('cid'), coverage('two'), 'Group/ours', 'Patient/ann', 'Patient/bob', 'Patient/cid']],
    ['of the active members of a group; what belongs to two is there', 'Group/ours/$export?_type=Patient,Coverage', [coverage('ann'), coverage('two'), 'Patient/ann']],
    ['of what a filter finds', `$export?_type=Coverage,Organization&_typeFilter=${encodeURIComponent('Coverage?status=cancelled')}`, [coverage('two'), 'Organization/payer']],
    ['of what one of several filters finds', `$export?_type=Coverage&_typeFilter=${encodeURIComponent('Coverage?status=cancelled')}&_typeFilter=${encodeURIComponent('Coverage?beneficiary=Patient/cid')}`, [coverage('cid'), coverage('two')]],
    ['of what a filter finds among the members', `Group/ours/$export?_type=Coverage&_typeFilter=${encodeURIComponent('Coverage?status=active')}`, [coverage('ann')]],
    ['of nothing', '$export?_type=Claim', []],
  ])('%s', async (_, path, expected) => {
    const { manifest, lines } = await exported(path, server);
    expect(namesOf(lines)).toEqual(expected);
    expect(manifest).toMatchObject({ requiresAccessToken: false, error: [] });
    expect(manifest.request.startsWith(`${server.base}/${path.split('?')[0]}`)).toBe(true);
  });

  it('leaves an AuditEvent of each file that is read, with its job and its name', async () => {
    const { manifest } = await exported('$export?_type=Organization', server);
    const url = manifest.output[0]?.url ?? '';
    await server.get(url, { 'X-Request-Id': 'reads-a-file' });
    await server.flushAudit();
    const [event, ...others] = ((await server.get('AuditEvent?entity:identifier=reads-a-file')).body as Bundle<AuditEvent>).entry?.map(({ resource }) => resource) ?? [];
    expect(others).toEqual([]);
    expect(event).toMatchObject({ subtype: [{ system: 'http://hl7.org/fhir/restful-interaction', code: 'operation' }], outcome: '0', action: 'E' });
    const query = event?.entity?.flatMap((entity) => entity.query ?? [])[0] ?? '';
    expect(`${server.base}/${Buffer.from(query, 'base64').toString('utf8')}`).toBe(url);
    expect(validateResource(event!, { expectType: 'AuditEvent' })).toEqual([]);
  });

  it('takes Parameters too', async () => {
    const begun = await server.post('$export', { resourceType: 'Parameters', parameter: [{ name: '_type', valueString: 'Organization,Group' }, { name: '_outputFormat', valueString: 'application/fhir+ndjson' }] }, ASYNC);
    const { output } = await completed(locationOf(begun), server);
    expect(namesOf(await linesOf(output, server))).toEqual(['Group/ours', 'Organization/payer']);
  });

  it('shows one moment, whatever is written while it is read, and the same each time', async () => {
    for (let i = 0; i < 30; i++) await put('Location', `l${i}`, { status: 'active', name: `Before ${i}` });
    const location = locationOf(await server.get('$export?_type=Location', ASYNC));
    await put('Location', 'l0', { status: 'active', name: 'After' });
    await server.delete('Location/l1');
    await put('Location', 'l99', { status: 'active', name: 'After' });
    const { output } = await completed(location, server);
    const lines = await linesOf(output, server);
    expect(lines).toHaveLength(30);
    expect(lines.join('\n')).not.toContain('After');
    expect(await linesOf(output, server)).toEqual(lines);
    expect(namesOf(lines)).toContain('Location/l1');
  });

  it('tells since a time what was changed, and what is gone', async () => {
    await put('Endpoint', 'old', { status: 'active', connectionType: { code: 'hl7-fhir-rest' }, payloadType: [{ text: 'any' }], address: 'https://x.example' });
    await put('Endpoint', 'gone', { status: 'active', connectionType: { code: 'hl7-fhir-rest' }, payloadType: [{ text: 'any' }], address: 'https://x.example' });
    const { manifest } = await exported('$export?_type=Endpoint', server);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await put('Endpoint', 'new', { status: 'active', connectionType: { code: 'hl7-fhir-rest' }, payloadType: [{ text: 'any' }], address: 'https://y.example' });
    await server.delete('Endpoint/gone');
    const since = await exported(`$export?_type=Endpoint&_since=${encodeURIComponent(new Date(Date.parse(manifest.transactionTime) + 1).toISOString())}`, server);
    expect(namesOf(since.lines)).toEqual(['Endpoint/new']);
    expect(since.manifest.deleted).toHaveLength(1);
    const [bundle] = (await linesOf(since.manifest.deleted ?? [], server)).map((line) => JSON.parse(line) as object);
    expect(bundle).toMatchObject({ resourceType: 'Bundle', type: 'transaction', entry: [{ request: { method: 'DELETE', url: 'Endpoint/gone' } }] });
    expect(manifest.deleted).toBeUndefined();
  });

  it('writes a resource on one line, and every digit as it came', async () => {
    await put('Basic', 'digits', { code: { text: 'x' }, extension: [{ url: 'http://example.org/d', valueDecimal: 1 }] });
    const pretty = '{\r\n  "resourceType": "Basic",\n  "id": "pretty",\n\t"code": { "text": "two\\nlines" },\n  "extension": [ { "url": "http://example.org/d", "valueDecimal": 10.00 } ]\n}';
    expect((await server.put('Basic/pretty', pretty)).status).toBe(201);
    const { lines } = await exported('$export?_type=Basic', server);
    const line = lines.find((each) => each.includes('"pretty"')) ?? '';
    expect(line).toContain('"valueDecimal": 10.00');
    expect((JSON.parse(line) as { code: { text: string } }).code.text).toBe('two\nlines');
  });

  it.each<[what: string, path: string, status: number, expression?: string]>([
    ['an unknown format', '$export?_outputFormat=application/xml', 400],
    ['an unknown type', '$export?_type=Nothing', 400],
    ['a type in no compartment', 'Patient/$export?_type=Organization', 400],
    ['no instant', '$export?_since=yesterday', 400],
    ['an unknown parameter', '$export?_colour=red', 400],
    ['a filter that is none', '$export?_typeFilter=Claim', 400],
    ['a filter with an unknown parameter', `$export?_typeFilter=${encodeURIComponent('Claim?colour=red')}`, 400],
    ['a filter with a chain', `$export?_typeFilter=${encodeURIComponent('Claim?patient.name=x')}`, 400],
    ['a group that is not there', 'Group/none/$export', 404],
    ['another type', 'Claim/$export', 404],
  ])('%s is refused', async (_, path, status) => {
    const answer = await server.get(path, ASYNC);
    expect(answer.status, answer.text).toBe(status);
    expect(issuesOf(answer)).not.toHaveLength(0);
  });

  it('names the parameter of a POST that is wrong', async () => {
    const answer = await server.post('$export', { resourceType: 'Parameters', parameter: [{ name: '_type', valueString: 'Claim' }, { name: '_since', valueInstant: '2026-01-01T00:00:00Z' }, { name: '_typeFilter', valueString: 'Claim?colour=red' }] }, ASYNC);
    expect(answer.status).toBe(400);
    expect(issuesOf(answer)[0]?.expression).toEqual(['Parameters.parameter[2].value']);
  });

  it('is gone when it is deleted, and when it has expired', async () => {
    const location = locationOf(await server.get(`$export?${TYPES}`, ASYNC));
    const { output } = await completed(location, server);
    expect((await server.delete(location)).status).toBe(202);
    for (const path of [location, ...output.map(({ url }) => url)]) expect((await server.get(path)).status).toBe(404);
    expect((await server.delete(location)).status).toBe(404);
    const quick = await startBulkServer({ exchange: { bulk: { keptMs: 100, pollMs: 50 } } });
    try {
      const soon = locationOf(await quick.get('$export?_type=Claim', ASYNC));
      await completed(soon, quick);
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect((await quick.get(soon)).status).toBe(404);
      expect((await quick.store.facts('bulk')).size).toBe(0);
    } finally {
      await quick.close();
    }
  });

  it('is no file of a Bundle', async () => {
    const { manifest } = await exported('$export?_type=Organization', server);
    const url = manifest.output[0]!.url.slice(server.base.length + 1);
    const answer = await server.post('', { resourceType: 'Bundle', type: 'batch', entry: [{ request: { method: 'GET', url } }] });
    expect(answer.body.entry[0].response.status).toMatch(/^400/);
  });
});
