import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ClientKeys, SigningKey } from '../../src/smart/index.js';
import type { Verify } from './peer.js';

/** What of oidc-provider is used here; it brings no types. */
interface OidcProvider {
  callback(): (request: unknown, response: unknown) => void;
  readonly ClientCredentials: { find(token: string): Promise<{ readonly scope?: string; readonly isExpired: boolean } | undefined> };
}

/** An independent authorization server (oidc-provider): client_credentials with private_key_jwt, and nothing else. */
export class AuthorizationServer {
  /** Client assertions that came, one for each token request. */
  readonly assertions: string[] = [];
  readonly #server: Server;
  #provider: OidcProvider | undefined;
  /** Tokens that are not taken any more, though they have not ended. */
  readonly #revoked = new Set<string>();
  readonly #seen = new Set<string>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start({ keys, scopes, allowed = scopes, seconds = 300 }: { readonly keys: readonly SigningKey[]; readonly scopes: readonly string[]; readonly allowed?: readonly string[]; readonly seconds?: number }): Promise<AuthorizationServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const authority = new AuthorizationServer(server);
    const { default: Provider } = (await import('oidc-provider' as string)) as { default: new (issuer: string, configuration: object) => OidcProvider };
    const provider = new Provider(authority.issuer, {
      clients: keys.map(({ algorithm, kid, key }) => ({
        client_id: `cobalt-${algorithm.toLowerCase()}`, token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: algorithm,
        grant_types: ['client_credentials'], redirect_uris: [], response_types: [], scope: allowed.join(' '),
        jwks: { keys: [{ ...createPublicKey(key as never).export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' }] },
      })),
      scopes: [...scopes],
      clientAuthMethods: ['private_key_jwt'],
      enabledJWA: { clientAuthSigningAlgValues: ['RS384', 'ES384'] },
      features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
      ttl: { ClientCredentials: seconds },
      cookies: { keys: ['a test'] },
    });
    authority.#provider = provider;
    const handle = provider.callback();
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      if (request.url === '/token') request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => authority.assertions.push(new URLSearchParams(Buffer.concat(chunks).toString()).get('client_assertion') ?? ''));
      handle(request, response);
    });
    return authority;
  }

  get issuer(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get tokenUrl(): string {
    return `${this.issuer}/token`;
  }

  verify: Verify = async (token) => {
    if (token === '' || this.#revoked.has(token)) return undefined;
    this.#seen.add(token);
    const found = await this.#provider?.ClientCredentials.find(token);
    return found && !found.isExpired ? (found.scope ?? '').split(' ') : undefined;
  };

  /** All tokens that were used so far are refused from now on. */
  revokeAll(): void {
    for (const token of this.#seen) this.#revoked.add(token);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A key of ours for tests. */
export function signingKey(algorithm: SigningKey['algorithm'], kid = `test-${algorithm}`): SigningKey {
  const key: KeyObject = algorithm === 'ES384' ? generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey : generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  return { kid, algorithm, key };
}

/** Keys as the client asks for them. */
export const keysOf = (...keys: readonly SigningKey[]): ClientKeys => ({ published: [], signing: (algorithms = ['ES384', 'RS384']) => keys.find(({ algorithm }) => algorithms.includes(algorithm)) });
