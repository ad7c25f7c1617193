import type { Bundle, Claim, ClaimResponse, FhirResource, Parameters, ParametersParameter } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toBasic } from '../../src/claims/ledger/entry.js';
import { centsOf } from '../../src/claims/money.js';
import { again, draftAfter, put } from '../work/submission/clinic.js';
import { issuesOf, startTestServer, type Answer, type TestServer } from '../http/server.js';
import { AS_OF, bundles, scenarios } from '../seed/seed.js';

interface Row {
  readonly claim: string;
  readonly coverage: string;
  readonly residual: string;
  readonly deadline: string | undefined;
  readonly passed: boolean;
  readonly patientBilled: boolean;
}

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ now: () => new Date(`${AS_OF}T12:00:00Z`) });
  for (const [, bundle] of bundles) expect((await server.post('', bundle)).status).toBe(200);
});
afterAll(() => server.close());

const ask = (...parameter: ParametersParameter[]): Promise<Answer> => server.post('Claim/$missed-secondary', parameter.length > 0 ? { resourceType: 'Parameters', parameter } : undefined);
const one = (parameters: readonly ParametersParameter[] | undefined, name: string): ParametersParameter | undefined => parameters?.find((each) => each.name === name);

function read({ body, status, text }: Answer): { rows: Row[]; total: string; count: number } {
  expect(status, text).toBe(200);
  const parameters = (body as Parameters).parameter ?? [];
  return {
    rows: parameters.filter(({ name }) => name === 'missed').map(({ part }) => ({
      claim: one(part, 'claim')!.valueReference!.reference!.slice('Claim/'.length),
      coverage: one(part, 'coverage')!.valueReference!.reference!.slice('Coverage/'.length),
      residual: one(part, 'residual')!.valueMoney!.value!.toFixed(2),
      deadline: one(part, 'deadline')?.valueDate,
      passed: one(part, 'passed')!.valueBoolean!,
      patientBilled: one(part, 'patientBilled')!.valueBoolean!,
    })),
    total: one(parameters, 'total')!.valueMoney!.value!.toFixed(2),
    count: one(parameters, 'count')!.valueUnsignedInt!,
  };
}
const missed = async (...parameter: ParametersParameter[]) => read(await ask(...parameter));
/** What is missed of one patient of the seed, or of a copy. */
const missedOf = async (name: string, ...parameter: ParametersParameter[]): Promise<Row[]> => (await missed(...parameter)).rows.filter(({ claim }) => claim.startsWith(`clm-${name}-`));
const resource = async <T extends FhirResource>(reference: string): Promise<T> => (await server.get(reference)).body as T;

/** A copy of a patient whose claim is missed, with its own names. */
let copies = 0;
const family = async (seed: string): Promise<{ name: string; of: (id: string) => string }> => {
  const suffix = `m${++copies}`;
  return { of: await again(server, seed, suffix), name: `${seed}-${suffix}` };
};

describe('on the demo clinic', () => {
  test('every claim of the table that has a next payer and was not sent, the most urgent first', async () => {
    const { rows, total, count } = await missed();
    const derivable = scenarios.filter(({ next }) => next);
    for (const { next } of derivable) expect(rows).toContainEqual(expect.objectContaining({ coverage: next!.coverage.slice('Coverage/'.length), deadline: next!.deadline, passed: false, patientBilled: false }));
    const others = rows.filter(({ coverage }) => !derivable.some(({ next }) => next!.coverage === `Coverage/${coverage}`));
    expect(others.map(({ claim, passed }) => [claim, passed]).sort()).toEqual([['clm-quillfeather-1', true], ['clm-rookwood-1', false]]);
    expect(rows.map(({ deadline }) => deadline)).toEqual(rows.map(({ deadline }) => deadline).sort());
    expect([count, total]).toEqual([rows.length, (rows.reduce((sum, { residual }) => sum + Math.round(Number(residual) * 100), 0) / 100).toFixed(2)]);
  });

  test('the chain is passed on by its last decided claim', async () => {
    expect((await missedOf('lindqvist')).map(({ claim, coverage }) => [claim, coverage])).toEqual([['clm-lindqvist-2', 'cov-lindqvist-retiree']]);
  });

  test('asOf moves what has passed', async () => {
    expect((await missedOf('netherby'))[0]).toMatchObject({ deadline: '2026-11-29', passed: false, residual: '143.20' });
    expect((await missedOf('netherby', { name: 'asOf', valueDate: '2026-11-29' }))[0]!.passed).toBe(false);
    expect((await missedOf('netherby', { name: 'asOf', valueDate: '2026-11-30' }))[0]!.passed).toBe(true);
  });

  test('a forwarded claim is missed only when its wait is over', async () => {
    const decided = (await resource<ClaimResponse>('ClaimResponse/cr-birchall-1')).payment!.date!;
    expect(await missedOf('birchall', { name: 'asOf', valueDate: decided })).toEqual([]);
    expect((await missedOf('birchall', { name: 'asOf', valueDate: '2027-03-01' })).map(({ coverage }) => coverage)).toEqual(['cov-birchall-medigap']);
  });

  test.each<[string, ParametersParameter[], string[]]>([
    ['a period of service', [{ name: 'period', valuePeriod: { start: '2026-05', end: '2026-05' } }], ['clm-netherby-1']],
    ['a period of service, to the day', [{ name: 'period', valuePeriod: { start: '2026-05-11', end: '2026-05-11' } }], ['clm-netherby-1']],
    ['a period that is over the day before', [{ name: 'period', valuePeriod: { end: '2025-12-08' } }], []],
    ['a period that has only a beginning', [{ name: 'period', valuePeriod: { start: '2026-10-20' } }], ['clm-jardine-1']],
    ['a pair of coverages', [{ name: 'payerPair', part: [{ name: 'prior', valueReference: { reference: 'Coverage/cov-kestrel-medicare' } }, { name: 'next', valueReference: { reference: 'Coverage/cov-kestrel-medicaid' } }] }], ['clm-kestrel-1']],
    ['a pair of payers', [{ name: 'payerPair', part: [{ name: 'prior', valueReference: { reference: 'Organization/payer-northgate-medicare' } }, { name: 'next', valueReference: { reference: 'Organization/payer-arroyo-medicaid' } }] }], ['clm-kestrel-1']],
    ['a pair that nothing lies between', [{ name: 'payerPair', part: [{ name: 'prior', valueReference: { reference: 'Organization/none' } }] }], []],
  ])('%s', async (_title, parameters, expected) => expect((await missed(...parameters)).rows.map(({ claim }) => claim)).toEqual(expected));

  test('by GET', async () => expect(read(await server.get('Claim/$missed-secondary?asOf=2026-11-22')).count).toBeGreaterThan(10));

  test('again: nothing is written', async () => {
    const versions = async (): Promise<number> => ((await server.get('_history?_count=1')).body as Bundle).total!;
    await missed();
    await missed();
    const before = await versions();
    await missed();
    expect(await versions()).toBe(before);
  });
});

describe('what changes the answer', () => {
  test('a draft does not, the claim that was sent does', async () => {
    const { name, of } = await family('ashdown');
    const draft = await draftAfter(server, of('clm-ashdown-1'));
    expect(await missedOf(name)).toHaveLength(1);
    await put(server, { ...draft, status: 'active' });
    expect(await missedOf(name)).toEqual([]);
    await put(server, { ...draft, status: 'cancelled' });
    expect(await missedOf(name)).toHaveLength(1);
  });

  test('a reversal, and the correction', async () => {
    const { name, of } = await family('ashdown');
    const decision = await resource<ClaimResponse>(`ClaimResponse/${of('cr-ashdown-1')}`);
    await put(server, { ...decision, status: 'cancelled' });
    expect(await missedOf(name)).toEqual([]);
    await put(server, { ...decision, id: of('cr-ashdown-2') });
    expect(await missedOf(name)).toHaveLength(1);
  });

  test('a coverage that ends, begins, and is deleted', async () => {
    const { name, of } = await family('ashdown');
    const coverage = await resource(`Coverage/${of('cov-ashdown-medicaid')}`);
    await put(server, { ...coverage, period: { end: '2026-01-01' } } as FhirResource);
    expect(await missedOf(name)).toEqual([]);
    await put(server, coverage);
    expect(await missedOf(name)).toHaveLength(1);
    expect((await server.delete(`Coverage/${of('cov-ashdown-medicaid')}`)).status).toBe(204);
    expect(await missedOf(name)).toEqual([]);
  });

  test('the rules of the payer move the deadline', async () => {
    const { name, of } = await family('netherby');
    const claim = (await missedOf(name))[0]!;
    const payer = (await resource<Claim & { payor: { reference: string }[] }>(`Coverage/${claim.coverage}`)).payor[0]!.reference;
    const organization = await resource(payer);
    const plain = Object.fromEntries(Object.entries(organization).filter(([key]) => key !== 'extension')) as unknown as FhirResource;
    await put(server, plain);
    expect((await missedOf(name))[0]!.deadline).not.toBe(claim.deadline);
    await put(server, organization);
    expect((await missedOf(name))[0]!.deadline).toBe(claim.deadline);
    expect(of('clm-netherby-1')).toBe(claim.claim);
  });

  test('the claim is deleted', async () => {
    const { name, of } = await family('ashdown');
    expect(await missedOf(name)).toHaveLength(1);
    await server.delete(`ClaimResponse/${of('cr-ashdown-1')}`);
    await server.delete(`Claim/${of('clm-ashdown-1')}`);
    expect(await missedOf(name)).toEqual([]);
  });
});

describe('whether the patient was asked to pay', () => {
  const patient = (of: (id: string) => string) => ({ reference: `Patient/${of('pat-ashdown')}` });
  test.each<[string, (of: (id: string) => string) => FhirResource, boolean]>([
    ['an Invoice after the decision', (of) => ({ resourceType: 'Invoice', id: of('ashdown-invoice'), status: 'issued', subject: patient(of), date: '2026-11-01' }), true],
    ['a draft of an Invoice', (of) => ({ resourceType: 'Invoice', id: of('ashdown-invoice'), status: 'draft', subject: patient(of), date: '2026-11-01' }), false],
    ['an Invoice from before the decision', (of) => ({ resourceType: 'Invoice', id: of('ashdown-invoice'), status: 'issued', subject: patient(of), date: '2026-01-01' }), false],
    ['a Communication to the patient about the claim', (of) => ({ resourceType: 'Communication', id: of('ashdown-letter'), status: 'completed', subject: patient(of), recipient: [patient(of)], about: [{ reference: `Claim/${of('clm-ashdown-1')}` }] }), true],
    ['a Communication to the payer about the claim', (of) => ({ resourceType: 'Communication', id: of('ashdown-letter'), status: 'completed', subject: patient(of), recipient: [{ reference: 'Organization/payer-harborlight' }], about: [{ reference: `Claim/${of('clm-ashdown-1')}` }] }), false],
    ['a transfer on the ledger', (of) => toBasic({
      id: of('ashdown-entry'), code: 'transfer-to-patient', amount: centsOf(5_470), account: 'Account/a', root: `Claim/${of('clm-ashdown-1')}`, place: of('place'), source: `ClaimResponse/${of('cr-ashdown-1')}`, created: AS_OF,
    }), true],
  ])('%s: %#', async (_title, make, billed) => {
    const { name, of } = await family('ashdown');
    expect((await missedOf(name))[0]!.patientBilled).toBe(false);
    await put(server, make(of));
    expect((await missedOf(name))[0]!.patientBilled).toBe(billed);
  });
});

describe('at the same time', () => {
  test('whoever asks sees what was stored before', async () => {
    const { name, of } = await family('ashdown');
    const decision = await resource<ClaimResponse>(`ClaimResponse/${of('cr-ashdown-1')}`);
    for (let round = 0; round < 5; round++) {
      await put(server, { ...decision, status: 'cancelled' });
      const asked = Array.from({ length: 4 }, () => missedOf(name));
      expect(await Promise.all(asked)).toEqual([[], [], [], []]);
      await put(server, decision);
      expect((await Promise.all(Array.from({ length: 4 }, () => missedOf(name)))).map(({ length }) => length)).toEqual([1, 1, 1, 1]);
    }
  });
});

describe('input that is refused', () => {
  test.each<[string, ParametersParameter, RegExp]>([
    ['an unknown parameter', { name: 'as-of', valueDate: '2026-01-01' }, /not known/],
    ['a date of another type', { name: 'asOf', valueString: 'today' }, /takes valueDate/],
    ['a pair without parts', { name: 'payerPair', part: [{ name: 'first', valueString: 'x' }] }, /not known/],
  ])('%s', async (_title, parameter, text) => {
    const answer = await ask(parameter);
    expect(answer.status).toBe(400);
    expect(issuesOf(answer)[0]!.details!.text).toMatch(text);
  });
});
