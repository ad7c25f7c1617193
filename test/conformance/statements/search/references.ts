import { expect } from 'vitest';
import { hold, matches, refused, selects } from '../../asking.js';
import type { SearchStatement } from '../search.js';

const observation = (id: string, more: object = {}) => ({ resourceType: 'Observation', id, status: 'final', code: { coding: [{ code: '1234-5' }] }, ...more });
const subject = (reference: string): object => ({ subject: { reference } });
const MRN = 'http://acme.example/mrn';

export const references: readonly SearchStatement[] = [
  {
    section: 'reference', level: 'must', text: '[id], [type]/[id] and [url] find the reference, relative or absolute',
    shown: async (server) => {
      const absolute = `${server.base}/Patient/ref-p`;
      await hold(server, { resourceType: 'Patient', id: 'ref-p' }, observation('ref-1', subject('Patient/ref-p')), observation('ref-2', subject(absolute)), observation('ref-3', subject('http://other.example/fhir/Patient/ref-p')));
      for (const asked of ['Patient/ref-p', absolute]) expect(matches(await server.get(`Observation?subject=${asked}&_sort=_id`))).toEqual(['ref-1', 'ref-2']);
      expect(matches(await server.get('Observation?subject=http://other.example/fhir/Patient/ref-p'))).toEqual(['ref-3']);
      expect(matches(await server.get('Observation?patient=ref-p&_sort=_id'))).toEqual(['ref-1', 'ref-2']);
    },
  },
  {
    section: 'reference', level: 'may', text: ':[type] says what a bare id is; patient means a Patient',
    shown: selects('Observation', [observation('type-p', subject('Patient/23')), observation('type-g', subject('Group/23'))], { 'subject:Patient=23': ['type-p'], 'subject:Group=23': ['type-g'], 'patient=23': ['type-p'], 'subject=Group/23': ['type-g'] }),
  },
  { section: 'reference', level: 'should', text: 'a bare id that belongs to resources of several types is refused', notClaimed: 'it finds all of them: write Type/id to mean one' },
  {
    section: 'reference', level: 'must', text: ':identifier finds a reference by the identifier in it, as a token',
    shown: selects('Observation', [observation('ident', { subject: { identifier: { system: MRN, value: '123456' } } }), observation('ident-not', subject('Patient/x'))], { [`subject:identifier=${MRN}|123456`]: ['ident'], 'subject:identifier=123456': ['ident'], [`subject:identifier=${MRN}|1`]: [] }),
  },
  {
    section: 'reference', level: 'may', text: 'resources inside a Bundle are found by its parameters composition and message',
    shown: async (server) => {
      const header = { resourceType: 'MessageHeader', id: 'nested-header', eventUri: 'urn:example:event', source: { endpoint: 'urn:example' } };
      await hold(server, { resourceType: 'Bundle', id: 'nested', type: 'message', entry: [{ fullUrl: 'http://example.org/fhir/MessageHeader/nested-header', resource: header }] });
      expect(matches(await server.get('Bundle?message=MessageHeader/nested-header&_id=nested'))).toEqual(['nested']);
    },
  },
  {
    section: 'versions', level: 'may', text: 'a reference to a version is found by the resource that it is a version of',
    shown: selects('Observation', [observation('versioned', subject('Patient/ver/_history/2'))], { 'subject=Patient/ver': ['versioned'], 'patient=ver': ['versioned'] }),
  },
  { section: 'versions', level: 'should', text: '_include of a reference to a version brings that version', notClaimed: 'the current version is included' },
  { section: 'versions', level: 'should', text: 'a warning tells that a chain looked at another version than the one referred to', notClaimed: 'chains look at current versions, and say nothing' },
  {
    section: 'versions', level: 'should', text: 'canonical references are found by their URL, with or without |version',
    shown: selects('QuestionnaireResponse', ['|1.0', '|2.0', ''].map((version, n) => ({ id: `canonical-${n}`, status: 'completed', questionnaire: `http://acme.example/q${version}` })), { 'questionnaire=http://acme.example/q|2.0': ['canonical-1'], 'questionnaire=http://acme.example/q': ['canonical-0', 'canonical-1', 'canonical-2'] }),
  },
  { section: 'versions', level: 'may', text: ':below with the beginning of a business version', notClaimed: 'answered with 501' },
  { section: 'recursive', level: 'may', text: ':above and :below search a hierarchy of references', notClaimed: 'answered with 501' },
  {
    section: 'chaining', level: 'may', text: 'a chain searches by a parameter of what is referred to, at any depth, with or without the type',
    shown: async (server) => {
      await hold(server, { resourceType: 'Organization', id: 'ch-parent', name: 'Parent' }, { resourceType: 'Organization', id: 'ch-o', name: 'Child', partOf: { reference: 'Organization/ch-parent' } },
        { resourceType: 'Patient', id: 'ch-p', name: [{ given: ['Peter'] }], managingOrganization: { reference: 'Organization/ch-o' } }, observation('ch-1', subject('Patient/ch-p')), observation('ch-2', subject('Group/ch-g')));
      for (const chain of ['subject:Patient.name=peter', 'patient.name=peter', 'subject:Patient.organization.name=child', 'patient.organization.partof.name=parent', 'patient.organization.partof.name:exact=Parent']) expect([chain, matches(await server.get(`Observation?_id=ch-1,ch-2&${chain}`))]).toEqual([chain, ['ch-1']]);
    },
  },
  {
    section: 'chaining', level: 'must', text: 'chains are independent of one another',
    shown: async (server) => {
      const practitioner = (id: string, given: string, state: string) => ({ resourceType: 'Practitioner', id, name: [{ given: [given] }], address: [{ state }] });
      await hold(server, practitioner('joe', 'Joe', 'CA'), practitioner('jane', 'Jane', 'MN'), { resourceType: 'Patient', id: 'joined', generalPractitioner: [{ reference: 'Practitioner/joe' }, { reference: 'Practitioner/jane' }] });
      expect(matches(await server.get('Patient?_id=joined&general-practitioner:Practitioner.name=Joe&general-practitioner:Practitioner.address-state=MN'))).toEqual(['joined']);
    },
  },
  {
    section: 'has', level: 'may', text: '_has finds by those who refer to it, with alternatives, several times, and nested',
    shown: async (server) => {
      await hold(server, { resourceType: 'Patient', id: 'has-1' }, { resourceType: 'Patient', id: 'has-2' }, observation('has-o', subject('Patient/has-1')), { resourceType: 'Provenance', id: 'has-v', recorded: '2020-01-01T00:00:00Z', target: [{ reference: 'Observation/has-o' }], agent: [{ who: { reference: 'Practitioner/me' } }] });
      const questions = { '_has:Observation:patient:code=1234-5': ['has-1'], '_has:Observation:patient:code=123,1234-5': ['has-1'], '_has:Observation:patient:code=1234-5&_has:Observation:patient:code=456': [], '_has:Observation:patient:_has:Provenance:target:agent=Practitioner/me': ['has-1'], '_has:Observation:patient:code=9': [] };
      for (const [question, ids] of Object.entries(questions)) expect([question, matches(await server.get(`Patient?_id=has-1,has-2&${question}`))]).toEqual([question, ids]);
    },
  },
  {
    section: 'chaining', level: 'should', text: 'a chain that leads nowhere is refused',
    shown: async (server) => {
      for (const chain of ['gender.name=x', 'organization.colour=x', 'organization:Patient.name=x']) refused(await server.get(`Patient?${chain}`), 400);
    },
  },
];
