import { expect } from 'vitest';
import { hold, included, matches, refused, statusOf } from '../../asking.js';
import type { HttpStatement } from '../http.js';

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
const relations = (body: { link: readonly { relation: string }[] }): string[] => body.link.map(({ relation }) => relation);
const linkOf = (body: { link: readonly { relation: string; url: string }[] }, wanted: string): string => body.link.find(({ relation }) => relation === wanted)?.url ?? '';
const named = (family: string, ...ids: string[]) => ids.map((id) => ({ resourceType: 'Patient', id, name: [{ family }] }));

/** What is answered with a Bundle: searches, histories and their pages. */
export const bundles: readonly HttpStatement[] = [
  {
    section: 'search', level: 'must', text: 'a search may be posted as a form to _search, and finds the same',
    shown: async (server) => {
      await hold(server, ...named('Posted', 'posted'));
      expect(matches(await server.post('Patient/_search', 'family=Posted', FORM))).toEqual(['posted']);
    },
  },
  {
    section: 'search', level: 'must', text: 'parameters of the URL and of the form count alike',
    shown: async (server) => {
      await hold(server, { resourceType: 'Patient', id: 'both-1', name: [{ family: 'Both' }], gender: 'male' }, ...named('Both', 'both-2'));
      expect(matches(await server.post('Patient/_search?family=Both', 'gender=male', FORM))).toEqual(['both-1']);
    },
  },
  {
    section: 'search', level: 'must', text: 'a search is 200 with a Bundle of type searchset, also when it finds nothing',
    shown: async (server) => {
      const { status, body } = await server.get('Patient?family=Nobody');
      expect([status, body.resourceType, body.type, body.entry]).toEqual([200, 'Bundle', 'searchset', undefined]);
    },
  },
  {
    section: 'search', level: 'must', text: 'an OperationOutcome among the entries has the mode outcome and no issue that is an error',
    shown: async (server) => {
      const { body } = await server.get('Patient?colour=red', { Prefer: 'handling=lenient' });
      const outcome = body.entry.find(({ resource }: { resource: { resourceType: string } }) => resource.resourceType === 'OperationOutcome');
      expect([outcome.search.mode, outcome.resource.issue.map(({ severity }: { severity: string }) => severity)]).toEqual(['outcome', ['warning']]);
    },
  },
  {
    section: 'search', level: 'must', text: 'a search that can\'t be done is 4xx with an OperationOutcome; so is one of an unknown type (404)',
    shown: async (server) => {
      refused(await server.get('Patient?birthdate=soon'), 400);
      refused(await server.get('Patience?name=x'), 404);
    },
  },
  { section: 'search', level: 'may', text: 'results come from other servers', notClaimed: 'only what is stored here is found' },
  {
    section: 'vsearch', level: 'may', text: 'a compartment is searched by type, or whole by *',
    shown: async (server) => {
      const coverage = { resourceType: 'Coverage', status: 'active', payor: [{ display: 'x' }] };
      await hold(server, { resourceType: 'Patient', id: 'own' }, { ...coverage, id: 'own-c', beneficiary: { reference: 'Patient/own' } }, { ...coverage, id: 'foreign-c', beneficiary: { display: 'x' } });
      expect(matches(await server.get('Patient/own/Coverage?status=active'))).toEqual(['own-c']);
      expect(matches(await server.get('Patient/own/*')).sort()).toEqual(['own', 'own-c']);
    },
  },
  {
    section: 'vsearch', level: 'may', text: 'several types are searched by _type, and all by the parameters of all resources',
    shown: async (server) => {
      await hold(server, { resourceType: 'Patient', id: 'multi', identifier: [{ value: 'multi' }] }, { resourceType: 'Organization', id: 'multi', identifier: [{ value: 'multi' }] }, { resourceType: 'Person', id: 'multi', identifier: [{ value: 'multi' }] });
      expect((await server.get('?_type=Patient,Organization&identifier=multi&_total=accurate')).body.total).toBe(2);
      expect((await server.get('?_id=multi&_total=accurate')).body.total).toBe(3);
    },
  },
  {
    section: 'vsearch', level: 'should', text: 'a parameter that not all of the types have is refused with 400',
    shown: async (server) => refused(await server.get('?_type=Patient,Organization&birthdate=2000'), 400),
  },
  {
    section: 'history', level: 'must', text: 'the history of an instance, a type and the system is a Bundle of type history, newest first, deletions among it',
    shown: async (server) => {
      await hold(server, { resourceType: 'Basic', id: 'story', code: { text: 'a' } });
      await server.put('Basic/story', { resourceType: 'Basic', id: 'story', code: { text: 'b' } });
      await server.delete('Basic/story');
      for (const path of ['Basic/story/_history', 'Basic/_history', '_history']) {
        const { body } = await server.get(`${path}?_count=3`);
        expect([path, body.type, body.entry.map(({ request, response }: { request: { method: string }; response: { etag: string } }) => [request.method, response.etag])]).toEqual([path, 'history', [['DELETE', 'W/"3"'], ['PUT', 'W/"2"'], ['PUT', 'W/"1"']]]);
      }
    },
  },
  {
    section: 'history', level: 'must', text: 'each entry has a request; that of a create and an update has the resource, that of a deletion has none',
    shown: async (server) => {
      const { body: { id } } = await server.post('Basic', { resourceType: 'Basic', code: { text: 'a' } });
      await server.put(`Basic/${id}`, { resourceType: 'Basic', id, code: { text: 'b' } });
      await server.delete(`Basic/${id}`);
      const { body } = await server.get(`Basic/${id}/_history`);
      expect(body.entry.map(({ request, resource }: { request: object; resource?: { code: { text: string } } }) => [request, resource?.code.text])).toEqual([
        [{ method: 'DELETE', url: `Basic/${id}` }, undefined], [{ method: 'PUT', url: `Basic/${id}` }, 'b'], [{ method: 'POST', url: 'Basic' }, 'a'],
      ]);
    },
  },
  {
    section: 'history', level: 'should', text: 'each entry says when it was done (response.lastModified)',
    shown: async (server) => {
      await hold(server, { resourceType: 'Basic', id: 'dated', code: { text: 'a' } });
      const { entry: [{ resource, response }] } = (await server.get('Basic/dated/_history')).body;
      expect(response.lastModified).toBe(resource.meta.lastUpdated);
    },
  },
  {
    section: 'history', level: 'may', text: 'conditional creates and updates stand there as direct ones',
    shown: async (server) => {
      const { body: { id } } = await server.put('Patient?identifier=history-cond', { resourceType: 'Patient', identifier: [{ value: 'history-cond' }] });
      expect((await server.get(`Patient/${id}/_history`)).body.entry[0].request).toEqual({ method: 'PUT', url: `Patient/${id}` });
    },
  },
  {
    section: 'history', level: 'must', text: 'no page holds more than _count, and the next page goes on where it ended',
    shown: async (server) => {
      for (const text of ['a', 'b', 'c']) await server.put('Basic/paged', { resourceType: 'Basic', id: 'paged', code: { text } });
      const first = (await server.get('Basic/paged/_history?_count=2')).body;
      const second = (await server.get(linkOf(first, 'next'))).body;
      const versions = (body: { entry: readonly { response: { etag: string } }[] }) => body.entry.map(({ response }) => response.etag);
      expect([versions(first), versions(second), relations(second)]).toEqual([['W/"3"', 'W/"2"'], ['W/"1"'], ['self']]);
    },
  },
  {
    section: 'history', level: 'may', text: '_since leaves out what is older, _at leaves what was current at that time',
    shown: async (server) => {
      await hold(server, { resourceType: 'Basic', id: 'since', code: { text: 'a' } });
      const count = async (query: string) => ((await server.get(`Basic/since/_history?${query}`)).body.entry ?? []).length;
      const year = new Date().getUTCFullYear();
      expect([await count('_since=2000-01-01T00:00:00Z'), await count(`_since=${year + 1}-01-01T00:00:00Z`), await count('_at=2000'), await count(`_at=${year + 1}`)]).toEqual([1, 0, 0, 1]);
    },
  },
  { section: 'history', level: 'may', text: '_list leaves what a list refers to', notClaimed: 'refused with 400' },
  {
    section: 'history', level: 'must', text: 'no parameter of a history stands twice',
    shown: async (server) => refused(await server.get('Patient/_history?_count=1&_count=2'), 400),
  },
  {
    section: 'history', level: 'should', text: 'a history of what never was is 404 with an OperationOutcome',
    shown: async (server) => refused(await server.get('Patient/never/_history'), 404),
  },
  {
    section: 'conformance-rules', level: 'should', text: 'the CapabilityStatement says in its documentation how transactional integrity is handled',
    shown: async (server) => expect((await server.get('metadata')).body.rest[0].documentation).toContain('as it was sent'),
  },
  {
    section: 'paging', level: 'must', text: 'pages follow one another by Bundle.link: self on each, next on all but the last, every match once',
    shown: async (server) => {
      await hold(server, ...named('Pager', 'page-1', 'page-2', 'page-3', 'page-4', 'page-5'));
      const seen: string[] = [];
      const links: string[][] = [];
      for (let url = 'Patient?family=Pager&_count=2'; url !== '';) {
        const answer = await server.get(url);
        seen.push(...matches(answer));
        links.push(relations(answer.body));
        url = linkOf(answer.body, 'next');
      }
      expect([seen.sort(), links]).toEqual([['page-1', 'page-2', 'page-3', 'page-4', 'page-5'], [['self', 'next'], ['self', 'next'], ['self']]]);
    },
  },
  { section: 'paging', level: 'may', text: 'links first, previous and last', notClaimed: 'pages go forward' },
  {
    section: 'paging', level: 'may', text: 'pages hold their integrity while data changes: nothing comes twice, nothing that stays is left out',
    shown: async (server) => {
      await hold(server, ...named('Moving', 'move-1', 'move-2', 'move-3', 'move-4'));
      const first = await server.get('Patient?family=Moving&_count=2&_sort=_id');
      await server.delete('Patient/move-1');
      await hold(server, ...named('Moving', 'move-0'));
      expect([matches(first), matches(await server.get(linkOf(first.body, 'next')))]).toEqual([['move-1', 'move-2'], ['move-3', 'move-4']]);
    },
  },
  {
    section: 'paging', level: 'may', text: 'Bundle.total tells how many match, includes not counted',
    shown: async (server) => {
      await hold(server, { resourceType: 'Organization', id: 'total-o', name: 'x' }, { resourceType: 'Patient', id: 'total-p', name: [{ family: 'Totalled' }], managingOrganization: { reference: 'Organization/total-o' } });
      const answer = await server.get('Patient?family=Totalled&_include=Patient:organization&_total=accurate');
      expect([answer.body.total, included(answer)]).toEqual([1, ['Organization/total-o']]);
    },
  },
  {
    section: 'paging', level: 'should', text: 'a following page may be asked by POST',
    shown: async (server) => {
      await hold(server, ...named('Formed', 'form-1', 'form-2'));
      const first = (await server.post('Patient/_search', 'family=Formed&_count=1&_sort=_id', FORM)).body;
      const [, query = ''] = linkOf(first, 'next').split('?');
      expect(matches(await server.post('Patient/_search', query, FORM))).toEqual(['form-2']);
    },
  },
  {
    section: 'custom', level: 'may', text: 'X-Request-Id of the client comes back; without one the server gives one',
    shown: async (server) => {
      expect((await server.get('metadata', { 'X-Request-Id': 'mine-1' })).headers.get('x-request-id')).toBe('mine-1');
      expect((await server.get('metadata')).headers.get('x-request-id')).toMatch(/^[\w.:-]{1,64}$/);
    },
  },
  { section: 'custom', level: 'should', text: 'X-Correlation-Id tells the client\'s id where the server gives another', notClaimed: 'an id is replaced only where it is not well formed, and then it is not repeated' },
  {
    section: 'custom', level: 'must', text: 'X-Intermediary is used for nothing',
    shown: async (server) => expect(await statusOf(server.get('metadata', { 'X-Intermediary': 'proxy.example.org' }))).toBe(200),
  },
];
