import type { Parameters, ParametersParameter } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { handle } from '../../operations/estimate-benefit/handler.js';
import { OperationRegistry, operationsIn } from '../../src/fhir/operation/registry.js';
import { inProject } from '../../src/root.js';
import { issuesOf, startTestServer, type TestServer } from '../http/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ operations: new OperationRegistry(operationsIn(inProject('operations/estimate-benefit'), handle)) });
});
afterAll(() => server.close());

const estimate = (...parameter: ParametersParameter[]) => server.post('Coverage/$estimate-benefit', { resourceType: 'Parameters', parameter });
const usd = (name: string, value: number, currency: 'USD' | 'EUR' = 'USD'): ParametersParameter => ({ name, valueMoney: { value, currency } });
const method = (valueCode: string): ParametersParameter => ({ name: 'method', valueCode });

describe('what it answers', () => {
  test('the working ends in the answers', async () => {
    const answer = await estimate(method('supplement'), usd('charge', 100), usd('priorPaid', 60), usd('priorPatientResponsibility', 15), { name: 'rate', valueDecimal: 1 });
    const steps = (answer.body as Parameters).parameter!.filter(({ name }) => name === 'step').map(({ part }) => part!.find(({ name }) => name === 'name')?.valueString);
    expect(steps).toEqual(['normal-benefit', 'limit-of-all-payments', 'pays', 'patient-owes', 'write-off']);
  });
});

describe('what it refuses', () => {
  test.each<[string, ParametersParameter[], number, RegExp]>([
    ['a method that lacks a fact: it is named', [method('medicaid-lesser-of'), usd('charge', 10), usd('priorPaid', 5), usd('ownAllowed', 7)], 422, /priorPatientResponsibility/],
    ['another currency', [method('standard'), usd('charge', 10, 'EUR')], 422, /charge must be in USD/],
    ['parts of a cent', [method('standard'), usd('charge', 10.005)], 422, /charge must be an amount in whole cents/],
    ['a negative amount', [method('standard'), usd('priorPaid', -1)], 422, /priorPaid must be an amount in whole cents/],
    ['a rate in per cent', [method('supplement'), usd('charge', 10), { name: 'rate', valueDecimal: 80 }], 422, /rate is a share between 0 and 1/],
    ['a method that there is not', [method('guess'), usd('charge', 10)], 400, /method takes one of/],
    ['no method', [usd('charge', 10)], 400, /method is needed/],
    ['an unknown parameter', [method('standard'), usd('discount', 10)], 400, /discount is not known/],
  ])('%s', async (_name, parameters, status, text) => {
    const answer = await estimate(...parameters);
    expect(answer.status).toBe(status);
    expect(issuesOf(answer)[0]?.details?.text).toMatch(text);
    expect(issuesOf(answer)[0]?.expression?.[0]).toMatch(/^Parameters/);
  });
});
