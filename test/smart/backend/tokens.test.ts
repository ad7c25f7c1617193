import { createPublicKey } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { beforeEach, describe, expect, it } from 'vitest';
import { TokenCache, type TokenError, type TokenRequest } from '../../../src/smart/backend/index.js';
import { keysOf, signingKey } from '../../sync/authorization-server.js';

type Exchange = ConstructorParameters<typeof TokenCache>[0]['exchange'];
type Answer = Awaited<ReturnType<Exchange>>;

const BASE = 'https://ehr.example/fhir';
const TOKEN_URL = 'https://login.ehr.example/oauth2/token';
const REQUEST: TokenRequest = { base: BASE, clientId: 'cobalt', scopes: ['system/Patient.rs', 'system/Coverage.rs'] };
const ec = signingKey('ES384');
const rsa = signingKey('RS384');

const json = (status: number, body: unknown, headers: Record<string, string> = {}): Answer => ({ status, headers, body: Buffer.from(JSON.stringify(body)) });
const configuration = (more: object = {}): Answer => json(200, { token_endpoint: TOKEN_URL, capabilities: ['permission-v2'], grant_types_supported: ['client_credentials'], token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384'], ...more });
const token = (more: object = {}): Answer => json(200, { access_token: 't1', token_type: 'bearer', expires_in: 300, scope: REQUEST.scopes.join(' '), ...more });

let now = 0;
let sent: { readonly url: string; readonly form: URLSearchParams; readonly headers: Readonly<Record<string, string>> }[] = [];
let answers: { configuration: Answer; metadata: Answer; token: () => Answer | Promise<Answer> };
let ids = 0;

beforeEach(() => {
  now = Date.parse('2026-11-22T10:00:00Z');
  sent = [];
  ids = 0;
  let count = 0;
  answers = { configuration: configuration(), metadata: json(404, {}), token: () => token({ access_token: `t${++count}` }) };
});

const exchange: Exchange = async ({ url, headers = {}, body }) => {
  if (url === `${BASE}/.well-known/smart-configuration`) return answers.configuration;
  if (url === `${BASE}/metadata`) return answers.metadata;
  sent.push({ url, headers, form: new URLSearchParams(Buffer.from(body ?? new Uint8Array()).toString()) });
  return answers.token();
};
const cache = (keys: readonly (typeof ec)[] = [ec, rsa]): TokenCache => new TokenCache({ exchange, keys: keysOf(...keys), now: () => new Date(now), newId: () => `id-${++ids}` });
const assertionOf = (index: number): string => sent[index]?.form.get('client_assertion') ?? '';
const failure = async (promise: Promise<unknown>): Promise<TokenError> => promise.then(() => { throw new Error('a token was had'); }, (error: TokenError) => error);

/** What Inferno's SMART client suite (client_stu2_2) asserts of every token request of a client, and what it forgets. */
describe('a token request (SMART App Launch 2.2, Backend Services)', () => {
  it.each([['ES384', [ec, rsa], ec], ['RS384', [rsa, ec], rsa]] as const)('is signed by %s, about us, for the token URL', async (algorithm, keys, key) => {
    await cache([...keys]).get(REQUEST);
    const assertion = jwt.verify(assertionOf(0), createPublicKey(key.key as never), { algorithms: [algorithm as jwt.Algorithm], complete: true, clockTimestamp: now / 1_000 });
    expect(assertion.header).toEqual({ alg: algorithm, typ: 'JWT', kid: key.kid });
    expect(assertion.payload).toEqual({ iss: 'cobalt', sub: 'cobalt', aud: TOKEN_URL, jti: 'id-1', iat: now / 1_000, exp: now / 1_000 + 240 });
    expect(Object.fromEntries(sent[0]?.form ?? [])).toMatchObject({ grant_type: 'client_credentials', scope: 'system/Patient.rs system/Coverage.rs', client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' });
    expect(sent[0]?.headers['Content-Type']).toBe('application/x-www-form-urlencoded');
  });

  it('is never made twice with the same jti', async () => {
    const tokens = cache();
    for (let n = 0; n < 20; n++) {
      await tokens.get(REQUEST);
      now += 300_000;
    }
    const jtis = sent.map((_, index) => (jwt.decode(assertionOf(index)) as jwt.JwtPayload).jti);
    expect(new Set(jtis).size).toBe(20);
  });

  it('is signed with a key that the server takes', async () => {
    answers.configuration = configuration({ token_endpoint_auth_signing_alg_values_supported: ['RS384'] });
    await cache([ec, rsa]).get(REQUEST);
    expect(jwt.decode(assertionOf(0), { complete: true })?.header).toMatchObject({ alg: 'RS384', kid: rsa.kid });
  });

  it('asks in the words of SMART v1 where the server knows no others', async () => {
    answers.configuration = configuration({ capabilities: ['permission-v1'] });
    await cache().get({ ...REQUEST, scopes: ['system/Patient.rs', 'system/Coverage.rus'] });
    expect(sent[0]?.form.get('scope')).toBe('system/Patient.read system/Coverage.*');
  });
});

describe('a token', () => {
  it('is asked for once by all who want it at the same time', async () => {
    const tokens = cache();
    const got = await Promise.all(Array.from({ length: 30 }, () => tokens.get(REQUEST)));
    expect(sent).toHaveLength(1);
    expect(new Set(got.map(({ value }) => value)).size).toBe(1);
  });

  it.each([[300, 269, 1], [300, 271, 2], [3_600, 3_239, 1], [3_600, 3_241, 2], [40, 9, 1], [40, 11, 2]])('of %s seconds, %s seconds later: %s requests', async (seconds, later, requests) => {
    answers.token = () => token({ expires_in: seconds });
    const tokens = cache();
    await tokens.get(REQUEST);
    now += later * 1_000;
    await tokens.get(REQUEST);
    expect(sent).toHaveLength(requests);
  });

  it('is another one for other scopes, another client and another server; the order of scopes is none', async () => {
    const tokens = cache();
    await tokens.get(REQUEST);
    await tokens.get({ ...REQUEST, scopes: REQUEST.scopes.toReversed() });
    expect(sent).toHaveLength(1);
    await tokens.get({ ...REQUEST, scopes: ['system/Patient.rs'] });
    await tokens.get({ ...REQUEST, clientId: 'other' });
    expect(sent).toHaveLength(3);
  });

  it('that is dropped is asked for again, once, and one that came since stays', async () => {
    const tokens = cache();
    const first = await tokens.get(REQUEST);
    tokens.drop(REQUEST, first);
    const second = await tokens.get(REQUEST);
    tokens.drop(REQUEST, first);
    expect((await tokens.get(REQUEST)).value).toBe(second.value);
    expect(sent).toHaveLength(2);
  });

  it.each([
    ['system/Patient.rs system/Coverage.rs', []],
    ['system/*.rs', []],
    ['system/*.read', []],
    ['system/Coverage.cruds system/Patient.read', []],
    ['system/Patient.rs', ['system/Coverage.rs']],
    ['system/Patient.r system/Coverage.rs', ['system/Patient.rs']],
    ['user/Patient.rs system/Coverage.write', ['system/Patient.rs', 'system/Coverage.rs']],
    [undefined, []],
  ])('given for %s lacks %s', async (scope, missing) => {
    answers.token = () => token({ scope });
    expect((await cache().get(REQUEST)).missing).toEqual(missing);
  });
});

describe('no token', () => {
  it.each([
    ['a client that is not known', () => json(400, { error: 'invalid_client' }), 'client'],
    ['a client that is not known, by status', () => json(401, {}), 'client'],
    ['a client that may not', () => json(400, { error: 'unauthorized_client' }), 'client'],
    ['a scope that is not given', () => json(400, { error: 'invalid_scope' }), 'refused'],
    ['an empty scope: a token for nothing', () => token({ scope: '' }), 'refused'],
    ['another kind of token', () => token({ token_type: 'mac' }), 'refused'],
    ['no token in the answer', () => json(200, { token_type: 'bearer' }), 'refused'],
    ['an answer that is no JSON', () => ({ status: 200, headers: {}, body: Buffer.from('<html>') }), 'refused'],
    ['too many requests', () => json(429, {}, { 'retry-after': '5' }), 'later'],
    ['a server that fails', () => json(503, {}), 'later'],
  ] as const)('for %s', async (_what, answer, reason) => {
    answers.token = answer;
    expect(await failure(cache().get(REQUEST))).toMatchObject({ name: 'TokenError', reason });
  });

  it('for a client that is not known is not asked for again for five minutes: such clients are locked', async () => {
    answers.token = () => json(400, { error: 'invalid_client' });
    const tokens = cache();
    for (let n = 0; n < 5; n++) await failure(tokens.get(REQUEST));
    expect(sent).toHaveLength(1);
    now += 301_000;
    await failure(tokens.get(REQUEST));
    expect(sent).toHaveLength(2);
  });

  it.each([
    ['no document and no extension', json(404, {}), json(200, { resourceType: 'CapabilityStatement' })],
    ['a token endpoint that is no URL', configuration({ token_endpoint: 'token' }), json(404, {})],
    ['a token endpoint of another scheme', configuration({ token_endpoint: 'javascript:alert(1)' }), json(404, {})],
    ['algorithms that we do not have', configuration({ token_endpoint_auth_signing_alg_values_supported: ['HS256', 'none'] }), json(404, {})],
  ])('where discovery gives %s', async (_what, document, metadata) => {
    answers.configuration = document;
    answers.metadata = metadata;
    expect(await failure(cache().get(REQUEST))).toMatchObject({ reason: 'discovery' });
    expect(sent).toEqual([]);
  });

  it('is the words of the server: they might quote anything', async () => {
    answers.token = () => json(400, { error: 'invalid_request <Mustermann>', error_description: 'Erika Mustermann' });
    expect((await failure(cache().get(REQUEST))).message).not.toContain('Mustermann');
  });
});

describe('discovery', () => {
  it('takes the extension of the CapabilityStatement where there is no document', async () => {
    answers.configuration = json(404, {});
    answers.metadata = json(200, { rest: [{ security: { extension: [{ url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris', extension: [{ url: 'token', valueUri: TOKEN_URL }] }] } }] });
    await cache().get(REQUEST);
    expect(sent[0]?.url).toBe(TOKEN_URL);
  });

  it('is done once an hour', async () => {
    let asked = 0;
    const tokens = new TokenCache({ exchange: (request) => { if (request.url.includes('well-known')) asked++; return exchange(request); }, keys: keysOf(ec), now: () => new Date(now), newId: () => 'x' });
    for (const minutes of [0, 20, 20, 15, 10]) {
      now += minutes * 60_000;
      await tokens.get(REQUEST);
    }
    expect(asked).toBe(2);
  });
});
