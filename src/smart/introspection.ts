import { askJson, type Ask } from './ask.js';
import type { Introspection } from './issuer.js';
import type { Claims } from './jwt.js';
import { TokenRefused } from './refused.js';

/**
 * What the issuer says of a token (RFC 7662 §2); undefined: it does not count any more, or never did. `unsupported`: it
 * does not answer for signed tokens, which speak for themselves until they end.
 * @throws {Error} when it can't be asked.
 */
export async function introspect(token: string, { endpoint, clientId, clientSecret }: Introspection, ask: Ask): Promise<Claims | 'unsupported' | undefined> {
  const body = Buffer.from(new URLSearchParams({ token, token_type_hint: 'access_token' }).toString());
  const credentials = Buffer.from(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`).toString('base64');
  const answer = await askJson(ask, { method: 'POST', url: endpoint, body, headers: { 'Content-Type': 'application/x-www-form-urlencoded', Authorization: `Basic ${credentials}` } }, [200, 400]);
  // The error's name is that of RFC 7009 §2.2.1, which issuers use here too.
  if (answer['error'] === 'unsupported_token_type') return 'unsupported';
  if (answer['error'] !== undefined) throw new Error('the question was refused');
  return answer['active'] === true ? answer : undefined;
}

/** What was said of an opaque token as the claims of a token: the scopes stand in `scope` (RFC 7662 §2.2), or where the issuer has them in its tokens. */
export const asClaims = (said: Claims, scopesFrom: string): Claims => ({ ...said, [scopesFrom]: said['scope'] ?? said[scopesFrom] });

/**
 * The claims of a signed token with what its issuer says of it now, which counts: it may have taken scopes away since, or
 * tell the launch context only here. What it does not say stays; the token ends at the earlier time.
 * @throws {TokenRefused} where the two are about different patients or users.
 */
export function asOfNow(claims: Claims, said: Claims, scopesFrom: string): Claims {
  const { exp } = said;
  const ends = typeof exp === 'number' && typeof claims['exp'] === 'number' ? Math.min(exp, claims['exp']) : (exp ?? claims['exp']);
  return {
    ...claims, exp: ends,
    patient: agreed(claims['patient'], said['patient']), fhirUser: agreed(claims['fhirUser'], said['fhirUser']),
    [scopesFrom]: asClaims(said, scopesFrom)[scopesFrom] ?? claims[scopesFrom],
  };
}

/** Of two names of a resource, one of which may be missing. */
function agreed(signed: unknown, said: unknown): unknown {
  if (typeof said !== 'string' || said === '') return signed;
  if (typeof signed === 'string' && idIn(signed) !== idIn(said)) throw new TokenRefused('The token is about somebody else than its issuer says');
  return signed ?? said;
}

/** `Patient/1` and an absolute URL are the same as the id. */
const idIn = (name: string): string | undefined => name.split('/').at(-1);

/** RFC 6749 §2.3.1: both are form-encoded before they are joined. */
const formEncoded = (text: string): string => new URLSearchParams({ text }).toString().slice('text='.length);
