import type { Bundle, Coverage, OperationOutcome } from 'fhir/r4.js';
import { afterEach, describe, expect, it } from 'vitest';
import { upstreamOf } from '../../src/sync/upstream.js';
import { startTestServer } from '../http/server.js';
import { AuthorizationServer, keysOf, signingKey } from './authorization-server.js';
import { FAULTS, FaultProxy } from './fault-proxy.js';
import { coverage, endpoint } from './household.js';
import { Peer } from './peer.js';
import { all, closeAll, expectInStep, QUICK, sync, world } from './world.js';

afterEach(closeAll);

describe('faults', () => {
  it.each(FAULTS.map((fault, seed) => [fault, seed] as const))('%s: in step in the end, and no request went elsewhere', async (fault) => {
    const w = await world({ households: 12, secured: true });
    let count = 0;
    // Every third search or page until it has happened six times.
    let left = 6;
    w.plan = (request) => (/^GET \/fhir\/?(Coverage|Patient|RelatedPerson|\?)/.test(request) && ++count % 3 === 2 && left-- > 0 ? fault : undefined);
    for (let runs = 0; runs < 12; runs++) {
      const { outcome } = await sync(w, runs > 8);
      if (outcome === undefined && left <= 0) break;
    }
    w.plan = () => undefined;
    await w.peer.put(coverage(7, { subscriberId: 'changed meanwhile' }));
    expect((await sync(w)).outcome).toBeUndefined();
    await expectInStep(w);
    expect(w.proxy.done.get(fault)).toBeGreaterThan(0);
    expect([w.proxy.elsewhere, w.strangers()]).toEqual([0, []]);
  });

  it('links that are relative lead on from their page (RFC 3986), at once', async () => {
    const w = await world({ households: 12, secured: true });
    w.plan = () => 'next without a host';
    expect((await sync(w)).outcome).toBeUndefined();
    await expectInStep(w);
    expect(w.proxy.done.get('next without a host')).toBeGreaterThan(3);
    expect([w.proxy.elsewhere, w.strangers()]).toEqual([0, []]);
  });

  it('any of them at random, while the source is being changed', async () => {
    const w = await world({ households: 40, secured: true });
    let state = 20261122;
    const random = (): number => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
    w.plan = (request) => (request.startsWith('GET') && !request.includes('metadata') && !request.includes('well-known') && random() < 0.3 ? FAULTS[Math.floor(random() * FAULTS.length)] : undefined);
    for (let round = 0; round < 8; round++) {
      const running = sync(w, round === 6);
      for (let n = 0; n < 5; n++) await w.peer.put(coverage(Math.floor(random() * 40), { subscriberId: `R${round}-${n}` }));
      await running;
    }
    w.plan = () => undefined;
    expect((await sync(w, true)).outcome).toBeUndefined();
    await expectInStep(w);
    expect([w.proxy.elsewhere, w.strangers()]).toEqual([0, []]);
  });

  it('a token that is taken back in the middle is renewed once, with an assertion of its own', async () => {
    const w = await world({ households: 30, secured: true });
    let count = 0;
    w.plan = () => {
      if (++count === 8) w.authority?.revokeAll();
      return undefined;
    };
    expect((await sync(w)).outcome).toBeUndefined();
    await expectInStep(w);
    expect(w.authority?.assertions).toHaveLength(2);
    expect(new Set(w.authority?.assertions).size).toBe(2);
  });

  it('a source that is not there is said, and nothing is thrown', async () => {
    const w = await world();
    await w.server.put('Endpoint/peer', endpoint('http://127.0.0.1:1/fhir'));
    const { outcome, read } = await sync(w);
    expect(read).toBe(0);
    expect(outcome?.issue[0]?.details?.coding?.[0]?.code).toBe('source-unreachable');
    // What counts connections sees this one.
    expect(w.strangers()).toEqual(['127.0.0.1:1']);
  });

  it('pages under another name of the source are read where its settings name that, and nowhere else', async () => {
    const key = signingKey('ES384');
    const authority = await AuthorizationServer.start({ keys: [key], scopes: ['system/Coverage.rs'] });
    const pages: string[] = [];
    const node: FaultProxy = await FaultProxy.start(() => peer.base, (request) => void pages.push(request));
    const peer = await Peer.start({ pageSize: 5, publicBase: () => node.base, verify: authority.verify, tokenUrl: () => authority.tokenUrl });
    const server = await startTestServer({ clientKeys: keysOf(key), syncing: QUICK });
    try {
      for (let n = 0; n < 12; n++) await peer.put(coverage(n));
      const settings = { clientId: 'cobalt-es384', types: ['Coverage'] };
      const taken = async (): Promise<number> => ((await server.get('Coverage?_summary=count')).body as Bundle).total ?? 0;
      const run = async (pageOrigins: readonly string[]): Promise<unknown> => {
        expect((await server.put('Endpoint/peer', endpoint(peer.base, { ...settings, pageOrigins }))).status).toBeLessThan(300);
        return (await server.post('Endpoint/peer/$sync', { resourceType: 'Parameters' })).body.parameter.find(({ name }: { name: string }) => name === 'outcome')?.resource.issue[0].details.coding[0].code;
      };
      expect([await run([]), await run([new URL(node.base).origin.replace('127.0.0.1', '127.0.0.2')]), pages]).toEqual(['source-foreign', 'source-foreign', []]);
      expect([await run([new URL(node.base).origin]), await taken()]).toEqual([undefined, 12]);
      expect(pages.length).toBeGreaterThan(1);
      expect(pages.every((request) => request.includes('page-of='))).toBe(true);
    } finally {
      for (const each of [server, peer, node, authority]) await each.close();
    }
  });

  it.each(['pages.example', 'https://pages.example/fhir', 'ftp://pages.example:1/x', 'urn:x'])('a pageOrigin %s is 422', async (origin) => {
    const w = await world();
    await w.server.put('Endpoint/peer', endpoint(w.proxy.base, { pageOrigins: [origin] }));
    const answer = await w.server.post('Endpoint/peer/$sync', { resourceType: 'Parameters' });
    expect([answer.status, (answer.body as OperationOutcome).issue[0]?.expression?.[0]]).toEqual([422, 'Endpoint.extension']);
  });

  it('an Endpoint that is no source is 422 with the element', async () => {
    const w = await world();
    await w.server.put('Endpoint/bare', { ...endpoint('http://127.0.0.1:1/fhir'), id: 'bare', extension: undefined });
    const answer = await w.server.post('Endpoint/bare/$sync', { resourceType: 'Parameters' });
    expect([answer.status, (answer.body as OperationOutcome).issue[0]?.expression?.[0]]).toEqual([422, 'Endpoint.extension']);
  });

  it('10,000 coverages, page by page, one page in ten with a fault: in step', async () => {
    const MANY = 10_000;
    const w = await world({ peerOptions: { pageSize: 200 }, source: { types: ['Coverage'] } });
    for (let n = 0; n < MANY; n++) await w.peer.put(coverage(n));
    let asked = 0;
    w.plan = (request) => (/^GET \/fhir\/?(Coverage|\?)/.test(request) && ++asked % 10 === 0 ? FAULTS[(asked / 10) % FAULTS.length] : undefined);
    for (let runs = 0; runs < 100 && w.proxy.done.size < FAULTS.length; runs++) await sync(w, runs % 2 === 1);
    expect([...w.proxy.done.keys()].sort()).toEqual([...FAULTS].sort());
    w.plan = () => undefined;
    expect((await sync(w, true)).outcome).toBeUndefined();
    const there = new Set((await all<Coverage>(w.server, 'Coverage')).map((one) => upstreamOf(one)?.target));
    expect([there.size, ((await w.server.get('Coverage?_summary=count')).body as Bundle).total, w.proxy.elsewhere, w.strangers()]).toEqual([MANY, MANY, 0, []]);
  }, 300_000);
});
