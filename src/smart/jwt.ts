import jsonwebtoken from 'jsonwebtoken';
import { ALGORITHMS, type Algorithm, type Issuer } from './issuer.js';
import type { KeySet } from './key-set.js';
import { TokenRefused } from './refused.js';

export type Claims = Readonly<Record<string, unknown>>;

/** A token as it says itself, before anything of it is believed. */
export interface UnverifiedToken {
  readonly header: Claims;
  readonly claims: Claims;
}

/** Whose signature counts, and what for. */
export type Signer = Pick<Issuer, 'issuer' | 'audience' | 'jwksUri' | 'algorithms'>;

/** Clocks may differ by as much. Seconds. */
export const LEEWAY = 60;
/** RFC 9068 §2.1; many issuers write `JWT`, or nothing. */
const TYPES: ReadonlySet<unknown> = new Set(['at+jwt', 'application/at+jwt', 'jwt', undefined]);

/** A token in the form of a signed JWT (RFC 7515 §7.1); undefined: it is another one, which only its issuer can read. */
export function readJwt(token: string): UnverifiedToken | undefined {
  const parts = token.split('.');
  if (parts.length !== 3) return undefined;
  const [header, claims] = parts.slice(0, 2).map(jsonIn);
  return header && claims ? { header, claims } : undefined;
}

function jsonIn(part: string): Claims | undefined {
  if (!/^[A-Za-z0-9_-]+$/.test(part)) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The claims of an access token (RFC 9068 §4, RFC 8725): signed by a key of its issuer, for us, and in its time.
 * `now`: seconds since 1970.
 * @throws {TokenRefused}
 * @throws {Error} when the keys of the issuer can't be had.
 */
export async function verifyJwt(token: string, { header, claims }: UnverifiedToken, issuer: Signer, keys: KeySet, now: number): Promise<Claims> {
  const algorithm = algorithmIn(header, issuer);
  mustBeSound(header, issuer);
  // What can be seen without a key is refused without one.
  mustBeFor(claims, issuer, now);
  const key = await keys.keyFor({ algorithm, kid: kidIn(header) });
  try {
    jsonwebtoken.verify(token, key, { algorithms: [algorithm], clockTimestamp: now, clockTolerance: LEEWAY });
  } catch {
    throw new TokenRefused('The token is not signed by its issuer');
  }
  return claims;
}

function algorithmIn({ alg }: Claims, issuer: Signer): Algorithm {
  const algorithm = ALGORITHMS.find((each) => each === alg);
  if (!algorithm || !issuer.algorithms.includes(algorithm)) throw new TokenRefused('The token is signed in a way that is not accepted of its issuer');
  return algorithm;
}

function kidIn({ kid }: Claims): string | undefined {
  if (kid !== undefined && (typeof kid !== 'string' || kid === '')) throw new TokenRefused('The token names its key in a way that is none');
  return kid;
}

/**
 * Keys that a token brings with it (`jwk`, `x5c`, `x5u`) are passed over: only those of the issuer count. Whoever names
 * another set (`jku`) is refused, and nothing is fetched from there.
 */
function mustBeSound({ typ, crit, b64, jku }: Claims, { jwksUri }: Signer): void {
  if (!TYPES.has(typeof typ === 'string' ? typ.toLowerCase() : typ)) throw new TokenRefused('The token is of another type than an access token');
  if (crit !== undefined || b64 !== undefined) throw new TokenRefused('The token asks for extensions that are not known here');
  if (jku !== undefined && jku !== jwksUri) throw new TokenRefused('The token names keys of elsewhere');
}

/**
 * Whether the claims of a token, by whatever way they were learnt, are of this issuer, for us, and in their time.
 * @throws {TokenRefused}
 */
export function mustBeFor(claims: Claims, { issuer, audience }: Signer, now: number): void {
  if (claims['iss'] !== issuer) throw new TokenRefused('The token is of another issuer');
  if (!isFor(claims['aud'], audience)) throw new TokenRefused('The token is for another server');
  mustBeInTime(claims, now);
  if (claims['exp'] === undefined) throw new TokenRefused('The token does not say when it ends');
  // A token that is bound to a key or certificate counts only together with the proof (RFC 7800, RFC 8705 §3, RFC 9449 §7), which is not asked for here.
  if (claims['cnf'] !== undefined) throw new TokenRefused('The token is bound to a key of its client, which this server does not check');
}

/** @throws {TokenRefused} for times that are none, a token that has ended, or has not begun. */
export function mustBeInTime({ exp, nbf, iat }: Claims, now: number): void {
  for (const time of [exp, nbf, iat]) {
    if (time !== undefined && (typeof time !== 'number' || !Number.isFinite(time))) throw new TokenRefused('The token has a time that is none');
  }
  if (typeof exp === 'number' && exp + LEEWAY <= now) throw new TokenRefused('The token has expired: get a new one', 'expired');
  if (typeof nbf === 'number' && nbf - LEEWAY > now) throw new TokenRefused('The token does not count yet');
  if (typeof iat === 'number' && iat - LEEWAY > now) throw new TokenRefused('The token was issued in the future');
}

/** One of the audiences, but for a slash at the end. */
export function isFor(aud: unknown, audience: readonly string[]): boolean {
  const given: unknown[] = Array.isArray(aud) ? aud : [aud];
  const ours = new Set(audience.map(withoutSlash));
  return given.some((each) => typeof each === 'string' && ours.has(withoutSlash(each)));
}

const withoutSlash = (text: string): string => text.replace(/\/$/, '');
