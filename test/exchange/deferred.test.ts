import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bundle, OperationOutcome, Parameters, Task } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BulkJobs } from '../../src/exchange/bulk/jobs.js';
import type { FhirRequest, FhirResponse } from '../../src/fhir/interactions/interaction.js';
import { openSqliteStore } from '../../src/store/sqlite/index.js';
import type { Change, CommitOptions } from '../../src/store/store.js';
import { issuesOf, type Answer, type TestServer } from '../http/server.js';
import { Mortal } from '../work/automation/killing.js';
import { locationOf, startBulkServer } from './bulk.js';
import { remittances, X12 } from './remittances.js';
import { pause, until } from './subscriber.js';

const ASYNC = { Prefer: 'respond-async' };

type Committing = [readonly Change[], CommitOptions?];

let server: TestServer;
/** Milliseconds that each commit of a remittance takes. */
let slow = 0;
beforeAll(async () => {
  server = await startBulkServer({ seed: 'demo', wrapStore: (store) => new Proxy(store, {
    get: (target, name) => {
      if (name === 'commit') return async (...args: Committing) => {
        if (slow > 0 && args[0].some((change) => change.op === 'put' && change.type === 'PaymentReconciliation')) await pause(slow);
        return target.commit(...args);
      };
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  }) });
});
afterAll(() => server.close());

/** What came of a job, and what was said of its progress meanwhile. */
async function followed(begun: Answer): Promise<{ readonly said: string[]; readonly bundle: Bundle; readonly entry: NonNullable<Bundle['entry']>[number] }> {
  const location = locationOf(begun);
  const said: string[] = [];
  for (;;) {
    const answer = await server.get(location);
    if (answer.status !== 202) {
      expect([answer.status, answer.headers.get('content-type'), Date.parse(answer.headers.get('expires') ?? '') > Date.now()]).toEqual([200, expect.stringContaining('application/fhir+json'), true]);
      const bundle = answer.body as Bundle;
      expect([bundle.type, bundle.entry?.length]).toEqual(['batch-response', 1]);
      return { said, bundle, entry: bundle.entry![0]! };
    }
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    said.push(answer.headers.get('x-progress') ?? '');
    await pause(100);
  }
}
const count = async (query: string): Promise<number> => (await server.get(`${query}&_summary=count`)).body.total;

describe('an operation that goes on after its request (Prefer: respond-async)', () => {
  it('says where to ask, how far it is, and at its end what it would have answered', async () => {
    slow = 400;
    const begun = await server.request('POST', '$import-835', remittances(8, 'A'), { ...X12, ...ASYNC });
    expect(begun.text).toBe('');
    const { said, entry } = await followed(begun);
    slow = 0;
    const told = said.flatMap((each) => /^(\d+) of 8 transaction sets$/.exec(each)?.[1] ?? []).map(Number);
    expect(told.length).toBeGreaterThan(1);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(entry.response?.status).toBe('200');
    const names = (parameters: Parameters): string[] => (parameters.parameter ?? []).map(({ name }) => name);
    const again = await server.request('POST', '$import-835', remittances(8, 'A'), X12);
    expect(names(entry.resource as Parameters).filter((name) => name === 'reconciliation')).toHaveLength(8);
    expect(names(entry.resource as Parameters)).toEqual(names(again.body as Parameters));
  });

  it('a file that cannot be read is told as it would have been; what cannot be called so is refused at once', async () => {
    const { entry } = await followed(await server.request('POST', '$import-835', remittances(2, 'B').replace('GE*2', 'GE*3'), { ...X12, ...ASYNC }));
    expect([entry.response?.status, (entry.response?.outcome as OperationOutcome).issue[0]?.severity, entry.resource]).toEqual(['422', 'error', undefined]);
    const refused = await server.post('$billing-review', { resourceType: 'Parameters', parameter: [{ name: 'unknown', valueString: 'x' }] }, ASYNC);
    expect([refused.status, issuesOf(refused)[0]?.expression]).toEqual([400, ['Parameters.parameter[0].name']]);
    expect((await server.post('Endpoint/nobody/$sync', undefined, ASYNC)).status).toBe(404);
  });

  it('what is no FHIR comes as a Binary', async () => {
    const { entry } = await followed(await server.post('$billing-review', { resourceType: 'Parameters', parameter: [{ name: 'period', valuePeriod: { start: '2026' } }] }, { ...ASYNC, Accept: 'text/csv' }));
    const { resourceType, contentType, data } = entry.resource as { resourceType: string; contentType: string; data: string };
    expect([resourceType, contentType]).toEqual(['Binary', expect.stringContaining('text/csv')]);
    expect(Buffer.from(data, 'base64').toString('utf8').split('\n').length).toBeGreaterThan(2);
  });

  it('a synchronisation too; and the preference is passed over where nothing takes long', async () => {
    const { entry } = await followed(await server.post('Endpoint/clinic-ehr/$sync', undefined, ASYNC));
    expect((entry.resource as Parameters).parameter?.map(({ name }) => name)).toContain('outcome');
    expect((await server.post('Patient/pat-ashdown/$cob-order', undefined, ASYNC)).status).toBe(200);
  });

  it('sent twice under one Idempotency-Key it is one job, recorded as it was asked', async () => {
    const headers = { ...X12, ...ASYNC, 'Idempotency-Key': 'deferred-once', 'X-Request-Id': 'deferred-request' };
    const answers = [await server.request('POST', '$import-835', remittances(1, 'C'), headers), await server.request('POST', '$import-835', remittances(1, 'C'), headers)];
    expect(new Set(answers.map(locationOf)).size).toBe(1);
    await followed(answers[0]!);
    await server.flushAudit();
    const events = (await server.get('AuditEvent?entity:identifier=deferred-request&action=C')).body.entry as unknown[];
    expect(events.length).toBeGreaterThan(0);
    expect(await count('PaymentReconciliation?identifier=C0')).toBeLessThanOrEqual(1);
  });

  it('deleted, nothing of it is there any more', async () => {
    const location = locationOf(await server.request('POST', '$import-835', remittances(1, 'D'), { ...X12, ...ASYNC }));
    await until('it is done', async () => (await server.get(location)).status === 200);
    expect((await server.delete(location)).status).toBe(202);
    expect((await server.get(location)).status).toBe(404);
    expect([...(await server.store.facts('bulk')).keys()].filter((name) => name.includes(location.split('/').at(-1) ?? ''))).toEqual([]);
  });
});

it('an operation that says that it cannot be done yet is tried again', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'cobalt-deferred-'));
  const asked: FhirRequest[] = [];
  const answers: FhirResponse[] = [{ status: 503, headers: { 'Retry-After': '0.01' } }, { status: 503, headers: { 'Retry-After': '0.01' } }, { status: 200, body: Buffer.from('{"resourceType":"Parameters"}') }];
  const store = await openSqliteStore({ directory });
  const jobs = new BulkJobs({
    journal: store, journalOf: () => store, resources: () => { throw new Error('none'); }, search: undefined as never, outbound: undefined as never, baseUrl: 'http://127.0.0.1/fhir', now: () => new Date(), newId: () => 'again', log: () => undefined, random: () => 0, timing: { pollMs: 20 },
    answer: async (request) => {
      asked.push(request);
      return answers.shift() ?? { status: 500 };
    },
  });
  const request: FhirRequest = { method: 'POST', path: ['$billing-review'], query: [], headers: { prefer: 'respond-async', 'content-type': 'application/fhir+json' }, body: { bytes: Buffer.from('{"resourceType":"Parameters"}') }, requestId: 'r' };
  const { status: location } = await jobs.defer(request);
  jobs.start();
  await until('it is done', async () => (await jobs.status(location.split('/').at(-1) ?? '', request)).status === 200);
  await jobs.stop();
  await store.close();
  expect(asked).toHaveLength(3);
  expect(new Set(asked.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  expect(asked.map(({ headers, body }) => [headers['prefer'], body && 'bytes' in body && Buffer.from(body.bytes).toString()])).toEqual(Array.from({ length: 3 }, () => [undefined, '{"resourceType":"Parameters"}']));
  rmSync(directory, { recursive: true, force: true });
});

it('an operation whose server is killed meanwhile is done to its end by the next one, once', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'cobalt-deferred-'));
  const mortal = new Mortal({ COBALT_DATA: directory, COBALT_AUTOMATION: 'off', COBALT_LOG: 'error' });
  try {
    const begun = await fetch(`${await mortal.base}/$import-835`, { method: 'POST', headers: { ...X12, ...ASYNC }, body: remittances(40, 'K') });
    expect(begun.status).toBe(202);
    const path = new URL(begun.headers.get('content-location') ?? '').pathname.replace('/fhir/', '');
    const taken = async (): Promise<number> => ((await (await fetch(`${await mortal.base}/PaymentReconciliation?_summary=count`)).json()) as { total: number }).total;
    await until('some were taken', async () => (await taken()) > 3);
    await mortal.killAndRestart();
    let bundle: Bundle | undefined;
    await until('it is done', async () => {
      const answer = await fetch(`${await mortal.base}/${path}`);
      if (answer.status === 200) bundle = (await answer.json()) as Bundle;
      return bundle !== undefined;
    }, 25_000);
    expect(bundle?.entry?.[0]?.response?.status).toBe('200');
    expect(await taken()).toBe(40);
    // Its Task told the truth all the way: begun once, ended once, under one id.
    const task = `${await mortal.base}/Task/job-${path.split('/').at(-1) ?? ''}`;
    await until('its Task says so', async () => ((await (await fetch(task)).json()) as Task).status === 'completed');
    const { entry = [] } = (await (await fetch(`${task}/_history`)).json()) as Bundle<Task>;
    const states = entry.map(({ resource }) => resource!.status).reverse().filter((status, i, all) => status !== all[i - 1]);
    expect(states).toEqual(['accepted', 'in-progress', 'completed']);
  } finally {
    await mortal.kill();
    rmSync(directory, { recursive: true, force: true });
  }
});
