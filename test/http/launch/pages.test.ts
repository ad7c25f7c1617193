import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readIssuers, type Issuer } from '../../../src/smart/index.js';
import { goodClaims, issuerKey, signed, startIssuer, type TestIssuer } from '../../smart/issuer.js';
import { startTestServer, type Answer, type TestServer } from '../server.js';

/** A server with an own issuer, and a health record of elsewhere that launches the app with tokens for itself. */
const key = issuerKey('key', 'ES256');
let own: TestIssuer;
let foreign: TestIssuer;
let record: Server;
let recordBase: string;
let recordSays: { readonly status: number; readonly body: unknown };
const recordAsked: string[] = [];
let server: TestServer;
let later = 0;

beforeAll(async () => {
  [own, foreign] = await Promise.all([startIssuer(key), startIssuer(key)]);
  own.metadata = { authorization_endpoint: `${own.url}/authorize`, token_endpoint: 'http://127.0.0.1:9/token', scopes_supported: ['launch', 'launch/patient'] };
  record = createServer((request, response) => {
    recordAsked.push(request.url ?? '');
    response.writeHead(recordSays.status, { 'Content-Type': 'application/json' }).end(JSON.stringify(recordSays.body));
  });
  await new Promise<void>((done) => record.listen(0, '127.0.0.1', done));
  recordBase = `http://127.0.0.1:${(record.address() as AddressInfo).port}/fhir`;
  recordSays = { status: 200, body: { authorization_endpoint: `${foreign.url}/authorize`, token_endpoint: `${foreign.url}/token`, code_challenge_methods_supported: ['S256'] } };
  server = await startTestServer({
    now: () => new Date(Date.now() + later),
    issuers: (base) => readIssuers(JSON.stringify([
      { issuer: own.url, audience: base, launch: { clientId: 'cobalt-app' } },
      { issuer: foreign.url, audience: recordBase, fhirBase: recordBase, launch: { clientId: 'cobalt-at-record', scope: 'user/Coverage.rs', framedBy: ['https://chart.record.example', 'http://127.0.0.1:9'] } },
    ])) as readonly [Issuer, ...Issuer[]],
  });
});
afterAll(async () => {
  await server.close();
  await Promise.all([own.close(), foreign.close()]);
  record.closeAllConnections();
  record.close();
});

const page = (path: string): Promise<Answer> => server.get(`${server.origin}${path}`);
const launchAt = (iss: string, rest = '&launch=abc'): Promise<Answer> => page(`/launch?iss=${encodeURIComponent(iss)}${rest}`);
const policyOf = ({ headers }: Answer): Record<string, string> => Object.fromEntries((headers.get('content-security-policy') ?? '').split('; ').map((each) => [each.split(' ')[0] ?? '', each.split(' ').slice(1).join(' ')]));
const byOwn = (scope: string, extra: Record<string, unknown> = {}): Record<string, string> => ({ Authorization: `Bearer ${signed(key, goodClaims(own, scope, { aud: server.base, ...extra }))}` });
const byRecord = (scope: string, extra: Record<string, unknown> = {}): Record<string, string> => ({ Authorization: `Bearer ${signed(key, goodClaims(foreign, scope, { aud: recordBase, ...extra }))}` });

describe('/launch', () => {
  it.each<[string, () => Promise<Answer>, number, string]>([
    ['another server', () => launchAt('https://evil.example/fhir'), 403, 'not known here'],
    ['one whose name only begins alike', () => launchAt(`${server.base}.evil.example`), 403, 'not known here'],
    ['one that is no address', () => launchAt('javascript:alert(1)'), 403, 'not known here'],
    ['another path of a server that is on the list', () => launchAt(`${recordBase}/other`), 403, 'not known here'],
    ['iss twice', () => page(`/launch?iss=${encodeURIComponent(server.base)}&iss=x`), 400, 'This link is broken'],
    ['a launch without iss', () => page('/launch?launch=abc'), 400, 'This link is broken'],
    ['a handle that is too long', () => launchAt(server.base, `&launch=${'x'.repeat(5_000)}`), 400, 'This link is broken'],
  ])('refuses %s in words', async (_what, ask, status, words) => {
    const before = recordAsked.length;
    const answer = await ask();
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(words);
    expect(answer.text).not.toContain('evil');
    expect(answer.text).not.toContain('<script');
    expect(recordAsked.length).toBe(before);
  });

  it.each([['as it is configured', ''], ['with a slash at the end', '/']])('takes a server that is on the list, %s, and gives its page what the sign-in needs', async (_how, slash) => {
    const answer = await launchAt(`${server.base}${slash}`);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.text).toContain(`data-iss="${server.base}${slash}" data-launch="abc" data-client="cobalt-app" data-scope="launch user/`);
    expect(answer.text).toContain(`data-redirect="${server.origin}/app"`);
    expect(policyOf(answer)).toEqual({ 'default-src': "'none'", 'style-src': "'self'", 'script-src': "'self'", 'connect-src': `'self' ${server.origin}`, 'frame-ancestors': "'none'", 'base-uri': "'none'", 'form-action': "'none'" });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect(answer.text).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>|\son\w+=|style=/);
  });

  it('a handle is text on the page, whatever it says', async () => {
    const answer = await launchAt(server.base, `&launch=${encodeURIComponent('"><script>alert(1)</script>')}`);
    expect(answer.status).toBe(200);
    expect(answer.text).not.toContain('<script>alert');
  });

  it('without iss asks where to sign in, when there are several', async () => {
    const answer = await page('/launch');
    expect(answer.text).toContain(`/launch?iss=${encodeURIComponent(server.base)}`);
    expect(answer.text).toContain(`/launch?iss=${encodeURIComponent(recordBase)}`);
  });

  it('of a health record that takes no S256, or does not say where to sign in, sends nobody there', async () => {
    const good = recordSays;
    recordSays = { status: 200, body: { ...(good.body as object), code_challenge_methods_supported: ['plain'] } };
    const answer = await launchAt(recordBase);
    expect([answer.status, answer.text]).toEqual([502, expect.stringContaining('PKCE with S256')]);
    recordSays = good;
    // Whoever tries again in a moment finds what was mended.
    later += 6_000;
    const mended = await launchAt(recordBase);
    expect(mended.text).toContain('data-client="cobalt-at-record" data-scope="launch user/Coverage.rs"');
    expect(policyOf(mended)['connect-src']).toBe(`'self' ${new URL(recordBase).origin}`);
  });

  it('asks a health record no more often for being launched more often, whether it answers or not', async () => {
    const good = recordSays;
    for (const broken of [false, true]) {
      if (broken) recordSays = { status: 503, body: {} };
      const other = await startTestServer({ issuers: () => readIssuers(JSON.stringify([{ issuer: foreign.url, audience: recordBase, fhirBase: recordBase, launch: { clientId: 'c' } }])) as readonly [Issuer] });
      const ask = (): Promise<Answer> => other.get(`${other.origin}/launch?iss=${encodeURIComponent(recordBase)}`);
      const before = recordAsked.length;
      const answers = await Promise.all(Array.from({ length: 20 }, ask));
      for (let more = 0; more < 20; more++) answers.push(await ask(), await other.get(`${other.origin}/app`));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(broken ? [502, 200] : [200]));
      expect(recordAsked.length - before).toBe(1);
      await other.close();
    }
    recordSays = good;
  });

  it('nobody can launch where no issuer says so', async () => {
    const other = await startTestServer();
    const answer = await other.get(`${other.origin}/launch`);
    expect([answer.status, answer.text]).toEqual([404, expect.stringContaining('COBALT_ISSUERS')]);
    await other.close();
  });
});

describe('in a frame', () => {
  const atIn = ({ text }: Answer): string => / data-at="([\w-]{11})"/.exec(text)?.[1] ?? '';
  const ancestors = (answer: Answer): unknown[] => [answer.status, policyOf(answer)['frame-ancestors'], answer.headers.get('x-frame-options')];

  it('the app is shown by the health records that name their pages, and by nobody else', async () => {
    const theirs = 'https://chart.record.example http://127.0.0.1:9';
    const launching = await launchAt(recordBase);
    expect(ancestors(launching)).toEqual([200, theirs, null]);
    // The app, where its address says that it is for that record: as it comes back from the sign-in, and as it leaves it then.
    const [at, ofOwn] = [atIn(launching), atIn(await launchAt(server.base))];
    for (const query of [`?code=abc&state=${'x'.repeat(43)}.${at}`, `?error=access_denied&state=${'x'.repeat(43)}.${at}`, `?at=${at}`]) {
      const app = await page(`/app${query}`);
      expect(ancestors(app), query).toEqual([200, theirs, null]);
      expect(app.text).toContain(`data-server="${recordBase}" data-at="${at}"`);
    }
    // For nobody's, where it is the other's, or it can't be told whose.
    for (const query of ['', '?code=abc', '?at=nobody', `?at=${at}&at=${at}`, `?state=${at}`, `?state=x.${ofOwn}&at=${at}`, `?at=${ofOwn}`]) expect(ancestors(await page(`/app${query}`)), query).toEqual([200, "'none'", 'DENY']);
    // That of a record which names none, and all that is no part of a launch.
    expect(ancestors(await launchAt(server.base))).toEqual([200, "'none'", 'DENY']);
    for (const path of ['/launch', '/launch?launch=abc', '/', '/docs/cob-order', '/app/app.js']) expect(policyOf(await page(path))['frame-ancestors'] ?? (await page(path)).headers.get('content-security-policy')).toMatch(/'none'/);
    expect((await launchAt('https://evil.example/fhir')).headers.get('x-frame-options')).toBe('DENY');
    expect((await server.get('metadata')).headers.get('x-frame-options')).toBe('DENY');
  });

  it('the page that says why nobody can sign in now is shown there too', async () => {
    const good = recordSays;
    recordSays = { status: 200, body: { ...(good.body as object), code_challenge_methods_supported: ['plain'] } };
    const other = await startTestServer({ issuers: () => readIssuers(JSON.stringify([{ issuer: foreign.url, audience: recordBase, fhirBase: recordBase, launch: { clientId: 'c', framedBy: ['https://chart.record.example'] } }])) as readonly [Issuer] });
    const answer = await other.get(`${other.origin}/launch?iss=${encodeURIComponent(recordBase)}`);
    recordSays = good;
    expect(ancestors(answer)).toEqual([502, 'https://chart.record.example', null]);
    // With one record there is no doubt whose page it is.
    expect(ancestors(await other.get(`${other.origin}/app`))).toEqual([200, 'https://chart.record.example', null]);
    await other.close();
  });

  it.each([['https://chart.example/path'], ['https://*.example'], ['https://chart.example; script-src *'], ['http://chart.example'], ['*'], [7]])('framedBy %s stops the start', (origin) => {
    expect(() => readIssuers(JSON.stringify([{ issuer: own.url, audience: 'https://x.example', launch: { clientId: 'c', framedBy: [origin] } }]))).toThrow(/issuer 1: launch: framedBy/);
  });
  it('so does one that is no list', () => {
    expect(() => readIssuers(JSON.stringify([{ issuer: own.url, audience: 'https://x.example', launch: { clientId: 'c', framedBy: 'https://chart.example' } }]))).toThrow(/framedBy is a list/);
  });
});

describe('/app', () => {
  it('may reach this server and where its codes are taken, nothing else', async () => {
    const { 'connect-src': connect = '' } = policyOf(await page('/app?code=abc&state=def'));
    expect(connect.split(' ')).toEqual(expect.arrayContaining(["'self'", server.origin, 'http://127.0.0.1:9']));
    expect(connect).not.toContain('*');
  });

  it.each(['app.js', 'launch.js', 'session.js', 'api.js', 'record.js', 'opened.js', 'sections.js', 'words.js', 'page.js', 'fhir-client.js', 'app.css'])('serves %s itself', async (name) => {
    const answer = await page(`/app/${name}`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, expect.stringMatching(/^text\/(javascript|css)/)]);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.text).not.toContain('sourceMappingURL');
  });

  it.each(['tsconfig.tsbuildinfo', '..%2f..%2fpackage.json', '__proto__', 'nothing.js'])('has no file %s', async (name) => {
    expect((await page(`/app/${name}`)).status).toBe(404);
  });
});

/** Tokens that a health record issued for itself: its ids are not ours. */
describe('a token of another FHIR server', () => {
  const patient = (id: string, extra: object = {}): object => ({ resourceType: 'Patient', id, name: [{ family: id }], ...extra });
  beforeAll(async () => {
    // The record's patient 1 is Ana here; whoever has the id 1 here is somebody else.
    const all = byOwn('system/*.cruds');
    expect((await server.put('Patient/1', patient('1'), all)).status).toBe(201);
    expect((await server.put('Patient/ana', patient('ana', { identifier: [{ system: recordBase, value: 'Patient/1' }] }), all)).status).toBe(201);
    for (const id of ['1', 'ana']) expect((await server.put(`Coverage/cov-${id}`, { resourceType: 'Coverage', id: `cov-${id}`, status: 'active', beneficiary: { reference: `Patient/${id}` }, payor: [{ display: 'Payer' }], ...(id === 'ana' ? { identifier: [{ system: recordBase, value: 'Coverage/9' }] } : {}) }, all)).status).toBe(201);
  });

  it('is about whom its patient is here, never about whoever has the same id', async () => {
    const found = await server.get('Coverage', byRecord('patient/*.rs', { patient: '1' }));
    expect((found.body as { entry: { resource: { id: string } }[] }).entry.map(({ resource }) => resource.id)).toEqual(['cov-ana']);
    expect((await server.get('Patient/1', byRecord('patient/*.rs', { patient: '1' }))).status).toBe(404);
    expect((await server.get('Patient/ana', byRecord('patient/*.rs', { patient: '1' }))).status).toBe(200);
  });

  it('is about nobody whose patient is not known here, until they are', async () => {
    const headers = byRecord('patient/*.rs', { patient: '2' });
    expect((await server.get('Patient/1', headers)).status).toBe(403);
    expect((await server.put('Patient/ben', patient('ben', { identifier: [{ system: recordBase, value: 'Patient/2' }] }), byOwn('system/*.cruds'))).status).toBe(201);
    expect((await server.get('Patient/ben', headers)).status).toBe(200);
  });

  it('is about our patient where it is for us', async () => {
    expect((await server.get('Patient/1', byOwn('patient/*.rs', { patient: '1' }))).status).toBe(200);
  });

  it.each<[string, () => Record<string, string>, string]>([
    ['whose aud names a third server', () => byRecord('user/*.rs', { aud: 'https://third.example/fhir' }), 'another server'],
    ['whose aud is of the other issuer', () => byOwn('user/*.rs', { aud: recordBase }), 'another server'],
  ])('is refused, %s', async (_what, headers, words) => {
    const answer = await server.get('Patient/1', headers());
    expect([answer.status, answer.text]).toEqual([401, expect.stringContaining(words)]);
  });

  describe('/app/context', () => {
    const context = (references: unknown, headers: Record<string, string>): Promise<Answer> => server.post(`${server.origin}/app/context`, { references }, { 'Content-Type': 'application/json', ...headers });

    it('says what things of the record are called here, as far as the caller may read them', async () => {
      expect((await context(['Patient/1', `${recordBase}/Coverage/9`, 'Claim/7', 'nonsense'], byRecord('user/*.rs'))).body).toEqual({ references: ['Patient/ana', 'Coverage/cov-ana', null, null] });
      expect((await context(['Patient/1', 'Coverage/9'], byRecord('user/Patient.rs'))).body).toEqual({ references: ['Patient/ana', null] });
    });

    it('is 403 for a token without a scope on anything, as the API is', async () => {
      for (const scope of ['', 'openid fhirUser launch']) {
        const answer = await context(['Patient/1'], byRecord(scope));
        expect([answer.status, answer.headers.get('www-authenticate'), (answer.body as { resourceType: string }).resourceType]).toEqual([403, 'Bearer realm="cobalt", error="insufficient_scope", scope="user/Patient.r"', 'OperationOutcome']);
      }
    });

    it('counts each reference as the look that it is', async () => {
      const limited = await startTestServer({ rateLimit: 10 });
      const ask = (count: number): Promise<Answer> => limited.post(`${limited.origin}/app/context`, { references: Array.from({ length: count }, (_, at) => `Patient/${at}`) }, { 'Content-Type': 'application/json' });
      const seen: unknown[] = [];
      for (const count of [0, 1, 4, 5, 1]) {
        const answer = await ask(count);
        seen.push([answer.status, /r=(\d+)/.exec(answer.headers.get('ratelimit') ?? '')?.[1]]);
      }
      expect(seen).toEqual([[200, '9'], [200, '8'], [200, '4'], [429, '0'], [429, '0']]);
      await limited.close();
    });

    it.each<[string, unknown, Record<string, string>, number]>([
      ['without a token', ['Patient/1'], {}, 401],
      ['no list', 'Patient/1', { token: 'good' }, 400],
      ['too many', Array.from({ length: 101 }, () => 'Patient/1'), { token: 'good' }, 400],
      ['not of texts', [1], { token: 'good' }, 400],
    ])('is refused %s', async (_what, references, { token }, status) => {
      const answer = await context(references, token === undefined ? {} : byRecord('user/*.rs'));
      expect([answer.status, (answer.body as { resourceType: string }).resourceType]).toEqual([status, 'OperationOutcome']);
    });
  });
});

describe('the setting', () => {
  it.each<[string, object[], RegExp]>([
    ['launch without a client', [{ issuer: 'https://a.example', audience: 'x', launch: {} }], /clientId must be a text/],
    ['launch with more', [{ issuer: 'https://a.example', audience: 'x', launch: { clientId: 'c', secret: 's' } }], /nothing else/],
    ['a FHIR base without TLS', [{ issuer: 'https://a.example', audience: 'x', fhirBase: 'http://ehr.example/fhir' }], /must be an https address/],
    ['launch at ours by another than the first', [{ issuer: 'https://a.example', audience: 'x' }, { issuer: 'https://b.example', audience: 'x', launch: { clientId: 'c' } }], /only the first issuer launches without fhirBase/],
  ])('refuses %s', (_what, setting, message) => {
    expect(() => readIssuers(JSON.stringify(setting))).toThrow(message);
  });
});
