import type { Bundle, Task } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JOB_SYSTEM } from '../../src/exchange/bulk/job-task.js';
import { Conformance } from '../../src/fhir/conformance.js';
import { mayGoOn } from '../../src/fhir/operation/goes-on.js';
import { validateResource } from '../../src/fhir/validation/index.js';
import { inProject } from '../../src/root.js';
import { readDefinitions } from '../../src/fhir/operation/registry.js';
import { WORK_SYSTEM } from '../../src/work/task.js';
import { readdirSync } from 'node:fs';
import type { Answer, TestServer } from '../http/server.js';
import { families, guardedClinic } from '../smart/clinic.js';
import { ASYNC, completed, locationOf, startBulkServer } from './bulk.js';
import { pause, until } from './subscriber.js';
import { remittances, X12 } from './remittances.js';

/** Milliseconds that each commit of a remittance takes. */
let slow = 0;
const slowed: NonNullable<Parameters<typeof startBulkServer>[0]>['wrapStore'] = (store) => new Proxy(store, {
  get: (target, name) => {
    if (name === 'commit') return async (...args: Parameters<typeof target.commit>) => {
      if (slow > 0 && args[0].some((change) => change.op === 'put' && change.type === 'PaymentReconciliation')) await pause(slow);
      return target.commit(...args);
    };
    const value: unknown = Reflect.get(target, name, target);
    return typeof value === 'function' ? (value.bind(target) as unknown) : value;
  },
});

const TELLING_MS = 200;
const KEPT_MS = 3_000;
const PREFER = { Prefer: 'respond-async' };

let server: TestServer;
beforeAll(async () => {
  server = await startBulkServer({ seed: 'demo', automation: true, wrapStore: slowed, exchange: { bulk: { pollMs: 50, tellingMs: TELLING_MS, backOff: { baseMs: 10, mostMs: 50 } } } });
});
afterAll(() => server.close());

/** What a Link header says of the state of the work. */
const taskOf = (answer: Answer): string => /^<([^>]+)>; rel="status"$/.exec(answer.headers.get('link') ?? '')?.[1] ?? '';
const read = async (url: string): Promise<Task> => (await server.get(url)).body as Task;
const codes = (concept: Task['statusReason']): (string | undefined)[] => (concept?.coding ?? []).map(({ code }) => code);
/** What the outputs say, by their types. */
const outputs = ({ output = [] }: Task): Record<string, unknown> => Object.fromEntries(output.map(({ type, ...value }) => [type.coding?.[0]?.code ?? '', Object.values(value)[0]]));
const isOver = ({ status }: Task): boolean => !['accepted', 'in-progress'].includes(status);
async function ended(url: string): Promise<Task> {
  await until('it has ended', async () => isOver(await read(url)));
  return read(url);
}

describe('the Task of work that goes on after its request', () => {
  it('is named by the answer that accepts it, says how far it is, and at its end where the result is', async () => {
    slow = 500;
    const begun = await server.request('POST', '$import-835', remittances(6, 'T'), { ...X12, ...PREFER });
    const [location, url] = [locationOf(begun), taskOf(begun)];
    expect(url).toMatch(/\/fhir\/Task\/job-/);
    expect(taskOf(await server.get(location))).toBe(url);
    const said: Task[] = [];
    await until('it has ended', async () => {
      const task = await read(url);
      if (said.at(-1)?.meta?.versionId !== task.meta?.versionId) said.push(task);
      return isOver(task);
    });
    slow = 0;
    const last = said.at(-1) as Task;
    const { body: history } = await server.get(`${url}/_history`);
    const versions = (history as Bundle<Task>).entry?.map(({ resource }) => resource as Task).reverse() ?? [];
    expect(versions.map(({ status }) => status).filter((status, i, all) => status !== all[i - 1])).toEqual(['accepted', 'in-progress', 'completed']);
    const told = versions.flatMap((task) => /^(\d) of 6 transaction sets$/.exec(String(outputs(task)['progress']))?.[1] ?? []).map(Number);
    expect(told.length).toBeGreaterThan(1);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    const between = versions.find((task) => outputs(task)['progress'] === '3 of 6 transaction sets') ?? versions.find((task) => task.status === 'in-progress' && outputs(task)['percent'] !== undefined);
    const percent = (outputs(between as Task)['percent'] as { value: number }).value;
    expect([percent > 0, percent < 100]).toEqual([true, true]);
    const moments = versions.map(({ lastModified = '' }) => Date.parse(lastModified));
    expect(moments.slice(2, -1).every((moment, i) => moment - (moments[i + 1] ?? 0) >= TELLING_MS)).toBe(true);
    expect(outputs(last)).toEqual({ progress: '6 of 6 transaction sets', percent: { value: 100, unit: '%', system: 'http://unitsofmeasure.org', code: '%' }, result: location });
    expect(last).toMatchObject({ intent: 'order', code: { coding: [{ system: JOB_SYSTEM, code: 'import-835' }] }, owner: { reference: 'Device/cobalt' } });
    expect([last.executionPeriod?.start, last.authoredOn, last.executionPeriod!.end! >= last.executionPeriod!.start!]).toEqual([last.authoredOn, last.executionPeriod?.start, true]);
    for (const version of versions) expect(validateResource(version, { expectType: 'Task' })).toEqual([]);
    expect(JSON.stringify(versions)).not.toMatch(/DOE|JANE|99213|Patient/);
  });

  it('says that what was asked for was refused, not why', async () => {
    const task = await ended(taskOf(await server.request('POST', '$import-835', remittances(2, 'U').replace('GE*2', 'GE*3'), { ...X12, ...PREFER })));
    expect([task.status, codes(task.statusReason), Object.keys(outputs(task))]).toEqual(['failed', ['job-refused'], ['progress', 'result']]);
  });

  it('tells of imports and exports too; an input that cannot be read has failed', async () => {
    const exporting = await server.get('$export?_type=Coverage,Claim', ASYNC);
    await completed(locationOf(exporting), server);
    expect(await ended(taskOf(exporting))).toMatchObject({ status: 'completed', code: { coding: [{ code: 'export' }] } });
    expect(outputs(await read(taskOf(exporting)))).toMatchObject({ progress: expect.stringMatching(/^2 of 2 types, \d+ resources$/) as string, percent: { value: 100 } });
    const importing = await server.post('$import', { resourceType: 'Parameters', parameter: [{ name: 'input', part: [{ name: 'url', valueUrl: `${server.origin}/nowhere.ndjson` }] }] }, ASYNC);
    const failed = await ended(taskOf(importing));
    expect([failed.status, codes(failed.statusReason), failed.code?.coding?.[0]?.code, outputs(failed)['percent']]).toEqual(['failed', ['work-failed'], 'import', undefined]);
  });

  it('is cancelled with its job, and names no result any more', async () => {
    slow = 300;
    const begun = await server.request('POST', '$import-835', remittances(6, 'V'), { ...X12, ...PREFER });
    await until('it goes on', async () => outputs(await read(taskOf(begun)))['percent'] !== undefined);
    expect((await server.delete(locationOf(begun))).status).toBe(202);
    const task = await read(taskOf(begun));
    slow = 0;
    expect([task.status, codes(task.statusReason), Object.keys(outputs(task)), task.executionPeriod?.end === undefined]).toEqual(['cancelled', ['job-deleted'], ['progress', 'percent'], false]);
    await pause(4 * 300);
    expect((await read(taskOf(begun))).status).toBe('cancelled');
  });

  it('is put right where it says something else than its job: what a crash left behind, or somebody wrote', async () => {
    const begun = await server.get('$export?_type=Coverage', ASYNC);
    const right = await ended(taskOf(begun));
    expect((await server.put(`Task/${right.id}`, { ...right, status: 'in-progress', output: undefined })).status).toBe(200);
    await until('it says what is true', async () => (await read(taskOf(begun))).status === 'completed');
    expect(outputs(await read(taskOf(begun)))).toEqual(outputs(right));
    const lost = { ...right, id: 'job-that-is-nowhere', status: 'in-progress', executionPeriod: { start: right.authoredOn } };
    expect((await server.put('Task/job-that-is-nowhere', lost)).status).toBe(201);
    await until('nobody waits for it', async () => (await read('Task/job-that-is-nowhere')).status === 'cancelled');
    // And stays as it is.
    const { meta } = await read(taskOf(begun));
    await pause(3 * TELLING_MS);
    expect((await read(taskOf(begun))).meta).toEqual(meta);
  });

  it('is no work for people: neither the queue nor a review knows of it', async () => {
    await server.drain();
    const before = await reviewed();
    const waiting = await queued();
    const all = await Promise.all(Array.from({ length: 3 }, async () => ended(taskOf(await server.get('$export?_type=Coverage', ASYNC)))));
    const [job] = all as [Task];
    await server.drain();
    expect(await queued()).toEqual(waiting);
    expect(await reviewed()).toEqual(before);
    expect((await server.get(`Task?code=${WORK_SYSTEM}|&_id=${job.id}`)).body.entry).toBeUndefined();
    expect((await server.get(`Task?code=${JOB_SYSTEM}|export&_id=${job.id}`)).body.entry).toHaveLength(1);
    for (;;) {
      const { body } = await server.post('Task/$next', { resourceType: 'Parameters', parameter: [{ name: 'owner', valueReference: { reference: 'Practitioner/biller-renwick' } }] });
      const taken = (body as { parameter?: { resource: Task }[] }).parameter?.[0]?.resource;
      if (!taken) break;
      expect(taken.code?.coding?.[0]?.system).toBe(WORK_SYSTEM);
    }
  });
});

const queued = async (): Promise<number> => (await server.get(`Task?code=${WORK_SYSTEM}|&_summary=count`)).body.total as number;

/** What a review tells of work and of who had it, without its moment. */
async function reviewed(): Promise<unknown> {
  const { body } = await server.post('$billing-review', { resourceType: 'Parameters', parameter: [{ name: 'period', valuePeriod: { start: '2026-01-01', end: '2030-12-31' } }] });
  const parameters = (body as { parameter: { resource?: { measure?: string; group?: unknown } }[] }).parameter;
  const told = parameters.flatMap(({ resource }) => (/Measure\/(work|effort|deadlines)/.test(resource?.measure ?? '') ? [[resource?.measure, resource?.group]] : []));
  expect(told.length).toBeGreaterThan(1);
  return told;
}

it('goes with what came of its job: both are kept as long', async () => {
  const quick = await startBulkServer({ exchange: { bulk: { pollMs: 50, tellingMs: 50, keptMs: KEPT_MS } } });
  try {
    const begun = await quick.get('$export?_type=Claim', ASYNC);
    await completed(locationOf(begun), quick);
    expect((await quick.get(taskOf(begun))).status).toBe(200);
    await until('it has gone', async () => (await quick.get(taskOf(begun))).status === 410, 2 * KEPT_MS);
    expect((await quick.get(locationOf(begun))).status).toBe(404);
  } finally {
    await quick.close();
  }
});

it('CodeSystem job names the operations that go on after their request, and no others', () => {
  const definitions = readdirSync(inProject('operations'), { withFileTypes: true }).filter((entry) => entry.isDirectory()).flatMap(({ name }) => readDefinitions(inProject('operations', name)));
  const accepting = definitions.filter((definition) => mayGoOn(definition) || ['export', 'import'].includes(definition.code)).map(({ code }) => code);
  const concepts = Conformance.read(inProject('profiles')).ofType('CodeSystem').find(({ id }) => id === 'job')?.concept ?? [];
  expect(concepts.map(({ code }) => code).sort()).toEqual([...new Set(accepting)].sort());
});

describe('by scopes', () => {
  const clinic = guardedClinic(() => families, { exchange: { bulk: { pollMs: 50, tellingMs: 50 } } });

  it('it is a Task like any other: of no patient, for whoever may read Tasks, and says which client asked', async () => {
    const begun = await clinic.as('system/Coverage.rs').get('$export', ASYNC);
    const url = taskOf(begun);
    await until('it has ended', async () => isOver((await clinic.as('system/Task.rs').get(url)).body as Task));
    const task = (await clinic.as('user/Task.r').get(url)).body as Task;
    expect(task).toMatchObject({ status: 'completed', requester: { identifier: { system: clinic.issuer.url } } });
    expect(task.for).toBeUndefined();
    expect(((await clinic.as('system/Task.s').get(`Task?code=${JOB_SYSTEM}|export`)).body as Bundle).entry).toHaveLength(1);
    for (const scope of ['system/Coverage.rs', 'user/Claim.rs']) expect((await clinic.as(scope).get(url)).status).toBe(403);
    const ana = clinic.as('patient/*.cruds', { patient: 'ana' });
    expect([403, 404]).toContain((await ana.get(url)).status);
    expect((await ana.put(`Task/${task.id}`, { ...task, status: 'completed', description: 'changed' })).status).toBeGreaterThanOrEqual(403);
    // Whose job it is not may read the Task, not what came of the job.
    const other = clinic.as('system/*.cruds', { sub: 'another', client_id: 'another' });
    expect([(await other.get(url)).status, (await other.get(locationOf(begun))).status]).toEqual([200, 404]);
  });
});
