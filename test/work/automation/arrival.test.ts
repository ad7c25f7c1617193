import type { ClaimResponse, ExplanationOfBenefit, FhirResource } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type Answer, type TestServer } from '../../http/server.js';
import { decided, put, reviews, store, TODAY, visit } from './visit.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ automation: true, now: () => new Date(`${TODAY}T12:00:00Z`) });
});
afterAll(() => server.close());

let last = 0;
/** A new patient, and what a test says about it. */
async function arrive(): Promise<string> {
  const key = `a${++last}`;
  await store(server, visit(key));
  return key;
}

const withoutId = ({ id: _, ...rest }: ClaimResponse): ClaimResponse => rest;
const withCondition = (key: string): ClaimResponse => ({ ...decided(key), identifier: [{ system: 'urn:icn', value: key }] });
const bundle = (type: 'batch' | 'transaction', entry: unknown[]): unknown => ({ resourceType: 'Bundle', type, entry });
const later = (decision: ClaimResponse): ClaimResponse => ({ ...decision, disposition: 'Paid' });

/** Each brings one decision, or one version of it. */
const WAYS: Readonly<Record<string, (key: string) => Promise<Answer>>> = {
  create: (key) => server.post('ClaimResponse', withoutId(decided(key))),
  'update as create': (key) => server.put(`ClaimResponse/${key}-d1`, decided(key)),
  'conditional create': (key) => server.post('ClaimResponse', withCondition(key), { 'If-None-Exist': `identifier=urn:icn|${key}` }),
  'conditional update': (key) => server.put(`ClaimResponse?identifier=urn:icn|${key}`, withoutId(withCondition(key))),
  'batch entry': (key) => server.post('', bundle('batch', [put(decided(key))])),
  'transaction entry': (key) => server.post('', bundle('transaction', [put(decided(key))])),
  'transaction entry that refers to others of it': (key) => {
    const fullUrl = 'urn:uuid:3b0a2f3c-9d53-4a44-8fd1-6a1a8a3c2d11';
    const patient = { resourceType: 'Patient', identifier: [{ system: 'urn:p', value: key }] };
    return server.post('', bundle('transaction', [
      { fullUrl, resource: patient, request: { method: 'POST', url: 'Patient' } },
      { resource: { ...withoutId(decided(key)), patient: { reference: fullUrl } }, request: { method: 'POST', url: 'ClaimResponse' } },
    ]));
  },
  'an ExplanationOfBenefit': (key) => server.post('ExplanationOfBenefit', explanation(key)),
};

const explanation = (key: string): ExplanationOfBenefit => ({
  resourceType: 'ExplanationOfBenefit', status: 'active', type: { coding: [{ code: 'professional' }] }, use: 'claim', patient: { reference: `Patient/${key}-p` }, created: '2026-02-24',
  insurer: { reference: `Organization/${key}-first-payer` }, provider: { reference: 'Organization/clinic' }, claim: { reference: `Claim/${key}-c` }, outcome: 'complete',
  insurance: [{ focal: true, coverage: { reference: `Coverage/${key}-first` } }],
});

const focusOf = (answer: Answer): string => {
  const entry = (answer.body as { entry?: { response: { location: string } }[] } | undefined)?.entry?.at(-1)?.response.location;
  const location = entry ?? answer.headers.get('location') ?? '';
  return /(\w+\/[^/]+)\/_history/.exec(location)?.[1] ?? '';
};

const tasksFor = async (focus: string): Promise<number> => ((await server.get(`Task?focus=${focus}&code=review-adjudication`)).body as { entry?: unknown[] }).entry?.length ?? 0;

describe('a decision that arrives brings its Task in the same commit', () => {
  it.each(Object.keys(WAYS))('by %s', async (way) => {
    const key = await arrive();
    const answer = await WAYS[way]!(key);
    expect([200, 201]).toContain(answer.status);
    const focus = focusOf(answer);
    expect(focus).toMatch(/^(ClaimResponse|ExplanationOfBenefit)\/./);
    expect(await tasksFor(focus)).toBe(1);
  });

  it('that says what it is about, for whom, and that the server has it', async () => {
    const key = await arrive();
    await WAYS['update as create']!(key);
    expect(await reviews(server, key)).toMatchObject([{
      status: 'ready', intent: 'order', priority: 'routine', focus: { reference: `ClaimResponse/${key}-d1` }, for: { reference: `Patient/${key}-p` }, owner: { reference: 'Device/cobalt' }, requester: { reference: 'Device/cobalt' },
    }]);
  });

  it('one for each version, by update and by patch; none where nothing changes', async () => {
    const key = await arrive();
    const address = `ClaimResponse/${key}-d1`;
    for (const resource of [decided(key), decided(key), later(decided(key))]) await server.put(address, resource);
    await server.request('PATCH', address, [{ op: 'replace', path: '/disposition', value: 'Paid in part' }], { 'Content-Type': 'application/json-patch+json' });
    await server.request('PATCH', address, [{ op: 'test', path: '/disposition', value: 'Paid in part' }], { 'Content-Type': 'application/json-patch+json' });
    expect(await tasksFor(address)).toBe(3);
  });

  it('none where a condition finds the decision there', async () => {
    const key = await arrive();
    const focus = focusOf(await WAYS['conditional create']!(key));
    await WAYS['conditional create']!(key);
    await server.post('', bundle('transaction', [{ resource: withCondition(key), request: { method: 'POST', url: 'ClaimResponse', ifNoneExist: `identifier=urn:icn|${key}` } }]));
    expect(await tasksFor(focus)).toBe(1);
  });

  it('none with a commit that is refused', async () => {
    const key = await arrive();
    const answer = await server.post('', bundle('transaction', [put(decided(key)), { resource: { resourceType: 'Patient', id: 'x' }, request: { method: 'PUT', url: 'Patient/x', ifMatch: 'W/"7"' } }]));
    expect(answer.status).toBe(412);
    expect(await reviews(server, key)).toEqual([]);
  });
});

describe('what is no payer’s answer to a claim brings none', () => {
  it.each([
    ['an acknowledgement', { outcome: 'queued' }],
    ['an authorization', { use: 'preauthorization' }],
    ['an estimate', { use: 'predetermination' }],
    ['a draft', { status: 'draft' }],
    ['what was made of an ExplanationOfBenefit here', { meta: { source: 'ExplanationOfBenefit/1' } }],
  ] as const)('%s', async (_, change) => {
    const key = await arrive();
    expect((await server.put(`ClaimResponse/${key}-d1`, { ...decided(key), ...change })).status).toBe(201);
    expect(await reviews(server, key)).toEqual([]);
  });

  it.each<[string, FhirResource]>([['a Claim', { ...visit('other').find(({ resourceType }) => resourceType === 'Claim')!, id: 'no-task' } as FhirResource], ['a Patient', { resourceType: 'Patient', id: 'no-task' }]])('%s', async (_, resource) => {
    await server.put(`${resource.resourceType}/no-task`, resource);
    expect(await tasksFor(`${resource.resourceType}/no-task`)).toBe(0);
  });
});

it('without automation a decision brings no Task', async () => {
  const off = await startTestServer({ now: () => new Date(`${TODAY}T12:00:00Z`) });
  try {
    await store(off, [...visit('off'), decided('off')]);
    expect([await reviews(off, 'off'), await off.drain()]).toEqual([[], 0]);
  } finally {
    await off.close();
  }
});
