import { randomUUID, sign } from 'node:crypto';
import type { AuditEvent } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readCdsClients, readIssuers, type Issuer } from '../../../src/smart/index.js';
import { confused, forged, issuerKey, signed, startIssuer, type TestIssuer } from '../../smart/issuer.js';
import { startTestServer, type Answer, type TestServer } from '../server.js';
import { BOOKING, call, encounterStart, ENCOUNTER, prefetchOf } from './cds.js';

/** Who may call, where health records are configured (CDS Hooks 2.0, "Trusting CDS Clients"; domain/smart-and-sync.md, A5). */
const es = issuerKey('es', 'ES384');
const rs = issuerKey('rs', 'RS384');
const weak = issuerKey('weak', 'ES256');
const stranger = issuerKey('es', 'ES384');
let record: TestIssuer;
let server: TestServer;

beforeAll(async () => {
  record = await startIssuer(es, rs, weak);
  server = await startTestServer({
    seed: 'demo', cdsClients: readCdsClients(JSON.stringify([{ issuer: record.url, jwksUri: `${record.url}/jwks` }])),
    issuers: (base) => readIssuers(JSON.stringify([{ issuer: record.url, audience: base, launch: { clientId: 'cobalt-app' } }])) as readonly [Issuer],
  });
});
afterAll(async () => {
  await server.close();
  await record.close();
});

const address = (service = ENCOUNTER): string => `${server.origin}/cds-services/${service}`;
const claims = (change: Record<string, unknown> = {}): Record<string, unknown> => {
  const now = Math.floor(Date.now() / 1000);
  return { iss: record.url, aud: address(), exp: now + 300, iat: now, jti: randomUUID(), ...change };
};
const JWT = { typ: 'JWT' };
/** Signed as it is: a library would refuse to write some of these claims. */
const good = (change: Record<string, unknown> = {}): string => forged({ alg: 'ES384', kid: 'es', ...JWT }, claims(change), (input) => sign('sha384', Buffer.from(input), { key: es.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url'));
const body = (): Record<string, unknown> => encounterStart('pat-garrick', { fhirServer: server.base });
const calling = (token: string | undefined, service = ENCOUNTER, sent: unknown = body()): Promise<Answer> => call(server, service, sent, token === undefined ? {} : { Authorization: `Bearer ${token}` });

describe('a health record that is configured', () => {
  it.each([['ES384', es], ['RS384', rs]] as const)('is answered with a token signed by %s', async (_alg, key) => {
    const answer = await calling(signed(key, claims(), JWT));
    expect(answer.status, answer.text).toBe(200);
    expect((answer.body as { cards: { links: unknown }[] }).cards).toEqual([expect.objectContaining({ links: [{ label: 'Open in Cobalt', url: `${server.origin}/launch`, type: 'smart', appContext: '{"view":"questions"}' }] })]);
  });

  it.each([['a list of audiences', { aud: ['https://other.example', 'HERE'] }], ['a tenant', { tenant: 'clinic-1' }]])('is answered with %s', async (_what, change) => {
    expect((await calling(good({ ...change, ...('aud' in change ? { aud: ['https://other.example', address()] } : {}) }))).status).toBe(200);
  });

  it('is answered from a page of its own (CORS), and may ask before', async () => {
    const preflight = await server.request('OPTIONS', address(), undefined, { 'Origin': 'https://ehr.example', 'Access-Control-Request-Method': 'POST' });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, '*']);
    expect((await calling(good())).headers.get('access-control-allow-origin')).toBe('*');
  });

  it('reads no more than an order of benefits needs, and each look is recorded as its own', async () => {
    await calling(good());
    await server.flushAudit();
    const events: AuditEvent[] = [];
    const { matches } = await server.store.search({ types: ['AuditEvent'], where: { op: 'all' }, sort: [], count: 1_000, total: 'none', includes: [] });
    for (const { body: text } of matches) events.push(JSON.parse(Buffer.from(text).toString('utf8')) as AuditEvent);
    const ofRecord = events.filter(({ agent }) => agent.some(({ altId }) => altId === record.url));
    expect(ofRecord.length).toBeGreaterThan(0);
    expect(ofRecord.some(({ entity = [] }) => entity.some(({ what }) => what?.reference?.startsWith('Patient/pat-garrick')))).toBe(true);
  });
});

/** A good token is a good token once; everything else is 401 and reads nothing. */
const BAD: readonly (readonly [what: string, token: () => string | undefined])[] = [
  ['no token', () => undefined],
  ['no JWT', () => 'abc'],
  ['alg none', () => forged({ alg: 'none', typ: 'JWT', kid: 'es' }, claims(), () => '')],
  ['alg none with a signature', () => forged({ alg: 'none', typ: 'JWT', kid: 'es' }, claims(), () => 'abc')],
  ['HMAC with the public key', () => forged({ alg: 'HS256', typ: 'JWT', kid: 'rs' }, claims(), confused(rs, 'pem'))],
  ['an algorithm that is not recommended', () => signed(weak, claims(), JWT)],
  ['an algorithm that is not the key’s', () => forged({ alg: 'ES384', typ: 'JWT', kid: 'rs' }, claims(), () => 'abc')],
  ['a key that its issuer does not publish', () => signed({ ...stranger, kid: 'unknown' }, claims(), { ...JWT, kid: 'unknown' })],
  ['the signature of another key', () => signed(stranger, claims(), JWT)],
  ['claims that were changed', () => good().split('.').map((part, index) => (index === 1 ? Buffer.from(JSON.stringify(claims({ jti: 'x' }))).toString('base64url') : part)).join('.')],
  ['no kid', () => signed(es, claims(), { ...JWT, kid: undefined })],
  ['a kid that is no text', () => forged({ alg: 'ES384', typ: 'JWT', kid: 1 }, claims(), () => 'abc')],
  ['no typ', () => signed(es, claims(), { typ: undefined })],
  ['the typ of an access token', () => signed(es, claims(), { typ: 'at+jwt' })],
  ['crit', () => signed(es, claims(), { ...JWT, crit: ['exp'] })],
  ['jku of elsewhere', () => signed(es, claims(), { ...JWT, jku: 'https://evil.example/jwks' })],
  ['a key that it brings along', () => signed({ ...stranger, kid: 'mine' }, claims(), { ...JWT, kid: 'mine', jwk: stranger.jwk })],
  ['another issuer', () => good({ iss: 'https://evil.example' })],
  ['an issuer whose name begins alike', () => good({ iss: `${record.url}.evil.example` })],
  ['no issuer', () => good({ iss: undefined })],
  ['the other service', () => good({ aud: address(BOOKING) })],
  ['the discovery’s address', () => good({ aud: `${server.origin}/cds-services` })],
  ['the FHIR base', () => good({ aud: server.base })],
  ['no audience', () => good({ aud: undefined })],
  ['an audience that begins alike', () => good({ aud: `${address()}/more` })],
  ['an end that has passed', () => good({ exp: Math.floor(Date.now() / 1000) - 120 })],
  ['no end', () => good({ exp: undefined })],
  ['an end that is a text', () => good({ exp: String(Math.floor(Date.now() / 1000) + 100) })],
  ['an end in an hour', () => good({ exp: Math.floor(Date.now() / 1000) + 3_600 })],
  ['no time of issue', () => good({ iat: undefined })],
  ['a time of issue to come', () => good({ iat: Math.floor(Date.now() / 1000) + 200 })],
  ['a beginning to come', () => good({ nbf: Math.floor(Date.now() / 1000) + 200 })],
  ['no jti', () => good({ jti: undefined })],
  ['a jti that is a number', () => good({ jti: 7 })],
  ['a jti that is empty', () => good({ jti: '' })],
];

describe('bad tokens', () => {
  it.each(BAD)('%s', async (_what, make) => {
    const token = make();
    const answer = await calling(token);
    expect([answer.status, answer.headers.get('www-authenticate'), answer.body], answer.text).toEqual([401, expect.stringMatching(token === undefined ? /^Bearer realm="cobalt cds-services"$/ : /^Bearer .*error="invalid_token"$/), expect.objectContaining({ resourceType: 'OperationOutcome' })]);
    if (token !== undefined && token.length > 10) expect(answer.text).not.toContain(token.slice(0, 10));
  });

  it('a good one, used again: also for the other service, also at once', async () => {
    const once = good({ aud: [address(), address(BOOKING)] });
    const answers = await Promise.all(Array.from({ length: 8 }, () => calling(once)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401, 401, 401, 401, 401]);
    expect((await calling(once)).text).toContain('used before');
    expect((await calling(once, BOOKING)).status).toBe(401);
  });

  it('an access token with every scope', async () => {
    expect((await calling(signed(es, claims({ scope: 'system/*.cruds', sub: 'x' }), { typ: 'at+jwt' }))).status).toBe(401);
  });

  it('is 503 while the keys of the record can’t be had', async () => {
    const other = await startIssuer(es);
    other.broken = true;
    const cut = await startTestServer({ cdsClients: readCdsClients(JSON.stringify([{ issuer: other.url, jwksUri: `${other.url}/jwks` }])) });
    const answer = await call(cut, ENCOUNTER, body(), { Authorization: `Bearer ${signed(es, { ...claims(), iss: other.url, aud: `${cut.origin}/cds-services/${ENCOUNTER}` }, JWT)}` });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '10']);
    await cut.close();
    await other.close();
  });

  it('everything, where tokens are asked for and no health record is configured', async () => {
    const closed = await startTestServer({ issuers: (base) => readIssuers(JSON.stringify([{ issuer: record.url, audience: base }])) as readonly [Issuer] });
    const answer = await call(closed, ENCOUNTER, encounterStart('x', { prefetch: prefetchOf('07-garrick') }));
    expect([answer.status, answer.text]).toEqual([401, expect.stringContaining('COBALT_CDS_CLIENTS')]);
    expect((await closed.get(`${closed.origin}/cds-services`)).status).toBe(200);
    await closed.close();
  });

  it('a page of elsewhere may not ask for us, where nobody is asked for a token', async () => {
    const open = await startTestServer();
    const preflight = await open.request('OPTIONS', `${open.origin}/cds-services/${ENCOUNTER}`, undefined, { 'Origin': 'https://evil.example', 'Access-Control-Request-Method': 'POST' });
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
    await open.close();
  });
});

describe('the quota', () => {
  it('is looked at before a token is used up: the same call is answered when there is room again', async () => {
    const limited = await startTestServer({ seed: 'demo', rateLimit: 2, cdsClients: readCdsClients(JSON.stringify([{ issuer: record.url, jwksUri: `${record.url}/jwks`, fhirServers: [server.base] }])) });
    const token = (): string => good({ aud: `${limited.origin}/cds-services/${ENCOUNTER}` });
    const send = (by: string): Promise<Answer> => call(limited, ENCOUNTER, encounterStart('pat-garrick', { prefetch: prefetchOf('07-garrick') }), { Authorization: `Bearer ${by}` });
    const left = ({ headers }: Answer): string | undefined => /r=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1];
    try {
      const [first, second, third] = [token(), token(), token()];
      expect([(await send(first)).status, left(await send(first))], 'used again, it is nobody’s, and counts by the address').toEqual([200, '1']);
      expect(left(await send(forged({ alg: 'none', typ: 'JWT', kid: 'es' }, claims(), () => ''))), 'so does one that is not good').toBe('0');
      expect([(await send(second)).status, (await send(third)).status, (await send(third)).status]).toEqual([200, 429, 429]);
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 });
      expect([(await send(third)).status, (await send(third)).status]).toEqual([200, 401]);
    } finally {
      vi.useRealTimers();
      await limited.close();
    }
  });
});

describe('feedback', () => {
  const card = '4e0a3a1e-3283-4575-ab82-028d55fe2719';
  const send = (feedback: unknown, token = good({ aud: `${address()}/feedback` })): Promise<Answer> => calling(token, `${ENCOUNTER}/feedback`, { feedback });
  const events = async (): Promise<AuditEvent[]> => {
    const { matches } = await server.store.search({ types: ['AuditEvent'], where: { op: 'all' }, sort: [], count: 1_000, total: 'none', includes: [] });
    return matches.map(({ body: text }) => JSON.parse(Buffer.from(text).toString('utf8')) as AuditEvent).filter(({ entity = [] }) => entity.some(({ name }) => name?.startsWith('CDS Hooks feedback')));
  };
  const overridden = { card, outcome: 'overridden', outcomeTimestamp: '2026-11-22T09:00:00Z', overrideReason: { reason: { system: 'https://ehr.example/reasons', code: 'asked' }, userComment: 'She will bring the card' } };

  it('is recorded, each card by itself, and can be found by the card', async () => {
    const answer = await send([overridden, { card, outcome: 'accepted', outcomeTimestamp: '2026-11-22T09:00:00.5-05:00', acceptedSuggestions: [{ id: 'e56e1945-20b3-4393-8503-a1a20fd73152' }] }]);
    expect([answer.status, answer.text]).toEqual([200, '{}']);
    const [first, second] = await events();
    expect((await events()).length).toBe(2);
    expect([first, second].map((event) => event?.agent[0]?.altId)).toEqual([record.url, record.url]);
    const details = [first, second].map((event) => event?.entity?.[0]?.detail?.map(({ type, valueString }) => `${type}=${valueString}`));
    expect(details).toContainEqual(['outcome=overridden', 'outcomeTimestamp=2026-11-22T09:00:00Z', 'overrideReason=https://ehr.example/reasons|asked', 'userComment=She will bring the card']);
    expect(details).toContainEqual(['outcome=accepted', 'outcomeTimestamp=2026-11-22T09:00:00.5-05:00', 'acceptedSuggestion=e56e1945-20b3-4393-8503-a1a20fd73152']);
    const reader = signed(es, { ...claims({ aud: server.base, scope: 'system/AuditEvent.rs', sub: 'auditor' }) }, { typ: 'at+jwt' });
    expect((await server.get(`AuditEvent?entity:identifier=urn:ietf:rfc:3986|urn:uuid:${card}`, { Authorization: `Bearer ${reader}` })).text).toContain('CDS Hooks feedback');
  });

  it.each<[string, unknown, string]>([
    ['none', undefined, 'feedback'], ['no list', {}, 'feedback'], ['an empty list', [], 'feedback'], ['a text', ['x'], 'feedback[0]'],
    ['no card', [{ ...overridden, card: undefined }], 'feedback[0].card'], ['a card that is no uuid', [{ ...overridden, card: 'Garrick' }], 'feedback[0].card'],
    ['another outcome', [overridden, { ...overridden, outcome: 'ignored' }], 'feedback[1].outcome'],
    ['no time', [{ ...overridden, outcomeTimestamp: undefined }], 'feedback[0].outcomeTimestamp'], ['a time that is none', [{ ...overridden, outcomeTimestamp: '2026-13-45T99:00:00Z' }], 'feedback[0].outcomeTimestamp'],
    ['an acceptance of nothing', [{ card, outcome: 'accepted', outcomeTimestamp: '2026-11-22T09:00:00Z' }], 'feedback[0].acceptedSuggestions'],
    ['suggestions without ids', [{ card, outcome: 'accepted', outcomeTimestamp: '2026-11-22T09:00:00Z', acceptedSuggestions: ['x'] }], 'feedback[0].acceptedSuggestions'],
    ['a reason that is none', [{ ...overridden, overrideReason: { reason: 'asked' } }], 'feedback[0].overrideReason.reason'],
    ['a comment that is too long', [{ ...overridden, overrideReason: { userComment: 'x'.repeat(2_001) } }], 'feedback[0].overrideReason.userComment'],
  ])('%s is 400, and nothing of it is kept', async (_what, feedback, expression) => {
    const before = (await events()).length;
    const answer = await send(feedback);
    expect([answer.status, (answer.body as { issue: [{ expression: string[] }] }).issue[0].expression], answer.text).toEqual([400, [expression]]);
    expect((await events()).length).toBe(before);
  });

  it('needs a token of its own', async () => {
    expect((await send([overridden], good())).status).toBe(401);
    expect((await call(server, `${ENCOUNTER}/feedback`, { feedback: [overridden] })).status).toBe(401);
  });
});

describe('the setting', () => {
  it.each<[string, string, RegExp]>([
    ['no JSON', 'x', /no JSON/], ['no list', '{}', /JSON array/], ['no keys', '[{"issuer":"https://ehr.example"}]', /jwksUri must be a text/],
    ['keys without TLS', '[{"issuer":"https://ehr.example","jwksUri":"http://ehr.example/jwks"}]', /https address/],
    ['another algorithm', '[{"issuer":"https://ehr.example","jwksUri":"https://ehr.example/jwks","algorithms":["HS256"]}]', /ES384, RS384/],
    ['one twice', '[{"issuer":"https://ehr.example","jwksUri":"https://ehr.example/jwks"},{"issuer":"https://ehr.example","jwksUri":"https://ehr.example/jwks"}]', /twice/],
  ])('refuses %s', (_what, setting, message) => {
    expect(() => readCdsClients(setting)).toThrow(message);
  });
});
