import { createHash } from 'node:crypto';
import { askJson, type Ask } from './ask.js';
import { Fetched } from './fetched.js';
import type { Issuer } from './issuer.js';

/** A FHIR server that may launch the app, and as which client. */
export interface LaunchOffer {
  /** Its FHIR base: what `iss` must say, but for a slash at the end. */
  readonly iss: string;
  /** Short for it, in addresses; follows from it, so that it is the same after a start. */
  readonly id: string;
  readonly clientId: string;
  /** What is asked for beside `launch` or `launch/patient`. */
  readonly scope: string;
  /** Origins whose pages may show the app in a frame. */
  readonly framedBy: readonly string[];
}

/** What a launch needs of a server's smart-configuration, looked at before anything is sent there. */
export interface LaunchEndpoints {
  readonly authorize: string;
  readonly token: string;
  /** What `iss` of an authorization response must be (RFC 9207); undefined: not stated. */
  readonly issuer: string | undefined;
  /** Where a token is taken back (RFC 7009); undefined: nowhere. */
  readonly revocation: string | undefined;
}

export interface LaunchParts {
  readonly issuers: readonly Issuer[];
  readonly baseUrl: string;
  /** Our own smart-configuration. */
  readonly own: () => Promise<Readonly<Record<string, unknown>>>;
  readonly ask: Ask;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A server can't be launched from; the message says why, in words for whoever stands before the page. */
export class LaunchRefused extends Error {}

/**
 * All that the page shows. It is asked for as the user's own (`user/`): the order of benefits rests on subscribers and
 * payors who are in other records, and Tasks are in no patient's compartment.
 */
const SCOPE = 'user/Account.s user/Claim.rs user/ClaimResponse.rs user/Coverage.rs user/Organization.rs user/Patient.rs user/RelatedPerson.rs user/Task.rs';

/** What another server says is looked at once an hour; what is wrong with it, as soon as somebody tries again. */
const TIMES = { fresh: 3_600_000, stale: 86_400_000, pause: 5_000 };
const ALWAYS = { fresh: 0, stale: 0, pause: 0 };

/** Who may launch the app (SMART App Launch 2.2): a list, and of nobody else is anything asked. */
export class Launches {
  readonly offers: readonly LaunchOffer[];
  readonly #endpoints: ReadonlyMap<string, Fetched<LaunchEndpoints>>;

  constructor({ issuers, baseUrl, own, ask, now }: LaunchParts) {
    this.offers = issuers.flatMap(({ launch, fhirBase }) => (launch ? [{ iss: fhirBase ?? baseUrl, id: shortOf(fhirBase ?? baseUrl), clientId: launch.clientId, scope: launch.scope ?? SCOPE, framedBy: launch.framedBy }] : []));
    this.#endpoints = new Map(this.offers.map(({ iss }) => {
      const fetch = iss === baseUrl ? own : () => askJson(ask, { method: 'GET', url: `${iss}/.well-known/smart-configuration` });
      return [iss, new Fetched(async () => endpointsIn(await fetch()), iss === baseUrl ? ALWAYS : TIMES, now)];
    }));
  }

  /** The offer of a server, by its FHIR base letter for letter but for a slash at the end. */
  find(iss: string): LaunchOffer | undefined {
    const base = iss.replace(/\/$/, '');
    return this.offers.find((offer) => offer.iss === base);
  }

  /** @throws {LaunchRefused} where the server does not say where to sign in, or takes no S256. */
  async endpoints({ iss }: LaunchOffer): Promise<LaunchEndpoints> {
    try {
      const endpoints = await this.#endpoints.get(iss)?.get();
      if (endpoints) return endpoints;
    } catch (error) {
      if (error instanceof LaunchRefused) throw error;
    }
    throw new LaunchRefused('The health record does not say where to sign in. Try again in a minute');
  }

  /** The offer at which the app's page shows who signed in; undefined: its address says none, and there are several. */
  at(id: string | undefined): LaunchOffer | undefined {
    const [only, another] = this.offers;
    return this.offers.find((offer) => offer.id === id) ?? (another ? undefined : only);
  }

  /** The origins that the app's page must reach besides its own: where servers take codes for tokens, and tokens back. */
  async tokenOrigins(offers: readonly LaunchOffer[]): Promise<readonly string[]> {
    const found = await Promise.all(offers.map((offer) => this.endpoints(offer).then(({ token, revocation }) => [token, ...(revocation === undefined ? [] : [revocation])].map((url) => new URL(url).origin), () => [])));
    return [...new Set(found.flat())];
  }
}

/** 64 bits: enough to tell a handful of servers apart, short enough for a `state`. */
const shortOf = (iss: string): string => createHash('sha256').update(iss).digest('base64url').slice(0, 11);

function endpointsIn({ authorization_endpoint: authorize, token_endpoint: token, revocation_endpoint: revocation, issuer, code_challenge_methods_supported: methods }: Readonly<Record<string, unknown>>): LaunchEndpoints {
  if (!isAddress(authorize) || !isAddress(token)) throw new Error('no endpoints are stated');
  if (!Array.isArray(methods) || !methods.includes('S256')) throw new LaunchRefused('The health record can’t sign anybody in safely: it takes no proof of who asked (PKCE with S256)');
  return { authorize, token, issuer: typeof issuer === 'string' ? issuer : undefined, revocation: isAddress(revocation) ? revocation : undefined };
}

const isAddress = (value: unknown): value is string => typeof value === 'string' && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
