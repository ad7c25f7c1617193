import { expect } from 'vitest';
import { hold, matches, refused, selects, statusOf } from '../../asking.js';
import type { SearchStatement } from '../search.js';

const TAG = { system: 'http://acme.example/codes', code: 'needs-review' };
const PROFILE = 'http://example.org/StructureDefinition/lipid';

/** What is searched, what is answered to what can't be, and the parameters of all resources. */
export const general: readonly SearchStatement[] = [
  {
    section: 'Introduction', level: 'must', text: 'the answer to a search of a type, a compartment or the whole system is a Bundle of those that meet it',
    shown: async (server) => {
      await hold(server, { resourceType: 'Patient', id: 'context' }, { resourceType: 'Basic', id: 'context', code: { text: 'x' }, subject: { reference: 'Patient/context' } });
      for (const [path, ids] of [['Patient?_id=context', ['context']], ['Patient/context/Basic?_id=context', ['context']], ['?_id=context', ['context', 'context']]] as const) expect([path, matches(await server.get(path))]).toEqual([path, ids]);
    },
  },
  {
    section: 'Introduction', level: 'must', text: 'a search of several types takes what all of them have',
    shown: async (server) => {
      refused(await server.get('?_type=Patient,Basic&gender=male'), 400);
      refused(await server.get('?gender=male'), 400);
      expect(await statusOf(server.get('?_type=Patient,Person&gender=male'))).toBe(200);
    },
  },
  {
    section: 'errors', level: 'should', text: 'a search that fails has an OperationOutcome that says why; one that finds nothing has not failed',
    shown: async (server) => {
      refused(await server.get('Patient?birthdate=tomorrow'), 400);
      expect(matches(await server.get('Patient?family=Nobody'))).toEqual([]);
    },
  },
  {
    section: 'errors', level: 'should', text: 'what is written wrongly is an error: a date, a number, a token, a modifier, a prefix',
    shown: async (server) => {
      for (const search of ['Patient?birthdate=23%20May%202009', 'RiskAssessment?probability=much', 'Observation?value-quantity=x||mg', 'Patient?birthdate:text=1995', 'Patient?birthdate=xx2009']) refused(await server.get(search), 400);
    },
  },
  {
    section: 'errors', level: 'should', text: 'what only finds nothing is no error: an unknown resource, code or time',
    shown: async (server) => {
      for (const search of ['Observation?subject=Patient/101', 'Observation?patient.identifier=http://example.com/mrn|123456', 'Observation?code=loinc|1234-1', 'Condition?onset-date=le1895']) expect([search, matches(await server.get(search))]).toEqual([search, []]);
    },
  },
  {
    section: 'errors', level: 'should', text: 'handling=strict refuses unknown parameters, handling=lenient leaves them out and says so',
    shown: async (server) => {
      refused(await server.get('Patient?colour=red', { Prefer: 'handling=strict' }), 400);
      expect((await server.get('Patient?colour=red', { Prefer: 'handling=lenient' })).text).toContain('"mode":"outcome"');
    },
  },
  { section: 'errors', level: 'should', text: 'unknown parameters are left out without being asked', notClaimed: 'refused with 400 unless handling=lenient: a filter that is overlooked shows what nobody asked for' },
  { section: 'errors', level: 'may', text: 'empty parameters are left out', notClaimed: 'refused with 400 for the same reason' },
  {
    section: 'id', level: 'must', text: '_id finds by the exact id, case sensitive',
    shown: selects('Patient', [{ id: 'Exact' }, { id: 'exact-2' }], { '_id=Exact': ['Exact'], '_id=exact': [], '_id=Exac': [] }),
  },
  {
    section: 'lastUpdated', level: 'may', text: '_lastUpdated finds by the time of the last change',
    shown: selects('Patient', [{ id: 'updated' }], { '_lastUpdated=gt2010-10-01': ['updated'], '_lastUpdated=lt2010-10-01': [] }),
  },
  {
    section: 'tag', level: 'may', text: '_tag, _security, _profile and _source search meta',
    shown: selects('Condition', [{ id: 'tagged', subject: { display: 'x' }, meta: { tag: [TAG], security: [TAG], profile: [PROFILE], source: 'urn:example:source' } }, { id: 'untagged', subject: { display: 'x' } }], {
      '_tag=http://acme.example/codes|needs-review': ['tagged'], '_security=needs-review': ['tagged'], [`_profile=${PROFILE}`]: ['tagged'], '_source=urn:example:source': ['tagged'], '_tag:not=needs-review': ['untagged'],
    }),
  },
  {
    section: 'parameters', level: 'may', text: 'a parameter of several paths finds what matches at any of them',
    shown: selects('Patient', [{ id: 'path-given', name: [{ given: ['Kirsten'] }] }, { id: 'path-family', name: [{ family: 'Kirsten' }] }, { id: 'path-none' }], { 'name=kirsten': ['path-family', 'path-given'] }),
  },
  {
    section: 'parameters', level: 'may', text: 'every standard parameter of every type is served, as the CapabilityStatement says',
    shown: async (server) => {
      const { rest: [{ resource }] } = (await server.get('metadata')).body;
      expect(resource).toHaveLength(146);
      const claim = resource.find(({ type }: { type: string }) => type === 'Claim');
      expect(claim.searchParam.map(({ name }: { name: string }) => name)).toEqual(expect.arrayContaining(['care-team', 'created', 'detail-udi', 'encounter', 'enterer', 'facility', 'identifier', 'insurer', 'item-udi', 'patient', 'payee', 'priority', 'procedure-udi', 'provider', 'status', 'subdetail-udi', 'use']));
    },
  },
  {
    section: '_type', level: 'may', text: '_type says which types are searched',
    shown: async (server) => {
      await hold(server, { resourceType: 'Patient', id: 'typed' }, { resourceType: 'Person', id: 'typed' }, { resourceType: 'Group', id: 'typed', type: 'person', actual: true });
      expect(matches(await server.get('?_type=Patient,Person&_id=typed'))).toHaveLength(2);
      refused(await server.get('?_type=Patience'), 400);
    },
  },
  {
    section: 'conformance', level: 'must', text: 'the self link tells the parameters that were used',
    shown: async (server) => {
      expect((await server.get('Patient?active=true&x=1', { Prefer: 'handling=lenient' })).body.link[0]).toEqual({ relation: 'self', url: `${server.base}/Patient?active=true` });
      expect((await server.get('Patient?_sort=-birthdate&_count=5000')).body.link[0].url).toBe(`${server.base}/Patient?_sort=-birthdate&_count=1000`);
    },
  },
  {
    section: 'currency', level: 'must', text: 'a search changes nothing',
    shown: async (server) => {
      const newest = async (): Promise<string> => (await server.get('_history?_count=1')).body.entry?.[0].fullUrl;
      const before = await newest();
      await server.get('Patient?name=x');
      expect(await newest()).toBe(before);
    },
  },
  {
    section: 'query', level: 'must', text: 'a _query that is not known is refused',
    shown: async (server) => {
      const answer = await server.get('Patient?_query=everyone');
      refused(answer, 501);
    },
  },
];
