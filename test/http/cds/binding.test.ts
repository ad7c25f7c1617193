import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AuditEvent, FhirResource } from 'fhir/r4.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readCdsClients, readIssuers, serversOf, type Issuer } from '../../../src/smart/index.js';
import { isOf } from '../../../src/sync/index.js';
import { localId } from '../../../src/sync/identity.js';
import { withUpstream } from '../../../src/sync/upstream.js';
import { goodClaims, issuerKey, signed, startIssuer, type TestIssuer } from '../../smart/issuer.js';
import { auditEvents } from '../answered.js';
import { issuesOf, startTestServer, type Answer, type TestServer } from '../server.js';
import { call, encounterStart, ENCOUNTER, prefetchOf, seeded } from './cds.js';

/**
 * Two health records and a client of which nothing more is known call the hooks of one server, in which a patient of the
 * second record has an order that is open. Nobody but that record learns so.
 */
const key = issuerKey('es', 'ES384');
let own: TestIssuer;
let first: TestIssuer;
let second: TestIssuer;
let unknown: TestIssuer;
let fhir: Server;
let server: TestServer;
const asked: string[] = [];
const at = (path: string): string => `http://127.0.0.1:${(fhir.address() as AddressInfo).port}/${path}`;
const garrick = seeded('07-garrick').find(({ id }) => id === 'pat-garrick') as FhirResource & { resourceType: 'Patient' };

beforeAll(async () => {
  [own, first, second, unknown] = await Promise.all([startIssuer(key), startIssuer(key), startIssuer(key), startIssuer(key)]);
  fhir = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(200, { 'Content-Type': 'application/fhir+json' }).end(JSON.stringify({ resourceType: 'Bundle', type: 'searchset' }));
  });
  await new Promise<void>((done) => fhir.listen(0, '127.0.0.1', done));
  const clients = [{ issuer: own.url }, { issuer: first.url }, { issuer: second.url, fhirServers: [`${at('second')}/`] }, { issuer: unknown.url }];
  server = await startTestServer({
    seed: 'demo', cdsClients: readCdsClients(JSON.stringify(clients.map((each) => ({ ...each, jwksUri: `${each.issuer}/jwks` })))),
    issuers: (base) => readIssuers(JSON.stringify([{ issuer: own.url, audience: base }, { issuer: first.url, audience: at('first'), fhirBase: at('first') }])) as readonly [Issuer, ...Issuer[]],
  });
  const token = { Authorization: `Bearer ${signed(key, goodClaims(own, 'system/*.cruds', { aud: server.base }))}` };
  const put = async (resource: FhirResource): Promise<void> => void expect((await server.put(`${resource.resourceType}/${resource.id}`, resource, token)).status).toBeLessThan(300);
  await put({ ...garrick, identifier: [...(garrick.identifier ?? []), { system: at('second'), value: 'Patient/77' }] });
  for (const person of seeded('05-ellery')) if (person.resourceType === 'RelatedPerson') await put({ ...person, identifier: [{ system: at('second'), value: `RelatedPerson/${person.id}` }] });
});
beforeEach(() => asked.splice(0));
afterAll(async () => {
  await server.close();
  await Promise.all([own, first, second, unknown].map((each) => each.close()));
  fhir.closeAllConnections();
  fhir.close();
});

const as = (issuer: TestIssuer, body: unknown): Promise<Answer> => {
  const now = Math.floor(Date.now() / 1000);
  const token = signed(key, { iss: issuer.url, aud: `${server.origin}/cds-services/${ENCOUNTER}`, exp: now + 300, iat: now, jti: randomUUID() }, { typ: 'JWT' });
  return call(server, ENCOUNTER, body, { Authorization: `Bearer ${token}` });
};
const fhirAuthorization = { access_token: 'its-token', token_type: 'Bearer', expires_in: 300, scope: 'user/*.rs', subject: 'cobalt' };
/** The same person, as a record sends them under an id of its own. */
const alike = (id: string): object => ({ patient: { ...garrick, id } });
const cards = ({ status, body, text }: Answer): number => {
  expect(status, text).toBe(200);
  return (body as { cards: unknown[] }).cards.length;
};

describe('a server of another', () => {
  it.each<[string, () => Promise<Answer>]>([
    ['the other record’s', () => as(first, encounterStart('77', { fhirServer: at('second') }))],
    ['the other record’s, with a token and all that is asked for', () => as(first, encounterStart('pat-garrick', { fhirServer: at('second'), fhirAuthorization, prefetch: prefetchOf('07-garrick') }))],
    ['this one', () => as(first, encounterStart('pat-garrick', { fhirServer: server.base }))],
    ['this one, by the record that names its own', () => as(second, encounterStart('pat-garrick', { fhirServer: server.base }))],
    ['one below its own', () => as(second, encounterStart('77', { fhirServer: at('second/tenant') }))],
    ['one that nobody knows', () => as(first, encounterStart('1', { fhirServer: at('internal'), fhirAuthorization }))],
  ])('%s is refused: nothing is asked, and it is recorded', async (_what, send) => {
    const before = await refusals();
    const answer = await send();
    expect([answer.status, issuesOf(answer)[0]], answer.text).toEqual([403, expect.objectContaining({ code: 'forbidden', expression: ['fhirServer'], details: expect.objectContaining({ coding: [expect.objectContaining({ code: 'cds-fhir-server' })] }) })]);
    expect(asked).toEqual([]);
    expect((await refusals()) - before).toBe(1);
  });

  it('a call without a good token is recorded too', async () => {
    const before = await refusals();
    expect((await call(server, ENCOUNTER, encounterStart('77'))).status).toBe(401);
    expect((await refusals()) - before).toBe(1);
  });

  /** AuditEvents that tell of a refused hook. */
  async function refusals(): Promise<number> {
    await server.flushAudit();
    const events: AuditEvent[] = [];
    for await (const event of auditEvents(server.store)) events.push(event);
    return events.filter(({ outcome, entity = [] }) => outcome === '4' && entity.some(({ query }) => query !== undefined && Buffer.from(query, 'base64').toString('utf8') === `cds-services/${ENCOUNTER}`)).length;
  }
});

describe('its own patients', () => {
  it.each<[string, () => Promise<Answer>, number]>([
    ['by the record’s address', () => as(second, encounterStart('77', { fhirServer: at('second') })), 1],
    ['with a slash at the end', () => as(second, encounterStart('77', { fhirServer: `${at('second')}/` })), 1],
    ['by an identifier', () => as(second, encounterStart('x', { fhirServer: at('second'), prefetch: alike('x') })), 1],
    ['by an identifier, where no server is named', () => as(second, encounterStart('x', { prefetch: alike('x') })), 1],
    ['of this server, by whoever issues tokens for it', () => as(own, encounterStart('pat-garrick', { fhirServer: server.base })), 1],
    ['of this server by an identifier, by the same', () => as(own, encounterStart('x', { prefetch: alike('x') })), 1],
  ])('are found %s', async (_what, send, count) => {
    expect(cards(await send())).toBe(count);
    expect(asked).toEqual([]);
  });

  it.each<[string, () => Promise<Answer>]>([
    ['by the id that the other record has for them', () => as(first, encounterStart('77', { fhirServer: at('first') }))],
    ['by an identifier that they have here', () => as(first, encounterStart('x', { fhirServer: at('first'), prefetch: alike('x') }))],
    ['by an identifier, where no server is named', () => as(first, encounterStart('x', { prefetch: alike('x') }))],
    ['by their address at the other record, sent as an identifier', () => as(first, encounterStart('x', { fhirServer: at('first'), prefetch: { patient: { resourceType: 'Patient', id: 'x', identifier: [{ system: at('second'), value: 'Patient/77' }] } } }))],
    ['by an identifier, by a client of which nothing is known', () => as(unknown, encounterStart('x', { fhirServer: at('second'), prefetch: alike('x') }))],
  ])('are nobody to others, %s', async (_what, send) => {
    expect((await send()).status).toBe(412);
    expect(asked).toEqual([]);
  });
});

describe('a client of which nothing more is known', () => {
  const named = { fhirServer: 'https://whoever.example/fhir', fhirAuthorization };

  it('is answered from what it sends, and nobody is asked for more', async () => {
    expect(cards(await as(unknown, encounterStart('pat-garrick', { ...named, prefetch: prefetchOf('07-garrick') })))).toBe(1);
    expect((await as(unknown, encounterStart('pat-garrick', { fhirServer: at('second'), fhirAuthorization }))).status).toBe(412);
    expect(asked).toEqual([]);
  });

  it('learns nothing of what is known here of the server that it names', async () => {
    // Who the subscribers are settles the order: they are known from the second record.
    const send = (issuer: TestIssuer): Promise<Answer> => as(issuer, encounterStart('pat-ellery', { fhirServer: at('second'), prefetch: { ...prefetchOf('05-ellery'), relatedPersons: null } }));
    expect(cards(await send(second))).toBe(0);
    expect(cards(await send(unknown))).toBe(1);
  });
});

describe('whose a resource is', () => {
  const from = (base: string, id = localId(base, 'Patient', '1')): FhirResource => ({ resourceType: 'Patient', id, meta: withUpstream({}, { target: 'Patient/1', version: '1', lastUpdated: undefined, hash: 'h', missingSince: undefined, isIncomplete: false, stated: undefined, replacedBy: undefined, replaces: [], systems: [] }) });
  it.each<[string, FhirResource, boolean]>([
    ['taken from there', from('https://a.example/fhir'), true],
    ['taken from elsewhere', from('https://b.example/fhir'), false],
    ['which says to be taken from there, under another id', from('https://a.example/fhir', 'x'), false],
    ['with its address there', { resourceType: 'Patient', id: 'x', identifier: [{ system: 'https://a.example/fhir', value: 'Patient/1' }] }, true],
    ['with the address of something else there', { resourceType: 'Patient', id: 'x', identifier: [{ system: 'https://a.example/fhir', value: 'Coverage/1' }] }, false],
    ['of this server alone', { resourceType: 'Patient', id: '1' }, false],
  ])('%s', (_what, resource, expected) => {
    expect(isOf(resource, 'https://a.example/fhir')).toBe(expected);
  });
});

describe('the setting', () => {
  const client = (more: object): string => JSON.stringify([{ issuer: 'https://ehr.example', jwksUri: 'https://ehr.example/jwks', ...more }]);
  it.each<[string, object, RegExp]>([
    ['no list', { fhirServers: 'https://ehr.example/fhir' }, /client 1: fhirServers is a list/], ['an empty list', { fhirServers: [] }, /client 1: fhirServers is a list/],
    ['a server without TLS', { fhirServers: ['http://ehr.example/fhir'] }, /client 1: fhirServers must be an https address/], ['what is no address', { fhirServers: [7] }, /must be a text/],
  ])('refuses %s', (_what, more, message) => {
    expect(() => readCdsClients(client(more))).toThrow(message);
  });

  it.each<[string, object, object[], readonly string[]]>([
    ['what it states', { fhirServers: ['https://a.example/fhir/', 'http://127.0.0.1:9/fhir'] }, [{ fhirBase: 'https://b.example/fhir' }], ['https://a.example/fhir', 'http://127.0.0.1:9/fhir']],
    ['that of the issuer of the same name', {}, [{ fhirBase: 'https://b.example/fhir' }], ['https://b.example/fhir']],
    ['this server, where the issuer’s tokens are for it', {}, [{}], ['https://cobalt.example/fhir']],
    ['none, where the issuer is another', {}, [{ issuer: 'https://ehr.example/' }], []],
  ])('the servers of a client are %s', (_what, more, issuers, expected) => {
    const [one] = readCdsClients(client(more));
    expect(serversOf(one!, readIssuers(JSON.stringify(issuers.map((each) => ({ issuer: 'https://ehr.example', audience: 'x', ...each })))), 'https://cobalt.example/fhir')).toEqual(expected);
  });
});
