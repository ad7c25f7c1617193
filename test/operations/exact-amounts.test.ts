import { readFileSync } from 'node:fs';
import type { FhirResource, Parameters, ParametersParameter } from 'fhir/r4.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inProject } from '../../src/root.js';
import { resolves } from '../fhir/validation/resolve.js';
import { issuesOf, startTestServer, type TestServer } from '../http/server.js';

/** A claim and its decision whose lines are exact to the cent, each by itself; together they have more digits than a double. */
const HUGE = 9_999_999_999_999;
const cases = JSON.parse(readFileSync(inProject('test/cases/derive.json'), 'utf8')) as readonly { readonly id: string; readonly body: Parameters }[];
const text = JSON.stringify(cases.find(({ id }) => id.startsWith('D01'))?.body).replaceAll(/"value":(?:230|190)(?=[,}])/g, `"value":${HUGE}`).replaceAll('"value":525,', `"value":${2 * HUGE + 105},`);
const body = JSON.parse(text) as Parameters;
const resources = body.parameter!.flatMap(({ resource }) => (resource ? [resource as FhirResource] : []));
const given = (name: string, type: string): ParametersParameter => ({ name, resource: resources.find(({ resourceType }) => resourceType === type)! });
const address = (type: string): string => `${type}/${resources.find(({ resourceType }) => resourceType === type)?.id ?? ''}`;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  const entry = resources.map((resource) => ({ resource, request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` } }));
  expect((await server.post('', { resourceType: 'Bundle', type: 'transaction', entry })).status).toBe(200);
});
afterAll(() => server.close());

const usd = (name: string): ParametersParameter => ({ name, valueMoney: { value: HUGE, currency: 'USD' } });
const AMOUNTS = ['charge', 'obligatedToAccept', 'priorAllowed', 'priorPaid', 'priorPatientResponsibility', 'ownAllowed', 'deductibleRemaining', 'maximumRemaining', 'coinsurance', 'grossBenefit'];
const parameters = (...parameter: ParametersParameter[]): Parameters => ({ resourceType: 'Parameters', parameter });

it.each<[string, FhirResource, string?]>([
  ['ClaimResponse/$interpret-adjudication', parameters(given('resource', 'ClaimResponse'), given('claim', 'Claim'))],
  ['ClaimResponse/$interpret-adjudication', given('resource', 'ClaimResponse').resource as FhirResource],
  [`${address('ClaimResponse')}/$interpret-adjudication`, { resourceType: 'Parameters' }, 'ClaimResponse'],
  ['Claim/$derive-secondary', body],
  [`${address('Claim')}/$derive-secondary`, parameters({ name: 'asOf', valueDate: '2026-03-20' }), 'Claim'],
])('$0: amounts that can’t be added to the cent are 422, and the largest is named', async (path, sent, stored) => {
  const answer = await server.post(path, sent);
  expect(answer.status, answer.text).toBe(422);
  const [issue] = issuesOf(answer);
  expect(issue?.details?.coding?.[0]?.code).toBe('amount-inexact');
  const expression = issue?.expression?.[0] ?? '';
  expect(expression).toMatch(/\.value$/);
  expect(resolves(expression, stored ? resources.find(({ resourceType }) => resourceType === stored) : sent), expression).toBe(true);
});

const METHODS = ['standard', 'non-duplication', 'maintenance-of-benefits', 'supplement', 'medicare-secondary', 'medicaid-lesser-of', 'medicaid-fee-minus-tpl', 'medicaid-full-cost-share', 'tricare'];
it.each(METHODS)('Coverage/$estimate-benefit by %s counts the largest amounts that can be stated to the cent', async (method) => {
  const others = [{ name: 'rate', valueDecimal: 0.8 }, { name: 'balanceBasis', valueCode: 'highest' }, { name: 'providerStatus', valueCode: 'participating' }];
  const answer = await server.post('Coverage/$estimate-benefit', parameters({ name: 'method', valueCode: method }, ...AMOUNTS.map(usd), ...others));
  expect(answer.status, answer.text).toBe(200);
  for (const { valueMoney } of (answer.body as Parameters).parameter!) expect([undefined, 0, HUGE, 7_999_999_999_999.2]).toContain(valueMoney?.value);
});
