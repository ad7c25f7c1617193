import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issuesOf, startTestServer, type Answer, type TestServer } from './server.js';

/** Milliseconds that a search may take here. */
const LIMIT_MS = 1_500;
/** All of them about one patient: a search through each, to all of them again, goes through their square. */
const RESOURCES = 6_000;
const SLOW = 'Basic?subject:Patient._has:Basic:subject:code:not=none&_sort=created&_summary=count';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ maxSearchMs: LIMIT_MS });
  await server.put('Patient/p', { resourceType: 'Patient', id: 'p', name: [{ family: 'Lindqvist' }] });
  for (let from = 0; from < RESOURCES; from += 2_000) {
    const entry = Array.from({ length: 2_000 }, (_, n) => ({ request: { method: 'PUT', url: `Basic/b${from + n}` }, resource: { resourceType: 'Basic', id: `b${from + n}`, code: { coding: [{ code: `c${n}` }, { code: 'all' }] }, subject: { reference: 'Patient/p' } } }));
    expect((await server.post('', { resourceType: 'Bundle', type: 'transaction', entry })).status).toBe(200);
  }
});
afterAll(() => server.close());

interface Timed {
  readonly answer: Answer;
  readonly ms: number;
  /** When it had come. */
  readonly at: number;
}

async function timed(asked: Promise<Answer>): Promise<Timed> {
  const begun = performance.now();
  const answer = await asked;
  return { answer, ms: performance.now() - begun, at: performance.now() };
}
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What all threads of this process took of one core, while the time went by. */
async function loadDuring(ms: number): Promise<number> {
  const [before, begun] = [process.cpuUsage(), performance.now()];
  await pause(ms);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 / (performance.now() - begun);
}

function expectTooCostly(answer: Answer): void {
  expect([answer.status, issuesOf(answer)[0]?.code, issuesOf(answer)[0]?.details?.coding?.[0]?.code]).toEqual([400, 'too-costly', 'search-time']);
  expect(issuesOf(answer)[0]?.details?.text).toContain('ask for less');
}

describe(`a search that may take ${LIMIT_MS} ms`, () => {
  it('is stopped then, and takes nothing of the processor any more', async () => {
    const { answer, ms } = await timed(server.get(SLOW));
    expectTooCostly(answer);
    expect(ms).toBeGreaterThan(LIMIT_MS - 50);
    expect(ms).toBeLessThan(LIMIT_MS + 1_500);
    expect(await loadDuring(500)).toBeLessThan(0.5);
  });

  it('three of them keep no other search waiting, nor a read, nor a write', async () => {
    const slow = Array.from({ length: 3 }, () => timed(server.get(SLOW)));
    await pause(10);
    const others = [];
    for (let n = 0; n < 12; n++) others.push(timed(server.get(`Patient?family=Lindqvist&_count=${n + 1}`)));
    await pause(150);
    for (let n = 0; n < 12; n++) others.push(timed(server.get('Patient?family=Lindqvist')), timed(server.get('Patient/p')));
    others.push(timed(server.post('Patient', { resourceType: 'Patient' })));
    // Of three the last waits for one of the two threads: what was behind it must not.
    const last = Math.max(...(await Promise.all(slow)).map(({ at }) => at));
    for (const { answer, at } of await Promise.all(others)) {
      expect([200, 201]).toContain(answer.status);
      expect(at).toBeLessThan(last - 100);
    }
    for (const { answer } of await Promise.all(slow)) expectTooCostly(answer);
  });

  it('is stopped in a condition, too, for which all writes wait', async () => {
    // None is as the last parameter says: it is found out of each one by one.
    const [slow = ''] = SLOW.split('&_sort');
    const asked = timed(server.delete(`${slow}&code:not=all`));
    await pause(100);
    const meanwhile = timed(server.post('Patient', { resourceType: 'Patient' }));
    const { answer, ms } = await asked;
    expectTooCostly(answer);
    expect(ms).toBeLessThan(2 * LIMIT_MS + 1_500);
    expect((await meanwhile).answer.status).toBe(201);
    expect((await server.get('Basic?_summary=count')).body.total).toBe(RESOURCES);
  });

  it('answers what takes less: a page of the same, and a history', async () => {
    expect((await server.get('Basic?subject:Patient.family=Lindqvist&_count=5')).body.entry).toHaveLength(5);
    expect((await server.get('Basic/_history?_count=5')).body.entry).toHaveLength(5);
  });
});
