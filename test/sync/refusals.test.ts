import type { AuditEvent, Basic, Bundle, Coverage, Patient, Provenance } from 'fhir/r4.js';
import { afterEach, describe, expect, it } from 'vitest';
import { localId } from '../../src/sync/identity.js';
import { upstreamOf } from '../../src/sync/upstream.js';
import type { Refusal } from './fault-proxy.js';
import { coverage } from './household.js';
import { all, closeAll, sync, TYPES, world, type World } from './world.js';

afterEach(closeAll);

/** Asked for each patient; organizations one by one. */
const BY_PATIENT = TYPES.map((type) => ({
  type, interaction: [{ code: 'read' as const }, { code: 'search-type' as const }], searchParam: [{ name: type === 'Patient' || type === 'Organization' ? '_id' : 'patient', type: 'reference' as const }],
}));

/** A clinic with four of the source's patients. */
async function clinic(): Promise<World> {
  const w = await world({ households: 4, peerOptions: { resources: BY_PATIENT } });
  for (let n = 0; n < 4; n++) await w.server.put(`Patient/ours-${n}`, { resourceType: 'Patient', id: `ours-${n}`, identifier: [{ system: w.proxy.base, value: `Patient/p${n}` }] } satisfies Patient);
  return w;
}

const letters = async ({ server }: World): Promise<(string | undefined)[]> =>
  (await all<Basic>(server, 'Basic?code=dead-letter')).map(({ extension }) => extension?.[0]?.extension?.find(({ url }) => url === 'target')?.valueString).sort();
const targets = async ({ server }: World): Promise<(string | undefined)[]> => (await all<Coverage>(server, 'Coverage')).map((one) => upstreamOf(one)?.target).sort();
const refusing = (pattern: RegExp, refusal: Refusal) => (request: string): Refusal | undefined => (pattern.test(request) ? refusal : undefined);

describe('what the source says no to for one patient keeps no other waiting (D2, point 5)', () => {
  it.each<[what: string, refusal: Refusal, requests: number, again: number]>([
    ['403', { status: 403 }, 1, 1],
    ['404', { status: 404 }, 1, 1],
    ['422', { status: 422 }, 1, 1],
    ['406 with codes', { status: 406, code: '59102' }, 1, 1],
    ['break the glass, which is not asked for again', { status: 403, code: '4130' }, 1, 0],
    ['break the glass by another code', { status: 403, code: '4134' }, 1, 0],
    ['500 as often as it is asked', { status: 500 }, 5, 5],
  ])('%s', async (_what, refusal, requests, again) => {
    const w = await clinic();
    w.plan = refusing(/Coverage\?.*patient=p1/, refusal);
    const asked: string[] = [];
    const plan = w.plan;
    w.plan = (request) => {
      if (/Coverage\?.*patient=p1/.test(request)) asked.push(request);
      return plan(request);
    };
    expect((await sync(w)).outcome).toBeUndefined();
    expect(asked).toHaveLength(requests);
    expect([await targets(w), await letters(w)]).toEqual([['Coverage/c0', 'Coverage/c2', 'Coverage/c3'], ['Coverage?patient=p1']]);
    await sync(w);
    expect(asked).toHaveLength(requests + again);
    expect(JSON.stringify(w.server.log)).not.toContain('p1');
    // Once it may be had, or somebody says so, it is taken, and the letter is gone.
    w.plan = () => undefined;
    if (again === 0) for (const { id } of await all<Basic>(w.server, 'Basic?code=dead-letter')) await w.server.delete(`Basic/${id}`);
    await sync(w);
    expect([await targets(w), await letters(w)]).toEqual([['Coverage/c0', 'Coverage/c1', 'Coverage/c2', 'Coverage/c3'], []]);
  });

  it('for all of them, it is the source that refuses: the lane says so, and nothing is a dead letter', async () => {
    const w = await clinic();
    w.plan = refusing(/Coverage\?/, { status: 403 });
    expect((await sync(w)).outcome?.issue.map(({ details }) => details?.coding?.[0]?.code)).toEqual(['source-refused']);
    expect(await letters(w)).toEqual([]);
  });

  it('one resource that something refers to: the others are read', async () => {
    const w = await clinic();
    w.plan = refusing(/Organization\/payer-2/, { status: 403 });
    await sync(w);
    expect(await letters(w)).toEqual(['Organization/payer-2']);
    expect((await all<Coverage>(w.server, 'Coverage')).map(({ payor }) => payor[0]?.reference !== undefined).sort()).toEqual([false, true, true, true]);
    w.plan = () => undefined;
    await sync(w);
    expect([await letters(w), (await all<Coverage>(w.server, 'Coverage')).every(({ payor }) => payor[0]?.reference !== undefined)]).toEqual([[], true]);
  });

  it('a coverage that is not found in a sweep and that may not be read is not marked', async () => {
    const w = await clinic();
    await sync(w);
    await w.peer.delete('Coverage', 'c2');
    w.plan = refusing(/Coverage\/c2/, { status: 403 });
    await sync(w, true);
    expect((await all<Coverage>(w.server, 'Coverage')).filter((one) => upstreamOf(one)?.missingSince !== undefined)).toEqual([]);
  });
});

describe('a page that says that it leaves something out (D2, point 4)', () => {
  const saying = (w: World, code: string): void => {
    const search = w.peer.repository.search.bind(w.peer.repository);
    w.peer.repository.search = (async (request: never) => {
      const bundle = (await search(request)) as Bundle;
      const outcome = { resource: { resourceType: 'OperationOutcome', issue: [{ severity: 'warning', code: 'suppressed', details: { coding: [{ code }] } }] } as never };
      return { ...bundle, entry: [...(bundle.entry ?? []), outcome] };
    }) as never;
  };

  it('is taken as incomplete: it takes the place of nothing whole', async () => {
    const w = await world({ households: 1 });
    await sync(w);
    await w.peer.put(coverage(0, { subscriberId: 'held back' }));
    await w.peer.put(coverage(9));
    saying(w, '59133');
    await sync(w);
    const taken = await all<Coverage>(w.server, 'Coverage');
    expect(taken.map((one) => [upstreamOf(one)?.target, one.subscriberId, upstreamOf(one)?.isIncomplete]).sort()).toEqual([['Coverage/c0', 'M0', false], ['Coverage/c9', 'M9', true]]);
  });

  it('is no page where the search is cut off: the moment stays where it was', async () => {
    const w = await world({ households: 1, source: { types: ['Organization'] } });
    const { checkpoint } = await sync(w);
    saying(w, '4127');
    const cut = await sync(w);
    expect([cut.outcome?.issue[0]?.details?.coding?.[0]?.code, cut.checkpoint]).toEqual(['source-refused', checkpoint]);
  });
});

it.each([403, 404, 500])('the first of a roster, however many: the others are had (%i)', async (status) => {
  const w = await world({ households: 22, peerOptions: { resources: BY_PATIENT }, source: { types: ['Coverage'] } });
  for (let n = 0; n < 22; n++) await w.server.put(`Patient/ours-${n}`, { resourceType: 'Patient', id: `ours-${n}`, identifier: [{ system: w.proxy.base, value: `Patient/p${n}` }] } satisfies Patient);
  const first = Array.from({ length: 22 }, (_, n) => `p${n}`).sort().slice(0, 9);
  w.plan = (request) => (first.some((id) => new RegExp(`Coverage\\?.*patient=${id}(&|$)`).test(request)) ? { status } : undefined);
  expect((await sync(w)).outcome).toBeUndefined();
  expect([(await targets(w)).length, await letters(w)]).toEqual([13, first.map((id) => `Coverage?patient=${id}`)]);
});

describe('a dead letter', () => {
  it('of what can’t be read though it should be there keeps the moment from standing still, and goes once that is gone', async () => {
    const w = await world({ households: 3, source: { types: ['Coverage'] } });
    const { checkpoint } = await sync(w);
    await w.peer.delete('Coverage', 'c1');
    w.plan = (request) => (request.startsWith('GET /fhir/Coverage/c1') ? { status: 500 } : undefined);
    w.now = () => new Date(Date.now() + 60_000);
    const later = await sync(w, true);
    expect([later.outcome, await letters(w), (later.checkpoint ?? '') >= (checkpoint ?? '')]).toEqual([undefined, ['Coverage/c1'], true]);
    w.plan = () => undefined;
    expect([(await sync(w, true)).outcome, await letters(w)]).toEqual([undefined, []]);
  });

  it.each(['by the moment of its change', 'for each patient'])('goes with what the source has deleted, which is asked for %s', async (how) => {
    const w = how === 'for each patient' ? await clinic() : await world({ households: 2 });
    await w.peer.put({ ...coverage(1), status: 'nonsense' as never });
    await sync(w);
    expect(await letters(w)).toEqual(['Coverage/c1']);
    await w.peer.delete('Coverage', 'c1');
    await sync(w, true);
    expect(await letters(w)).toEqual([]);
  });

  it('is written of what something refers to and the source does not have, so that it is not asked for at every run', async () => {
    const w = await clinic();
    await w.peer.put(coverage(0, { payor: [{ reference: 'Organization/nowhere' }] }));
    const asked = (): number => w.peer.asked.filter((request) => request === 'GET Organization/nowhere').length;
    for (let runs = 0; runs < 3; runs++) await sync(w);
    expect([asked(), await letters(w)]).toEqual([1, ['Organization/nowhere']]);
    await w.peer.put({ resourceType: 'Organization', id: 'nowhere', name: 'Now it is' });
    await sync(w, true);
    expect([asked(), await letters(w)]).toEqual([2, []]);
  });
});

describe('a patient whom the source has merged into another (D2, point 13)', () => {
  const beneficiary = async ({ server, proxy }: World, id: string): Promise<string | undefined> => ((await server.get(`Coverage/${localId(proxy.base, 'Coverage', id)}`)).body as Coverage).beneficiary.reference;

  it.each([
    ['by Patient.link', 200, async (w: World) => void (await w.peer.put({ resourceType: 'Patient', id: 'p1', active: false, name: [{ family: 'Family1' }], link: [{ type: 'replaced-by', other: { reference: 'Patient/p0' } }] }))],
    ['by a redirect (Epic 4107)', 301, async (w: World) => {
      await w.peer.delete('Patient', 'p1');
      w.plan = (request) => (request.startsWith('GET /fhir/Patient/p1') ? { status: 301, code: '4107', headers: { location: `${w.proxy.base}/Patient/p0` } } : undefined);
    }],
    ['by a redirect to a relative address', 307, async (w: World) => {
      await w.peer.delete('Patient', 'p1');
      w.plan = (request) => (request.startsWith('GET /fhir/Patient/p1') ? { status: 307, code: '4107', headers: { location: 'Patient/p0' } } : undefined);
    }],
  ])('takes the coverages along: %s', async (_what, _status, merge) => {
    const w = await world({ households: 2 });
    await sync(w);
    await merge(w);
    expect((await sync(w, true)).outcome).toBeUndefined();
    expect(await beneficiary(w, 'c1')).toBe(`Patient/${localId(w.proxy.base, 'Patient', 'p0')}`);
    const { body } = await w.server.get(`Patient/${localId(w.proxy.base, 'Patient', 'p1')}`);
    expect((body as Patient).link).toEqual([{ other: { reference: `Patient/${localId(w.proxy.base, 'Patient', 'p0')}` }, type: 'replaced-by' }]);
    const [moved] = (await all<Provenance>(w.server, `Provenance?target=Coverage/${localId(w.proxy.base, 'Coverage', 'c1')}&_sort=-recorded`)).slice(0, 1);
    expect(moved?.activity?.coding?.[0]?.code).toBe('UPDATE');
    const versions = (body as Patient).meta?.versionId;
    await sync(w, true);
    expect((await w.server.get(`Patient/${localId(w.proxy.base, 'Patient', 'p1')}`)).body.meta.versionId).toBe(versions);
  });

  it.each([
    ['by Patient.link', async (w: World) => void (await w.peer.put({ resourceType: 'Patient', id: 'p1', link: [{ type: 'replaced-by', other: { reference: 'Patient/p0' } }] }))],
    ['by a redirect', async (w: World) => {
      await w.peer.delete('Patient', 'p1');
      w.plan = (request) => (request.startsWith('GET /fhir/Patient/p1') ? { status: 301, code: '4107', headers: { location: `${w.proxy.base}/Patient/p0` } } : undefined);
    }],
  ])('and back where the source takes the merge back, the clinic’s own among them: %s', async (_how, merge) => {
    const w = await world({ households: 2 });
    await w.peer.put(coverage(1, { policyHolder: { reference: 'Patient/p1', display: 'One' } }));
    await sync(w);
    const here = (id: string): string => `Patient/${localId(w.proxy.base, 'Patient', id)}`;
    const own: Coverage = { ...coverage(1), id: 'own', beneficiary: { reference: here('p1'), identifier: { system: 'urn:mrn', value: '1' } }, subscriber: { reference: here('p0') }, payor: [{ display: 'Payer' }] };
    expect((await w.server.put('Coverage/own', own)).status).toBe(201);
    const people = async (id: string): Promise<unknown> => {
      const { beneficiary, subscriber, policyHolder, meta } = (await w.server.get(`Coverage/${id}`)).body as Coverage;
      return { beneficiary, subscriber, policyHolder, tags: (meta?.tag ?? []).map(({ code }) => code) };
    };
    const ids = [localId(w.proxy.base, 'Coverage', 'c0'), localId(w.proxy.base, 'Coverage', 'c1'), 'own'];
    const before = await Promise.all(ids.map(people));
    await merge(w);
    await sync(w, true);
    const from = [{ url: expect.stringMatching(/merged-from$/) as unknown, valueReference: { reference: here('p1') } }];
    expect(await people('own')).toMatchObject({ beneficiary: { reference: here('p0'), identifier: { value: '1' }, extension: from }, subscriber: { reference: here('p0') }, tags: ['merged'] });
    // What the source changes of it meanwhile still names who was merged.
    await w.peer.put(coverage(1, { policyHolder: { reference: 'Patient/p1', display: 'One' }, subscriberId: 'later' }));
    await sync(w, true);
    expect(await people(ids[1] ?? '')).toMatchObject({ beneficiary: { reference: here('p0'), extension: from }, policyHolder: { reference: here('p0'), display: 'One', extension: from } });
    w.plan = () => undefined;
    await w.peer.put({ resourceType: 'Patient', id: 'p1', name: [{ family: 'Family1' }] });
    await sync(w, true);
    expect(await Promise.all(ids.map(people))).toEqual(before);
    const versions = await Promise.all(ids.map(async (id) => (await w.server.get(`Coverage/${id}`)).body.meta.versionId as string));
    await sync(w, true);
    expect(await Promise.all(ids.map(async (id) => (await w.server.get(`Coverage/${id}`)).body.meta.versionId as string))).toEqual(versions);
  });

  it('a redirect elsewhere is followed nowhere, and merges nobody', async () => {
    const w = await world({ households: 2 });
    await sync(w);
    await w.peer.delete('Patient', 'p1');
    w.plan = (request) => (request.startsWith('GET /fhir/Patient/p1') ? { status: 301, code: '4107', headers: { location: 'http://127.0.0.1:1/fhir/Patient/p0' } } : undefined);
    await sync(w, true);
    expect((await beneficiary(w, 'c1'))).toBe(`Patient/${localId(w.proxy.base, 'Patient', 'p1')}`);
    expect(w.proxy.elsewhere).toBe(0);
  });
});

describe('where everything comes from (D2, point 9)', () => {
  it('what is new, what changed and what is marked has a Provenance; every look at the source an AuditEvent', async () => {
    const w = await world({ households: 2, secured: true });
    await sync(w);
    await w.peer.put(coverage(1, { subscriberId: 'changed' }));
    await sync(w);
    await w.peer.delete('Coverage', 'c1');
    await sync(w, true);
    const id = localId(w.proxy.base, 'Coverage', 'c1');
    const told = await all<Provenance>(w.server, `Provenance?target=Coverage/${id}&_sort=recorded`);
    expect(told.map(({ activity }) => activity?.coding?.[0]?.code)).toEqual(['CREATE', 'UPDATE', 'UPDATE']);
    expect(told.every(({ agent, entity }) => agent[0]?.who.identifier?.value === 'cobalt-es384' && entity?.some(({ what }) => what.reference?.startsWith(`${w.proxy.base}/Coverage/c1/_history/`)))).toBe(true);
    await w.server.flushAudit();
    const looks = (await all<AuditEvent>(w.server, 'AuditEvent?entity=Endpoint/peer')).filter(({ agent }) => agent.some(({ altId }) => altId === 'cobalt-es384'));
    const queries = looks.map(({ entity }) => Buffer.from(entity?.find(({ query }) => query !== undefined)?.query ?? '', 'base64').toString());
    const asked = w.peer.asked.filter((request) => !/metadata|well-known/.test(request));
    expect(queries.length).toBe(asked.length);
    expect(queries).toContain('Coverage/c1');
    expect(looks.find(({ outcome }) => outcome !== '0')?.outcomeDesc).toMatch(/HTTP 40|HTTP 41/);
  });
});

it('says of each source in the metrics how far behind it is, when it last ended well, and what came of it (D2, point 15)', async () => {
  const w = await world({ households: 3 });
  await w.peer.put({ ...coverage(1), status: 'nonsense' as never });
  await sync(w);
  const { text } = await w.server.get(`${w.server.origin}/metrics`);
  const value = (name: string): number => Number(new RegExp(`^${name.replace(/[{}"]/g, '\\$&')} (\\S+)$`, 'm').exec(text)?.[1]);
  expect(value('cobalt_sync_lag_seconds{source="peer"}')).toBeLessThan(30);
  expect(Date.now() / 1_000 - value('cobalt_sync_last_success_timestamp_seconds{source="peer"}')).toBeLessThan(30);
  expect([value('cobalt_sync_resources{source="peer",outcome="written"}'), value('cobalt_sync_resources{source="peer",outcome="failed"}'), value('cobalt_sync_dead_letters{source="peer"}')]).toEqual([11, 1, 1]);
});
