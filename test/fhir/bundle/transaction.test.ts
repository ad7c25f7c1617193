import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issuesOf, startTestServer, type Answer, type TestServer } from '../../http/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ operations: 'none' });
  await server.put('Patient/known', patient('known', { id: 'known' }));
  await server.put('Patient/twin-a', patient('twin', { id: 'twin-a' }));
  await server.put('Patient/twin-b', patient('twin', { id: 'twin-b' }));
});
afterAll(() => server.close());

const MRN = 'http://clinic.example/mrn';
const patient = (identifier: string, rest: object = {}): Resource => ({ resourceType: 'Patient', ...rest, identifier: [{ system: MRN, value: identifier }] });
const coverage = (beneficiary: string, rest: object = {}): Resource => ({
  resourceType: 'Coverage', status: 'active', beneficiary: { reference: beneficiary }, payor: [{ display: 'x' }], ...rest,
});
interface Resource {
  readonly resourceType: string;
  readonly [element: string]: unknown;
}
interface Entry {
  readonly fullUrl?: string;
  readonly resource?: Resource;
  readonly request?: object;
}
const post = (resource: Resource, rest: object = {}, request: object = {}): Entry => ({ ...rest, resource, request: { method: 'POST', url: resource.resourceType, ...request } });
const put = (resource: Resource, request: object = {}, rest: object = {}): Entry => ({ ...rest, resource, request: { method: 'PUT', url: `${resource.resourceType}/${resource['id'] as string}`, ...request } });
const get = (url: string): Entry => ({ request: { method: 'GET', url } });
const remove = (url: string, request: object = {}): Entry => ({ request: { method: 'DELETE', url, ...request } });

const transact = (entry: Entry[], headers?: Record<string, string>): Promise<Answer> => server.post('', { resourceType: 'Bundle', type: 'transaction', entry }, headers);
const statuses = (answer: Answer): number[] => answer.body.entry.map((entry: { response: { status: string } }) => Number.parseInt(entry.response.status, 10));
const locations = (answer: Answer): string[] => answer.body.entry.map((entry: { response: { location: string } }) => entry.response.location);
const read = async (location: string): Promise<Answer['body']> => (await server.get(location)).body;
const A = 'urn:uuid:4a9e1fd2-5d6b-4c0c-9a3f-0a8a1b2c3d4e';
const B = 'urn:uuid:7c9e6679-7425-40de-944b-e07fc1f90ae7';

describe('a transaction (R4 §3.1.0.11.2)', () => {
  it('is answered in the order of its entries, each with status, address and version', async () => {
    await server.put('Patient/bye', patient('bye', { id: 'bye' }));
    const answer = await transact([get('Patient/known'), put(patient('t1', { id: 't1' })), post(patient('t2')), remove('Patient/bye'), get('Patient?identifier=t2')]);
    expect([answer.status, answer.body.type]).toEqual([200, 'transaction-response']);
    expect(statuses(answer)).toEqual([200, 201, 201, 204, 200]);
    expect(locations(answer)[1]).toBe(`${server.base}/Patient/t1/_history/1`);
    expect(answer.body.entry[1].response).toMatchObject({ etag: 'W/"1"', lastModified: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) });
    expect(answer.body.entry.map((entry: { resource?: Resource }) => entry.resource?.resourceType)).toEqual(['Patient', undefined, undefined, undefined, 'Bundle']);
    expect(answer.body.entry[4].resource.entry).toHaveLength(1);
  });

  it('loses nothing to others that overlap with it: of those over one version one wins, the rest are told 412', async () => {
    const ids = ['o1', 'o2', 'o3'];
    await transact(ids.map((id) => put(patient(id, { id }))));
    for (let version = 1; version <= 5; version++) {
      const answers = await Promise.all(Array.from({ length: 24 }, (_, i) => {
        const others = ids.filter((_id, j) => j !== i % 3);
        return transact([...others.map((id) => put(patient(`${id}-${version}-${i}`, { id }), { ifMatch: `W/"${version}"` })), put(patient(ids[i % 3] ?? '', { id: ids[i % 3], active: i % 2 === 0, birthDate: `19${10 + i}-0${version}-01` }), { ifMatch: `W/"${version}"` })]);
      }));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 23 }, () => 412)]);
      expect(await Promise.all(ids.map(async (id) => (await read(`Patient/${id}`)).meta.versionId))).toEqual(ids.map(() => `${version + 1}`));
    }
  });

  it('brings resources back when asked', async () => {
    const answer = await transact([post(patient('t3')), put(patient('t4', { id: 't4' }))], { Prefer: 'return=representation' });
    expect(answer.body.entry.map((entry: { resource: Resource }) => entry.resource['identifier'])).toEqual([[{ system: MRN, value: 't3' }], [{ system: MRN, value: 't4' }]]);
    const told = await transact([post(patient('t5'))], { Prefer: 'return=OperationOutcome' });
    expect(told.body.entry[0].response.outcome.resourceType).toBe('OperationOutcome');
  });

  it('keeps the text of each resource', async () => {
    const [location = ''] = locations(await server.post('', '{"resourceType":"Bundle","type":"transaction","entry":[ {"resource": {"resourceType":"Invoice",  "status":"draft","totalNet":{"value":7.10}} ,"request":{"method":"POST","url":"Invoice"}}]}'));
    expect((await server.get(location)).text).toContain(',  "status":"draft","totalNet":{"value":7.10}}');
  });

  it('deletes before it creates, and creates before it updates', async () => {
    await server.put('Patient/seq', patient('seq', { id: 'seq' }));
    const answer = await transact([post(patient('seq'), {}, { ifNoneExist: `identifier=${MRN}|seq` }), remove('Patient/seq')]);
    expect(statuses(answer)).toEqual([201, 204]);
  });

  it('without entries does nothing', async () => {
    const answer = await server.post('', { resourceType: 'Bundle', type: 'transaction' });
    expect([answer.status, answer.body.entry]).toEqual([200, undefined]);
  });
});

describe('links in a transaction', () => {
  it('to other entries become their addresses, everywhere that is a link', async () => {
    const linked = coverage(A, {
      text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml"><a href="${A}">p</a> <img src='${A}' alt="${A}"/></div>` },
      extension: [{ url: 'http://x.example', valueUri: A }, { url: 'http://y.example', valueUrl: A }, { url: 'http://z.example', valueString: A }],
      identifier: [{ system: 'urn:ietf:rfc:3986', value: A }],
      contained: [{ resourceType: 'Contract', id: 'inside', subject: [{ reference: A }] }],
      contract: [{ reference: '#inside' }],
    });
    const answer = await transact([post(linked, { fullUrl: B }), post(patient('l1'), { fullUrl: A })]);
    expect(answer.status, answer.text).toBe(200);
    const [at = '', patientAt = ''] = locations(answer);
    const address = `Patient/${patientAt.split('/').at(-3)}`;
    const stored = await read(at);
    expect(stored.beneficiary.reference).toBe(address);
    expect(stored.extension.map((one: Record<string, string>) => one['valueUri'] ?? one['valueUrl'] ?? one['valueString'])).toEqual([address, address, A]);
    expect(stored.identifier[0].value).toBe(A);
    expect([stored.contained[0].subject[0].reference, stored.contract[0].reference]).toEqual([address, '#inside']);
    expect(stored.text.div).toContain(`<a href="${address}">p</a> <img src='${address}' alt="${A}"/>`);
    expect((await server.get(`Coverage?beneficiary=${address}`)).body.entry).toHaveLength(1);
  });

  it('by RESTful fullUrls are followed too, absolute and relative', async () => {
    const answer = await transact([
      post(coverage('Patient/77', { payor: [{ reference: 'http://old.example/fhir/Patient/77' }] }), { fullUrl: 'http://old.example/fhir/Coverage/78' }),
      post(patient('l2'), { fullUrl: 'http://old.example/fhir/Patient/77' }),
    ]);
    const [at = '', patientAt = ''] = locations(answer);
    const address = `Patient/${patientAt.split('/').at(-3)}`;
    expect([(await read(at)).beneficiary.reference, (await read(at)).payor[0].reference]).toEqual([address, address]);
  });

  it('in elements of type uri and url are found by what they became', async () => {
    const answer = await transact([
      post({ resourceType: 'DocumentReference', status: 'current', content: [{ attachment: { url: A } }] }),
      post({ resourceType: 'Binary', contentType: 'text/plain', data: 'eA==' }, { fullUrl: A }),
    ]);
    const [at = '', binaryAt = ''] = locations(answer);
    const address = `Binary/${binaryAt.split('/').at(-3)}`;
    expect((await read(at)).content[0].attachment.url).toBe(address);
    expect((await server.get(`DocumentReference?location=${address}`)).body.entry).toHaveLength(1);
  });

  it('to a version on another server lead to the resource, those to a version of this server stay', async () => {
    const own = `${server.base}/Patient/known`;
    const answer = await transact([
      post(coverage('http://old.example/fhir/Patient/77/_history/3', { subscriber: { reference: `${own}/_history/1` } })),
      post(patient('l4'), { fullUrl: 'http://old.example/fhir/Patient/77' }),
      put(patient('known', { id: 'known', active: true }), {}, { fullUrl: own }),
    ]);
    const [at = '', patientAt = ''] = locations(answer);
    const stored = await read(at);
    expect([stored.beneficiary.reference, stored.subscriber.reference]).toEqual([`Patient/${patientAt.split('/').at(-3)}`, `${own}/_history/1`]);
  });

  it('leave the names of definitions alone, which are often their fullUrls', async () => {
    const url = 'http://defined.example/CodeSystem/colour';
    const answer = await transact([
      post({ resourceType: 'CodeSystem', url, status: 'draft', content: 'complete', concept: [{ code: 'red' }] }, { fullUrl: url }),
      post({ resourceType: 'ValueSet', url: 'http://defined.example/ValueSet/colour', status: 'draft', compose: { include: [{ system: url }] } }),
    ]);
    const [system, valueSet] = await Promise.all(locations(answer).map(read));
    expect([system.url, valueSet.compose.include[0].system]).toEqual([url, url]);
    expect((await server.get(`CodeSystem?url=${url}`)).body.entry).toHaveLength(1);
  });

  it('that are URLs with a query are no conditional references', async () => {
    const url = `${server.base}/Patient?identifier=nobody`;
    const answer = await transact([post(coverage('Patient/known', { extension: [{ url: 'http://x.example', valueUrl: url }] }))]);
    expect((await read(locations(answer)[0]!)).extension[0].valueUrl).toBe(url);
  });

  it('may go round in circles', async () => {
    const answer = await transact([
      post({ resourceType: 'Patient', link: [{ other: { reference: B }, type: 'seealso' }] }, { fullUrl: A }),
      post({ resourceType: 'Patient', link: [{ other: { reference: A }, type: 'seealso' }] }, { fullUrl: B }),
    ]);
    const [a, b] = await Promise.all(locations(answer).map(read));
    expect([a.link[0].other.reference, b.link[0].other.reference]).toEqual([`Patient/${b.id}`, `Patient/${a.id}`]);
  });

  it('to an entry whose ifNoneExist matched lead to the match', async () => {
    const answer = await transact([post(patient('known'), { fullUrl: A }, { ifNoneExist: `identifier=${MRN}|known` }), post(coverage(A))]);
    expect(statuses(answer)).toEqual([200, 201]);
    expect((await read(locations(answer)[1]!)).beneficiary.reference).toBe('Patient/known');
  });

  it('by a condition lead to the one match, also one that the transaction makes', async () => {
    const answer = await transact([post(coverage(`Patient?identifier=${MRN}|known`)), post(coverage(`Patient?identifier=${MRN}|l3`)), post(patient('l3'))]);
    expect(answer.status, answer.text).toBe(200);
    const [first = '', second = '', made = ''] = locations(answer);
    expect((await read(first)).beneficiary.reference).toBe('Patient/known');
    expect((await read(second)).beneficiary.reference).toBe(`Patient/${made.split('/').at(-3)}`);
    expect((await server.get('Coverage?beneficiary=Patient/known')).text).toContain(first.split('/').at(-3)!);
  });
});

describe('a transaction that is refused leaves nothing', () => {
  const bad: Resource = { resourceType: 'Patient', gender: 'unheard-of' };
  it.each<[string, Entry[], number, string | undefined]>([
    ['an invalid resource', [post(patient('n1')), post(bad)], 400, 'Bundle.entry[1].resource.gender'],
    ['another type than the URL', [post(patient('n1'), {}, { url: 'Claim' })], 400, undefined],
    ['another id than the URL', [put(patient('n1', { id: 'n1' }), { url: 'Patient/n2' })], 400, 'Bundle.entry[0].resource.id'],
    ['no resource', [post(patient('n1')), { request: { method: 'POST', url: 'Patient' } }], 400, 'Bundle.entry[1]'],
    ['no request', [post(patient('n1')), { resource: patient('n2') }], 400, 'Bundle.entry[1]'],
    ['a URL of another server', [post(patient('n1'), {}, { url: 'http://other.example/fhir/Patient' })], 400, 'Bundle.entry[0].request.url'],
    ['a type that is none', [post(patient('n1')), get('Patiens/1')], 404, 'Bundle.entry[1]'],
    ['a method that does not fit', [post(patient('n1'), {}, { url: 'Patient/1' })], 405, 'Bundle.entry[0]'],
    ['one resource twice', [put(patient('n1', { id: 'n1' })), remove('Patient/n1')], 400, 'Bundle.entry[0].request.url'],
    ['one fullUrl twice', [post(patient('n1'), { fullUrl: A }), post(patient('n2'), { fullUrl: A })], 400, 'Bundle.entry'],
    ['a version that is not current', [post(patient('n1')), put(patient('n2', { id: 'known' }), { ifMatch: 'W/"9"' })], 412, 'Bundle.entry[1]'],
    ['an ifMatch that is none', [put(patient('n2', { id: 'known' }), { ifMatch: 'nine' })], 400, 'Bundle.entry[0]'],
    ['an ifNoneExist that matches many', [post(patient('n1')), post(patient('twin'), {}, { ifNoneExist: `identifier=${MRN}|twin` })], 412, 'Bundle.entry[1]'],
    ['an ifNoneExist that is no search', [post(patient('n1'), {}, { ifNoneExist: 'colour=red' })], 400, 'Bundle.entry[0]'],
    ['a conditional reference that matches none', [post(patient('n1')), post(coverage(`Patient?identifier=${MRN}|nobody`))], 412, 'Bundle.entry[1].resource.beneficiary.reference'],
    ['a conditional reference that matches many', [post(coverage(`Patient?identifier=${MRN}|twin`))], 412, 'Bundle.entry[0].resource.beneficiary.reference'],
    ['a conditional reference that is no search', [post(coverage('Patient?colour=red'))], 400, 'Bundle.entry[0]'],
    ['a link to an entry that is not there', [post(coverage(A))], 400, 'Bundle.entry[0].resource.beneficiary.reference'],
    ['an operation', [post({ resourceType: 'Parameters' }, {}, { url: '$cob-order' })], 400, 'Bundle.entry[0]'],
  ])('%s', async (_name, entry, status, expression) => {
    const before = (await server.get('_history?_count=1000')).body.entry.length;
    const answer = await transact(entry);
    expect(answer.status, answer.text).toBe(status);
    if (expression) expect(issuesOf(answer).map((issue) => issue.expression?.[0])).toContain(expression);
    expect((await server.get('_history?_count=1000')).body.entry.length).toBe(before);
  });

  it.each<[string, unknown, string | undefined]>([
    ['another type of Bundle', { resourceType: 'Bundle', type: 'collection' }, 'Bundle.type'],
    ['no type', { resourceType: 'Bundle' }, undefined],
    ['a type that is none', { resourceType: 'Bundle', type: 'transactions' }, 'Bundle.type'],
    ['another resource', { resourceType: 'Patient' }, 'Patient'],
    ['entries that are no array', { resourceType: 'Bundle', type: 'transaction', entry: { request: {} } }, 'Bundle.entry'],
    ['an entry that is no object', { resourceType: 'Bundle', type: 'transaction', entry: [5] }, 'Bundle.entry[0]'],
    ['a method that is none', { resourceType: 'Bundle', type: 'transaction', entry: [{ request: { method: 'SEND', url: 'Patient' } }] }, 'Bundle.entry[0].request.method'],
    ['a resource that is no object', { resourceType: 'Bundle', type: 'transaction', entry: [{ resource: 5, request: { method: 'POST', url: 'Patient' } }] }, undefined],
  ])('%s → 400', async (_name, body, expression) => {
    const answer = await server.post('', body);
    expect(answer.status, answer.text).toBe(400);
    if (expression) expect(issuesOf(answer).map((issue) => issue.expression?.[0])).toContain(expression);
  });
});

describe('entries that turn out to change the same resource', () => {
  it.each<[string, (id: string) => Entry[], string]>([
    ['by id and by a condition', (id) => [put(patient(id, { id })), put(patient(id), { url: `Patient?identifier=${MRN}|${id}` })], 'Bundle.entry[1]'],
    ['by two conditions', (id) => [put(patient(id), { url: `Patient?identifier=${MRN}|${id}` }), put(patient(id, { active: true }), { url: `Patient?_id=${id}` })], 'Bundle.entry[1]'],
    ['by an update and a deletion', (id) => [put(patient(id, { id, active: true })), remove(`Patient?identifier=${MRN}|${id}`)], 'Bundle.entry[0]'],
  ])('%s → 400, and nothing is written', async (name, entries, expression) => {
    const id = `overlap-${name.replaceAll(' ', '-')}`;
    await server.put(`Patient/${id}`, patient(id, { id }));
    const answer = await transact(entries(id));
    expect([answer.status, issuesOf(answer)[0]?.expression]).toEqual([400, [expression]]);
    expect((await server.get(`Patient/${id}`)).body.meta.versionId).toBe('1');
  });
});

describe('5,000 entries in one transaction', () => {
  it('are written, linked, and other requests go on meanwhile', async () => {
    const entry = Array.from({ length: 2_500 }, (_, n) => {
      const fullUrl = `urn:uuid:00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
      return [post(patient(`mass-${n}`), { fullUrl }), post(coverage(fullUrl))];
    }).flat();
    let done = false;
    const work = transact(entry).finally(() => (done = true));
    let reads = 0;
    while (!done) {
      expect((await server.get('Patient/known')).status).toBe(200);
      reads += 1;
    }
    const answer = await work;
    expect(answer.status).toBe(200);
    expect(new Set(statuses(answer))).toEqual(new Set([201]));
    expect(reads).toBeGreaterThan(1);
    const last = await read(locations(answer)[4_999]!);
    expect((await read(last.beneficiary.reference)).identifier[0].value).toBe('mass-2499');
  });
});
