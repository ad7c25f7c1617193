import { describe, expect, it } from 'vitest';
import type { JsonWebKey } from 'node:crypto';
import { IssuerUnavailable, readIssuers, TokenRefused, TokenVerifier, type Ask, type Issuer } from '../../src/smart/index.js';
import { AUDIENCE, issuerKey, signed } from './issuer.js';

/** An issuer as a function, and a clock of our own. */
const ISSUER = 'https://login.clinic.example';
const first = issuerKey('first', 'ES256');
const next = issuerKey('next', 'ES256');
const START = Date.UTC(2026, 5, 1) / 1000;
const MINUTE = 60_000;

interface World {
  readonly verifier: TokenVerifier;
  readonly asked: string[];
  keys: JsonWebKey[];
  answers: boolean;
  active: Record<string, unknown> | undefined;
  /** Milliseconds since the start. */
  time: number;
  token(claims?: Record<string, unknown>, key?: typeof first): string;
  outcome(token: string): Promise<string>;
}

function world(configured: Record<string, unknown> = {}, slow = 0): World {
  const issuers = readIssuers(JSON.stringify([{ issuer: ISSUER, audience: AUDIENCE, ...configured }])) as readonly Issuer[];
  const json = (value: unknown): { status: number; body: Uint8Array } => ({ status: 200, body: Buffer.from(JSON.stringify(value)) });
  const ask: Ask = async ({ url, body }) => {
    self.asked.push(body === undefined ? url : `${url} ${new URLSearchParams(Buffer.from(body).toString()).get('token')?.slice(0, 8)}`);
    if (slow > 0) await new Promise((done) => setTimeout(done, slow));
    if (!self.answers) throw new Error('nobody there');
    if (url.endsWith('openid-configuration')) return json({ issuer: ISSUER, jwks_uri: `${ISSUER}/keys` });
    if (url.endsWith('/keys')) return json({ keys: self.keys });
    const answer = self.active ?? { active: false };
    return { ...json(answer), status: 'error' in answer ? 400 : 200 };
  };
  const self: World = {
    asked: [], keys: [first.jwk], answers: true, active: undefined, time: 0,
    verifier: new TokenVerifier({ issuers, ask, now: () => START * 1000 + self.time }),
    token: (claims = {}, key = first) => signed(key, { iss: ISSUER, aud: AUDIENCE, sub: 'a', jti: String(Math.random()), iat: START, exp: START + 86_400, scope: 'user/Claim.r', ...claims }),
    async outcome(token) {
      try {
        return String((await self.verifier.verify(token)).scopes);
      } catch (error) {
        if (error instanceof TokenRefused) return error.reason;
        return error instanceof IssuerUnavailable ? 'unavailable' : String(error);
      }
    },
  };
  return self;
}
const keysAsked = ({ asked }: World): number => asked.filter((url) => url.endsWith('/keys')).length;

describe('keys of an issuer', () => {
  it('are fetched once for many tokens at once, and kept', async () => {
    const one = world({}, 5);
    await Promise.all(Array.from({ length: 20 }, () => one.outcome(one.token())));
    expect([keysAsked(one), one.asked.length]).toEqual([1, 2]);
    one.time = 9 * MINUTE;
    expect(await one.outcome(one.token())).toBe('user/Claim.r');
    expect(keysAsked(one)).toBe(1);
  });

  it('rotate: a new one is found when a token names it, an old one counts no more when it is gone', async () => {
    const one = world();
    const before = one.token();
    expect(await one.outcome(before)).toBe('user/Claim.r');
    one.keys = [first.jwk, next.jwk];
    one.time = MINUTE;
    expect(await one.outcome(one.token({}, next))).toBe('user/Claim.r');
    one.keys = [next.jwk];
    one.time = 12 * MINUTE;
    expect(await one.outcome(one.token())).toBe('invalid');
    expect(await one.outcome(before), 'not even a token that was verified before').toBe('invalid');
  });

  it('are not fetched for each kid that somebody makes up', async () => {
    const one = world();
    expect(await one.outcome(one.token())).toBe('user/Claim.r');
    one.time = MINUTE;
    for (let made = 0; made < 50; made++) expect(await one.outcome(one.token({}, { ...next, kid: `made-up-${made}` }))).toBe('invalid');
    expect(keysAsked(one)).toBe(2);
    one.time = 2 * MINUTE;
    expect(await one.outcome(one.token({}, { ...next, kid: 'another' }))).toBe('invalid');
    expect(keysAsked(one)).toBe(3);
  });

  it('count for an hour where the issuer does not answer; without any, nobody gets in, and nobody is refused', async () => {
    const one = world();
    one.answers = false;
    expect(await one.outcome(one.token())).toBe('unavailable');
    one.answers = true;
    expect(await one.outcome(one.token()), 'not asked again at once').toBe('unavailable');
    one.time = MINUTE;
    expect(await one.outcome(one.token())).toBe('user/Claim.r');
    one.answers = false;
    one.time = 50 * MINUTE;
    expect(await one.outcome(one.token())).toBe('user/Claim.r');
    one.time = 62 * MINUTE;
    expect(await one.outcome(one.token())).toBe('unavailable');
  });

  it('are those of the address that is configured', async () => {
    const one = world({ jwksUri: 'https://keys.clinic.example/keys' });
    expect(await one.outcome(one.token())).toBe('user/Claim.r');
    expect(one.asked).toEqual(['https://keys.clinic.example/keys']);
  });

  it('are asked of nobody for a token of another issuer', async () => {
    const one = world();
    expect(await one.outcome(one.token({ iss: 'https://attacker.example' }))).toBe('invalid');
    expect(one.asked).toEqual([]);
  });
});

describe('a token that was verified', () => {
  it('is not verified again, and ends when it ends', async () => {
    const one = world();
    const token = one.token({ exp: START + 120 });
    const [principal, again] = [await one.verifier.verify(token), await one.verifier.verify(token)];
    expect(again).toBe(principal);
    one.time = 179_000;
    expect(await one.outcome(token)).toBe('user/Claim.r');
    one.time = 181_000;
    expect(await one.outcome(token)).toBe('expired');
  });

  it('is one of ten thousand', async () => {
    const one = world({ introspection: { endpoint: `${ISSUER}/introspect`, clientId: 'cobalt', clientSecret: 's' } });
    one.active = { active: true, sub: 'a', scope: 'user/Claim.r' };
    for (let made = 0; made < 10_001; made++) await one.outcome(`opaque-${made}`);
    const asked = one.asked.length;
    await one.outcome('opaque-10000');
    expect(one.asked).toHaveLength(asked);
    await one.outcome('opaque-0');
    expect(one.asked).toHaveLength(asked + 1);
  });
});

describe('introspection', () => {
  const introspection = { endpoint: `${ISSUER}/introspect`, clientId: 'cobalt', clientSecret: 'a secret' };

  it.each([
    ['active', { active: true, sub: 'a', client_id: 'c', scope: 'patient/Claim.rs', exp: START + 600 }, 'patient/Claim.rs'],
    ['not active', { active: false }, 'invalid'],
    ['active in words', { active: 'true', sub: 'a', scope: 'user/Claim.r' }, 'invalid'],
    ['without saying', { sub: 'a', scope: 'user/Claim.r' }, 'invalid'],
    ['active, and expired', { active: true, sub: 'a', scope: 'user/Claim.r', exp: START - 600 }, 'expired'],
    ['active, of another issuer', { active: true, sub: 'a', scope: 'user/Claim.r', iss: 'https://other.example' }, 'invalid'],
    ['active, for another server', { active: true, sub: 'a', scope: 'user/Claim.r', aud: 'https://other.example/fhir' }, 'invalid'],
    ['active, not yet', { active: true, sub: 'a', scope: 'user/Claim.r', nbf: START + 600 }, 'invalid'],
    ['active, about nobody', { active: true, scope: 'user/Claim.r' }, 'invalid'],
    ['active, without scopes', { active: true, client_id: 'c' }, ''],
  ])('an opaque token: %s', async (_what, active, outcome) => {
    const one = world({ introspection });
    one.active = active;
    expect(await one.outcome('opaque-token')).toBe(outcome);
    expect(one.asked).toEqual([`${ISSUER}/introspect opaque-t`]);
  });

  it('an opaque token where nobody can be asked', async () => {
    const one = world();
    expect(await one.outcome('opaque-token')).toBe('invalid');
    expect(one.asked).toEqual([]);
  });

  it('a revoked token counts for a minute at most, opaque or signed', async () => {
    for (const kind of ['opaque', 'signed']) {
      const one = world({ introspection });
      const token = kind === 'opaque' ? 'opaque-token' : one.token();
      one.active = { active: true, sub: 'a', scope: 'user/Claim.r' };
      expect(await one.outcome(token)).toBe('user/Claim.r');
      one.active = undefined;
      one.time = 59_000;
      expect(await one.outcome(token)).toBe('user/Claim.r');
      one.time = 61_000;
      expect(await one.outcome(token)).toBe('invalid');
    }
  });

  it('says what a signed token allows now', async () => {
    const one = world({ introspection });
    one.active = { active: true, scope: 'user/Claim.s' };
    expect(await one.outcome(one.token())).toBe('user/Claim.s');
  });

  it.each([
    ['a signed token by itself, where the issuer does not answer for such', 'unsupported_token_type', 'user/Claim.r'],
    ['nobody, where it refuses to answer', 'invalid_client', 'unavailable'],
  ])('lets in %s', async (_what, error, outcome) => {
    const one = world({ introspection });
    one.active = { error };
    expect(await one.outcome(one.token())).toBe(outcome);
    expect(await one.outcome('opaque-token')).toBe(error === 'invalid_client' ? 'unavailable' : 'invalid');
  });

  it('that fails lets nobody in', async () => {
    const one = world({ introspection });
    one.answers = false;
    expect(await one.outcome('opaque-token')).toBe('unavailable');
    one.answers = true;
    one.active = { active: true, sub: 'a', scope: 'user/Claim.r' };
    expect(await one.outcome('opaque-token')).toBe('user/Claim.r');
  });
});

describe('claims', () => {
  it.each([
    ['scp', ['user/Claim.r', 'user/Coverage.rs'], 'user/Claim.r user/Coverage.rs'],
    ['scp', 'user/Claim.r', 'user/Claim.r'],
    ['https://clinic.example/scope', 'user/Claim.r', 'user/Claim.r'],
  ])('scopes from %s: %j', async (scopesFrom, value, outcome) => {
    const one = world({ scopesFrom });
    expect(await one.outcome(one.token({ [scopesFrom]: value, scope: 'system/*.cruds' }))).toBe(outcome);
  });

  it('who it is', async () => {
    const one = world();
    const said = await one.verifier.verify(one.token({ sub: 'u', client_id: 'app', patient: 'Patient/p-1', fhirUser: 'Practitioner/7' }));
    expect(said).toMatchObject({ issuer: ISSUER, subject: 'u', clientId: 'app', patient: 'p-1', fhirUser: 'Practitioner/7', expires: (START + 86_400) * 1000 });
    expect(await one.verifier.verify(one.token({ sub: undefined, azp: 'bot' }))).toMatchObject({ subject: 'bot', clientId: 'bot', patient: undefined });
  });
});

describe('COBALT_ISSUERS', () => {
  const one = { issuer: ISSUER, audience: AUDIENCE };
  it.each([
    ['no JSON', '{'], ['no list', JSON.stringify(one)], ['none', '[]'], ['a text', '["https://login.example"]'],
    ['no audience', JSON.stringify([{ issuer: ISSUER }])], ['no issuer', JSON.stringify([{ audience: AUDIENCE }])],
    ['an unknown member', JSON.stringify([{ ...one, jwks: 'x' }])],
    ['an http issuer elsewhere', JSON.stringify([{ ...one, issuer: 'http://login.clinic.example' }])],
    ['an http issuer that begins as this machine', JSON.stringify([{ ...one, issuer: 'http://127.0.0.1.attacker.example' }])],
    ['keys over http elsewhere', JSON.stringify([{ ...one, jwksUri: 'http://keys.example/jwks' }])],
    ['a user in the address', JSON.stringify([{ ...one, issuer: 'https://me:secret@login.example' }])],
    ['none as an algorithm', JSON.stringify([{ ...one, algorithms: ['none'] }])],
    ['HS256 as an algorithm', JSON.stringify([{ ...one, algorithms: ['RS256', 'HS256'] }])],
    ['no algorithms', JSON.stringify([{ ...one, algorithms: [] }])],
    ['introspection without a secret', JSON.stringify([{ ...one, introspection: { endpoint: `${ISSUER}/i`, clientId: 'c' } }])],
    ['an issuer twice', JSON.stringify([one, one])],
  ])('%s stops the start', (_what, text) => expect(() => readIssuers(text)).toThrow(/./));

  it('shows no secret', () => {
    const text = JSON.stringify([{ ...one, introspection: { endpoint: 'ftp://x', clientId: 'c', clientSecret: 'very-secret' } }]);
    expect(() => readIssuers(text)).not.toThrow(/very-secret/);
  });

  it('this machine may be asked over http', () => {
    for (const issuer of ['http://localhost:9000', 'http://127.0.0.1:9000/realm', 'http://[::1]:9000']) expect(readIssuers(JSON.stringify([{ ...one, issuer }]))).toHaveLength(1);
  });
});
