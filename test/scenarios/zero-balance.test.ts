import type { Account, Basic, Bundle, Claim, ClaimResponse, CommunicationRequest, Coverage, FhirResource, Invoice, Parameters, ParametersParameter, PaymentReconciliation, Task } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { balancesOf } from '../../src/claims/ledger/balances.js';
import { readEntry } from '../../src/claims/ledger/entry.js';
import { startPayer, type RunningPayer } from '../../src/payer/server.js';
import { claimResponse, type ShortRow } from '../claims/decisions.js';
import { startTestServer, type Answer, type TestServer } from '../http/server.js';
import { AS_OF, bundles, ofType, remittanceOf, scenarios } from '../seed/seed.js';
import { found, put, submit, verified, withMember } from '../work/submission/clinic.js';

/**
 * Every patient of the demo clinic goes on to a balance of zero, over HTTP alone: the next payers answer, what is in
 * question is settled, what the provider bears is written off with its reason, what is left is stated and paid.
 */
let server: TestServer;
let payer: RunningPayer;
beforeAll(async () => {
  const now = (): Date => new Date(`${AS_OF}T12:00:00Z`);
  payer = await startPayer({ host: '127.0.0.1', port: 0, delayMs: 0, now });
  server = await startTestServer({ now, automation: true });
  for (const [file, bundle] of bundles) {
    expect((await server.post('', bundle)).status).toBe(200);
    const remittance = remittanceOf(file.replace('.json', ''));
    if (remittance) expect((await server.post('$import-835', remittance.toString('utf8'), { 'Content-Type': 'application/edi-x12' })).status).toBe(200);
  }
  await put(server, { ...ofType('Endpoint')[0]!, address: payer.base });
  await server.drain();
});
afterAll(async () => {
  await server.close();
  await payer.close();
});

/** Something that happens to a patient, by the name in the ids of the seed. */
type Step = (name: string) => Promise<void>;

const parameters = (...parameter: ParametersParameter[]): Parameters => ({ resourceType: 'Parameters', parameter });
const read = async <T extends FhirResource>(reference: string): Promise<T> => (await server.get(reference)).body as T;
const openTasks = (name: string, code: string): Promise<Task[]> => found<Task>(server, `Task?patient=Patient/pat-${name}&code=${code}&status=ready,in-progress,on-hold`);
const complete = (task: Task): Promise<void> => put(server, { ...task, status: 'completed', owner: { reference: 'Practitioner/biller-renwick' }, executionPeriod: { start: AS_OF, end: AS_OF } });

/** The draft to the next payer is checked, sent, and answered; the payer does what the end of the member's number says. */
const nextPayer = (suffix?: string): Step => async (name) => {
  const drafts = (await found<Claim>(server, `Claim?patient=Patient/pat-${name}&status=draft`)).filter(({ extension = [] }) => !extension.some(({ url }) => url.endsWith('/stale')));
  expect(drafts).toHaveLength(1);
  const coverage = drafts[0]!.insurance.find(({ focal }) => focal)!.coverage.reference!.slice('Coverage/'.length);
  if (suffix !== undefined) await withMember(server, coverage, suffix);
  await verified({ server, today: () => AS_OF }, `pat-${name}`, coverage);
  const answer = await submit(server, drafts[0]!.id!);
  expect([answer.status, answer.body.resourceType], answer.text).toEqual([200, 'ClaimResponse']);
  await server.drain();
};

/** A payer answers that has had the claim from elsewhere: it was sent before, forwarded, or went on paper. `order`: the how manieth payer it is. */
const answers = (order: 1 | 2, coverage: string, ...lines: readonly (readonly ShortRow[])[]): Step => async (name) => {
  const { payor } = await read<Coverage>(`Coverage/${coverage}`);
  const decision = claimResponse({ id: `cr-${name}-next`, lines, eraStatus: String(order), date: AS_OF, coverage: `Coverage/${coverage}`, insurer: payor[0]!.reference!, number: `NEXT-${name}` });
  delete decision.adjudication;
  await put(server, { ...decision, patient: { reference: `Patient/pat-${name}` }, request: { reference: `Claim/clm-${name}-1` } } as ClaimResponse);
  await server.drain();
};

/** Somebody answers how many employees the employer has. */
const employerSize = (coverage: string, size: number): Step => async (name) => {
  const stored = await read<Coverage>(`Coverage/${coverage}`);
  const extension = stored.extension!.map((each) => (each.url.endsWith('/employment') ? { ...each, extension: [...each.extension!.filter(({ url }) => url !== 'employerSize'), { url: 'employerSize', valuePositiveInt: size }] } : each));
  await put(server, { ...stored, extension });
  const [task] = await openTasks(name, 'verify-cob');
  await complete(task!);
  await server.drain();
};

/** The refusal is appealed; while the appeal is open the patient is told nothing and asked for nothing; the payer upholds it. */
const appealInVain = (argument: string): Step => async (name) => {
  expect((await server.post(`Claim/clm-${name}-1/$appeal`, parameters({ name: 'level', valuePositiveInt: 1 }, { name: 'argument', valueString: argument }))).status).toBe(200);
  expect((await state(name)).holds).toEqual([expect.stringContaining('open-appeal')]);
  const [task] = await openTasks(name, 'appeal');
  await complete(task!);
  await server.drain();
};

async function state(name: string): Promise<{ readonly invoice: Invoice | undefined; readonly document: string | undefined; readonly holds: (string | undefined)[] }> {
  const answer = await server.post(`Patient/pat-${name}/$statement`, undefined);
  expect(answer.status, answer.text).toBe(200);
  const { parameter = [] } = answer.body as Parameters;
  return {
    invoice: parameter.find((each) => each.name === 'invoice')?.resource as Invoice | undefined,
    document: parameter.find((each) => each.name === 'document')?.valueReference?.reference,
    holds: parameter.filter((each) => each.name === 'hold').map(({ part = [] }) => part.find((each) => each.name === 'reason')?.valueString),
  };
}

const settle = (name: string, ...parameter: ParametersParameter[]): Promise<Answer> => server.post(`Claim/clm-${name}-1/$resolve-balance`, parameters({ name: 'apply', valueBoolean: true }, ...parameter));
const writeOffsIn = (answer: Answer): { readonly of: string; readonly amount: number; readonly waits: boolean }[] => {
  expect(answer.status, answer.text).toBe(200);
  return (answer.body as Parameters).parameter!.filter(({ name }) => name === 'writeOff').map(({ part = [] }) => {
    const one = (name: string): ParametersParameter => part.find((each) => each.name === name)!;
    return { of: one('class').valueCode!, amount: one('amount').valueMoney!.value!, waits: one('needsApproval').valueBoolean! };
  });
};
const approved = (of: string, reason: string): ParametersParameter[] => [
  { name: 'writeOffClass', valueCode: of }, { name: 'reason', valueString: reason },
  ...['Practitioner/biller-renwick', 'Practitioner/dr-amaro'].map((reference) => ({ name: 'approvedBy', valueReference: { reference } })),
];
async function balance(name: string): Promise<{ readonly account: Account; readonly total: number; readonly patient: number; readonly payers: number }> {
  const [account] = await found<Account>(server, `Account?subject=Patient/pat-${name}`);
  const { total, patient, payers } = balancesOf((await found<Basic>(server, `Basic?subject=Account/${account!.id}&_count=1000`)).flatMap((basic) => readEntry(basic) ?? []));
  return { account: account!, total, patient, payers };
}
const payment = (name: string, value: number): PaymentReconciliation => ({
  resourceType: 'PaymentReconciliation', id: `paid-${name}`, status: 'active', created: AS_OF, paymentDate: AS_OF, paymentAmount: { value, currency: 'USD' },
  detail: [{ type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/payment-type', code: 'payment' }] }, request: { reference: `Claim/clm-${name}-1` }, amount: { value, currency: 'USD' } }],
});

interface Story {
  readonly steps: readonly Step[];
  /** What is the patient's after the last payer, in dollars. */
  readonly owes: number;
  /** What law and contract take off, beyond the first payer's price; and what people approve. */
  readonly writeOff?: Readonly<Record<string, number>>;
  /** The class in which what the patient owes is given up; otherwise it is paid. */
  readonly givenUp?: string;
}

const STORIES: Readonly<Record<string, Story>> = {
  ashdown: { steps: [nextPayer('PART')], owes: 0, writeOff: { 'medicaid-lesser': 10.94 } },
  birchall: { steps: [answers(2, 'cov-birchall-medigap', [['submitted', 160], ['benefit', 18.43], ['OA-23', 141.57]], [['submitted', 245], ['benefit', 14.16], ['OA-23', 230.84]])], owes: 0 },
  calloway: { steps: [nextPayer('PART')], owes: 18.35 },
  dunmore: { steps: [nextPayer()], owes: 0 },
  ellery: { steps: [nextPayer('DENYPR204')], owes: 29.48 },
  fairbourne: { steps: [answers(1, 'cov-fairbourne-mother', [['submitted', 160], ['benefit', 80], ['CO-45', 60], ['PR-2', 20]], [['submitted', 38], ['benefit', 20], ['CO-45', 10], ['PR-1', 8]]), nextPayer('PART')], owes: 5.6 },
  garrick: { steps: [employerSize('cov-garrick-own', 240), nextPayer('PART')], owes: 5.44 },
  hollis: { steps: [nextPayer('DENYCO29')], owes: 0, writeOff: { 'timely-filing': 125.5 } },
  ibbotson: { steps: [], owes: 0 },
  jardine: { steps: [nextPayer('PART')], owes: 32.4 },
  kestrel: { steps: [nextPayer('PART')], owes: 0, writeOff: { qmb: 5.04 } },
  lindqvist: { steps: [nextPayer('DENYPR96')], owes: 25.21, writeOff: { 'secondary-allowed': 12.72 }, givenUp: 'charity' },
  moresby: { steps: [], owes: 11.3 },
  netherby: { steps: [nextPayer('PART')], owes: 28.64 },
  oakhanger: { steps: [nextPayer(), appealInVain('The plan authorized the study by telephone on October 6, 2026.')], owes: 0, writeOff: { administrative: 980 } },
  pemberley: { steps: [nextPayer('DENYPR1')], owes: 101, givenUp: 'bad-debt' },
  quillfeather: { steps: [], owes: 0, writeOff: { 'timely-filing': 168 } },
  rookwood: { steps: [answers(2, 'cov-rookwood-spouse', [['submitted', 160], ['benefit', 30], ['OA-23', 120], ['PR-3', 10]], [['submitted', 46], ['benefit', 3.56], ['OA-23', 42.44]])], owes: 10 },
  sedgemoor: { steps: [nextPayer('PART'), nextPayer('PART')], owes: 1.56 },
};

test('every patient of the seed has a story', () => expect(Object.keys(STORIES)).toEqual(scenarios.map(({ file }) => file.slice(3))));

describe.each(Object.entries(STORIES))('%s', (name, { steps, owes, writeOff = {}, givenUp }) => {
  test('goes on to a balance of zero', async () => {
    for (const step of steps) {
      expect((await state(name)).invoice, 'nothing is billed before the last payer').toBeUndefined();
      await step(name);
    }
    const proposed = writeOffsIn(await settle(name)).filter(({ of }) => of !== 'contractual');
    expect(Object.fromEntries(proposed.map(({ of, amount }) => [of, amount]))).toEqual(writeOff);
    for (const { of } of proposed.filter(({ waits }) => waits)) writeOffsIn(await settle(name, ...approved(of, 'what led to it was looked into')));

    const { invoice, document, holds } = await state(name);
    expect([holds, invoice?.totalNet?.value, (await balance(name)).patient]).toEqual([[], owes === 0 ? undefined : owes, Math.round(owes * 100)]);
    if (owes > 0) {
      expect(await found<CommunicationRequest>(server, `CommunicationRequest?subject=Patient/pat-${name}&status=active`)).toMatchObject([{ payload: [{ contentReference: { reference: document } }] }]);
      if (givenUp === undefined) await put(server, payment(name, owes));
      else writeOffsIn(await settle(name, ...approved(givenUp, 'the patient’s situation was looked into')));
      await server.drain();
      expect((await state(name)).invoice).toMatchObject({ status: 'balanced', totalNet: { value: 0 } });
    }

    const { account, ...left } = await balance(name);
    expect(left).toEqual({ total: 0, patient: 0, payers: 0 });
    for (const task of await openTasks(name, 'resolve-balance')) await complete(task);
    await put(server, { ...account, status: 'inactive' });
    expect((await found<Bundle>(server, `Claim?patient=Patient/pat-${name}&status=draft`)).length).toBe(0);
  });
});
