import { expect } from 'vitest';
import type { Answer, TestServer } from '../../http/server.js';
import type { Page } from '../statement.js';

const send = (server: TestServer, type: 'transaction' | 'batch', ...entry: object[]): Promise<Answer> => server.post('', { resourceType: 'Bundle', type, entry });
const put = (id: string, more: object = {}): object => ({ resource: { resourceType: 'Patient', id, ...more }, request: { method: 'PUT', url: `Patient/${id}` } });
const bad = { resource: { resourceType: 'Patient', gender: 'x' }, request: { method: 'POST', url: 'Patient' } };
const URN = 'urn:uuid:2b1c0c0e-5f3e-4c4e-9d55-0d8f6a8f2c11';
const statuses = ({ body }: Answer): string[] => body.entry.map(({ response }: { response: { status: string } }) => response.status.slice(0, 3));

export const bundle: Page = {
  title: 'Batches and transactions',
  url: 'http://hl7.org/fhir/R4/http.html',
  statements: [
    {
      section: 'transaction-response', level: 'must', text: 'the entries of the answer stand in the order of the request',
      shown: async (server) => expect(statuses(await send(server, 'transaction', put('o1'), { request: { method: 'DELETE', url: 'Patient/none' } }, put('o2')))).toEqual(['201', '204', '201']),
    },
    {
      section: 'brules', level: 'must', text: 'each entry of a batch succeeds or fails by itself',
      shown: async (server) => expect(statuses(await send(server, 'batch', put('b1'), bad))).toEqual(['201', '400']),
    },
    {
      section: 'trules', level: 'must', text: 'a transaction is done whole, or not at all with one OperationOutcome',
      shown: async (server) => {
        const answer = await send(server, 'transaction', put('t1'), bad);
        expect([answer.status, answer.body.resourceType, (await server.get('Patient/t1')).status]).toEqual([400, 'OperationOutcome', 404]);
      },
    },
    {
      section: 'trules', level: 'must', text: 'the same resource twice in a transaction fails it',
      shown: async (server) => expect((await send(server, 'transaction', put('twice'), put('twice'))).status).toBe(400),
    },
    {
      section: 'trules', level: 'must', text: 'links to entries are replaced by the ids that these get',
      shown: async (server) => {
        const answer = await send(server, 'transaction', put('linked', { managingOrganization: { reference: URN } }), { fullUrl: URN, resource: { resourceType: 'Organization', name: 'x' }, request: { method: 'POST', url: 'Organization' } });
        expect(answer.body.entry[1].response.location).toContain((await server.get('Patient/linked')).body.managingOrganization.reference);
      },
    },
    {
      section: 'trules', level: 'must', text: 'a conditional reference that matches none fails the transaction',
      shown: async (server) => expect((await send(server, 'transaction', put('asked', { managingOrganization: { reference: 'Organization?name=nobody' } }))).status).toBe(412),
    },
    {
      section: 'trules', level: 'may', text: 'PATCH stands in a transaction',
      shown: async (server) => {
        await server.put('Patient/patched', { resourceType: 'Patient', id: 'patched' });
        const data = Buffer.from('[{"op":"add","path":"/active","value":true}]').toString('base64');
        expect(statuses(await send(server, 'transaction', { resource: { resourceType: 'Binary', contentType: 'application/json-patch+json', data }, request: { method: 'PATCH', url: 'Patient/patched' } }))).toEqual(['200']);
      },
    },
    { section: 'trules', level: 'may', text: 'operations stand in a transaction', notClaimed: 'they stand in batches' },
  ],
};
