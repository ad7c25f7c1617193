import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type Answer, type TestServer } from '../server.js';
import { call, cardsOf, encounterStart, ENCOUNTER, prefetchOf, searchset, seeded } from './cds.js';

let server: TestServer;
let empty: TestServer;
beforeAll(async () => {
  [server, empty] = await Promise.all([startTestServer({ seed: 'demo' }), startTestServer()]);
});
afterAll(() => Promise.all([server.close(), empty.close()]));

/** A FHIR server of a client, which asks for its token. */
describe('fhirAuthorization', () => {
  let ehr: Server;
  let base: string;
  const asked: { path: string; authorization: string | undefined }[] = [];
  let redirects = false;
  /** How the second page of related persons is answered. */
  let people = 200;
  /** What the second page of coverages names as the next one; `end`: nothing; undefined: all come on one page. */
  let pages: string | undefined;
  const pageOf = (page: number, next?: string): object => searchset(seeded('07-garrick').filter(({ resourceType }) => resourceType === 'Coverage').slice(page, page + 1), next);
  beforeAll(async () => {
    ehr = createServer((request, response) => {
      asked.push({ path: request.url ?? '', authorization: request.headers.authorization });
      if (redirects) return void response.writeHead(302, { Location: `${server.origin}/elsewhere` }).end();
      const all = prefetchOf('07-garrick');
      if (pages && request.url?.includes('Coverage?patient')) return void response.writeHead(200).end(JSON.stringify(pageOf(0, `${base}?page=2`)));
      if (request.url?.includes('people=2')) return void response.writeHead(people).end(JSON.stringify(searchset([{ resourceType: 'RelatedPerson', id: 'rp-last', patient: { reference: 'Patient/pat-garrick' } }])));
      if (pages && request.url?.includes('page=2')) return void response.writeHead(200).end(JSON.stringify(pageOf(1, pages === 'end' ? undefined : pages)));
      const key = request.url?.startsWith('/fhir/Coverage?') ? 'coverages' : request.url?.startsWith('/fhir/RelatedPerson?') ? 'relatedPersons' : 'patient';
      const found = key === 'coverages' ? { resourceType: 'Bundle', type: 'searchset', entry: seeded('07-garrick').filter(({ resourceType }) => resourceType === 'Coverage').map((resource) => ({ resource })) } : (all[key] ?? { resourceType: 'Bundle', type: 'searchset' });
      response.writeHead(request.headers.authorization === 'Bearer its-token' ? 200 : 401, { 'Content-Type': 'application/fhir+json' }).end(JSON.stringify(found));
    });
    await new Promise<void>((done) => ehr.listen(0, '127.0.0.1', done));
    base = `http://127.0.0.1:${(ehr.address() as AddressInfo).port}/fhir`;
  });
  afterAll(() => {
    ehr.closeAllConnections();
    ehr.close();
  });
  const authorization = { access_token: 'its-token', token_type: 'Bearer', expires_in: 300, scope: 'user/*.rs', subject: 'cobalt' };

  it('is used for what was not prefetched, on the server that it is for', async () => {
    asked.length = 0;
    expect(cardsOf(await call(empty, ENCOUNTER, encounterStart('pat-garrick', { fhirServer: `${base}/`, fhirAuthorization: authorization })))).toHaveLength(1);
    expect(asked.map(({ path }) => path).sort()).toEqual(['/fhir/Coverage?patient=pat-garrick', '/fhir/Patient/pat-garrick', '/fhir/RelatedPerson?patient=pat-garrick']);
    expect(new Set(asked.map((each) => each.authorization))).toEqual(new Set(['Bearer its-token']));
  });

  it('is used for the pages that follow, of what was prefetched and of what is fetched', async () => {
    pages = 'end';
    const { patient, relatedPersons } = prefetchOf('07-garrick');
    const others = { patient, relatedPersons };
    for (const prefetch of [{ ...others, coverages: pageOf(0, `${base}?page=2`) }, others]) {
      asked.length = 0;
      expect(cardsOf(await call(empty, ENCOUNTER, encounterStart('pat-garrick', { fhirServer: base, fhirAuthorization: authorization, prefetch })))).toHaveLength(1);
      expect(asked.map(({ path }) => path)).toContain('/fhir?page=2');
    }
    // Pages that go round, or lead to another host, are no answer; the token goes nowhere else.
    for (pages of [`${base}?page=2`, '?page=2', `http://localhost:${new URL(base).port}/fhir?page=3`, `//localhost:${new URL(base).port}/fhir?page=3`, 'http://[']) {
      asked.length = 0;
      expect((await call(empty, ENCOUNTER, encounterStart('pat-garrick', { fhirServer: base, fhirAuthorization: authorization, prefetch: others }))).status).toBe(412);
      expect(asked.filter(({ path }) => path.includes('page=3'))).toEqual([]);
    }
    pages = undefined;
  });

  it('is used for pages whose link is relative: it counts from the page that it stands on (RFC 3986)', async () => {
    pages = 'end';
    const { patient, relatedPersons } = prefetchOf('07-garrick');
    for (const [next, path] of [['?page=2', '/fhir/Coverage?page=2'], ['/fhir?page=2', '/fhir?page=2']] as const) {
      asked.length = 0;
      expect(cardsOf(await call(empty, ENCOUNTER, encounterStart('pat-garrick', { fhirServer: base, fhirAuthorization: authorization, prefetch: { patient, relatedPersons, coverages: pageOf(0, next) } })))).toHaveLength(1);
      expect(asked).toEqual([{ path, authorization: 'Bearer its-token' }]);
    }
    pages = undefined;
  });

  it('is used for further related persons, without whom nobody is asked about an order', async () => {
    const prefetch = { ...prefetchOf('07-garrick'), relatedPersons: searchset([], '?people=2') };
    const send = (): Promise<Answer> => call(empty, ENCOUNTER, encounterStart('pat-garrick', { fhirServer: base, fhirAuthorization: authorization, prefetch }));
    asked.length = 0;
    expect(cardsOf(await send())).toHaveLength(1);
    expect(asked.map(({ path }) => path)).toEqual(['/fhir/RelatedPerson?people=2']);
    people = 500;
    expect((await send()).status).toBe(412);
    people = 200;
  });

  it('is not used where the coverages came, or the patient is known here', async () => {
    asked.length = 0;
    await call(empty, ENCOUNTER, encounterStart('pat-garrick', { fhirServer: base, fhirAuthorization: authorization, prefetch: prefetchOf('07-garrick') }));
    await call(server, ENCOUNTER, encounterStart('pat-garrick', { fhirServer: server.base, fhirAuthorization: authorization }));
    expect(asked).toEqual([]);
  });

  it.each([['refuses the token', { ...authorization, access_token: 'another' }], ['sends us elsewhere', authorization]])('412 where the server %s', async (what, given) => {
    redirects = what === 'sends us elsewhere';
    const answer = await call(empty, ENCOUNTER, encounterStart('pat-garrick', { fhirServer: base, fhirAuthorization: given }));
    redirects = false;
    expect(answer.status).toBe(412);
    expect(answer.text).not.toContain('token":');
  });

  it('goes nowhere that the rules for other machines do not name', async () => {
    const strict = await startTestServer({ outbound: { hosts: [], networks: [], loopback: false } });
    asked.length = 0;
    expect((await call(strict, ENCOUNTER, encounterStart('pat-garrick', { fhirServer: base, fhirAuthorization: authorization }))).status).toBe(412);
    expect(asked).toEqual([]);
    await strict.close();
  });
});
