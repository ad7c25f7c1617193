import { Client } from 'fhir-kit-client';
import type { Bundle, OperationOutcome, Parameters, Patient } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../http/server.js';

/** The server as a client library in the field meets it: one scenario in the order of a session. */
describe('fhir-kit-client', () => {
  let server: TestServer;
  let client: Client;
  let id = '';

  beforeAll(async () => {
    server = await startTestServer({ seed: 'demo' });
    client = new Client({ baseUrl: server.base });
  });
  afterAll(() => server.close());

  it('reads the CapabilityStatement', async () => {
    expect(await client.capabilityStatement()).toMatchObject({ resourceType: 'CapabilityStatement', fhirVersion: '4.0.1' });
  });

  it('creates, reads, updates, and reads a version', async () => {
    const created = (await client.create({ resourceType: 'Patient', body: { resourceType: 'Patient', name: [{ family: 'Kit' }] } })) as Patient;
    id = created.id ?? '';
    expect(await client.read({ resourceType: 'Patient', id })).toMatchObject({ name: [{ family: 'Kit' }] });
    expect(await client.update({ resourceType: 'Patient', id, body: { resourceType: 'Patient', id, name: [{ family: 'Kat' }] } })).toMatchObject({ meta: { versionId: '2' } });
    expect(await client.vread({ resourceType: 'Patient', id, version: '1' })).toMatchObject({ name: [{ family: 'Kit' }] });
  });

  it('patches with JSON Patch', async () => {
    expect(await client.patch({ resourceType: 'Patient', id, jsonPatch: [{ op: 'add', path: '/gender', value: 'female' }] })).toMatchObject({ gender: 'female', name: [{ family: 'Kat' }] });
  });

  it('searches and follows pages to the end, each match once', async () => {
    const ids: (string | undefined)[] = [];
    let page = (await client.search({ resourceType: 'Patient', searchParams: { _count: '7', _sort: 'birthdate' } })) as unknown as Bundle | undefined;
    while (page) {
      ids.push(...(page.entry ?? []).map(({ resource }) => resource?.id));
      page = page.link?.some(({ relation }) => relation === 'next') ? ((await client.nextPage({ bundle: page as never })) as unknown as Bundle) : undefined;
    }
    expect(ids).toHaveLength(20);
    expect(new Set(ids).size).toBe(20);
  });

  it('sends a transaction', async () => {
    const body = {
      resourceType: 'Bundle', type: 'transaction',
      entry: [
        { fullUrl: 'urn:uuid:5f2d4c1e-7a59-4c08-9d5e-0d6a8f5f2c11', resource: { resourceType: 'Patient', name: [{ family: 'Bundled' }] }, request: { method: 'POST', url: 'Patient' } },
        { resource: { resourceType: 'RelatedPerson', patient: { reference: 'urn:uuid:5f2d4c1e-7a59-4c08-9d5e-0d6a8f5f2c11' } }, request: { method: 'POST', url: 'RelatedPerson' } },
      ],
    };
    const answer = (await client.transaction({ body: body as never })) as unknown as Bundle;
    expect(answer.entry?.map(({ response }) => response?.status.slice(0, 3))).toEqual(['201', '201']);
  });

  it('calls an operation', async () => {
    const answer = (await client.operation({ name: 'cob-order', resourceType: 'Patient', id: 'pat-lindqvist', input: { resourceType: 'Parameters', parameter: [{ name: 'date', valueDate: '2026-06-09' }] } as never })) as Parameters;
    expect(answer.parameter?.filter(({ name }) => name === 'ranked')).toHaveLength(3);
  });

  it('deletes, and meets an OperationOutcome', async () => {
    await client.delete({ resourceType: 'Patient', id });
    const error = await client.read({ resourceType: 'Patient', id }).catch((caught: unknown) => caught as { response: { status: number; data: OperationOutcome } });
    expect(error).toMatchObject({ response: { status: 410, data: { resourceType: 'OperationOutcome' } } });
  });
});
