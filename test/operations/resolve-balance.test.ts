import type { Account, Basic, Claim, ClaimResponse, FhirResource, PaymentReconciliation, Provenance, Task } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { balancesOf } from '../../src/claims/ledger/balances.js';
import { readEntry } from '../../src/claims/ledger/entry.js';
import type { ShortDecision, ShortRow } from '../claims/decisions.js';
import { issuesOf, startTestServer, type Answer, type TestServer } from '../http/server.js';
import { all, decided, store, TODAY, visit, type VisitChange } from '../work/automation/visit.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ automation: true, now: () => new Date(`${TODAY}T12:00:00Z`) });
  await store(server, ['ann', 'bob'].map((id): FhirResource => ({ resourceType: 'Practitioner', id, name: [{ family: id }] })));
});
afterAll(() => server.close());

let last = 0;
const ONE_PLAN: VisitChange = { second: 'none' };
/** A new patient with a claim of 100.00 and 60.00, and what was decided about it. */
async function arrive(decision: ShortDecision | undefined, change: VisitChange = ONE_PLAN): Promise<string> {
  const key = `b${++last}`;
  await store(server, [...visit(key, change), ...(decision ? [decided(key, decision)] : [])]);
  await server.drain();
  return key;
}
const lines = (first: readonly ShortRow[], second: readonly ShortRow[]): ShortDecision => ({ lines: [[['submitted', 100], ...first], [['submitted', 60], ...second]] });
const USUAL = lines([['benefit', 50], ['CO-45', 30], ['PR-2', 20]], [['benefit', 48], ['PR-1', 12]]);

interface Asked {
  readonly writeOffClass?: string;
  readonly reason?: string;
  readonly approvedBy?: readonly string[];
}
const resolve = (key: string): Promise<Answer> => server.post(`Claim/${key}-c/$resolve-balance`, undefined);
const apply = (key: string, { writeOffClass, reason, approvedBy = [] }: Asked = {}): Promise<Answer> =>
  server.post(`Claim/${key}-c/$resolve-balance`, {
    resourceType: 'Parameters',
    parameter: [
      { name: 'apply', valueBoolean: true },
      ...(writeOffClass === undefined ? [] : [{ name: 'writeOffClass', valueCode: writeOffClass }]),
      ...(reason === undefined ? [] : [{ name: 'reason', valueString: reason }]), ...approvedBy.map((reference) => ({ name: 'approvedBy', valueReference: { reference } })),
    ],
  });

interface Parameter { readonly name: string; readonly valueMoney?: { value: number }; readonly valueReference?: { reference: string }; readonly part?: readonly (Parameter & Record<string, unknown>)[]; readonly resource?: FhirResource }
const parameters = (answer: Answer): Parameter[] => {
  expect(answer.status, answer.text).toBe(200);
  return (answer.body as { parameter: Parameter[] }).parameter;
};
const owes = (answer: Answer): number | undefined => parameters(answer).find(({ name }) => name === 'patientOwes')?.valueMoney?.value;
const part = (parameter: Parameter, name: string): unknown => Object.entries(parameter.part?.find((one) => one.name === name) ?? {}).find(([key]) => key.startsWith('value'))?.[1];
const writeOffs = (answer: Answer): unknown[] => parameters(answer).filter(({ name }) => name === 'writeOff').map((row) => [part(row, 'class'), (part(row, 'amount') as { value: number }).value, part(row, 'billable'), part(row, 'needsApproval')]);
const hold = (answer: Answer): string | undefined => parameters(answer).filter(({ name }) => name === 'hold').map((row) => part(row, 'reason') as string)[0];

const accountOf = async (key: string): Promise<Account[]> => all<Account>(server, `Account?subject=Patient/${key}-p`);
async function ledger(key: string): Promise<Basic[]> {
  const [account] = await accountOf(key);
  return account ? all<Basic>(server, `Basic?subject=Account/${account.id}`) : [];
}
const balances = async (key: string) => balancesOf((await ledger(key)).flatMap((basic) => readEntry(basic) ?? []));
const codes = async (key: string): Promise<unknown[]> => (await ledger(key)).flatMap((basic) => readEntry(basic) ?? []).map(({ code, amount, line }) => `${code} ${amount / 100} ${line ?? ''}`.trim()).sort();
const openTasks = (key: string, code: string): Promise<Task[]> => all<Task>(server, `Task?patient=Patient/${key}-p&code=${code}&status=ready`);

describe('posting', () => {
  it('a reviewed decision is posted by line, with the account of the patient; what is left is not the patient’s yet', async () => {
    const key = await arrive(USUAL);
    expect(await codes(key)).toEqual(['charge 100 1', 'charge 60 2', 'contractual-adjustment -30 1', 'payer-payment -48 2', 'payer-payment -50 1'].sort());
    expect(await balances(key)).toEqual({ total: 3_200, patient: 0, payers: 3_200, refundDue: 0 });
    expect(await accountOf(key)).toMatchObject([{ status: 'active', subject: [{ reference: `Patient/${key}-p` }], coverage: [{ coverage: { reference: `Coverage/${key}-first` }, priority: 1 }] }]);
  });

  it('again, and in another version that says the same: nothing more', async () => {
    const key = await arrive(USUAL);
    const before = await ledger(key);
    await server.put(`ClaimResponse/${key}-d1`, { ...decided(key, USUAL), disposition: 'Paid' });
    await server.drain();
    expect(await ledger(key)).toEqual(before);
  });

  it('what a payer takes back is answered by counter-entries, and posted anew when it decides anew', async () => {
    const key = await arrive(USUAL);
    await server.put(`ClaimResponse/${key}-d1`, { ...decided(key, USUAL), status: 'cancelled' });
    await server.drain();
    expect(await balances(key)).toMatchObject({ total: 16_000, patient: 0 });
    await store(server, [{ ...decided(key, lines([['benefit', 60], ['CO-45', 30], ['PR-2', 10]], [['benefit', 60]])), id: `${key}-d2` }]);
    await server.drain();
    expect(await balances(key)).toMatchObject({ total: 1_000 });
    expect((await ledger(key)).filter(({ code }) => code.coding?.[0]?.code === 'reversal')).toHaveLength(3);
  });

  const remitted = (key: string, amount: number, paymentAmount = amount): PaymentReconciliation => ({
    resourceType: 'PaymentReconciliation', id: `${key}-r`, status: 'active', created: TODAY, paymentDate: TODAY, paymentAmount: { value: paymentAmount, currency: 'USD' }, paymentIssuer: { reference: `Organization/${key}-first-payer` },
    detail: [{ type: { coding: [{ code: 'payment' }] }, request: { reference: `Claim/${key}-c` }, response: { reference: `ClaimResponse/${key}-d1` }, amount: { value: amount, currency: 'USD' } }],
  });

  it('a remittance that pays what was decided changes nothing; one that pays another amount takes it off the ledger and asks people', async () => {
    const key = await arrive(USUAL);
    const before = await ledger(key);
    await store(server, [remitted(key, 98)]);
    await server.drain();
    expect(await ledger(key)).toEqual(before);
    await store(server, [remitted(key, 97)]);
    await server.drain();
    expect(await balances(key)).toMatchObject({ total: 16_000, patient: 0 });
    expect(await openTasks(key, 'post-payment')).toMatchObject([{ focus: { reference: `ClaimResponse/${key}-d1` }, statusReason: { coding: [{ code: 'payment-mismatch' }] }, input: expect.arrayContaining([expect.objectContaining({ valueCanonical: expect.stringContaining('/Questionnaire/posting-checklist|') })]) }]);
    expect([owes(await resolve(key)), hold(await resolve(key))]).toEqual([0, expect.stringContaining('payment-mismatch')]);
  });

  it('a payment of the patient is posted, and is no credit before the balance is settled', async () => {
    const key = await arrive(USUAL);
    await store(server, [{ ...remitted(key, 10), paymentIssuer: undefined, detail: [{ type: { coding: [{ code: 'payment' }] }, request: { reference: `Claim/${key}-c` }, amount: { value: 10, currency: 'USD' } }] } as PaymentReconciliation]);
    await server.drain();
    expect(await balances(key)).toEqual({ total: 2_200, patient: 0, payers: 2_200, refundDue: 0 });
    expect(owes(await apply(key))).toBe(22);
    expect(await balances(key)).toEqual({ total: 2_200, patient: 2_200, payers: 0, refundDue: 0 });
  });

  it('what the patient has paid too much is due to be given back', async () => {
    const key = await arrive(USUAL);
    await store(server, [{ ...remitted(key, 50), paymentIssuer: undefined, detail: [{ type: { coding: [{ code: 'payment' }] }, request: { reference: `Claim/${key}-c` }, amount: { value: 50, currency: 'USD' } }] } as PaymentReconciliation]);
    await server.drain();
    expect(owes(await apply(key))).toBe(0);
    expect(await balances(key)).toEqual({ total: 0, patient: 0, payers: 0, refundDue: 1_800 });
    expect(await openTasks(key, 'post-payment')).toMatchObject([{ statusReason: { coding: [{ code: 'refund-due' }] } }]);
  });

  it('an entry is never changed or deleted', async () => {
    const key = await arrive(USUAL);
    const [entry] = await ledger(key);
    const path = `Basic/${entry!.id}`;
    const changed = { ...entry!, created: '2020-01-01' };
    const patch = [{ op: 'replace', path: '/created', value: '2020-01-01' }];
    for (const answer of [await server.put(path, changed), await server.delete(path), await server.request('PATCH', path, patch, { 'Content-Type': 'application/json-patch+json' }), await server.delete(`Basic?_id=${entry!.id}`)]) {
      expect([answer.status, issuesOf(answer)[0]?.details?.coding?.[0]?.code], answer.text).toEqual([422, 'ledger-entry-immutable']);
    }
    expect((await server.get(path)).body).toEqual(entry);
  });
});

describe('settling', () => {
  it('says who owes what, and writes nothing', async () => {
    const key = await arrive(USUAL);
    const before = await ledger(key);
    const answer = await resolve(key);
    expect([owes(answer), writeOffs(answer), hold(answer)]).toEqual([32, [['contractual', 30, false, false]], undefined]);
    expect(await ledger(key)).toEqual(before);
  });

  it('posts it once, with its Provenance; Σ entries is what is owed', async () => {
    const key = await arrive(USUAL);
    expect([owes(await apply(key)), owes(await apply(key)), owes(await apply(key))]).toEqual([32, 32, 32]);
    expect(await balances(key)).toEqual({ total: 3_200, patient: 3_200, payers: 0, refundDue: 0 });
    const transfer = (await ledger(key)).find(({ code }) => code.coding?.[0]?.code === 'transfer-to-patient')!;
    expect(await all<Provenance>(server, `Provenance?target=Basic/${transfer.id}`)).toHaveLength(1);
  });

  it('also without automation', async () => {
    const off = await startTestServer({ now: () => new Date(`${TODAY}T12:00:00Z`) });
    try {
      await store(off, [...visit('off', ONE_PLAN), decided('off', USUAL)]);
      expect(owes(await off.post('Claim/off-c/$resolve-balance', { resourceType: 'Parameters', parameter: [{ name: 'apply', valueBoolean: true }] }))).toBe(32);
      expect(await all<Basic>(off, 'Basic?code=charge')).toHaveLength(2);
    } finally {
      await off.close();
    }
  });

  it.each<[string, ShortDecision | undefined, VisitChange, string]>([
    ['no payer has decided', undefined, ONE_PLAN, 'primary-pending'],
    ['the next payer has not been asked', USUAL, {}, 'already-derived'],
    ['the payer forwarded the claim', { ...USUAL, eraStatus: '19' }, {}, 'crossed-over'],
    ['a refusal can be corrected', lines([['benefit', 0], ['CO-4', 100]], [['benefit', 48], ['PR-1', 12]]), ONE_PLAN, 'correct-and-resubmit'],
  ])('is held while %s, unless a reason overrides it', async (_, decision, change, reason) => {
    const key = await arrive(decision, change);
    const held = await apply(key);
    expect([owes(held), hold(held)]).toEqual([0, expect.stringContaining(reason)]);
    expect((await balances(key)).patient).toBe(0);
    expect((await apply(key, { writeOffClass: 'charity', reason: 'need', approvedBy: ['Practitioner/ann'] })).status).toBe(422);
  });

  it('an override bills the patient, and is recorded with its reason', async () => {
    const key = await arrive(USUAL, {});
    expect(owes(await apply(key, { reason: 'The patient asked to pay now', approvedBy: ['Practitioner/ann'] }))).toBe(32);
    expect((await balances(key)).patient).toBe(3_200);
    const records = await all<Provenance>(server, `Provenance?target=Claim/${key}-c`);
    expect(records.filter(({ reason }) => reason?.[0]?.coding?.[0]?.code === 'OVRPJ')).toMatchObject([{ reason: [{ text: 'The patient asked to pay now' }], agent: [{ who: { reference: 'Practitioner/ann' } }] }]);
  });
});

describe('write-offs', () => {
  it.each(['bad-debt', 'charity', 'courtesy', 'bankruptcy-or-deceased'])('%s of what the patient owes: with a reason and an approver, once', async (of) => {
    const key = await arrive(USUAL);
    await apply(key);
    if (of === 'bad-debt') expect((await server.post(`Patient/${key}-p/$statement`, undefined)).status).toBe(200);
    expect((await apply(key, { writeOffClass: of, approvedBy: ['Practitioner/ann'] })).status).toBe(422);
    expect([owes(await apply(key, { writeOffClass: of, reason: 'tested' })), (await balances(key)).patient]).toEqual([32, 3_200]);
    expect(await openTasks(key, 'approve-write-off')).toHaveLength(1);
    const approved = { writeOffClass: of, reason: 'tested', approvedBy: ['Practitioner/ann'] };
    expect([owes(await apply(key, approved)), owes(await apply(key, approved))]).toEqual([0, 0]);
    expect(await balances(key)).toEqual({ total: 0, patient: 0, payers: 0, refundDue: 0 });
    const entry = (await ledger(key)).find(({ code }) => code.coding?.[0]?.code === 'write-off')!;
    expect(readEntry(entry)).toMatchObject({ amount: -3_200, writeOffClass: of, reason: 'tested', approvedBy: ['Practitioner/ann'] });
  });

  it('a balance that is not small is no small balance', async () => {
    const key = await arrive(USUAL);
    const answer = await apply(key, { writeOffClass: 'small-balance', reason: 'little', approvedBy: ['Practitioner/ann'] });
    expect([answer.status, issuesOf(answer)[0]?.details?.coding?.[0]?.code]).toEqual([422, 'balance-not-small']);
  });

  it('at the provider’s expense waits for approval by amount; the patient never owes it', async () => {
    const key = await arrive(lines([['benefit', 0], ['CO-29', 100]], [['benefit', 48], ['PR-1', 12]]));
    const answer = await apply(key);
    expect([owes(answer), writeOffs(answer)]).toEqual([12, [['timely-filing', 100, false, true]]]);
    expect(await balances(key)).toMatchObject({ patient: 1_200, total: 11_200 });
    expect(writeOffs(await apply(key, { writeOffClass: 'timely-filing', reason: 'sent late by us', approvedBy: ['Practitioner/ann'] }))).toEqual([['timely-filing', 100, false, false]]);
    expect(await balances(key)).toEqual({ total: 1_200, patient: 1_200, payers: 0, refundDue: 0 });
  });

  it('the same class again and again calls for a review of the policy, once a month', async () => {
    const again = async (): Promise<Task[]> => {
      const key = await arrive(lines([['benefit', 0], ['CO-197', 100]], [['benefit', 48], ['PR-1', 12]]));
      expect((await apply(key, { writeOffClass: 'administrative', reason: 'no authorization was asked for', approvedBy: ['Practitioner/ann'] })).status).toBe(200);
      return (await all<Task>(server, 'Task?code=resolve-balance')).filter(({ statusReason }) => statusReason?.coding?.[0]?.code === 'policy-review');
    };
    for (let claims = 1; claims <= 4; claims++) expect(await again()).toEqual([]);
    for (let claims = 5; claims <= 6; claims++) expect(await again()).toMatchObject([{ status: 'ready', description: expect.stringContaining('administrative was written off for 5 claims'), input: expect.arrayContaining([expect.objectContaining({ valueMoney: { value: 500, currency: 'USD' } })]) }]);
  });

  it('from the upper threshold on two people approve', async () => {
    const big = (amount: number) => ({ lines: [[['submitted', amount], ['benefit', 0], ['PR-1', amount]]] }) as ShortDecision;
    const key = await arrive(big(700), { ...ONE_PLAN, claim: { item: [{ sequence: 1, productOrService: { coding: [{ system: 'http://www.ama-assn.org/go/cpt', code: '99213' }] }, servicedDate: '2026-02-05', net: { value: 700, currency: 'USD' } }], total: { value: 700, currency: 'USD' } } as Partial<Claim> });
    const asked = { writeOffClass: 'charity', reason: 'tested' };
    expect(owes(await apply(key, { ...asked, approvedBy: ['Practitioner/ann'] }))).toBe(700);
    expect((await apply(key, { ...asked, approvedBy: ['Practitioner/ann', 'Practitioner/ann'] })).status).toBe(422);
    expect((await apply(key, { ...asked, approvedBy: ['Practitioner/ann', 'Practitioner/nobody'] })).status).toBe(422);
    expect(owes(await apply(key, { ...asked, approvedBy: ['Practitioner/ann', 'Practitioner/bob'] }))).toBe(0);
  });

  it('what is written off and paid by a payer after all is taken back to what is still owed', async () => {
    const key = await arrive(USUAL);
    await apply(key, { writeOffClass: 'charity', reason: 'tested', approvedBy: ['Practitioner/ann'] });
    await server.put(`ClaimResponse/${key}-d1`, { ...decided(key, USUAL), status: 'entered-in-error' } as ClaimResponse);
    await store(server, [{ ...decided(key, lines([['benefit', 70], ['CO-45', 30]], [['benefit', 55], ['PR-1', 5]])), id: `${key}-d2` }]);
    await server.drain();
    expect(await balances(key)).toEqual({ total: 0, patient: 0, payers: 0, refundDue: 0 });
  });
});
