import type { Basic, Bundle, Coverage, Endpoint, Parameters } from 'fhir/r4.js';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { coverage, endpoint } from './household.js';
import { all, closeAll, QUICK, sync, synced, world, type World } from './world.js';

afterEach(closeAll);

const TICK_MS = 25;
const HOURLY = { everySeconds: 3_600 };
const until = (check: () => Promise<void> | void): Promise<void> => vi.waitFor(check, { timeout: 10_000, interval: 20 });
/** Several looks at the schedule. */
const ticks = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20 * TICK_MS));
const inMs = (w: World, ms: number): void => void (w.now = () => new Date(Date.now() + ms));
const coverages = async ({ server }: World): Promise<number> => (await all(server, 'Coverage')).length;
const status = async ({ server }: World): Promise<ReturnType<typeof synced>> => synced((await server.get('Endpoint/peer/$sync-status')).body as Parameters);
async function metric({ server }: World, name: string): Promise<string | undefined> {
  const { text } = await server.get(`${server.origin}/metrics`);
  return new RegExp(`^cobalt_sync_${name}\\{source="peer"\\} (\\S+)$`, 'm').exec(text)?.[1];
}

it('looks at a source as often as its Endpoint says, and not in between', async () => {
  const w = await world({ households: 2, source: HOURLY, tickMs: TICK_MS });
  await until(async () => expect([await coverages(w), (await status(w)).checkpoint !== undefined]).toEqual([2, true]));
  await w.peer.put(coverage(0, { id: 'later' }));
  inMs(w, 3_500_000);
  const before = w.peer.asked.length;
  await ticks();
  expect(w.peer.asked.slice(before)).toEqual([]);
  inMs(w, 3_700_000);
  await until(async () => expect(await coverages(w)).toBe(3));
});

it('without a duration only when asked to', async () => {
  const w = await world({ households: 1, tickMs: TICK_MS });
  await ticks();
  expect(w.peer.asked).toEqual([]);
});

it('a source that does not say what it can do shows that, and is left alone for a while, until it does', async () => {
  const silent = await world({ households: 1, tickMs: TICK_MS });
  let asked = 0;
  silent.plan = (request) => (request.startsWith('GET /fhir/metadata') ? (asked++, { status: 422 }) : undefined);
  await silent.server.put('Endpoint/peer', endpoint(silent.proxy.base, HOURLY));
  await until(async () => expect((await status(silent)).outcome?.issue[0]).toMatchObject({ details: { coding: [{ code: 'source-refused' }], text: expect.stringContaining('metadata') as unknown } }));
  expect([await metric(silent, 'failed_lanes'), await metric(silent, 'lag_seconds')]).toEqual(['1', undefined]);
  const once = asked;
  await ticks();
  expect([once, asked]).toEqual([1, 1]);
  inMs(silent, 61_000);
  await ticks();
  expect(asked).toBe(1);
  inMs(silent, 3_601_000);
  await until(() => expect(asked).toBe(2));
  expect((await sync(silent)).outcome?.issue[0]?.details?.coding?.[0]?.code).toBe('source-refused');
  silent.plan = () => undefined;
  inMs(silent, 2 * 3_601_000);
  await until(async () => expect([await coverages(silent), (await status(silent)).outcome, await metric(silent, 'failed_lanes')]).toEqual([1, undefined, '0']));
  // What went well before is noted once.
  const noted = async (): Promise<string | undefined> => (await all<Basic>(silent.server, 'Basic?code=checkpoint')).find(({ extension }) => JSON.stringify(extension).includes('"metadata"'))?.meta?.versionId;
  const version = await noted();
  await sync(silent);
  expect(version).toBeDefined();
  expect(await noted()).toBe(version);
});

it('what a source does not offer any more is neither gone on with nor behind', async () => {
  const offered = ['Organization', 'Coverage'].map((type) => ({ type: type as 'Coverage', interaction: [{ code: 'read' as const }, { code: 'search-type' as const }], searchParam: [{ name: '_lastUpdated', type: 'date' as const }] }));
  const w = await world({ households: 12, peerOptions: { resources: offered }, source: { types: ['Organization', 'Coverage'] }, tickMs: TICK_MS });
  w.plan = (request) => (/page-of=.*from=5&/.test(request) ? { status: 503 } : undefined);
  expect((await sync(w)).outcome?.issue[0]?.details?.coding?.[0]?.code).toBe('source-unreachable');
  offered.pop();
  await w.server.put('Endpoint/peer', endpoint(w.proxy.base, { ...HOURLY, types: ['Organization', 'Coverage'] }));
  inMs(w, 25 * 3_600_000);
  await until(async () => expect([(await status(w)).outcome, (await status(w)).lag?.value]).toEqual([undefined, expect.any(Number)]));
  await ticks();
  const before = w.peer.asked.length;
  await ticks();
  expect(w.peer.asked.slice(before)).toEqual([]);
});

it('one type that the source refuses waits for its turn, and the others are not looked at for it', async () => {
  const w = await world({ households: 2, tickMs: TICK_MS });
  w.plan = (request) => (request.startsWith('GET /fhir/RelatedPerson') ? { status: 403 } : undefined);
  await w.server.put('Endpoint/peer', endpoint(w.proxy.base, HOURLY));
  await until(async () => expect([(await status(w)).outcome?.issue.map(({ details }) => details?.coding?.[0]?.code), await coverages(w)]).toEqual([['source-refused'], 2]));
  await ticks();
  const before = w.peer.asked.length;
  inMs(w, 100_000);
  await ticks();
  expect(w.peer.asked.slice(before)).toEqual([]);
  w.plan = () => undefined;
  inMs(w, 3_700_000);
  await until(async () => expect([(await status(w)).outcome, (await all(w.server, 'RelatedPerson')).length]).toEqual([undefined, 2]));
});

it('what does not get through is gone on with alone', async () => {
  const w = await world({ households: 2, tickMs: TICK_MS });
  w.plan = (request) => (request.startsWith('GET /fhir/Coverage') ? { status: 503 } : undefined);
  await w.server.put('Endpoint/peer', endpoint(w.proxy.base, HOURLY));
  await until(async () => expect((await status(w)).outcome?.issue.map(({ details }) => details?.coding?.[0]?.code)).toEqual(['source-unreachable']));
  await ticks();
  const before = w.peer.asked.length;
  w.plan = () => undefined;
  inMs(w, 61_000);
  await until(async () => expect([(await status(w)).outcome, await coverages(w)]).toEqual([undefined, 2]));
  expect(new Set(w.peer.asked.slice(before).map((request) => request.split('?')[0]))).toEqual(new Set(['GET Coverage']));
});

it('a source that is switched off is asked nothing more, in the middle of a page or not', async () => {
  const w = await world({ households: 40, tickMs: TICK_MS });
  let pages = 0;
  w.plan = async (request) => {
    if (/page-of=/.test(request) && ++pages === 3) {
      await w.server.put('Endpoint/peer', { ...endpoint(w.proxy.base, HOURLY), status: 'off' } satisfies Endpoint);
      // Longer than it takes to look whether the lease is still ours.
      await new Promise((resolve) => setTimeout(resolve, QUICK.leaseMs / 3 + 200));
    }
    return undefined;
  };
  await w.server.put('Endpoint/peer', endpoint(w.proxy.base, HOURLY));
  await until(() => expect(pages).toBeGreaterThanOrEqual(3));
  await new Promise((resolve) => setTimeout(resolve, QUICK.leaseMs / 3 + 400));
  const before = w.peer.asked.length;
  await ticks();
  expect([w.peer.asked.slice(before), await coverages(w)]).toEqual([[], 0]);
});

describe('a notification', () => {
  const event = (reference: string): Bundle => ({
    resourceType: 'Bundle', type: 'history',
    entry: [{ fullUrl: 'urn:uuid:b21e4fae-ce73-45cb-8e37-1e203362b2ae', resource: { resourceType: 'Parameters', parameter: [{ name: 'notification-event', part: [{ name: 'event-number', valueString: '1' }, { name: 'focus', valueReference: { reference } }] }] } as never, request: { method: 'GET', url: 'Subscription/1/$status' }, response: { status: '200' } }],
  });
  const notices = async ({ server }: World): Promise<number> => (await all(server, 'Basic?code=notified')).length;

  it('whose resource can’t be had now is not lost: it is read when the source answers, also without a schedule', async () => {
    const w = await world({ households: 1, tickMs: TICK_MS });
    await sync(w);
    await w.peer.put(coverage(0, { subscriberId: 'told' }));
    w.plan = (request) => (request.startsWith('GET /fhir/Coverage/c0') ? { status: 503 } : undefined);
    expect((await w.server.post('Endpoint/peer/$sync', event('Coverage/c0'))).status).toBe(200);
    await until(async () => expect([await notices(w), (await status(w)).outcome?.issue.map(({ details }) => details?.text)]).toEqual([1, [expect.stringContaining('notified')]]));
    w.plan = () => undefined;
    inMs(w, 61_000);
    await until(async () => expect([(await all<Coverage>(w.server, 'Coverage'))[0]?.subscriberId, await notices(w), (await status(w)).outcome]).toEqual(['told', 0, undefined]));
  });

  it('of a patient whom the source guards keeps no other waiting, and is asked for once', async () => {
    const byPatient = ['Patient', 'Coverage'].map((type) => ({ type: type as 'Coverage', interaction: [{ code: 'read' as const }, { code: 'search-type' as const }], searchParam: [{ name: type === 'Patient' ? '_lastUpdated' : 'patient', type: 'reference' as const }] }));
    const w = await world({ households: 2, tickMs: TICK_MS, peerOptions: { resources: byPatient }, source: { types: ['Patient', 'Coverage'] } });
    await sync(w);
    await w.peer.put(coverage(1, { subscriberId: 'told' }));
    let refused = 0;
    w.plan = (request) => (/Coverage\?.*patient=p0/.test(request) ? (refused++, { status: 403 }) : undefined);
    await w.server.post('Endpoint/peer/$sync', event('Patient/p0'));
    await w.server.post('Endpoint/peer/$sync', event('Coverage/c1'));
    await until(async () => expect([await notices(w), (await all<Coverage>(w.server, 'Coverage')).map(({ subscriberId }) => subscriberId).sort()]).toEqual([0, ['M0', 'told']]));
    await ticks();
    expect([refused, (await all(w.server, 'Basic?code=dead-letter')).length]).toEqual([1, 1]);
  });

  it('is answered soon, however long the source takes; told of again meanwhile, it is read again', async () => {
    const w = await world({ households: 1 });
    await sync(w);
    let answer: (fault: undefined) => void = () => undefined;
    const held = new Promise<undefined>((resolve) => (answer = resolve));
    w.plan = (request) => (request.startsWith('GET /fhir/Coverage/c0') ? held : undefined);
    expect((await w.server.post('Endpoint/peer/$sync', event('Coverage/c0'))).status).toBe(200);
    const again = w.server.post('Endpoint/peer/$sync', event('Coverage/c0'));
    await until(async () => expect((await all<Basic>(w.server, 'Basic?code=notified'))[0]?.meta?.versionId).toBe('2'));
    answer(undefined);
    await again;
    await until(async () => expect(await notices(w)).toBe(0));
    expect(w.peer.asked.filter((request) => request === 'GET Coverage/c0')).toHaveLength(2);
  });
});

it('a source that takes its time keeps no other waiting', async () => {
  const w = await world({ households: 1, tickMs: TICK_MS });
  const slow = await world({ households: 1 });
  let answer: (fault: undefined) => void = () => undefined;
  const held = new Promise<undefined>((resolve) => (answer = resolve));
  slow.plan = (request) => (request.startsWith('GET /fhir/Coverage') ? held : undefined);
  await w.server.put('Endpoint/slow', { ...endpoint(slow.proxy.base, { ...HOURLY, types: ['Coverage'] }), id: 'slow' });
  await until(() => expect(slow.peer.asked).toContain('GET metadata'));
  await w.server.put('Endpoint/peer', endpoint(w.proxy.base, HOURLY));
  await until(async () => expect(await coverages(w)).toBe(1));
  answer(undefined);
  await until(async () => expect(await coverages(w)).toBe(2));
});
