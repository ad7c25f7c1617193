import { expect } from 'vitest';
import { hold, matches, refused, statusOf } from '../../asking.js';
import type { HttpStatement } from '../http.js';

const FHIR_JSON = 'application/fhir+json; charset=utf-8';
const PNG = { Accept: 'image/png' };

export const general: readonly HttpStatement[] = [
  {
    section: 'general', level: 'may', text: 'what FHIR leaves to HTTP is as in HTTP: a method that an address does not take is 405 with Allow',
    shown: async (server) => {
      const answer = await server.delete('metadata');
      refused(answer, 405);
      expect(answer.headers.get('allow')).toBe('GET, HEAD');
    },
  },
  {
    section: 'root', level: 'must', text: 'types and ids in URLs are case sensitive',
    shown: async (server) => {
      await hold(server, { resourceType: 'Patient', id: 'Case' });
      expect([await statusOf(server.get('Patient/Case')), await statusOf(server.get('Patient/case')), await statusOf(server.get('patient/Case'))]).toEqual([200, 404, 404]);
    },
  },
  {
    section: 'root', level: 'should', text: 'URLs are decoded as UTF-8',
    shown: async (server) => {
      await hold(server, { resourceType: 'Patient', id: 'utf8', name: [{ family: 'Ødegård' }] });
      expect(matches(await server.get('Patient?family:exact=%C3%98deg%C3%A5rd'))).toEqual(['utf8']);
    },
  },
  { section: 'root', level: 'must', text: 'http: and https: are never used for different objects', notClaimed: 'one address is served, COBALT_BASE_URL; a reference in the other scheme is taken for a reference to another server' },
  {
    section: 'versioning', level: 'must', text: 'versionId goes as ETag, a weak one, and lastUpdated as Last-Modified',
    shown: async (server) => {
      await hold(server, { resourceType: 'Patient', id: 'metadata' });
      const { body, headers } = await server.get('Patient/metadata');
      expect(headers.get('etag')).toBe(`W/"${body.meta.versionId}"`);
      expect(Date.parse(headers.get('last-modified') ?? '')).toBe(Math.floor(Date.parse(body.meta.lastUpdated) / 1000) * 1000);
    },
  },
  { section: '3.1.0.1.4', level: 'should', text: 'health data is exchanged over TLS', notClaimed: 'the server speaks HTTP; TLS is for a proxy in front of it' },
  { section: '3.1.0.1.4', level: 'should', text: 'CORS is implemented', notClaimed: 'where tokens are asked for (COBALT_ISSUERS) every origin may send one; otherwise other origins read only what is public' },
  {
    section: 'Status-Codes', level: 'may', text: 'every 4xx has an OperationOutcome',
    shown: async (server) => {
      refused(await server.get('Patient/nobody'), 404);
      refused(await server.get('Elsewhere/1'), 404);
      refused(await server.post('Patient', '{'), 400);
      refused(await server.get('Patient', PNG), 406);
    },
  },
  {
    section: 'return', level: 'should', text: 'answers carry Date',
    shown: async (server) => expect(Date.parse((await server.get('metadata')).headers.get('date') ?? '')).not.toBeNaN(),
  },
  {
    section: 'cread', level: 'may', text: 'If-None-Match with the current ETag brings 304, with another the resource',
    shown: async (server) => {
      await hold(server, { resourceType: 'Patient', id: 'none-match' });
      const read = (tag: string) => server.get('Patient/none-match', { 'If-None-Match': tag });
      expect((await read('W/"1"'))).toMatchObject({ status: 304, text: '' });
      expect([await statusOf(read('W/"2"')), await statusOf(read('W/"2", W/"1"'))]).toEqual([200, 304]);
    },
  },
  {
    section: 'cread', level: 'may', text: 'If-Modified-Since brings 304 when nothing changed since',
    shown: async (server) => {
      await hold(server, { resourceType: 'Patient', id: 'modified' });
      const read = (since: number) => statusOf(server.get('Patient/modified', { 'If-Modified-Since': new Date(since).toUTCString() }));
      expect([await read(Date.now() + 60_000), await read(0)]).toEqual([304, 200]);
    },
  },
  {
    section: 'ops', level: 'may', text: 'a create or update without Prefer answers with the resource as it is stored',
    shown: async (server) => expect((await server.put('Patient/whole', { resourceType: 'Patient', id: 'whole', active: true })).body).toMatchObject({ active: true, meta: { versionId: '1' } }),
  },
  {
    section: 'prefer', level: 'should', text: 'Prefer: return=minimal, representation and OperationOutcome are honoured',
    shown: async (server) => {
      const write = async (wanted: string) => (await server.put('Patient/prefer', { resourceType: 'Patient', id: 'prefer', name: [{ text: wanted }] }, { Prefer: `return=${wanted}` }));
      expect((await write('minimal')).text).toBe('');
      expect((await write('representation')).body.resourceType).toBe('Patient');
      expect((await write('OperationOutcome')).body.resourceType).toBe('OperationOutcome');
    },
  },
  {
    section: 'prefer', level: 'should', text: 'a failure has an OperationOutcome, whatever Prefer asks for',
    shown: async (server) => refused(await server.post('Patient', { resourceType: 'Patient', gender: 'x' }, { Prefer: 'return=minimal' }), 400),
  },
  { section: 'prefer', level: 'may', text: 'Prefer: respond-async starts an asynchronous request', notClaimed: 'only operations that may take long go on after their request (bulk data, $import-835, $sync …); all else is answered when it is done' },
  {
    section: 'mime-type', level: 'must', text: 'the media type of a FHIR answer is application/fhir+json, in UTF-8',
    shown: async (server) => expect((await server.get('metadata')).headers.get('content-type')).toBe(FHIR_JSON),
  },
  {
    section: 'mime-type', level: 'must', text: 'the server chooses among the media types that Accept lists',
    shown: async (server) => {
      const accepting = (Accept: string) => statusOf(server.get('metadata', { Accept }));
      expect([await accepting('application/fhir+xml, application/fhir+json;q=0.5'), await accepting('*/*'), await accepting('application/fhir+json;q=0')]).toEqual([200, 200, 406]);
    },
  },
  { section: 'mime-type', level: 'should', text: 'a generic media type in Accept is answered as that type', notClaimed: 'application/json and text/json are taken, and answered as application/fhir+json' },
  {
    section: 'mime-type', level: 'may', text: 'the media type of FHIR before STU3 is taken',
    shown: async (server) => {
      const old = 'application/json+fhir';
      expect(await statusOf(server.post('Patient', { resourceType: 'Patient' }, { 'Content-Type': old, Accept: old }))).toBe(201);
    },
  },
  {
    section: 'mime-type', level: 'should', text: 'a format that is not supported is answered with 406, a body in one with 415',
    shown: async (server) => {
      refused(await server.get('Patient', { Accept: 'application/fhir+xml' }), 406);
      refused(await server.post('Patient', '<Patient/>', { 'Content-Type': 'application/fhir+xml' }), 415);
    },
  },
  { section: 'mime-type', level: 'may', text: 'resources are read and written as XML and Turtle', notClaimed: 'JSON only' },
  {
    section: 'version-parameter', level: 'may', text: 'fhirVersion of a media type may be 4.0; another version is not spoken here',
    shown: async (server) => {
      const type = (version: string): string => `application/fhir+json; fhirVersion=${version}`;
      expect([await statusOf(server.get('metadata', { Accept: type('4.0') })), await statusOf(server.get('metadata', { Accept: type('3.0') }))]).toEqual([200, 406]);
      const create = (version: string) => statusOf(server.post('Patient', { resourceType: 'Patient' }, { 'Content-Type': type(version) }));
      expect([await create('4.0'), await create('3.0')]).toEqual([201, 415]);
    },
  },
  {
    section: 'parameters', level: 'should', text: '_format stands for Accept, and wins over it',
    shown: async (server) => expect([await statusOf(server.get('metadata?_format=json', { Accept: 'application/fhir+xml' })), await statusOf(server.get('metadata?_format=xml'))]).toEqual([200, 406]),
  },
  {
    section: 'parameters', level: 'must', text: 'json, application/json and application/fhir+json in _format mean JSON; the names of XML and Turtle do not',
    shown: async (server) => {
      for (const format of ['json', 'application/json', 'application/fhir%2Bjson']) expect(await statusOf(server.get(`metadata?_format=${format}`))).toBe(200);
      for (const format of ['xml', 'text/xml', 'application/xml', 'application/fhir%2Bxml', 'ttl', 'application/fhir%2Bturtle', 'text/turtle']) expect(await statusOf(server.get(`metadata?_format=${format}`))).toBe(406);
    },
  },
  { section: 'parameters', level: 'may', text: '_format=html shows a page', notClaimed: 'resources are answered as JSON; the documentation at /docs is HTML' },
  {
    section: 'parameters', level: 'may', text: '_pretty=true asks for an answer laid out for people',
    shown: async (server) => expect((await server.get('Patient/none?_pretty=true')).text).toContain('{\n  "resourceType"'),
  },
  {
    section: 'versions', level: 'should', text: 'versions are fully supported: versionId is tracked, versions are read, updates are aware of them; the CapabilityStatement says so',
    shown: async (server) => {
      await hold(server, { resourceType: 'Patient', id: 'versions' });
      const { body } = await server.put('Patient/versions', { resourceType: 'Patient', id: 'versions', active: true }, { 'If-Match': 'W/"1"' });
      expect([body.meta.versionId, await statusOf(server.get('Patient/versions/_history/1'))]).toEqual(['2', 200]);
      expect((await server.get('metadata')).body.rest[0].resource[0].versioning).toBe('versioned-update');
    },
  },
];
