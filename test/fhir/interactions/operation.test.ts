import type { OperationDefinition } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Handler, Operation } from '../../../src/fhir/operation/operation.js';
import { OperationRegistry } from '../../../src/fhir/operation/registry.js';
import { FhirError } from '../../../src/fhir/outcome.js';
import { issuesOf, startTestServer, type TestServer } from '../../http/server.js';

const definition = (rest: Partial<OperationDefinition>): OperationDefinition => ({
  resourceType: 'OperationDefinition', name: 'Test', status: 'active', kind: 'operation', code: 'test', system: false, type: false, instance: false, ...rest,
});

const echo: Handler = async (call) => ({ out: { level: call.level, target: call.target, amount: call.level === 'type' ? call.in.money('amount') : undefined, names: call.in.all('name').map(({ value }) => value as string) } });
const OUT = [
  { name: 'level', use: 'out' as const, min: 1, max: '1', type: 'code' as const },
  { name: 'target', use: 'out' as const, min: 0, max: '1', type: 'Resource' as const },
  { name: 'amount', use: 'out' as const, min: 0, max: '1', type: 'Money' as const },
  { name: 'names', use: 'out' as const, min: 0, max: '*', type: 'string' as const },
];
const NAME = { name: 'name', use: 'in' as const, min: 0, max: '*', type: 'string' as const };
const AMOUNT = { name: 'amount', use: 'in' as const, min: 0, max: '1', type: 'Money' as const };

const operations: Operation[] = [
  { definition: definition({ id: 'system', code: 'echo', system: true, affectsState: false, parameter: [NAME, ...OUT] }), handle: echo },
  { definition: definition({ id: 'type', code: 'echo', type: true, resource: ['Claim'], affectsState: false, parameter: [NAME, AMOUNT, ...OUT] }), handle: echo },
  { definition: definition({ id: 'instance', code: 'echo', instance: true, resource: ['Patient'], affectsState: true, parameter: [NAME, ...OUT] }), handle: echo },
  {
    definition: definition({ id: 'file', code: 'import', system: true, parameter: [{ name: 'file', use: 'in', min: 1, max: '1', type: 'Binary' }, { name: 'return', use: 'out', min: 1, max: '1', type: 'Binary' }] }),
    handle: async (call) => {
      const { contentType, bytes = [] } = call.in.file('file')!;
      return { content: { type: 'text/plain', body: `${contentType} ${Buffer.from(bytes).toString()}` } };
    },
  },
  { definition: definition({ code: 'break', system: true }), handle: async () => { throw new TypeError('Jane Doe cannot be read'); } },
  { definition: definition({ code: 'refuse', system: true }), handle: async () => { throw new FhirError(422, { severity: 'error', code: 'business-rule', text: 'no', expression: 'Parameters' }); } },
];

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ operations: new OperationRegistry(operations) });
  await server.put('Patient/p', '{"resourceType":"Patient","id":"p","extension":[{"url":"http://x.example","valueDecimal":1.50}]}');
  await server.put('Patient/gone', { resourceType: 'Patient', id: 'gone' });
  await server.delete('Patient/gone');
});
afterAll(() => server.close());

const parameters = (...parameter: object[]): object => ({ resourceType: 'Parameters', ...(parameter.length > 0 ? { parameter } : {}) });

describe('operations (R4 §3.2)', () => {
  it.each<[string, string, string, unknown, number]>([
    ['the system form', 'POST', '$echo', parameters({ name: 'name', valueString: 'a' }), 200],
    ['without a body', 'POST', '$echo', undefined, 200],
    ['by GET, since nothing is changed and all is primitive', 'GET', '$echo?name=a&name=b', undefined, 200],
    ['the type form', 'POST', 'Claim/$echo', parameters({ name: 'amount', valueMoney: { value: 1, currency: 'USD' } }), 200],
    ['by GET, since the Money can be left out', 'GET', 'Claim/$echo?name=a', undefined, 200],
    ['by GET with Money, which a URL cannot carry', 'GET', 'Claim/$echo?amount=1', undefined, 400],
    ['by GET, but it needs a resource', 'GET', '$import', undefined, 405],
    ['the instance form', 'POST', 'Patient/p/$echo', parameters(), 200],
    ['by GET, but it changes state', 'GET', 'Patient/p/$echo', undefined, 405],
    ['an instance that never was', 'POST', 'Patient/none/$echo', undefined, 404],
    ['an instance that is deleted', 'POST', 'Patient/gone/$echo', undefined, 410],
    ['a form that there is not', 'POST', 'Patient/$echo', undefined, 404],
    ['an operation that there is not', 'POST', '$nothing', undefined, 404],
    ['an unknown parameter', 'POST', '$echo', parameters({ name: 'colour', valueString: 'red' }), 400],
    ['an unknown parameter by GET', 'GET', '$echo?colour=red', undefined, 400],
    ['a parameter of another type', 'POST', '$echo', parameters({ name: 'name', valueInteger: 1 }), 400],
    ['a body that is no valid Parameters', 'POST', '$echo', { resourceType: 'Parameters', parameter: { name: 'name' } }, 400],
    ['a body that is another resource', 'POST', '$echo', { resourceType: 'Patient' }, 400],
    ['PUT', 'PUT', '$echo', parameters(), 405],
    ['one that refuses', 'POST', '$refuse', undefined, 422],
  ])('%s: %s %s', async (_name, method, path, body, status) => {
    const answer = await server.request(method, path, body);
    expect(answer.status, answer.text).toBe(status);
    expect(answer.body.resourceType).toBe(status === 200 ? 'Parameters' : 'OperationOutcome');
  });

  it('gives and takes numbers with their digits', async () => {
    expect((await server.post('Claim/$echo', '{"resourceType":"Parameters","parameter":[{"name":"amount","valueMoney":{"value":12.500,"currency":"USD"}}]}')).text).toContain('{"value":12.500,"currency":"USD"}');
    expect((await server.post('Patient/p/$echo', undefined)).text).toContain('"valueDecimal":1.50');
  });

  it('says where a wrong parameter stands', async () => {
    const answer = await server.post('$echo', parameters({ name: 'name', valueString: 'a' }, { name: 'colour', valueString: 'red' }));
    expect(issuesOf(answer)[0]?.expression).toEqual(['Parameters.parameter[1].name']);
  });

  it('takes a body of another media type as its file, and answers other content', async () => {
    const answer = await server.post('$import', 'ISA*00*~', { 'Content-Type': 'application/edi-x12', Accept: 'text/plain' });
    expect([answer.status, answer.headers.get('content-type'), answer.text]).toEqual([200, 'text/plain', 'application/edi-x12 ISA*00*~']);
    expect((await server.post('$echo', 'ISA*00*~', { 'Content-Type': 'application/edi-x12' })).status).toBe(415);
    expect((await server.post('$echo', undefined, { Accept: 'text/plain' })).status).toBe(406);
  });

  it('that fails in an unforeseen way is a 500 that tells nothing, and a line of the log without what it said', async () => {
    const answer = await server.post('$break', undefined, { 'X-Request-Id': 'find-me' });
    expect([answer.status, answer.headers.get('x-request-id'), answer.body.resourceType]).toEqual([500, 'find-me', 'OperationOutcome']);
    expect(server.log).toMatchObject([{ level: 'error', requestId: 'find-me', error: 'TypeError' }]);
    expect(JSON.stringify(server.log) + answer.text).not.toContain('Jane');
    expect(JSON.stringify(server.log)).toContain('operation.test');
  });

  it('are in the CapabilityStatement', async () => {
    const { rest: [rest] } = (await server.get('metadata')).body;
    const onType = (type: string): string[] => rest.resource.find((one: { type: string }) => one.type === type).operation?.map(({ name }: { name: string }) => name);
    expect(rest.operation.map(({ name }: { name: string }) => name)).toEqual(['echo', 'import', 'break', 'refuse']);
    expect([onType('Claim'), onType('Patient'), onType('Coverage')]).toEqual([['echo'], ['echo'], undefined]);
  });
});
