import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type Answer, type TestServer } from '../../http/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ operations: 'none' });
  const claim = (id: string, patient: string): object => ({
    resourceType: 'Claim', id, status: id === 'c3' ? 'draft' : 'active', type: { text: 'x' }, use: 'claim', patient: { reference: `Patient/${patient}` }, created: '2026-01-01',
    provider: { display: 'x' }, priority: { text: 'x' }, insurance: [{ sequence: 1, focal: true, coverage: { display: 'x' } }],
  });
  const resources: { resourceType: string; id: string }[] = [
    { resourceType: 'Patient', id: 'a' }, { resourceType: 'Patient', id: 'b' },
    ...['c1', 'c3'].map((id) => claim(id, 'a') as { resourceType: string; id: string }), claim('c2', 'b') as { resourceType: string; id: string },
    { resourceType: 'Coverage', id: 'policy', status: 'active', beneficiary: { reference: 'Patient/b' }, policyHolder: { reference: 'Patient/a' }, payor: [{ display: 'x' }] } as { resourceType: string; id: string },
    { resourceType: 'Basic', id: 'by', code: { text: 'x' }, author: { reference: 'Patient/a' } } as { resourceType: string; id: string },
    // Its recorder puts nothing into the compartment, though that of other types does.
    { resourceType: 'AdverseEvent', id: 'told', actuality: 'actual', subject: { reference: 'Patient/b' }, recorder: { reference: 'Patient/a' } } as { resourceType: string; id: string },
    { resourceType: 'Organization', id: 'o', name: 'x' } as { resourceType: string; id: string },
  ];
  const entry = resources.map((resource) => ({ request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` }, resource }));
  expect((await server.post('', { resourceType: 'Bundle', type: 'transaction', entry })).status).toBe(200);
});
afterAll(() => server.close());

const ids = ({ body }: Answer): string[] => (body.entry ?? []).map((entry: { resource: { resourceType: string; id: string } }) => `${entry.resource.resourceType}/${entry.resource.id}`).sort();

describe('compartment search (R4 §2.36, §3.1.1.2)', () => {
  it.each<[string, string, string[]]>([
    ['a type', 'Patient/a/Claim', ['Claim/c1', 'Claim/c3']],
    ['a type with criteria', 'Patient/a/Claim?status=draft', ['Claim/c3']],
    ['by any of its parameters', 'Patient/a/Coverage', ['Coverage/policy']],
    ['by another of its parameters', 'Patient/b/Coverage', ['Coverage/policy']],
    ['not by other references', 'Patient/a/AdverseEvent', []],
    ['the resource itself', 'Patient/a/Patient', ['Patient/a']],
    ['every type', 'Patient/a/*', ['Basic/by', 'Claim/c1', 'Claim/c3', 'Coverage/policy', 'Patient/a']],
    ['some types', 'Patient/a/*?_type=Claim,Basic', ['Basic/by', 'Claim/c1', 'Claim/c3']],
    ['types that are in none', 'Patient/a/*?_type=Organization', []],
    ['what is not there', 'Patient/none/Claim', []],
    ['with chains', 'Patient/a/Claim?patient._id=a', ['Claim/c1', 'Claim/c3']],
  ])('%s: %s', async (_name, path, expected) => {
    const answer = await server.get(path);
    expect([answer.status, ids(answer)]).toEqual([200, expected]);
  });

  it('by POST', async () => {
    expect(ids(await server.post('Patient/a/Claim/_search', 'status=draft', { 'Content-Type': 'application/x-www-form-urlencoded' }))).toEqual(['Claim/c3']);
  });

  it('leads on by links of its own', async () => {
    const first = await server.get('Patient/a/*?_count=2');
    expect(first.body.link[0].url).toBe(`${server.base}/Patient/a/*?_count=2`);
    const found = ids(first);
    let next = first.body.link[1]?.url;
    expect((await server.get(next.replace('Patient/a', 'Patient/b'))).status).toBe(400);
    while (next) {
      const page = await server.get(next);
      found.push(...ids(page));
      next = page.body.link[1]?.url;
    }
    expect(found.sort()).toEqual(['Basic/by', 'Claim/c1', 'Claim/c3', 'Coverage/policy', 'Patient/a']);
  });

  it.each([['a type that has no compartment', 'Claim/c1/Patient', 404], ['a type that is never in it', 'Patient/a/Organization', 404], ['no type', 'Patient/a/Claims', 404], ['an id that can be none', 'Patient/a_b/Claim', 400], ['every type of all', '*', 404]])('%s: %s → %i', async (_name, path, status) => {
    const answer = await server.get(path);
    expect([answer.status, answer.body.resourceType]).toEqual([status, 'OperationOutcome']);
  });
});

describe('_explain=true', () => {
  it('adds the plan of the search as an entry of mode outcome', async () => {
    const { body } = await server.get('Claim?status=draft&_explain=true');
    const { resource, search } = body.entry[1];
    expect(search.mode).toBe('outcome');
    expect(resource.issue[0]).toMatchObject({ severity: 'information', details: { coding: [{ code: 'search-plan' }] } });
    expect(JSON.parse(resource.issue[0].diagnostics)).toMatchObject({ types: ['Claim'], where: { op: 'token', param: 'status', code: 'draft' }, count: 20 });
    expect((await server.get('Claim?_explain=yes')).status).toBe(400);
    expect((await server.get('Claim?_explain=false')).body.entry.every((entry: { search: { mode: string } }) => entry.search.mode === 'match')).toBe(true);
  });
});
