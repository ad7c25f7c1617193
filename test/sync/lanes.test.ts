import type { Basic, Coverage, Extension } from 'fhir/r4.js';
import { afterEach, expect, it } from 'vitest';
import { coverage } from './household.js';
import { all, closeAll, expectInStep, sync, TYPES, world, type World } from './world.js';

afterEach(closeAll);

const DAY_MS = 24 * 60 * 60_000;
const codes = (outcome: Awaited<ReturnType<typeof sync>>['outcome']): (string | undefined)[] => (outcome?.issue ?? []).map(({ details }) => details?.coding?.[0]?.code);

it('what a source can do is asked once a day, and what changed of it is logged (D2, point 1)', async () => {
  const byMoment = TYPES.map((type) => ({ type, interaction: [{ code: 'read' as const }, { code: 'search-type' as const }], searchParam: [{ name: '_lastUpdated', type: 'date' as const }] }));
  const w = await world({ households: 1, peerOptions: { resources: byMoment } });
  const asked = (): number => w.peer.asked.filter((request) => request === 'GET metadata').length;
  const planned = (): unknown[] => w.server.log.filter(({ event }) => event === 'synchronisation planned').map(({ changes }) => changes);
  await sync(w);
  await sync(w);
  expect([asked(), planned()]).toEqual([1, ['']]);
  byMoment.splice(0, 1, { ...byMoment[0]!, searchParam: [] });
  w.now = () => new Date(Date.now() + DAY_MS + 60_000);
  await sync(w);
  expect([asked(), planned()]).toEqual([2, ['', 'Organization: window → referenced']]);
});

it('the moment up to which all is here moves only at the end of a traversal, which goes on where it was cut off, and then looks for what was changed meanwhile (D2, points 2 and 11)', async () => {
  const w = await world({ households: 12, source: { types: ['Coverage'] } });
  w.plan = (request) => (/page-of=.*from=5&/.test(request) ? { status: 503 } : undefined);
  const cut = await sync(w);
  expect([codes(cut.outcome), cut.checkpoint, cut.written]).toEqual([['source-unreachable'], undefined, 5]);
  w.plan = () => undefined;
  // On a page that is through.
  await w.peer.put(coverage(0, { subscriberId: 'CHANGED' }));
  const before = w.peer.asked.length;
  const whole = await sync(w);
  expect([whole.outcome, whole.checkpoint !== undefined, whole.written]).toEqual([undefined, true, 13]);
  const [first, ...others] = w.peer.asked.slice(before).filter((request) => request.includes('page-of') || request.startsWith('GET Coverage?'));
  expect(first).toMatch(/page-of=.*from=5&/);
  expect(others.filter((request) => request.startsWith('GET Coverage?'))).toHaveLength(1);
  expect((await all<Coverage>(w.server, 'Coverage')).map(({ subscriberId }) => subscriberId).sort()).toEqual(['CHANGED', ...Array.from({ length: 11 }, (_, n) => `M${n + 1}`)].sort());
});

it('all of it is looked at where that is asked for, also when a look at all of it was cut off', async () => {
  const w = await world({ households: 12, source: { types: ['Coverage'] } });
  await sync(w);
  await w.peer.delete('Coverage', 'c2');
  w.plan = (request) => (/page-of=.*from=5&/.test(request) ? { status: 503 } : undefined);
  expect(codes((await sync(w, true)).outcome)).toEqual(['source-unreachable']);
  w.plan = () => undefined;
  expect((await sync(w, true)).outcome).toBeUndefined();
  expect((await all<Coverage>(w.server, 'Coverage')).filter(({ meta }) => JSON.stringify(meta).includes('missingSince'))).toHaveLength(1);
});

/** The lease of the coverages' lane, as another process would have it. */
async function leased(w: World, until: Date): Promise<void> {
  const [checkpoint] = (await all<Basic>(w.server, 'Basic?code=checkpoint')).filter(({ extension }) => extension?.[0]?.extension?.some(({ url, valueString }) => url === 'lane' && valueString === 'Coverage'));
  const parts = (checkpoint?.extension?.[0]?.extension ?? []).filter(({ url }) => !url.startsWith('lease'));
  const lease: Extension[] = [{ url: 'leaseHolder', valueString: 'another-machine 1 run' }, { url: 'leaseUntil', valueInstant: until.toISOString() }];
  expect((await w.server.put(`Basic/${checkpoint?.id}`, { ...checkpoint, extension: [{ ...checkpoint?.extension?.[0], extension: [...parts, ...lease] }] })).status).toBe(200);
}

it('while another process holds the lease of a type nothing of it is taken; when it has gone by, everything is (D2, point 11)', async () => {
  const w = await world({ households: 2 });
  await sync(w);
  await w.peer.put({ resourceType: 'Coverage', id: 'late', status: 'active', beneficiary: { reference: 'Patient/p0' }, payor: [{ reference: 'Organization/payer-0' }] });
  await leased(w, new Date(Date.now() + 60_000));
  const busy = await sync(w);
  expect([codes(busy.outcome), (await all(w.server, 'Coverage')).length]).toEqual([['source-busy'], 2]);
  await leased(w, new Date(Date.now() - 1));
  expect((await sync(w)).outcome).toBeUndefined();
  await expectInStep(w);
});
