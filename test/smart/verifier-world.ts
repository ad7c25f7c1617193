import type { JsonWebKey } from 'node:crypto';
import { IssuerUnavailable, readIssuers, TokenRefused, TokenVerifier, type Ask, type Issuer } from '../../src/smart/index.js';
import { AUDIENCE, issuerKey, signed } from './issuer.js';

/** An issuer as a function, and a clock of our own. */
export const ISSUER = 'https://login.clinic.example';
export const first = issuerKey('first', 'ES256');
export const next = issuerKey('next', 'ES256');
export const START = Date.UTC(2026, 5, 1) / 1000;
export const MINUTE = 60_000;

export interface World {
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

export function world(configured: Record<string, unknown> = {}, slow = 0): World {
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
