import type { Binary, Claim, ClaimResponse, Communication, CommunicationRequest, Coverage, DocumentReference, FhirResource, Invoice, OperationOutcome, Patient, PaymentReconciliation, Provenance, Task } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { balancesOf } from '../../src/claims/ledger/balances.js';
import { readEntry } from '../../src/claims/ledger/entry.js';
import { parseAmount, sum } from '../../src/claims/money.js';
import type { ShortDecision, ShortRow } from '../claims/decisions.js';
import { issuesOf, startTestServer, type Answer, type TestServer } from '../http/server.js';
import { all, decided, store, TODAY, visit, type VisitChange } from '../work/automation/visit.js';
import { pdfText } from '../work/documents/pdf-text.js';

let server: TestServer;
let today = TODAY;
beforeAll(async () => {
  server = await startTestServer({ automation: true, now: () => new Date(`${today}T12:00:00Z`) });
  await store(server, [{ resourceType: 'Practitioner', id: 'ann', name: [{ family: 'Ann' }] }]);
});
afterAll(() => server.close());

let last = 0;
const ONE_PLAN: VisitChange = { second: 'none' };
/** A new patient with a claim of 100.00 and 60.00, and what was decided about it. */
async function arrive(decision: ShortDecision | undefined, change: VisitChange = ONE_PLAN, patient: Partial<Patient> = {}): Promise<string> {
  const key = `s${++last}`;
  const resources = visit(key, change).map((resource) => (resource.resourceType === 'Patient' ? { ...resource, ...patient } : resource)) as FhirResource[];
  await store(server, [...resources, ...(decision ? [decided(key, decision)] : [])]);
  await server.drain();
  return key;
}
const lines = (first: readonly ShortRow[], second: readonly ShortRow[]): ShortDecision => ({ lines: [[['submitted', 100], ...first], [['submitted', 60], ...second]] });
const USUAL = lines([['benefit', 50], ['CO-45', 30], ['PR-2', 20]], [['benefit', 48], ['PR-1', 12]]);

const state = (key: string, reason?: string, headers?: Record<string, string>): Promise<Answer> =>
  server.post(`Patient/${key}-p/$statement`, reason === undefined ? undefined : { resourceType: 'Parameters', parameter: [{ name: 'reason', valueString: reason }] }, headers);

interface Parameter { readonly name: string; readonly valueReference?: { reference: string }; readonly valueString?: string; readonly part?: readonly Parameter[]; readonly resource?: FhirResource }
function parameters(answer: Answer): readonly Parameter[] {
  expect(answer.status, answer.text).toBe(200);
  return (answer.body as { parameter?: Parameter[] }).parameter ?? [];
}
const invoices = (answer: Answer): Invoice[] => parameters(answer).filter(({ name }) => name === 'invoice').map(({ resource }) => resource as Invoice);
const documentOf = (answer: Answer): string | undefined => parameters(answer).find(({ name }) => name === 'document')?.valueReference?.reference;
const holds = (answer: Answer): string[] => parameters(answer).filter(({ name }) => name === 'hold').map(({ part = [] }) => `${part[0]!.valueReference!.reference} ${part[1]!.valueString}`);
const notes = (answer: Answer): (string | undefined)[] => ((parameters(answer).find(({ name }) => name === 'outcome')?.resource as OperationOutcome | undefined)?.issue ?? []).map(({ details }) => details?.coding?.[0]?.code);
const owed = (answer: Answer): (number | undefined)[] => invoices(answer).map(({ totalNet }) => totalNet?.value);

async function page(answer: Answer): Promise<string> {
  const document = (await server.get(documentOf(answer)!)).body as DocumentReference;
  const { url } = document.content.map(({ attachment }) => attachment).find(({ contentType }) => contentType!.startsWith('text/html'))!;
  const { data } = (await server.get(url!)).body as Binary;
  return Buffer.from(data!, 'base64').toString('utf8').replace(/<style>[^]*<\/style>/, '').replace(/<[^>]+>/g, ' ').replace(/&#39;/g, '’').replace(/\s+/g, ' ');
}
const balance = async (key: string) => {
  const [account] = await all(server, `Account?subject=Patient/${key}-p`);
  return balancesOf((await all(server, `Basic?subject=Account/${account!.id}`)).flatMap((basic) => readEntry(basic as never) ?? []));
};
const paid = (key: string, amount: number, id = 'cash'): PaymentReconciliation => ({
  resourceType: 'PaymentReconciliation', id: `${key}-${id}`, status: 'active', created: today, paymentDate: today, paymentAmount: { value: amount, currency: 'USD' },
  detail: [{ type: { coding: [{ code: 'payment' }] }, request: { reference: `Claim/${key}-c` }, amount: { value: amount, currency: 'USD' } }],
});
const componentsOf = ({ lineItem = [], totalPriceComponent = [] }: Invoice) => [...lineItem.flatMap(({ priceComponent = [] }) => priceComponent), ...totalPriceComponent];

describe('a statement', () => {
  test('has an Invoice a visit: per service its charge, what was paid and taken off; all of it adds up to the ledger', async () => {
    const key = await arrive(USUAL);
    const answer = await state(key);
    const [invoice, ...others] = invoices(answer);
    expect(others).toEqual([]);
    expect(invoice).toMatchObject({ status: 'issued', subject: { reference: `Patient/${key}-p` }, totalNet: { value: 32, currency: 'USD' }, identifier: [{ value: `Claim/${key}-c` }] });
    expect(invoice!.lineItem!.map(({ priceComponent }) => priceComponent!.map(({ type, amount }) => `${type} ${amount!.value}`))).toEqual([['base 100', 'deduction -50', 'discount -30'], ['base 60', 'deduction -48']]);
    expect(sum(componentsOf(invoice!).map(({ amount }) => parseAmount(amount!.value!)!))).toBe(3_200);
    expect(await balance(key)).toMatchObject({ patient: 3_200, total: 3_200 });
    expect(holds(answer)).toEqual([]);
  });

  test('says in plain words what each payer did, and why the rest is owed', async () => {
    const key = await arrive(USUAL);
    const text = await page(await state(key));
    for (const words of [
      'You owe $32.00', 'The first payer paid -$50.00', 'Taken off after the answer of The first payer: you do not pay this -$30.00', 'Your part $20.00',
      '$20.00: your coinsurance, the share of the price that The first payer leaves to you (code PR-2)', '$12.00: your deductible', 'Still to pay $32.00',
    ]) expect(text).toContain(words);
  });

  test('is a PDF by its media type, the same as the document’s', async () => {
    const key = await arrive(USUAL);
    const pdf = await fetch(`${server.base}/Patient/${key}-p/$statement`, { method: 'POST', headers: { Accept: 'application/pdf' } });
    expect([pdf.status, pdf.headers.get('content-type')]).toEqual([200, 'application/pdf']);
    const bytes = Buffer.from(await pdf.arrayBuffer());
    expect(pdfText(bytes)).toContain('$32.00');
    const document = (await server.get(documentOf(await state(key))!)).body as DocumentReference;
    const stored = (await server.get(document.content[0]!.attachment.url!)).body as Binary;
    expect(bytes.equals(Buffer.from(stored.data!, 'base64'))).toBe(true);
    expect(document).toMatchObject({ content: [{ attachment: { contentType: 'application/pdf', language: 'en-US', size: bytes.byteLength } }, { attachment: { contentType: 'text/html; charset=utf-8' } }] });
  });

  test('is refused where neither FHIR nor a PDF is taken, before anything is written', async () => {
    const key = await arrive(USUAL);
    expect((await state(key, undefined, { Accept: 'image/png' })).status).toBe(406);
    expect(await all(server, `Invoice?subject=Patient/${key}-p`)).toEqual([]);
  });

  test('asked for again, by many at once: nothing more is written', async () => {
    const key = await arrive(USUAL);
    const answers = await Promise.all(Array.from({ length: 6 }, () => state(key)));
    expect(new Set(answers.map(documentOf)).size).toBe(1);
    const [invoice, ...more] = await all<Invoice>(server, `Invoice?subject=Patient/${key}-p`);
    expect([invoice!.meta!.versionId, more]).toEqual(['1', []]);
    today = '2026-03-09';
    try {
      expect(documentOf(await state(key))).toBe(documentOf(answers[0]!));
    } finally {
      today = TODAY;
    }
    expect(await all(server, `DocumentReference?subject=Patient/${key}-p&type=patient-statement`)).toHaveLength(1);
    expect(await all(server, `CommunicationRequest?subject=Patient/${key}-p`)).toHaveLength(1);
    expect((await all<Invoice>(server, `Invoice?subject=Patient/${key}-p`)).map(({ meta }) => meta!.versionId)).toEqual(['1']);
  });

  test('changes with each payment, until nothing is owed; what is paid too much is returned, and never owed', async () => {
    const key = await arrive(USUAL);
    const first = documentOf(await state(key));
    await store(server, [paid(key, 10)]);
    await server.drain();
    const second = await state(key);
    expect([owed(second), documentOf(second) === first]).toEqual([[22], false]);
    expect(await page(second)).toContain('You have paid -$10.00');
    await store(server, [paid(key, 40, 'more')]);
    await server.drain();
    const third = await state(key);
    expect([invoices(third)[0]!.status, owed(third)]).toEqual(['balanced', [0]]);
    expect(await page(third)).toContain('You have paid $18.00 more than your part');
    expect(sum(componentsOf(invoices(third)[0]!).map(({ amount }) => parseAmount(amount!.value!)!))).toBe(0);
    expect((await all<CommunicationRequest>(server, `CommunicationRequest?subject=Patient/${key}-p`)).map(({ status }) => status).sort()).toEqual(['active', 'revoked', 'revoked']);
  });

  test('where a payer decided on the claim alone, the claim is stated as a whole', async () => {
    const key = await arrive(undefined);
    const whole = decided(key, { lines: [], claim: [['CO-45', 40], ['PR-3', 20]], total: [['submitted', 160], ['benefit', 100]] });
    delete whole.item;
    await store(server, [whole]);
    await server.drain();
    const [invoice] = invoices(await state(key));
    expect(invoice!.lineItem!.map(({ priceComponent }) => priceComponent!.map(({ type, amount }) => `${type} ${amount!.value}`))).toEqual([['base 100'], ['base 60']]);
    expect(sum(componentsOf(invoice!).map(({ amount }) => parseAmount(amount!.value!)!))).toBe(2_000);
    expect(invoice!.totalNet!.value).toBe(20);
  });

  test('for a patient without anything to pay: no document; as a PDF, 422', async () => {
    const key = await arrive(lines([['benefit', 100]], [['benefit', 60]]));
    const answer = await state(key);
    expect([invoices(answer), documentOf(answer), holds(answer)]).toEqual([[], undefined, []]);
    const pdf = await state(key, undefined, { Accept: 'application/pdf' });
    expect([pdf.status, issuesOf(pdf)[0]!.details!.coding![0]!.code]).toEqual([422, 'nothing-to-state']);
  });
});

describe('nobody is billed', () => {
  it.each<[string, ShortDecision | undefined, VisitChange, string]>([
    ['before a payer has decided', undefined, ONE_PLAN, 'primary-pending'],
    ['before the next payer was asked', USUAL, {}, 'already-derived'],
    ['while the payer has forwarded the claim', { ...USUAL, eraStatus: '19' }, {}, 'crossed-over'],
    ['while a refusal can be corrected', lines([['benefit', 0], ['CO-4', 100]], [['benefit', 48], ['PR-1', 12]]), ONE_PLAN, 'correct-and-resubmit'],
  ])('%s: hold says why, no PDF, no Invoice', async (_, decision, change, reason) => {
    const key = await arrive(decision, change);
    const answer = await state(key);
    expect(holds(answer)).toEqual([expect.stringContaining(`Claim/${key}-c ${reason}`)]);
    expect([invoices(answer), documentOf(answer)]).toEqual([[], undefined]);
    const pdf = await state(key, undefined, { Accept: 'application/pdf' });
    expect([pdf.status, issuesOf(pdf)[0]!.code, issuesOf(pdf)[0]!.details!.coding![0]!.code]).toEqual([422, 'business-rule', 'statement-held']);
    expect(await all(server, `Invoice?subject=Patient/${key}-p`)).toEqual([]);
  });

  test('unless a reason overrides it, which is recorded', async () => {
    const key = await arrive(USUAL, {});
    expect((await state(key, '  ')).status).toBe(400);
    expect(owed(await state(key, 'The patient asked to pay now'))).toEqual([32]);
    const records = await all<Provenance>(server, `Provenance?target=Claim/${key}-c`);
    expect(records.filter(({ reason }) => reason?.[0]?.coding?.[0]?.code === 'OVRPJ')).toMatchObject([{ reason: [{ text: 'The patient asked to pay now' }] }]);
    expect(owed(await state(key))).toEqual([32]);
  });

  test('a reason does not bill what nobody has decided', async () => {
    const key = await arrive(undefined);
    const answer = await state(key, 'The patient asked to pay now');
    expect([owed(answer), holds(answer).length]).toEqual([[], 1]);
  });

  test('an appeal that begins after the statement takes the bill back', async () => {
    const key = await arrive(USUAL);
    expect(owed(await state(key))).toEqual([32]);
    await store(server, [{ resourceType: 'Task', id: `${key}-appeal`, status: 'ready', intent: 'order', code: { coding: [{ system: 'https://cobalt.example/fhir/CodeSystem/work', code: 'appeal' }] }, focus: { reference: `Claim/${key}-c` }, for: { reference: `Patient/${key}-p` } } as Task]);
    const answer = await state(key);
    expect([owed(answer), holds(answer)]).toEqual([[], [expect.stringContaining('open-appeal')]]);
    expect(await all<Invoice>(server, `Invoice?subject=Patient/${key}-p`)).toMatchObject([{ status: 'cancelled', cancelledReason: expect.stringContaining('open-appeal') }]);
    expect((await balance(key)).patient).toBe(0);
    expect((await all<CommunicationRequest>(server, `CommunicationRequest?subject=Patient/${key}-p`)).map(({ status }) => status)).toEqual(['revoked']);
    const collections = await server.post(`Claim/${key}-c/$resolve-balance`, { resourceType: 'Parameters', parameter: [{ name: 'apply', valueBoolean: true }, { name: 'writeOffClass', valueCode: 'bad-debt' }, { name: 'reason', valueString: 'to collections' }, { name: 'approvedBy', valueReference: { reference: 'Practitioner/ann' } }] });
    expect([collections.status, issuesOf(collections)[0]!.details!.coding![0]!.code]).toEqual([422, 'balance-held']);
  });

  test('one visit that waits does not keep another from being billed: it is named as one to pay nothing for', async () => {
    const key = await arrive(USUAL);
    const other = visit(key, ONE_PLAN).find((resource) => resource.resourceType === 'Claim')!;
    await store(server, [{ ...other, id: `${key}-c2`, identifier: [{ ...(other as { identifier?: object[] }).identifier![0], value: 'N-waits' }] } as FhirResource]);
    const answer = await state(key);
    expect([owed(answer), holds(answer)]).toEqual([[32], [expect.stringContaining(`Claim/${key}-c2 primary-pending`)]]);
    expect(await page(answer)).toMatch(/Please pay nothing for these visits now.*N-waits/);
  });
});

describe('what law, contract or a decision keeps from the patient is on no statement', () => {
  const QMB: NonNullable<Coverage['extension']> = [
    { url: 'https://cobalt.example/fhir/StructureDefinition/payer-kind', valueCode: 'medicare' },
    { url: 'https://cobalt.example/fhir/StructureDefinition/medicare-entitlement', extension: [{ url: 'reason', valueCode: 'age' }, { url: 'qmb', valueBoolean: true }] },
  ];
  test('a QMB’s cost share', async () => {
    const key = await arrive(USUAL, { ...ONE_PLAN, first: { extension: QMB } });
    const answer = await state(key);
    expect([invoices(answer), documentOf(answer), holds(answer)]).toEqual([[], undefined, []]);
    expect(await balance(key)).toEqual({ total: 0, patient: 0, payers: 0, refundDue: 0 });
  });

  test('CO, whether it is written off already or waits for approval', async () => {
    const key = await arrive(lines([['benefit', 0], ['CO-29', 100]], [['benefit', 48], ['PR-1', 12]]));
    const answer = await state(key);
    expect(owed(answer)).toEqual([12]);
    expect(await page(answer)).toContain('Your part $0.00');
    expect(sum(componentsOf(invoices(answer)[0]!).map(({ amount }) => parseAmount(amount!.value!)!))).toBe(1_200);
  });

  test('what was given up: it never comes back, though a payment or a statement follows', async () => {
    const key = await arrive(USUAL);
    expect(owed(await state(key))).toEqual([32]);
    const writeOff = { resourceType: 'Parameters', parameter: [{ name: 'apply', valueBoolean: true }, { name: 'writeOffClass', valueCode: 'charity' }, { name: 'reason', valueString: 'need was tested' }, { name: 'approvedBy', valueReference: { reference: 'Practitioner/ann' } }] };
    expect((await server.post(`Claim/${key}-c/$resolve-balance`, writeOff)).status).toBe(200);
    for (const answer of [await state(key), await state(key)]) {
      expect([invoices(answer)[0]!.status, owed(answer)]).toEqual(['balanced', [0]]);
      expect(await page(answer)).toMatch(/You owe nothing.*Taken off because of your situation -\$32\.00.*Still to pay \$0\.00/);
    }
  });
});

describe('the language is the patient’s', () => {
  const speaks = (...codes: readonly string[]): Partial<Patient> => ({ communication: codes.map((code, index) => ({ language: { coding: [{ system: 'urn:ietf:bcp:47', code }] }, preferred: index === codes.length - 1 })) });
  it.each<[string, Partial<Patient>, string, (string | undefined)[]]>([
    ['Spanish', speaks('es'), 'Usted debe $32.00', []],
    ['Spanish of Mexico, preferred to English', speaks('en-US', 'es-MX'), 'su coseguro, la parte del precio que The first payer le deja a usted (código PR-2)', []],
    ['English', speaks('en'), 'You owe $32.00', []],
    ['one that there are no texts in: English, and it says so', speaks('vi'), 'We do not have this statement in the language that you prefer', ['language-not-available']],
    ['not stated: English, and it says so', {}, 'You owe $32.00', ['language-not-stated']],
  ])('%s', async (_, patient, words, said) => {
    const key = await arrive(USUAL, ONE_PLAN, patient);
    const answer = await state(key);
    expect(await page(answer)).toContain(words);
    expect(notes(answer)).toEqual(said);
  });
});

test('1,000 charged, 600 and 300 paid: 100 is left, and each step of it stands there (R119)', async () => {
  const item = [{ sequence: 1, productOrService: { coding: [{ system: 'http://www.ama-assn.org/go/cpt', code: '99213' }] }, servicedDate: '2026-02-05', net: { value: 1_000, currency: 'USD' } }];
  const key = await arrive(
    { lines: [[['submitted', 1_000], ['benefit', 600], ['PR-2', 400]]] },
    { claim: { item, total: { value: 1_000, currency: 'USD' } } as Partial<Claim> },
  );
  expect(holds(await state(key))).toHaveLength(1);
  await store(server, [{ ...decided(key, { id: 'd2', coverage: 'Coverage/second', insurer: 'Organization/second-payer', number: 'ICN-2', eraStatus: '2', lines: [[['submitted', 1_000], ['benefit', 300], ['OA-23', 600], ['PR-3', 100]]] }) }]);
  await server.drain();
  const answer = await state(key);
  expect([owed(answer), holds(answer)]).toEqual([[100], []]);
  expect(await page(answer)).toMatch(/Price of the service \$1,000\.00 The first payer paid -\$600\.00 The second payer paid -\$300\.00 Your part \$100\.00/);
});

test('it is to be sent to the patient', async () => {
  const key = await arrive(USUAL);
  const document = documentOf(await state(key))!;
  expect(await all<CommunicationRequest>(server, `CommunicationRequest?subject=Patient/${key}-p`)).toMatchObject([{ status: 'active', recipient: [{ reference: `Patient/${key}-p` }], payload: [{ contentReference: { reference: document } }] }]);
  expect(await all<Communication>(server, `Communication?subject=Patient/${key}-p`)).toEqual([]);
});

test('bad debt rests on a statement: without one it is refused, with one its record names the decisions and the statement', async () => {
  const key = await arrive(USUAL);
  const writeOff = { resourceType: 'Parameters', parameter: [{ name: 'apply', valueBoolean: true }, { name: 'writeOffClass', valueCode: 'bad-debt' }, { name: 'reason', valueString: 'asked three times' }, { name: 'approvedBy', valueReference: { reference: 'Practitioner/ann' } }] };
  const refused = await server.post(`Claim/${key}-c/$resolve-balance`, writeOff);
  expect([refused.status, issuesOf(refused)[0]!.details!.coding![0]!.code]).toEqual([422, 'documents-missing']);
  const document = documentOf(await state(key))!;
  expect((await server.post(`Claim/${key}-c/$resolve-balance`, writeOff)).status).toBe(200);
  const records = await all<Provenance>(server, `Provenance?agent=Practitioner/ann`);
  expect(records.find(({ reason }) => reason?.[0]?.text === 'asked three times')!.entity!.map(({ what }) => what.reference)).toEqual([`Claim/${key}-c`, `ClaimResponse/${key}-d1`, document]);
  expect((await state(key)).text).not.toContain('"issued"');
});

test('nothing is closed over an open balance: not the work to resolve it, not the account', async () => {
  const key = await arrive(USUAL);
  const [task] = await all<Task>(server, `Task?patient=Patient/${key}-p&code=resolve-balance&status=ready`);
  const complete = (): Promise<Answer> => server.put(`Task/${task!.id}`, { ...task, status: 'completed', owner: { reference: 'Practitioner/ann' }, executionPeriod: { start: TODAY, end: TODAY } });
  const codes = (answer: Answer): unknown[] => [answer.status, issuesOf(answer)[0]?.details?.coding?.[0]?.code];
  expect(codes(await complete())).toEqual([422, 'balance-unresolved']);
  expect(owed(await state(key))).toEqual([32]);
  expect((await complete()).status).toBe(200);
  const [account] = await all(server, `Account?subject=Patient/${key}-p`);
  const close = (): Promise<Answer> => server.put(`Account/${account!.id}`, { ...account, status: 'inactive' });
  expect(codes(await close())).toEqual([422, 'account-not-balanced']);
  await store(server, [paid(key, 32)]);
  await server.drain();
  expect((await close()).status).toBe(200);
});

test('a decision that comes afterwards changes the statement', async () => {
  const key = await arrive(USUAL);
  expect(owed(await state(key))).toEqual([32]);
  await store(server, [{ ...decided(key, USUAL), status: 'cancelled' } as ClaimResponse, { ...decided(key, lines([['benefit', 60], ['CO-45', 30], ['PR-2', 10]], [['benefit', 60]])), id: `${key}-d2` }]);
  await server.drain();
  expect(owed(await state(key))).toEqual([10]);
});
