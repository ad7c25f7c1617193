import { generateKeyPairSync } from 'node:crypto';
import type { CapabilityStatement } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readClientKeys, readIssuers, type Issuer } from '../../src/smart/index.js';
import { startTestServer, type Answer, type TestServer } from '../http/server.js';
import { JWT_RESOURCE, OPAQUE_RESOURCE, startAuthorizationServer, type AuthorizationServer } from './authorization-server.js';
import { families, namesIn } from './clinic.js';

/**
 * Tokens that an authorization server issues which nobody here wrote, of each kind; and what Inferno asserts of a resource
 * server (domain/smart-and-sync.md, A4; smart-app-launch-test-kit 9a219bd, g10 839d065), named by its test.
 */
const keys = readClientKeys(JSON.stringify({ keys: [generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({ format: 'jwk' })] }));
const SCOPES = 'system/*.cruds system/*.rs system/Coverage.rs user/*.cruds user/Claim.read patient/*.rs patient/Coverage.rs patient/Coverage.rs?status=active patient/Claim.read';
const CLIENTS = {
  backend: {},
  portal: { context: { patient: 'ana', fhirUser: 'Patient/ana' } },
  chart: { context: { patient: 'ben', fhirUser: 'Practitioner/doc' } },
};

let authorization: AuthorizationServer;
let server: TestServer;
beforeAll(async () => {
  authorization = await startAuthorizationServer(CLIENTS, keys, SCOPES);
  const issuers = readIssuers(JSON.stringify([{ issuer: authorization.url, audience: [JWT_RESOURCE, OPAQUE_RESOURCE], introspection: { endpoint: `${authorization.url}/token/introspection`, clientId: 'cobalt', clientSecret: 'the secret of cobalt' } }])) as readonly [Issuer];
  server = await startTestServer({ issuers, clientKeys: keys });
  const entry = families.map((resource) => ({ resource, request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` } }));
  expect((await server.post('', { resourceType: 'Bundle', type: 'transaction', entry }, await bearer('backend', 'system/*.cruds'))).status).toBe(200);
}, 60_000);
afterAll(async () => {
  await server.close();
  await authorization.close();
});

async function bearer(client: keyof typeof CLIENTS, scope: string, resource = JWT_RESOURCE): Promise<Record<string, string>> {
  const { status, body } = await authorization.tokenFor(client, scope, resource);
  expect(status, JSON.stringify(body)).toBe(200);
  return { Authorization: `Bearer ${String(body['access_token'])}` };
}

describe('tokens of oidc-provider', () => {
  it.each([
    ['a client by itself, signed', 'backend', 'system/Coverage.rs', JWT_RESOURCE, ['Coverage/cov-ana', 'Coverage/cov-ana-old', 'Coverage/cov-ben', 'Coverage/cov-ben-2']],
    ['a client by itself, opaque', 'backend', 'system/Coverage.rs', OPAQUE_RESOURCE, ['Coverage/cov-ana', 'Coverage/cov-ana-old', 'Coverage/cov-ben', 'Coverage/cov-ben-2']],
    ['a patient, signed', 'portal', 'patient/Coverage.rs', JWT_RESOURCE, ['Coverage/cov-ana', 'Coverage/cov-ana-old', 'Coverage/cov-ben-2']],
    ['a patient, opaque', 'portal', 'patient/Coverage.rs', OPAQUE_RESOURCE, ['Coverage/cov-ana', 'Coverage/cov-ana-old', 'Coverage/cov-ben-2']],
    ['a patient with a constraint', 'portal', 'patient/Coverage.rs?status=active', JWT_RESOURCE, ['Coverage/cov-ana', 'Coverage/cov-ben-2']],
    ['a chart of another patient', 'chart', 'patient/*.rs', JWT_RESOURCE, ['Coverage/cov-ben', 'Coverage/cov-ben-2']],
    ['a user', 'chart', 'user/*.cruds', JWT_RESOURCE, ['Coverage/cov-ana', 'Coverage/cov-ana-old', 'Coverage/cov-ben', 'Coverage/cov-ben-2']],
  ] as const)('%s', async (_kind, client, scope, resource, found) => {
    expect(namesIn(await server.get('Coverage', await bearer(client, scope, resource)))).toEqual(found);
  });

  it('a good token without a scope, because the client may not have the one it asked for, gets nowhere', async () => {
    const { status, body } = await authorization.tokenFor('backend', 'system/Nothing.rs', JWT_RESOURCE);
    if (status === 200) expect((await server.get('Coverage', { Authorization: `Bearer ${String(body['access_token'])}` })).status).toBe(403);
    else expect([status, body['error']]).toEqual([400, 'invalid_scope']);
    expect((await server.get('Coverage', { Authorization: `Bearer ${String((await authorization.tokenFor('backend', '', JWT_RESOURCE)).body['access_token'])}` })).status).toBe(403);
  });

  it('whoever is signed in takes the next task of the queue', async () => {
    const taken = await server.post('Task/$next', undefined, await bearer('chart', 'user/*.cruds'));
    expect(taken.status, taken.text).toBe(200);
    const nobody = await server.post('Task/$next', undefined, await bearer('backend', 'system/*.cruds'));
    expect([nobody.status, nobody.text]).toEqual([422, expect.stringContaining('Nobody is signed in')]);
  });
});

/** SMART App Launch STU 2.2 and g10: what they assert of a resource server. */
describe('Inferno', () => {
  const smartConfiguration = (): Promise<Answer> => server.get('.well-known/smart-configuration', { Accept: 'application/json' });

  it('well_known_endpoint: JSON, whatever is accepted', async () => {
    for (const accept of ['application/json', 'application/fhir+json', 'application/xml', '*/*']) {
      const answer = await server.get('.well-known/smart-configuration', { Accept: accept });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, expect.stringMatching(/^application\/json/)]);
    }
  });

  it('well_known_capabilities_stu2: fields of their types', async () => {
    const { body } = await smartConfiguration();
    expect(body).toMatchObject({ authorization_endpoint: expect.stringMatching(/^http/), token_endpoint: expect.stringMatching(/^http/) });
    for (const list of ['capabilities', 'grant_types_supported', 'code_challenge_methods_supported']) expect(body[list].every((each: unknown) => typeof each === 'string' && each !== ''), list).toBe(true);
    expect(body.grant_types_supported).toContain('authorization_code');
    expect([body.code_challenge_methods_supported.includes('S256'), body.code_challenge_methods_supported.includes('plain')]).toEqual([true, false]);
    if (body.capabilities.includes('sso-openid-connect')) expect(body).toMatchObject({ issuer: authorization.url, jwks_uri: expect.stringMatching(/^http/) });
    else expect([body.issuer, body.jwks_uri]).toEqual([undefined, undefined]);
    expect(body.capabilities).toEqual(expect.arrayContaining(['permission-patient', 'permission-user', 'permission-v1', 'permission-v2', 'launch-ehr', 'launch-standalone']));
  });

  it('smart_cors_well_known, smart_cors_metadata: open to other sites', async () => {
    for (const path of ['.well-known/smart-configuration', 'metadata']) expect((await server.get(path, { Origin: 'https://app.example' })).headers.get('access-control-allow-origin'), path).toBe('*');
  });

  it('smart_cors_openid_fhir_user_claim: the user is read by a page of another site, which asked before', async () => {
    const before = await server.request('OPTIONS', 'Patient/ana', undefined, { Origin: 'https://app.example', 'Access-Control-Request-Method': 'GET', 'Access-Control-Request-Headers': 'authorization' });
    expect([before.status, before.headers.get('access-control-allow-origin'), before.headers.get('access-control-allow-headers')]).toEqual([204, '*', expect.stringMatching(/Authorization/)]);
    const read = await server.get('Patient/ana', { Origin: 'https://app.example', ...(await bearer('portal', 'patient/*.rs')) });
    expect([read.status, read.headers.get('access-control-allow-origin'), read.headers.get('access-control-allow-credentials')]).toEqual([200, '*', null]);
  });

  it('the CapabilityStatement says SMART-on-FHIR, and where', async () => {
    const { security } = ((await server.get('metadata')).body as CapabilityStatement).rest?.[0] ?? {};
    expect(security).toMatchObject({ cors: true, service: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/restful-security-service', code: 'SMART-on-FHIR' }] }] });
    const uris = security?.extension?.[0];
    expect(uris?.url).toBe('http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris');
    const { body } = await smartConfiguration();
    expect(uris?.extension).toEqual(expect.arrayContaining([{ url: 'token', valueUri: body.token_endpoint }, { url: 'authorize', valueUri: body.authorization_endpoint }]));
  });

  it('unauthorized_access: a read without a token is 401', async () => expect((await server.get('Patient/ana')).status).toBe(401));

  it('restricted_resource_type_access: what was not granted is refused, what was granted is not', async () => {
    const limited = await bearer('portal', 'patient/Coverage.rs patient/Claim.read');
    for (const type of ['Coverage', 'Claim']) expect((await server.get(`${type}?patient=Patient/ana`, limited)).status, type).toBe(200);
    for (const type of ['Patient', 'Encounter', 'ExplanationOfBenefit', 'Observation', 'Task']) expect((await server.get(`${type}?_id=x`, limited)).status, type).toBe(403);
  });

  it('smart_granular_scopes: what is found lies inside the constraint, by id too', async () => {
    const granular = await bearer('portal', 'patient/Coverage.rs?status=active');
    expect(namesIn(await server.get('Coverage?patient=Patient/ana', granular))).toEqual(['Coverage/cov-ana']);
    expect((await server.get('Coverage/cov-ana-old', granular)).status).toBe(404);
  });

  it('token_revocation: an access token that was revoked gets no further', async () => {
    const { body } = await authorization.tokenFor('portal', 'patient/*.rs', OPAQUE_RESOURCE);
    const token = String(body['access_token']);
    expect(await authorization.revoke('portal', token)).toBe(200);
    expect((await server.get('Patient/ana', { Authorization: `Bearer ${token}` })).status).toBe(401);
  });

  it('v1 scopes mean what they did', async () => {
    const v1 = await bearer('portal', 'patient/Claim.read');
    expect([(await server.get('Claim/clm-ana', v1)).status, (await server.get('Claim', v1)).status, (await server.get('Coverage', v1)).status]).toEqual([200, 200, 403]);
    expect((await server.delete('Claim/clm-ana', v1)).status).toBe(403);
  });
});

describe('our own keys', () => {
  it('stand at /.well-known/jwks.json, public parts only, for others to keep a while', async () => {
    const answer = await server.get(`${server.origin}/.well-known/jwks.json`);
    expect([answer.status, answer.headers.get('cache-control'), answer.body]).toEqual([200, 'public, max-age=300', { keys: keys.published }]);
    expect(answer.text).not.toContain('"d"');
  });
});
