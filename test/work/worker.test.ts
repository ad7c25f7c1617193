import type { Task } from 'fhir/r4.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Conformance } from '../../src/fhir/conformance.js';
import type { LogEntry } from '../../src/fhir/interactions/interaction.js';
import { Repository } from '../../src/fhir/repository.js';
import { createSearch } from '../../src/fhir/search/index.js';
import { inProject } from '../../src/root.js';
import { leaseOf } from '../../src/work/lease.js';
import { AUTOMATION, toTask } from '../../src/work/task.js';
import { Worker, type Done, type Job, type WorkerParts } from '../../src/work/worker.js';
import { startTestServer, type TestServer } from '../http/server.js';
import { all } from './automation/visit.js';

/** Workers over one store as several processes have them: each its own, nothing shared but the store. */
let server: TestServer;
let resources: Repository;
let clock: number;
let log: LogEntry[];
let last = 0;

beforeAll(async () => {
  server = await startTestServer();
  resources = new Repository(server.store, await createSearch({ baseUrl: server.base, extraParameters: Conformance.read(inProject('profiles')).ofType('SearchParameter') }));
});
afterAll(() => server.close());
beforeEach(async () => {
  clock = Date.parse('2026-03-01T12:00:00Z');
  log = [];
  for (const { id } of await all<Task>(server, 'Task')) await server.delete(`Task/${id}`);
});

const now = (): Date => new Date(clock);
const ended: (task: Task) => Done = (task) => ({ changes: [], task });
const workerWith = (run: (task: Task) => Promise<Done>, parts: Partial<WorkerParts> = {}, job: Partial<Job> = {}): Worker =>
  new Worker({ resources, jobs: [{ code: 'review-adjudication', run, ...job }], now, log: (entry) => log.push(entry), leaseMs: 60_000, backOffMs: 1_000, attempts: 3, ...parts });

async function given(count: number, change: Partial<Task> = {}): Promise<void> {
  for (let i = 0; i < count; i++) {
    const task = toTask({ code: 'review-adjudication', cause: [String(++last)], focus: 'ClaimResponse/x', patient: `Patient/p${last}`, description: 'Review', owner: AUTOMATION, authoredOn: now().toISOString() });
    await resources.commit([{ put: { ...task, ...change } }]);
  }
}
const tasks = (): Promise<Task[]> => all<Task>(server, 'Task');
const one = async (): Promise<Task> => (await tasks())[0]!;
const patient = (task: Task): string => task.for!.reference!.replace('/', '-');

describe('a worker', () => {
  it('takes what is the server’s, under a lease, and completes it with what came of it', async () => {
    await given(1);
    let taken: Task | undefined;
    const worker = workerWith(async (task) => {
      taken = await one();
      return { changes: [{ put: { resourceType: 'Basic', id: 'made', code: { text: 'made' } } }], task: { ...task, businessStatus: { text: 'done' } } };
    });
    expect(await worker.drain()).toBe(1);
    expect(taken).toMatchObject({ status: 'in-progress', executionPeriod: { start: '2026-03-01T12:00:00.000Z' } });
    expect(leaseOf(taken!)).toEqual({ until: clock + 60_000, attempt: 1 });
    expect(await one()).toMatchObject({ status: 'completed', businessStatus: { text: 'done' }, executionPeriod: { end: '2026-03-01T12:00:00.000Z' } });
    expect(leaseOf(await one())).toBeUndefined();
    expect((await server.get('Basic/made')).status).toBe(200);
    expect(await worker.drain()).toBe(0);
  });

  it.each<[string, Partial<Task>]>([
    ['a person has', { owner: { reference: 'Practitioner/1' } }],
    ['nobody has', { owner: undefined }],
    ['is another kind of work', { code: { coding: [{ system: 'https://cobalt.example/fhir/CodeSystem/work', code: 'post-payment' }] } }],
    ['is on hold', { status: 'on-hold', statusReason: { text: 'waits' } }],
    ['is over', { status: 'cancelled' }],
  ])('leaves alone what %s', async (_, change) => {
    await given(1, change);
    const before = await one();
    expect(await workerWith(async (task) => ended(task)).drain()).toBe(0);
    expect(await one()).toEqual(before);
  });

  it('tries again later what fails, after ever longer, gives up after some attempts, and nobody waits for it', async () => {
    await given(3);
    const failing = (await one()).for!.reference;
    const given3 = workerWith(async (task) => {
      if (task.for!.reference === failing) throw new TypeError('a defect, with the patient’s name');
      return ended(task);
    }, {}, { givenUp: () => [{ put: { resourceType: 'Basic', id: 'given-up', code: { text: 'for a person' } }, ifAbsent: true }] });
    const state = async (): Promise<[string, number?, number?]> => {
      const task = (await tasks()).find((each) => each.for!.reference === failing)!;
      const lease = leaseOf(task);
      return lease ? [task.status, (lease.until - clock) / 1_000, lease.attempt] : [task.status];
    };
    expect([await given3.drain(), await state()]).toEqual([3, ['on-hold', 1, 1]]);
    clock += 999;
    expect(await given3.drain()).toBe(0);
    clock += 1;
    expect([await given3.drain(), await state()]).toEqual([1, ['on-hold', 2, 2]]);
    clock += 2_000;
    expect([await given3.drain(), await state()]).toEqual([1, ['failed']]);
    const failed = (await tasks()).find(({ status }) => status === 'failed')!;
    expect(failed.statusReason!.coding![0]!.code).toBe('work-failed');
    expect(failed.note!.map(({ text }) => text)).toEqual([1, 2, 3].map((attempt) => `Attempt ${attempt} failed (TypeError)`));
    expect((await server.get('Basic/given-up')).status).toBe(200);
    expect((await tasks()).filter(({ status }) => status === 'completed')).toHaveLength(2);
    expect(JSON.stringify([log, failed])).not.toContain('patient’s name');
    clock += 3_600_000;
    expect(await given3.drain()).toBe(0);
  });

  it('looks beyond what is put back: two hundred that fail keep nothing waiting', async () => {
    await given(1);
    const good = (await one()).for!.reference;
    await given(200);
    const worker = workerWith(async (task) => {
      if (task.for!.reference !== good) throw new Error('a defect');
      return ended(task);
    }, { sideBySide: 16 });
    await worker.drain();
    await given(1);
    const later = `Patient/p${last}`;
    const second = workerWith(async (task) => {
      if (task.for!.reference !== later) throw new Error('a defect');
      return ended(task);
    });
    await second.drain();
    expect((await tasks()).filter(({ status }) => status === 'completed').map((task) => task.for!.reference).sort()).toEqual([good, later].sort());
  });

  it('does the Tasks of one patient one after another', async () => {
    await given(1);
    const { for: subject } = await one();
    await given(5, { for: subject! });
    let running = 0;
    let most = 0;
    await workerWith(async (task) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running--;
      return ended(task);
    }, { sideBySide: 6 }).drain();
    expect(most).toBe(1);
  });

  it('is woken, works, and stops between two Tasks', async () => {
    const done: string[] = [];
    const worker = workerWith(async (task) => {
      done.push(patient(task));
      if (done.length === 2) void worker.stop();
      return ended(task);
    }, { sideBySide: 1, pollMs: 3_600_000, now: () => new Date() });
    worker.start();
    await given(5);
    worker.wake();
    await expect.poll(() => done.length).toBe(2);
    await worker.stop();
    expect((await tasks()).map(({ status }) => status).sort()).toEqual(['completed', 'completed', 'ready', 'ready', 'ready']);
  });
});

describe('several workers', () => {
  it('do each Task once', async () => {
    await given(60);
    const done: string[] = [];
    const workers = Array.from({ length: 4 }, () => workerWith(async (task) => {
      done.push(patient(task));
      return ended(task);
    }));
    const taken = await Promise.all(workers.map((worker) => worker.drain()));
    expect(taken.reduce((sum, count) => sum + count)).toBe(60);
    expect([done.length, new Set(done).size]).toEqual([60, 60]);
  });

  it('take over what another left, once its lease has ended, and not before', async () => {
    await given(1);
    const dying = workerWith(() => new Promise<Done>(() => undefined));
    void dying.drain();
    await expect.poll(async () => (await one()).status).toBe('in-progress');
    const other = workerWith(async (task) => ended(task));
    clock += 59_999;
    expect(await other.drain()).toBe(0);
    clock += 1;
    expect(await other.drain()).toBe(1);
    expect(await one()).toMatchObject({ status: 'completed' });
  });

  it('write nothing once they have lost the lease', async () => {
    await given(1);
    let finish: () => void = () => undefined;
    const slow = workerWith(async (task) => {
      await new Promise<void>((resolve) => (finish = resolve));
      return { changes: [{ put: { resourceType: 'Basic', id: 'too-late', code: { text: 'too late' } } }], task: { ...task, businessStatus: { text: 'by the slow one' } } };
    });
    const slowly = slow.drain();
    await expect.poll(async () => (await one()).status).toBe('in-progress');
    clock += 60_000;
    await workerWith(async (task) => ({ changes: [], task: { ...task, businessStatus: { text: 'by the other' } } })).drain();
    finish();
    await slowly;
    expect(await one()).toMatchObject({ status: 'completed', businessStatus: { text: 'by the other' } });
    expect((await server.get('Basic/too-late')).status).toBe(404);
    expect(log).toEqual([]);
  });
});
