import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { AuditEvent, Provenance } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { validateResource } from '../../../src/fhir/validation/index.js';
import { StoreUnavailableError } from '../../../src/store/store.js';
import { auditEvents, requestIdsOf } from '../../http/answered.js';
import { issuesOf, startTestServer, type TestServer } from '../../http/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ seed: 'demo' });
  await server.put('Patient/p', { resourceType: 'Patient', id: 'p', name: [{ family: 'Vandermeer' }] });
  await server.put('Claim/c', claim('c'));
});
afterAll(() => server.close());

const claim = (id: string): object => ({
  resourceType: 'Claim', id, status: 'active', type: { coding: [{ code: 'professional' }] }, use: 'claim', created: '2026-03-01', priority: { coding: [{ code: 'normal' }] },
  patient: { reference: 'Patient/p' }, provider: { reference: 'Organization/o' }, insurance: [{ sequence: 1, focal: true, coverage: { reference: 'Coverage/v' } }],
});

let last = 0;
const nextId = (): string => `audit-test-${++last}`;

/** Sends a request, and answers what is recorded of it, as it stands in the store. */
async function recorded(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<{ status: number; events: AuditEvent[] }> {
  const id = nextId();
  const { status } = await server.request(method, path, body, { 'X-Request-Id': id, ...headers });
  await server.flushAudit();
  const events: AuditEvent[] = [];
  for await (const event of auditEvents(server.store)) if (requestIdsOf(event).includes(id)) events.push(event);
  return { status, events };
}

/** `subtypes action outcome entities`, with the query in plain text. */
const told = ({ subtype = [], action, outcome, entity = [] }: AuditEvent): string =>
  [subtype.map(({ code }) => code).join('+'), action, outcome, ...entity.flatMap(({ what, query }) => (what?.reference ? [what.reference] : query ? [`«${Buffer.from(query, 'base64').toString()}»`] : []))].join(' ');

const bundle = (type: string, ...entry: object[]): object => ({ resourceType: 'Bundle', type, entry });
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };

describe('what is recorded of a request', () => {
  it.each<[what: string, request: Parameters<typeof recorded>, status: number, events: unknown[]]>([
    ['a read', ['GET', 'Patient/p'], 200, ['read R 0 Patient/p']],
    ['a version', ['GET', 'Patient/p/_history/1'], 200, ['vread R 0 Patient/p']],
    ['a history', ['GET', 'Patient/p/_history'], 200, ['history-instance R 0 Patient/p']],
    ['the history of a type', ['GET', 'Patient/_history?_count=1'], 200, ['history-type R 0 «Patient/_history?_count=1»']],
    ['the history of all', ['GET', '_history?_count=1'], 200, ['history-system R 0 «_history?_count=1»']],
    ['a search', ['GET', 'Patient?family=Vandermeer'], 200, ['search-type E 0 «Patient?family=Vandermeer»']],
    ['a search without parameters', ['GET', 'Patient'], 200, ['search-type E 0 «Patient»']],
    ['a posted search', ['POST', 'Patient/_search', 'family=Vandermeer', FORM], 200, ['search-type E 0 «Patient/_search?family=Vandermeer»']],
    ['a search that names a patient', ['GET', 'Claim?patient=Patient/p&status=active'], 200, ['search-type E 0 Patient/p «Claim?patient=Patient%2Fp&status=active»']],
    ['one that names whose coverage it is', ['GET', 'Coverage?beneficiary=p&subscriber:Patient=q&subscriber=r'], 200, ['search-type E 0 Patient/p Patient/q «Coverage?beneficiary=p&subscriber%3APatient=q&subscriber=r»']],
    ['one for patients by their ids', ['GET', 'Patient?_id=p,q'], 200, ['search-type E 0 Patient/p Patient/q «Patient?_id=p%2Cq»']],
    ['one for others by theirs', ['GET', 'Claim?_id=p&patient:missing=true'], 200, ['search-type E 0 «Claim?_id=p&patient%3Amissing=true»']],
    ['a search that names a patient by id', ['GET', 'Claim?patient=p,q'], 200, ['search-type E 0 Patient/p Patient/q «Claim?patient=p%2Cq»']],
    ['a search of a compartment', ['GET', 'Patient/p/Claim'], 200, ['search-type E 0 Patient/p «Patient/p/Claim»']],
    ['a search of all', ['GET', '?_id=p'], 200, ['search-system E 0 «?_id=p»']],
    ['an update', ['PUT', 'Patient/u', { resourceType: 'Patient', id: 'u' }], 201, ['update U 0 Patient/u']],
    ['a patch', ['PATCH', 'Patient/u', [{ op: 'add', path: '/active', value: true }], { 'Content-Type': 'application/json-patch+json' }], 200, ['patch U 0 Patient/u']],
    ['a deletion', ['DELETE', 'Patient/u'], 204, ['delete D 0 Patient/u']],
    ['a conditional update', ['PUT', 'Patient?_id=p', { resourceType: 'Patient', name: [{ family: 'Vandermeer' }] }], 200, ['update U 0 Patient/p «Patient?_id=p»']],
    ['a conditional deletion of none', ['DELETE', 'Patient?identifier=none'], 204, ['delete D 0 «Patient?identifier=none»']],
    ['an operation', ['POST', 'Patient/pat-ashdown/$cob-order'], 200, ['operation+cob-order E 0 Patient/pat-ashdown']],
    ['an operation by GET', ['GET', 'Patient/pat-ashdown/$everything?_count=1'], 200, ['operation+everything E 0 Patient/pat-ashdown «Patient/pat-ashdown/$everything?_count=1»']],
    ['an operation that changes something', ['POST', 'Patient/p/$meta-add', { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: { tag: [{ system: 'http://a', code: 'b' }] } }] }], 200, ['operation+update+meta-add U 0 Patient/p', expect.stringMatching(/^operation\+create\+meta-add C 0 Provenance\/\S+$/), 'operation+meta-add E 0 Patient/p']],
    ['a batch, its entries each', ['POST', '', bundle('batch', { request: { method: 'GET', url: 'Patient/p' } }, { request: { method: 'GET', url: 'Patient/none' } })], 200, ['read R 0 Patient/p', 'read R 4 Patient/none', 'batch E 0']],
    [
      'a transaction, its changes by kind, and what it reads',
      ['POST', '', bundle('transaction',
        { request: { method: 'PUT', url: 'Patient/t1' }, resource: { resourceType: 'Patient', id: 't1' } }, { request: { method: 'PUT', url: 'Patient/t2' }, resource: { resourceType: 'Patient', id: 't2' } },
        { request: { method: 'DELETE', url: 'Patient/t3' } }, { request: { method: 'GET', url: 'Patient/p' } })],
      200, ['transaction+delete D 0 Patient/t3', 'transaction+update U 0 Patient/t1 Patient/t2', 'read R 0 Patient/p'],
    ],
    ['a transaction that is refused', ['POST', '', bundle('transaction', { request: { method: 'PUT', url: 'Patient/t1' }, resource: { resourceType: 'Patient', id: 'other' } })], 400, ['transaction E 4']],
    ['a resource that is not there', ['GET', 'Patient/none'], 404, ['read R 4 Patient/none']],
    ['an invalid resource', ['POST', 'Patient', { resourceType: 'Patient', gender: 'x' }], 400, ['create C 4']],
    ['a version that is not the current one', ['PUT', 'Patient/p', { resourceType: 'Patient', id: 'p' }, { 'If-Match': 'W/"99"' }], 412, ['update U 4 Patient/p']],
    ['an operation that does not exist', ['POST', '$Vandermeer'], 404, ['operation E 4']],
    ['a path that leads nowhere', ['GET', 'Patient/p/x/y/z'], 404, [' E 4 «Patient/p/x/y/z»']],
    ['a body that is too large', ['POST', 'Patient', Buffer.alloc(33 * 2 ** 20, ' ')], 413, [' E 4 «Patient»']],
    ['an address that is none', ['GET', 'Patient/%ff'], 400, [' E 4 «Patient/%ff»']],
  ])('%s', async (_, request, status, events) => {
    const found = await recorded(...request);
    expect([found.status, found.events.length]).toEqual([status, events.length]);
    expect(found.events.map(told)).toEqual(expect.arrayContaining(events));
  });

  it('a create names what it made, also by a condition', async () => {
    const created = await recorded('POST', 'Patient', { resourceType: 'Patient', identifier: [{ system: 'http://a', value: 'one' }] }, { 'If-None-Exist': 'identifier=http://a|one' });
    const again = await recorded('POST', 'Patient', { resourceType: 'Patient', identifier: [{ system: 'http://a', value: 'one' }] }, { 'If-None-Exist': 'identifier=http://a|one' });
    const [{ id }] = (await server.get('Patient?identifier=http://a|one')).body.entry.map(({ resource }: { resource: unknown }) => resource);
    for (const { events } of [created, again]) expect(events.map(told)).toEqual([`create C 0 Patient/${id as string} «Patient?identifier=http://a|one»`]);
    expect([created.status, again.status]).toEqual([201, 200]);
  });

  it('a foreign host', async () => {
    const id = nextId();
    const asked = httpRequest(`${server.base}/Patient/p`, { headers: { Host: 'evil.example', 'X-Request-Id': id } }).end();
    expect(((await once(asked, 'response')) as [IncomingMessage])[0].resume().statusCode).toBe(421);
    await server.flushAudit();
    expect((await server.get(`AuditEvent?entity:identifier=${id}`)).body.entry.map(({ resource }: { resource: AuditEvent }) => told(resource))).toEqual([' E 4 «Patient/p»']);
  });

  it('a conditional deletion names what it deleted', async () => {
    await server.put('Patient/gone', { resourceType: 'Patient', id: 'gone', identifier: [{ value: 'gone' }] });
    expect((await recorded('DELETE', 'Patient?identifier=gone')).events.map(told)).toEqual(['delete D 0 Patient/gone «Patient?identifier=gone»']);
  });

  it('the metadata are nobody\'s data', async () => expect((await recorded('GET', 'metadata')).events).toEqual([]));

  it('when, from where, by what; and that there was no token', async () => {
    const { events: [event] } = await recorded('GET', 'Patient/p');
    expect(event).toMatchObject({
      type: { system: 'http://terminology.hl7.org/CodeSystem/audit-event-type', code: 'rest' }, recorded: expect.stringMatching(/^20\d\d-.*Z$/),
      agent: [{ requestor: true, network: { address: '127.0.0.1', type: '2' } }], source: { observer: { reference: 'Device/cobalt' } },
    });
    expect(event?.agent[0]?.who).toBeUndefined();
  });

  it('a refusal says its status and code, and not its text', async () => {
    expect((await recorded('GET', 'Patient/none')).events[0]?.outcomeDesc).toBe('HTTP 404 not-found');
  });

  it('what the server does by itself', async () => {
    const found: AuditEvent[] = [];
    for await (const event of auditEvents(server.store)) if (event.type.code === '110100') found.push(event);
    expect(found.length).toBeGreaterThan(0);
    for (const event of found) expect([event.agent, requestIdsOf(event)]).toEqual([[{ who: { reference: 'Device/cobalt' }, requestor: true }], []]);
    expect(found.flatMap(({ entity = [] }) => entity.map(({ what }) => what?.reference))).toContain('Patient/pat-ashdown');
  });

  it('every AuditEvent is valid R4', async () => {
    await server.flushAudit();
    let events = 0;
    for await (const event of auditEvents(server.store)) {
      events++;
      expect(validateResource(event, { expectType: 'AuditEvent' })).toEqual([]);
    }
    expect(events).toBeGreaterThan(50);
  });
});

describe('what an operation writes', () => {
  const provenances = async (target: string): Promise<Provenance[]> => ((await server.get(`Provenance?target=${target}`)).body.entry ?? []).map(({ resource }: { resource: Provenance }) => resource);
  const tag = (code: string): object => ({ resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: { tag: [{ system: 'http://a', code }] } }] });

  it('has a Provenance that is valid R4, in the same commit, and none where nothing changed', async () => {
    await server.put('Patient/told', { resourceType: 'Patient', id: 'told' });
    for (const code of ['one', 'one', 'two']) expect((await server.post('Patient/told/$meta-add', tag(code))).status).toBe(200);
    const found = await provenances('Patient/told');
    expect(found).toHaveLength(2);
    for (const provenance of found) expect(validateResource(provenance, { expectType: 'Provenance' })).toEqual([]);
    expect(found[0]).toMatchObject({ target: [{ reference: 'Patient/told' }], policy: [expect.stringContaining('/OperationDefinition/')], activity: { coding: [{ code: 'UPDATE' }] }, agent: [{ who: { reference: 'Device/cobalt' } }] });
    const [second] = (await server.get('Patient/told/_history')).body.entry;
    expect(found.map(({ meta }) => meta?.lastUpdated)).toContain(second.response.lastModified);
  });
});

describe('the audit trail', () => {
  const idsFor = async (query: string): Promise<string[]> => {
    await server.flushAudit();
    return ((await server.get(`AuditEvent?_count=100&${query}`)).body.entry ?? []).map(({ resource }: { resource: AuditEvent }) => requestIdsOf(resource)[0]);
  };

  it.each([
    'entity=Patient/p', 'patient=Patient/p', 'action=R&entity=Patient/p', 'subtype=read&entity=Patient/p', 'outcome=0&entity=Patient/p', 'type=rest&entity=Patient/p',
    'address=127.0.0.1&entity=Patient/p', 'source=Device/cobalt&entity=Patient/p', 'date=ge2026-01-01&entity=Patient/p',
  ])('is found by %s', async (query) => {
    const id = nextId();
    await server.get('Patient/p', { 'X-Request-Id': id });
    await server.flushAudit();
    expect(await idsFor(`${query}&_sort=-date`)).toContain(id);
  });

  it('is found by the patient whom a claim is about, and by the request', async () => {
    const id = nextId();
    await server.get('Claim/c', { 'X-Request-Id': id });
    expect(await idsFor('entity:Claim.patient=Patient/p')).toContain(id);
    expect(await idsFor(`entity:identifier=${id}`)).toEqual([id]);
  });

  it.each<[string, string, unknown]>([
    ['PUT', 'AuditEvent/new', { resourceType: 'AuditEvent', id: 'new' }],
    ['PUT', 'AuditEvent?date=2020', { resourceType: 'AuditEvent' }],
    ['PATCH', 'AuditEvent/new', []],
    ['DELETE', 'AuditEvent/new', undefined],
    ['DELETE', 'AuditEvent?date=gt2020', undefined],
  ])('is only ever added to: %s %s', async (method, path, body) => {
    const answer = await server.request(method, path, body);
    expect([answer.status, answer.headers.get('allow'), issuesOf(answer)[0]?.details?.coding?.[0]?.code]).toEqual([405, 'GET, HEAD, POST', 'audit-append-only']);
  });

  it('is not changed in a transaction, nor by an operation, and nothing else of it is done', async () => {
    const [id] = ((await server.get('AuditEvent?_count=1')).body.entry as { resource: AuditEvent }[]).map(({ resource }) => resource.id ?? '');
    const changed = await server.post('', bundle('transaction', { request: { method: 'PUT', url: 'Patient/with' }, resource: { resourceType: 'Patient', id: 'with' } }, { request: { method: 'DELETE', url: `AuditEvent/${id ?? ''}` } }));
    expect([changed.status, issuesOf(changed)[0]?.expression]).toEqual([405, ['Bundle.entry[1]']]);
    expect((await server.get('Patient/with')).status).toBe(404);
    const tagged = await server.post(`AuditEvent/${id ?? ''}/$meta-add`, { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: { tag: [{ code: 'b' }] } }] });
    expect(tagged.status).toBe(405);
    expect((await server.get(`AuditEvent/${id ?? ''}`)).body.meta.versionId).toBe('1');
  });

  it('takes what others have to record', async () => {
    const event: AuditEvent = { resourceType: 'AuditEvent', type: { code: 'rest' }, recorded: '2026-03-01T10:00:00Z', agent: [{ requestor: true }], source: { observer: { display: 'EHR' } } };
    expect((await server.post('AuditEvent', event)).status).toBe(201);
  });

  it('says in the CapabilityStatement what may be done with it', async () => {
    const { body } = await server.get('metadata');
    const { interaction, updateCreate, conditionalUpdate, conditionalDelete } = body.rest[0].resource.find(({ type }: { type: string }) => type === 'AuditEvent');
    expect(interaction.map(({ code }: { code: string }) => code).sort()).toEqual(['create', 'history-instance', 'history-type', 'read', 'search-type', 'vread']);
    expect([updateCreate, conditionalUpdate, conditionalDelete]).toEqual([false, false, 'not-supported']);
  });

  it.each(['_history?_count=1000', '?_count=1000', 'Patient/p/*?_count=100', 'Patient/p/$everything', 'Patient?_id=p&_revinclude=*'])('stands apart from the record: %s', async (path) => {
    await server.flushAudit();
    const types = (await server.get(path)).body.entry.map(({ resource }: { resource?: { resourceType: string } }) => resource?.resourceType);
    expect([types.length > 0, types.includes('AuditEvent')]).toEqual([true, false]);
  });

  it.each(['?_type=AuditEvent&_count=2', 'AuditEvent/_history?_count=2', 'Patient/p/AuditEvent', 'Patient/p/$everything?_type=AuditEvent', 'Patient?_id=p&_revinclude=AuditEvent:patient'])('is there where it is asked for: %s', async (path) => {
    await server.flushAudit();
    expect((await server.get(path)).body.entry.map(({ resource }: { resource?: { resourceType: string } }) => resource?.resourceType)).toContain('AuditEvent');
  });
});

describe('a store that takes no writes', () => {
  it('delays what is recorded of reads, and refuses changes; nothing is left out when it takes some again', async () => {
    let failing = false;
    const lost = await startTestServer({
      operations: 'none',
      wrapStore: (store) => Object.assign(Object.create(store) as typeof store, {
        commit: (...args: Parameters<typeof store.commit>) => (failing ? Promise.reject(new StoreUnavailableError('full', 'no')) : store.commit(...args)),
        read: store.read.bind(store), search: store.search.bind(store), readVersion: store.readVersion.bind(store), close: store.close.bind(store), initFact: store.initFact.bind(store),
      }),
    });
    try {
      await lost.put('Patient/p', { resourceType: 'Patient', id: 'p' });
      failing = true;
      expect((await lost.get('Patient/p', { 'X-Request-Id': 'while-failing' })).status).toBe(200);
      expect((await lost.put('Patient/q', { resourceType: 'Patient', id: 'q' })).status).toBe(507);
      await lost.flushAudit();
      expect(lost.log.map(({ event }) => event)).toContain('audit delayed');
      failing = false;
      await lost.flushAudit();
      const ids: string[] = [];
      for await (const event of auditEvents(lost.store)) ids.push(...requestIdsOf(event));
      expect(ids).toContain('while-failing');
    } finally {
      await lost.close();
    }
  });
});
