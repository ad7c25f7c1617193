import type { Basic, Coverage, Parameters, Task } from 'fhir/r4.js';
import { afterEach, describe, expect, it } from 'vitest';
import { localId } from '../../src/sync/identity.js';
import { upstreamOf } from '../../src/sync/upstream.js';
import { startTestServer, type TestServer } from '../http/server.js';
import { FaultProxy, type Fault } from './fault-proxy.js';
import { coverage, endpoint, household } from './household.js';
import { Peer } from './peer.js';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

interface World {
  readonly peer: Peer;
  readonly proxy: FaultProxy;
  readonly server: TestServer;
  plan: (request: string) => Fault | undefined;
}

async function world({ writeBack = true, hasEtag = true, isTerse = false, codes = ['read', 'search-type', 'update', 'patch'] as const }: { readonly writeBack?: boolean; readonly hasEtag?: boolean; readonly isTerse?: boolean; readonly codes?: readonly ('read' | 'search-type' | 'update' | 'patch')[] } = {}): Promise<World> {
  const state: { plan: World['plan'] } = { plan: () => undefined };
  const resources = (['Organization', 'Patient', 'RelatedPerson', 'Coverage'] as const).map((type) => ({ type, interaction: codes.map((code) => ({ code })), searchParam: [{ name: '_lastUpdated', type: 'date' as const }] }));
  const peer = await Peer.start({ resources, hasEtag, isTerse, publicBase: () => proxy.base });
  const proxy: FaultProxy = await FaultProxy.start(() => peer.base, (request) => state.plan(request));
  const server = await startTestServer({ syncing: { waits: { baseMs: 1, mostMs: 5 } } });
  open.push(peer, proxy, server);
  for (const resource of household(0)) await peer.put(resource);
  await server.put('Endpoint/peer', endpoint(proxy.base, { writeBack }));
  const made = Object.assign(state, { peer, proxy, server });
  await sync(made);
  return made;
}

async function sync({ server }: World): Promise<void> {
  const answer = await server.post('Endpoint/peer/$sync', { resourceType: 'Parameters' } satisfies Parameters);
  expect(answer.status, answer.text).toBe(200);
}

const ours = async ({ server, proxy }: World): Promise<Coverage> => (await server.get(`Coverage/${localId(proxy.base, 'Coverage', 'c0')}`)).body as Coverage;
const theirs = async ({ peer }: World): Promise<Coverage> => (await peer.repository.readResource('Coverage', 'c0')) as unknown as Coverage;
const setOrder = async (w: World, order: number): Promise<void> => void (await w.server.put(`Coverage/${localId(w.proxy.base, 'Coverage', 'c0')}`, { ...(await ours(w)), order }));
const tasks = async ({ server }: World): Promise<Task[]> => ((await server.get('Task?code=verify-cob')).body as { entry?: { resource: Task }[] }).entry?.map(({ resource }) => resource) ?? [];
const writes = ({ peer }: World): string[] => peer.asked.filter((request) => /^(PUT|PATCH)/.test(request));

describe('what is ours goes back to the health record', () => {
  it.each([[['read', 'search-type', 'patch']], [['read', 'search-type', 'update']]] as const)('where it offers %j, over the version that was read, once', async (codes) => {
    const w = await world({ codes });
    await setOrder(w, 2);
    await sync(w);
    expect(await theirs(w)).toMatchObject({ order: 2, subscriberId: 'M0' });
    await sync(w);
    await sync(w);
    expect(writes(w)).toHaveLength(1);
    expect((await ours(w)).order).toBe(2);
  });

  it('and what it changes elsewhere meanwhile stays', async () => {
    const w = await world();
    await setOrder(w, 2);
    await w.peer.put(coverage(0, { subscriberId: 'changed there' }));
    await sync(w);
    expect(await theirs(w)).toMatchObject({ order: 2, subscriberId: 'changed there' });
    expect(await ours(w)).toMatchObject({ order: 2, subscriberId: 'changed there' });
  });

  it('what was set here before that was wanted, too', async () => {
    const w = await world({ writeBack: false });
    await setOrder(w, 2);
    await sync(w);
    await w.server.put('Endpoint/peer', endpoint(w.proxy.base, { writeBack: true }));
    await sync(w);
    expect([(await theirs(w)).order, await tasks(w)]).toEqual([2, []]);
    await setOrder(w, 3);
    await sync(w);
    expect([(await theirs(w)).order, writes(w).length]).toEqual([3, 2]);
  });

  it('but nothing that only the source has changed before that', async () => {
    const w = await world({ writeBack: false });
    await w.peer.put(coverage(0, { order: 1 }));
    await sync(w);
    await w.peer.put(coverage(0, { order: 3 }));
    await w.server.put('Endpoint/peer', endpoint(w.proxy.base, { writeBack: true }));
    await sync(w);
    expect([(await ours(w)).order, (await theirs(w)).order, writes(w), await tasks(w)]).toEqual([3, 3, [], []]);
  });

  it.each([[{ writeBack: false }], [{ codes: ['read', 'search-type'] as const }]])('not where %j', async (options) => {
    const w = await world(options);
    await setOrder(w, 2);
    await sync(w);
    expect(writes(w)).toEqual([]);
    expect((await theirs(w)).order).toBeUndefined();
    expect((await ours(w)).order).toBe(2);
  });

  it('a change of the same on both sides is a Task with both, once, and neither is overwritten', async () => {
    const w = await world();
    await setOrder(w, 2);
    await w.peer.put(coverage(0, { order: 3 }));
    await sync(w);
    await sync(w);
    expect([(await ours(w)).order, (await theirs(w)).order]).toEqual([2, 3]);
    expect((await tasks(w)).map(({ statusReason, input }) => [statusReason?.coding?.[0]?.code, input?.slice(0, 2).map(({ valueString }) => valueString?.replace(/version \S+:/, ''))])).toEqual([['source-conflict', ['here,  order [2]', 'there,  order [3]']]]);
    await setOrder(w, 3);
    await sync(w);
    expect(writes(w)).toEqual([]);
    await setOrder(w, 1);
    await sync(w);
    expect((await theirs(w)).order).toBe(1);
  });

  it.each(['dropped in the middle', '500', 'cut JSON'] as const)('an answer that never came (%s) is asked for, not sent twice', async (fault) => {
    const w = await world();
    await setOrder(w, 2);
    let once = true;
    w.plan = (request) => (/^(PUT|PATCH)/.test(request) && once ? ((once = false), fault) : undefined);
    await sync(w);
    await sync(w);
    expect((await theirs(w)).order).toBe(2);
    expect((await theirs(w)).meta?.versionId).toBeDefined();
    expect(writes(w).length).toBeLessThanOrEqual(fault === '500' ? 2 : 1);
    expect(await tasks(w)).toEqual([]);
  });

  it('written by another between the reading and the writing (412), it is read again and merged', async () => {
    const w = await world();
    await setOrder(w, 2);
    let once = true;
    w.plan = (request) => {
      if (/^(PUT|PATCH)/.test(request) && once) {
        once = false;
        void w.peer.put(coverage(0, { subscriberId: 'just now' }));
      }
      return undefined;
    };
    await sync(w);
    expect(await theirs(w)).toMatchObject({ order: 2, subscriberId: 'just now' });
  });

  it('where no ETag is told, it is read again just before, and what was changed between stays', async () => {
    const w = await world({ codes: ['read', 'search-type', 'update'], hasEtag: false });
    await setOrder(w, 2);
    let reads = 0;
    w.plan = (request) => {
      // Behind the first of both reads, before the second.
      if (request.startsWith('GET /fhir/Coverage/c0') && ++reads === 2) void w.peer.put(coverage(0, { subscriberId: 'just now' }));
      return undefined;
    };
    await sync(w);
    expect(await theirs(w)).toMatchObject({ order: 2, subscriberId: 'just now' });
    expect(reads).toBe(4);
  });

  it('a source that answers what is written with nothing (204) is read again at once', async () => {
    const w = await world({ isTerse: true });
    await setOrder(w, 2);
    await sync(w);
    expect([(await theirs(w)).order, JSON.parse(upstreamOf(await ours(w))?.stated ?? 'null'), writes(w).length]).toEqual([2, [2], 1]);
  });

  it('what it refuses is a dead letter, and not sent again until it is changed here', async () => {
    const w = await world();
    await setOrder(w, 2);
    let refused = 0;
    w.plan = (request) => (/^(PUT|PATCH)/.test(request) ? (refused++, { status: 422 }) : undefined);
    for (let runs = 0; runs < 3; runs++) await sync(w);
    expect(refused).toBe(1);
    const letters = async (): Promise<unknown[]> => ((await w.server.get('Basic?code=dead-letter')).body as { entry?: unknown[] }).entry ?? [];
    expect(await letters()).toHaveLength(1);
    w.plan = () => undefined;
    await setOrder(w, 1);
    await sync(w);
    expect([(await theirs(w)).order, await letters()]).toEqual([1, []]);
  });

  it.each<[status: number, tries: number]>([[409, 9], [412, 9], [404, 1], [410, 1]])('what is answered %i each time, though it is there, is a dead letter until it is through', async (status, tries) => {
    const w = await world();
    await setOrder(w, 2);
    let tried = 0;
    w.plan = (request) => (/^(PUT|PATCH)/.test(request) ? (tried++, { status }) : undefined);
    const letters = async (): Promise<(string | undefined)[]> => ((await w.server.get('Basic?code=dead-letter')).body as { entry?: { resource: Basic }[] }).entry?.map(({ resource }) => resource.meta?.versionId) ?? [];
    for (let runs = 0; runs < 3; runs++) await sync(w);
    expect([tried, await letters(), await tasks(w)]).toEqual([tries, ['1'], []]);
    expect((await w.server.get('Endpoint/peer/$sync-status')).text).toContain('dead-letter');
    w.plan = () => undefined;
    if (tries === 1) await setOrder(w, 1);
    await sync(w);
    expect([(await theirs(w)).order, await letters()]).toEqual([tries === 1 ? 1 : 2, []]);
  });

  it('what is gone there is asked for, not written, and no dead letter', async () => {
    const w = await world();
    await setOrder(w, 2);
    await w.peer.delete('Coverage', 'c0');
    await sync(w);
    expect([writes(w), (await w.server.get('Basic?code=dead-letter')).body.entry]).toEqual([[], undefined]);
  });

  it('while the source takes no writes, what it says is taken all the same, and what waits shows', async () => {
    const w = await world();
    await setOrder(w, 2);
    await w.peer.put(coverage(0, { subscriberId: 'just now' }));
    w.plan = (request) => (/^(PUT|PATCH)/.test(request) ? '503 without a body' : undefined);
    await sync(w);
    expect(await ours(w)).toMatchObject({ order: 2, subscriberId: 'just now' });
    const said = async (): Promise<string> => (await w.server.get('Endpoint/peer/$sync-status')).text;
    expect(await said()).toContain('write-back: the last run did not come to its end');
    w.plan = () => undefined;
    await sync(w);
    expect([await theirs(w), await said()]).toEqual([expect.objectContaining({ order: 2, subscriberId: 'just now' }), expect.not.stringContaining('write-back')]);
  });

  it('nothing is ever made there: a POST that is not answered could make it twice', async () => {
    const w = await world();
    await w.server.put('Coverage/of-ours-alone', { ...coverage(0), id: 'of-ours-alone', beneficiary: { reference: `Patient/${localId(w.proxy.base, 'Patient', 'p0')}` }, subscriber: undefined, payor: [{ display: 'A payer' }] });
    await setOrder(w, 2);
    await sync(w);
    expect(w.peer.asked.filter((request) => request.startsWith('POST'))).toEqual([]);
  });
});
