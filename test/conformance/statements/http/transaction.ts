import { expect } from 'vitest';
import type { Answer, TestServer } from '../../../http/server.js';
import { hold, refused, statuses, statusOf } from '../../asking.js';
import type { HttpStatement } from '../http.js';

const send = (server: TestServer, type: string, ...entry: object[]): Promise<Answer> => server.post('', { resourceType: 'Bundle', type, ...(entry.length > 0 ? { entry } : {}) });
const put = (id: string, more: object = {}): object => ({ resource: { resourceType: 'Patient', id, ...more }, request: { method: 'PUT', url: `Patient/${id}` } });
const get = (url: string): object => ({ request: { method: 'GET', url } });
const remove = (url: string): object => ({ request: { method: 'DELETE', url } });
const post = (resource: { resourceType: string; [element: string]: unknown }, more: object = {}): object => ({ resource, request: { method: 'POST', url: resource.resourceType }, ...more });
const BAD = post({ resourceType: 'Patient', gender: 'x' });
const uuid = (n: number): string => `urn:uuid:2b1c0c0e-5f3e-4c4e-9d55-${String(n).padStart(12, '0')}`;
const organization = (n: number, more: object = {}): object => post({ resourceType: 'Organization', name: 'x', ...more }, { fullUrl: uuid(n) });
/** `Organization/1` of the location of an entry's response. */
const made = ({ body }: Answer, entry: number): string => body.entry[entry].response.location.split('/').slice(-4, -2).join('/');

export const transactions: readonly HttpStatement[] = [
  {
    section: 'transaction', level: 'must', text: 'an entry without request is refused',
    shown: async (server) => refused(await send(server, 'transaction', { resource: { resourceType: 'Patient' } }), 400),
  },
  {
    section: 'transaction', level: 'must', text: 'an entry that is a PUT or POST has a resource',
    shown: async (server) => {
      refused(await send(server, 'transaction', { request: { method: 'POST', url: 'Patient' } }), 400);
      refused(await send(server, 'transaction', { request: { method: 'PUT', url: 'Patient/none' } }), 400);
    },
  },
  {
    section: 'transaction', level: 'must', text: 'each entry is processed as if it were alone: validation, versions (ifMatch), conditions (ifNoneExist), reads with ifNoneMatch',
    shown: async (server) => {
      await hold(server, { resourceType: 'Patient', id: 'as-alone', identifier: [{ value: 'as-alone' }] });
      const conditional = { ...post({ resourceType: 'Patient', identifier: [{ value: 'as-alone' }] }), request: { method: 'POST', url: 'Patient', ifNoneExist: 'identifier=as-alone' } };
      const stale = { ...put('as-alone', { active: true }), request: { method: 'PUT', url: 'Patient/as-alone', ifMatch: 'W/"7"' } };
      const known = { request: { method: 'GET', url: 'Patient/as-alone', ifNoneMatch: 'W/"1"' } };
      expect(statuses(await send(server, 'batch', conditional, stale, known, BAD))).toEqual(['200', '412', '304', '400']);
    },
  },
  {
    section: 'transaction', level: 'may', text: 'PATCH stands in a transaction, as FHIRPath Patch',
    shown: async (server) => {
      await hold(server, { resourceType: 'Patient', id: 'patched' });
      const parameter = [{ name: 'operation', part: [{ name: 'type', valueCode: 'add' }, { name: 'path', valueString: 'Patient' }, { name: 'name', valueString: 'active' }, { name: 'value', valueBoolean: true }] }];
      expect(statuses(await send(server, 'transaction', { resource: { resourceType: 'Parameters', parameter }, request: { method: 'PATCH', url: 'Patient/patched' } }))).toEqual(['200']);
      expect((await server.get('Patient/patched')).body.active).toBe(true);
    },
  },
  { section: 'transaction', level: 'may', text: 'operations stand in a transaction', notClaimed: 'they stand in batches' },
  {
    section: 'brules', level: 'must', text: 'a batch is 200 whatever its entries come to; each has a status of its own',
    shown: async (server) => {
      const answer = await send(server, 'batch', put('b1'), BAD, get('Patient/nobody'));
      expect([answer.status, statuses(answer)]).toEqual([200, ['201', '400', '404']]);
    },
  },
  {
    section: 'brules', level: 'should', text: 'what becomes of one entry does not alter what becomes of another',
    shown: async (server) => {
      expect(statuses(await send(server, 'batch', BAD, put('b2'), { ...put('b3'), request: { method: 'PUT', url: 'Patient/other' } }))).toEqual(['400', '201', '400']);
      expect(await statusOf(server.get('Patient/b2'))).toBe(200);
    },
  },
  { section: 'brules', level: 'should', text: 'entries that depend on one another are found out', notClaimed: 'links between the entries of a batch are stored as they were sent' },
  {
    section: 'trules', level: 'must', text: 'a transaction is done whole (200), or not at all with one OperationOutcome that names the entry',
    shown: async (server) => {
      const answer = await send(server, 'transaction', put('t1'), BAD);
      refused(answer, 400);
      expect(answer.body.issue[0].expression).toEqual(['Bundle.entry[1].resource.gender']);
      expect(await statusOf(server.get('Patient/t1'))).toBe(404);
    },
  },
  {
    section: 'trules', level: 'must', text: 'a transaction without entries is no error',
    shown: async (server) => expect((await send(server, 'transaction')).body.type).toBe('transaction-response'),
  },
  {
    section: 'trules', level: 'must', text: 'the order of the entries does not matter: DELETE, POST, PUT and PATCH, GET',
    shown: async (server) => {
      await hold(server, { resourceType: 'Patient', id: 'order-old', identifier: [{ value: 'order' }] });
      const create = { ...post({ resourceType: 'Patient', identifier: [{ value: 'order' }] }), request: { method: 'POST', url: 'Patient', ifNoneExist: 'identifier=order' } };
      const answer = await send(server, 'transaction', get('Patient/order-new'), put('order-new'), create, remove('Patient/order-old'));
      expect(statuses(answer)).toEqual(['200', '201', '201', '204']);
    },
  },
  {
    section: 'trules', level: 'must', text: 'the same resource twice fails it, also where a condition leads to it',
    shown: async (server) => {
      refused(await send(server, 'transaction', put('twice'), put('twice')), 400);
      await hold(server, { resourceType: 'Patient', id: 'overlap', identifier: [{ value: 'overlap' }] });
      const changed = put('overlap', { identifier: [{ value: 'overlap' }], active: true });
      const byCondition = { resource: { resourceType: 'Patient', identifier: [{ value: 'overlap' }] }, request: { method: 'PUT', url: 'Patient?identifier=overlap' } };
      for (const other of [byCondition, remove('Patient?identifier=overlap')]) refused(await send(server, 'transaction', changed, other), 400);
      expect((await server.get('Patient/overlap')).body.meta.versionId).toBe('1');
    },
  },
  {
    section: 'trules', level: 'must', text: 'references to what gets an id are replaced, also in circles and forward',
    shown: async (server) => {
      const answer = await send(server, 'transaction', organization(11, { partOf: { reference: uuid(12) } }), organization(12, { partOf: { reference: uuid(11) } }));
      for (const [one, other] of [[0, 1], [1, 0]] as const) expect((await server.get(made(answer, one))).body.partOf.reference).toBe(made(answer, other));
    },
  },
  {
    section: 'trules', level: 'must', text: 'references to what is not in the Bundle are left untouched',
    shown: async (server) => {
      const references = ['Organization/elsewhere', 'http://other.example/fhir/Organization/1'];
      for (const [n, reference] of references.entries()) {
        await send(server, 'transaction', put(`left-${n}`, { managingOrganization: { reference } }), organization(21));
        expect((await server.get(`Patient/left-${n}`)).body.managingOrganization.reference).toBe(reference);
      }
    },
  },
  { section: 'trules', level: 'should', text: 'a reference to a version stays one to a version', notClaimed: 'versions are numbered anew here: it becomes a reference to the resource' },
  {
    section: 'trules', level: 'must', text: 'links are replaced in elements of type uri, url, oid and uuid and in the narrative, not in canonicals and strings',
    shown: async (server) => {
      const link = uuid(31);
      const extension = [{ url: 'urn:example:uri', valueUri: link }, { url: 'urn:example:url', valueUrl: link }, { url: 'urn:example:uuid', valueUuid: link }, { url: 'urn:example:canonical', valueCanonical: link }, { url: 'urn:example:string', valueString: link }];
      const text = { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml"><a href="${link}">x</a><img src="${link}" alt="x"/></div>` };
      const answer = await send(server, 'transaction', put('links', { extension, text }), organization(31));
      const [id, { body }] = [made(answer, 1), await server.get('Patient/links')];
      expect(body.extension.map((one: Record<string, string>) => Object.values(one)[1])).toEqual([id, id, id, link, link]);
      expect(body.text.div).toBe(text.div.replaceAll(link, id));
    },
  },
  {
    section: 'trules', level: 'must', text: 'the fullUrl of what is created is no id of ours; an update goes to the URL of its request, whatever base its fullUrl has',
    shown: async (server) => {
      const answer = await send(server, 'transaction', { ...organization(0), fullUrl: 'http://other.example/fhir/Organization/theirs' }, { ...put('based'), fullUrl: 'http://other.example/fhir/Patient/based' });
      expect([made(answer, 0) === 'Organization/theirs', made(answer, 1)]).toEqual([false, 'Patient/based']);
    },
  },
  { section: 'trules', level: 'may', text: 'ids that the client gives to what it creates are honoured', notClaimed: 'PUT is for that' },
  {
    section: 'trules', level: 'must', text: 'a conditional reference becomes a reference to the one match; none or several fail the transaction',
    shown: async (server) => {
      const asking = (id: string, name: string) => send(server, 'transaction', put(id, { managingOrganization: { reference: `Organization?name=${name}` } }));
      await hold(server, ...['Only', 'Double', 'Double'].map((name, n) => ({ resourceType: 'Organization', id: `asked-${n}`, name })));
      await asking('asked', 'Only');
      expect((await server.get('Patient/asked')).body.managingOrganization.reference).toBe('Organization/asked-0');
      refused(await asking('asked-none', 'Nobody'), 412);
      refused(await asking('asked-many', 'Double'), 412);
    },
  },
  {
    section: 'transaction-response', level: 'must', text: 'the answer is a batch-response or transaction-response with an entry for each of the request, in the same order',
    shown: async (server) => {
      for (const type of ['batch', 'transaction']) {
        const answer = await send(server, type, get('Patient/o1'), put(`${type}-1`), remove('Patient/none'), put(`${type}-2`));
        expect(answer.body.type).toBe(`${type}-response`);
        expect(statuses(answer)).toEqual(['404', '201', '204', '201']);
      }
    },
  },
  {
    section: 'transaction-response', level: 'must', text: 'each response has the status, and the location and ETag of what was written',
    shown: async (server) => {
      const { body } = await send(server, 'transaction', put('located'));
      expect(body.entry[0].response).toMatchObject({ status: '201 Created', location: `${server.base}/Patient/located/_history/1`, etag: 'W/"1"' });
    },
  },
  {
    section: 'transaction-response', level: 'may', text: 'entries have the resource where Prefer asks for it',
    shown: async (server) => {
      const answer = (wanted: object) => server.post('', { resourceType: 'Bundle', type: 'transaction', entry: [put('preferred')] }, { ...wanted });
      expect((await answer({})).body.entry[0].resource).toBeUndefined();
      expect((await answer({ Prefer: 'return=representation' })).body.entry[0].resource.id).toBe('preferred');
    },
  },
  { section: 'other-bundles', level: 'should', text: 'a Bundle of type history is taken and replayed', notClaimed: 'refused with 400; `cobalt migrate` copies a store with its history' },
  { section: 'other-bundles', level: 'may', text: 'Bundles of other types are taken at [base]', notClaimed: 'refused with 400; POST [base]/Bundle stores them' },
];
