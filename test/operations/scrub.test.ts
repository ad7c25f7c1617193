import { readFileSync } from 'node:fs';
import type { Claim, ClaimResponse, Coverage, FhirResource, OperationOutcome, Parameters, Patient } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { handle } from '../../operations/scrub/handler.js';
import { OperationRegistry, operationsIn } from '../../src/fhir/operation/registry.js';
import { inProject } from '../../src/root.js';
import { deriveNextClaim } from '../../src/claims/derive/derive.js';
import { inputOf } from '../cases/derive-input.js';
import { evaluatesTo } from '../claims/resolve.js';
import { AS_OF, scenarios } from '../seed/seed.js';
import { issuesOf, startTestServer, type Answer, type TestServer } from '../http/server.js';

interface DeriveCase {
  readonly id: string;
  readonly body: Parameters;
}
const cases = JSON.parse(readFileSync(inProject('test/cases/derive.json'), 'utf8')) as DeriveCase[];
const bodyOf = (prefix: string): Parameters => cases.find(({ id }) => id.startsWith(prefix))!.body;
const resourcesOf = (body: Parameters): FhirResource[] => body.parameter!.flatMap(({ resource }) => (resource ? [resource as FhirResource] : []));
const asOfOf = (body: Parameters): string => body.parameter!.find(({ name }) => name === 'asOf')!.valueDate!;
const derivedOf = (prefix: string): Claim => structuredClone(deriveNextClaim(inputOf(bodyOf(prefix))).claim!);

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ operations: new OperationRegistry(operationsIn(inProject('operations/scrub'), handle)) });
});
afterAll(() => server.close());

const ids = (answer: Answer): (string | undefined)[] => issuesOf(answer).map(({ details }) => details?.coding?.[0]?.code);
const inline = (claim: Claim, resources: readonly FhirResource[], asOf = '2026-03-05'): Promise<Answer> => server.post('Claim/$scrub', {
  resourceType: 'Parameters', parameter: [{ name: 'claim', resource: claim }, ...resources.map((resource) => ({ name: 'resource', resource })), { name: 'asOf', valueDate: asOf }],
});
async function store(resources: readonly FhirResource[]): Promise<void> {
  const entry = resources.map((resource) => ({ resource, request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` } }));
  expect((await server.post('', { resourceType: 'Bundle', type: 'transaction', entry })).status).toBe(200);
}

describe('type level', () => {
  test('nothing to find is said in one issue', async () => {
    const answer = await inline(derivedOf('D01'), resourcesOf(bodyOf('D01')));
    expect(answer.status).toBe(200);
    expect(issuesOf(answer)).toEqual([expect.objectContaining({ severity: 'information', code: 'informational' })]);
    expect(ids(answer)).toEqual(['nothing-found']);
  });

  test('each finding has its rule, its source and an element of the claim', async () => {
    const claim = derivedOf('D01');
    claim.insurance[1]!.sequence = 3;
    delete claim.insurance[0]!.claimResponse;
    claim.item![0]!.modifier = [{ coding: [{ code: 'PR' }] }];
    const answer = await inline(claim, resourcesOf(bodyOf('D01')));
    expect(ids(answer)).toEqual(expect.arrayContaining(['sequence-gap', 'prior-decision-missing', 'group-code-as-modifier']));
    for (const { severity, details, diagnostics, expression } of (answer.body as OperationOutcome).issue) {
      expect(severity).toMatch(/error|warning/);
      expect(details!.coding![0]!.system).toBe('https://cobalt.example/fhir/CodeSystem/scrub-rule');
      expect(diagnostics).toBeTruthy();
      expect(evaluatesTo(claim, expression![0]!), expression![0]).toBeDefined();
    }
  });

  test('what is not inline is looked up, and nothing is stored', async () => {
    await store(resourcesOf(bodyOf('D20')));
    const answer = await inline(derivedOf('D20'), [], asOfOf(bodyOf('D20')));
    expect(ids(answer)).toEqual(['nothing-found']);
    expect((await server.get(`Claim/${derivedOf('D20').id}`)).status).toBe(404);
  });

  test('what is nowhere is named, and does not stop the rest', async () => {
    const answer = await inline(derivedOf('D03'), []);
    expect(answer.status).toBe(200);
    expect(ids(answer)).toEqual(expect.arrayContaining(['coverage-unresolved', 'prior-decision-unresolved', 'patient-unresolved']));
  });
});

describe('instance level', () => {
  test('a claim as it is stored, with its chain', async () => {
    const claim = derivedOf('D01');
    await store([...resourcesOf(bodyOf('D01')), claim]);
    expect(ids(await server.get(`Claim/${claim.id}/$scrub?asOf=2026-03-05`))).toEqual(['nothing-found']);
    expect(ids(await server.get(`Claim/${claim.id}/$scrub?asOf=2027-03-05`))).toEqual(['filing-limit-passed']);
    expect(ids(await server.get('Claim/clm-lyndhurst-1/$scrub?asOf=2026-03-05'))).toContain('payer-decided-already');
  });

  test('the same services billed to the same payer by another claim, and a number that is taken', async () => {
    const claim = derivedOf('D01');
    const again = derivedOf('D01');
    delete again.related;
    await store([...resourcesOf(bodyOf('D01')), claim, { ...again, id: 'again' }]);
    expect(ids(await server.get(`Claim/${claim.id}/$scrub?asOf=2026-03-05`))).toEqual(expect.arrayContaining(['claim-duplicate', 'claim-number-reused']));
    await server.delete('Claim/again');
  });

  test('what is another patient’s, a decision that names this claim and a claim of the same number, is not taken for this one’s', async () => {
    const claim = derivedOf('D01');
    const [coverage, other] = [resourcesOf(bodyOf('D01')).find(({ resourceType }) => resourceType === 'Coverage'), { resourceType: 'Patient', id: 'other-patient' }] as [Coverage, Patient];
    const decision = resourcesOf(bodyOf('D01')).find(({ resourceType }) => resourceType === 'ClaimResponse') as ClaimResponse;
    const reference = { reference: 'Patient/other-patient' };
    await store([
      ...resourcesOf(bodyOf('D01')), claim, other,
      { ...coverage, id: 'of-another', beneficiary: reference, subscriber: reference, period: { start: '1990-01-01' } },
      { ...claim, id: 'of-another', patient: reference, related: [], insurance: [{ sequence: 1, focal: true, coverage: { reference: 'Coverage/of-another' } }] } as unknown as Claim,
      { ...decision, id: 'of-another', patient: reference, request: { reference: `Claim/${claim.id}` }, insurance: [{ sequence: 1, focal: true, coverage: { reference: claim.insurance[1]!.coverage.reference! } }] },
    ].map((resource) => JSON.parse(JSON.stringify(resource, (key, value: unknown) => (key === 'related' && Array.isArray(value) && value.length === 0 ? undefined : value))) as FhirResource));
    expect(ids(await server.get(`Claim/${claim.id}/$scrub?asOf=2026-03-05`))).toEqual(['claim-number-reused']);
    for (const type of ['ClaimResponse', 'Claim', 'Coverage']) await server.delete(`${type}/of-another`);
  });

  test('what the payer answered about eligibility counts', async () => {
    const claim = derivedOf('D01');
    await store([...resourcesOf(bodyOf('D01')), claim, {
      resourceType: 'CoverageEligibilityResponse', id: 'e', status: 'active', purpose: ['validation'], patient: claim.patient, created: '2026-02-01', request: { display: 'by telephone' }, outcome: 'complete',
      insurer: claim.insurer!, insurance: [{ coverage: claim.insurance[1]!.coverage, inforce: false }],
    }]);
    expect(ids(await server.get(`Claim/${claim.id}/$scrub?asOf=2026-03-05`))).toEqual(['eligibility-not-in-force']);
    await server.delete('CoverageEligibilityResponse/e');
  });
});

describe('wrong input', () => {
  const claim = (): Claim => derivedOf('D01');
  test.each([
    ['no claim', { resourceType: 'Parameters', parameter: [] }, 400],
    ['a claim that is none', { resourceType: 'Parameters', parameter: [{ name: 'claim', resource: { resourceType: 'Patient' } }] }, 400],
    ['a parameter that nobody knows', { resourceType: 'Parameters', parameter: [{ name: 'claim', resource: claim() }, { name: '__proto__', valueString: 'x' }] }, 400],
    ['a month instead of a date', { resourceType: 'Parameters', parameter: [{ name: 'claim', resource: claim() }, { name: 'asOf', valueDate: '2026-03' }] }, 422],
    ['a claim without insurance', { resourceType: 'Parameters', parameter: [{ name: 'claim', resource: { ...claim(), insurance: [] } }] }, 400],
  ])('%s is refused', async (_name, body, status) => {
    const answer = await server.post('Claim/$scrub', body);
    expect([answer.status, issuesOf(answer)[0]!.severity]).toEqual([status, 'error']);
  });

  test('odd values are answered, never a failure', async () => {
    const odd: Claim = {
      ...claim(), patient: { display: 'somebody' }, created: '2026', billablePeriod: { end: '2026' }, identifier: [{ value: '__proto__' }], related: [{ claim: { display: 'a claim' } }],
      item: [{ sequence: 1, productOrService: { text: '=1+1' }, servicedPeriod: { end: '2026-02' }, net: { value: 0.001 } }], insurance: [{ sequence: 4, focal: true, coverage: { display: 'a card' }, claimResponse: { reference: 'https://payer.example/ClaimResponse/1' } }],
    };
    const answer = await inline(odd, [{ ...odd, id: 'odd' }]);
    expect(answer.status, answer.text).toBe(200);
    expect(ids(answer)).toEqual(expect.arrayContaining(['charge-inexact', 'coverage-unresolved']));
  });

  test('a claim that is not there is 404', async () => expect((await server.get('Claim/none/$scrub')).status).toBe(404));
});

describe('what is derived for the demo clinic', () => {
  /** What a person has to look at all the same. */
  const EXPECTED: Readonly<Record<string, string>> = { 'clm-netherby-1': 'filing-limit-near' };
  let clinic: TestServer;
  beforeAll(async () => {
    clinic = await startTestServer({ seed: 'demo', now: () => new Date(`${AS_OF}T12:00:00Z`) });
  });
  afterAll(() => clinic.close());

  test.each(scenarios.filter(({ reason }) => reason === 'derived').map(({ claim }) => [claim]))('%s', async (reference) => {
    const derived = (await clinic.post(`${reference}/$derive-secondary`, { resourceType: 'Parameters', parameter: [{ name: 'asOf', valueDate: AS_OF }] })).body as Parameters;
    const claim = derived.parameter!.find(({ name }) => name === 'claim')!.resource!;
    const answer = await clinic.post('Claim/$scrub', { resourceType: 'Parameters', parameter: [{ name: 'claim', resource: claim }, { name: 'asOf', valueDate: AS_OF }] });
    expect(ids(answer), answer.text).toEqual([EXPECTED[reference.slice('Claim/'.length)] ?? 'nothing-found']);
  });
});
