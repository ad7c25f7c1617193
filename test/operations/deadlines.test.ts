import { readFileSync } from 'node:fs';
import type { Claim, FhirResource, Parameters, ParametersParameter } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { handle } from '../../operations/deadlines/handler.js';
import { OperationRegistry, operationsIn } from '../../src/fhir/operation/registry.js';
import { deriveNextClaim } from '../../src/claims/derive/derive.js';
import { inProject } from '../../src/root.js';
import { inputOf } from '../cases/derive-input.js';
import { checkDeadlines, type DeadlineExpectation } from '../cases/expect-deadlines.js';
import { issuesOf, startTestServer, type TestServer } from '../http/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ operations: new OperationRegistry(operationsIn(inProject('operations/deadlines'), handle)) });
});
afterAll(() => server.close());

const cases = JSON.parse(readFileSync(inProject('test/cases/deadlines.json'), 'utf8')) as { id: string; title: string; operation: string; body: Parameters; expect: DeadlineExpectation }[];

describe('$deadlines meets every case of deadlines.json', () => {
  test.each(cases.map((one) => [`${one.id} ${one.title}`, one] as const))('%s', async (_name, one) => {
    const answer = await server.post(one.operation, one.body);
    expect(answer.status).toBe(200);
    expect(checkDeadlines(one.expect, answer.body as Parameters)).toEqual([]);
  });
});

describe('what it refuses', () => {
  test.each<[string, ParametersParameter[], RegExp, RegExp]>([
    ['nothing to count from', [{ name: 'payerKind', valueCode: 'medicare' }], /No deadline is known/, /^Parameters$/],
    ['an appeal of a decision without its date', [{ name: 'payerKind', valueCode: 'medicare' }, { name: 'serviceDate', valueDate: '2026-03-02' }, { name: 'appealLevel', valuePositiveInt: 1 }], /of an appeal of that level is known: state decisionDate/, /^Parameters\.parameter\[2\]\.value$/],
    ['an appeal of a level that nobody has', [{ name: 'payerKind', valueCode: 'medicare' }, { name: 'decisionDate', valueDate: '2026-03-02' }, { name: 'appealLevel', valuePositiveInt: 6 }], /of an appeal of that level is known: state the payer’s own/, /^Parameters\.parameter\[2\]\.value$/],
    ['a month', [{ name: 'payerKind', valueCode: 'medicare' }, { name: 'serviceDate', valueDate: '2026-03' }], /serviceDate must be a whole date/, /^Parameters\.parameter\[1\]\.value$/],
  ])('%s', async (_name, parameter, text, expression) => {
    const answer = await server.post('Claim/$deadlines', { resourceType: 'Parameters', parameter });
    expect(answer.status).toBe(422);
    expect(issuesOf(answer)[0]?.details?.text).toMatch(text);
    expect(issuesOf(answer)[0]?.expression?.[0]).toMatch(expression);
  });
});

describe('from a stored claim', () => {
  const derivable = (JSON.parse(readFileSync(inProject('test/cases/derive.json'), 'utf8')) as { id: string; body: Parameters }[]).filter(({ id }) => /^D(01|03|20)-/.test(id));
  const store = async (resources: readonly FhirResource[]): Promise<void> => {
    const entry = resources.map((resource) => ({ resource, request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` } }));
    expect((await server.post('', { resourceType: 'Bundle', type: 'transaction', entry })).status).toBe(200);
  };
  const rowsOf = (body: Parameters): Record<string, unknown>[] => (body.parameter ?? []).map(({ part = [] }) =>
    Object.fromEntries(part.map(({ name, valueCode, valueDate, valueBoolean, valueInteger, valueReference }) => [name, valueCode ?? valueDate ?? valueBoolean ?? valueInteger ?? valueReference?.reference])));

  test.each(derivable.map((one) => [one.id, one.body] as const))('%s: the limit of the next claim is the one that its derivation named', async (_id, body) => {
    const { claim, deadline } = deriveNextClaim(inputOf(body));
    await store([...body.parameter!.flatMap(({ resource }) => (resource ? [resource as FhirResource] : [])), claim!]);
    const { status, body: answer } = await server.get(`Claim/${claim!.id}/$deadlines?asOf=2026-03-05`);
    expect(status).toBe(200);
    expect(rowsOf(answer as Parameters)[0]).toMatchObject({ kind: 'filing', due: deadline!.due, from: deadline!.from, default: deadline!.default, passed: false });
  });

  test('what was sent in time is named as proof', async () => {
    const { claim } = deriveNextClaim(inputOf(derivable[0]!.body));
    await store([{
      resourceType: 'DocumentReference', id: 'sent', status: 'current', date: '2026-03-06T09:00:00Z', content: [{ attachment: { url: 'Binary/1' } }], context: { related: [{ reference: `Claim/${claim!.id}` }] },
      type: { coding: [{ system: 'https://cobalt.example/fhir/CodeSystem/exchanged-document', code: 'submission' }] },
    }]);
    expect(rowsOf((await server.get(`Claim/${claim!.id}/$deadlines?asOf=2027-03-05`)).body as Parameters)[0]).toMatchObject({ kind: 'filing', passed: true, proof: 'DocumentReference/sent' });
  });

  test('where no limit of the payer is known, 422 says what to state', async () => {
    const claim: Claim = {
      resourceType: 'Claim', id: 'unlimited', status: 'active', use: 'claim', type: { coding: [{ code: 'professional' }] }, patient: { reference: 'Patient/x' }, created: '2026-01-01', provider: { display: 'clinic' }, priority: { coding: [{ code: 'normal' }] },
      insurance: [{ sequence: 1, focal: true, coverage: { reference: 'Coverage/gone' } }],
    };
    await store([{ resourceType: 'Patient', id: 'x' }, claim]);
    const answer = await server.get('Claim/unlimited/$deadlines');
    expect([answer.status, issuesOf(answer)[0]!.details!.text]).toEqual([422, expect.stringMatching(/payer-rules/)]);
  });

  test.each([['a claim that is not there', 'Claim/none/$deadlines', 404], ['a parameter of the other form', 'Claim/unlimited/$deadlines?payerKind=medicare', 400], ['a month', 'Claim/unlimited/$deadlines?noticeDate=2026-03', 422]])('%s', async (_name, path, status) => {
    expect((await server.get(path)).status).toBe(status);
  });
});
