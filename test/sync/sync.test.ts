import type { Basic, Bundle, Coverage, OperationOutcome, Parameters, Patient, Provenance } from 'fhir/r4.js';
import { afterEach, describe, expect, it } from 'vitest';
import { localId } from '../../src/sync/identity.js';
import { upstreamOf } from '../../src/sync/upstream.js';
import { coverage, endpoint } from './household.js';
import { all, closeAll, expectInStep, sync, synced, TYPES, world } from './world.js';

afterEach(closeAll);

describe('a first run', () => {
  it('takes everything, with its references made ours and where it came from', async () => {
    const w = await world({ households: 12, secured: true });
    expect(await sync(w)).toMatchObject({ read: 41, written: 41, unchanged: 0, failed: 0, outcome: undefined });
    await expectInStep(w);
    const id = localId(w.proxy.base, 'Coverage', 'c3');
    const { body } = await w.server.get(`Coverage/${id}`);
    const taken = body as Coverage;
    expect(taken).toMatchObject({
      beneficiary: { reference: `Patient/${localId(w.proxy.base, 'Patient', 'p3')}` },
      subscriber: { reference: `RelatedPerson/${localId(w.proxy.base, 'RelatedPerson', 'r3')}` },
      payor: [{ reference: `Organization/${localId(w.proxy.base, 'Organization', 'payer-3')}` }],
    });
    expect(taken.meta?.source).toMatch(new RegExp(`^${w.proxy.base}/Coverage/c3#.`));
    expect(upstreamOf(taken)).toMatchObject({ target: 'Coverage/c3', version: expect.any(String), lastUpdated: expect.any(String), missingSince: undefined, isIncomplete: false });
    const [provenance] = await all<Provenance>(w.server, `Provenance?target=Coverage/${id}`);
    expect(provenance?.entity?.map(({ what }) => what.reference)).toContainEqual(expect.stringMatching(new RegExp(`^${w.proxy.base}/Coverage/c3/_history/.`)));
  });

  it('the second changes nothing and looks only at what is recent; only what changed comes after', async () => {
    const w = await world({ households: 6 });
    await sync(w);
    const versions = (await all<Coverage>(w.server, 'Coverage')).map(({ meta }) => meta?.versionId);
    expect(await sync(w)).toMatchObject({ written: 0, failed: 0 });
    expect((await all<Coverage>(w.server, 'Coverage')).map(({ meta }) => meta?.versionId)).toEqual(versions);
    expect(w.peer.asked.filter((request) => request.startsWith('GET Coverage?'))[1]).toMatch(/_lastUpdated=ge/);
    await w.peer.put(coverage(2, { status: 'cancelled' }));
    expect(await sync(w)).toMatchObject({ written: 1 });
    await expectInStep(w);
  });

  it('says how far behind it is', async () => {
    const w = await world({ households: 1 });
    expect(synced((await w.server.get('Endpoint/peer/$sync-status')).body as Parameters)).toMatchObject({ read: 0, checkpoint: undefined, lag: undefined });
    await sync(w);
    const status = synced((await w.server.get('Endpoint/peer/$sync-status')).body as Parameters);
    expect(status).toMatchObject({ read: 4, written: 4, failed: 0, outcome: undefined });
    expect(Date.now() - Date.parse(status.checkpoint ?? '')).toBeLessThan(30_000);
    expect(status.lag?.value).toBeLessThan(30);
  });
});

describe('what a source does', () => {
  it('a resource that it does not have any more is marked, not deleted, and no mark when it is there again', async () => {
    const w = await world({ households: 3 });
    await sync(w);
    await w.peer.delete('Coverage', 'c1');
    await sync(w, true);
    const id = localId(w.proxy.base, 'Coverage', 'c1');
    const marked = (await w.server.get(`Coverage/${id}`)).body as Coverage;
    expect(upstreamOf(marked)?.missingSince).toBeDefined();
    expect(marked.status).toBe('active');
    await w.peer.put(coverage(1));
    await sync(w);
    expect(upstreamOf((await w.server.get(`Coverage/${id}`)).body as Coverage)?.missingSince).toBeUndefined();
  });

  it('an older version than the one that is here changes nothing', async () => {
    const w = await world({ households: 1 });
    await sync(w);
    await w.peer.put(coverage(0, { subscriberId: 'newer' }));
    await sync(w);
    const old = { ...coverage(0, { subscriberId: 'older' }), meta: { versionId: 'old', lastUpdated: '2020-01-01T00:00:00Z' } };
    w.peer.repository.search = (() => Promise.resolve({ resourceType: 'Bundle', type: 'searchset', entry: [{ resource: old }] })) as never;
    expect(await sync(w)).toMatchObject({ written: 0 });
    expect(((await w.server.get(`Coverage/${localId(w.proxy.base, 'Coverage', 'c0')}`)).body as Coverage).subscriberId).toBe('newer');
  });

  it('what is not valid is a dead letter with the reason, and keeps nobody waiting; mended, it is none', async () => {
    const w = await world({ households: 3 });
    await w.peer.put({ ...coverage(1), status: 'nonsense' as never });
    const first = await sync(w);
    expect(first).toMatchObject({ failed: 1 });
    const letters = await all<Basic>(w.server, 'Basic?code=dead-letter');
    expect(letters).toHaveLength(1);
    expect((letters[0]?.contained?.[0] as OperationOutcome).issue[0]?.expression?.[0]).toBe('Coverage.status');
    expect(JSON.stringify(letters)).not.toContain('M1');
    expect(((await w.server.get('Endpoint/peer/$sync-status')).body as Parameters).parameter?.find(({ name }) => name === 'outcome')?.resource).toMatchObject({ issue: [{ severity: 'warning' }] });
    await w.peer.put(coverage(1));
    await sync(w);
    expect(await all<Basic>(w.server, 'Basic?code=dead-letter')).toEqual([]);
    await expectInStep(w);
  });

  it('a reference to what is not here is a logical one, until it is here', async () => {
    const w = await world({ households: 1, source: { types: ['Patient', 'Coverage'] } });
    const payor = { reference: 'Organization/payer-0', type: 'Organization', identifier: { system: 'urn:oid:2.16.840.1.113883.6.300', value: '60054' }, display: 'Payer' };
    await w.peer.put(coverage(0, { payor: [payor] }));
    await sync(w);
    const id = localId(w.proxy.base, 'Coverage', 'c0');
    expect((await w.server.get(`Coverage/${id}`)).body).toMatchObject({ payor: [{ type: 'Organization', identifier: { system: w.proxy.base, value: 'Organization/payer-0' } }] });
    await w.server.put('Endpoint/peer', endpoint(w.proxy.base));
    await sync(w);
    const resolved = (await w.server.get(`Coverage/${id}`)).body as Coverage;
    expect(resolved.payor).toEqual([{ ...payor, reference: `Organization/${localId(w.proxy.base, 'Organization', 'payer-0')}` }]);
    expect(resolved.meta?.tag?.some(({ code }) => code === 'unresolved')).toBe(false);
  });

  it('of one that holds something back, nothing takes the place of the whole', async () => {
    const w = await world({ households: 1 });
    await sync(w);
    await w.peer.put({ ...coverage(0), subscriberId: undefined, meta: { tag: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' }] } } as Coverage);
    await sync(w);
    expect(((await w.server.get(`Coverage/${localId(w.proxy.base, 'Coverage', 'c0')}`)).body as Coverage).subscriberId).toBe('M0');
  });

  it('a patient who is merged into another takes the coverages along', async () => {
    const w = await world({ households: 2 });
    await sync(w);
    await w.peer.put({ resourceType: 'Patient', id: 'p1', active: false, name: [{ family: 'Family1' }], link: [{ type: 'replaced-by', other: { reference: 'Patient/p0' } }] });
    await sync(w);
    expect((await w.server.get(`Coverage/${localId(w.proxy.base, 'Coverage', 'c1')}`)).body).toMatchObject({ beneficiary: { reference: `Patient/${localId(w.proxy.base, 'Patient', 'p0')}` }, subscriberId: 'M1' });
  });

  it('so do the coverages that the patient holds for others; patients who replace each other stay as they are', async () => {
    const w = await world({ households: 2, source: { types: ['Organization', 'Patient', 'Coverage'] } });
    await w.peer.put(coverage(0, { subscriber: { reference: 'Patient/p1' }, policyHolder: { reference: 'Patient/p1' } }));
    await w.peer.put({ resourceType: 'Patient', id: 'p2' });
    await sync(w);
    const here = (id: string): string => localId(w.proxy.base, 'Patient', id);
    const stands = async (): Promise<Coverage> => (await w.server.get(`Coverage/${localId(w.proxy.base, 'Coverage', 'c0')}`)).body as Coverage;
    await w.peer.put({ resourceType: 'Patient', id: 'p1', link: [{ type: 'replaced-by', other: { reference: 'Patient/p2' } }] });
    await sync(w);
    expect(await stands()).toMatchObject({ beneficiary: { reference: `Patient/${here('p0')}` }, subscriber: { reference: `Patient/${here('p2')}` }, policyHolder: { reference: `Patient/${here('p2')}` } });
    await w.peer.put({ resourceType: 'Patient', id: 'p2', link: [{ type: 'replaced-by', other: { reference: 'Patient/p1' } }] });
    await sync(w);
    const { meta } = await stands();
    await sync(w);
    expect((await stands()).meta?.versionId).toBe(meta?.versionId);
  });

  it('a label that comes later is taken, and what was incomplete and is whole now is so', async () => {
    const w = await world({ households: 1 });
    const stands = async (): Promise<Coverage> => (await w.server.get(`Coverage/${localId(w.proxy.base, 'Coverage', 'c0')}`)).body as Coverage;
    const partial = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' };
    await w.peer.put(coverage(0, { meta: { tag: [partial] } }));
    await sync(w);
    expect((await stands()).meta?.tag).toContainEqual(partial);
    await w.peer.put(coverage(0));
    await sync(w);
    expect((await stands()).meta?.tag).not.toContainEqual(partial);
    const restricted = { system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'V' };
    await w.peer.put(coverage(0, { meta: { security: [restricted] } }));
    await sync(w);
    expect((await stands()).meta?.security).toEqual([restricted]);
  });

  it('what was not valid for a while and is again what stands is no dead letter any more', async () => {
    const w = await world({ households: 1 });
    await sync(w);
    const status = async (): Promise<unknown> => ((await w.server.get('Basic?code=dead-letter&_summary=count')).body as { total: number }).total;
    await w.peer.put({ ...coverage(0), status: 'bogus' } as unknown as Coverage);
    await sync(w);
    expect(await status()).toBe(1);
    await w.peer.put(coverage(0));
    await sync(w);
    expect(await status()).toBe(0);
  });

  it('at another address it is another server: all of it is looked at', async () => {
    const w = await world({ households: 1 });
    await sync(w);
    const other = await world({ households: 3 });
    expect((await w.server.put('Endpoint/peer', endpoint(other.proxy.base))).status).toBe(200);
    expect((await sync(w)).written).toBeGreaterThanOrEqual(3 * 3);
    // What it had at the old address is had from there no more: nothing is there twice.
    const coverages = await all<Coverage>(w.server, 'Coverage');
    expect(coverages.filter((one) => upstreamOf(one)?.missingSince === undefined).map((one) => one.meta?.source?.startsWith(`${other.proxy.base}/`))).toEqual([true, true, true]);
    expect(coverages).toHaveLength(4);
  });

  it('what is ours on its resources stays', async () => {
    const w = await world({ households: 1 });
    await sync(w);
    const id = localId(w.proxy.base, 'Coverage', 'c0');
    const stood = (await w.server.get(`Coverage/${id}`)).body as Coverage;
    await w.server.put(`Coverage/${id}`, { ...stood, order: 2, extension: [{ url: 'https://cobalt.example/fhir/StructureDefinition/payer-kind', valueCode: 'group-health' }] });
    await w.peer.put(coverage(0, { subscriberId: 'M9' }));
    await sync(w);
    expect((await w.server.get(`Coverage/${id}`)).body).toMatchObject({ subscriberId: 'M9', order: 2, extension: [{ valueCode: 'group-health' }] });
  });
});

describe('a patient who was here before, and is known at the source too', () => {
  const MRN = { system: 'urn:clinic:mrn', value: 'MRN-1' };
  const member = { use: 'secondary' as const, system: 'https://payer.example/fhir', value: 'Patient/77' };

  it('keeps the identifiers and contacts of the clinic’s own, and of the source’s what it states', async () => {
    const w = await world({ households: 1 });
    const address = { use: 'secondary' as const, system: w.proxy.base, value: 'Patient/p0' };
    const theirs = (more: Partial<Patient>): Patient => ({ resourceType: 'Patient', id: 'p0', name: [{ family: 'Theirs' }], ...more });
    const stands = async (): Promise<Patient> => (await w.server.get('Patient/ours')).body as Patient;
    await w.server.put('Patient/ours', { resourceType: 'Patient', id: 'ours', identifier: [MRN, address, member], telecom: [{ system: 'phone', value: '555' }, { system: 'email', value: 'old@example.com' }], name: [{ family: 'Ours' }] } satisfies Patient);
    await w.peer.put(theirs({ identifier: [{ system: 'urn:ehr', value: 'E-1' }, { value: 'of no system' }], telecom: [{ system: 'email', value: 'new@example.com' }] }));
    await sync(w);
    const taken = await stands();
    expect(taken).toMatchObject({ name: [{ family: 'Theirs' }], telecom: [{ value: 'new@example.com' }, { value: '555' }] });
    expect(taken.identifier).toEqual([{ system: 'urn:ehr', value: 'E-1' }, { value: 'of no system' }, MRN, address, member]);
    // What the clinic adds stays, and what the source leaves out goes.
    const added = { system: 'urn:clinic:card', value: 'C-1' };
    expect((await w.server.put('Patient/ours', { ...taken, identifier: [...(taken.identifier ?? []), added] })).status).toBe(200);
    await w.peer.put(theirs({ birthDate: '1980-02-03', identifier: [{ value: 'of no system' }] }));
    await sync(w);
    const changed = await stands();
    expect([changed.birthDate, changed.identifier, changed.telecom]).toEqual(['1980-02-03', [{ value: 'of no system' }, MRN, added, address, member], [{ system: 'phone', value: '555' }]]);
  });
});

describe('a source that is asked for each patient', () => {
  const resources = TYPES.map((type) => ({
    type, interaction: [{ code: 'read' as const }, { code: 'search-type' as const }], searchParam: [{ name: type === 'Patient' || type === 'Organization' ? '_id' : 'patient', type: 'reference' as const }],
  }));

  it('is in step after a sweep; who is on the roster is who carries an address there, and what else is wanted is read', async () => {
    const w = await world({ households: 4, peerOptions: { resources } });
    for (let n = 0; n < 4; n++) await w.server.put(`Patient/ours-${n}`, { resourceType: 'Patient', id: `ours-${n}`, identifier: [{ system: w.proxy.base, value: `Patient/p${n}` }] } satisfies Patient);
    await sync(w);
    const coverages = await all<Coverage>(w.server, 'Coverage');
    expect(coverages.map(({ beneficiary }) => beneficiary.reference).sort()).toEqual([0, 1, 2, 3].map((n) => `Patient/ours-${n}`));
    expect(coverages.map(({ payor }) => payor[0]?.reference?.startsWith('Organization/'))).toEqual([true, true, true, true]);
    expect(await sync(w)).toMatchObject({ written: 0 });
    await w.peer.delete('Coverage', 'c2');
    await w.peer.put(coverage(3, { status: 'cancelled' }));
    await sync(w);
    const after = await all<Coverage>(w.server, 'Coverage');
    expect(after.filter((one) => upstreamOf(one)?.missingSince !== undefined).map((one) => upstreamOf(one)?.target)).toEqual(['Coverage/c2']);
    expect(after.find((one) => upstreamOf(one)?.target === 'Coverage/c3')?.status).toBe('cancelled');
  });
});

describe('a notification of a subscription at the source', () => {
  const event = (...focus: string[]): Bundle => ({
    resourceType: 'Bundle', type: 'history',
    entry: [{ fullUrl: 'urn:uuid:b21e4fae-ce73-45cb-8e37-1e203362b2ae', resource: { resourceType: 'Parameters', parameter: focus.map((reference) => ({ name: 'notification-event', part: [{ name: 'event-number', valueString: '1' }, { name: 'focus', valueReference: { reference } }] })) } as never, request: { method: 'GET', url: 'Subscription/1/$status' }, response: { status: '200' } }],
  });

  it('has what it names read from the source, and nothing else; what it says of it is not believed', async () => {
    const w = await world({ households: 3 });
    await sync(w);
    await w.peer.put(coverage(1, { subscriberId: 'told' }));
    await w.peer.put(coverage(2, { subscriberId: 'not told' }));
    await w.peer.delete('Coverage', 'c0');
    const before = w.peer.asked.length;
    const answer = await w.server.post('Endpoint/peer/$sync', event(`${w.proxy.base}/Coverage/c1`, 'Coverage/c0', 'http://127.0.0.1:1/fhir/Coverage/c2', 'Observation/1'));
    expect(synced(answer.body as Parameters)).toMatchObject({ read: 1, written: 1 });
    expect(w.peer.asked.slice(before)).toEqual(['GET Coverage/c1', 'GET Coverage/c0']);
    const stored = async (id: string): Promise<Coverage> => (await w.server.get(`Coverage/${localId(w.proxy.base, 'Coverage', id)}`)).body as Coverage;
    expect([(await stored('c1')).subscriberId, (await stored('c2')).subscriberId, upstreamOf(await stored('c0'))?.missingSince === undefined]).toEqual(['told', 'M2', false]);
  });

  it('names what it names by another name of the source, too, where the settings have that', async () => {
    const w = await world({ households: 2, source: { pageOrigins: ['https://node-7.example'] } });
    await sync(w);
    const before = w.peer.asked.length;
    await w.server.post('Endpoint/peer/$sync', event('https://node-7.example/fhir/Coverage/c1', 'https://node-8.example/fhir/Coverage/c0'));
    expect(w.peer.asked.slice(before)).toEqual(['GET Coverage/c1']);
  });

  it('of a patient who is merged, takes the coverages along', async () => {
    const w = await world({ households: 2 });
    await sync(w);
    await w.peer.put({ resourceType: 'Patient', id: 'p1', link: [{ type: 'replaced-by', other: { reference: 'Patient/p0' } }] });
    await w.server.post('Endpoint/peer/$sync', event('Patient/p1'));
    expect(((await w.server.get(`Coverage/${localId(w.proxy.base, 'Coverage', 'c1')}`)).body as Coverage).beneficiary.reference).toBe(`Patient/${localId(w.proxy.base, 'Patient', 'p0')}`);
  });

  it('of a patient, has what is asked for by patient looked at too', async () => {
    const w = await world({ households: 2 });
    await sync(w);
    await w.peer.put(coverage(1, { subscriberId: 'of the patient' }));
    await w.server.post('Endpoint/peer/$sync', event('Patient/p1'));
    expect(((await w.server.get(`Coverage/${localId(w.proxy.base, 'Coverage', 'c1')}`)).body as Coverage).subscriberId).toBe('of the patient');
  });
});
