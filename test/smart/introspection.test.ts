import { describe, expect, it } from 'vitest';
import { ISSUER, START, world } from './verifier-world.js';

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
    ['the scopes in scope, whatever the token has them in', 'scp', { scp: 'system/*.cruds' }, { scope: 'user/Claim.r' }, 'user/Claim.r'],
    ['the scopes where the token has them', 'scp', { scp: 'system/*.cruds' }, { scp: 'user/Claim.r' }, 'user/Claim.r'],
    ['no scopes left', 'scp', { scp: 'system/*.cruds' }, { scope: '' }, ''],
    ['nothing of scopes', 'scp', { scp: 'user/Claim.r' }, {}, 'user/Claim.r'],
    ['another patient', 'scope', { patient: 'p-1' }, { patient: 'p-2' }, 'invalid'],
    ['another user', 'scope', { fhirUser: 'Practitioner/1' }, { fhirUser: 'https://record.example/fhir/Practitioner/2' }, 'invalid'],
    ['the same in other words', 'scope', { patient: 'Patient/p-1', fhirUser: 'https://record.example/fhir/Practitioner/1' }, { patient: 'p-1', fhirUser: 'Practitioner/1' }, 'user/Claim.r'],
    ['that it has ended', 'scope', {}, { exp: START - 600 }, 'expired'],
    ['an end that is none', 'scope', {}, { exp: 'soon' }, 'invalid'],
  ])('says of a signed token: %s', async (_what, scopesFrom, claims, said, outcome) => {
    const one = world({ introspection, scopesFrom });
    one.active = { active: true, ...said };
    expect(await one.outcome(one.token(claims))).toBe(outcome);
  });

  it('says the scopes of an opaque token in scope, wherever the issuer has them in others', async () => {
    for (const [said, outcome] of [[{ scope: 'user/Claim.r' }, 'user/Claim.r'], [{ scp: ['user/Claim.s'] }, 'user/Claim.s'], [{ scope: 'user/Claim.r', scp: 'system/*.cruds' }, 'user/Claim.r']] as const) {
      const one = world({ introspection, scopesFrom: 'scp' });
      one.active = { active: true, sub: 'a', ...said };
      expect(await one.outcome('opaque-token')).toBe(outcome);
    }
  });

  it('tells the launch context of a signed token, and that it ends earlier', async () => {
    const one = world({ introspection });
    one.active = { active: true, patient: 'p-1', fhirUser: 'Practitioner/7', exp: START + 100 };
    const token = one.token();
    expect(await one.verifier.verify(token)).toMatchObject({ patient: 'p-1', fhirUser: 'Practitioner/7', expires: (START + 100) * 1000 });
    one.active = { active: true, exp: START + 200_000 };
    expect(await one.verifier.verify(one.token({ jti: 'another' }))).toMatchObject({ expires: (START + 86_400) * 1000 });
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

  it('is not asked about any number of tokens that are none, and goes on about those that were good', async () => {
    const one = world({ introspection });
    one.active = { active: true, sub: 'a', scope: 'user/Claim.r' };
    expect(await one.outcome('good-token')).toBe('user/Claim.r');
    one.active = undefined;
    for (let sent = 0; sent < 300; sent++) expect(await one.outcome(`random-${sent}`)).toBe('invalid');
    const asked = one.asked.length;
    for (let sent = 300; sent < 600; sent++) expect(await one.outcome(`random-${sent}`)).toBe('unavailable');
    expect(one.asked).toHaveLength(asked);
    one.time = 59_000;
    expect(await one.outcome('another')).toBe('unavailable');
    one.time = 61_000;
    one.active = { active: true, sub: 'a', scope: 'user/Claim.r' };
    expect(await one.outcome('another')).toBe('user/Claim.r');
  });

  it('is asked again about a token that was good, whatever else was none', async () => {
    const one = world({ introspection });
    one.active = { active: true, sub: 'a', scope: 'user/Claim.r' };
    expect(await one.outcome('good-token')).toBe('user/Claim.r');
    one.active = undefined;
    one.time = 61_000;
    for (let sent = 0; sent < 301; sent++) await one.outcome(`random-${sent}`);
    one.active = { active: true, sub: 'a', scope: 'user/Claim.s' };
    expect(await one.outcome('good-token')).toBe('user/Claim.s');
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
