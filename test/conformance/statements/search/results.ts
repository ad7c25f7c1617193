import { expect } from 'vitest';
import { hold, included, matches, refused } from '../../asking.js';
import type { SearchStatement } from '../search.js';

const observation = (id: string, more: object = {}) => ({ resourceType: 'Observation', id, status: 'final', code: { text: 'x' }, ...more });
const patient = (id: string, more: object = {}) => ({ resourceType: 'Patient', id, ...more });
const nextOf = (body: { link: readonly { relation: string; url: string }[] }): string => body.link.find(({ relation }) => relation === 'next')?.url ?? '';

export const results: readonly SearchStatement[] = [
  {
    section: 'sort', level: 'should', text: '_sort orders by parameters in their order of rank, - downwards',
    shown: async (server) => {
      await hold(server, patient('s1', { gender: 'male', birthDate: '1990' }), patient('s2', { gender: 'female', birthDate: '1980' }), patient('s3', { gender: 'male', birthDate: '2000' }));
      const sorted = async (sort: string) => matches(await server.get(`Patient?_id=s1,s2,s3&_sort=${sort}`));
      expect([await sorted('birthdate'), await sorted('-birthdate'), await sorted('gender,-birthdate'), await sorted('_id')]).toEqual([['s2', 's1', 's3'], ['s3', 's1', 's2'], ['s2', 's3', 's1'], ['s1', 's2', 's3']]);
    },
  },
  {
    section: 'sort', level: 'must', text: 'of several values the one that comes first in the order counts',
    shown: async (server) => {
      await hold(server, patient('sm1', { name: [{ family: 'M' }, { family: 'A' }] }), patient('sm2', { name: [{ family: 'B' }, { family: 'Z' }] }));
      const sorted = async (sort: string) => matches(await server.get(`Patient?_id=sm1,sm2&_sort=${sort}`));
      expect([await sorted('family'), await sorted('-family')]).toEqual([['sm1', 'sm2'], ['sm2', 'sm1']]);
    },
  },
  {
    section: 'sort', level: 'should', text: 'strings are sorted without case',
    shown: async (server) => {
      await hold(server, patient('sc1', { name: [{ family: 'alpha' }] }), patient('sc2', { name: [{ family: 'Beta' }] }), patient('sc3', { name: [{ family: 'gamma' }] }));
      expect(matches(await server.get('Patient?_id=sc1,sc2,sc3&_sort=family'))).toEqual(['sc1', 'sc2', 'sc3']);
    },
  },
  { section: 'sort', level: 'may', text: '_sort=_score sorts by relevance', notClaimed: 'nothing is ranked' },
  {
    section: 'total', level: 'may', text: '_total=accurate counts the matches, _total=none leaves the count out',
    shown: async (server) => {
      await hold(server, ...['t1', 't2', 't3'].map((id) => patient(id, { name: [{ family: 'Total' }] })));
      const total = async (asked: string) => (await server.get(`Patient?family=Total&_count=1&_total=${asked}`)).body.total;
      expect([await total('accurate'), await total('estimate'), await total('none')]).toEqual([3, 3, undefined]);
    },
  },
  {
    section: 'count', level: 'must', text: 'a page holds no more than _count matches; includes do not count',
    shown: async (server) => {
      await hold(server, patient('cp1'), patient('cp2'), observation('co1', { subject: { reference: 'Patient/cp1' } }), observation('co2', { subject: { reference: 'Patient/cp2' } }), observation('co3'));
      const answer = await server.get('Observation?_id=co1,co2,co3&_count=2&_sort=_id&_include=Observation:subject');
      expect([matches(answer), included(answer)]).toEqual([['co1', 'co2'], ['Patient/cp1', 'Patient/cp2']]);
    },
  },
  {
    section: 'count', level: 'should', text: 'the following pages keep to _count',
    shown: async (server) => {
      await hold(server, ...['k1', 'k2', 'k3', 'k4', 'k5'].map((id) => patient(id, { name: [{ family: 'Keeping' }] })));
      expect(matches(await server.get(nextOf((await server.get('Patient?family=Keeping&_count=2')).body)))).toHaveLength(2);
    },
  },
  {
    section: 'count', level: 'must', text: '_count=0 is _summary=count: the total, without entries and page links',
    shown: async (server) => {
      await hold(server, patient('zero', { name: [{ family: 'Zero' }] }));
      for (const query of ['_count=0', '_summary=count']) {
        const { body } = await server.get(`Patient?family=Zero&${query}`);
        expect([body.total, body.entry, body.link.map(({ relation }: { relation: string }) => relation)]).toEqual([1, undefined, ['self']]);
      }
    },
  },
  {
    section: 'count', level: 'may', text: 'the latest by _sort and _count=1',
    shown: async (server) => {
      await hold(server, ...['2019', '2021', '2020'].map((year) => observation(`latest-${year}`, { effectiveDateTime: year, identifier: [{ value: 'latest' }] })));
      expect(matches(await server.get('Observation?identifier=latest&_sort=-date&_count=1'))).toEqual(['latest-2021']);
    },
  },
  {
    section: 'include', level: 'may', text: '_include brings what the matches refer to, with the mode include; a target type narrows it',
    shown: async (server) => {
      await hold(server, patient('inc-p'), { resourceType: 'Group', id: 'inc-g', type: 'person', actual: true }, observation('inc-1', { subject: { reference: 'Patient/inc-p' } }), observation('inc-2', { subject: { reference: 'Group/inc-g' } }), observation('inc-3', { subject: { reference: 'Patient/not-here' } }));
      const include = async (value: string) => included(await server.get(`Observation?_id=inc-1,inc-2,inc-3&_include=${value}`));
      expect([await include('Observation:subject'), await include('Observation:subject:Group'), await include('Observation:patient')]).toEqual([['Group/inc-g', 'Patient/inc-p'], ['Group/inc-g'], ['Patient/inc-p']]);
    },
  },
  {
    section: 'include', level: 'may', text: '_revinclude brings what refers to the matches',
    shown: async (server) => {
      await hold(server, patient('rev-p'), observation('rev-o', { subject: { reference: 'Patient/rev-p' } }), { resourceType: 'Provenance', id: 'rev-v', recorded: '2020-01-01T00:00:00Z', target: [{ reference: 'Patient/rev-p' }], agent: [{ who: { display: 'x' } }] });
      expect(included(await server.get('Patient?_id=rev-p&_revinclude=Observation:subject&_revinclude=Provenance:target'))).toEqual(['Observation/rev-o', 'Provenance/rev-v']);
    },
  },
  {
    section: 'include', level: 'must', text: 'includes are followed on only with :iterate',
    shown: async (server) => {
      const member = (reference: string): object => ({ hasMember: [{ reference }] });
      await hold(server, observation('it-1', member('Observation/it-2')), observation('it-2', member('Observation/it-3')), observation('it-3', member('Observation/it-1')));
      const include = async (name: string) => included(await server.get(`Observation?_id=it-1&${name}=Observation:has-member`));
      expect([await include('_include'), await include('_include:iterate')]).toEqual([['Observation/it-2'], ['Observation/it-2', 'Observation/it-3']]);
    },
  },
  {
    section: 'include', level: 'may', text: ':iterate goes from what one include brought to what another names',
    shown: async (server) => {
      await hold(server, { resourceType: 'Practitioner', id: 'on-doc' }, patient('on-p', { generalPractitioner: [{ reference: 'Practitioner/on-doc' }] }), observation('on-o', { subject: { reference: 'Patient/on-p' } }));
      expect(included(await server.get('Observation?_id=on-o&_include=Observation:subject&_include:iterate=Patient:general-practitioner'))).toEqual(['Patient/on-p', 'Practitioner/on-doc']);
    },
  },
  {
    section: 'include', level: 'may', text: '* stands for all references of a type, and for all of all',
    shown: async (server) => {
      await hold(server, patient('all-p'), { resourceType: 'Practitioner', id: 'all-d' }, observation('all-o', { subject: { reference: 'Patient/all-p' }, performer: [{ reference: 'Practitioner/all-d' }] }));
      for (const value of ['Observation:*', '*']) expect(included(await server.get(`Observation?_id=all-o&_include=${value}`))).toEqual(['Patient/all-p', 'Practitioner/all-d']);
      expect(included(await server.get('Patient?_id=all-p&_revinclude=*'))).toEqual(['Observation/all-o']);
    },
  },
  {
    section: 'include', level: 'must', text: 'what is included is there once, and not where it is a match',
    shown: async (server) => {
      await hold(server, patient('once-p'), observation('once-1', { subject: { reference: 'Patient/once-p' } }), observation('once-2', { subject: { reference: 'Patient/once-p' }, hasMember: [{ reference: 'Observation/once-1' }] }));
      const answer = await server.get('Observation?_id=once-1,once-2&_sort=_id&_include=Observation:subject&_include=Observation:has-member');
      expect([matches(answer), included(answer)]).toEqual([['once-1', 'once-2'], ['Patient/once-p']]);
    },
  },
  {
    section: 'contained', level: 'must', text: 'contained resources are not found by themselves',
    shown: async (server) => {
      await hold(server, { resourceType: 'MedicationRequest', id: 'con-r', status: 'active', intent: 'order', subject: { display: 'x' }, medicationReference: { reference: '#m' }, contained: [{ resourceType: 'Medication', id: 'm', code: { coding: [{ code: 'contained-abc' }] } }] });
      expect(matches(await server.get('Medication?code=contained-abc'))).toEqual([]);
      expect(matches(await server.get('Medication?code=contained-abc&_contained=false'))).toEqual([]);
    },
  },
  { section: 'contained', level: 'may', text: 'chains go into contained resources', notClaimed: 'a chain goes to resources of their own' },
  { section: 'contained', level: 'may', text: '_contained=true and both, _containedType', notClaimed: 'answered with 501' },
  { section: 'external', level: 'may', text: 'what other servers hold is included', notClaimed: 'no address in a resource is ever fetched' },
  {
    section: 'Paging', level: 'should', text: 'each page has the includes of its matches, also those that an earlier page had',
    shown: async (server) => {
      await hold(server, patient('each-p'), observation('each-1', { subject: { reference: 'Patient/each-p' } }), observation('each-2', { subject: { reference: 'Patient/each-p' } }));
      const first = await server.get('Observation?_id=each-1,each-2&_sort=_id&_count=1&_include=Observation:subject');
      const second = await server.get(nextOf(first.body));
      expect([matches(first), included(first), matches(second), included(second)]).toEqual([['each-1'], ['Patient/each-p'], ['each-2'], ['Patient/each-p']]);
    },
  },
  {
    section: 'summary', level: 'should', text: '_summary=true leaves the elements that R4 marks as summary, text the narrative and what is mandatory, data all but the narrative, false all',
    shown: async (server) => {
      await hold(server, { resourceType: 'ValueSet', id: 'sum', status: 'active', description: 'x', publisher: 'y', text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">x</div>' } });
      const keys = async (summary: string) => Object.keys((await server.get(`ValueSet?_id=sum&_summary=${summary}`)).body.entry[0].resource).sort();
      expect([await keys('true'), await keys('text'), await keys('data'), await keys('false')]).toEqual([
        ['id', 'meta', 'publisher', 'resourceType', 'status'], ['id', 'meta', 'resourceType', 'status', 'text'], ['description', 'id', 'meta', 'publisher', 'resourceType', 'status'], ['description', 'id', 'meta', 'publisher', 'resourceType', 'status', 'text'],
      ]);
    },
  },
  {
    section: 'summary', level: 'should', text: 'what is cut down is tagged as SUBSETTED',
    shown: async (server) => {
      await hold(server, patient('subsetted', { active: true }));
      for (const query of ['_summary=true', '_summary=text', '_elements=active']) expect((await server.get(`Patient?_id=subsetted&${query}`)).body.entry[0].resource.meta.tag).toEqual([{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' }]);
    },
  },
  {
    section: 'summary', level: 'must', text: '_include and _revinclude are not mixed with _summary=text',
    shown: async (server) => refused(await server.get('Observation?_summary=text&_include=Observation:subject'), 400),
  },
  {
    section: 'elements', level: 'should', text: '_elements leaves what it names of the matches, and mandatory elements whether it names them or not; includes stay whole',
    shown: async (server) => {
      await hold(server, patient('el-p', { gender: 'male' }), observation('el-o', { subject: { reference: 'Patient/el-p' }, effectiveDateTime: '2020', note: [{ text: 'x' }] }));
      const { body } = await server.get('Observation?_id=el-o&_elements=effective[x],subject&_include=Observation:subject');
      expect(body.entry.map(({ resource }: { resource: object }) => Object.keys(resource).sort())).toEqual([['code', 'effectiveDateTime', 'id', 'meta', 'resourceType', 'status', 'subject'], ['gender', 'id', 'meta', 'resourceType']]);
    },
  },
  { section: 'score', level: 'may', text: 'entry.score ranks what is found', notClaimed: 'criteria are met or not' },
];
