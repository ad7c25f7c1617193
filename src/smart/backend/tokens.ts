import type { ClientKeys } from '../keys.js';
import { clientAssertion } from './assertion.js';
import { discoverTokenService, type TokenService } from './discovery.js';
import { TokenError } from './error.js';
import { jsonObject, type Exchange } from './port.js';

/** For which server, as which client, and what for. */
export interface TokenRequest {
  /** The FHIR base, without a slash at the end. */
  readonly base: string;
  readonly clientId: string;
  /** E.g. `system/Coverage.rs`. */
  readonly scopes: readonly string[];
}

export interface AccessToken {
  readonly value: string;
  /** What it was given for. */
  readonly scopes: readonly string[];
  /** What was asked for and not given. */
  readonly missing: readonly string[];
}

export interface TokenParts {
  readonly exchange: Exchange;
  readonly keys: Pick<ClientKeys, 'signing'>;
  readonly now: () => Date;
  readonly newId: () => string;
}

interface Kept {
  readonly token: AccessToken;
  /** Milliseconds since 1970: from then on another one is asked for. */
  readonly until: number;
}

/** A server that says nothing of it gives tokens for so long (SMART: expires_in SHOULD NOT exceed 300). */
const DEFAULT_SECONDS = 300;
/** A client that is not known is not asked for again sooner: authorization servers lock such clients. */
const UNKNOWN_CLIENT_MS = 5 * 60_000;
/** Discovery documents are kept for so long. */
const DISCOVERY_MS = 60 * 60_000;

/**
 * Access tokens of SMART Backend Services (client_credentials with private_key_jwt): one for each server, client and set
 * of scopes, kept until shortly before it ends; who asks while one is on its way waits for that one.
 */
export class TokenCache {
  readonly #parts: TokenParts;
  readonly #kept = new Map<string, Kept>();
  readonly #coming = new Map<string, Promise<AccessToken>>();
  readonly #refused = new Map<string, { readonly error: TokenError; readonly until: number }>();
  readonly #services = new Map<string, { readonly service: TokenService; readonly until: number }>();

  constructor(parts: TokenParts) {
    this.#parts = parts;
  }

  /** @throws {TokenError} */
  async get(request: TokenRequest): Promise<AccessToken> {
    const key = keyOf(request);
    const now = this.#parts.now().getTime();
    const kept = this.#kept.get(key);
    if (kept && kept.until > now) return kept.token;
    const refused = this.#refused.get(key);
    if (refused && refused.until > now) throw refused.error;
    const coming = this.#coming.get(key) ?? this.#ask(request, key).finally(() => this.#coming.delete(key));
    this.#coming.set(key, coming);
    return coming;
  }

  /** The server does not take this token any more. One that came since is kept. */
  drop(request: TokenRequest, token: AccessToken): void {
    const key = keyOf(request);
    if (this.#kept.get(key)?.token.value === token.value) this.#kept.delete(key);
  }

  async #ask(request: TokenRequest, key: string): Promise<AccessToken> {
    try {
      const { token, seconds } = await this.#post(request);
      const early = Math.max(30, seconds / 10);
      this.#kept.set(key, { token, until: this.#parts.now().getTime() + Math.max(1, seconds - early) * 1_000 });
      return token;
    } catch (error) {
      if (error instanceof TokenError && error.reason === 'client') this.#refused.set(key, { error, until: this.#parts.now().getTime() + UNKNOWN_CLIENT_MS });
      throw error;
    }
  }

  async #post(request: TokenRequest): Promise<{ readonly token: AccessToken; readonly seconds: number }> {
    const { exchange, keys, now, newId } = this.#parts;
    const { clientId, scopes } = request;
    const { tokenUrl, algorithms, isV1 } = await this.#service(request.base);
    const signingKey = keys.signing(algorithms);
    if (!signingKey) throw new TokenError('client', 'There is no key of ours for an algorithm that the server takes: configure one');
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      scope: (isV1 ? [...new Set(scopes.map(asV1))] : scopes).join(' '),
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: clientAssertion({ clientId, tokenUrl, jti: newId(), now: now() }, signingKey),
    });
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'application/json' };
    const answer = await exchange({ method: 'POST', url: tokenUrl, headers, body: Buffer.from(form.toString()) });
    return tokenOf(answer, scopes);
  }

  async #service(base: string): Promise<TokenService> {
    const now = this.#parts.now().getTime();
    const kept = this.#services.get(base);
    if (kept && kept.until > now) return kept.service;
    const service = await discoverTokenService(base, this.#parts.exchange);
    this.#services.set(base, { service, until: now + DISCOVERY_MS });
    return service;
  }
}

const keyOf = ({ base, clientId, scopes }: TokenRequest): string => JSON.stringify([base, clientId, [...scopes].sort()]);

/** RFC 6749 §5.1 and §5.2: nothing of what the server says in words is passed on. */
function tokenOf(answer: Awaited<ReturnType<Exchange>>, asked: readonly string[]): { readonly token: AccessToken; readonly seconds: number } {
  const body = jsonObject(answer.body);
  if (answer.status !== 200 && answer.status !== 201) throw refusalOf(answer, body);
  const { access_token: value, token_type: type, expires_in: seconds, scope } = body ?? {};
  if (typeof value !== 'string' || value === '' || typeof type !== 'string' || type.toLowerCase() !== 'bearer') throw new TokenError('refused', 'The token endpoint answered no bearer token', answer);
  // Without a scope in the answer it is the one that was asked for (RFC 6749 §5.1); an empty one gives nothing.
  const scopes = typeof scope === 'string' ? scope.split(' ').filter((each) => each !== '') : asked;
  if (scopes.length === 0) throw new TokenError('refused', 'The token endpoint gave a token for no scope at all', answer);
  const lasts = typeof seconds === 'number' ? seconds : Number(seconds);
  return { token: { value, scopes, missing: asked.filter((each) => !isGiven(each, scopes)) }, seconds: Number.isFinite(lasts) && lasts > 0 ? lasts : DEFAULT_SECONDS };
}

/** A client or its key that is not known, and what the client may never have (RFC 6749 §5.2). */
const OF_CLIENT: ReadonlySet<unknown> = new Set(['invalid_client', 'unauthorized_client']);

function refusalOf(answer: Awaited<ReturnType<Exchange>>, body: Readonly<Record<string, unknown>> | undefined): TokenError {
  const { status } = answer;
  if (status === 408 || status === 425 || status === 429 || status >= 500) return new TokenError('later', `The token endpoint answered ${status}`, answer);
  if (OF_CLIENT.has(body?.['error']) || status === 401) return new TokenError('client', 'The authorization server does not know this client or its key: register its JWKS there', answer);
  return new TokenError('refused', `The token endpoint refused the request (${known(body?.['error'])})`, answer);
}

const known = (error: unknown): string => (typeof error === 'string' && /^[a-z_]{1,40}$/.test(error) ? error : 'no reason given');

/** `system/Coverage.rs` is given by itself, by its v1 form and by scopes of all types (SMART App Launch 2.2, Scopes). */
function isGiven(asked: string, scopes: readonly string[]): boolean {
  const [, context = '', type = '', wanted = ''] = SCOPE.exec(asked) ?? [];
  if (context === '') return scopes.includes(asked);
  return scopes.some((scope) => {
    const [, ofContext, ofType = '', given = ''] = SCOPE.exec(scope) ?? [];
    return ofContext === context && (ofType === type || ofType === '*') && [...asV2(wanted)].every((one) => asV2(given).includes(one));
  });
}

const SCOPE = /^(patient|user|system)\/([A-Za-z]+|\*)\.(read|write|\*|c?r?u?d?s?)$/;
const V1: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' };
/** `system/Coverage.rs` → `system/Coverage.read`; whatever else it asks for is a write. */
const asV1 = (scope: string): string => scope.replace(SCOPE, (_, context: string, type: string, permissions: string) => `${context}/${type}.${/[cud]/.test(asV2(permissions)) ? (/[rs]/.test(asV2(permissions)) ? '*' : 'write') : 'read'}`);
const asV2 = (permissions: string): string => V1[permissions] ?? permissions;
