import { createHmac } from 'node:crypto';
import type { AuditEvent, Extension, Parameters, ParametersParameter, Subscription } from 'fhir/r4.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { validateResource } from '../../src/fhir/validation/index.js';
import { issuesOf, startTestServer, type TestServer } from '../http/server.js';
import { pause, startSubscriber, until, type Subscriber } from './subscriber.js';

const BACKPORT = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition';
const TOPIC = 'https://cobalt.example/fhir/SubscriptionTopic';
const C = 'https://cobalt.example/fhir';

let server: TestServer;
let subscriber: Subscriber;
beforeAll(async () => {
  server = await startTestServer({ automation: true, exchange: { subscriptions: { backOff: { baseMs: 20, mostMs: 50 }, attempts: 3, offAfterMs: 1_500, pollMs: 200 } } });
});
beforeEach(async () => {
  subscriber = await startSubscriber();
  return () => subscriber.close();
});
afterAll(() => server.close());

const wanted = (change: Partial<Omit<Subscription, 'channel'>> & { readonly channel?: Partial<Subscription['channel']> } = {}): Subscription => ({
  resourceType: 'Subscription', status: 'requested', reason: 'To know of it', criteria: 'Organization?name=fjord',
  ...change,
  channel: { type: 'rest-hook', endpoint: subscriber.url, payload: 'application/fhir+json', ...change.channel },
});

const topical = (topic: string, content: string, more: { readonly filters?: readonly string[]; readonly extension?: readonly Extension[] } = {}): Subscription => ({
  ...wanted({ criteria: `${TOPIC}/${topic}` }),
  ...(more.filters ? { _criteria: { extension: more.filters.map((valueString) => ({ url: `${BACKPORT}/backport-filter-criteria`, valueString })) } } : {}),
  channel: { type: 'rest-hook', endpoint: subscriber.url, payload: 'application/fhir+json', _payload: { extension: [{ url: `${BACKPORT}/backport-payload-content`, valueCode: content }] }, ...(more.extension ? { extension: [...more.extension] } : {}) },
});

async function subscribe(subscription: Subscription): Promise<string> {
  const created = await server.post('Subscription', subscription);
  expect(created.status, created.text).toBe(201);
  return (created.body as Subscription).id ?? '';
}

async function active(subscription: Subscription): Promise<string> {
  const id = await subscribe(subscription);
  await until('it is active', async () => (await statusOf(id)) === 'active');
  return id;
}

const statusOf = async (id: string): Promise<string> => ((await server.get(`Subscription/${id}`)).body as Subscription).status;
const organization = (id: string, name: string): object => ({ resourceType: 'Organization', id, name });
const task = (id: string, change: object = {}): object => ({ resourceType: 'Task', id, status: 'ready', intent: 'order', code: { coding: [{ system: `${C}/CodeSystem/work`, code: 'verify-cob' }] }, description: 'Ask which plan is first', authoredOn: '2026-11-22T08:00:00Z', lastModified: '2026-11-22T08:00:00Z', focus: { reference: 'Claim/c' }, ...change });
const parameters = (status: Parameters): Record<string, unknown> => Object.fromEntries((status.parameter ?? []).map(({ name, part, ...value }) => [name, part ? parameters({ resourceType: 'Parameters', parameter: part }) : Object.values(value)[0]]));
const eventsOf = (status: Parameters): Record<string, unknown>[] => (status.parameter ?? []).filter(({ name }) => name === 'notification-event').map(({ part }: ParametersParameter) => parameters({ resourceType: 'Parameters', parameter: part ?? [] }));

describe('a Subscription with criteria of R4', () => {
  it('puts each version that matches below its endpoint, byte for byte, in order, with the headers that it asks for', async () => {
    await active(wanted({ criteria: 'Organization?name=fjord&type=pay', channel: { header: ['Authorization: Bearer s3cret', 'X-Tenant: 7'] } }));
    const texts = ['{"resourceType":"Organization","id":"o1","name":"Fjordside",  "type":[{"coding":[{"code":"pay"}]}]}', '{"resourceType":"Organization","id":"o1","name":"Fjord & Sons","type":[{"coding":[{"code":"pay"}]}]}'];
    for (const text of texts) expect((await server.put('Organization/o1', text)).status).toBeLessThan(300);
    await server.put('Organization/o2', organization('o2', 'Fjordless'));
    await server.put('Organization/o3', organization('o3', 'Other'));
    const last = await server.put('Organization/o4', { resourceType: 'Organization', id: 'o4', name: 'fjord', type: [{ coding: [{ code: 'pay' }] }] });
    await until('three have come', () => subscriber.received.length >= 3);
    await pause(100);
    expect(subscriber.received.map(({ method, path }) => `${method} ${path}`)).toEqual(['PUT /hook/Organization/o1', 'PUT /hook/Organization/o1', 'PUT /hook/Organization/o4']);
    expect(subscriber.received.map(({ body }) => body.meta.versionId)).toEqual(['1', '2', '1']);
    expect(subscriber.received[2]?.text).toBe(last.text);
    expect(subscriber.received[0]?.headers).toMatchObject({ authorization: 'Bearer s3cret', 'x-tenant': '7', 'content-type': 'application/fhir+json' });
  });

  it('leaves an AuditEvent of each resource that it sends, with where to; none where nothing is sent of it, nor of AuditEvents, which would be told in turn', async () => {
    await active(wanted({ criteria: 'Organization?name=vestri', channel: { header: ['Authorization: Bearer s3cret'] } }));
    await active(wanted({ criteria: 'AuditEvent?action=R' }));
    await active(wanted({ criteria: 'Organization?name=vestri', channel: { payload: undefined } }));
    await server.put('Organization/v1', organization('v1', 'Vestri'));
    const exported = async (): Promise<AuditEvent[]> => {
      await server.flushAudit();
      return ((await server.get('AuditEvent?type=110106&entity=Organization/v1')).body.entry ?? []).map(({ resource }: { resource: AuditEvent }) => resource);
    };
    await until('it is recorded', async () => (await exported()).length > 0);
    await until('the AuditEvent has come', () => subscriber.taken().some(({ path, body }) => path.includes('/AuditEvent/') && body.type.code === '110106'));
    await pause(300);
    const events = await exported();
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ type: { code: '110106' }, action: 'R', outcome: '0', agent: [{ who: { reference: 'Device/cobalt' }, requestor: true }, { type: { coding: [{ code: '110152' }] }, requestor: false, network: { address: subscriber.url, type: '5' } }], entity: [{ what: { reference: 'Organization/v1' } }] });
    expect(validateResource(events[0]!, { expectType: 'AuditEvent' })).toEqual([]);
    expect((await server.get('AuditEvent?type=110106&_summary=count')).body.total).toBe((await server.get('AuditEvent?type=110106&entity:missing=false&_summary=count')).body.total);
  });

  it('calls without content where no payload is asked for, and signs where there is a secret', async () => {
    await active(wanted({ channel: { payload: undefined, extension: [{ url: `${C}/StructureDefinition/signing-secret`, valueString: 'shared between us' }] } as Partial<Subscription['channel']> }));
    await server.put('Organization/p1', organization('p1', 'Fjord One'));
    await until('it has come', () => subscriber.received.length === 1);
    const [{ method, path, text, headers }] = subscriber.received as [Subscriber['received'][number]];
    expect([method, path, text]).toEqual(['POST', '/hook', '']);
    const [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['x-cobalt-signature'])) ?? [];
    expect(v1).toBe(createHmac('sha256', 'shared between us').update(`${t}.`).digest('hex'));
  });

  it('tells what was committed with it and after it, and nothing of before', async () => {
    await server.put('Organization/q0', organization('q0', 'Fjord before'));
    const bundle = { resourceType: 'Bundle', type: 'transaction', entry: [
      { resource: wanted({ criteria: 'Organization?name=fjord' }), request: { method: 'POST', url: 'Subscription' } },
      { resource: organization('q1', 'Fjord beside'), request: { method: 'PUT', url: 'Organization/q1' } },
    ] };
    expect((await server.post('', bundle)).status).toBe(200);
    await server.put('Organization/q2', organization('q2', 'Fjord after'));
    await until('both have come', () => subscriber.received.length >= 2);
    expect(subscriber.received.map(({ path }) => path)).toEqual(['/hook/Organization/q1', '/hook/Organization/q2']);
  });

  it('never shows a secret again, whatever way it is read, and keeps it when it is written back', async () => {
    const id = await active(wanted({ channel: { header: ['Authorization: Bearer t0p-secret'], extension: [{ url: `${C}/StructureDefinition/signing-secret`, valueString: 's1gning-secret' }] } }));
    const read = await server.get(`Subscription/${id}`);
    const shown = [read, await server.get(`Subscription/${id}/_history`), await server.get(`Subscription/${id}/_history/1`), await server.get(`Subscription?_id=${id}`), await server.get(`Subscription/${id}/$status`)];
    for (const { text } of shown) expect(text).not.toMatch(/t0p-secret|s1gning-secret/);
    expect(JSON.stringify(server.log)).not.toMatch(/t0p-secret|s1gning-secret/);
    expect((read.body as Subscription).channel.header).toEqual([expect.stringMatching(/^Authorization: sealed:[\w-]+$/)]);
    const back = await server.put(`Subscription/${id}`, { ...(read.body as Subscription), reason: 'Another reason' });
    expect(back.status, back.text).toBe(200);
    await server.put('Organization/r1', organization('r1', 'Fjord again'));
    await until('it has come', () => subscriber.received.length === 1);
    expect(subscriber.received[0]?.headers.authorization).toBe('Bearer t0p-secret');
    const elsewhere = await server.put(`Subscription/${id}`, { ...(back.body as Subscription), channel: { ...(back.body as Subscription).channel, endpoint: 'http://127.0.0.1:1/other' } });
    expect(elsewhere.status).toBe(422);
    expect(issuesOf(elsewhere)[0]).toMatchObject({ expression: ['Subscription.channel.header[0]'], details: { coding: [{ code: 'subscription-sealed' }] } });
  });
});

describe('what cannot be served is refused with its element', () => {
  it.each<[what: string, change: () => object, expression: string, id: string]>([
    ['active from the start', () => ({ status: 'active' }), 'Subscription.status', 'subscription-status'],
    ['an unknown topic', () => ({ criteria: `${TOPIC}/nothing` }), 'Subscription.criteria', 'subscription-criteria'],
    ['no type', () => ({ criteria: 'Nothing?x=y' }), 'Subscription.criteria', 'subscription-criteria'],
    ['an unknown parameter', () => ({ criteria: 'Claim?colour=red' }), 'Subscription.criteria', 'subscription-criteria'],
    ['a chain', () => ({ criteria: 'Claim?patient.name=x' }), 'Subscription.criteria', 'subscription-criteria'],
    ['another channel', () => ({ channel: { type: 'email', endpoint: 'mailto:x@example.org' } }), 'Subscription.channel.type', 'subscription-channel'],
    ['no endpoint', () => ({ channel: { type: 'rest-hook' } }), 'Subscription.channel', 'subscription-endpoint'],
    ['an endpoint of another machine', () => ({ channel: { type: 'rest-hook', endpoint: 'https://elsewhere.example/hook' } }), 'Subscription.channel.endpoint', 'subscription-endpoint'],
    ['an address inside', () => ({ channel: { type: 'rest-hook', endpoint: 'http://169.254.169.254/latest' } }), 'Subscription.channel.endpoint', 'subscription-endpoint'],
    ['a password in the address', () => ({ channel: { type: 'rest-hook', endpoint: 'http://u:p@127.0.0.1/hook' } }), 'Subscription.channel.endpoint', 'subscription-endpoint'],
    ['another format', () => ({ channel: { type: 'rest-hook', endpoint: subscriber.url, payload: 'application/fhir+xml' } }), 'Subscription.channel.payload', 'subscription-payload'],
    ['a header without a value', () => ({ channel: { type: 'rest-hook', endpoint: subscriber.url, header: ['Authorization'] } }), 'Subscription.channel.header[0]', 'subscription-header'],
    ['a header with a line break', () => ({ channel: { type: 'rest-hook', endpoint: subscriber.url, header: ['X-A: b\r\nX-B: c'] } }), 'Subscription.channel.header[0]', 'subscription-header'],
    ['a header of HTTP itself', () => ({ channel: { type: 'rest-hook', endpoint: subscriber.url, header: ['X-A: b', 'Content-Length: 3'] } }), 'Subscription.channel.header[1]', 'subscription-header'],
    ['a filter beside the topic', () => topical('claim-derived', 'id-only', { filters: ['Patient?name=x'] }), 'Subscription.criteria.extension[0].value', 'subscription-criteria'],
    ['another content', () => topical('claim-derived', 'everything'), 'Subscription.channel.payload', 'subscription-payload'],
    ['a heartbeat of no time', () => topical('claim-derived', 'empty', { extension: [{ url: `${BACKPORT}/backport-heartbeat-period`, valueUnsignedInt: 0 }] }), 'Subscription.channel.extension[0]', 'subscription-channel'],
  ])('%s', async (_, change, expression, id) => {
    const answer = await server.post('Subscription', { ...wanted(), ...change() });
    expect(answer.status, answer.text).toBe(422);
    expect(issuesOf(answer)).toContainEqual(expect.objectContaining({ expression: [expression], details: expect.objectContaining({ coding: [expect.objectContaining({ code: id })] }) }));
  });
});

describe('a Subscription to a topic (Subscriptions R5 Backport)', () => {
  it.each(['empty', 'id-only', 'full-resource'])('begins with a handshake, then tells events with the content %s', async (content) => {
    const id = await active(topical('work-created', content));
    expect(subscriber.received).toHaveLength(1);
    const handshake = subscriber.received[0]!.body;
    expect(handshake).toMatchObject({ resourceType: 'Bundle', type: 'history', meta: { profile: [`${BACKPORT}/backport-subscription-notification-r4`] } });
    expect(parameters(handshake.entry[0].resource)).toMatchObject({ subscription: { reference: `${server.base}/Subscription/${id}` }, topic: `${TOPIC}/work-created`, status: 'requested', type: 'handshake', 'events-since-subscription-start': '0' });
    const made = await server.put(`Task/w-${content}`, task(`w-${content}`));
    expect(made.status, made.text).toBe(201);
    await server.put(`Task/own-${content}`, task(`own-${content}`, { owner: { reference: 'Device/cobalt' } }));
    await server.put(`Task/v-${content}`, task(`v-${content}`));
    await until('two events have come', () => subscriber.received.length >= 3);
    await pause(100);
    expect(subscriber.received).toHaveLength(3);
    const [first, second] = subscriber.received.slice(1).map(({ body }) => body);
    expect(parameters(first.entry[0].resource)).toMatchObject({ status: 'active', type: 'event-notification', 'events-since-subscription-start': '1' });
    expect(eventsOf(first.entry[0].resource)).toEqual([{ 'event-number': '1', timestamp: made.body.meta.lastUpdated, ...(content === 'empty' ? {} : { focus: { reference: `${server.base}/Task/w-${content}` } }) }]);
    expect(eventsOf(second.entry[0].resource)[0]).toMatchObject({ 'event-number': '2' });
    expect(first.entry).toHaveLength(content === 'empty' ? 1 : 2);
    if (content !== 'empty') expect(first.entry[1]).toMatchObject({ fullUrl: `${server.base}/Task/w-${content}`, request: { method: 'PUT', url: `Task/w-${content}` }, response: { status: '201' } });
    expect(subscriber.received[1]!.text.includes(`"resource":${made.text}`)).toBe(content === 'full-resource');
    const status = await server.get(`Subscription/${id}/$status`);
    expect(status.status, status.text).toBe(200);
    expect(parameters(status.body.entry[0].resource)).toMatchObject({ status: 'active', type: 'query-status', topic: `${TOPIC}/work-created` });
  });

  it('narrows a topic by filters, and puts several events into one notification where it may', async () => {
    await active(topical('work-created', 'id-only', { filters: ['priority=urgent', 'Task?status=ready'], extension: [{ url: `${BACKPORT}/backport-max-count`, valuePositiveInt: 10 }] }));
    subscriber.received.length = 0;
    const entry = ['urgent', 'routine', 'urgent', 'stat', 'urgent'].map((priority, i) => ({ resource: task(`f${i}`, { priority }), request: { method: 'PUT', url: `Task/f${i}` } }));
    expect((await server.post('', { resourceType: 'Bundle', type: 'transaction', entry })).status).toBe(200);
    await until('they have come', () => subscriber.received.length > 0);
    await pause(100);
    expect(subscriber.received.map(({ body }) => eventsOf(body.entry[0].resource).map((event) => (event['focus'] as { reference: string }).reference.split('/').at(-1)))).toEqual([['f0', 'f2', 'f4']]);
  });

  it('tells of a derived claim, of a decision and of a deadline that comes near', async () => {
    for (const topic of ['claim-derived', 'adjudication-received', 'deadline-near']) await active(topical(topic, 'id-only'));
    subscriber.received.length = 0;
    const derivedFrom = { url: `${C}/StructureDefinition/derived-from`, extension: [{ url: 'adjudication', valueReference: { reference: 'ClaimResponse/e1' } }, { url: 'hash', valueString: 'abc' }] };
    const claim = { resourceType: 'Claim', id: 'd1', status: 'draft', type: { coding: [{ code: 'professional' }] }, use: 'claim', patient: { reference: 'Patient/p' }, created: '2026-11-22', provider: { reference: 'Organization/o' }, priority: { coding: [{ code: 'normal' }] }, insurance: [{ sequence: 1, focal: true, coverage: { reference: 'Coverage/c' } }] };
    const response = { resourceType: 'ClaimResponse', id: 'e1', status: 'active', type: { coding: [{ code: 'professional' }] }, use: 'claim', patient: { reference: 'Patient/p' }, created: '2026-11-22', insurer: { reference: 'Organization/o' }, outcome: 'complete' };
    const near = { meta: { tag: [{ system: `${C}/CodeSystem/work-flag`, code: 'escalated-7' }] } };
    const writes: [string, object][] = [
      ['Claim/d0', { ...claim, id: 'd0' }], ['Claim/d1', { ...claim, extension: [derivedFrom] }], ['Claim/d1', { ...claim, extension: [derivedFrom], status: 'active' }],
      ['ClaimResponse/e0', { ...response, id: 'e0', outcome: 'queued' }], ['ClaimResponse/e1', response],
      ['Task/t1', task('t1')], ['Task/t1', task('t1', near)], ['Task/t1', task('t1', { ...near, priority: 'urgent' })],
    ];
    for (const [path, resource] of writes) {
      const answer = await server.put(path, resource);
      expect(answer.status, answer.text).toBeLessThan(300);
    }
    await until('three have come', () => subscriber.received.length >= 3);
    await pause(200);
    const told = subscriber.received.map(({ body }) => {
      const { topic } = parameters(body.entry[0].resource);
      return `${String(topic).split('/').at(-1)} ${body.entry.slice(1).map(({ fullUrl }: { fullUrl: string }) => fullUrl.split('/fhir/')[1]).join()}`;
    });
    expect(told.sort()).toEqual(['adjudication-received ClaimResponse/e1', 'claim-derived Claim/d1', 'deadline-near Task/t1']);
  });

  it('sends a heartbeat where nothing happens', async () => {
    await active(topical('claim-derived', 'empty', { extension: [{ url: `${BACKPORT}/backport-heartbeat-period`, valueUnsignedInt: 1 }] }));
    await until('two have come', () => subscriber.received.filter(({ body }) => parameters(body.entry[0].resource)['type'] === 'heartbeat').length >= 2);
    expect(parameters(subscriber.received.at(-1)!.body.entry[0].resource)).toMatchObject({ status: 'active', 'events-since-subscription-start': '0' });
  });

  it('can be found in the CapabilityStatement', async () => {
    const { rest: [rest] } = (await server.get('metadata')).body;
    const { extension } = rest.resource.find(({ type }: { type: string }) => type === 'Subscription');
    expect(extension).toEqual(['claim-derived', 'adjudication-received', 'work-created', 'deadline-near'].map((topic) => ({ url: `${BACKPORT}/capabilitystatement-subscriptiontopic-canonical`, valueCanonical: `${TOPIC}/${topic}` })));
  });

  it('is not active before its handshake is taken', async () => {
    subscriber.behave((nth) => ({ status: nth < 2 ? 500 : 200 }));
    const id = await subscribe(topical('work-created', 'id-only'));
    await until('it was refused', () => subscriber.received.length >= 1);
    expect(await statusOf(id)).toBe('requested');
    await until('it is active', async () => (await statusOf(id)) === 'active');
    expect(subscriber.received.every(({ body }) => parameters(body.entry[0].resource)['type'] === 'handshake')).toBe(true);
  });
});

describe('an endpoint that fails', () => {
  it('is tried again with what it did not take, in order, is in error meanwhile, and active when it takes it', async () => {
    const id = await active(wanted());
    subscriber.behave((nth) => ({ status: [500, 0, 429, 503, 302][nth] ?? 200 }));
    for (const n of [1, 2, 3]) await server.put(`Organization/s${n}`, organization(`s${n}`, 'Fjord'));
    await until('it is in error', async () => (await statusOf(id)) === 'error');
    expect((await server.get(`Subscription/${id}`)).body.error).toMatch(/^The (endpoint answered \d+|connection failed)$/);
    await until('all were taken', () => subscriber.taken().length >= 3);
    await until('it is active again', async () => (await statusOf(id)) === 'active');
    expect((await server.get(`Subscription/${id}`)).body.error).toBeUndefined();
    expect(subscriber.taken().map(({ path }) => path.split('/').at(-1))).toEqual(['s1', 's2', 's3']);
  });

  it('is off when it wants nothing more (410), and after too long', async () => {
    const id = await active(wanted());
    subscriber.behave(() => ({ status: 410 }));
    await server.put('Organization/g1', organization('g1', 'Fjord'));
    await until('it is off', async () => (await statusOf(id)) === 'off');
    await server.put('Organization/g2', organization('g2', 'Fjord'));
    await pause(100);
    expect(subscriber.received).toHaveLength(1);
    subscriber.behave(() => ({ status: 500 }));
    const other = await active(wanted());
    await server.put('Organization/g3', organization('g3', 'Fjord'));
    await until('it is off', async () => (await statusOf(other)) === 'off');
    subscriber.behave(() => ({ status: 200 }));
    subscriber.received.length = 0;
    const read = (await server.get(`Subscription/${other}`)).body as Subscription;
    expect((await server.put(`Subscription/${other}`, { ...read, status: 'requested' })).status).toBe(200);
    await until('it is active', async () => (await statusOf(other)) === 'active');
    await server.put('Organization/g4', organization('g4', 'Fjord'));
    await until('it is told', () => subscriber.received.length > 0);
    expect(subscriber.received.map(({ path }) => path.split('/').at(-1))).toEqual(['g4']);
  });

  it('is waited for no longer than the subscription says, and keeps no other waiting', async () => {
    const slow = await startSubscriber();
    try {
      slow.behave((nth) => ({ status: 200, afterMs: nth === 0 ? 5_000 : 0 }));
      await active(wanted({ channel: { endpoint: slow.url, extension: [{ url: `${BACKPORT}/backport-timeout`, valueUnsignedInt: 1 }] } }));
      await active(wanted());
      await server.put('Organization/u1', organization('u1', 'Fjord'));
      await until('the other is told at once', () => subscriber.taken().length === 1, 900);
      await until('it is tried again', () => slow.received.length >= 2, 4_000);
    } finally {
      await slow.close();
    }
  });

  it('hears nothing once the answer to a deletion has come, not even what was under way', async () => {
    for (let round = 0; round < 10; round++) {
      const id = await active(wanted());
      subscriber.behave(() => ({ status: 200, afterMs: 5 }));
      const writing = Promise.all(Array.from({ length: 20 }, (_, i) => server.put(`Organization/x${round}-${i}`, organization(`x${round}-${i}`, 'Fjord'))));
      await until('it is being told', () => subscriber.received.length > 0);
      expect((await server.delete(`Subscription/${id}`)).status).toBe(204);
      // What was on its way arrives at a machine of its own time.
      await pause(20);
      const before = subscriber.received.length;
      await writing;
      await pause(50);
      expect(subscriber.received.length).toBe(before);
      subscriber.received.length = 0;
    }
  });

  it('ends when its time has come', async () => {
    const id = await active(wanted({ end: new Date(Date.now() + 1_000).toISOString() }));
    await until('it is off', async () => (await statusOf(id)) === 'off');
  });
});
