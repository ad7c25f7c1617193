import { askJson, type Ask } from './ask.js';
import { Fetched } from './fetched.js';
import type { Issuer } from './issuer.js';

/** What an issuer says of itself (OpenID Connect Discovery 1.0 §3, RFC 8414 §2). */
export type Metadata = Readonly<Record<string, unknown>>;

/** Fetched once an hour; a day old it still counts where the issuer does not answer. */
const TIMES = { fresh: 3_600_000, stale: 86_400_000, pause: 30_000 };

/** The metadata of an issuer, from its OpenID configuration or that of RFC 8414. */
export const discovered = ({ issuer }: Pick<Issuer, 'issuer'>, ask: Ask, now: () => number): Fetched<Metadata> =>
  new Fetched(() => discover(issuer, ask), TIMES, now);

async function discover(issuer: string, ask: Ask): Promise<Metadata> {
  try {
    return await metadataAt(openIdAddress(issuer), issuer, ask);
  } catch {
    return metadataAt(oauthAddress(issuer), issuer, ask);
  }
}

async function metadataAt(url: string, issuer: string, ask: Ask): Promise<Metadata> {
  const metadata = await askJson(ask, { method: 'GET', url });
  // Both specifications: whoever says to be another issuer speaks for that one only.
  if (metadata['issuer'] !== issuer) throw new Error('the metadata are of another issuer');
  return metadata;
}

const openIdAddress = (issuer: string): string => `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;

/** RFC 8414 §3.1: between host and path. */
function oauthAddress(issuer: string): string {
  const { origin, pathname } = new URL(issuer);
  return `${origin}/.well-known/oauth-authorization-server${pathname.replace(/\/$/, '')}`;
}
