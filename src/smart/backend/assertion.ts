import type { KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';

/** Algorithms that SMART asks every authorization server to take (SMART App Launch 2.2, Client Authentication: Asymmetric). */
export type AssertionAlgorithm = 'RS384' | 'ES384';

/** A private key that authorization servers know the public half of, by its `kid` in our JWKS. */
export interface SigningKey {
  readonly kid: string;
  readonly algorithm: AssertionAlgorithm;
  readonly key: KeyObject;
}

/** Our keys: the one to sign with, of the first of these algorithms that there is one for; undefined: there is none. */
export interface SigningKeys {
  signing(algorithms: readonly AssertionAlgorithm[]): SigningKey | undefined;
}

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
