import { expect } from 'vitest';
import { hold, matches, refused, statuses } from '../asking.js';
import type { Page, Statement } from '../statement.js';

const sections = {
  resource: 'Resource Bundle',
  invs: 'Constraints',
  'bundle-unique': 'Resource URL and uniqueness rules in a bundle',
  references: 'Resolving references in bundles',
} as const;

const bundle = (type: string, entry: readonly object[], more: object = {}): object => ({ resourceType: 'Bundle', type, entry, ...more });
const OTHER = 'http://other.example/fhir';
const patient = (id: string) => ({ resourceType: 'Patient', id });
const uuid = (n: number): string => `urn:uuid:7c1c0c0e-5f3e-4c4e-9d55-${String(n).padStart(12, '0')}`;
const create = (fullUrl: string, resource: { resourceType: string; [element: string]: unknown }): object => ({ fullUrl, resource, request: { method: 'POST', url: resource.resourceType } });

const statements: readonly Statement<keyof typeof sections>[] = [
  {
    section: 'resource', level: 'may', text: 'Bundles of every type are resources like others: stored, read and searched',
    shown: async (server) => {
      await hold(server, { ...bundle('collection', [{ fullUrl: `${OTHER}/Patient/1`, resource: patient('1') }]), id: 'kept' });
      expect((await server.get('Bundle/kept')).body.entry[0].resource.id).toBe('1');
      expect(matches(await server.get('Bundle?type=collection&_id=kept'))).toEqual(['kept']);
    },
  },
  {
    section: 'invs', level: 'must', text: 'bdl-1, bdl-2: total and entry.search stand in answers to searches; of total, in histories too',
    shown: async (server) => {
      await hold(server, patient('totalled'));
      const [found, done] = [await server.get('Patient?_id=totalled&_total=accurate'), await server.post('', bundle('batch', [{ request: { method: 'GET', url: 'Patient/totalled' } }]))];
      expect([found.body.total, found.body.entry[0].search.mode, done.body.total, done.body.entry[0].search]).toEqual([1, 'match', undefined, undefined]);
    },
  },
  {
    section: 'invs', level: 'must', text: 'bdl-3, bdl-4: histories have request and response, responses have response, searchsets neither',
    shown: async (server) => {
      await hold(server, patient('requested'));
      const has = (body: { entry: readonly object[] }) => ['request', 'response'].map((name) => name in (body.entry[0] ?? {}));
      expect([has((await server.get('Patient/requested/_history')).body), has((await server.get('Patient?_id=requested')).body), has((await server.post('', bundle('batch', [{ request: { method: 'GET', url: 'Patient/requested' } }]))).body)]).toEqual([[true, true], [false, false], [false, true]]);
    },
  },
  {
    section: 'invs', level: 'must', text: 'bdl-1 to bdl-12: what breaks one of them is refused, and the OperationOutcome names it',
    shown: async (server) => {
      const broken: readonly [rule: string, bundle: object][] = [
        ['bdl-1', bundle('collection', [{ resource: patient('a'), fullUrl: `${OTHER}/Patient/a` }], { total: 1 })],
        ['bdl-2', bundle('collection', [{ resource: patient('a'), fullUrl: `${OTHER}/Patient/a`, search: { mode: 'match' } }])],
        ['bdl-3', bundle('transaction', [{ resource: patient('a') }])],
        ['bdl-4', bundle('batch-response', [{ resource: patient('a') }])],
        ['bdl-5', bundle('collection', [{ fullUrl: `${OTHER}/Patient/a` }])],
        ['bdl-7', bundle('collection', [{ resource: patient('a'), fullUrl: `${OTHER}/Patient/a` }, { resource: patient('a'), fullUrl: `${OTHER}/Patient/a` }])],
        ['bdl-8', bundle('collection', [{ resource: patient('a'), fullUrl: `${OTHER}/Patient/a/_history/1` }])],
        ['bdl-9', bundle('document', [{ resource: patient('a'), fullUrl: `${OTHER}/Patient/a` }], { timestamp: '2020-01-01T00:00:00Z' })],
        ['bdl-10', bundle('document', [{ resource: patient('a'), fullUrl: `${OTHER}/Patient/a` }], { identifier: { system: 'urn:example', value: '1' } })],
        ['bdl-11', bundle('document', [{ resource: patient('a'), fullUrl: `${OTHER}/Patient/a` }], { identifier: { system: 'urn:example', value: '1' }, timestamp: '2020-01-01T00:00:00Z' })],
        ['bdl-12', bundle('message', [{ resource: patient('a'), fullUrl: `${OTHER}/Patient/a` }])],
      ];
      for (const [rule, resource] of broken) {
        const answer = await server.post('Bundle', resource);
        refused(answer, 400);
        expect(answer.body.issue.map(({ details }: { details: { coding: readonly { code: string }[] } }) => details.coding[0]?.code)).toContain(rule);
      }
    },
  },
  {
    section: 'bundle-unique', level: 'must', text: 'fullUrl is the absolute address of the resource, without a version, and agrees with its id',
    shown: async (server) => {
      await hold(server, patient('addressed'));
      for (const path of ['Patient?_id=addressed', 'Patient/addressed/_history']) expect((await server.get(path)).body.entry[0].fullUrl).toBe(`${server.base}/Patient/addressed`);
    },
  },
  {
    section: 'bundle-unique', level: 'must', text: 'no resource stands twice in a searchset, whichever way it came in',
    shown: async (server) => {
      await hold(server, { ...patient('unique-1'), link: [{ other: { reference: 'Patient/unique-2' }, type: 'seealso' }] }, { ...patient('unique-2'), link: [{ other: { reference: 'Patient/unique-1' }, type: 'seealso' }] });
      const { body } = await server.get('Patient?_id=unique-1,unique-2&_include=Patient:link&_revinclude=Patient:link');
      expect(body.entry.map(({ fullUrl }: { fullUrl: string }) => fullUrl).sort()).toEqual([`${server.base}/Patient/unique-1`, `${server.base}/Patient/unique-2`]);
    },
  },
  {
    section: 'bundle-unique', level: 'must', text: 'a transaction whose entries share a fullUrl is refused',
    shown: async (server) => refused(await server.post('', bundle('transaction', [create(uuid(1), { resourceType: 'Patient' }), create(uuid(1), { resourceType: 'Organization', name: 'x' })])), 400),
  },
  {
    section: 'bundle-unique', level: 'must', text: 'in a history a fullUrl stands once for each version',
    shown: async (server) => {
      await hold(server, patient('versions'));
      await server.put('Patient/versions', { ...patient('versions'), active: true });
      expect(new Set((await server.get('Patient/versions/_history')).body.entry.map(({ fullUrl, resource }: { fullUrl: string; resource: { meta: { versionId: string } } }) => `${fullUrl} ${resource.meta.versionId}`)).size).toBe(2);
    },
  },
  {
    section: 'references', level: 'must', text: 'a relative reference in a transaction is resolved by the base of its own entry\'s fullUrl',
    shown: async (server) => {
      const answer = await server.post('', bundle('transaction', [create(`${OTHER}/Patient/p`, { resourceType: 'Patient', managingOrganization: { reference: 'Organization/o' } }), create(`${OTHER}/Organization/o`, { resourceType: 'Organization', name: 'x' })]));
      expect(statuses(answer)).toEqual(['201', '201']);
      const [patientAt, organizationAt] = answer.body.entry.map(({ response }: { response: { location: string } }) => response.location);
      expect(organizationAt).toContain((await server.get(patientAt)).body.managingOrganization.reference);
    },
  },
  {
    section: 'references', level: 'must', text: 'an absolute reference is resolved by the fullUrl that it names',
    shown: async (server) => {
      const answer = await server.post('', bundle('transaction', [create(uuid(3), { resourceType: 'Patient', managingOrganization: { reference: `${OTHER}/Organization/abs` } }), create(`${OTHER}/Organization/abs`, { resourceType: 'Organization', name: 'x' })]));
      const [patientAt, organizationAt] = answer.body.entry.map(({ response }: { response: { location: string } }) => response.location);
      expect(organizationAt).toContain((await server.get(patientAt)).body.managingOrganization.reference);
    },
  },
];

export const bundles: Page<keyof typeof sections> = { title: 'Bundle', url: 'http://hl7.org/fhir/R4/bundle.html', sections, withoutStatements: [], statements };
