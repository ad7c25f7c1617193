import type { ClientAlgorithm } from '../keys.js';
import { TokenError } from './error.js';
import { jsonObject, type Exchange } from './port.js';

/** How to get tokens for a FHIR server. */
export interface TokenService {
  /** As discovered, byte for byte: it is the audience of our assertions. */
  readonly tokenUrl: string;
  /** What it takes of RS384 and ES384; where it does not say, both. */
  readonly algorithms: readonly ClientAlgorithm[];
  /** True where it knows the permissions of SMART v1 only (`.read`, `.write`). */
  readonly isV1: boolean;
}

const ALGORITHMS: readonly ClientAlgorithm[] = ['ES384', 'RS384'];
/** Deprecated, and still all that some servers have (SMART App Launch 2.2, Conformance). */
const OAUTH_URIS = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris';

/**
 * `[base]/.well-known/smart-configuration` (SMART App Launch 2.2, Retrieve .well-known/smart-configuration); where there
 * is none, the extension of the CapabilityStatement.
 * @param base the FHIR base without a slash at the end
 * @throws {TokenError} `discovery` where neither names a token endpoint, `later` where the server is not there for it.
 */
export async function discoverTokenService(base: string, exchange: Exchange): Promise<TokenService> {
  const answer = await exchange({ method: 'GET', url: `${base}/.well-known/smart-configuration`, headers: { Accept: 'application/json' } });
  if (answer.status >= 500 || answer.status === 429) throw new TokenError('later', `The discovery document was answered ${answer.status}`, answer);
  const configuration = answer.status === 200 ? jsonObject(answer.body) : undefined;
  const stated = configuration?.['token_endpoint'];
  if (typeof stated === 'string') {
    return { tokenUrl: absolute(stated), algorithms: algorithmsIn(configuration?.['token_endpoint_auth_signing_alg_values_supported']), isV1: isV1(strings(configuration?.['capabilities'])) };
  }
  return { tokenUrl: absolute(await fromCapabilities(base, exchange)), algorithms: ALGORITHMS, isV1: false };
}

async function fromCapabilities(base: string, exchange: Exchange): Promise<string> {
  const answer = await exchange({ method: 'GET', url: `${base}/metadata`, headers: { Accept: 'application/fhir+json' } });
  if (answer.status >= 500 || answer.status === 429) throw new TokenError('later', `The CapabilityStatement was answered ${answer.status}`, answer);
  const statement = answer.status === 200 ? (jsonObject(answer.body) as Stating | undefined) : undefined;
  const extensions = (statement?.rest ?? []).flatMap(({ security }) => security?.extension ?? []).filter(({ url }) => url === OAUTH_URIS).flatMap(({ extension }) => extension ?? []);
  const token = extensions.find(({ url }) => url === 'token')?.valueUri;
  if (token === undefined) throw new TokenError('discovery', 'The server names no token endpoint, neither in .well-known/smart-configuration nor in its CapabilityStatement', answer);
  return token;
}

interface Stating {
  readonly rest?: readonly { readonly security?: { readonly extension?: readonly { readonly url?: string; readonly extension?: readonly { readonly url?: string; readonly valueUri?: string }[] }[] } }[];
}

function absolute(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) throw new TokenError('discovery', 'The token endpoint of the server is no http or https URL');
  return text;
}

function algorithmsIn(stated: unknown): readonly ClientAlgorithm[] {
  const listed = strings(stated);
  if (!listed) return ALGORITHMS;
  const usable = ALGORITHMS.filter((algorithm) => listed.includes(algorithm));
  if (usable.length === 0) throw new TokenError('discovery', 'The server takes neither RS384 nor ES384 for client assertions');
  return usable;
}

const isV1 = (capabilities: readonly string[] = []): boolean => capabilities.includes('permission-v1') && !capabilities.includes('permission-v2');

const strings = (value: unknown): readonly string[] | undefined => (Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : undefined);
