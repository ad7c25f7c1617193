import { createHash } from 'node:crypto';
import type { Ask } from './ask.js';
import { BoundedMap } from './bounded-map.js';
import { discovered, type Metadata } from './discovery.js';
import type { Fetched } from './fetched.js';
import { asClaims, asOfNow, introspect } from './introspection.js';
import type { Issuer } from './issuer.js';
import { isFor, LEEWAY, mustBeInTime, readJwt, verifyJwt, type Claims, type UnverifiedToken } from './jwt.js';
import { keySet, type KeySet } from './key-set.js';
import { principalOf, type Principal } from './principal.js';
import { IssuerUnavailable, TokenRefused } from './refused.js';

export interface VerifierParts {
  readonly issuers: readonly Issuer[];
  readonly ask: Ask;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** An issuer with what is known of it. */
interface Known {
  readonly issuer: Issuer;
  readonly metadata: Fetched<Metadata>;
  readonly keys: KeySet;
}

/** A token that was found good is not verified again for so long, nor longer than it lasts: about as long as a key that was withdrawn still counts. */
const VERIFIED_MS = 600_000;
/** As long as one that was revoked may still count, where its issuer is asked. */
const INTROSPECTED_MS = 60_000;
/** As long as one that does not count is not asked about again. */
const REFUSED_MS = 10_000;
const MOST_TOKENS = 10_000;
/** Opaque tokens that turn out to be none may cost so many questions in a minute: then those that were never good wait for the next. */
const MOST_ASKED_IN_VAIN = 300;
const VAIN_MS = 60_000;
/** RFC 6750 §2.1 */
const TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;
const MOST_CHARACTERS = 16_000;

interface Good {
  readonly principal: Principal;
  readonly until: number;
}

interface Bad {
  readonly refused: TokenRefused;
  readonly until: number;
}

/**
 * Says whose access tokens are good: signed by a configured issuer for us and in their time, or said to be active by it.
 * Tokens are remembered by their hash.
 */
export class TokenVerifier {
  readonly #known: readonly Known[];
  readonly #ask: Ask;
  readonly #now: () => number;
  readonly #good = new BoundedMap<string, Good>(MOST_TOKENS);
  /** Apart, so that no flood of bad tokens drives out the good ones. */
  readonly #bad = new BoundedMap<string, Bad>(MOST_TOKENS);
  readonly #running = new Map<string, Promise<Principal>>();
  #vain = { since: -Infinity, count: 0 };

  constructor({ issuers, ask, now }: VerifierParts) {
    this.#ask = ask;
    this.#now = now;
    this.#known = issuers.map((issuer) => {
      const metadata = discovered(issuer, ask, now);
      return { issuer, metadata, keys: keySet(async () => issuer.jwksUri ?? jwksUriIn(await metadata.get()), ask, now) };
    });
  }

  /** What the first issuer says of itself. @throws {Error} when it can't be had. */
  async metadata(): Promise<Metadata> {
    return this.#known[0]?.metadata.get() ?? {};
  }

  /**
   * @throws {TokenRefused} the token is not good.
   * @throws {IssuerUnavailable} whether it is can't be known now.
   */
  verify(token: string): Principal | Promise<Principal> {
    const key = createHash('sha256').update(token).digest('base64url');
    const now = this.#now();
    const good = this.#good.get(key);
    if (good && now < good.until) return good.principal;
    const bad = this.#bad.get(key);
    if (bad && now < bad.until) throw bad.refused;
    return this.#verifiedOnce(token, key);
  }

  #verifiedOnce(token: string, key: string): Promise<Principal> {
    const running = this.#running.get(key) ?? this.#verified(token, key).finally(() => this.#running.delete(key));
    this.#running.set(key, running);
    return running;
  }

  async #verified(token: string, key: string): Promise<Principal> {
    try {
      if (token.length > MOST_CHARACTERS || !TOKEN.test(token)) throw new TokenRefused('The token is none');
      const jwt = readJwt(token);
      const good = jwt ? await this.#signed(token, jwt) : await this.#opaque(token, this.#good.get(key) !== undefined);
      this.#good.set(key, good);
      return good.principal;
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw new IssuerUnavailable();
      this.#bad.set(key, { refused: error, until: this.#now() + REFUSED_MS });
      throw error;
    }
  }

  async #signed(token: string, jwt: UnverifiedToken): Promise<Good> {
    const known = this.#known.find(({ issuer }) => issuer.issuer === jwt.claims['iss']);
    if (!known) throw new TokenRefused('The token is of an issuer that is not configured here');
    const { issuer, keys } = known;
    const claims = await verifyJwt(token, jwt, issuer, keys, this.#seconds());
    if (!issuer.introspection) return this.#remember(principalOf(claims, issuer), VERIFIED_MS);
    const current = await introspect(token, issuer.introspection, this.#ask);
    if (!current) throw new TokenRefused('The token was revoked');
    if (current === 'unsupported') return this.#remember(principalOf(claims, issuer), VERIFIED_MS);
    const now = asOfNow(claims, current, issuer.scopesFrom);
    mustBeInTime(now, this.#seconds());
    return this.#remember(principalOf(now, issuer), INTROSPECTED_MS);
  }

  /** Only issuers know what an opaque token is: those that can be asked are, in their order. */
  async #opaque(token: string, wasGood: boolean): Promise<Good> {
    if (!wasGood && this.#askedInVain() >= MOST_ASKED_IN_VAIN) throw new Error('too many tokens that are none');
    let unavailable: unknown;
    for (const { issuer } of this.#known) {
      if (!issuer.introspection) continue;
      try {
        const claims = await introspect(token, issuer.introspection, this.#ask);
        if (claims && claims !== 'unsupported') return this.#remember(principalOf(this.#checked(asClaims(claims, issuer.scopesFrom), issuer), issuer), INTROSPECTED_MS);
      } catch (error) {
        if (error instanceof TokenRefused) throw error;
        unavailable = error;
      }
    }
    if (unavailable !== undefined) throw unavailable;
    this.#vain = { ...this.#vain, count: this.#askedInVain() + 1 };
    throw new TokenRefused('The token is not one of the configured issuers, or counts no more');
  }

  /** In this minute. */
  #askedInVain(): number {
    if (this.#now() - this.#vain.since >= VAIN_MS) this.#vain = { since: this.#now(), count: 0 };
    return this.#vain.count;
  }

  /** An issuer need not say all of it (RFC 7662 §2.2); what it says must hold. */
  #checked(claims: Claims, { issuer, audience }: Issuer): Claims {
    if (claims['iss'] !== undefined && claims['iss'] !== issuer) throw new TokenRefused('The token is of another issuer');
    if (claims['aud'] !== undefined && !isFor(claims['aud'], audience)) throw new TokenRefused('The token is for another server');
    mustBeInTime(claims, this.#seconds());
    return claims;
  }

  #remember(principal: Principal, most: number): Good {
    return { principal, until: Math.min(this.#now() + most, (principal.expires ?? Infinity) + LEEWAY * 1000) };
  }

  #seconds(): number {
    return this.#now() / 1000;
  }
}

function jwksUriIn({ jwks_uri: uri }: Metadata): string {
  if (typeof uri !== 'string' || !URL.canParse(uri)) throw new Error('the issuer does not say where its keys are');
  return uri;
}
