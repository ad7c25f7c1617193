import { expect } from 'vitest';
import type { TestServer } from '../../http/server.js';
import type { Page } from '../statement.js';

const patient = (id: string, more: object = {}): object => ({ resourceType: 'Patient', id, ...more });
const made = (server: TestServer, id: string, more: object = {}) => server.put(`Patient/${id}`, patient(id, more));
const JSON_PATCH = { 'Content-Type': 'application/json-patch+json' };

export const http: Page = {
  title: 'RESTful API',
  url: 'http://hl7.org/fhir/R4/http.html',
  statements: [
    {
      section: 'mime-type', level: 'must', text: 'the media type of a FHIR answer is application/fhir+json, in UTF-8',
      shown: async (server) => {
        await made(server, 'media');
        expect((await server.get('Patient/media')).headers.get('content-type')).toBe('application/fhir+json; charset=utf-8');
      },
    },
    {
      section: 'mime-type', level: 'must', text: '_format wins over Accept',
      shown: async (server) => expect((await server.get('Patient?_format=json', { Accept: 'application/fhir+xml' })).status).toBe(200),
    },
    {
      section: 'mime-type', level: 'should', text: 'a format that is not supported is answered with 406, a body in one with 415',
      shown: async (server) => {
        expect((await server.get('Patient', { Accept: 'application/fhir+xml' })).status).toBe(406);
        expect((await server.post('Patient', '<Patient/>', { 'Content-Type': 'application/fhir+xml' })).status).toBe(415);
      },
    },
    { section: 'mime-type', level: 'should', text: 'both XML and JSON are supported', notClaimed: 'resources are read and written as JSON only' },
    {
      section: 'parameters', level: 'may', text: '_pretty=true asks for an answer laid out for people',
      shown: async (server) => expect((await server.get('Patient/none?_pretty=true')).text).toContain('{\n  "resourceType"'),
    },
    {
      section: 'read', level: 'must', text: 'a read answers with the id of the URL, and versionId as ETag',
      shown: async (server) => {
        await made(server, 'read');
        const { body, headers } = await server.get('Patient/read');
        expect([body.id, headers.get('etag')]).toEqual(['read', `W/"${body.meta.versionId}"`]);
      },
    },
    {
      section: 'read', level: 'must', text: 'what is deleted is answered with 410, what never was with 404',
      shown: async (server) => {
        await made(server, 'gone');
        await server.delete('Patient/gone');
        expect([(await server.get('Patient/gone')).status, (await server.get('Patient/never')).status]).toEqual([410, 404]);
      },
    },
    {
      section: 'vread', level: 'should', text: 'earlier versions can be read by vread',
      shown: async (server) => {
        await made(server, 'vread', { active: true });
        await made(server, 'vread', { active: false });
        expect((await server.get('Patient/vread/_history/1')).body.active).toBe(true);
      },
    },
    {
      section: 'update', level: 'must', text: 'an update whose body has no id, or another than the URL, is refused with 400',
      shown: async (server) => {
        expect((await server.put('Patient/up', { resourceType: 'Patient' })).status).toBe(400);
        expect((await server.put('Patient/up', patient('down'))).status).toBe(400);
      },
    },
    {
      section: 'update', level: 'must', text: 'versionId and lastUpdated of the body are not taken over',
      shown: async (server) => {
        const { body } = await made(server, 'meta', { meta: { versionId: '77', lastUpdated: '2000-01-01T00:00:00Z' } });
        expect(body.meta.versionId).toBe('1');
        expect(body.meta.lastUpdated).not.toContain('2000');
      },
    },
    {
      section: 'upsert', level: 'may', text: 'a client may choose the id of what it makes (update as create, 201)',
      shown: async (server) => expect((await made(server, 'chosen')).status).toBe(201),
    },
    {
      section: 'cread', level: 'should', text: 'conditional read: If-None-Match and If-Modified-Since bring 304',
      shown: async (server) => {
        await made(server, 'cond');
        expect((await server.get('Patient/cond', { 'If-None-Match': 'W/"1"' })).status).toBe(304);
        expect((await server.get('Patient/cond', { 'If-Modified-Since': new Date(Date.now() + 60_000).toUTCString() })).status).toBe(304);
      },
    },
    {
      section: 'concurrency', level: 'must', text: 'If-Match with another version than the current is refused with 412',
      shown: async (server) => {
        await made(server, 'match');
        expect((await server.put('Patient/match', patient('match', { active: true }), { 'If-Match': 'W/"2"' })).status).toBe(412);
      },
    },
    {
      section: 'patch', level: 'may', text: 'PATCH takes JSON Patch; a failed test is 422',
      shown: async (server) => {
        await made(server, 'patch');
        expect((await server.request('PATCH', 'Patient/patch', '[{"op":"add","path":"/active","value":true}]', JSON_PATCH)).body.active).toBe(true);
        expect((await server.request('PATCH', 'Patient/patch', '[{"op":"test","path":"/active","value":false}]', JSON_PATCH)).status).toBe(422);
      },
    },
    {
      section: 'patch', level: 'may', text: 'PATCH takes FHIRPath Patch',
      shown: async (server) => {
        await made(server, 'fhirpath', { active: true });
        const parameter = [{ name: 'operation', part: [{ name: 'type', valueCode: 'delete' }, { name: 'path', valueString: 'Patient.active' }] }];
        expect((await server.request('PATCH', 'Patient/fhirpath', { resourceType: 'Parameters', parameter })).body.active).toBeUndefined();
      },
    },
    { section: 'patch', level: 'may', text: 'PATCH takes XML Patch', notClaimed: 'resources are JSON here' },
    {
      section: 'delete', level: 'must', text: 'a delete of what is not there is answered as one that went through (204)',
      shown: async (server) => expect((await server.delete('Patient/never')).status).toBe(204),
    },
    {
      section: 'create', level: 'must', text: 'a create gives a new id, 201 and Location with the version',
      shown: async (server) => {
        const { status, body, headers } = await server.post('Patient', patient('mine'));
        expect([status, headers.get('location')]).toEqual([201, `${server.base}/Patient/${body.id}/_history/1`]);
        expect(body.id).not.toBe('mine');
      },
    },
    {
      section: 'ccreate', level: 'may', text: 'If-None-Exist: none 201, one 200, many 412',
      shown: async (server) => {
        const create = async () => (await server.post('Patient', { resourceType: 'Patient', identifier: [{ value: 'ine' }] }, { 'If-None-Exist': 'identifier=ine' })).status;
        expect([await create(), await create()]).toEqual([201, 200]);
        await server.post('Patient', { resourceType: 'Patient', identifier: [{ value: 'ine' }] });
        expect(await create()).toBe(412);
      },
    },
    {
      section: 'capabilities', level: 'must', text: 'GET [base]/metadata answers with the CapabilityStatement',
      shown: async (server) => expect((await server.get('metadata')).body.resourceType).toBe('CapabilityStatement'),
    },
    {
      section: 'history', level: 'should', text: 'history of an instance, a type and the system, newest first, with _since, _at and _count',
      shown: async (server) => {
        for (const active of [true, false]) await made(server, 'story', { active });
        for (const path of ['Patient/story/_history', 'Patient/_history', '_history']) {
          const { body } = await server.get(`${path}?_count=2&_since=2000-01-01T00:00:00Z`);
          expect(body.entry.map(({ response }: { response: { etag: string } }) => response.etag)).toEqual(['W/"2"', 'W/"1"']);
        }
        expect((await server.get('Patient/story/_history?_at=2000')).body.entry).toBeUndefined();
      },
    },
  ],
};
