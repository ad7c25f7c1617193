import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';
import { request as plainRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type Answer, type TestServer } from '../http/server.js';
import { AUDIENCE, confused, forged, goodClaims, issuerKey, signed, startIssuer, type TestIssuer } from './issuer.js';
import { spiedStore } from './spied-store.js';

/**
 * Tokens that are not good (domain/smart-and-sync.md, A1 and A5), each refused with status, header and OperationOutcome,
 * and before anything is asked of the store.
 */
const rsa = issuerKey('rsa', 'RS256');
const second = issuerKey('second', 'RS256');
const ec = issuerKey('ec', 'ES256');
const p384 = issuerKey('p384', 'ES384');
const short = issuerKey('short', 'RS256', 1024);
const stranger = issuerKey('rsa', 'RS256');
const withoutAlgorithm = { ...rsa.jwk, kid: 'any', alg: undefined };
const keys = [
  rsa.jwk, second.jwk, ec.jwk, p384.jwk, short.jwk, withoutAlgorithm,
  { ...rsa.jwk, kid: 'twice' }, { ...second.jwk, kid: 'twice' },
  { ...rsa.jwk, kid: 'encrypts', use: 'enc' },
  { ...rsa.jwk, kid: 'wraps', use: undefined, key_ops: ['wrapKey'] },
  { kty: 'oct', kid: 'secret', k: Buffer.from('secret').toString('base64url') },
];

let issuer: TestIssuer;
let server: TestServer;
const spied = spiedStore();
beforeAll(async () => {
  issuer = await startIssuer();
  issuer.keys = keys;
  server = await startTestServer({ issuers: issuer.configured(), wrapStore: spied.wrap });
}, 60_000);
afterAll(async () => {
  await server.close();
  await issuer.close();
});

const SCOPE = 'system/*.cruds';
const good = (extra: Record<string, unknown> = {}): Record<string, unknown> => goodClaims(issuer, SCOPE, extra);
const without = (...names: string[]): Record<string, unknown> => Object.fromEntries(Object.entries(good()).filter(([name]) => !names.includes(name)));
const seconds = (): number => Math.floor(Date.now() / 1000);
const hmac = (secret: string) => (input: string): string => createHmac('sha256', secret).update(input).digest('base64url');
const byRsa = (input: string): string => createSign('sha256').update(input).sign(rsa.privateKey, 'base64url');
/** Signed by the issuer's own key, with a header that no library would write. */
const withHeader = (header: Record<string, unknown>, claims: unknown = good()): string => forged({ alg: 'RS256', typ: 'at+jwt', kid: 'rsa', ...header }, claims, byRsa);
const changed = (token: string, part: number, change: (text: string) => string): string => token.split('.').map((text, index) => (index === part ? change(text) : text)).join('.');
const reencoded = (change: (value: Record<string, unknown>) => object) => (text: string): string =>
  Buffer.from(JSON.stringify(change(JSON.parse(Buffer.from(text, 'base64url').toString()) as Record<string, unknown>))).toString('base64url');

type Bad = [what: string, token: () => string, code?: 'login' | 'expired'];
const BAD: Bad[] = [
  // How it is signed
  ['alg none, no signature', () => forged({ alg: 'none', typ: 'at+jwt' }, good(), () => '')],
  ['alg none, some signature', () => forged({ alg: 'none', typ: 'at+jwt', kid: 'rsa' }, good(), byRsa)],
  ['alg nOnE', () => forged({ alg: 'nOnE', typ: 'at+jwt', kid: 'rsa' }, good(), () => '')],
  ['alg missing', () => forged({ typ: 'at+jwt', kid: 'rsa' }, good(), byRsa)],
  ['alg a list', () => withHeader({ alg: ['RS256'] })],
  ['alg in lower case', () => withHeader({ alg: 'rs256' })],
  ['alg of a known name that is inherited', () => withHeader({ alg: 'constructor' })],
  ['HS256 with the public key as PEM', () => forged({ alg: 'HS256', typ: 'at+jwt', kid: 'rsa' }, good(), confused(rsa, 'pem'))],
  ['HS256 with the public key as DER', () => forged({ alg: 'HS256', typ: 'at+jwt', kid: 'rsa' }, good(), confused(rsa, 'der'))],
  ['HS256 with the modulus', () => forged({ alg: 'HS256', typ: 'at+jwt', kid: 'rsa' }, good(), hmac(String(rsa.jwk.n)))],
  ['HS256 with a symmetric key of the set', () => forged({ alg: 'HS256', typ: 'at+jwt', kid: 'secret' }, good(), hmac('secret'))],
  ['RS256 by a symmetric key of the set', () => forged({ alg: 'RS256', typ: 'at+jwt', kid: 'secret' }, good(), hmac('secret'))],
  ['RS512, which the issuer does not use', () => signed({ ...rsa, alg: 'RS512', kid: 'any' }, good())],
  ['PS256 with a key for RS256', () => signed({ ...rsa, alg: 'PS256' }, good())],
  ['ES256 named, an RSA key', () => withHeader({ alg: 'ES256' })],
  ['RS256 named, an EC key', () => withHeader({ kid: 'ec' })],
  ['ES384 named, a key on P-256', () => withHeader({ alg: 'ES384', kid: 'ec' })],
  ['an EC signature in DER', () => forged({ alg: 'ES256', typ: 'at+jwt', kid: 'ec' }, good(), (input) => createSign('sha256').update(input).sign(ec.privateKey, 'base64url'))],
  ['an RSA key of 1,024 bits', () => forged({ alg: 'RS256', typ: 'at+jwt', kid: 'short' }, good(), (input) => createSign('sha256').update(input).sign(short.privateKey, 'base64url'))],
  ['another key under the same kid', () => signed(stranger, good())],
  ['no signature', () => changed(signed(rsa, good()), 2, () => '')],
  ['half a signature', () => changed(signed(rsa, good()), 2, (text) => text.slice(0, 100))],
  ['claims changed after signing', () => changed(signed(rsa, good()), 1, reencoded((claims) => ({ ...claims, sub: 'admin' })))],
  ['a header changed after signing', () => changed(signed(rsa, good()), 0, reencoded((header) => ({ ...header, typ: 'JWT' })))],
  // What the header says
  ['kid that nobody has', () => signed({ ...rsa, kid: 'other' }, good())],
  ['kid of a path', () => signed({ ...rsa, kid: '../../etc/passwd' }, good())],
  ['kid of a query', () => signed({ ...rsa, kid: '\' OR \'1\'=\'1' }, good())],
  ['kid empty', () => withHeader({ kid: '' })],
  ['kid a number', () => withHeader({ kid: 0 })],
  ['kid missing where several keys fit', () => withHeader({ kid: undefined })],
  ['kid that two keys have', () => withHeader({ kid: 'twice' })],
  ['a key for encryption', () => withHeader({ kid: 'encrypts' })],
  ['a key for wrapping', () => withHeader({ kid: 'wraps' })],
  ['crit', () => withHeader({ crit: ['exp'] })],
  ['crit with an unknown extension', () => withHeader({ crit: ['urn:x'], 'urn:x': true })],
  ['b64 false', () => withHeader({ b64: false })],
  ['jku of elsewhere', () => withHeader({ jku: 'https://attacker.example/jwks' })],
  ['jwk embedded', () => signed({ ...stranger, kid: 'mine' }, good(), { jwk: stranger.jwk })],
  ['jwk embedded under a known kid', () => signed(stranger, good(), { jwk: stranger.jwk })],
  ['x5c embedded', () => signed(stranger, good(), { x5c: [stranger.privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64')] })],
  ['x5u of elsewhere', () => signed(stranger, good(), { x5u: 'https://attacker.example/cert' })],
  ['typ of a logout token', () => withHeader({ typ: 'logout+jwt' })],
  ['typ of a DPoP proof', () => withHeader({ typ: 'dpop+jwt' })],
  ['typ no text', () => withHeader({ typ: 1 })],
  // Whose it is
  ['iss of another', () => signed(rsa, good({ iss: 'https://attacker.example' }))],
  ['iss that begins as ours', () => signed(rsa, good({ iss: `${issuer.url}.attacker.example` }))],
  ['iss that ends as ours', () => signed(rsa, good({ iss: `https://attacker.example/${issuer.url}` }))],
  ['iss with a slash', () => signed(rsa, good({ iss: `${issuer.url}/` }))],
  ['iss shortened', () => signed(rsa, good({ iss: issuer.url.slice(0, -1) }))],
  ['iss missing', () => signed(rsa, without('iss'))],
  ['iss a list', () => forged({ alg: 'RS256', typ: 'at+jwt', kid: 'rsa' }, good({ iss: [issuer.url] }), byRsa)],
  ['sub and client missing', () => signed(rsa, without('sub', 'client_id'))],
  // For whom
  ['aud of another server', () => signed(rsa, good({ aud: 'https://other.example/fhir' }))],
  ['aud of another tenant', () => signed(rsa, good({ aud: `${AUDIENCE}/tenant-b` }))],
  ['aud that begins as ours', () => signed(rsa, good({ aud: `${AUDIENCE}.attacker.example` }))],
  ['aud shortened', () => signed(rsa, good({ aud: AUDIENCE.slice(0, -1) }))],
  ['aud with two slashes', () => signed(rsa, good({ aud: `${AUDIENCE}//` }))],
  ['aud missing', () => signed(rsa, without('aud'))],
  ['aud of none', () => signed(rsa, good({ aud: [] }))],
  ['aud of others', () => signed(rsa, good({ aud: ['https://other.example/fhir', 'app'] }))],
  ['aud an object', () => withHeader({}, good({ aud: { 0: AUDIENCE } }))],
  ['aud of an ID token: the client', () => signed(rsa, good({ aud: 'app', nonce: 'n' }))],
  // When
  ['exp passed', () => signed(rsa, good({ exp: seconds() - 3_600 })), 'expired'],
  ['exp passed by more than the leeway', () => signed(rsa, good({ exp: seconds() - 62 })), 'expired'],
  ['exp 0', () => signed(rsa, good({ exp: 0 })), 'expired'],
  ['exp missing', () => signed(rsa, without('exp'))],
  ['exp a text', () => withHeader({}, good({ exp: String(seconds() + 300) }))],
  ['exp null', () => withHeader({}, good({ exp: null }))],
  ['nbf to come', () => signed(rsa, good({ nbf: seconds() + 120 }))],
  ['nbf a text', () => withHeader({}, good({ nbf: '0' }))],
  ['iat to come', () => signed(rsa, good({ iat: seconds() + 120 }))],
  ['iat a text', () => withHeader({}, good({ iat: 'now' }))],
  // Bound to a proof that is not asked for
  ['bound to a DPoP key', () => signed(rsa, good({ cnf: { jkt: 'x' } }))],
  ['bound to a certificate', () => signed(rsa, good({ cnf: { 'x5t#S256': 'x' } }))],
  // What is no token
  ['a text', () => 'not-a-token'],
  ['two parts', () => signed(rsa, good()).split('.').slice(0, 2).join('.')],
  ['four parts', () => `${signed(rsa, good())}.x`],
  ['an encrypted token', () => 'eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.a.b.c.d'],
  ['a header that is no JSON', () => changed(signed(rsa, good()), 0, () => Buffer.from('{alg').toString('base64url'))],
  ['a header that is a list', () => forged([{ alg: 'RS256' }], good(), byRsa)],
  ['claims that are no JSON', () => forged({ alg: 'RS256', kid: 'rsa' }, 'sub', byRsa)],
  ['claims that are null', () => forged({ alg: 'RS256', kid: 'rsa' }, null, byRsa)],
  ['padding', () => changed(signed(rsa, good()), 1, (text) => `${text}==`)],
  ['12,000 characters', () => 'x'.repeat(12_000)],
];

const refusal = ({ status, headers, body }: Answer): unknown => ({
  status, type: (body as { resourceType?: string }).resourceType, code: body.issue?.[0]?.code, id: body.issue?.[0]?.details?.coding?.[0]?.code,
  error: /error="([^"]+)"/.exec(headers.get('www-authenticate') ?? '')?.[1], realm: (headers.get('www-authenticate') ?? '').startsWith('Bearer realm="cobalt"'),
});

describe(`${BAD.length} tokens that are not good`, () => {
  it.each<Bad>(BAD)('%s', async (_what, make, code = 'login') => {
    const token = make();
    const before = spied.calls();
    const answer = await server.get('Patient/x', { Authorization: `Bearer ${token}` });
    expect(refusal(answer)).toEqual({ status: 401, type: 'OperationOutcome', code, id: 'token-refused', error: 'invalid_token', realm: true });
    expect(spied.calls()).toBe(before);
    expect([answer.text, JSON.stringify(server.log)].every((text) => !text.includes(token.slice(0, 60)))).toBe(true);
  });

  it('none is refused for another reason than its own: with it put right, each kind gets in', async () => {
    const rights = [
      signed(rsa, good()), signed(second, good()), signed(ec, good()), signed(p384, good()), signed({ ...rsa, alg: 'PS256', kid: 'any' }, good()),
      withHeader({ typ: 'JWT' }), withHeader({ typ: undefined }), withHeader({ typ: 'application/at+jwt' }),
      signed(rsa, good({ aud: `${AUDIENCE}/` })), signed(rsa, good({ aud: ['other', AUDIENCE] })),
      signed(rsa, good({ exp: seconds() - 30 })), signed(rsa, good({ nbf: seconds() + 30 })), signed(rsa, good({ iat: seconds() + 30 })),
      signed(rsa, without('sub')), signed(rsa, without('client_id', 'iat')),
    ];
    for (const token of rights) expect((await server.get('Patient/x', { Authorization: `Bearer ${token}` })).status, token).toBe(404);
  });

  it('asks nobody but the issuer for keys, and the issuer seldom', () => {
    expect(issuer.asked.filter(({ path }) => path === '/jwks').length).toBeLessThanOrEqual(2);
    expect(new Set(issuer.asked.map(({ path }) => path))).toEqual(new Set(['/.well-known/openid-configuration', '/jwks']));
  });
});

/** How a token is sent; `two headers` goes past `fetch`, which joins them. */
type Sent = [how: string, send: (token: string) => Promise<Answer>, status: number, error?: string];
const SENT: Sent[] = [
  ['not at all', () => server.get('Patient/x'), 401],
  ['not at all, to an address that is none', () => server.get('no/such/thing/here'), 401],
  ['not at all, with a body', () => server.post('Patient', '{'), 401],
  ['not at all, to an operation', () => server.post('Claim/$missed-secondary', undefined), 401],
  ['as Basic', (token) => server.get('Patient/x', { Authorization: `Basic ${token}` }), 401, 'invalid_request'],
  ['as DPoP', (token) => server.get('Patient/x', { Authorization: `DPoP ${token}` }), 401, 'invalid_request'],
  ['without a scheme', (token) => server.get('Patient/x', { Authorization: token }), 401, 'invalid_request'],
  ['Bearer alone', () => server.get('Patient/x', { Authorization: 'Bearer' }), 401, 'invalid_request'],
  ['two in one header', (token) => server.get('Patient/x', { Authorization: `Bearer ${token} ${token}` }), 401, 'invalid_request'],
  ['in the URL', (token) => server.get(`Patient/x?access_token=${token}`), 401, 'invalid_request'],
  ['in the URL and in the header', (token) => server.get(`Patient/x?access_token=${token}`, { Authorization: `Bearer ${token}` }), 400, 'invalid_request'],
  ['in the form of a search', (token) => server.request('POST', 'Patient/_search', `access_token=${token}`, { 'Content-Type': 'application/x-www-form-urlencoded' }), 401],
  ['as a cookie', (token) => server.get('Patient/x', { Cookie: `access_token=${token}` }), 401],
];

describe('a good token, sent in another way', () => {
  it.each<Sent>(SENT)('%s', async (_how, send, status, error) => {
    const before = spied.calls();
    const answer = await send(signed(rsa, good()));
    expect(refusal(answer)).toEqual({ status, type: 'OperationOutcome', code: status === 400 ? 'invalid' : 'login', id: 'token-missing', error, realm: true });
    expect(spied.calls()).toBe(before);
  });

  it('two headers', async () => {
    const token = signed(rsa, good());
    const url = new URL(`${server.base}/Patient/x`);
    const status = await new Promise<number | undefined>((done, failed) => {
      const sent = plainRequest(url, { setHost: false, headers: ['Host', url.host, 'Authorization', `Bearer ${token}`, 'Authorization', `Bearer ${token}`] }, (response) => {
        response.resume();
        done(response.statusCode);
      });
      sent.on('error', failed);
      sent.end();
    });
    expect(status).toBe(400);
  });

  it('the scheme in lower case is the same scheme (RFC 9110 §11.1)', async () => {
    expect((await server.get('Patient/x', { Authorization: `bearer ${signed(rsa, good())}` })).status).toBe(404);
  });

  it('what is public needs none, and takes a bad one for none', async () => {
    for (const path of ['metadata', 'metadata?_format=json']) {
      expect((await server.get(path)).status).toBe(200);
      expect((await server.get(path, { Authorization: 'Bearer nonsense' })).status).toBe(200);
    }
    for (const path of ['metadata/x', 'metadatax', '$metadata', '.well-known/other']) expect((await server.get(path)).status, path).toBe(401);
  });
});

describe('an attacker with a key pair of their own', () => {
  it('is not let in by publishing it nowhere', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const own = { ...rsa, privateKey };
    expect((await server.get('Patient/x', { Authorization: `Bearer ${signed(own, good())}` })).status).toBe(401);
  });
});
