import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issuesOf, startTestServer, type TestServer } from '../../http/server.js';

let server: TestServer;
const GENDERS = 'http://hl7.org/fhir/ValueSet/administrative-gender';
beforeAll(async () => {
  server = await startTestServer({ operations: 'none' });
  const request = (id: string, intent: string): object => ({ resourceType: 'ServiceRequest', id, status: 'active', intent, subject: { display: 'x' } });
  const coverage = (id: string, code: string, system = 'http://terminology.hl7.org/CodeSystem/v3-ActCode'): object => ({ resourceType: 'Coverage', id, status: 'active', beneficiary: { display: 'x' }, payor: [{ display: 'x' }], type: { coding: [{ system, code }] } });
  const resources = [
    request('plan', 'plan'), request('order', 'order'), request('reflex', 'reflex-order'), request('filler', 'filler-order'),
    coverage('public', 'PUBLICPOL'), coverage('other', 'PUBLICPOL', 'http://x.example'),
    { resourceType: 'Patient', id: 'f', gender: 'female' }, { resourceType: 'Patient', id: 'none' },
  ] as { resourceType: string; id: string }[];
  const entry = resources.map((resource) => ({ request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` }, resource }));
  expect((await server.post('', { resourceType: 'Bundle', type: 'transaction', entry })).status).toBe(200);
});
afterAll(() => server.close());

describe('token modifiers :in, :not-in, :above, :below (R4 §3.1.1.4.10)', () => {
  it.each<[string, string[]]>([
    ['ServiceRequest?intent:below=order', ['filler', 'order', 'reflex']],
    ['ServiceRequest?intent:below=http://hl7.org/fhir/request-intent|order', ['filler', 'order', 'reflex']],
    ['ServiceRequest?intent:below=reflex-order', ['reflex']],
    ['ServiceRequest?intent:above=reflex-order', ['order', 'reflex']],
    ['ServiceRequest?intent:below=plan,filler-order', ['filler', 'plan']],
    ['ServiceRequest?intent:in=http://hl7.org/fhir/ValueSet/request-intent', ['filler', 'order', 'plan', 'reflex']],
    ['ServiceRequest?intent:not-in=http://hl7.org/fhir/ValueSet/request-intent', []],
    [`Patient?gender:in=${GENDERS}`, ['f']],
    [`Patient?gender:not-in=${GENDERS}`, ['none']],
    [`Patient?gender:in=${GENDERS}|4.0.1`, ['f']],
    ['Coverage?type:in=http://hl7.org/fhir/ValueSet/coverage-type', ['public']],
    ['Coverage?type:not-in=http://hl7.org/fhir/ValueSet/coverage-type', ['other']],
    ['ServiceRequest?subject:missing=false&intent:below=order&status=active', ['filler', 'order', 'reflex']],
  ])('%s: %s', async (path, expected) => {
    const { status, body } = await server.get(path);
    expect([status, (body.entry ?? []).map(({ resource }: { resource: { id: string } }) => resource.id).sort()]).toEqual([200, expected]);
  });

  it.each<[string, number]>([
    ['Patient?gender:in=http://x.example/ValueSet/none', 501],
    ['Patient?gender:in=', 400],
    ['Coverage?type:below=http://x.example/none|a', 501],
    ['Coverage?type:below=PUBLICPOL', 400],
    ['ServiceRequest?intent:below=nothing', 400],
    ['Patient?name:in=http://x.example', 400],
  ])('%s → %i', async (path, status) => {
    const answer = await server.get(path);
    expect([answer.status, issuesOf(answer)[0]?.severity]).toEqual([status, 'error']);
  });
});
