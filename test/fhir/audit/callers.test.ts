import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AuditEvent } from 'fhir/r4.js';
import jwt from 'jsonwebtoken';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditEvents, requestIdsOf } from '../../http/answered.js';
import { issuesOf, startTestServer, type Answer, type TestServer } from '../../http/server.js';

/** Who asked, as a token says it: in what is recorded, behind Idempotency-Keys, and of quotas. */
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const AUDIENCE = 'https://cobalt.example.org/fhir';
let issuer: Server;
let url = '';
let server: TestServer;

beforeAll(async () => {
  issuer = createServer((_request, response) => response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k', use: 'sig', alg: 'RS256' }] }))).listen(0, '127.0.0.1');
  await once(issuer, 'listening');
  url = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`;
  server = await startTestServer({ rateLimit: 1_000, issuers: [{ issuer: url, audience: [AUDIENCE], jwksUri: `${url}/jwks`, algorithms: ['RS256'], introspection: undefined, scopesFrom: 'scope', endpoints: {}, fhirBase: undefined, launch: undefined }] });
  await server.put('Patient/p', { resourceType: 'Patient', id: 'p' }, bearer(ANN));
});
afterAll(async () => {
  await server.close();
  issuer.close();
});

const ANN = { sub: 'ann', client_id: 'billing', fhirUser: 'Practitioner/ann', scope: 'user/*.cruds' };
const BOB = { sub: 'bob', client_id: 'billing', fhirUser: 'Practitioner/bob', scope: 'user/*.cruds' };

const bearer = (claims: object): Record<string, string> => ({ Authorization: `Bearer ${jwt.sign({ jti: randomUUID(), ...claims }, privateKey, { algorithm: 'RS256', keyid: 'k', issuer: url, audience: AUDIENCE, expiresIn: 300 })}` });

async function recorded(ask: (headers: Record<string, string>) => Promise<Answer>): Promise<{ status: number; events: AuditEvent[] }> {
  const id = `caller-${randomUUID()}`;
  const { status } = await ask({ 'X-Request-Id': id });
  await server.flushAudit();
  const events: AuditEvent[] = [];
  for await (const event of auditEvents(server.store)) if (requestIdsOf(event).includes(id)) events.push(event);
  return { status, events };
}

describe('who asked', () => {
  it('stands in the AuditEvent of a read and of a change: user, subject, application, address', async () => {
    for (const ask of [
      (headers: Record<string, string>) => server.get('Patient/p', { ...headers, ...bearer(ANN) }),
      (headers: Record<string, string>) => server.put('Patient/q', { resourceType: 'Patient', id: 'q' }, { ...headers, ...bearer(ANN) }),
    ]) {
      const { events: [event] } = await recorded(ask);
      expect(event?.agent).toEqual([
        { who: { reference: 'Practitioner/ann' }, altId: 'ann', requestor: true, network: { address: '127.0.0.1', type: '2' } },
        { type: { coding: [{ system: 'http://dicom.nema.org/resources/ontology/DCM', code: '110150' }] }, altId: 'billing', requestor: false },
      ]);
    }
    expect((await server.get('AuditEvent?agent=Practitioner/ann&action=R', bearer(BOB))).body.entry.length).toBeGreaterThan(0);
  });

  it.each<[what: string, headers: () => Record<string, string>, status: number]>([
    ['no token', () => ({}), 401],
    ['a token that is none', () => ({ Authorization: 'Bearer none' }), 401],
    ['a token without the scope', () => bearer({ ...ANN, scope: 'user/Claim.r' }), 403],
  ])('who is refused is recorded: %s', async (_, headers, status) => {
    const found = await recorded((own) => server.get('Patient/p', { ...own, ...headers() }));
    expect([found.status, found.events.map(({ outcome, outcomeDesc }) => [outcome, outcomeDesc])]).toEqual([status, [['4', expect.stringContaining(`HTTP ${status}`)]]]);
  });
});

describe('an Idempotency-Key', () => {
  const create = (claims: object, key: string): Promise<Answer> => server.post('Patient', { resourceType: 'Patient', active: true }, { ...bearer(claims), 'Idempotency-Key': key });

  it('is its caller\'s own, by whatever token', async () => {
    const key = randomUUID();
    const [first, again, other] = [await create(ANN, key), await create(ANN, key), await create(BOB, key)];
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect([other.status, other.headers.get('location') === first.headers.get('location')]).toEqual([201, false]);
  });

  it('repeats nothing to a token that allows something else', async () => {
    const key = randomUUID();
    await create(ANN, key);
    const answer = await create({ ...ANN, scope: 'user/Patient.c' }, key);
    expect([answer.status, issuesOf(answer)[0]?.details?.coding?.[0]?.code]).toEqual([422, 'idempotency-key-reused']);
  });
});

describe('a quota', () => {
  it('is the caller\'s, wherever the requests come from', async () => {
    const left = async (claims: object): Promise<number> => Number(/r=(\d+)/.exec((await server.get('Patient/p', bearer(claims))).headers.get('ratelimit') ?? '')?.[1]);
    const before = await left({ ...ANN, sub: 'carl' });
    expect([before, await left({ ...ANN, sub: 'dora' }), await left({ ...ANN, sub: 'carl' })]).toEqual([999, 999, 998]);
  });
});
