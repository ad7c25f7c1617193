import { readFileSync } from 'node:fs';
import type { Claim, ClaimResponse, ExplanationOfBenefit, FhirResource, Parameters, ParametersParameter } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { handle } from '../../operations/interpret-adjudication/handler.js';
import { readAdjudication, toClaimResponse, toExplanationOfBenefit } from '../../src/claims/index.js';
import { OperationRegistry, operationsIn } from '../../src/fhir/operation/registry.js';
import { inProject } from '../../src/root.js';
import { claimResponse, rows, type ShortRow } from '../claims/decisions.js';
import { issuesOf, startTestServer, type Answer, type TestServer } from '../http/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ operations: new OperationRegistry(operationsIn(inProject('operations/interpret-adjudication'), handle)) });
});
afterAll(() => server.close());

interface DeriveCase {
  readonly id: string;
  readonly body: { readonly parameter: { readonly resource?: FhirResource }[] };
}
const cases = JSON.parse(readFileSync(inProject('test/cases/derive.json'), 'utf8')) as DeriveCase[];
const resourcesOf = (id: string): FhirResource[] => cases.find((one) => one.id.startsWith(id))!.body.parameter.flatMap(({ resource }) => resource ?? []);
const inCase = <T extends FhirResource>(id: string, type: T['resourceType']): T => resourcesOf(id).find((resource): resource is T => resource.resourceType === type)!;

const out = (answer: Answer, name: string): ParametersParameter[] => (answer.body as Parameters).parameter!.filter((parameter) => parameter.name === name);
const part = (parameter: ParametersParameter | undefined, name: string): ParametersParameter | undefined => parameter?.part?.find((one) => one.name === name);
const money = (answer: Answer, name: string): number | undefined => out(answer, name)[0]?.valueMoney?.value;
const next = (answer: Answer): string | undefined => out(answer, 'next')[0]?.valueCode;
const finding = (answer: Answer, code: string): ParametersParameter | undefined => out(answer, 'finding').find((parameter) => part(parameter, 'code')?.valueString === code);
const interpreted = (resource: FhirResource, ...others: ParametersParameter[]): Promise<Answer> =>
  server.post(`${resource.resourceType}/$interpret-adjudication`, { resourceType: 'Parameters', parameter: [{ name: 'resource', resource }, ...others] });

describe('a decision that is given', () => {
  const response = inCase<ClaimResponse>('D01', 'ClaimResponse');

  test('in Parameters, or as the body itself', async () => {
    const inParameters = await interpreted(response);
    const alone = await server.post('ClaimResponse/$interpret-adjudication', response);
    expect(inParameters.status).toBe(200);
    expect(alone.body).toEqual(inParameters.body);
  });

  test('its amounts are Money, its lines carry their adjustments', async () => {
    const answer = await interpreted(response);
    expect(['charge', 'allowed', 'paid', 'contractual', 'patientResponsibility', 'deductible', 'coinsurance', 'copay', 'residual'].map((name) => money(answer, name))).toEqual([525, 278.56, 214.02, 250.81, 60.17, 40, 20.17, 0, 60.17]);
    expect(out(answer, 'charge')[0]?.valueMoney?.currency).toBe('USD');
    expect(out(answer, 'balanced')[0]?.valueBoolean).toBe(true);
    const [line] = out(answer, 'line');
    expect(part(line, 'sequence')?.valuePositiveInt).toBe(1);
    expect(part(line, 'adjustment')?.part).toEqual([{ name: 'group', valueCode: 'CO' }, { name: 'reason', valueCode: '45' }, { name: 'amount', valueMoney: { value: 103.93, currency: 'USD' } }]);
    expect(next(answer)).toBe('bill-next-payer');
  });

  test('an EOB of CARIN BB', async () => {
    const answer = await interpreted(inCase<ExplanationOfBenefit>('D14', 'ExplanationOfBenefit'));
    expect([money(answer, 'paid'), money(answer, 'residual'), next(answer)]).toEqual([211.95, 67.67, 'bill-next-payer']);
  });

  test('forwarded: to whom, and what says so', async () => {
    const answer = await interpreted(inCase('D02', 'ClaimResponse'));
    expect(out(answer, 'crossover')[0]?.part).toEqual([{ name: 'evidence', valueCode: 'claim-status' }, { name: 'evidence', valueCode: 'carrier' }, { name: 'payer', valueReference: { reference: 'Organization/payer-stonebridge' } }]);
    expect(next(answer)).toBe('crossed-over');
  });

  test('one cent short: the line and both sides are named', async () => {
    const answer = await interpreted(inCase('D04', 'ClaimResponse'));
    expect(out(answer, 'balanced')[0]?.valueBoolean).toBe(false);
    expect(part(finding(answer, 'unbalanced'), 'expression')?.valueString).toBe('ClaimResponse.item[0]');
    expect(part(finding(answer, 'unbalanced'), 'text')?.valueString).toContain('81.25, but paid is 81.24');
  });

  test('refused: what, what to do, what to have at hand', async () => {
    const refused: ShortRow[] = [['submitted', 80], ['CO-29', 80], ['benefit', 0]];
    const answer = await interpreted({ ...claimResponse({ lines: [refused] }), adjudication: undefined, request: undefined });
    expect(out(answer, 'denial')[0]?.part).toEqual([
      { name: 'sequence', valuePositiveInt: 1 }, { name: 'category', valueCode: 'timely-filing' }, { name: 'action', valueCode: 'appeal' },
      { name: 'documents', valueString: 'proof of timely filing (277CA / 999 / clearinghouse report)' }, { name: 'documents', valueString: 'primary EOB/835' },
    ]);
    expect(next(answer)).toBe('appeal');
  });

  test('the claim beside it is checked', async () => {
    const claim = inCase<Claim>('D01', 'Claim');
    expect(finding(await interpreted(response, { name: 'claim', resource: claim }), 'charge-mismatch')).toBeUndefined();
    const answer = await interpreted(response, { name: 'claim', resource: { ...claim, total: { value: 525.01, currency: 'USD' } } as Claim });
    expect(part(finding(answer, 'charge-mismatch'), 'severity')?.valueCode).toBe('error');
    expect(next(answer)).toBe('needs-human');
  });
});

describe('a decision that is stored', () => {
  beforeAll(async () => {
    for (const id of ['D03', 'D14']) for (const resource of resourcesOf(id)) expect((await server.put(`${resource.resourceType}/${resource.id}`, resource)).status).toBe(201);
  });

  test('by POST and by GET', async () => {
    const posted = await server.post('ClaimResponse/cr-hawksmoore-s/$interpret-adjudication', { resourceType: 'Parameters' });
    const got = await server.get('ClaimResponse/cr-hawksmoore-s/$interpret-adjudication');
    expect(posted.status).toBe(200);
    expect([money(posted, 'otherAdjustment'), money(posted, 'residual')]).toEqual([207.52, 15.32]);
    expect(got.body).toEqual(posted.body);
  });

  test('an EOB', async () => {
    expect(next(await server.get('ExplanationOfBenefit/eob-delacourte-1/$interpret-adjudication'))).toBe('bill-next-payer');
  });

  test('is checked against the stored claim that it names', async () => {
    const claim = inCase<Claim>('D14', 'Claim');
    await server.put(`Claim/${claim.id}`, { ...claim, patient: { reference: 'Patient/another' } });
    expect(finding(await server.get('ExplanationOfBenefit/eob-delacourte-1/$interpret-adjudication'), 'patient-mismatch')).toBeDefined();
  });

  test('is not there', async () => {
    expect((await server.get('ClaimResponse/none/$interpret-adjudication')).status).toBe(404);
  });
});

describe('what it refuses', () => {
  const response = inCase<ClaimResponse>('D01', 'ClaimResponse');
  test.each<[string, ParametersParameter[], string | undefined]>([
    ['a decision that is not valid', [{ name: 'resource', resource: { ...response, outcome: 'perhaps' } as unknown as ClaimResponse }], 'Parameters.parameter[0].resource.outcome'],
    ['an amount that is no number', [{ name: 'resource', resource: { ...response, total: [{ category: { text: 'x' }, amount: { value: 'ten' } }] } as unknown as ClaimResponse }], 'Parameters.parameter[0].resource.total[0].amount.value'],
    ['a decision of the other type', [{ name: 'resource', resource: inCase('D14', 'ExplanationOfBenefit') }], 'Parameters.parameter[0].resource'],
    ['no decision', [], 'Parameters'],
    ['two decisions', [{ name: 'resource', resource: response }, { name: 'resource', resource: response }], 'Parameters.parameter[1].resource'],
    ['a claim that is none', [{ name: 'resource', resource: response }, { name: 'claim', resource: response }], 'Parameters.parameter[1].resource'],
    ['an unknown parameter', [{ name: 'resource', resource: response }, { name: 'adjudication', valueString: 'x' }], 'Parameters.parameter[1].name'],
  ])('%s: 400', async (_name, parameter, expression) => {
    const answer = await server.post('ClaimResponse/$interpret-adjudication', { resourceType: 'Parameters', ...(parameter.length > 0 ? { parameter } : {}) });
    expect(answer.status).toBe(400);
    expect(issuesOf(answer).flatMap((issue) => issue.expression ?? [])).toContain(expression);
  });
});

describe('what the model writes is accepted and means the same', () => {
  const type = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/claim-type', code: 'professional' }] };
  const given = readAdjudication({
    ...claimResponse({ eraStatus: '19', carrier: 'Organization/medigap', lines: [[['submitted', 230], ['eligible', 126.07], ['CO-45', 103.93], ['PR-2', 57.21], ['N4'], ['benefit', 68.86]], []], claim: [['MA18']], total: [['submitted', 235], ['benefit', 68.86]] }),
    addItem: [{ itemSequence: [2], productOrService: { coding: [{ system: 'http://www.ama-assn.org/go/cpt', code: '99213' }] }, adjudication: rows([['submitted', 5], ['CO-97', 5], ['benefit', 0]]) }],
  }).adjudication;

  test.each<[string, FhirResource]>([
    ['ClaimResponse', toClaimResponse({ ...given, source: { resourceType: 'ClaimResponse', reference: undefined } }, { type })],
    ['ExplanationOfBenefit', toExplanationOfBenefit({ ...given, source: { resourceType: 'ExplanationOfBenefit', reference: undefined } }, { type, provider: { display: 'Clinic' } })],
  ])('as %s', async (resourceType, resource) => {
    const stored = await server.post(resourceType, resource);
    expect(stored.body.issue).toBeUndefined();
    expect(stored.status).toBe(201);
    const answer = await server.get(`${resourceType}/${stored.body.id as string}/$interpret-adjudication`);
    expect([money(answer, 'paid'), money(answer, 'residual'), next(answer), out(answer, 'denial').length]).toEqual([68.86, 57.21, 'crossed-over', 1]);
  });
});
