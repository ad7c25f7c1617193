import type { Bundle, FhirResource } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issuesOf, startTestServer, type TestServer } from '../http/server.js';

const to = (reference: string) => ({ reference });
const observation = (id: string, date: string, more: object = {}): object => ({ resourceType: 'Observation', id, status: 'final', code: { text: 'x' }, subject: to('Patient/p'), effectiveDateTime: date, ...more });

/** The record of Patient/p, another's, and what both refer to. */
const STORED: object[] = [
  { resourceType: 'Patient', id: 'p', managingOrganization: to('Organization/clinic'), generalPractitioner: [to('PractitionerRole/role')], link: [{ other: to('Patient/other'), type: 'seealso' }] },
  { resourceType: 'Patient', id: 'other', managingOrganization: to('Organization/elsewhere') },
  { resourceType: 'Patient', id: 'double', link: [{ other: to('Patient/p'), type: 'refer' }] },
  { resourceType: 'Organization', id: 'clinic', name: 'Clinic', partOf: to('Organization/group') },
  { resourceType: 'Organization', id: 'group', name: 'Group', partOf: to('Organization/clinic') },
  { resourceType: 'Organization', id: 'elsewhere', name: 'Elsewhere' },
  { resourceType: 'Organization', id: 'payer', name: 'Payer' },
  { resourceType: 'Practitioner', id: 'doctor' },
  { resourceType: 'PractitionerRole', id: 'role', practitioner: to('Practitioner/doctor') },
  { resourceType: 'Coverage', id: 'own', status: 'active', beneficiary: to('Patient/p'), payor: [to('Organization/payer')], order: 1 },
  { resourceType: 'Coverage', id: 'others', status: 'active', beneficiary: to('Patient/other'), subscriber: to('Patient/p'), payor: [to('Organization/payer')] },
  { resourceType: 'Coverage', id: 'foreign', status: 'active', beneficiary: to('Patient/other'), payor: [to('Organization/payer')] },
  observation('o-2019', '2019-05-01'),
  observation('o-2026', '2026-05-01T23:00:00-05:00', { valueQuantity: { value: '@1.50@' } }),
  observation('o-undated', '', { effectiveDateTime: undefined }),
  { resourceType: 'Condition', id: 'chronic', subject: to('Patient/p'), onsetDateTime: '2015' },
  { resourceType: 'Task', id: 'task', status: 'ready', intent: 'order', for: to('Patient/p') },
];

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  for (const each of STORED as FhirResource[]) expect((await server.put(`${each.resourceType}/${each.id ?? ''}`, JSON.stringify(each).replace('"@1.50@"', '1.50'))).status).toBe(201);
});
afterAll(() => server.close());

const WHOLE = 'Patient/p Condition/chronic Coverage/others Coverage/own Observation/o-2019 Observation/o-2026 Observation/o-undated Patient/double'.split(' ');
const REFERRED = 'Organization/clinic Organization/group Organization/payer Practitioner/doctor PractitionerRole/role'.split(' ');
const listed = (body: unknown, mode: string): string[] => ((body as Bundle).entry ?? []).filter(({ search }) => search?.mode === mode).map(({ resource }) => `${resource?.resourceType ?? ''}/${resource?.id ?? ''}`);
const ask = async (query: string) => {
  const answer = await server.get(`Patient/p/$everything${query}`);
  expect(answer.status, answer.text).toBe(200);
  return answer;
};

describe('$everything', () => {
  it('holds the patient, the compartment and what both refer to, but no other patient’s record', async () => {
    const { body, text } = await ask('');
    expect(body).toMatchObject({ resourceType: 'Bundle', type: 'searchset', total: WHOLE.length });
    expect(listed(body, 'match')).toEqual(WHOLE);
    expect(listed(body, 'include')).toEqual(REFERRED);
    expect(text).toContain('"value":1.50');
    expect((await server.post('Bundle/$validate', text)).body.issue.filter(({ severity }: { severity: string }) => severity === 'error')).toEqual([]);
  });

  it.each<[string, string, string[]]>([
    ['a type', '?_type=Coverage', ['Coverage/others', 'Coverage/own']],
    ['types with commas and apart', '?_type=Coverage,Condition&_type=Organization', ['Condition/chronic', 'Coverage/others', 'Coverage/own']],
    ['care from a day on: what goes on, and what says no date, stays', '?start=2026-01-01&_type=Observation,Condition', ['Condition/chronic', 'Observation/o-2026', 'Observation/o-undated']],
    ['care up to a day', '?end=2019-12-31&_type=Observation,Condition', ['Condition/chronic', 'Observation/o-2019', 'Observation/o-undated']],
    ['a time is of the day that it is in UTC', '?start=2026-05-02&end=2026-05-02&_type=Observation', ['Observation/o-2026', 'Observation/o-undated']],
    ['a month', '?start=2019-05&end=2019-05&_type=Observation', ['Observation/o-2019', 'Observation/o-undated']],
    ['nothing has changed since', '?_since=2999-01-01T00:00:00Z', []],
    ['all has changed since', '?_since=2020-01-01T00:00:00Z', WHOLE],
  ])('can be asked for %s', async (_name, query, expected) => expect(listed((await ask(query)).body, 'match')).toEqual(expected));

  it('comes in pages, each with what it refers to; links show nothing of what was asked', async () => {
    const seen: string[] = [];
    let path = 'Patient/p/$everything?_count=3&start=2015-01-01';
    for (let pages = 0; path !== '' && pages < 10; pages++) {
      const { status, body } = await server.get(path);
      expect(status).toBe(200);
      expect(listed(body, 'match').length).toBeLessThanOrEqual(3);
      seen.push(...listed(body, 'match'));
      path = (body as Bundle).link?.find(({ relation }) => relation === 'next')?.url ?? '';
      expect(path).not.toMatch(/2015|_count/);
    }
    expect(seen).toEqual(WHOLE);
  });

  it('never repeats or loses what was there when data changes between pages', async () => {
    const first = (await ask('?_count=6')).body as Bundle;
    expect((await server.put('Condition/added', { resourceType: 'Condition', id: 'added', subject: to('Patient/p') })).status).toBe(201);
    const second = (await server.get(first.link?.[0]?.url ?? '')).body as Bundle;
    await server.delete('Condition/added');
    expect([...listed(first, 'match'), ...listed(second, 'match')]).toEqual(WHOLE);
  });

  it('is asked by POST too', async () => {
    const answer = await server.post('Patient/p/$everything', { resourceType: 'Parameters', parameter: [{ name: '_type', valueCode: 'Coverage' }, { name: '_count', valueInteger: 1 }] });
    expect(listed(answer.body, 'match')).toEqual(['Coverage/others']);
  });

  it.each<[string, string, number, string | undefined]>([
    ['a type that there is not', 'Patient/p/$everything?_type=Banana', 400, '_type'],
    ['a count of nothing', 'Patient/p/$everything?_count=0', 400, '_count'],
    ['a count beyond reason', 'Patient/p/$everything?_count=100000', 400, '_count'],
    ['a day that is none', 'Patient/p/$everything?start=2026-13-01', 400, undefined],
    ['an instant that is none', 'Patient/p/$everything?_since=yesterday', 400, '_since'],
    ['a page that is not ours', 'Patient/p/$everything?_page=abc', 400, undefined],
    ['a patient that is not here', 'Patient/none/$everything', 404, undefined],
    ['another type', 'Organization/clinic/$everything', 404, undefined],
  ])('refuses %s', async (_name, path, status, expression) => {
    const answer = await server.get(path);
    expect([answer.status, issuesOf(answer)[0]?.expression?.[0]]).toEqual([status, expression]);
  });

  it('refuses the page of another patient, and of a search', async () => {
    const own = new URL(((await ask('?_count=1')).body as Bundle).link?.[0]?.url ?? '').search;
    expect((await server.get(`Patient/other/$everything${own}`)).status).toBe(400);
    const search = new URL(((await server.get('Patient?_count=1')).body as Bundle).link?.find(({ relation }) => relation === 'next')?.url ?? '').search;
    expect((await server.get(`Patient/p/$everything${search}`)).status).toBe(400);
    expect((await server.get(`Patient${own}`)).status).toBe(400);
  });
});
