import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
// @ts-expect-error TS7016: the package has no types of its own
import UntypedProvider from 'oidc-provider';
import jsonwebtoken from 'jsonwebtoken';
import { randomUUID } from 'node:crypto';
import type { ClientKeys } from '../../src/smart/index.js';
import { issuerKey } from './issuer.js';

const Provider = UntypedProvider as new (issuer: string, configuration: object) => { callback(): RequestListener };

/** `oidc-provider`: an authorization server that nobody here wrote. */
export interface AuthorizationServer {
  readonly url: string;
  /** An access token for a client, by its assertion (SMART backend services); the whole answer. */
  tokenFor(client: string, scope: string, resource: string): Promise<{ readonly status: number; readonly body: Record<string, unknown> }>;
  revoke(client: string, token: string): Promise<number>;
  close(): Promise<void>;
}

export const JWT_RESOURCE = 'https://cobalt.clinic.example/fhir';
export const OPAQUE_RESOURCE = 'https://cobalt.clinic.example/opaque';

/** Clients with the launch context that their tokens carry, and what they may ask for. */
export interface TestClient {
  readonly context?: Record<string, unknown>;
}

export async function startAuthorizationServer(clients: Readonly<Record<string, TestClient>>, keys: ClientKeys, scopes: string): Promise<AuthorizationServer> {
  let listener: RequestListener = (_request, response) => response.writeHead(503).end();
  const server = createServer((request, response) => listener(request, response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const signing = [issuerKey('as-es', 'ES256'), issuerKey('as-rs', 'RS256')];
  const configuration = {
    clients: [
      ...Object.keys(clients).map((id) => ({
        client_id: id, grant_types: ['client_credentials'], redirect_uris: [], response_types: [], token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: keys.signing()?.algorithm, jwks: { keys: keys.published },
      })),
      { client_id: 'cobalt', client_secret: 'the secret of cobalt', grant_types: [], redirect_uris: [], response_types: [] },
    ],
    clientAuthMethods: ['private_key_jwt', 'client_secret_basic'],
    scopes: ['openid', 'launch', 'launch/patient', 'offline_access', ...scopes.split(' ')],
    jwks: { keys: signing.map(({ privateKey, kid, alg }) => ({ ...privateKey.export({ format: 'jwk' }), kid, alg, use: 'sig' })) },
    enabledJWA: { clientAuthSigningAlgValues: ['RS384', 'ES384'] },
    features: {
      devInteractions: { enabled: false }, clientCredentials: { enabled: true }, introspection: { enabled: true, allowedPolicy: () => true }, revocation: { enabled: true },
      resourceIndicators: {
        enabled: true, useGrantedResource: () => true, defaultResource: () => JWT_RESOURCE,
        getResourceServerInfo: (_context: unknown, indicator: string) => ({ scope: scopes, audience: indicator, accessTokenTTL: 300, accessTokenFormat: indicator === OPAQUE_RESOURCE ? 'opaque' : 'jwt', jwt: { sign: { alg: 'ES256' } } }),
      },
    },
    extraTokenClaims: (_context: unknown, token: { readonly clientId?: string }) => clients[token.clientId ?? '']?.context,
  };
  const provider = new Provider(url, configuration);
  listener = provider.callback();
  const authentication = (client: string): Record<string, string> => {
    const signed = keys.signing()!;
    const assertion = jsonwebtoken.sign({}, signed.key, { algorithm: signed.algorithm, keyid: signed.kid, issuer: client, subject: client, audience: url, expiresIn: 240, jwtid: randomUUID() });
    return { client_id: client, client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: assertion };
  };
  const post = (path: string, form: Record<string, string>): Promise<Response> => fetch(`${url}${path}`, { method: 'POST', body: new URLSearchParams(form) });
  return {
    url,
    async tokenFor(client, scope, resource) {
      const response = await post('/token', { grant_type: 'client_credentials', scope, resource, ...authentication(client) });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    },
    revoke: async (client, token) => (await post('/token/revocation', { token, ...authentication(client) })).status,
    close: () => new Promise((done) => {
      server.close(() => done());
      server.closeAllConnections();
    }),
  };
}
