import type { Basic, Coverage, ExplanationOfBenefit, OperationOutcome, Patient } from 'fhir/r4.js';
import { afterEach, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../http/server.js';
import { all, store, visit } from '../work/automation/visit.js';
import { FaultProxy, type Plan } from './fault-proxy.js';
import { endpoint } from './household.js';
import { Peer } from './peer.js';
import { synced } from './world.js';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

const HOUR_MS = 3_600_000;

interface World {
  readonly peer: Peer;
  readonly proxy: FaultProxy;
  readonly server: TestServer;
  plan: Plan;
  now: number;
}

/** A payer with two members who are patients of ours: `m1-p` is `member-1` there, with the number M-first, `m2-p` is `member-2`, with M-two. */
async function world(): Promise<World> {
  const state: { plan: Plan; now: number } = { plan: () => undefined, now: Date.now() - 10 * HOUR_MS };
  const peer = await Peer.start();
  const proxy = await FaultProxy.start(() => peer.base, (request) => state.plan(request));
  const server = await startTestServer({ now: () => new Date(state.now), syncing: { waits: { baseMs: 1, mostMs: 5 } } });
  open.push(peer, proxy, server);
  for (const key of ['m1', 'm2']) await store(server, visit(key));
  const second = (await server.get('Coverage/m2-first')).body as Coverage;
  expect((await server.put('Coverage/m2-first', { ...second, subscriberId: 'M-two', payor: [{ reference: 'Organization/m1-first-payer' }] })).status).toBe(200);
  for (const [key, id, number] of [['m1', 'member-1', 'M-first'], ['m2', 'member-2', 'M-two']] as const) {
    const ours = (await server.get(`Patient/${key}-p`)).body as Patient;
    await peer.put<Patient>({ ...ours, id, meta: {}, identifier: [{ value: number }] });
    await peer.put(explanation(id));
  }
  await server.put('Endpoint/peer', endpoint(proxy.base, { kind: 'payer', types: ['ExplanationOfBenefit'], organization: 'Organization/m1-first-payer' }));
  return Object.assign(state, { peer, proxy, server });
}

const explanation = (patient: string): ExplanationOfBenefit => ({
  resourceType: 'ExplanationOfBenefit', id: `of-${patient}`, status: 'active', use: 'claim', outcome: 'complete', created: '2026-02-24', type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/claim-type', code: 'professional' }] },
  patient: { reference: `Patient/${patient}` }, insurer: { display: 'The payer' }, provider: { display: 'Clinic' }, insurance: [{ focal: true, coverage: { display: 'The plan' } }],
});

const sync = async ({ server }: World): Promise<OperationOutcome | undefined> => synced((await server.post('Endpoint/peer/$sync', { resourceType: 'Parameters' })).body as never).outcome;
const codes = (outcome: OperationOutcome | undefined): unknown[] => (outcome?.issue ?? []).map(({ details }) => [details?.text?.split(':')[0], details?.coding?.[0]?.code]);
const letters = async ({ server }: World): Promise<unknown[]> => (await all<Basic>(server, 'Basic?code=dead-letter')).map(({ extension }) => extension?.[0]?.extension?.find(({ url }) => url === 'target')?.valueString);
const decided = async ({ server }: World): Promise<unknown[]> => (await all<ExplanationOfBenefit>(server, 'ExplanationOfBenefit')).map(({ patient }) => patient.reference).sort();
const refusing = (pattern: RegExp, status: number): Plan => (request) => (pattern.test(request) ? { status } : undefined);

describe('whom a payer does not say who they are there', () => {
  it.each([403, 404, 500])('one of them (%i) keeps no other waiting, and is asked for again', async (status) => {
    const w = await world();
    w.plan = refusing(/Patient\?.*M-two/, status);
    expect(await sync(w)).toBeUndefined();
    expect([await decided(w), await letters(w)]).toEqual([['Patient/m1-p'], ['member Patient/m2-p']]);
    expect(JSON.stringify(w.server.log)).not.toContain('m2-p');
    w.plan = () => undefined;
    expect(await sync(w)).toBeUndefined();
    expect([await decided(w), await letters(w)]).toEqual([['Patient/m1-p', 'Patient/m2-p'], []]);
  });

  it('one whom it protects is asked for again only when somebody takes the letter away', async () => {
    const w = await world();
    w.plan = (request) => (/Patient\?.*M-two/.test(request) ? { status: 403, code: '4130' } : undefined);
    await sync(w);
    w.plan = () => undefined;
    await sync(w);
    expect([await decided(w), await letters(w)]).toEqual([['Patient/m1-p'], ['member Patient/m2-p']]);
    for (const { id } of await all<Basic>(w.server, 'Basic?code=dead-letter')) await w.server.delete(`Basic/${id}`);
    await sync(w);
    expect(await decided(w)).toEqual(['Patient/m1-p', 'Patient/m2-p']);
  });

  it('all of them: it is the payer that refuses, which shows until it does not', async () => {
    const w = await world();
    w.plan = refusing(/Patient\?/, 403);
    expect(codes(await sync(w))).toEqual([['members', 'source-refused']]);
    expect(await letters(w)).toEqual([]);
    const said = async (): Promise<string> => (await w.server.get('Endpoint/peer/$sync-status')).text;
    expect(await said()).toContain('members: the last run did not come to its end');
    w.plan = () => undefined;
    expect(await sync(w)).toBeUndefined();
    expect([await decided(w), await said()]).toEqual([['Patient/m1-p', 'Patient/m2-p'], expect.not.stringContaining('members')]);
  });
});

it('what a payer refused of one member for a while is asked for from the beginning once it is given', async () => {
  const w = await world();
  await sync(w);
  await w.peer.put({ ...explanation('member-2'), id: 'later' });
  w.plan = refusing(/ExplanationOfBenefit\?.*member-2/, 403);
  for (let runs = 0; runs < 2; runs++) {
    w.now += 2 * HOUR_MS;
    expect(await sync(w)).toBeUndefined();
  }
  expect(await letters(w)).toEqual(['ExplanationOfBenefit?patient=member-2']);
  w.plan = () => undefined;
  const before = w.peer.asked.length;
  w.now += 2 * HOUR_MS;
  await sync(w);
  const asked = w.peer.asked.slice(before).filter((request) => request.startsWith('GET ExplanationOfBenefit?'));
  expect(asked.map((request) => [/patient=([\w-]+)/.exec(request)?.[1], request.includes('_lastUpdated')]).sort()).toEqual([['member-1', true], ['member-2', false]]);
  expect([await decided(w), await letters(w)]).toEqual([['Patient/m1-p', 'Patient/m2-p', 'Patient/m2-p'], []]);
});
