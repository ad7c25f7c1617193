import { readFileSync } from 'node:fs';
import type { Bundle, Claim, ClaimResponse, Parameters, ParametersParameter, PaymentReconciliation } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inProject } from '../../src/root.js';
import { startTestServer, type TestServer } from '../http/server.js';
import { brokenInvariants } from '../profiles/constraints.js';
import { misplacedExtensions } from '../profiles/extension-use.js';
import { AS_OF, bundles, scenarios } from './seed.js';

/** The server as it starts on an empty store answers each row of `seed/README.md` as the row says. */
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ seed: 'demo', now: () => new Date(`${AS_OF}T12:00:00Z`) });
});
afterAll(() => server.close());

async function call(path: string, ...parameter: ParametersParameter[]): Promise<ParametersParameter[]> {
  const { status, body } = await server.post(path, { resourceType: 'Parameters', parameter });
  expect(status).toBe(200);
  return (body as Parameters).parameter ?? [];
}
const named = (parameters: readonly ParametersParameter[] | undefined, name: string): ParametersParameter[] => (parameters ?? []).filter((parameter) => parameter.name === name);
const one = (parameters: readonly ParametersParameter[] | undefined, name: string): ParametersParameter | undefined => named(parameters, name)[0];

it('posting a Bundle again makes nothing twice, and changes nothing', async () => {
  for (const [file] of bundles) {
    const post = async (): Promise<string[]> => {
      const { status, body } = await server.post('', readFileSync(inProject('seed', file), 'utf8'));
      expect(status).toBe(200);
      return ((body as Bundle).entry ?? []).map(({ response }) => `${response?.status} ${response?.location}`);
    };
    const first = await post();
    expect(first.filter((each) => !each.startsWith('200'))).toEqual([]);
    expect(await post()).toEqual(first);
  }
});

it('its remittance is posted: a payment, and a decision that answers every line of the claim', async () => {
  const { body: payments } = await server.get('PaymentReconciliation');
  expect((payments as Bundle).entry?.map(({ resource }) => (resource as PaymentReconciliation).paymentAmount.value)).toEqual([121]);
  const { body: decisions } = await server.get('ClaimResponse?request=Claim/clm-moresby-1');
  expect((decisions as Bundle).entry?.map(({ resource }) => (resource as ClaimResponse).item?.map(({ itemSequence }) => itemSequence))).toEqual([[1, 2]]);
  expect(((await server.get('Task')).body as Bundle).entry ?? []).toEqual([]);
});

describe.each(scenarios.map((scenario) => [scenario.file, scenario.shows, scenario] as const))('%s: %s', (_file, _shows, scenario) => {
  it('has the order of benefits of its row', async () => {
    const answer = await call(
      `${scenario.patient}/$cob-order`,
      { name: 'date', valueDate: scenario.date }, { name: 'benefitType', valueCode: scenario.benefitType }, { name: 'relatedCause', valueCode: scenario.relatedCause },
    );
    expect(one(answer, 'status')?.valueCode).toBe(scenario.missing ? 'needs-human' : 'determined');
    expect(named(answer, 'ranked').map(({ part }) => ({ coverage: one(part, 'coverage')?.valueReference?.reference, rule: one(part, 'rule')?.valueCode }))).toEqual(scenario.order);
    expect(named(answer, 'excluded')).toEqual([]);
    const asked = named(answer, 'missing').map(({ part }) => ({ rule: one(part, 'rule')?.valueCode, isFact: one(part, 'expression')?.valueString?.includes(scenario.missing?.fact ?? '\0') }));
    expect(asked).toEqual(scenario.missing ? [{ rule: scenario.missing.rule, isFact: true }] : []);
  });

  /** What goes on the form, where the payer takes it on paper only (18-rookwood). */
  const ON_PAPER = { coverage: 'Coverage/cov-rookwood-spouse', residual: '43.56', deadline: expect.stringMatching(/^20\d\d-\d\d-\d\d$/) as string };

  it('has the next claim of its row', async () => {
    const answer = await call(`${scenario.claim}/$derive-secondary`, { name: 'asOf', valueDate: AS_OF });
    expect(one(answer, 'reason')?.valueCode).toBe(scenario.reason);
    const claim = one(answer, 'claim')?.resource as Claim | undefined;
    expect(claim && {
      coverage: claim.insurance.find(({ focal }) => focal)?.coverage.reference,
      residual: one(answer, 'residual')?.valueMoney?.value?.toFixed(2),
      deadline: one(answer, 'deadline')?.valueDate,
    }).toEqual(scenario.reason === 'payer-paper-only' ? ON_PAPER : scenario.next);
    expect(claim ? [...brokenInvariants(claim), ...misplacedExtensions(claim)] : []).toEqual([]);
  });
});
