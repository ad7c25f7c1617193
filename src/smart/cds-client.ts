import { createHash, randomUUID } from 'node:crypto';
import type { Ask } from './ask.js';
import { address, algorithmsIn, fieldsOf, IssuersError, listIn, mustBeKnown } from './fields.js';
import type { Algorithm, Issuer } from './issuer.js';
import { LEEWAY, readJwt, verifyJwt, type Claims } from './jwt.js';
import { keySet, type KeySet } from './key-set.js';
import { IssuerUnavailable, TokenRefused } from './refused.js';

/** A health record that may call CDS Hooks: one item of `COBALT_CDS_CLIENTS`. */
export interface CdsClient {
  /** `iss` of its tokens, letter by letter. */
  readonly issuer: string;
  /** Where its keys stand; a `jku` must name the same. */
  readonly jwksUri: string;
  readonly algorithms: readonly Algorithm[];
  /** Its FHIR servers, each without a slash at the end; undefined: not stated (`serversOf`). */
  readonly fhirServers: readonly string[] | undefined;
}

/** CDS Hooks 2.0, "JWT Signing Algorithm": these are recommended. */
const RECOMMENDED = ['ES384', 'RS384'] as const satisfies readonly Algorithm[];

/** Clients from the JSON of the setting. @throws {IssuersError} */
export function readCdsClients(text: string): readonly CdsClient[] {
  const clients = listIn(text, 'client').map((item, index): CdsClient => {
    const at = `client ${index + 1}`;
    const fields = fieldsOf(item, at);
    mustBeKnown(fields, new Set(['issuer', 'jwksUri', 'algorithms', 'fhirServers']), at);
    return {
      issuer: address(fields['issuer'], `${at}: issuer`), jwksUri: address(fields['jwksUri'], `${at}: jwksUri`), algorithms: algorithmsIn(fields['algorithms'], RECOMMENDED, at) ?? RECOMMENDED,
      fhirServers: fields['fhirServers'] === undefined ? undefined : serversIn(fields['fhirServers'], `${at}: fhirServers`),
    };
  });
  if (new Set(clients.map(({ issuer }) => issuer)).size < clients.length) throw new IssuersError('a client stands there twice');
  return clients;
}

function serversIn(value: unknown, at: string): readonly string[] {
  const given: unknown[] = Array.isArray(value) ? value : [];
  if (given.length === 0) throw new IssuersError(`${at} is a list of FHIR bases, such as ["https://fhir.ehr.example/r4"]`);
  return given.map((each) => address(each, at).replace(/\/+$/, ''));
}

/**
 * The FHIR servers whose patients a client speaks for. One that states none has that of the issuer of the same name, which
 * speaks for them by its access tokens too (`baseUrl`: this server, where they are for it); none: nobody knows whose.
 */
export const serversOf = ({ issuer, fhirServers }: CdsClient, issuers: readonly Issuer[], baseUrl: string): readonly string[] =>
  fhirServers ?? issuers.filter((each) => each.issuer === issuer).map(({ fhirBase }) => fhirBase ?? baseUrl);

/** Small facts that all processes share: set once, read by the beginning of their names, taken away. */
export interface SharedFacts {
  initFact(name: string, value: string): Promise<string>;
  facts(prefix: string): Promise<ReadonlyMap<string, string>>;
  swapFact(name: string, before: string | undefined, after: string | undefined): Promise<boolean>;
}

export interface CdsVerifierParts {
  readonly clients: readonly CdsClient[];
  readonly ask: Ask;
  readonly facts: SharedFacts;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Seconds: a token is made for one call (SMART App Launch 2.2 bounds client assertions alike). */
const LONGEST = 300;
const SEEN = 'cds-jti:';
const SWEEP_MS = 60_000;

/** A good token for one call. */
export interface VerifiedCall {
  readonly client: CdsClient;
  /** Uses the token up. @throws {TokenRefused} where another call did so meanwhile. */
  readonly use: () => Promise<void>;
}

/** Says whose calls of CDS Hooks are good (CDS Hooks 2.0, "Trusting CDS Clients"): each token for one call of one address. */
export class CdsClientVerifier {
  readonly #known: readonly { readonly client: CdsClient; readonly keys: KeySet }[];
  readonly #facts: SharedFacts;
  readonly #now: () => number;
  #swept = -Infinity;

  constructor({ clients, ask, facts, now }: CdsVerifierParts) {
    this.#facts = facts;
    this.#now = now;
    this.#known = clients.map((client) => ({ client, keys: keySet(() => Promise.resolve(client.jwksUri), ask, now) }));
  }

  /**
   * The client that signed a token for a call of `audience`, the address of the service. The token is used up only by
   * `use`, so that a call which can't be answered now may be made again with it.
   * @throws {TokenRefused} the token is not good, or was used before.
   * @throws {IssuerUnavailable} its keys can't be had now.
   */
  async verify(token: string, audience: string): Promise<VerifiedCall> {
    const jwt = readJwt(token);
    const known = this.#known.find(({ client }) => client.issuer === jwt?.claims['iss']);
    if (!jwt || !known) throw new TokenRefused('The token is not of a client that is configured here');
    const now = this.#now() / 1000;
    const used = mustBeForOneCall(jwt.header, jwt.claims, now);
    const { client, keys } = known;
    await verifyJwt(token, jwt, { ...client, audience: [audience] }, keys, now).catch((error: unknown) => {
      throw error instanceof TokenRefused ? error : new IssuerUnavailable();
    });
    const name = `${SEEN}${createHash('sha256').update(JSON.stringify([client.issuer, used.jti])).digest('base64url')}`;
    if ((await this.#facts.facts(name)).has(name)) throw usedBefore();
    return { client, use: () => this.#use(name, used) };
  }

  /** What was seen is kept with all processes until the token ends; setting it says at once whether it was set. */
  async #use(name: string, { exp }: OneCall): Promise<void> {
    await this.#sweep();
    const mine = `${Math.ceil(exp)} ${randomUUID()}`;
    if ((await this.#facts.initFact(name, mine)) !== mine) throw usedBefore();
  }

  async #sweep(): Promise<void> {
    const now = this.#now();
    if (now - this.#swept < SWEEP_MS) return;
    this.#swept = now;
    for (const [name, value] of await this.#facts.facts(SEEN)) {
      if ((Number.parseInt(value, 10) + LEEWAY) * 1000 < now) await this.#facts.swapFact(name, value, undefined);
    }
  }
}

const usedBefore = (): TokenRefused => new TokenRefused('The token was used before: each call needs one of its own');

interface OneCall {
  readonly jti: string;
  readonly exp: number;
}

/** What CDS Hooks asks of a token beyond what any has. @throws {TokenRefused} */
function mustBeForOneCall({ typ, kid }: Claims, { jti, exp, iat }: Claims, now: number): OneCall {
  if (typeof typ !== 'string' || typ.toUpperCase() !== 'JWT') throw new TokenRefused('The token does not say that it is a JWT');
  if (typeof kid !== 'string' || kid === '') throw new TokenRefused('The token does not say which key signed it');
  if (typeof jti !== 'string' || jti === '' || jti.length > 256) throw new TokenRefused('The token has no jti: it could be used again');
  if (typeof iat !== 'number') throw new TokenRefused('The token does not say when it was issued');
  if (typeof exp !== 'number') throw new TokenRefused('The token does not say when it ends');
  if (exp > now + LONGEST + LEEWAY) throw new TokenRefused('The token lasts longer than five minutes');
  return { jti, exp };
}
