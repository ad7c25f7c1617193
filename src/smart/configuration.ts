import type { Metadata } from './discovery.js';
import { ENDPOINTS, type Issuer } from './issuer.js';

/**
 * `[base]/.well-known/smart-configuration` (SMART App Launch 2.2, "Conformance"): the endpoints of the first issuer, from
 * its configuration, else from what it says of itself. What it says for OpenID clients and for clients in general is
 * passed on; what it does not support is not claimed.
 */
export function smartConfiguration({ issuer, endpoints, introspection, jwksUri }: Issuer, metadata: Metadata): Readonly<Record<string, unknown>> {
  const lists = Object.fromEntries(LISTS.map((name) => [name, texts(metadata[name])]));
  const scopes = lists['scopes_supported'] ?? [];
  const jwks = jwksUri ?? metadata['jwks_uri'];
  const signsIn = scopes.includes('openid') && typeof jwks === 'string';
  const known = Object.fromEntries(ENDPOINTS.flatMap((name) => {
    const value = endpoints[name] ?? (name === 'introspection_endpoint' ? introspection?.endpoint : undefined) ?? metadata[name];
    return typeof value === 'string' ? [[name, value]] : [];
  }));
  return {
    ...(signsIn ? { issuer, jwks_uri: jwks } : {}),
    ...known,
    grant_types_supported: grantTypes(lists['grant_types_supported']),
    ...passedOn(lists),
    // PKCE with S256 is required, and plain excluded, whatever else the issuer takes; one that says it takes no S256 is not spoken for.
    code_challenge_methods_supported: ['S256'].filter((method) => metadata['code_challenge_methods_supported'] === undefined || texts(metadata['code_challenge_methods_supported']).includes(method)),
    capabilities: capabilities(scopes, lists['token_endpoint_auth_methods_supported'] ?? [], 'authorization_endpoint' in known, signsIn),
  };
}

const LISTS = ['grant_types_supported', 'scopes_supported', 'response_types_supported', 'token_endpoint_auth_methods_supported', 'token_endpoint_auth_signing_alg_values_supported'] as const;

const passedOn = (lists: Readonly<Record<string, readonly string[]>>): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(Object.entries(lists).filter(([name, values]) => name !== 'grant_types_supported' && values.length > 0));

/** RFC 8414 §2: the default where an issuer does not say. */
function grantTypes(stated: readonly string[] | undefined): readonly string[] {
  const known = (stated ?? []).filter((each) => ['authorization_code', 'client_credentials', 'refresh_token'].includes(each));
  return known.length > 0 ? known : ['authorization_code'];
}

function capabilities(scopes: readonly string[], methods: readonly string[], authorizes: boolean, signsIn: boolean): readonly string[] {
  const launches = authorizes && scopes.includes('launch');
  const standsAlone = authorizes && scopes.includes('launch/patient');
  return [
    ...(launches ? ['launch-ehr', 'context-ehr-patient'] : []),
    ...(standsAlone ? ['launch-standalone', 'context-standalone-patient'] : []),
    ...(methods.includes('none') ? ['client-public'] : []),
    ...(methods.some((method) => method.startsWith('client_secret')) || methods.length === 0 ? ['client-confidential-symmetric'] : []),
    ...(methods.includes('private_key_jwt') ? ['client-confidential-asymmetric'] : []),
    ...(signsIn ? ['sso-openid-connect'] : []),
    ...(scopes.includes('offline_access') ? ['permission-offline'] : []),
    // These are this server's own: which scopes it understands.
    'permission-patient', 'permission-user', 'permission-v1', 'permission-v2',
  ];
}

const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : []);

/** Where the CapabilityStatement names them (deprecated, and still read): extension `oauth-uris`. */
export function oauthUris(configuration: Readonly<Record<string, unknown>>): readonly (readonly [name: string, uri: string])[] {
  const names = { authorize: 'authorization_endpoint', token: 'token_endpoint', introspect: 'introspection_endpoint', revoke: 'revocation_endpoint', register: 'registration_endpoint', manage: 'management_endpoint' } as const;
  return Object.entries(names).flatMap(([name, member]) => {
    const uri = configuration[member];
    return typeof uri === 'string' ? [[name, uri] as const] : [];
  });
}
