import type { Subscription } from 'fhir/r4.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { families, guardedClinic, type Asking } from '../smart/clinic.js';
import { ASYNC, completed, linesOf, locationOf, namesOf } from './bulk.js';
import { pause, startSubscriber, until, type Subscriber } from './subscriber.js';

/** What bulk data and subscriptions show of a store, by the scopes of who asks. */
const clinic = guardedClinic(() => families, { exchange: { bulk: { pollMs: 50 }, subscriptions: { pollMs: 200 } } });

const exportedBy = async (who: Asking, path: string): Promise<string[]> => {
  const { output, requiresAccessToken } = await completed(locationOf(await who.get(path, ASYNC)), who);
  expect(requiresAccessToken).toBe(true);
  return namesOf(await linesOf(output, who));
};

describe('$export', () => {
  it.each<[what: string, scope: string, extra: object, path: string, expected: readonly string[] | number]>([
    ['one type of the system', 'system/Coverage.rs', {}, '$export', ['Coverage/cov-ana', 'Coverage/cov-ana-old', 'Coverage/cov-ben', 'Coverage/cov-ben-2']],
    ['what meets a constraint', 'system/Coverage.rs?status=cancelled', {}, '$export', ['Coverage/cov-ana-old']],
    ['a patient’s own record', 'patient/Coverage.rs patient/Patient.rs', { patient: 'ana' }, 'Patient/$export', ['Coverage/cov-ana', 'Coverage/cov-ana-old', 'Coverage/cov-ben-2', 'Patient/ana']],
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
