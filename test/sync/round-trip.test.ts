import type { Claim, ExplanationOfBenefit, Parameters, Patient, Task } from 'fhir/r4.js';
import { describe, expect, it } from 'vitest';
import { localId } from '../../src/sync/identity.js';
import type { TestServer } from '../http/server.js';
import { all, claims, decided, inShort, store, TODAY, visit, work } from '../work/automation/visit.js';
import { endpoint } from './household.js';
import { alias, pairs, SELF, sync } from './pairs.js';
import { explanation, member } from './payer-system.js';
import type { Peer } from './peer.js';

const world = pairs();

const KIND = 'https://cobalt.example/fhir/StructureDefinition/payer-kind';

describe('a coverage that is added in the health record', () => {
  const second = (key: string, more: object = {}): never => ({
    resourceType: 'Coverage', id: 'second', status: 'active', subscriberId: 'M-2', beneficiary: { reference: 'Patient/ehr-1' }, subscriber: { reference: 'Patient/ehr-1' }, relationship: SELF,
    payor: [{ reference: `Organization/ehr-medicaid-${key}` }], type: { coding: [{ system: 'https://nahdo.org/sopt', code: '2' }] }, period: { start: '2025-01-01' }, ...more,
  }) as never;

  it('after the first payer decided, brings the next payer’s claim', async () => {
    const { peer, server } = await world();
    await store(server, visit('e1', { second: 'none' }));
    await store(server, [decided('e1')]);
    await server.drain();
    expect(inShort(await work(server, 'e1'))).toEqual(['resolve-balance no-next-coverage ready']);
    await server.put('Endpoint/peer', endpoint(peer.base, { types: ['Organization', 'Coverage'] }));
    await alias(server, 'Patient', 'e1-p', peer.base, 'Patient/ehr-1');
    await peer.put({ resourceType: 'Organization', id: 'ehr-medicaid-e1', name: 'Medicaid of the state' });
    await peer.put(second('e1'));
    await sync(server);
    const drafts = (await claims(server, 'e1')).filter(({ status }) => status === 'draft');
    expect(drafts.map(({ insurance }) => insurance.map(({ focal, coverage }) => [focal, coverage.reference]))).toEqual([[[false, 'Coverage/e1-first'], [true, `Coverage/${localId(peer.base, 'Coverage', 'second')}`]]]);
    expect((await work(server, 'e1')).map(({ code }) => code?.coding?.[0]?.code)).not.toContain('resolve-balance');
  });

  it('that leaves the order open, brings a Task with the questions', async () => {
    const { peer, server } = await world();
    await store(server, visit('e2', { second: 'none' }));
    await server.put('Endpoint/peer', endpoint(peer.base, { types: ['Organization', 'Coverage'] }));
    await alias(server, 'Patient', 'e2-p', peer.base, 'Patient/ehr-1');
    await peer.put({ resourceType: 'Organization', id: 'ehr-medicaid-e2', name: 'Another employer’s plan' });
    await peer.put(second('e2', { type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'EHCPOL' }] }, extension: [{ url: KIND, valueCode: 'group-health' }], period: undefined }));
    await sync(server);
    const [task] = (await work(server, 'e2')) as [Task];
    expect(inShort([task])).toEqual(['verify-cob coverage-changed ready']);
    expect(task.input?.length).toBeGreaterThan(0);
    await sync(server);
    expect(await work(server, 'e2')).toHaveLength(1);
  });

  it('that ends the coverage which a draft claim goes to, marks the claim and asks', async () => {
    const { peer, server } = await world();
    await store(server, visit('e3', { second: 'none' }));
    await store(server, [decided('e3')]);
    await server.put('Endpoint/peer', endpoint(peer.base, { types: ['Organization', 'Coverage'] }));
    await alias(server, 'Patient', 'e3-p', peer.base, 'Patient/ehr-1');
    await peer.put({ resourceType: 'Organization', id: 'ehr-medicaid-e3', name: 'Medicaid of the state' });
    await peer.put(second('e3'));
    await sync(server);
    await peer.put(second('e3', { period: { start: '2025-01-01', end: '2025-12-31' } }));
    await sync(server);
    const [draft] = (await claims(server, 'e3')).filter(({ status }) => status === 'draft');
    expect(draft?.extension?.some(({ url }) => url.endsWith('/stale'))).toBe(true);
    expect(inShort(await work(server, 'e3'))).toContain('verify-cob order-changed ready');
    await peer.put(second('e3'));
    await sync(server);
    const [restored] = (await claims(server, 'e3')).filter(({ status }) => status === 'draft');
    expect(restored?.extension?.some(({ url }) => url.endsWith('/stale'))).toBe(false);
  });
});

describe('a patient whom the health record merges into another (Patient.link)', () => {
  const person = (id: string, more: Partial<Patient> = {}): Patient => ({ resourceType: 'Patient', id, name: [{ family: 'Merged', given: ['One'] }], birthDate: '1980-02-03', gender: 'female', ...more });

  it.each([
    ['on the record that is left', (same: Partial<Patient>) => person('ehr-1', { ...same, active: false, link: [{ type: 'replaced-by', other: { reference: 'Patient/ehr-2' } }] })],
    ['on the record that stays', () => person('ehr-2', { link: [{ type: 'replaces', other: { reference: 'Patient/ehr-1' } }] })],
  ])('takes the coverages along, and leaves the claim that was derived of them marked and asked about: %s', async (_where, merge) => {
    const { peer, server } = await world();
    await store(server, visit('m1'));
    await store(server, [decided('m1')]);
    await server.drain();
    const drafts = async (): Promise<Claim[]> => (await claims(server, 'm1')).filter(({ status }) => status === 'draft');
    const isStale = ({ extension = [] }: Claim): boolean => extension.some(({ url }) => url.endsWith('/stale'));
    expect((await drafts()).map(isStale)).toEqual([false]);
    await server.put('Endpoint/peer', endpoint(peer.base, { types: ['Patient'] }));
    const { name, birthDate, gender } = (await server.get('Patient/m1-p')).body as Patient;
    const same = { ...(name ? { name } : {}), ...(birthDate === undefined ? {} : { birthDate }), ...(gender ? { gender } : {}) };
    await alias(server, 'Patient', 'm1-p', peer.base, 'Patient/ehr-1');
    await peer.put(person('ehr-1', same));
    await peer.put(person('ehr-2'));
    await sync(server);
    expect((await drafts()).map(isStale)).toEqual([false]);
    await peer.put(merge(same));
    await sync(server);
    const successor = `Patient/${localId(peer.base, 'Patient', 'ehr-2')}`;
    for (const id of ['m1-first', 'm1-second']) expect((await server.get(`Coverage/${id}`)).body.beneficiary).toMatchObject({ reference: successor });
    const after = await drafts();
    expect(after.map(isStale)).toEqual([true]);
    expect(JSON.stringify(after[0]?.extension)).toContain('The patient was merged into another');
    expect(inShort(await work(server, 'm1'))).toContain('verify-cob order-changed ready');
    // And once more nothing else.
    const tasks = inShort(await work(server, 'm1'));
    await sync(server);
    expect([(await drafts()).map(isStale), inShort(await work(server, 'm1'))]).toEqual([[true], tasks]);
    // Where the merge is taken back, all is as it was.
    await peer.put(person('ehr-1', same));
    await peer.put(person('ehr-2'));
    await sync(server);
    for (const id of ['m1-first', 'm1-second']) expect((await server.get(`Coverage/${id}`)).body).toMatchObject({ beneficiary: { reference: 'Patient/m1-p' }, meta: expect.not.objectContaining({ tag: expect.anything() as unknown }) as unknown });
    expect([(await drafts()).map(isStale), inShort(await work(server, 'm1')).filter((task) => task.includes('order-changed'))]).toEqual([[false], []]);
  });
});

describe('a decision that a payer’s system has', () => {
  async function payer(): Promise<{ readonly peer: Peer; readonly server: TestServer; readonly ours: Patient }> {
    const { peer, server } = await world();
    await store(server, visit('d1'));
    const ours = (await server.get('Patient/d1-p')).body as Patient;
    await server.put('Endpoint/peer', endpoint(peer.base, { kind: 'payer', types: ['ExplanationOfBenefit'], organization: 'Organization/d1-first-payer' }));
    return { peer, server, ours };
  }

  it('comes to the claim whose number it names, and brings the next payer’s claim', async () => {
    const { peer, server, ours } = await payer();
    await peer.put(member(ours, 'member-7'));
    await peer.put(member(ours, 'member-8', { birthDate: '2001-01-01' }));
    await peer.put(explanation('N-d1'));
    await sync(server);
    const { body } = await server.get(`ExplanationOfBenefit/${localId(peer.base, 'ExplanationOfBenefit', 'eob-1')}`);
    expect(body).toMatchObject({ patient: { reference: 'Patient/d1-p' }, claim: { reference: 'Claim/d1-c' }, insurer: { reference: 'Organization/d1-first-payer' }, insurance: [{ coverage: { reference: 'Coverage/d1-first' } }] });
    const drafts = (await claims(server, 'd1')).filter(({ status }) => status === 'draft');
    expect(drafts.map(({ insurance }: Claim) => insurance.find(({ focal }) => focal)?.coverage.reference)).toEqual(['Coverage/d1-second']);
    await sync(server);
    expect((await claims(server, 'd1')).filter(({ status }) => status === 'draft')).toHaveLength(1);
  });

  it('and does not have any more is asked about, and the draft waits, until it is confirmed, comes back or is withdrawn', async () => {
    const { peer, server, ours } = await payer();
    await peer.put(member(ours, 'member-7'));
    await peer.put(explanation('N-d1'));
    await sync(server);
    const before = inShort(await work(server, 'd1'));
    const id = localId(peer.base, 'ExplanationOfBenefit', 'eob-1');
    const state = async (): Promise<unknown> => [(await claims(server, 'd1')).filter(({ status }) => status === 'draft').map(({ extension = [] }) => extension.some(({ url }) => url.endsWith('/stale'))), inShort(await work(server, 'd1'))];
    const posted = async (): Promise<number> => (await all(server, `Basic?entry-source=ExplanationOfBenefit/${id}`)).length;
    const entries = await posted();
    expect([await state(), entries > 0]).toEqual([[[false], before], true]);
    await peer.delete('ExplanationOfBenefit', 'eob-1');
    await sync(server, { isFull: true });
    expect(await state()).toEqual([[true], ['follow-up decision-in-doubt ready']]);
    expect((await work(server, 'd1'))[0]?.input?.map(({ valueString }) => valueString)).toContainEqual(expect.stringContaining('does not have this decision any more (since 2026-03-01)'));
    expect(await posted()).toBe(entries);
    const derived = (await server.post('Claim/d1-c/$derive-secondary', { resourceType: 'Parameters' })).body as Parameters;
    expect(derived.parameter?.find(({ name }) => name === 'reason')?.valueCode).toBe('primary-pending');
    await peer.put({ ...explanation('N-d1'), disposition: 'back' });
    await sync(server);
    expect(await state()).toEqual([[false], before]);
    await peer.delete('ExplanationOfBenefit', 'eob-1');
    await sync(server, { isFull: true });
    expect(await state()).toEqual([[true], ['follow-up decision-in-doubt ready']]);
    const stands = (await server.get(`ExplanationOfBenefit/${id}`)).body as ExplanationOfBenefit;
    await server.put(`ExplanationOfBenefit/${id}`, { ...stands, extension: [...(stands.extension ?? []), { url: 'https://cobalt.example/fhir/StructureDefinition/confirmed', valueDate: TODAY }] });
    await server.drain();
    expect(await state()).toEqual([[false], before]);
    await server.put(`ExplanationOfBenefit/${id}`, { ...stands, status: 'entered-in-error' } as never);
    await server.drain();
    expect(await state()).toEqual([[true], []]);
  });

  it('and held back in parts brings no claim before somebody says that it stands', async () => {
    const { peer, server, ours } = await payer();
    await peer.put(member(ours, 'member-7'));
    await peer.put({ ...explanation('N-d1'), meta: { tag: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' }] } });
    await sync(server);
    const drafts = async (): Promise<number> => (await claims(server, 'd1')).filter(({ status }) => status === 'draft').length;
    expect([await drafts(), inShort(await work(server, 'd1'))]).toEqual([0, ['follow-up decision-in-doubt ready']]);
    await peer.put(explanation('N-d1'));
    await sync(server);
    expect([await drafts(), (await work(server, 'd1')).map(({ code }) => code?.coding?.[0]?.code)]).toEqual([1, ['submit-claim']]);
  });

  it('is asked for however old it is, of a member who has come since the last look', async () => {
    const { peer, server, ours } = await payer();
    await sync(server);
    await peer.put(member(ours, 'member-7'));
    await peer.put(explanation('N-d1'));
    await sync(server);
    const asked = peer.asked.filter((request) => request.startsWith('GET ExplanationOfBenefit?') && request.includes('member-7'));
    expect(asked.map((request) => request.includes('_lastUpdated'))).toEqual([false]);
    expect((await all(server, 'ExplanationOfBenefit')).length).toBe(1);
  });

  it('about a claim that nobody knows comes before a person; of a member who is nobody of ours, nothing comes', async () => {
    const { peer, server, ours } = await payer();
    await peer.put(member(ours, 'member-7'));
    await peer.put(explanation('N-of-nobody'));
    await peer.put({ ...explanation('N-d1'), id: 'eob-of-another', patient: { reference: 'Patient/member-9' } });
    await sync(server);
    expect(inShort(await work(server, 'd1'))).toEqual(['match-remittance claim-unknown ready']);
    expect((await all(server, 'ExplanationOfBenefit')).length).toBe(1);
  });

  it.each([
    ['another birth date', { birthDate: '1901-01-01' }],
    ['another family name', { name: [{ family: 'Other', given: ['Other'] }] }],
    ['another member number', { identifier: [{ value: 'M-other' }] }],
  ])('with %s nobody is taken for ours', async (_what, more) => {
    const { peer, server, ours } = await payer();
    await peer.put(member(ours, 'member-7', more));
    await peer.put(explanation('N-d1'));
    await sync(server);
    expect(await all(server, 'ExplanationOfBenefit')).toEqual([]);
  });
});
