import type { Subscription } from 'fhir/r4.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endingOf } from '../../src/exchange/subscription/ending.js';
import type { Caller, Grant } from '../../src/fhir/access/caller.js';
import { families, guardedClinic, type Asking } from '../smart/clinic.js';
import { pause, startSubscriber, until, type Subscriber } from './subscriber.js';

/** How long a subscription outlives the token that it was asked for with. */
let shiftMs = 0;
const clinic = guardedClinic(() => families, { exchange: { subscriptions: { pollMs: 100 } }, now: () => new Date(Date.now() + shiftMs) });
const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;
/** A day after it began everything here still counts, but what was made to last five minutes. */
const all = (): Asking => clinic.as('system/*.cruds', { exp: inSeconds(86_400) });

describe('a subscription', () => {
  let subscriber: Subscriber;
  beforeEach(async () => {
    shiftMs = 0;
    subscriber = await startSubscriber();
  });
  afterEach(() => subscriber.close());

  const ask = async (who: Asking): Promise<string> => {
    const wanted: Subscription = { resourceType: 'Subscription', status: 'requested', reason: 'To know of it', criteria: 'Coverage?status=active', channel: { type: 'rest-hook', endpoint: subscriber.url, payload: 'application/fhir+json' } };
    const created = await who.post('Subscription', wanted);
    expect(created.status, created.text).toBe(201);
    const id = String(created.body.id);
    await until('it is active', async () => (await statusOf(id)) === 'active');
    return id;
  };
  const statusOf = async (id: string): Promise<string> => String((await all().get(`Subscription/${id}`)).body.status);
  const change = async (what: string): Promise<void> => {
    const { body } = await all().get('Coverage/cov-ana');
    expect((await all().put('Coverage/cov-ana', { ...body, subscriberId: what })).status).toBe(200);
  };

  it.each([
    ['a patient', 'patient/Coverage.rs user/Subscription.cruds', { patient: 'ana' }],
    ['a user', 'user/*.cruds', {}],
    ['a client for a user too', 'system/*.cruds user/Coverage.rs', {}],
  ])('of %s ends with its token, and goes on with another', async (_what, scope, extra) => {
    const id = await ask(clinic.as(scope, extra));
    await change('while it counts');
    await until('it is told', () => subscriber.received.length === 1);
    shiftMs = 400_000;
    await change('after its end');
    await until('it is off', async () => (await statusOf(id)) === 'off');
    await pause(300);
    expect(subscriber.received).toHaveLength(1);
    const { body } = await all().get(`Subscription/${id}`);
    expect(body.error).toBe('The token of a user or patient that it was asked for with has ended: send it again, with status requested');
    const renewed = clinic.as(scope, { ...extra, exp: inSeconds(3_600) });
    expect((await renewed.put(`Subscription/${id}`, { ...body, status: 'requested' })).status).toBe(200);
    await until('it is active', async () => (await statusOf(id)) === 'active');
    await change('with another');
    await until('it is told again', () => subscriber.received.length > 1);
  });

  it('of a client that acts for itself outlives its token', async () => {
    const id = await ask(clinic.as('system/Coverage.rs system/Subscription.cruds'));
    shiftMs = 400_000;
    expect((await clinic.as('system/Coverage.rs').get('Coverage/cov-ana')).status, 'a token of then counts no more').toBe(401);
    await change('after the end of its token');
    await until('it is told', () => subscriber.received.length > 0);
    expect(await statusOf(id)).toBe('active');
  });

  it('that is being tried again is not sent once its token has ended', async () => {
    subscriber.behave(() => ({ status: 503, headers: { 'Retry-After': '1' } }));
    const id = await ask(clinic.as('user/*.cruds'));
    await change('not taken');
    await until('it was tried', () => subscriber.received.length > 0);
    shiftMs = 400_000;
    const tried = subscriber.received.length;
    await until('it is off', async () => (await statusOf(id)) === 'off');
    await pause(300);
    expect(subscriber.received).toHaveLength(tried);
  });
});

describe('endingOf', () => {
  const caller = (contexts: readonly Grant['context'][], expires?: number): Caller =>
    ({ issuer: 'https://login.example', subject: 's', clientId: 'c', fhirUser: undefined, patient: 'ana', expires, scopes: contexts.map((context) => ({ context, type: 'Coverage', permissions: new Set(['r', 's'] as const), constraint: [] })) });
  const END = '2026-06-01T00:00:00Z';
  const end = Date.parse(END);

  it.each<[what: string, own: string | undefined, by: Caller | undefined, trusted: boolean, at: number]>([
    ['nobody is asked who they are', undefined, undefined, true, Infinity],
    ['it says so itself', END, undefined, true, end],
    ['its client acts for itself', undefined, caller(['system'], 5), true, Infinity],
    ['its client acts for itself, and it says so', END, caller(['system'], 5), true, end],
    ['a user’s token ends', undefined, caller(['user'], 5), true, 5],
    ['a user’s token ends before it', END, caller(['system', 'user'], 5), true, 5],
    ['it ends before a user’s token', END, caller(['patient'], end + 1), true, end],
    ['a user’s token does not say when it ends', END, caller(['user']), true, -Infinity],
    ['its issuer is no longer configured', END, caller(['system'], 5), false, -Infinity],
  ])('%s', (_what, own, by, trusted, at) => expect(endingOf(own === undefined ? {} : { end: own }, by, () => trusted).at).toBe(at));
});
