import { describe, expect, it } from 'vitest';
import { readIssuers } from '../../src/smart/index.js';
import { AUDIENCE } from './issuer.js';
import { first, ISSUER, MINUTE, next, START, world, type World } from './verifier-world.js';

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

  it('that can’t be had now refuse nobody who names one that came since', async () => {
    const one = world();
    expect(await one.outcome(one.token())).toBe('user/Claim.r');
    one.keys = [first.jwk, next.jwk];
    one.answers = false;
    one.time = MINUTE;
    expect(await one.outcome(one.token({}, next))).toBe('unavailable');
    expect(await one.outcome(one.token({}, next)), 'nor asked again at once').toBe('unavailable');
    expect(keysAsked(one)).toBe(2);
    expect(await one.outcome(one.token()), 'those that are known go on').toBe('user/Claim.r');
    one.answers = true;
    one.time = 2 * MINUTE;
    expect(await one.outcome(one.token({}, next))).toBe('user/Claim.r');
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
