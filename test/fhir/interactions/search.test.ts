import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issuesOf, startTestServer, type Answer, type TestServer } from '../../http/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ operations: 'none' });
  const claim = (n: number): object => ({
    resourceType: 'Claim', id: `c${n}`, status: 'active', type: { coding: [{ code: 'professional' }] }, use: 'claim', patient: { reference: `Patient/p${n % 2}` }, created: `2026-01-0${n}`,
    provider: { display: 'x' }, priority: { coding: [{ code: 'normal' }] }, insurance: [{ sequence: 1, focal: true, coverage: { display: 'x' } }],
    total: { value: 10.0, currency: 'USD' },
  });
  const entry = [
    ...[0, 1].map((n) => ({ request: { method: 'PUT', url: `Patient/p${n}` }, resource: { resourceType: 'Patient', id: `p${n}`, name: [{ family: 'Secretname' }] } })),
    ...[1, 2, 3, 4, 5].map((n) => ({ request: { method: 'PUT', url: `Claim/c${n}` }, resource: claim(n) })),
  ];
  expect((await server.post('', { resourceType: 'Bundle', type: 'transaction', entry })).status).toBe(200);
});
afterAll(() => server.close());

interface SearchEntry {
  readonly fullUrl?: string;
  readonly resource: { readonly resourceType: string; readonly id: string };
  readonly search: { readonly mode: string };
}
const entries = ({ body }: Answer): SearchEntry[] => body.entry ?? [];
const ids = (answer: Answer): string[] => entries(answer).map(({ resource }) => resource.id);
const link = ({ body }: Answer, relation: string): string | undefined => body.link.find((one: { relation: string }) => one.relation === relation)?.url;

describe('search (R4 §3.1.1)', () => {
  it('answers a searchset of stored texts with their addresses, and no total unless asked', async () => {
    const answer = await server.get('Claim?patient=Patient/p1&_sort=created');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ resourceType: 'Bundle', type: 'searchset' });
    expect(answer.body.total).toBeUndefined();
    expect(entries(answer).map(({ fullUrl, search }) => [fullUrl, search.mode])).toEqual(['c1', 'c3', 'c5'].map((id) => [`${server.base}/Claim/${id}`, 'match']));
    expect(answer.text).toContain((await server.get('Claim/c3')).text);
    expect((await server.get('Claim?patient=Patient/p1&_total=accurate')).body.total).toBe(3);
  });

  it('of no match has no entries', async () => {
    const answer = await server.get('Claim?patient=Patient/none');
    expect([answer.status, answer.body.entry]).toEqual([200, undefined]);
  });

  it('by POST is the same as by GET', async () => {
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
    expect(ids(await server.post('Claim/_search', 'patient=Patient%2Fp1&_sort=created', form))).toEqual(['c1', 'c3', 'c5']);
    expect(ids(await server.post('Claim/_search?_sort=-created', 'patient=Patient/p1', form))).toEqual(['c5', 'c3', 'c1']);
    expect((await server.post('Claim/_search', '{}')).status).toBe(415);
    expect(ids(await server.post('_search', '_type=Patient&_id=p0', form))).toEqual(['p0']);
    expect(ids(await server.get('?_type=Patient&_id=p0'))).toEqual(['p0']);
  });

  it('brings what is included once, marked', async () => {
    const answer = await server.get('Claim?patient=Patient/p1&_include=Claim:patient');
    expect(entries(answer).map(({ resource, search }) => `${resource.id} ${search.mode}`).sort()).toEqual(['c1 match', 'c3 match', 'c5 match', 'p1 include']);
  });

  it('by _list finds what a List refers to, of one type or of all', async () => {
    const entry = ['Claim/c1', 'Claim/c4', 'Patient/p0'].map((reference) => ({ item: { reference } }));
    await server.put('List/work', { resourceType: 'List', id: 'work', status: 'current', mode: 'working', entry });
    await server.put('List/other', { resourceType: 'List', id: 'other', status: 'current', mode: 'working', entry: [{ item: { reference: 'Claim/c2' } }, { item: { display: 'x' } }] });
    const found = async (query: string): Promise<string[]> => ids(await server.get(query)).sort();
    expect(await found('Claim?_list=work')).toEqual(['c1', 'c4']);
    expect(await found('Claim?_list=List/work,other')).toEqual(['c1', 'c2', 'c4']);
    expect(await found('Claim?_list=work&_list=other')).toEqual([]);
    expect(await found('Claim?_list=work&patient=Patient/p0')).toEqual(['c4']);
    expect(await found('Patient/p1/Claim?_list=work')).toEqual(['c1']);
    expect(await found('?_list=work')).toEqual(['c1', 'c4', 'p0']);
    expect(await found('Claim?_list=none')).toEqual([]);
    await server.delete('List/work');
    expect(await found('Claim?_list=work')).toEqual([]);
  });

  it('names what was searched in the self link', async () => {
    expect(decodeURIComponent(link(await server.get('Claim?patient=Patient/p1&_format=json'), 'self')!)).toContain('Claim?patient=Patient/p1');
  });
});

describe('paging', () => {
  it('leads through every match once, by links that show nothing of the search', async () => {
    let answer = await server.get('Claim?patient.family=Secretname&_count=2&_sort=-created');
    const found = ids(answer);
    for (let next = link(answer, 'next'); next; next = link(answer, 'next')) {
      expect(next).toMatch(new RegExp(`^${server.base}/Claim\\?_page=[A-Za-z0-9_-]+$`));
      expect(Buffer.from(next.split('_page=')[1]!, 'base64url').toString('latin1')).not.toContain('Secretname');
      answer = await server.get(next);
      expect(entries(answer).length).toBeLessThanOrEqual(2);
      found.push(...ids(answer));
    }
    expect(found).toEqual(['c5', 'c4', 'c3', 'c2', 'c1']);
  });

  it.each<[string, (next: string) => string]>([
    ['changed', (next) => `${next.slice(0, -2)}${next.endsWith('AA') ? 'BB' : 'AA'}`],
    ['of another type', (next) => next.replace('/Claim?', '/Coverage?')],
    ['with more parameters', (next) => `${next}&_count=3`],
    ['made up', (next) => next.replace(/_page=.*/, '_page=e30')],
  ])('a link that is %s → 400', async (_name, change) => {
    const next = link(await server.get('Claim?_count=2'), 'next')!;
    const answer = await server.get(change(next));
    expect([answer.status, answer.body.resourceType]).toEqual([400, 'OperationOutcome']);
  });
});

describe('what a search refuses', () => {
  it.each<[string, string]>([
    ['an unknown parameter', 'colour=red'],
    ['an unknown modifier', 'status:loud=active'],
    ['a date that is none', 'created=2026-02-30'],
    ['a prefix that is none', 'created=zz2026'],
    ['bad percent-encoding', 'status=%'],
    ['bytes that are no UTF-8', 'status=%ff'],
    ['an include of nothing', '_include=Claim:nothing'],
    ['a count that is no number', '_count=many'],
  ])('%s: %s → 400', async (_name, query) => {
    const answer = await server.get(`Claim?${query}`);
    expect([answer.status, answer.body.resourceType, issuesOf(answer)[0]?.severity]).toEqual([400, 'OperationOutcome', 'error']);
  });

  it('an unknown parameter is left out, and named, with Prefer: handling=lenient', async () => {
    const answer = await server.get('Claim?colour=red&patient=Patient/p0', { Prefer: 'handling=lenient' });
    expect(answer.status).toBe(200);
    expect(entries(answer).map(({ search }) => search.mode)).toEqual(['match', 'match', 'outcome']);
    expect(JSON.stringify(entries(answer)[2])).toContain('colour');
    expect(link(answer, 'self')).not.toContain('colour');
  });

  it.each(['{"$gt":""}', '$ne', "' OR 1=1 --", '[$where]', '%00'])('the value %s finds nothing and breaks nothing', async (value) => {
    for (const parameter of ['_id', 'status', 'patient', 'identifier', 'patient.family']) {
      const answer = await server.get(`Claim?${parameter}=${value === '%00' ? value : encodeURIComponent(value)}`);
      expect([200, 400]).toContain(answer.status);
      expect(entries(answer)).toEqual([]);
    }
    expect((await server.get('Claim?_summary=count')).body.total).toBe(5);
  });

  it.each(['status[$ne]=x', 'status[]=x', '__proto__=x', 'constructor=x', 'toString=x', '$where=1'])('the parameter %s is unknown', async (query) => {
    expect((await server.get(`Claim?${query}`)).status).toBe(400);
  });
});
