import type { ClaimResponse, ExplanationOfBenefit, FhirResource, Organization, Parameters, ParametersParameter } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { claimResponse, type ShortRow } from '../claims/decisions.js';
import { startTestServer, type Answer, type TestServer } from '../http/server.js';
import { bundles, ofType } from '../seed/seed.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  for (const [, bundle] of bundles) expect((await server.post('', bundle)).status).toBe(200);
});
afterAll(() => server.close());

/** The rows of the answer: each part under its name, those that repeat as a list. */
const denials = ({ status, body, text }: Answer): Record<string, unknown>[] => {
  expect(status, text).toBe(200);
  const value = (part: ParametersParameter): unknown => Object.entries(part).find(([key]) => key.startsWith('value'))?.[1];
  return ((body as Parameters).parameter ?? []).map(({ part = [] }) => ({
    deadline: undefined,
    ...Object.fromEntries(part.map((one) => [one.name, value(one)])),
    remark: part.filter(({ name }) => name === 'remark').map(value),
    documents: part.filter(({ name }) => name === 'documents').map(value),
  }));
};
const triaged = async (resource: FhirResource, ...others: ParametersParameter[]): Promise<Record<string, unknown>[]> =>
  denials(await server.post(`${resource.resourceType}/$triage-denial`, { resourceType: 'Parameters', parameter: [{ name: 'resource', resource }, ...others] }));
/** What the short form leaves empty is not valid when it is sent. */
const withoutAdjudication = ({ adjudication: _none, ...decision }: ClaimResponse): ClaimResponse => decision;
const oakhanger = (...lines: ShortRow[]): ClaimResponse => ({
  ...withoutAdjudication(claimResponse({ lines: [lines], date: '2026-10-30', coverage: 'Coverage/cov-oakhanger-own', insurer: 'Organization/payer-tamarack' })),
  request: { reference: 'Claim/clm-oakhanger-1' },
});

describe('a stored decision', () => {
  test('the refused line, with all that it takes to act on it', async () => {
    expect(denials(await server.get('ClaimResponse/cr-oakhanger-1/$triage-denial?asOf=2026-11-22'))).toEqual([{
      sequence: 2, group: 'CO', reason: '197', remark: [], category: 'authorization', action: 'appeal', documents: ['auth number or retro-auth request', 'medical records'],
      deadline: '2027-04-28', patientBillable: 'no', amount: { value: 980, currency: 'USD' }, text: expect.stringContaining('uthorization') as string,
    }]);
  });

  test('what is too late says so', async () => {
    const [denial] = denials(await server.post('ClaimResponse/cr-oakhanger-1/$triage-denial', { resourceType: 'Parameters', parameter: [{ name: 'asOf', valueDate: '2027-04-29' }] }));
    expect(denial).toMatchObject({ deadline: '2027-04-28', text: expect.stringContaining('The last day for it was 2027-04-28') as string });
  });

  test('one that refuses nothing', async () => {
    expect(denials(await server.get('ExplanationOfBenefit/eob-dunmore-1/$triage-denial'))).toEqual([]);
  });
});

describe('a decision that is given', () => {
  test.each<[string, ShortRow[], Record<string, unknown>[]]>([
    ['a corrected claim is bound by the filing limit of the claim on file', [['CO-16', 80], ['N706']], [{ category: 'info-missing', action: 'correct-and-resubmit', deadline: '2027-10-08', remark: ['N706'] }]],
    ['an unlisted code is kept, and may yet be one to appeal', [['CO-999', 80]], [{ reason: '999', category: 'needs-human', action: 'needs-human', deadline: '2027-04-28', patientBillable: 'no' }]],
    ['another payer’s to pay has no limit of this one', [['CO-22', 80]], [{ category: 'cob-order', action: 'bill-other-payer', deadline: undefined }]],
    ['several codes, the most urgent first', [['CO-50', 80], ['OA-18', 5]], [{ reason: '18', amount: { value: 5, currency: 'USD' } }, { reason: '50', amount: { value: 80, currency: 'USD' } }]],
  ])('%s', async (_name, line, expected) => {
    const found = await triaged(oakhanger(...line));
    expect(found).toHaveLength(expected.length);
    expected.forEach((one, index) => expect(found[index]).toMatchObject(one));
  });

  test('an ExplanationOfBenefit is triaged alike', async () => {
    const { item, created, insurance, insurer, total } = oakhanger(['CO-197', 80]);
    const explanation: ExplanationOfBenefit = {
      resourceType: 'ExplanationOfBenefit', status: 'active', type: { coding: [{ code: 'professional' }] }, use: 'claim', outcome: 'complete', patient: { reference: 'Patient/pat-oakhanger' },
      provider: { reference: 'Organization/larkspur-clinic' }, created, insurer: insurer!, total: total as ExplanationOfBenefit['total'],
      insurance: insurance!.map(({ focal, coverage }) => ({ focal, coverage })),
      item: item!.map((line) => ({ sequence: line.itemSequence, productOrService: { coding: [{ code: '72148' }] }, adjudication: line.adjudication })),
    };
    expect(await triaged(explanation)).toEqual(await triaged(oakhanger(['CO-197', 80])));
  });

  test('the payer’s own limit, from the Organization that comes with it', async () => {
    const payer = ofType('Organization').find(({ id }) => id === 'payer-tamarack') as Organization;
    const decision = { ...oakhanger(['CO-50', 80]), contained: [{ ...payer, id: 'p', meta: undefined }], insurer: { reference: '#p' }, insurance: undefined, request: { display: 'a claim of ours' } };
    expect(await triaged(decision as ClaimResponse)).toMatchObject([{ deadline: '2027-04-28' }]);
  });

  test('nothing is known of the payer: no date is made up', async () => {
    const decision = { ...oakhanger(['CO-50', 80]), insurer: { display: 'somebody' }, insurance: undefined, request: undefined };
    expect(await triaged(decision as ClaimResponse)).toMatchObject([{ reason: '50', deadline: undefined }]);
  });
});

test('wrong input is refused where it stands', async () => {
  const month = await server.post('ClaimResponse/$triage-denial', { resourceType: 'Parameters', parameter: [{ name: 'resource', resource: oakhanger(['CO-50', 80]) }, { name: 'asOf', valueDate: '2026-11' }] });
  expect([month.status, month.body.issue[0].expression]).toEqual([422, ['Parameters.parameter[1].value']]);
  expect((await server.post('ClaimResponse/$triage-denial', { resourceType: 'Parameters' })).status).toBe(400);
});
