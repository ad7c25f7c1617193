import type { Coverage, Patient } from 'fhir/r4.js';
import { afterEach, expect, it } from 'vitest';
import { localId } from '../../src/sync/identity.js';
import { coverage } from './household.js';
import { closeAll, sync, world, type World } from './world.js';

afterEach(closeAll);

const MERGED_FROM = 'https://cobalt.example/fhir/StructureDefinition/merged-from';
const here = ({ proxy }: World, id: string): string => `Patient/${localId(proxy.base, 'Patient', id)}`;
const stands = async ({ server, proxy }: World, id: string): Promise<Coverage> => (await server.get(`Coverage/${localId(proxy.base, 'Coverage', id)}`)).body as Coverage;
const patient = (id: string, link: NonNullable<Patient['link']> = []): Patient => ({ resourceType: 'Patient', id, name: [{ family: `Of ${id}` }], ...(link.length > 0 ? { link } : {}) });
const replaces = (id: string): NonNullable<Patient['link']>[number] => ({ type: 'replaces', other: { reference: `Patient/${id}` } });

it('a merge that somebody else wrote here moves no coverage, whatever the source states of others', async () => {
  const w = await world({ households: 3 });
  await w.peer.put(patient('p2', [{ type: 'seealso', other: { reference: 'Patient/p1' } }]));
  await sync(w);
  for (const id of ['p0', 'p2']) {
    const { body } = await w.server.get(here(w, id));
    expect((await w.server.put(here(w, id), { ...(body as Patient), link: [{ type: 'replaced-by', other: { reference: here(w, 'p1') } }] })).status).toBe(200);
  }
  await sync(w);
  await sync(w, true);
  expect([(await stands(w, 'c0')).beneficiary, (await stands(w, 'c2')).beneficiary]).toEqual([{ reference: here(w, 'p0') }, { reference: here(w, 'p2') }]);
});

it('whom a coverage names as merged from, which it never named, does not get it', async () => {
  const w = await world({ households: 2 });
  await sync(w);
  const own: Coverage = {
    ...coverage(0), id: 'own', payor: [{ display: 'Payer' }], subscriber: { reference: here(w, 'p0') },
    beneficiary: { reference: here(w, 'p0'), extension: [{ url: MERGED_FROM, valueReference: { reference: here(w, 'p1') } }] },
    meta: { tag: [{ system: 'https://cobalt.example/fhir/CodeSystem/sync', code: 'merged' }] },
  };
  expect((await w.server.put('Coverage/own', own)).status).toBe(201);
  await sync(w);
  expect((await w.server.get('Coverage/own')).body.beneficiary).toEqual({ reference: here(w, 'p0') });
});

it('a merge that the source states on the record that stays takes the coverages along, and back', async () => {
  const w = await world({ households: 3 });
  await sync(w);
  await w.peer.put(patient('p0', [replaces('p1'), replaces('p2')]));
  await w.peer.delete('Patient', 'p1');
  expect((await sync(w, true)).outcome).toBeUndefined();
  for (const [id, from] of [['c1', 'p1'], ['c2', 'p2']] as const) expect((await stands(w, id)).beneficiary).toEqual({ reference: here(w, 'p0'), extension: [{ url: MERGED_FROM, valueReference: { reference: here(w, from) } }] });
  expect((await stands(w, 'c0')).beneficiary).toEqual({ reference: here(w, 'p0') });
  await w.peer.put(patient('p0', [replaces('p1')]));
  await sync(w, true);
  expect([(await stands(w, 'c1')).beneficiary.reference, (await stands(w, 'c2')).beneficiary]).toEqual([here(w, 'p0'), { reference: here(w, 'p2') }]);
  const versions = async (): Promise<unknown[]> => Promise.all(['c0', 'c1', 'c2'].map(async (id) => (await stands(w, id)).meta?.versionId));
  const before = await versions();
  await sync(w, true);
  expect(await versions()).toEqual(before);
});

it('the record that is left is believed before the one that stays', async () => {
  const w = await world({ households: 3 });
  await w.peer.put(patient('p0', [replaces('p1')]));
  await w.peer.put(patient('p1', [{ type: 'replaced-by', other: { reference: 'Patient/p2' } }]));
  await sync(w);
  expect((await stands(w, 'c1')).beneficiary.reference).toBe(here(w, 'p2'));
});

it.each<[what: string, link: unknown]>([['a number', 5], ['with nothing in it', [null]], ['to nobody', [{ type: 'replaced-by', other: null }]]])('a link that is %s keeps no other patient waiting', async (_what, link) => {
  const w = await world({ households: 2 });
  const search = w.peer.repository.search.bind(w.peer.repository);
  w.peer.repository.search = (async (request: { resourceType: string }) => {
    const bundle = await search(request as never);
    return request.resourceType === 'Patient' ? { ...bundle, entry: [{ resource: { ...patient('p9'), link } }, ...(bundle.entry ?? [])] } : bundle;
  }) as never;
  expect(await sync(w)).toMatchObject({ failed: 1, outcome: undefined });
  expect((await w.server.get(here(w, 'p1'))).status).toBe(200);
});
