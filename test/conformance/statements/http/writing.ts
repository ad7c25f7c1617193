import { expect } from 'vitest';
import type { Answer, TestServer } from '../../../http/server.js';
import { onServer, refused, statusOf } from '../../asking.js';
import type { HttpStatement } from '../http.js';

const OTHER_META = { profile: ['http://example.org/StructureDefinition/p'], source: 'urn:example:source', tag: [{ system: 'urn:example', code: 't' }], security: [{ system: 'urn:example', code: 's' }] };
const SPACED_CONTENT = '\n "multipleBirthInteger" : 2, "extension": [{"url": "urn:example:rate", "valueDecimal": 1.100}] }';
const SPACED = `{\n "resourceType" : "Patient",${SPACED_CONTENT}`;
const INVALID = { resourceType: 'Patient', gender: 'x' };

const hasWriteHeaders = ({ headers }: Answer, version: number): void => expect([headers.get('etag'), headers.has('last-modified')]).toEqual([`W/"${version}"`, true]);
const put = (server: TestServer, id: string, more: object = {}, headers?: Record<string, string>): Promise<Answer> => server.put(`Patient/${id}`, { resourceType: 'Patient', id, ...more }, headers);

export const writing: readonly HttpStatement[] = [
  {
    section: 'update', level: 'must', text: 'a body without id, or with another than the URL, is refused with 400',
    shown: async (server) => {
      refused(await server.put('Patient/up', { resourceType: 'Patient' }), 400);
      refused(await server.put('Patient/up', { resourceType: 'Patient', id: 'down' }), 400);
    },
  },
  {
    section: 'update', level: 'should', text: 'the OperationOutcome points at the id',
    shown: async (server) => expect((await server.put('Patient/up', { resourceType: 'Patient', id: 'down' })).body.issue[0].expression).toEqual(['Patient.id']),
  },
  {
    section: 'update', level: 'must', text: 'versionId and lastUpdated of the body are passed over; the server gives them',
    shown: async (server) => {
      const { body } = await put(server, 'meta', { meta: { versionId: '77', lastUpdated: '2000-01-01T00:00:00Z' } });
      expect(body.meta.versionId).toBe('1');
      expect(Math.abs(Date.parse(body.meta.lastUpdated) - Date.now())).toBeLessThan(60_000);
    },
  },
  {
    section: 'update', level: 'should', text: 'profile, source, tags and security labels of the body are kept',
    shown: async (server) => expect((await put(server, 'meta-kept', { meta: OTHER_META })).body.meta).toMatchObject(OTHER_META),
  },
  {
    section: 'update', level: 'should', text: 'what was sent is what is read',
    shown: async (server) => {
      const resource = { resourceType: 'Patient', id: 'same', active: true, name: [{ given: ['Jo', 'An'], _given: [null, { extension: [{ url: 'urn:example', valueString: 'x' }] }] }] };
      await server.put('Patient/same', resource);
      expect((await server.get('Patient/same')).body).toMatchObject(resource);
    },
  },
  {
    section: 'update', level: 'must', text: 'an update is 200, or 201 for what was not there or is brought back, with the new ETag and Last-Modified',
    shown: async (server) => {
      const [made, changed] = [await put(server, 'life'), await put(server, 'life', { active: true })];
      await server.delete('Patient/life');
      const back = await put(server, 'life');
      expect([made.status, changed.status, back.status]).toEqual([201, 200, 201]);
      [made, changed].forEach((answer, index) => hasWriteHeaders(answer, index + 1));
      hasWriteHeaders(back, 4);
    },
  },
  {
    section: 'update', level: 'should', text: '201 has Location',
    shown: async (server) => expect((await put(server, 'placed')).headers.get('location')).toBe(`${server.base}/Patient/placed/_history/1`),
  },
  {
    section: 'update', level: 'may', text: 'white space and the digits of numbers are kept',
    shown: async (server) => {
      await server.put('Patient/spaced', SPACED.replace('{', '{"id":"spaced",'));
      expect((await server.get('Patient/spaced')).text).toContain(SPACED_CONTENT);
    },
  },
  {
    section: 'upsert', level: 'may', text: 'a client may choose the id of what it makes; the CapabilityStatement says so (updateCreate)',
    shown: async (server) => {
      expect((await put(server, 'chosen')).status).toBe(201);
      expect((await server.get('metadata')).body.rest[0].resource[0].updateCreate).toBe(true);
    },
  },
  {
    section: 'rejecting-updates', level: 'should', text: '400 for what is no valid R4, 404 for an unknown type, each with an OperationOutcome',
    shown: async (server) => {
      refused(await server.put('Patient/bad', '{"resourceType":'), 400);
      refused(await server.put('Patient/bad', { ...INVALID, id: 'bad' }), 400);
      refused(await server.put('Patience/bad', { resourceType: 'Patience', id: 'bad' }), 404);
    },
  },
  {
    section: 'rejecting-updates', level: 'may', text: 'what violates the profile that it claims is refused where the server is told so, with an OperationOutcome',
    shown: onServer({ operations: undefined, validate: 'profile' }, async (server) => {
      const coverage = { resourceType: 'Coverage', id: 'profiled', status: 'active', beneficiary: { display: 'x' }, payor: [{ display: 'x' }] };
      expect((await server.put('Coverage/profiled', coverage)).status).toBe(201);
      const claiming = await server.put('Coverage/profiled', { ...coverage, meta: { profile: ['https://cobalt.example/fhir/StructureDefinition/cobalt-coverage'] } });
      refused(claiming, claiming.status);
      expect([400, 422]).toContain(claiming.status);
    }),
  },
  {
    section: 'concurrency', level: 'should', text: 'every resource that is answered has an ETag',
    shown: async (server) => {
      const answers = [await put(server, 'tagged'), await server.get('Patient/tagged'), await server.get('Patient/tagged/_history/1'), await put(server, 'tagged', { active: true })];
      expect(answers.map(({ headers }) => headers.get('etag'))).toEqual(['W/"1"', 'W/"1"', 'W/"1"', 'W/"2"']);
    },
  },
  {
    section: 'concurrency', level: 'must', text: 'the ETag is the versionId, an id that no other version of the resource has',
    shown: async (server) => {
      const seen: string[] = [];
      for (const gender of ['male', 'female', 'other']) {
        const { body, headers } = await put(server, 'unique', { gender });
        expect(headers.get('etag')).toBe(`W/"${body.meta.versionId}"`);
        expect(body.meta.versionId).toMatch(/^[A-Za-z0-9\-.]{1,64}$/);
        seen.push(body.meta.versionId);
      }
      expect(new Set(seen).size).toBe(3);
    },
  },
  {
    section: 'concurrency', level: 'must', text: 'If-Match with another version than the current is refused with 412, and nothing is written',
    shown: async (server) => {
      await put(server, 'match');
      refused(await put(server, 'match', { active: true }, { 'If-Match': 'W/"2"' }), 412);
      expect((await server.get('Patient/match')).body.active).toBeUndefined();
      expect((await put(server, 'match', { active: true }, { 'If-Match': 'W/"1"' })).status).toBe(200);
    },
  },
  { section: 'concurrency', level: 'may', text: 'an update without If-Match is refused with 400', notClaimed: 'If-Match is for the client to send' },
  {
    section: 'create', level: 'must', text: 'the server gives id, versionId and lastUpdated, whatever the body says',
    shown: async (server) => {
      const { body } = await server.post('Patient', { resourceType: 'Patient', id: 'mine', meta: { versionId: '9', lastUpdated: '2000-01-01T00:00:00Z' } });
      expect([body.id === 'mine', body.meta.versionId, body.meta.lastUpdated.startsWith('2000')]).toEqual([false, '1', false]);
    },
  },
  {
    section: 'create', level: 'should', text: 'the rest of meta is kept, and what was sent is what is read',
    shown: async (server) => {
      const resource = { resourceType: 'Patient', meta: OTHER_META, active: true };
      const { body } = await server.post('Patient', resource);
      expect((await server.get(`Patient/${body.id}`)).body).toMatchObject(resource);
    },
  },
  {
    section: 'create', level: 'must', text: 'a create is 201 with the Location of the version',
    shown: async (server) => {
      const { status, body, headers } = await server.post('Patient', { resourceType: 'Patient' });
      expect([status, headers.get('location')]).toEqual([201, `${server.base}/Patient/${body.id}/_history/1`]);
    },
  },
  { section: 'create', level: 'should', text: 'a create has ETag and Last-Modified', shown: async (server) => hasWriteHeaders(await server.post('Patient', { resourceType: 'Patient' }), 1) },
  {
    section: 'create', level: 'should', text: 'an invalid resource is refused with 400 and an OperationOutcome that says where',
    shown: async (server) => {
      const answer = await server.post('Patient', INVALID);
      refused(answer, 400);
      expect(answer.body.issue[0].expression).toEqual(['Patient.gender']);
    },
  },
  {
    section: 'create', level: 'should', text: 'a resource of another type than the URL is refused, and so is an unknown type (404)',
    shown: async (server) => {
      refused(await server.post('Patient', { resourceType: 'Basic', code: { text: 'x' } }), 400);
      refused(await server.post('Patience', { resourceType: 'Patience' }), 404);
    },
  },
  {
    section: 'create', level: 'may', text: 'white space and the digits of numbers are kept',
    shown: async (server) => {
      const { body } = await server.post('Patient', SPACED);
      expect((await server.get(`Patient/${body.id}`)).text).toContain(SPACED_CONTENT);
    },
  },
  {
    section: 'delete', level: 'must', text: 'what is deleted is read as 410 and found by no search',
    shown: async (server) => {
      await put(server, 'del');
      expect((await server.delete('Patient/del')).status).toBe(204);
      expect([await statusOf(server.get('Patient/del')), (await server.get('Patient?_id=del')).body.entry]).toEqual([410, undefined]);
    },
  },
  {
    section: 'delete', level: 'should', text: 'a delete of what is not there, or not any more, is 204 and changes nothing',
    shown: async (server) => {
      await put(server, 'del-twice');
      expect([await statusOf(server.delete('Patient/never')), await statusOf(server.delete('Patient/del-twice')), await statusOf(server.delete('Patient/del-twice'))]).toEqual([204, 204, 204]);
      expect((await server.get('Patient/del-twice/_history')).body.entry).toHaveLength(2);
    },
  },
  {
    section: 'delete', level: 'must', text: 'the earlier versions stay, and the deletion is one',
    shown: async (server) => {
      await put(server, 'del-history');
      await server.delete('Patient/del-history');
      expect([await statusOf(server.get('Patient/del-history/_history/1')), await statusOf(server.get('Patient/del-history/_history/2'))]).toEqual([200, 410]);
    },
  },
  {
    section: 'delete', level: 'may', text: 'the answer has the ETag of the deletion',
    shown: async (server) => {
      await put(server, 'del-tag');
      expect((await server.delete('Patient/del-tag')).headers.get('etag')).toBe('W/"2"');
    },
  },
  { section: 'delete', level: 'may', text: 'what others refer to is not deleted (409)', notClaimed: 'references are not held fast: data may come and go in any order' },
  {
    section: 'transactional-integrity', level: 'should', text: 'what is sent is changed as little as possible: id and meta alone',
    shown: async (server) => {
      const { text } = await server.put('Patient/whole-text', SPACED.replace('{', '{"id":"whole-text",'));
      expect(text.replace(/"(?:id|meta)":(?:"[^"]*"|\{[^}]*\}),?/g, '').replace(/\s/g, '')).toBe(SPACED.replace(/\s/g, ''));
    },
  },
];
