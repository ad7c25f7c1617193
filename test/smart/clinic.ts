import { afterAll, beforeAll } from 'vitest';
import type { Bundle, FhirResource } from 'fhir/r4.js';
import { startTestServer, type Answer, type TestServer, type TestServerOptions } from '../http/server.js';
import { goodClaims, issuerKey, signed, startIssuer, type TestIssuer } from './issuer.js';

const key = issuerKey('key', 'ES256');

/** A server that asks for tokens, and how to ask it with one. */
export interface GuardedClinic {
  readonly server: TestServer;
  readonly issuer: TestIssuer;
  /** A good token with these scopes; `extra`: claims beside, such as the patient in context. */
  token(scope: string | undefined, extra?: Record<string, unknown>): string;
  /** Asks with such a token. */
  as(scope: string | undefined, extra?: Record<string, unknown>): Asking;
}

export interface Asking {
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  put(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  patch(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  delete(path: string, headers?: Record<string, string>): Promise<Answer>;
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

/** One for a test file, filled before its tests. */
export function guardedClinic(resources: () => readonly FhirResource[], options: TestServerOptions = {}, configured: Record<string, unknown> = {}): GuardedClinic {
  let server: TestServer;
  let issuer: TestIssuer;
  beforeAll(async () => {
    issuer = await startIssuer(key);
    server = await startTestServer({ issuers: issuer.configured(configured), ...options });
    const entry = resources().map((resource) => ({ resource, request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` } }));
    if (entry.length === 0) return;
    const filled = await clinic.as('system/*.cruds').post('', { resourceType: 'Bundle', type: 'transaction', entry });
    if (filled.status !== 200) throw new Error(filled.text);
  }, 60_000);
  afterAll(async () => {
    await server.close();
    await issuer.close();
  });
  const clinic: GuardedClinic = {
    get server() {
      return server;
    },
    get issuer() {
      return issuer;
    },
    token: (scope, extra) => signed(key, goodClaims(issuer, scope, extra)),
    as(scope, extra) {
      const token = clinic.token(scope, extra);
      const request: Asking['request'] = (method, path, body, headers = {}) => server.request(method, path, body, { Authorization: `Bearer ${token}`, ...headers });
      return {
        request,
        get: (path, headers) => request('GET', path, undefined, headers),
        post: (path, body, headers) => request('POST', path, body, headers),
        put: (path, body, headers) => request('PUT', path, body, headers),
        patch: (path, body, headers) => request('PATCH', path, body, { 'Content-Type': 'application/json-patch+json', ...headers }),
        delete: (path, headers) => request('DELETE', path, undefined, headers),
      };
    },
  };
  return clinic;
}

/** `Type/id` of the entries of a Bundle, in order of their names. */
export const namesIn = ({ body }: Answer): string[] => ((body as Bundle).entry ?? []).flatMap(({ resource }) => (resource ? [`${resource.resourceType}/${resource.id}`] : [])).sort();

const reference = (to: string): { reference: string } => ({ reference: to });

/** Two families: Ana, whose coverage Ben's holds too (she subscribes to his), and Ben. Nothing of the one is the other's business but that. */
export const families: readonly FhirResource[] = [
  { resourceType: 'Organization', id: 'payer', name: 'Payer', active: true },
  { resourceType: 'Organization', id: 'payer-2', name: 'Second Payer', active: true },
  { resourceType: 'Practitioner', id: 'doc', name: [{ family: 'Doc' }] },
  ...['ana', 'ben'].flatMap((name): FhirResource[] => [
    { resourceType: 'Patient', id: name, name: [{ family: name === 'ana' ? 'Alder' : 'Birch' }], birthDate: '1980-01-01', identifier: [{ system: 'urn:mrn', value: name }] },
    coverage(`cov-${name}`, name, name, 'payer'),
    claim(`clm-${name}`, name, `cov-${name}`),
    { resourceType: 'Task', id: `task-${name}`, status: 'requested', intent: 'order', for: reference(`Patient/${name}`), description: name },
    { resourceType: 'Encounter', id: `enc-${name}`, status: 'finished', class: { code: 'AMB', system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode' }, subject: reference(`Patient/${name}`) },
  ]),
  // Ben's second coverage is through Ana: R4 has it in the records of both.
  coverage('cov-ben-2', 'ben', 'ana', 'payer-2'),
  { ...coverage('cov-ana-old', 'ana', 'ana', 'payer-2'), status: 'cancelled' },
];

export function coverage(id: string, beneficiary: string, subscriber: string, payer: string): FhirResource & { resourceType: 'Coverage' } {
  return { resourceType: 'Coverage', id, status: 'active', beneficiary: reference(`Patient/${beneficiary}`), subscriber: reference(`Patient/${subscriber}`), payor: [reference(`Organization/${payer}`)], subscriberId: `member-${id}` };
}

export function claim(id: string, patient: string, cover: string): FhirResource & { resourceType: 'Claim' } {
  return {
    resourceType: 'Claim', id, status: 'active', use: 'claim', type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/claim-type', code: 'professional' }] },
    patient: reference(`Patient/${patient}`), created: '2026-06-01', insurer: reference('Organization/payer'), provider: reference('Practitioner/doc'),
    priority: { coding: [{ code: 'normal' }] }, insurance: [{ sequence: 1, focal: true, coverage: reference(`Coverage/${cover}`) }],
  };
}
