import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Mortal } from '../work/automation/killing.js';
import { startSubscriber, until } from './subscriber.js';

/** Changes, and how often the server is killed while they are told: `COBALT_TEST_CHANGES=10000` for the whole of it. */
const CHANGES = Number(process.env['COBALT_TEST_CHANGES'] ?? 600);
const KILLS = CHANGES >= 10_000 ? 10 : 2;
const RESOURCES = 40;
/** Each failure is waited after, a second or so, and one in thirty fails: of many changes that adds up. */
const PATIENCE_MS = 240_000 + CHANGES * 60;
const JSON_TYPE = { 'Content-Type': 'application/fhir+json' };

it(`${CHANGES} changes, a subscriber that drops, delays, answers 500 and restarts, and a server that is killed ${KILLS} times: each is told, in the order of its resource`, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'cobalt-subscription-'));
  const subscriber = await startSubscriber();
  const server = new Mortal({ COBALT_DATA: directory, COBALT_AUTOMATION: 'off' });
  try {
    const created = await fetch(`${await server.base}/Subscription`, { method: 'POST', headers: JSON_TYPE, body: JSON.stringify({ resourceType: 'Subscription', status: 'requested', reason: 'To see each change', criteria: 'Location?status=active', channel: { type: 'rest-hook', endpoint: subscriber.url, payload: 'application/fhir+json' } }) });
    expect(created.status).toBe(201);
    const { id: subscription } = (await created.json()) as { id: string };
    // One in twenty is not taken: an error, a cut connection, or an answer that comes late.
    subscriber.behave((nth) => (nth % 60 === 20 ? { status: 500 } : nth % 60 === 40 ? { status: 0 } : { status: 200, afterMs: nth % 60 === 59 ? 50 : 0 }));

    const acknowledged = new Map<string, number>();
    let next = 0;
    const lane = async (): Promise<void> => {
      for (let n = next++; n < CHANGES; n = next++) {
        const id = `l${n % RESOURCES}`;
        for (;;) {
          try {
            const { status, headers } = await fetch(`${await server.base}/Location/${id}`, { method: 'PUT', headers: JSON_TYPE, body: JSON.stringify({ resourceType: 'Location', id, status: 'active', name: `Change ${n}` }) });
            if (status > 299) throw new Error(`answered ${status}`);
            acknowledged.set(id, Math.max(acknowledged.get(id) ?? 0, Number(/"(\d+)"/.exec(headers.get('etag') ?? '')?.[1])));
            break;
          } catch {
            await new Promise((resolve) => setTimeout(resolve, 50));
          }
        }
      }
    };
    const writing = Promise.all(Array.from({ length: 8 }, lane));
    for (let kill = 1; kill <= KILLS; kill++) {
      await until('some were told', () => subscriber.taken().length > (kill * CHANGES) / (KILLS + 2), PATIENCE_MS);
      if (kill % 2 === 0) {
        await subscriber.stop();
        await server.killAndRestart();
        await subscriber.start();
      } else await server.killAndRestart();
    }
    await writing;
    const told = (): Map<string, Set<number>> => {
      const versions = new Map<string, Set<number>>();
      for (const { path, body } of subscriber.taken()) {
        const id = path.split('/').at(-1) ?? '';
        versions.set(id, (versions.get(id) ?? new Set()).add(Number(body.meta.versionId)));
      }
      return versions;
    };
    const missing = (): string[] => {
      const versions = told();
      return [...acknowledged].flatMap(([id, last]) => Array.from({ length: last }, (_, i) => i + 1).filter((version) => !versions.get(id)?.has(version)).map((version) => `${id}/${version}`));
    };
    await until('each was told', () => subscriber.taken().length >= CHANGES && missing().length === 0, PATIENCE_MS);

    // What is told again after a crash begins again where it was written down: a version never comes before the first time of one before it.
    const firsts = new Map<string, number>();
    for (const { path, body } of subscriber.taken()) {
      const [id = '', version] = [path, Number(body.meta.versionId)];
      const highest = firsts.get(id) ?? 0;
      expect(version, `${id} came to ${version} after ${highest}`).toBeLessThanOrEqual(highest + 1);
      firsts.set(id, Math.max(highest, version));
    }
    const again = subscriber.taken().length - [...acknowledged.values()].reduce((sum, last) => sum + last, 0);
    expect(again).toBeLessThanOrEqual(KILLS * 50 + KILLS);

    expect((await fetch(`${await server.base}/Subscription/${subscription}`, { method: 'DELETE' })).status).toBe(204);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = subscriber.received.length;
    for (let n = 0; n < 20; n++) await fetch(`${await server.base}/Location/l${n}`, { method: 'PUT', headers: JSON_TYPE, body: JSON.stringify({ resourceType: 'Location', id: `l${n}`, status: 'active', name: 'Nobody is told' }) });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(subscriber.received.length).toBe(before);
  } finally {
    await server.kill();
    await subscriber.close();
    rmSync(directory, { recursive: true, force: true });
  }
}, 360_000 + 2 * PATIENCE_MS);
