import { expect } from 'vitest';
import { hold, refused, statusOf } from '../../asking.js';
import type { HttpStatement } from '../http.js';

const PLAIN = { 'Accept-Encoding': 'identity' };

export const reading: readonly HttpStatement[] = [
  {
    section: 'read', level: 'must', text: 'a read answers with a resource of the id in the URL',
    shown: async (server) => {
      await hold(server, { resourceType: 'Patient', id: 'read' });
      expect((await server.get('Patient/read')).body).toMatchObject({ resourceType: 'Patient', id: 'read' });
    },
  },
  {
    section: 'read', level: 'should', text: 'a read has ETag and Last-Modified',
    shown: async (server) => {
      await hold(server, { resourceType: 'Patient', id: 'read-headers' });
      const { headers } = await server.get('Patient/read-headers');
      expect([headers.get('etag'), Number.isNaN(Date.parse(headers.get('last-modified') ?? ''))]).toEqual(['W/"1"', false]);
    },
  },
  {
    section: 'read', level: 'must', text: 'what is deleted is answered with 410, what never was with 404',
    shown: async (server) => {
      await hold(server, { resourceType: 'Patient', id: 'gone' });
      await server.delete('Patient/gone');
      refused(await server.get('Patient/gone'), 410);
      refused(await server.get('Patient/never'), 404);
    },
  },
  {
    section: 'read', level: 'may', text: '410 has the ETag of the deletion',
    shown: async (server) => {
      await hold(server, { resourceType: 'Patient', id: 'gone-tag' });
      await server.delete('Patient/gone-tag');
      expect((await server.get('Patient/gone-tag')).headers.get('etag')).toBe('W/"2"');
    },
  },
  {
    section: 'read', level: 'should', text: '_summary and _elements cut a read down, and the part is tagged as SUBSETTED',
    shown: async (server) => {
      await hold(server, { resourceType: 'Patient', id: 'read-part', active: true, gender: 'male', communication: [{ language: { text: 'Sámi' } }] });
      for (const query of ['_summary=true', '_elements=active']) {
        const { body } = await server.get(`Patient/read-part?${query}`);
        expect([body.active, body.communication, body.meta.tag[0].code]).toEqual([true, undefined, 'SUBSETTED']);
      }
    },
  },
  {
    section: 'vread', level: 'must', text: 'a version is answered with the id and the versionId of the URL',
    shown: async (server) => {
      await hold(server, { resourceType: 'Patient', id: 'vread', active: true });
      await server.put('Patient/vread', { resourceType: 'Patient', id: 'vread', active: false });
      expect((await server.get('Patient/vread/_history/1')).body).toMatchObject({ id: 'vread', active: true, meta: { versionId: '1' } });
      expect((await server.get('Patient/vread/_history/2')).body).toMatchObject({ id: 'vread', active: false, meta: { versionId: '2' } });
    },
  },
  {
    section: 'vread', level: 'should', text: 'a version has its ETag and Last-Modified',
    shown: async (server) => {
      await hold(server, { resourceType: 'Patient', id: 'vread-headers' });
      await server.put('Patient/vread-headers', { resourceType: 'Patient', id: 'vread-headers', active: false });
      const { headers } = await server.get('Patient/vread-headers/_history/1');
      expect([headers.get('etag'), headers.has('last-modified')]).toEqual(['W/"1"', true]);
    },
  },
  {
    section: 'vread', level: 'should', text: 'the version that is a deletion is 410; one that never was is 404 with an OperationOutcome',
    shown: async (server) => {
      await hold(server, { resourceType: 'Patient', id: 'vread-gone' });
      await server.delete('Patient/vread-gone');
      refused(await server.get('Patient/vread-gone/_history/2'), 410);
      refused(await server.get('Patient/vread-gone/_history/3'), 404);
    },
  },
  {
    section: 'head', level: 'may', text: 'HEAD is answered wherever GET is: the same status and headers, without a body',
    shown: async (server) => {
      await hold(server, { resourceType: 'Patient', id: 'head' });
      for (const path of ['Patient/head', 'Patient/head/_history/1', 'Patient/head/_history', 'Patient/_history', 'Patient?_id=head', 'metadata', 'Patient/nobody']) {
        const [get, head] = [await server.get(path, PLAIN), await server.request('HEAD', path, undefined, PLAIN)];
        expect([path, head.status, head.text, head.headers.get('etag'), head.headers.get('content-type'), head.headers.get('content-length')]).toEqual([path, get.status, '', get.headers.get('etag'), get.headers.get('content-type'), get.headers.get('content-length')]);
      }
    },
  },
  {
    section: 'capabilities', level: 'must', text: 'GET [base]/metadata answers with the CapabilityStatement: types, interactions and search parameters',
    shown: async (server) => {
      const { body } = await server.get('metadata');
      expect(body).toMatchObject({ resourceType: 'CapabilityStatement', fhirVersion: '4.0.1', rest: [{ mode: 'server' }] });
      const patient = body.rest[0].resource.find(({ type }: { type: string }) => type === 'Patient');
      expect(patient.interaction.map(({ code }: { code: string }) => code)).toEqual(expect.arrayContaining(['read', 'vread', 'update', 'patch', 'delete', 'history-instance', 'history-type', 'create', 'search-type']));
      expect(patient.searchParam).toContainEqual(expect.objectContaining({ name: 'birthdate', type: 'date' }));
    },
  },
  {
    section: 'capabilities', level: 'may', text: 'mode is passed over: the whole CapabilityStatement is answered',
    shown: async (server) => expect((await server.get('metadata?mode=normative')).body.resourceType).toBe('CapabilityStatement'),
  },
  { section: 'capabilities', level: 'may', text: 'mode=terminology answers with TerminologyCapabilities', notClaimed: 'the CapabilityStatement is answered' },
  {
    section: 'capabilities', level: 'should', text: 'the CapabilityStatement has an ETag, which is another for another text',
    shown: async (server) => {
      const { headers } = await server.get('metadata');
      const tag = headers.get('etag') ?? '';
      expect(tag).toMatch(/^W\/"[\w-]+"$/);
      expect(await statusOf(server.get('metadata', { 'If-None-Match': tag }))).toBe(304);
      expect(await statusOf(server.get('metadata', { 'If-None-Match': 'W/"another"' }))).toBe(200);
    },
  },
  {
    section: 'capabilities', level: 'should', text: 'fhirVersion is looked at',
    shown: async (server) => refused(await server.get('metadata', { Accept: 'application/fhir+json; fhirVersion=5.0' }), 406),
  },
  { section: 'capabilities', level: 'may', text: '_summary, _elements, $subset and $implements cut the CapabilityStatement down', notClaimed: 'it is answered whole' },
  {
    section: 'capabilities', level: 'may', text: 'CapabilityStatement is a type like others beside it',
    shown: async (server) => {
      await hold(server, { resourceType: 'CapabilityStatement', id: 'other', status: 'draft', date: '2026', kind: 'requirements', fhirVersion: '4.0.1', format: ['json'] });
      expect((await server.get('CapabilityStatement/other')).body.kind).toBe('requirements');
    },
  },
];
