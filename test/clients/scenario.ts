import type { Bundle, FhirResource, Parameters, Patient } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../http/server.js';

/** A client library of the field, as far as the scenario needs it; each call goes through the library's own method where it has one. */
export interface RealClient {
  capabilities(): Promise<FhirResource>;
  create<T extends FhirResource>(resource: T): Promise<T>;
  read(type: string, id: string): Promise<FhirResource>;
  vread(type: string, id: string, version: string): Promise<FhirResource>;
  update<T extends FhirResource>(resource: T & { id: string }): Promise<T>;
  patch(type: string, id: string, operations: readonly JsonPatchOperation[]): Promise<FhirResource>;
  delete(type: string, id: string): Promise<void>;
  /** `Patient?name=x`: every page, as the library follows them. */
  searchPages(type: string, parameters: Readonly<Record<string, string>>): Promise<Bundle[]>;
  send(bundle: Bundle<FhirResource>): Promise<Bundle>;
  operation(code: string, type: string, id: string, input: Parameters): Promise<FhirResource>;
  /** The status that an error of this library tells. */
  statusOf(error: unknown): number | undefined;
}

export interface JsonPatchOperation {
  readonly op: 'add' | 'replace' | 'remove' | 'test';
  readonly path: string;
  readonly value?: unknown;
}

interface Session {
  readonly client: RealClient;
  /** Of the patient that the session makes. */
  id: string;
}

const FULL_URL = 'urn:uuid:5f2d4c1e-7a59-4c08-9d5e-0d6a8f5f2c11';

/** One session, step by step: what it does, and what must come of it. */
const STEPS: readonly (readonly [does: string, step: (session: Session) => Promise<void>])[] = [
  ['reads the CapabilityStatement', async ({ client }) => {
    expect(await client.capabilities()).toMatchObject({ resourceType: 'CapabilityStatement', fhirVersion: '4.0.1' });
  }],
  ['creates', async (session) => {
    const created = await session.client.create<Patient>({ resourceType: 'Patient', name: [{ family: 'Wexford' }] });
    expect(created).toMatchObject({ meta: { versionId: '1' }, name: [{ family: 'Wexford' }] });
    session.id = created.id ?? '';
  }],
  ['reads', async ({ client, id }) => {
    expect(await client.read('Patient', id)).toMatchObject({ id, name: [{ family: 'Wexford' }] });
  }],
  ['updates', async ({ client, id }) => {
    expect(await client.update<Patient>({ resourceType: 'Patient', id, name: [{ family: 'Waterford' }] })).toMatchObject({ id, meta: { versionId: '2' } });
  }],
  ['patches with JSON Patch', async ({ client, id }) => {
    expect(await client.patch('Patient', id, [{ op: 'test', path: '/name/0/family', value: 'Waterford' }, { op: 'add', path: '/gender', value: 'female' }]))
      .toMatchObject({ gender: 'female', name: [{ family: 'Waterford' }], meta: { versionId: '3' } });
  }],
  ['meets 422 for a patch whose test fails, and nothing is changed', async ({ client, id }) => {
    await refused(client, () => client.patch('Patient', id, [{ op: 'test', path: '/gender', value: 'male' }, { op: 'remove', path: '/gender' }]), 422);
    expect(await client.read('Patient', id)).toMatchObject({ gender: 'female', meta: { versionId: '3' } });
  }],
  ['reads a version', async ({ client, id }) => {
    expect(await client.vread('Patient', id, '1')).toMatchObject({ name: [{ family: 'Wexford' }] });
  }],
  ['searches', async ({ client, id }) => {
    const [page] = await client.searchPages('Patient', { family: 'waterford', gender: 'female' });
    expect(page?.entry?.map(({ resource }) => resource?.id)).toEqual([id]);
  }],
  ['meets 400 for a search parameter that there is not', async ({ client }) => {
    await refused(client, () => client.searchPages('Patient', { shoesize: '43' }), 400);
  }],
  ['follows pages to the end, each match once', async ({ client }) => {
    const pages = await client.searchPages('Patient', { _count: '7', _sort: 'birthdate', _total: 'accurate' });
    const ids = pages.flatMap(({ entry }) => (entry ?? []).map(({ resource }) => resource?.id));
    expect(pages.length).toBe(Math.ceil(ids.length / 7));
    expect(pages.length).toBeGreaterThan(1);
    expect(new Set(ids).size).toBe(pages[0]?.total);
    expect(ids).toHaveLength(pages[0]?.total ?? -1);
  }],
  ['sends a transaction whose entries refer to one another', async ({ client }) => {
    const answer = await client.send({
      resourceType: 'Bundle', type: 'transaction',
      entry: [
        { fullUrl: FULL_URL, resource: { resourceType: 'Patient', name: [{ family: 'Bundled' }] }, request: { method: 'POST', url: 'Patient' } },
        { resource: { resourceType: 'RelatedPerson', patient: { reference: FULL_URL } }, request: { method: 'POST', url: 'RelatedPerson' } },
      ],
    });
    expect(answer.entry?.map(({ response }) => response?.status.slice(0, 3))).toEqual(['201', '201']);
    const [patient = '', related = ''] = answer.entry?.map(({ response }) => /[^/]+(?=\/_history)/.exec(response?.location ?? '')?.[0] ?? '') ?? [];
    expect(await client.read('RelatedPerson', related)).toMatchObject({ patient: { reference: `Patient/${patient}` } });
  }],
  ['meets 400 for a transaction with an entry that is no R4, and nothing is stored', async ({ client }) => {
    const broken = { resourceType: 'Patient', gender: 'nobody' } as unknown as Patient;
    await refused(client, () => client.send({
      resourceType: 'Bundle', type: 'transaction',
      entry: [
        { resource: { resourceType: 'Patient', name: [{ family: 'Halfway' }] }, request: { method: 'POST', url: 'Patient' } },
        { resource: broken, request: { method: 'POST', url: 'Patient' } },
      ],
    }), 400);
    expect((await client.searchPages('Patient', { family: 'halfway' }))[0]?.entry ?? []).toEqual([]);
  }],
  ['calls an operation', async ({ client }) => {
    const answer = (await client.operation('cob-order', 'Patient', 'pat-lindqvist', { resourceType: 'Parameters', parameter: [{ name: 'date', valueDate: '2026-06-09' }] })) as Parameters;
    expect(answer.parameter?.filter(({ name }) => name === 'ranked')).toHaveLength(3);
  }],
  ['deletes, and meets 410', async ({ client, id }) => {
    await client.delete('Patient', id);
    await refused(client, () => client.read('Patient', id), 410);
  }],
  ['meets 404 for what was never there', async ({ client }) => {
    await refused(client, () => client.read('Patient', 'never-there'), 404);
  }],
];

async function refused(client: RealClient, request: () => Promise<unknown>, status: number): Promise<void> {
  const error = await request().then(() => expect.fail('it was not refused'), (caught: unknown) => caught);
  expect(client.statusOf(error), String(error)).toBe(status);
}

/** Runs the session with one library against a server with the demo clinic. */
export function runScenario(library: string, connect: (baseUrl: string) => RealClient): void {
  describe(`${library}, as its users use it`, () => {
    let server: TestServer;
    let session: Session;

    beforeAll(async () => {
      server = await startTestServer({ seed: 'demo' });
      session = { client: connect(server.base), id: '' };
    });
    afterAll(() => server.close());

    it.each(STEPS)('%s', (_does, step) => step(session));
  });
}
