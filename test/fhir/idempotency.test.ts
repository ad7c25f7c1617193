import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.js';
import { issuesOf, startTestServer, type Answer, type TestServer } from '../http/server.js';

let server: TestServer;
let now = Date.now();
/** Loses the next answer that would be kept, as a server does that is killed just then. */
let loseAnswer = false;
/** Called before each commit of a Patient. */
let beforeCommit: () => Promise<void> = async () => undefined;

beforeAll(async () => {
  server = await startTestServer({
    seed: 'demo', now: () => new Date(now),
    wrapStore: (store): Store => ({
      ...bound(store),
      commit: async (...args) => {
        if (args[0].some((change) => change.op === 'put' && change.type === 'Patient')) await beforeCommit();
        return store.commit(...args);
      },
      keepAnswer: async (once, answer) => {
        if (!loseAnswer) return store.keepAnswer(once, answer);
        loseAnswer = false;
        throw new Error('killed');
      },
    }),
  });
});
afterAll(() => server.close());

const bound = (store: Store): Store => {
  const names = ['read', 'readVersion', 'history', 'search', 'commit', 'knownOnce', 'keepAnswer', 'probe', 'isEmpty', 'getFact', 'initFact', 'close'] as const;
  return Object.fromEntries(names.map((name) => [name, (store[name] as (...args: unknown[]) => unknown).bind(store)])) as unknown as Store;
};

const patient = (family: string): object => ({ resourceType: 'Patient', name: [{ family }] });
const send = (path: string, body: unknown, key: string, headers: Record<string, string> = {}): Promise<Answer> => server.post(path, body, { 'Idempotency-Key': key, ...headers });
const count = async (query: string): Promise<number> => (await server.get(`${query}${query.includes('?') ? '&' : '?'}_summary=count`)).body.total;
const shown = ({ status, text, headers }: Answer): unknown => [status, text, headers.get('location'), headers.get('etag')];
const isReplay = ({ headers }: Answer): boolean => headers.get('idempotent-replayed') === 'true';

describe('a POST under an Idempotency-Key', () => {
  it('is done once, and answered the same however often it comes', async () => {
    const first = await send('Patient', patient('Once'), 'a-key');
    const again = await send('Patient', patient('Once'), 'a-key');
    expect(first.status).toBe(201);
    expect(shown(again)).toEqual(shown(first));
    expect([isReplay(first), isReplay(again)]).toEqual([false, true]);
    expect(await count('Patient?family=Once')).toBe(1);
  });

  it.each<[what: string, key: string, status: number]>([
    ['quoted, as the draft has it', `"${randomUUID()}"`, 201], ['bare', randomUUID(), 201], ['long', 'k'.repeat(255), 201],
    ['too long', 'k'.repeat(256), 400], ['with a space', 'a b', 400], ['empty', '""', 400],
  ])('a key that is %s', async (_, key, status) => {
    const answer = await send('Patient', patient('Key'), key);
    expect(answer.status).toBe(status);
    if (status === 400) expect(issuesOf(answer)[0]?.details?.coding?.[0]?.code).toBe('idempotency-key');
  });

  it('quoted and bare are one key', async () => {
    const key = randomUUID();
    const first = await send('Patient', patient('Quote'), `"${key}"`);
    expect(shown(await send('Patient', patient('Quote'), key))).toEqual(shown(first));
  });

  it.each<[what: string, path: string, body: unknown, headers: Record<string, string>]>([
    ['another body', 'Patient', patient('Two'), {}],
    ['another address', 'Organization', patient('One'), {}],
    ['another query', 'Patient?_format=json', patient('One'), {}],
    ['another condition', 'Patient', patient('One'), { 'If-None-Exist': 'family=One' }],
  ])('422 where the key comes with %s, also where the first was refused, and nothing is done', async (_, path, body, headers) => {
    for (const first of [patient('One'), { resourceType: 'Patient', gender: 'x' }]) {
      const key = randomUUID();
      await send('Patient', first, key);
      const before = await count('');
      const answer = await send(path, body, key, headers);
      expect([answer.status, issuesOf(answer)[0]?.details?.coding?.[0]?.code]).toEqual([422, 'idempotency-key-reused']);
      expect(await count('')).toBe(before);
    }
  });

  it('409 while it is being worked on, and its answer then', async () => {
    const key = randomUUID();
    let free = (): void => undefined;
    const entered = new Promise<void>((begun) => {
      beforeCommit = () => {
        begun();
        return new Promise((resolve) => (free = resolve));
      };
    });
    const first = send('Patient', patient('Slow'), key);
    await entered;
    beforeCommit = async () => undefined;
    const meanwhile = await send('Patient', patient('Slow'), key);
    expect([meanwhile.status, meanwhile.headers.get('retry-after'), issuesOf(meanwhile)[0]?.details?.coding?.[0]?.code]).toEqual([409, '1', 'idempotency-in-flight']);
    free();
    const done = shown(await first);
    expect(shown(await send('Patient', patient('Slow'), key))).toEqual(done);
    expect(await count('Patient?family=Slow')).toBe(1);
  });

  it('a refusal is answered again as it was; a failure of the server is tried again', async () => {
    const refusedKey = randomUUID();
    const refused = await send('Patient', { resourceType: 'Patient', gender: 'x' }, refusedKey);
    expect([refused.status, shown(await send('Patient', { resourceType: 'Patient', gender: 'x' }, refusedKey))]).toEqual([400, shown(refused)]);
    const failedKey = randomUUID();
    beforeCommit = () => Promise.reject(new Error('a defect'));
    expect((await send('Patient', patient('Failed'), failedKey)).status).toBe(500);
    beforeCommit = async () => undefined;
    expect((await send('Patient', patient('Failed'), failedKey)).status).toBe(201);
    expect(await count('Patient?family=Failed')).toBe(1);
  });

  it('is forgotten after a day', async () => {
    const key = randomUUID();
    await send('Patient', patient('Day'), key);
    now += 24 * 3_600_000 + 1;
    expect((await send('Patient', patient('Another'), key)).status).toBe(201);
  });

  it('means nothing to a search', async () => {
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
    for (const family of ['Once', 'Nobody']) expect((await send('Patient/_search', `family=${family}`, 'search-key', form)).status).toBe(200);
  });
});

/** What is sent, and what tells how often it was done. */
const EFFECTS: readonly (readonly [what: string, path: string, body: (mark: string) => unknown, headers: Record<string, string>, done: (mark: string) => Promise<number>])[] = [
  ['a create', 'Patient', (mark) => patient(mark), {}, (mark) => count(`Patient?family=${mark}`)],
  ['a conditional create', 'Patient', (mark) => patient(mark), { 'If-None-Exist': 'identifier=http://nobody|has' }, (mark) => count(`Patient?family=${mark}`)],
  ['a transaction', '', (mark) => ({ resourceType: 'Bundle', type: 'transaction', entry: [
    { fullUrl: 'urn:uuid:8f2f8c1e-0000-4000-8000-000000000001', request: { method: 'POST', url: 'Patient' }, resource: patient(mark) },
    { request: { method: 'POST', url: 'Basic' }, resource: { resourceType: 'Basic', code: { text: mark }, subject: { reference: 'urn:uuid:8f2f8c1e-0000-4000-8000-000000000001' } } },
  ] }), { Prefer: 'return=representation' }, async (mark) => (await count(`Patient?family=${mark}`)) + 10 * ((await count(`Basic?code:text=${mark}`)) - 1)],
  ['a batch', '', (mark) => ({ resourceType: 'Bundle', type: 'batch', entry: [{ request: { method: 'POST', url: 'Patient' }, resource: patient(mark) }, { request: { method: 'GET', url: 'Patient/nobody' } }] }), {}, (mark) => count(`Patient?family=${mark}`)],
];

describe('a server that dies between the commit and the answer', () => {
  it.each(EFFECTS)('does %s once, and answers it when it is asked again', async (_, path, body, headers, done) => {
    const mark = `Lost${randomUUID().replaceAll('-', '')}`;
    const key = randomUUID();
    loseAnswer = true;
    expect((await send(path, body(mark), key, headers)).status).toBe(500);
    expect(await done(mark)).toBe(1);
    const again = await send(path, body(mark), key, headers);
    expect([again.status, isReplay(again)]).toEqual([path === '' ? 200 : 201, false]);
    expect(await done(mark)).toBe(1);
    expect(shown(await send(path, body(mark), key, headers))).toEqual(shown(again));
    if (path === '') expect(again.body.entry[0].response.status).toMatch(/^201/);
    else expect((await server.get(again.headers.get('location') ?? '')).text).toBe(again.text);
  });

  it('$next takes one Task, and names the one that it took', async () => {
    await server.put('Practitioner/idem', { resourceType: 'Practitioner', id: 'idem' });
    for (const id of ['n1', 'n2']) await server.put(`Task/idem-${id}`, { resourceType: 'Task', id: `idem-${id}`, status: 'ready', intent: 'order', code: { coding: [{ system: 'https://cobalt.example/fhir/CodeSystem/work', code: 'contact-patient' }] } });
    const ask = { resourceType: 'Parameters', parameter: [{ name: 'owner', valueReference: { reference: 'Practitioner/idem' } }, { name: 'code', valueCode: 'contact-patient' }] };
    const key = randomUUID();
    loseAnswer = true;
    expect((await send('Task/$next', ask, key)).status).toBe(500);
    const answers = [await send('Task/$next', ask, key), await send('Task/$next', ask, key)];
    const taken = answers.map(({ body }) => body.parameter[0].resource);
    expect(taken.map(({ id }) => id)).toEqual([taken[0].id, taken[0].id]);
    expect(taken[0]).toMatchObject({ status: 'in-progress', owner: { reference: 'Practitioner/idem' } });
    expect(await count('Task?owner=Practitioner/idem')).toBe(1);
    expect((await send('Task/$next', ask, randomUUID())).body.parameter[0].resource.id).not.toBe(taken[0].id);
  });
});

/** So many keys; CI takes fewer than `COBALT_TEST_KEYS=10000`. */
const KEYS = Number(process.env['COBALT_TEST_KEYS'] ?? 200);
const SENT = 5;
const DROPPED = 0.3;

describe(`a storm of ${KEYS} keys, each sent ${SENT} times, ${DROPPED * 100} % of the answers lost`, () => {
  it('does nothing twice, and answers what it did', async () => {
    const plan = fc.sample(fc.array(fc.record({ lost: fc.double({ min: 0, max: 1, noNaN: true }), together: fc.boolean(), kind: fc.nat(EFFECTS.length - 1) }), { minLength: KEYS, maxLength: KEYS, size: 'max' }), { numRuns: 1, seed: 8 })[0] ?? [];
    const one = async ({ lost, together, kind }: (typeof plan)[number]): Promise<void> => {
      const [, path, body, headers] = EFFECTS[kind] ?? EFFECTS[0]!;
      const [mark, key] = [`Storm${randomUUID().replaceAll('-', '')}`, randomUUID()];
      if (lost < DROPPED) loseAnswer = true;
      const answers: Answer[] = together ? await Promise.all(Array.from({ length: SENT }, () => send(path, body(mark), key, headers))) : [];
      while (answers.length < SENT) answers.push(await send(path, body(mark), key, headers));
      const locations = new Set<string | null>();
      for (const { status, headers: sent, body: answer } of answers) {
        if (status === 409 || status === 500) continue;
        locations.add(path === '' ? answer.entry[0].response.location : sent.get('location'));
      }
      if (![...locations].every((location) => location !== null) || locations.size > 1) throw new Error(`one key made ${[...locations].join(' and ')}`);
      made.push([kind, mark]);
    };
    const made: [kind: number, mark: string][] = [];
    const lanes = Array.from({ length: 8 }, async (_, lane) => {
      for (let at = lane; at < plan.length; at += 8) await one(plan[at]!);
    });
    await Promise.all(lanes);
    for (const [kind, mark] of made) expect([mark, await EFFECTS[kind]![4](mark)]).toEqual([mark, 1]);
    expect(made).toHaveLength(KEYS);
  }, 30_000 + KEYS * 200);
});
