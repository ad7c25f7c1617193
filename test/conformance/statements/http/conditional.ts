import { expect } from 'vitest';
import type { TestServer } from '../../../http/server.js';
import { hold, onServer, refused, statusOf } from '../../asking.js';
import type { HttpStatement } from '../http.js';

const known = (value: string): object => ({ resourceType: 'Patient', identifier: [{ system: 'urn:example:mrn', value }] });
const condition = (value: string): string => `identifier=urn:example:mrn|${value}`;
/** Two resources that one condition matches. */
const pair = (server: TestServer, value: string): Promise<void> => hold(server, { ...known(value), id: `${value}-1` }, { ...known(value), id: `${value}-2` });
const JSON_PATCH = { 'Content-Type': 'application/json-patch+json' };
const ACTIVATE = '[{"op":"add","path":"/active","value":true}]';

export const conditional: readonly HttpStatement[] = [
  {
    section: 'cond-update', level: 'may', text: 'no match, no id: the resource is created',
    shown: async (server) => expect(await statusOf(server.put(`Patient?${condition('cu-none')}`, known('cu-none')))).toBe(201),
  },
  {
    section: 'cond-update', level: 'may', text: 'no match, with an id: it is created under that id',
    shown: async (server) => {
      const { status, body } = await server.put(`Patient?${condition('cu-id')}`, { ...known('cu-id'), id: 'cu-chosen' });
      expect([status, body.id]).toEqual([201, 'cu-chosen']);
    },
  },
  {
    section: 'cond-update', level: 'may', text: 'one match, and no id or that of the match: the match is updated',
    shown: async (server) => {
      await hold(server, { ...known('cu-one'), id: 'cu-one' });
      const bodies = [{ ...known('cu-one'), active: true }, { ...known('cu-one'), id: 'cu-one', active: false }];
      for (const body of bodies) expect(await statusOf(server.put(`Patient?${condition('cu-one')}`, body))).toBe(200);
      expect((await server.get('Patient/cu-one')).body).toMatchObject({ active: false, meta: { versionId: '3' } });
    },
  },
  {
    section: 'cond-update', level: 'may', text: 'one match, but another id: 400',
    shown: async (server) => {
      await hold(server, { ...known('cu-other'), id: 'cu-other' });
      refused(await server.put(`Patient?${condition('cu-other')}`, { ...known('cu-other'), id: 'cu-wrong' }), 400);
    },
  },
  {
    section: 'cond-update', level: 'may', text: 'several matches: 412',
    shown: async (server) => {
      await pair(server, 'cu-many');
      refused(await server.put(`Patient?${condition('cu-many')}`, known('cu-many')), 412);
    },
  },
  { section: 'cond-update', level: 'must', text: 'an id in the body is passed over', notClaimed: 'the section also says what is done by that id, and that is kept to' },
  {
    section: '3.1.0.7.1', level: 'may', text: 'no match or one: as an ordinary delete',
    shown: async (server) => {
      await hold(server, { ...known('cd-one'), id: 'cd-one' });
      expect([await statusOf(server.delete(`Patient?${condition('cd-none')}`)), await statusOf(server.delete(`Patient?${condition('cd-one')}`)), await statusOf(server.get('Patient/cd-one'))]).toEqual([204, 204, 410]);
    },
  },
  {
    section: '3.1.0.7.1', level: 'may', text: 'several matches: 412, none is deleted; the CapabilityStatement says single',
    shown: async (server) => {
      await pair(server, 'cd-many');
      refused(await server.delete(`Patient?${condition('cd-many')}`), 412);
      expect(await statusOf(server.get('Patient/cd-many-1'))).toBe(200);
      expect((await server.get('metadata')).body.rest[0].resource[0].conditionalDelete).toBe('single');
    },
  },
  {
    section: '3.1.0.7.1', level: 'may', text: 'several matches: all are deleted where the server is told so; the CapabilityStatement says multiple',
    shown: onServer({ conditionalDelete: 'multiple' }, async (server) => {
      await pair(server, 'cd-all');
      expect(await statusOf(server.delete(`Patient?${condition('cd-all')}`))).toBe(204);
      expect([await statusOf(server.get('Patient/cd-all-1')), await statusOf(server.get('Patient/cd-all-2'))]).toEqual([410, 410]);
      expect((await server.get('metadata')).body.rest[0].resource[0].conditionalDelete).toBe('multiple');
    }),
  },
  {
    section: 'ccreate', level: 'may', text: 'If-None-Exist: no match 201, one match 200 without a write, several 412',
    shown: async (server) => {
      const create = () => server.post('Patient', known('cc'), { 'If-None-Exist': condition('cc') });
      const [first, second] = [await create(), await create()];
      expect([first.status, second.status, second.body.id, second.body.meta.versionId]).toEqual([201, 200, first.body.id, '1']);
      await server.post('Patient', known('cc'));
      refused(await create(), 412);
    },
  },
  {
    section: 'patch', level: 'must', text: 'a JSON Patch is applied to the server\'s own copy; what it leads to is a new version, with the headers of an update',
    shown: async (server) => {
      await hold(server, { resourceType: 'Patient', id: 'patch', gender: 'other' });
      const { status, body, headers } = await server.request('PATCH', 'Patient/patch', ACTIVATE, JSON_PATCH);
      expect([status, body.active, body.gender, headers.get('etag'), headers.has('last-modified')]).toEqual([200, true, 'other', 'W/"2"', true]);
    },
  },
  {
    section: 'patch', level: 'must', text: 'a FHIRPath Patch is a Parameters resource in FHIR\'s media type',
    shown: async (server) => {
      await hold(server, { resourceType: 'Patient', id: 'fhirpath', active: true });
      const parameter = [{ name: 'operation', part: [{ name: 'type', valueCode: 'delete' }, { name: 'path', valueString: 'Patient.active' }] }];
      expect((await server.request('PATCH', 'Patient/fhirpath', { resourceType: 'Parameters', parameter })).body.active).toBeUndefined();
    },
  },
  { section: 'patch', level: 'may', text: 'an XML Patch', notClaimed: 'resources are JSON here; application/xml-patch+xml is 415' },
  {
    section: 'patch', level: 'must', text: 'what a patch leads to is checked as an update is; a failed test is 422, and nothing is written',
    shown: async (server) => {
      await hold(server, { resourceType: 'Patient', id: 'patch-checked' });
      for (const patch of ['[{"op":"add","path":"/gender","value":"x"}]', '[{"op":"add","path":"/id","value":"y"}]', '[{"op":"test","path":"/active","value":true}]']) {
        const answer = await server.request('PATCH', 'Patient/patch-checked', patch, JSON_PATCH);
        refused(answer, answer.status);
        expect([400, 422]).toContain(answer.status);
      }
      expect((await server.get('Patient/patch-checked')).body.meta.versionId).toBe('1');
    },
  },
  {
    section: 'patch', level: 'must', text: 'Prefer works as for an update',
    shown: async (server) => {
      await hold(server, { resourceType: 'Patient', id: 'patch-prefer' });
      expect((await server.request('PATCH', 'Patient/patch-prefer', ACTIVATE, { ...JSON_PATCH, Prefer: 'return=minimal' })).text).toBe('');
    },
  },
  {
    section: 'patch', level: 'must', text: 'If-Match works as for an update',
    shown: async (server) => {
      await hold(server, { resourceType: 'Patient', id: 'patch-match' });
      const patch = (version: number) => server.request('PATCH', 'Patient/patch-match', ACTIVATE, { ...JSON_PATCH, 'If-Match': `W/"${version}"` });
      refused(await patch(2), 412);
      expect(await statusOf(patch(1))).toBe(200);
    },
  },
  {
    section: 'patch', level: 'should', text: 'a patch by a condition: no match 404, one is patched, several 412',
    shown: async (server) => {
      const patch = (value: string) => server.request('PATCH', `Patient?${condition(value)}`, ACTIVATE, JSON_PATCH);
      refused(await patch('cp'), 404);
      await hold(server, { ...known('cp'), id: 'cp-1' });
      expect((await patch('cp')).body).toMatchObject({ id: 'cp-1', active: true });
      await hold(server, { ...known('cp'), id: 'cp-2' });
      refused(await patch('cp'), 412);
    },
  },
  { section: 'patch', level: 'must', text: 'a narrative is not left clinically unsafe by a patch', notClaimed: 'the narrative is left as it is: whoever patches the data patches or removes the text with it' },
];
