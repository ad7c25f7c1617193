import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
// @ts-expect-error TS7016: the package has no types of its own
import UntypedProvider from 'oidc-provider';
import { issuerKey } from '../../smart/issuer.js';

/** What a launch is about: claims of the token, and members of the token's response (SMART App Launch 2.2, launch context). */
export interface LaunchContext {
  readonly patient?: string;
  readonly fhirContext?: readonly { readonly reference: string }[];
  readonly appContext?: string;
  /** The sign-in is refused. */
  readonly refused?: true;
  /** The scopes that are granted of those that are asked for; default: all. */
  readonly granted?: readonly string[];
}

/** `oidc-provider` as the authorization server of a health record: code flow with PKCE, a public client, whoever comes is signed in. */
export interface SignInServer {
  readonly url: string;
  /** By handle of the launch; `standalone`: where there is none. */
  readonly contexts: Map<string, LaunchContext>;
  /** The authorization requests that came. */
  readonly asked: URLSearchParams[];
  /** What was posted to the token endpoint. */
  readonly exchanged: URLSearchParams[];
  /** What was posted to the revocation endpoint. */
  readonly revoked: URLSearchParams[];
  /** Begins to serve: a client that comes back to `redirectUri`, tokens for `resource`. */
  serve(client: { readonly redirectUri: string; readonly resource: string }): void;
  close(): Promise<void>;
}

interface Provider {
  callback(): RequestListener;
  use(middleware: (context: { readonly oidc?: { readonly route?: string; readonly entities?: { readonly Grant?: { readonly jti: string } } }; readonly path: string; status: number; body: unknown }, next: () => Promise<void>) => Promise<void>): void;
  interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<{ readonly params: Readonly<Record<string, string>> }>;
  interactionFinished(request: IncomingMessage, response: ServerResponse, result: object, options: object): Promise<void>;
  readonly Grant: new (of: object) => { readonly jti: string; addOIDCScope(scope: string): void; addResourceScope(resource: string, scope: string): void; rejectResourceScope(resource: string, scope: string): void; save(): Promise<string> };
}
const Provider = UntypedProvider as new (issuer: string, configuration: object) => Provider;

const TTL = 300;
const RESOURCE_SCOPES = ['Account.s', 'Claim.rs', 'ClaimResponse.rs', 'Coverage.rs', 'Organization.rs', 'Patient.rs', 'RelatedPerson.rs', 'Task.rs'].flatMap((each) => [`user/${each}`, `patient/${each}`]);

export async function startSignInServer(clientId: string): Promise<SignInServer> {
  let listener: RequestListener = (_request, response) => response.writeHead(503).end();
  const server = createServer((request, response) => listener(request, response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const contexts = new Map<string, LaunchContext>();
  const asked: URLSearchParams[] = [];
  const exchanged: URLSearchParams[] = [];
  const revoked: URLSearchParams[] = [];
  const byGrant = new Map<string, LaunchContext>();

  function serve({ redirectUri, resource }: { readonly redirectUri: string; readonly resource: string }): void {
    const { privateKey, kid, alg } = issuerKey('sign-in', 'ES256');
    const provider = new Provider(url, {
      clients: [{ client_id: clientId, redirect_uris: [redirectUri], grant_types: ['authorization_code'], response_types: ['code'], token_endpoint_auth_method: 'none', id_token_signed_response_alg: 'ES256' }],
      clientBasedCORS: () => true,
      clientAuthMethods: ['none'],
      scopes: ['launch', 'launch/patient'],
      extraParams: ['launch', 'aud'],
      pkce: { required: () => true },
      cookies: { keys: ['a key for tests'] },
      jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid, alg, use: 'sig' }] },
      interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
      findAccount: (_context: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
      ttl: { AccessToken: TTL },
      features: {
        devInteractions: { enabled: false }, revocation: { enabled: true },
        resourceIndicators: {
          enabled: true, useGrantedResource: () => true, defaultResource: () => resource,
          getResourceServerInfo: () => ({ scope: RESOURCE_SCOPES.join(' '), audience: resource, accessTokenTTL: TTL, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } }),
        },
      },
      extraTokenClaims: (_context: unknown, token: { readonly grantId?: string }) => ({ patient: byGrant.get(token.grantId ?? '')?.patient }),
    });
    // The launch context stands beside the token in the answer, where oidc-provider has no setting for it.
    provider.use(async (context, next) => {
      await next();
      const grant = context.oidc?.entities?.Grant?.jti;
      if (context.oidc?.route !== 'token' || context.status !== 200 || grant === undefined) return;
      const { patient, fhirContext, appContext } = byGrant.get(grant) ?? {};
      context.body = { ...(context.body as object), patient, fhirContext, appContext };
    });
    const callback = provider.callback();
    listener = (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', url);
      if (pathname === '/auth' && searchParams.has('client_id')) asked.push(searchParams);
      if (pathname === '/token') request.on('data', (chunk: Buffer) => exchanged.push(new URLSearchParams(chunk.toString('utf8'))));
      if (pathname === '/token/revocation') request.on('data', (chunk: Buffer) => revoked.push(new URLSearchParams(chunk.toString('utf8'))));
      if (pathname.startsWith('/interaction/')) void interact(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
      else callback(request, response);
    };
    async function interact(request: IncomingMessage, response: ServerResponse): Promise<void> {
      const { params } = await provider.interactionDetails(request, response);
      const context = contexts.get(params['launch'] ?? 'standalone') ?? { refused: true };
      // SMART App Launch 2.2: `aud` is the FHIR server; another would get the token by way of this one.
      if (context.refused || params['aud'] !== resource) return provider.interactionFinished(request, response, { error: 'access_denied', error_description: 'no' }, {});
      const grant = new provider.Grant({ accountId: 'doc', clientId });
      const scopes = (params['scope'] ?? '').split(' ').filter((scope) => scope.startsWith('launch') || (context.granted ?? RESOURCE_SCOPES).includes(scope));
      grant.addOIDCScope(scopes.filter((scope) => scope.startsWith('launch')).join(' '));
      grant.addResourceScope(resource, scopes.join(' '));
      // What is not granted is refused for good: it would be asked for again.
      grant.rejectResourceScope(resource, (params['scope'] ?? '').split(' ').filter((scope) => !scopes.includes(scope)).join(' '));
      const grantId = await grant.save();
      byGrant.set(grantId, context);
      await provider.interactionFinished(request, response, { login: { accountId: 'doc' }, consent: { grantId } }, { mergeWithLastSubmission: false });
    }
  }
  return {
    url, contexts, asked, exchanged, revoked, serve,
    close: () => new Promise((done) => {
      server.close(() => done());
      server.closeAllConnections();
    }),
  };
}
