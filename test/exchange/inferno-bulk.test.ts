import type { CapabilityStatement, FhirResource } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { validateResource } from '../../src/fhir/validation/index.js';
import { guardedClinic, families, type Asking } from '../smart/clinic.js';
import { startTestServer, type TestServer } from '../http/server.js';
import { ASYNC, completed, locationOf } from './bulk.js';

/**
 * What the Inferno Bulk Data test kit (STU2) asserts of a server, by the names of its tests without the prefix of the
 * level (`bulk_data_group_export_no_auth_reject`): of one that asks for tokens, and of one that asks for none.
 */
const resources: readonly FhirResource[] = [...families, { resourceType: 'Group', id: 'ours', type: 'person', actual: true, member: [{ entity: { reference: 'Patient/ana' } }, { entity: { reference: 'Patient/ben' } }] }];
const exchange = { bulk: { pollMs: 50, backOff: { baseMs: 10, mostMs: 50 } } };
const clinic = guardedClinic(() => resources, { exchange });
let open: TestServer;
beforeAll(async () => {
  open = await startTestServer({ exchange });
  for (const resource of resources) expect((await open.put(`${resource.resourceType}/${resource.id}`, resource)).status).toBe(201);
});
afterAll(() => open.close());

const LEVELS = ['Group/ours/$export', 'Patient/$export', '$export'] as const;

type Bulk = Pick<Asking, 'get' | 'post' | 'delete'>;

describe.each<[what: string, asking: () => Bulk, anonymous: () => TestServer, guarded: boolean]>([
  ['a server that asks for tokens', () => clinic.as('system/*.rs'), () => clinic.server, true],
  ['a server that asks for none', () => open, () => open, false],
])('Inferno Bulk Data, of %s', (_what, asking, anonymous, guarded) => {
  it('export_operation_support', async () => {
    const { rest: [rest] = [] } = (await anonymous().get('metadata')).body as CapabilityStatement;
    for (const type of ['Group', 'Patient']) expect(rest?.resource?.find((one) => one.type === type)?.operation).toContainEqual(expect.objectContaining({ name: 'export' }));
    expect(rest?.operation).toContainEqual(expect.objectContaining({ name: 'export' }));
  });

  it.each(LEVELS)('export_kick_off: %s', async (path) => {
    expect(locationOf(await asking().get(path, ASYNC))).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/fhir\/\$job\//);
  });

  it.each(['application/fhir+ndjson', 'application/ndjson', 'ndjson'])('outputFormat_param: %s', async (format) => {
    locationOf(await asking().get(`Group/ours/$export?_outputFormat=${encodeURIComponent(format)}`, ASYNC));
    locationOf(await asking().get(`Group/ours/$export?_outputFormat=${format}`, ASYNC));
  });

  it('since_param', async () => {
    locationOf(await asking().get('Group/ours/$export?_since=2026-01-01T00:00:00.000%2B05:00', ASYNC));
  });

  it('export_status_check: 202 with Retry-After, then 200 with every key', async () => {
    const location = locationOf(await asking().get('Patient/$export', ASYNC));
    let answer = await asking().get(location, { Accept: 'application/json' });
    for (; answer.status === 202; answer = await asking().get(location, { Accept: 'application/json' })) {
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(answer.headers.get('x-progress')).toMatch(/^\d+ of \d+ types, \d+ resources$/);
    }
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, expect.stringMatching(/^application\/json/)]);
    expect(Date.parse(answer.headers.get('expires') ?? '')).toBeGreaterThan(Date.now());
    expect(Object.keys(answer.body as object)).toEqual(expect.arrayContaining(['transactionTime', 'request', 'requiresAccessToken', 'output', 'error']));
    expect(answer.body).toMatchObject({ requiresAccessToken: guarded, transactionTime: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/) });
    if (guarded) expect((await anonymous().get(location)).status, 'the kit does not ask').toBe(401);
  });

  it('output_check: each file has its type and an absolute url', async () => {
    const { output } = await completed(locationOf(await asking().get('Group/ours/$export', ASYNC)), asking());
    expect(output.length).toBeGreaterThan(1);
    for (const { type, url } of output) expect([type, url]).toEqual([expect.stringMatching(/^[A-Z]/), expect.stringMatching(/^https?:\/\//)]);
  });

  it('valid_resources and multiple_patients: of fhir+ndjson, each line a valid resource of the type that is declared', async () => {
    for (const path of LEVELS.slice(0, 2)) {
      const { output } = await completed(locationOf(await asking().get(path, ASYNC)), asking());
      const patients = new Set<string>();
      for (const { type, url } of output) {
        const { headers, text } = await asking().get(url, { Accept: 'application/fhir+ndjson' });
        expect(headers.get('content-type')).toMatch(/^application\/fhir\+ndjson/);
        for (const line of text.split('\n').filter(Boolean)) {
          const resource = JSON.parse(line) as FhirResource;
          expect(validateResource(resource, { expectType: type }), line).toEqual([]);
          if (type === 'Patient') patients.add(String(resource.id));
        }
      }
      expect([path, patients.size]).toEqual([path, 2]);
    }
  });

  it('export_cancel: 202, then 404 with an OperationOutcome', async () => {
    const location = locationOf(await asking().get('Group/ours/$export', ASYNC));
    if (guarded) expect((await anonymous().delete(location)).status, 'the kit does not ask').toBe(401);
    expect((await asking().delete(location)).status).toBe(202);
    const after = await asking().get(location);
    expect([after.status, after.body]).toEqual([404, expect.objectContaining({ resourceType: 'OperationOutcome', issue: [expect.objectContaining({ severity: 'error' })] })]);
  });
});

/** Where none is asked for, the kit passes over these. */
describe('Inferno Bulk Data, without a token', () => {
  it.each(LEVELS)('export_no_auth_reject: %s', async (path) => {
    const answer = await clinic.server.get(path, ASYNC);
    expect([answer.status, answer.headers.get('www-authenticate'), answer.headers.get('content-location')]).toEqual([401, 'Bearer realm="cobalt"', null]);
    expect(answer.body).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ code: 'login' }] });
    expect((await clinic.server.get(path, { ...ASYNC, Authorization: 'Bearer made-up' })).status).toBe(401);
  });

  it('ndjson_download: none without a token', async () => {
    const { output } = await completed(locationOf(await clinic.as('system/*.rs').get('Group/ours/$export', ASYNC)), clinic.as('system/*.rs'));
    for (const { url } of output) expect((await clinic.server.get(url, { Accept: 'application/fhir+ndjson' })).status).toBe(401);
  });
});
