import jwt from 'jsonwebtoken';
import type { SigningKey } from '../keys.js';

/** Below the five minutes that SMART allows, for clocks that differ. */
const VALID_SECONDS = 240;

export interface AssertionClaims {
  readonly clientId: string;
  /** The token URL that it is posted to, byte for byte as discovered. */
  readonly tokenUrl: string;
  /** Never the same twice. */
  readonly jti: string;
  readonly now: Date;
}

/** Authenticates the client in one token request (RFC 7523 §2.2; SMART App Launch 2.2, Authenticating to the Token endpoint). */
export function clientAssertion({ clientId, tokenUrl, jti, now }: AssertionClaims, { kid, algorithm, key }: SigningKey): string {
  const iat = Math.floor(now.getTime() / 1_000);
  const claims = { iss: clientId, sub: clientId, aud: tokenUrl, jti, iat, exp: iat + VALID_SECONDS };
  return jwt.sign(claims, key, { algorithm: algorithm as jwt.Algorithm, header: { alg: algorithm, typ: 'JWT', kid } });
}
