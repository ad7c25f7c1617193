import type { Subscription } from 'fhir/r4.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { families, guardedClinic, type Asking } from '../smart/clinic.js';
import { ASYNC, completed, linesOf, locationOf, namesOf } from './bulk.js';
import { pause, startSubscriber, until, type Subscriber } from './subscriber.js';

/** What bulk data and subscriptions show of a store, by the scopes of who asks. */
const clinic = guardedClinic(() => [...families, { resourceType: 'Group', id: 'of-ben', type: 'person', actual: true, member: [{ entity: { reference: 'Patient/ben' } }] }], { exchange: { bulk: { pollMs: 50 }, subscriptions: { pollMs: 200 } } });

const exportedBy = async (who: Asking, path: string): Promise<string[]> => {
  const { output, requiresAccessToken } = await completed(locationOf(await who.get(path, ASYNC)), who);
  expect(requiresAccessToken).toBe(true);
  return namesOf(await linesOf(output, who));
};

describe('$export', () => {
  it.each<[what: string, scope: string, extra: object, path: string, expected: readonly string[] | number]>([
    ['one type of the system', 'system/Coverage.rs', {}, '$export', ['Coverage/cov-ana', 'Coverage/cov-ana-old', 'Coverage/cov-ben', 'Coverage/cov-ben-2']],
    ['what meets a constraint', 'system/Coverage.rs?status=cancelled', {}, '$export', ['Coverage/cov-ana-old']],
    ['the records of all patients, as far as types are granted', 'system/Coverage.rs system/Patient.rs system/Organization.rs', {}, 'Patient/$export', ['Coverage/cov-ana', 'Coverage/cov-ana-old', 'Coverage/cov-ben', 'Coverage/cov-ben-2', 'Patient/ana', 'Patient/ben']],
    ['of all patients what meets the constraints, each of its own type', 'system/Coverage.rs?status=active system/Patient.rs?identifier=urn:mrn|ana', {}, 'Patient/$export', ['Coverage/cov-ana', 'Coverage/cov-ben', 'Coverage/cov-ben-2', 'Patient/ana']],
    ['what one of several constraints allows', 'system/Coverage.rs?status=cancelled system/Coverage.rs?beneficiary=Patient/ben', {}, '$export', ['Coverage/cov-ana-old', 'Coverage/cov-ben', 'Coverage/cov-ben-2']],
    ['the members of a group', 'system/Group.r system/Coverage.rs', {}, 'Group/of-ben/$export', ['Coverage/cov-ben', 'Coverage/cov-ben-2']],
    ['of a group’s members what meets a constraint', 'system/Group.r system/Coverage.rs?payor=Organization/payer-2', {}, 'Group/of-ben/$export', ['Coverage/cov-ben-2']],
    ['of a group’s members no more than a filter asks for', 'system/Group.r system/Coverage.rs?status=active', {}, `Group/of-ben/$export?_type=Coverage&_typeFilter=${encodeURIComponent('Coverage?payor=Organization/payer-2')}`, ['Coverage/cov-ben-2']],
    ['by scopes of version 1', 'system/Coverage.read', {}, '$export', ['Coverage/cov-ana', 'Coverage/cov-ana-old', 'Coverage/cov-ben', 'Coverage/cov-ben-2']],
    ['no group that may not be read', 'system/Coverage.rs', {}, 'Group/of-ben/$export', 403],
    ['no group that a constraint leaves out', 'system/Group.r?_id=another system/Coverage.rs', {}, 'Group/of-ben/$export', 404],
    ['nobody’s own record: bulk data is for clients', 'patient/Coverage.rs patient/Patient.rs', { patient: 'ana' }, 'Patient/$export', 403],
    ['nothing to a user', 'user/*.cruds', {}, '$export', 403],
    ['nothing to a user, of a group', 'user/*.cruds', {}, 'Group/of-ben/$export', 403],
    ['by a user’s token only what its system scopes allow', 'user/*.cruds system/Organization.rs', {}, '$export', ['Organization/payer', 'Organization/payer-2']],
    ['no type that is not granted', 'system/Coverage.rs', {}, '$export?_type=Claim', 403],
    ['nothing without a right to search', 'system/Coverage.r', {}, '$export', 403],
    ['nothing without a right to read', 'system/Coverage.s', {}, '$export', 403],
    ['nothing without scopes', 'openid', {}, '$export', 403],
  ])('shows %s', async (_, scope, extra, path, expected) => {
    const who = clinic.as(scope, extra as Record<string, unknown>);
    if (typeof expected === 'number') expect((await who.get(path, ASYNC)).status).toBe(expected);
    else expect(await exportedBy(who, path)).toEqual(expected);
  });

  it('is its caller’s alone: without a token 401, to another 404', async () => {
    const who = clinic.as('system/Coverage.rs');
    const location = locationOf(await who.get('$export', ASYNC));
    const { output } = await completed(location, who);
    const urls = [location, output[0]!.url];
    for (const url of urls) expect((await clinic.server.get(url)).status).toBe(401);
    for (const other of [clinic.as('system/*.cruds', { sub: 'another' }), clinic.as('system/*.cruds', { client_id: 'another' })]) {
      for (const url of urls) expect((await other.get(url)).status).toBe(404);
      expect((await other.delete(location)).status).toBe(404);
    }
    expect((await who.get(location)).status).toBe(200);
    // With less than it was begun with, less is shown.
    expect((await clinic.as('system/Claim.rs').get(output[0]!.url)).text).toBe('');
    expect((await clinic.as('user/*.cruds').get(output[0]!.url)).text).toBe('');
    expect(namesOf((await clinic.as('system/Coverage.rs?status=cancelled').get(output[0]!.url)).text.split('\n').filter(Boolean))).toEqual(['Coverage/cov-ana-old']);
  });

  it('tells of what has gone only to whom it could be seen', async () => {
    const all = clinic.as('system/*.cruds');
    const since = new Date().toISOString();
    for (const [id, status] of [['gone-active', 'active'], ['gone-cancelled', 'cancelled']]) {
      expect((await all.put(`Coverage/${id}`, { resourceType: 'Coverage', id, status, beneficiary: { reference: 'Patient/ana' }, payor: [{ reference: 'Organization/payer' }] })).status).toBe(201);
      await all.delete(`Coverage/${id}`);
    }
    const gone = async (scope: string): Promise<string[]> => {
      const who = clinic.as(scope);
      const { deleted = [] } = await completed(locationOf(await who.get(`$export?_type=Coverage&_since=${since}`, ASYNC)), who);
      return (await linesOf(deleted, who)).flatMap((line) => (JSON.parse(line) as { entry: { request: { url: string } }[] }).entry.map(({ request }) => request.url)).sort();
    };
    expect(await gone('system/Coverage.rs')).toEqual(['Coverage/gone-active', 'Coverage/gone-cancelled']);
    expect(await gone('system/Coverage.rs?status=active')).toEqual(['Coverage/gone-active']);
  });
});

describe('$import', () => {
  it('writes what its caller may write, and tells what not', async () => {
    const who = clinic.as('system/Organization.cu');
    const lines = [{ resourceType: 'Organization', id: 'new', name: 'New' }, { resourceType: 'Location', id: 'new', name: 'Not granted' }].map((line) => JSON.stringify(line));
    const manifest = await completed(locationOf(await who.post('$import', lines.join('\n'), { 'Content-Type': 'application/fhir+ndjson' })), who);
    expect(manifest).toMatchObject({ output: [{ count: 1 }], error: [{ count: 1 }] });
    expect((await linesOf(manifest.error, who))[0]).toContain('insufficient-scope');
    expect((await clinic.as('system/*.cruds').get('Location/new')).status).toBe(404);
  });

  const body = JSON.stringify({ resourceType: 'Organization', id: 'refused', name: 'Refused' });
  const NDJSON = { 'Content-Type': 'application/fhir+ndjson' };

  it.each<[what: string, scope: string, extra: object]>([['a user', 'user/*.cruds', {}], ['a patient', 'patient/*.cruds', { patient: 'ana' }], ['nobody', 'openid', {}]])('is not for %s', async (_, scope, extra) => {
    const answer = await clinic.as(scope, extra as Record<string, unknown>).post('$import', body, NDJSON);
    expect([answer.status, answer.headers.get('www-authenticate')?.includes('insufficient_scope')]).toEqual([403, true]);
    expect((await clinic.server.request('POST', '$import', body, NDJSON)).status).toBe(401);
    expect((await clinic.as('system/*.cruds').get('Organization/refused')).status).toBe(404);
  });

  it('changes nothing outside a constraint, neither what stands there nor what would, and makes nothing where it may not be told what is there', async () => {
    const who = clinic.as('system/Coverage.cu?status=active');
    const cover = (id: string, status: string): string => JSON.stringify({ resourceType: 'Coverage', id, status, beneficiary: { reference: 'Patient/ana' }, payor: [{ reference: 'Organization/payer' }], subscriberId: 'imported' });
    const lines = [cover('cov-ana', 'active'), cover('cov-ben', 'cancelled'), cover('cov-ana-old', 'active'), cover('imported', 'active')];
    const manifest = await completed(locationOf(await who.post('$import', lines.join('\n'), NDJSON)), who);
    expect(manifest).toMatchObject({ output: [{ count: 1 }], error: [{ count: 3 }] });
    const all = clinic.as('system/*.cruds');
    expect((await all.get('Coverage/cov-ana')).body.subscriberId).toBe('imported');
    expect([(await all.get('Coverage/cov-ben')).body.status, (await all.get('Coverage/cov-ana-old')).body.status, (await all.get('Coverage/imported')).status]).toEqual(['active', 'cancelled', 404]);
  });

  it('is its caller’s alone: status, refusals and end', async () => {
    const who = clinic.as('system/Organization.cu');
    const location = locationOf(await who.post('$import', JSON.stringify({ resourceType: 'Location', id: 'alone' }), NDJSON));
    const { error } = await completed(location, who);
    const another = clinic.as('system/*.cruds', { sub: 'another' });
    for (const url of [location, error[0]!.url]) expect([(await clinic.server.get(url)).status, (await another.get(url)).status]).toEqual([401, 404]);
    expect((await another.delete(location)).status).toBe(404);
    expect((await who.delete(location)).status).toBe(202);
  });
});

describe('a subscription', () => {
  let subscriber: Subscriber;
  beforeEach(async () => {
    subscriber = await startSubscriber();
  });
  afterEach(() => subscriber.close());

  it('is told what whoever asked for it may read, and shows nobody in whose name that is', async () => {
    const ana = clinic.as('patient/Coverage.rs user/Subscription.cruds', { patient: 'ana' });
    const wanted: Subscription = { resourceType: 'Subscription', status: 'requested', reason: 'To know of it', criteria: 'Coverage?status=active', channel: { type: 'rest-hook', endpoint: subscriber.url, payload: 'application/fhir+json' } };
    const created = await ana.post('Subscription', wanted);
    expect(created.status, created.text).toBe(201);
    const { id } = created.body as Subscription;
    await until('it is active', async () => (await ana.get(`Subscription/${id}`)).body.status === 'active');
    expect((await ana.get(`Subscription/${id}`)).text).not.toMatch(/user-1|patient\/|"ana"/);
    const all = clinic.as('system/*.cruds');
    for (const name of ['ben', 'ana']) {
      const { body } = await all.get(`Coverage/cov-${name}`);
      expect((await all.put(`Coverage/cov-${name}`, { ...body, subscriberId: `changed-${name}` })).status).toBe(200);
    }
    await until('she is told', () => subscriber.received.length > 0);
    await pause(100);
    expect(subscriber.received.map(({ path }) => path)).toEqual(['/hook/Coverage/cov-ana']);
    // Who writes it takes it over.
    const read = (await all.get(`Subscription/${id}`)).body as Subscription;
    expect((await all.put(`Subscription/${id}`, { ...read, reason: 'Of the clinic' })).status).toBe(200);
    const { body } = await all.get('Coverage/cov-ben');
    expect((await all.put('Coverage/cov-ben', { ...body, subscriberId: 'changed again' })).status).toBe(200);
    await until('it is told of all', () => subscriber.received.length > 1);
    expect(subscriber.received.at(-1)?.path).toBe('/hook/Coverage/cov-ben');
  });
});
