import { expect } from 'vitest';
import type { TestServer } from '../../http/server.js';
import type { Page } from '../statement.js';

/** The ids that a search finds among patients of the family name, which each statement makes for itself. */
async function found(server: TestServer, family: string, query: string): Promise<string[]> {
  const { body } = await server.get(`Patient?family:exact=${family}&${query}`);
  return (body.entry ?? []).map(({ resource }: { resource: { id: string } }) => resource.id).sort();
}
const made = (server: TestServer, family: string, id: string, more: object = {}) => server.put(`Patient/${id}`, { resourceType: 'Patient', id, name: [{ family }], ...more });

export const search: Page = {
  title: 'Search',
  url: 'http://hl7.org/fhir/R4/search.html',
  statements: [
    {
      section: 'Introduction', level: 'must', text: 'GET and POST _search find the same',
      shown: async (server) => {
        await made(server, 'Post', 'post');
        const { body } = await server.post('Patient/_search', 'family=Post', { 'Content-Type': 'application/x-www-form-urlencoded' });
        expect(body.entry.map(({ resource }: { resource: { id: string } }) => resource.id)).toEqual(await found(server, 'Post', ''));
      },
    },
    {
      section: 'errors', level: 'should', text: 'handling=strict refuses unknown parameters, handling=lenient leaves them out and says so',
      shown: async (server) => {
        expect((await server.get('Patient?colour=red', { Prefer: 'handling=strict' })).status).toBe(400);
        expect((await server.get('Patient?colour=red', { Prefer: 'handling=lenient' })).text).toContain('"mode":"outcome"');
      },
    },
    {
      section: 'conformance', level: 'must', text: 'the self link tells the parameters that were used',
      shown: async (server) => expect((await server.get('Patient?active=true&x=1', { Prefer: 'handling=lenient' })).body.link[0]).toEqual({ relation: 'self', url: `${server.base}/Patient?active=true` }),
    },
    {
      section: 'Introduction', level: 'may', text: 'compartments can be searched',
      shown: async (server) => {
        await made(server, 'Own', 'own');
        expect((await server.get('Patient/own/*')).body.entry).toHaveLength(1);
      },
    },
    {
      section: 'modifiers', level: 'must', text: 'a modifier that is not supported is refused',
      shown: async (server) => expect((await server.get('Patient?name:loud=x')).status).toBe(400),
    },
    {
      section: 'modifiers', level: 'should', text: ':missing finds by presence',
      shown: async (server) => {
        await made(server, 'Missing', 'with', { gender: 'male' });
        await made(server, 'Missing', 'without');
        expect([await found(server, 'Missing', 'gender:missing=true'), await found(server, 'Missing', 'gender:missing=false')]).toEqual([['without'], ['with']]);
      },
    },
    {
      section: 'date', level: 'must', text: 'a date finds by the precision of what is stored and what is asked',
      shown: async (server) => {
        await made(server, 'Date', 'day', { birthDate: '2020-02-29' });
        expect([await found(server, 'Date', 'birthdate=2020'), await found(server, 'Date', 'birthdate=2020-02-28'), await found(server, 'Date', 'birthdate=ge2020-02-29')]).toEqual([['day'], [], ['day']]);
      },
    },
    {
      section: 'string', level: 'must', text: 'strings find without case and accents from their beginning; :exact finds the text as it stands',
      shown: async (server) => {
        await server.put('Patient/accent', { resourceType: 'Patient', id: 'accent', name: [{ given: ['Renée'] }] });
        const total = async (query: string): Promise<number> => (await server.get(`Patient?${query}&_summary=count`)).body.total;
        expect([await total('given=rene'), await total('given:exact=Renée'), await total('given:exact=renee')]).toEqual([1, 1, 0]);
      },
    },
    {
      section: 'token', level: 'may', text: 'tokens can be asked by value set and hierarchy (:in, :not-in, :above, :below) for what the server holds',
      shown: async (server) => {
        await made(server, 'Token', 'female', { gender: 'female' });
        expect(await found(server, 'Token', 'gender:in=http://hl7.org/fhir/ValueSet/administrative-gender')).toEqual(['female']);
      },
    },
    { section: 'reference', level: 'may', text: ':above and :below of references', notClaimed: 'answered with 501' },
    { section: 'content', level: 'may', text: '_text and _content search the narrative and the whole resource', notClaimed: 'answered with 501' },
    { section: 'list', level: 'may', text: '_list and _query', notClaimed: 'answered with 501' },
    {
      section: 'count', level: 'must', text: 'a page holds no more than _count matches, and _count=0 only counts',
      shown: async (server) => {
        for (const id of ['p1', 'p2', 'p3']) await made(server, 'Page', id);
        const { body } = await server.get('Patient?family=Page&_count=2');
        expect([body.entry.length, body.link.map(({ relation }: { relation: string }) => relation)]).toEqual([2, ['self', 'next']]);
        const counted = (await server.get('Patient?family=Page&_count=0')).body;
        expect([counted.total, counted.entry]).toEqual([3, undefined]);
      },
    },
    {
      section: 'summary', level: 'should', text: 'resources that are cut down by _summary or _elements are tagged as SUBSETTED',
      shown: async (server) => {
        await made(server, 'Subset', 'subset', { active: true });
        for (const query of ['_summary=true', '_elements=name']) expect((await server.get(`Patient?family=Subset&${query}`)).text).toContain('SUBSETTED');
      },
    },
    {
      section: 'elements', level: 'should', text: 'mandatory elements are returned whether _elements names them or not',
      shown: async (server) => {
        await server.put('Basic/subset', { resourceType: 'Basic', id: 'subset', code: { text: 'x' }, created: '2020-01-01' });
        const { body } = await server.get('Basic/subset?_elements=created');
        expect([body.code, body.created]).toEqual([{ text: 'x' }, '2020-01-01']);
      },
    },
  ],
};
