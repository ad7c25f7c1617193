import { randomUUID } from 'node:crypto';
import type { Bundle, Patient } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { databaseUrl, dropDatabase, hasTransactions, serverUrl } from '../store/mongo-server.js';
import { Mortal } from '../work/automation/killing.js';
import { startSubscriber, until } from './subscriber.js';

// Beside others that keep the machine and the server busy.
const PATIENCE_MS = 120_000;
vi.setConfig({ testTimeout: 1.5 * PATIENCE_MS });

const JSON_TYPE = { 'Content-Type': 'application/fhir+json' };
const server = serverUrl;

if (server === undefined || !(await hasTransactions(server))) {
  console.log('not run: two processes that exchange over one MongoDB; COBALT_TEST_MONGODB names no server with transactions');
  it('two processes on one MongoDB are tested where COBALT_TEST_MONGODB names a server with transactions', () => expect(server === undefined || server.startsWith('mongodb')).toBe(true));
} else {
  describe('two processes over one MongoDB', () => {
    const url = databaseUrl(server);
    let processes: readonly [Mortal, Mortal];
    let bases: readonly [string, string];
    beforeAll(async () => {
      const environment = { COBALT_STORE: url, COBALT_AUTOMATION: 'off', COBALT_LOG: 'error' };
      processes = [new Mortal(environment), new Mortal(environment)];
      bases = [await processes[0].base, await processes[1].base];
    });
    afterAll(async () => {
      await Promise.all(processes.map((each) => each.kill()));
      await dropDatabase(url);
    });

    const send = (at: 0 | 1, method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> =>
      fetch(`${bases[at]}/${path}`, { method, headers: { ...JSON_TYPE, ...headers }, ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }) });
    const totalOf = async (query: string): Promise<number> => ((await (await send(0, 'GET', `${query}&_summary=count`)).json()) as Bundle).total ?? -1;

    it('tell each change at least once, in the order of its resource, and not each of them', async () => {
      const CHANGES = 80;
      const subscriber = await startSubscriber();
      try {
        const created = await send(0, 'POST', 'Subscription', { resourceType: 'Subscription', status: 'requested', reason: 'To see each change', criteria: 'Location?status=active', channel: { type: 'rest-hook', endpoint: subscriber.url, payload: 'application/fhir+json' } });
        expect(created.status).toBe(201);
        for (let n = 0; n < CHANGES; n += 8) {
          await Promise.all(Array.from({ length: 8 }, (_, i) => send((i % 2) as 0 | 1, 'PUT', `Location/l${i}`, { resourceType: 'Location', id: `l${i}`, status: 'active', name: `Change ${n}` }).then(({ status }) => expect(status).toBeLessThan(300))));
        }
        const told = (): string[] => subscriber.taken().map(({ path, body }) => `${path.split('/').at(-1)}/${body.meta.versionId}`);
        const all = Array.from({ length: 8 }, (_, i) => Array.from({ length: CHANGES / 8 }, (_each, version) => `l${i}/${version + 1}`)).flat();
        await until('each was told', () => all.every((version) => told().includes(version)), PATIENCE_MS);
        await new Promise((resolve) => setTimeout(resolve, 2_500));
        expect(told().length).toBeLessThan(CHANGES * 1.2);
        const highest = new Map<string, number>();
        for (const each of told()) {
          const [id = '', version = ''] = each.split('/');
          expect(Number(version)).toBeLessThanOrEqual((highest.get(id) ?? 0) + 1);
          highest.set(id, Math.max(highest.get(id) ?? 0, Number(version)));
        }
        expect((await send(1, 'DELETE', `Subscription/${((await created.json()) as { id: string }).id}`)).status).toBe(204);
      } finally {
        await subscriber.close();
      }
    });

    it('do an import once, whichever is asked how far it is', async () => {
      const lines = Array.from({ length: 200 }, (_, n) => JSON.stringify({ resourceType: 'Organization', id: `o${n}`, name: `Payer ${n}` }));
      const begun = await send(0, 'POST', '$import', lines.join('\n'), { 'Content-Type': 'application/fhir+ndjson', Prefer: 'respond-async' });
      expect(begun.status, await begun.clone().text()).toBe(202);
      const path = new URL(begun.headers.get('content-location') ?? '').pathname.replace('/fhir/', '');
      await until('it is done', async () => (await send(1, 'GET', path)).status === 200, PATIENCE_MS);
      expect(await (await send(0, 'GET', path)).json()).toMatchObject({ output: [{ count: 200 }], error: [] });
      expect(await totalOf('Organization?name=Payer')).toBe(200);
      // A line that is done again changes nothing, and leaves an AuditEvent all the same.
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      for (const n of [0, 99, 199]) expect(await totalOf(`AuditEvent?entity=Organization/o${n}&action=U`)).toBe(1);
    });

    it('do once what is sent to both under one Idempotency-Key, and both say what came of it', async () => {
      const families = await Promise.all(Array.from({ length: 20 }, async (_, n) => {
        const family = `Twice${n}x`;
        const headers = { 'Idempotency-Key': randomUUID() };
        const patient: Patient = { resourceType: 'Patient', name: [{ family }] };
        const answers = await Promise.all(([0, 1, 0, 1] as const).map((at) => send(at, 'POST', 'Patient', patient, headers)));
        const last = await send(1, 'POST', 'Patient', patient, headers);
        const made = [...answers, last].filter(({ status }) => status !== 409);
        expect(new Set(made.map(({ status }) => status))).toEqual(new Set([201]));
        expect(new Set(made.map(({ headers: sent }) => sent.get('location')?.replace(/^.*\/fhir\//, ''))).size).toBe(1);
        return family;
      }));
      for (const family of families) expect(await totalOf(`Patient?family:exact=${family}`)).toBe(1);
    });
  });
}
