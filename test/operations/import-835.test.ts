import { readFileSync } from 'node:fs';
import type { Bundle, Claim, ClaimResponse, DocumentReference, ExplanationOfBenefit, OperationOutcome, Parameters, ParametersParameter, PaymentReconciliation, Provenance, Task } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inProject } from '../../src/root.js';
import { issuesOf, startTestServer, type Answer, type TestServer } from '../http/server.js';
import { authored, hasSamples, HEADER, interchange, sample, sampleFiles } from '../x12/files.js';
import { padded } from '../x12/padded.js';

const X12 = { 'Content-Type': 'application/edi-x12' };
const NOW = new Date('2026-11-22T10:00:00Z');

const openServers: TestServer[] = [];
async function serverWith(...folders: readonly string[]): Promise<TestServer> {
  const server = await startTestServer({ now: () => NOW });
  openServers.push(server);
  for (const folder of folders) expect((await server.post('', JSON.parse(authored(folder, 'resources.json')))).status).toBe(200);
  return server;
}
afterAll(() => Promise.all(openServers.map((server) => server.close())));

const importFile = (server: TestServer, file: string | Uint8Array): Promise<Answer> => server.request('POST', '$import-835', file, X12);
const partsOf = (answer: Answer, name: string): ParametersParameter[] => ((answer.body as Parameters).parameter ?? []).filter((parameter) => parameter.name === name);
const references = (answer: Answer, name: string): string[] => partsOf(answer, name).map(({ valueReference }) => valueReference?.reference ?? '');
const part = (parameter: ParametersParameter | undefined, name: string): string | undefined => {
  const found = parameter?.part?.find((one) => one.name === name);
  return found?.valueString ?? found?.valueReference?.reference;
};
const isDuplicate = (answer: Answer): boolean | undefined => partsOf(answer, 'duplicate')[0]?.valueBoolean;
const count = async (server: TestServer, query: string): Promise<number> => ((await server.get(`${query}${query.includes('?') ? '&' : '?'}_summary=count`)).body as Bundle).total ?? -1;

interface OtherPayer {
  readonly coverage: string;
  readonly amtD: string;
  readonly cas2320: readonly (string | null)[][];
  readonly lines: readonly { readonly lx: number; readonly svd02: string; readonly cas2430: readonly (string | null)[][] }[];
}
interface Step {
  readonly do: 'import' | 'derive';
  readonly file: string;
  readonly into?: string;
  readonly claim: string;
  readonly asOf: string;
  readonly expect: {
    readonly reason?: string;
    readonly parked?: boolean;
    readonly carrier?: string;
    readonly clm02?: string;
    readonly destination?: { readonly coverage: string };
    readonly otherPayers?: readonly OtherPayer[];
    readonly transactionSets?: readonly { readonly claims: number }[];
  };
}

const money = (parameter: ParametersParameter | undefined): string | undefined => parameter?.valueMoney?.value?.toFixed(2);
const rowsOf = (parameters: readonly ParametersParameter[], coverage: string): string[] =>
  parameters.filter((one) => part(one, 'coverage') === coverage).map((one) => `${one.part?.find(({ name }) => name === 'group')?.valueCode ?? ''} ${one.part?.find(({ name }) => name === 'reason')?.valueCode ?? ''} ${money(one.part?.find(({ name }) => name === 'amount')) ?? ''}`).sort();
const named = (parameter: ParametersParameter | undefined, name: string): ParametersParameter[] => (parameter?.part ?? []).filter((one) => one.name === name);
const paidBy = (parameter: ParametersParameter | undefined, coverage: string): string | undefined => money(named(named(parameter, 'paid').find((one) => part(one, 'coverage') === coverage), 'amount')[0]);
const expectedRows = (cas: readonly (string | null)[][]): string[] => cas.map(([group, reason, amount]) => `${group} ${reason} ${amount}`).sort();

/** What the next claim would say of every earlier payer is what the remittances said. */
function checkWorksheet(answer: Answer, expected: Step['expect']): void {
  const [worksheet] = partsOf(answer, 'worksheet');
  const [total] = named(worksheet, 'total');
  expect(money(named(total, 'charge')[0])).toBe(expected.clm02);
  for (const { coverage, amtD, cas2320, lines } of expected.otherPayers ?? []) {
    expect(paidBy(total, coverage)).toBe(amtD);
    expect(rowsOf(named(total, 'claimAdjustment'), coverage)).toEqual(expectedRows(cas2320));
    for (const { lx, svd02, cas2430 } of lines) {
      const line = named(worksheet, 'line').find((one) => named(one, 'sequence')[0]?.valuePositiveInt === lx);
      expect(paidBy(line, coverage)).toBe(svd02);
      expect(rowsOf(named(line, 'adjustment'), coverage)).toEqual(expectedRows(cas2430));
    }
  }
}

const FOLDERS = ['professional-secondary', 'crossover', 'tertiary', 'reversal-correction', 'unbalanced'];
let clinic: TestServer;
beforeAll(async () => {
  clinic = await serverWith(...FOLDERS);
});

describe.each(FOLDERS)('authored sample %s', (folder) => {
  const { title, steps } = JSON.parse(readFileSync(inProject('test/samples/authored', folder, 'expected.json'), 'utf8')) as { title: string; steps: Step[] };

  test(title, async () => {
    let server = clinic;
    for (const step of steps) {
      if (step.do === 'import') {
        if (step.into) server = await serverWith(folder);
        const answer = await importFile(server, authored(folder, step.file));
        expect(answer.status, answer.text).toBe(200);
        expect(partsOf(answer, 'parked').length).toBe(step.expect.parked ? 1 : 0);
        expect(partsOf(answer, 'unmatched')).toEqual([]);
        expect(references(answer, 'adjudication').length).toBe(step.expect.transactionSets?.[0]?.claims ?? 0);
      } else {
        const answer = await server.post(`${step.claim}/$derive-secondary`, { resourceType: 'Parameters', parameter: [{ name: 'asOf', valueDate: step.asOf }] });
        expect(partsOf(answer, 'reason')[0]?.valueCode, answer.text).toBe(step.expect.reason);
        if (step.expect.reason === 'derived') checkWorksheet(answer, step.expect);
      }
    }
  });
});

describe('what is written', () => {
  let server: TestServer;
  let answer: Answer;
  beforeAll(async () => {
    server = await serverWith('reversal-correction');
    await importFile(server, authored('reversal-correction', '1-original.835'));
    answer = await importFile(server, authored('reversal-correction', '2-reversal-correction.835'));
  });

  test('the payment with a detail for each claim, and one with the sign turned for each provider adjustment', async () => {
    const payment = (await server.get(references(answer, 'reconciliation')[0]!)).body as PaymentReconciliation;
    expect(payment).toMatchObject({
      status: 'active', outcome: 'complete', created: '2026-03-17', paymentDate: '2026-03-17', paymentAmount: { value: 0, currency: 'USD' }, paymentIdentifier: { value: 'MD260317001' },
      paymentIssuer: { reference: 'Organization/payer-meadowlark' }, requestor: { reference: 'Organization/pebble-creek' }, disposition: 'No payment (NON), notification only',
    });
    expect(payment.detail?.map(({ type, identifier, request, amount }) => [type.coding?.map(({ code }) => code).join(), identifier?.value, request?.reference, amount?.value])).toEqual([
      ['payment', 'MDL26-04410', 'Claim/clm-kalliomaki-1', -602.9],
      ['payment', 'MDL26-09128', 'Claim/clm-kalliomaki-1', 505.4],
      ['adjustment,FB', 'MDL26-04410', undefined, 97.5],
    ]);
  });

  test('the decisions, with the patient as the payer names him', async () => {
    const [reversal, correction] = await Promise.all(references(answer, 'adjudication').map(async (reference) => (await server.get(reference)).body as ClaimResponse));
    expect(reversal).toMatchObject({ request: { reference: 'Claim/clm-kalliomaki-1', identifier: { value: 'PCC26020301' } }, insurance: [{ coverage: { reference: 'Coverage/cov-kalliomaki-own' } }], payment: { amount: { value: -602.9 } } });
    expect(reversal?.extension).toContainEqual({ url: 'https://cobalt.example/fhir/StructureDefinition/era-claim-status', valueCode: '22' });
    expect(correction).toMatchObject({ patient: { reference: 'Patient/pat-kalliomaki', identifier: { type: { coding: [{ code: 'MB' }] }, value: 'MD771001' }, display: 'KALLIOMAKI, VEERA' }, insurer: { reference: 'Organization/payer-meadowlark' } });
    expect(correction?.item?.map(({ itemSequence, extension }) => [itemSequence, extension])).toEqual([[1, undefined], [2, undefined]]);
  });

  test('each decision as an explanation too, which says that it is a view', async () => {
    const [, id = ''] = references(answer, 'adjudication')[1]!.split('/');
    const explanation = (await server.get(`ExplanationOfBenefit/${id}`)).body as ExplanationOfBenefit;
    expect(explanation).toMatchObject({ meta: { source: `ClaimResponse/${id}` }, claim: { reference: 'Claim/clm-kalliomaki-1' }, payment: { amount: { value: 505.4 } } });
  });

  test('the file, byte for byte, and where all came from', async () => {
    const provenance = ((await server.get(`Provenance?target=${references(answer, 'reconciliation')[0]}`)).body as Bundle<Provenance>).entry?.[0]?.resource;
    const document = (await server.get(provenance?.entity?.[0]?.what.reference ?? '')).body;
    const binary = (await server.get(document.content[0].attachment.url)).body;
    expect(Buffer.from(binary.data, 'base64').toString()).toBe(authored('reversal-correction', '2-reversal-correction.835'));
    expect(provenance?.target.map(({ reference }) => reference)).toEqual(expect.arrayContaining([...references(answer, 'adjudication'), ...references(answer, 'reconciliation')]));
  });

  test('what is true of every decision holds of these', async () => {
    const checked = await server.post('$import-835', { resourceType: 'Parameters', parameter: [{ name: 'file', resource: { resourceType: 'Binary', contentType: 'application/edi-x12', data: Buffer.from(authored('reversal-correction', '3-balance-forward.835')).toString('base64') } }] });
    expect(checked.status, checked.text).toBe(200);
    const response = (await server.get(references(checked, 'adjudication')[0]!)).body as ClaimResponse;
    const validated = await server.post('ClaimResponse/$validate', { resourceType: 'Parameters', parameter: [{ name: 'resource', resource: response }] });
    expect(issuesOf(validated).filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});

describe('the same remittance twice changes nothing', () => {
  const types = ['PaymentReconciliation', 'ClaimResponse', 'ExplanationOfBenefit', 'Task', 'Binary', 'DocumentReference', 'Provenance'];
  const state = async (server: TestServer): Promise<(number | string | undefined)[]> => [...await Promise.all(types.map((type) => count(server, type))), ((await server.get('_history?_count=1')).body as Bundle).entry?.[0]?.fullUrl];
  const file = authored('tertiary', '1-primary-payer.835');
  let server: TestServer;
  beforeAll(async () => {
    server = await serverWith('tertiary', 'unbalanced');
  });

  test('in the same file, in another envelope, and twice at the same time', async () => {
    const both = await Promise.all([importFile(server, file), importFile(server, file)]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect(both.map(isDuplicate).sort()).toEqual([false, true]);
    const before = await state(server);
    const again = await importFile(server, file);
    const enveloped = await importFile(server, file.replaceAll('000008401', '000009999').replace('*260330*0615*', '*260331*0700*').replaceAll('~', '~\r'));
    for (const answer of [again, enveloped]) {
      expect(isDuplicate(answer)).toBe(true);
      expect(references(answer, 'adjudication')).toEqual(references(both[0]!, 'adjudication'));
      expect(references(answer, 'reconciliation')).toEqual(references(both[0]!, 'reconciliation'));
    }
    expect(await state(server)).toEqual(before);
  });

  test('parked, too', async () => {
    const unbalanced = authored('unbalanced', 'claim-off-by-a-cent.835');
    const first = await importFile(server, unbalanced);
    const before = await state(server);
    const second = await importFile(server, unbalanced);
    expect([isDuplicate(first), isDuplicate(second)]).toEqual([false, true]);
    expect(partsOf(second, 'parked')).toEqual(partsOf(first, 'parked'));
    expect(await state(server)).toEqual(before);
  });

  test('other amounts under the same number are put before a person', async () => {
    const other = await importFile(server, file.replaceAll('129.10', '130.10').replace('*117.18**1', '*118.18**1').replace('CO*45*104.80', 'CO*45*103.80'));
    expect([isDuplicate(other), partsOf(other, 'parked').length]).toEqual([true, 1]);
    expect(await count(server, 'PaymentReconciliation')).toBe(1);
    expect(((await server.get(part(partsOf(other, 'parked')[0], 'task') ?? '')).body as Task).description).toContain('imported before with other amounts');
  });
});

describe('what does not balance is parked', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await serverWith('unbalanced', 'tertiary');
  });

  test('with each broken equation, and nothing of it is posted', async () => {
    const answer = await importFile(server, authored('unbalanced', 'claim-off-by-a-cent.835'));
    expect(part(partsOf(answer, 'parked')[0], 'trn')).toBe('MD260414003');
    const task = (await server.get(part(partsOf(answer, 'parked')[0], 'task') ?? '')).body as Task;
    expect(task).toMatchObject({ status: 'ready', code: { coding: [{ code: 'match-remittance' }] }, note: [{ text: expect.stringContaining('R2, segment 17, CLP04: charge 258.00 − adjustments of claim and lines 137.05 = 120.95') }] });
    expect((await server.get(task.focus?.reference ?? '')).status).toBe(200);
    expect([await count(server, 'ClaimResponse'), await count(server, 'PaymentReconciliation')]).toEqual([0, 0]);
    expect((partsOf(answer, 'outcome')[0]?.resource as OperationOutcome).issue.map(({ severity, details }) => [severity, details?.coding?.[0]?.code])).toEqual([['error', 'R2']]);
  });

  test('beside sets of the same file that do', async () => {
    const answer = await importFile(server, authored('unbalanced', 'claim-off-by-a-cent.835') + authored('tertiary', '1-primary-payer.835'));
    expect([partsOf(answer, 'parked').length, references(answer, 'reconciliation').length]).toEqual([1, 1]);
  });
});

describe('a remittance that was parked', () => {
  const bad = authored('unbalanced', 'claim-off-by-a-cent.835');
  const good = bad.replaceAll('120.96', '120.95');
  const parkedBy = async (server: TestServer, file: string): Promise<string> => part(partsOf(await importFile(server, file), 'parked')[0], 'task') ?? '';
  const taskAt = async (server: TestServer, reference: string): Promise<Task> => (await server.get(reference)).body as Task;

  test.each([
    ['with the same number and date', good],
    ['with another date', good.replaceAll('*20260414', '*20260415')],
  ])('is settled by the correct one %s: in one commit with what it posts', async (_name, correct) => {
    const server = await serverWith('unbalanced');
    const reference = await parkedBy(server, bad);
    const answer = await importFile(server, correct);
    expect([partsOf(answer, 'parked').length, references(answer, 'reconciliation').length], answer.text).toEqual([0, 1]);
    const task = await taskAt(server, reference);
    expect(task).toMatchObject({ status: 'completed', executionPeriod: { end: NOW.toISOString() }, note: [{}, { text: 'A remittance with the same trace number came that balances, and was posted' }] });
    const document = (await server.get(task.output?.[0]?.valueReference?.reference ?? '')).body as DocumentReference;
    expect(document.context?.related?.[0]?.reference).toBe(references(answer, 'reconciliation')[0]);
    const payment = (await server.get(references(answer, 'reconciliation')[0]!)).body as PaymentReconciliation;
    expect(task.meta?.lastUpdated).toBe(payment.meta?.lastUpdated);
    expect(isDuplicate(await importFile(server, bad))).toBe(true);
    expect((await taskAt(server, reference)).meta?.versionId).toBe('2');
  });

  test.each([
    ['of another number', good.replaceAll('MD260414003', 'MD260414004')],
    ['of the same number of another payer', good.replace('MD260414003*1894000003', 'MD260414003*1894000099')],
  ])('is not settled by one %s', async (_name, other) => {
    expect(other).not.toBe(good);
    const server = await serverWith('unbalanced');
    const reference = await parkedBy(server, bad);
    expect(references(await importFile(server, other), 'reconciliation')).toHaveLength(1);
    expect((await taskAt(server, reference)).status).toBe('ready');
  });

  test('since other amounts were posted before is left to a person', async () => {
    const server = await serverWith('unbalanced');
    await importFile(server, good);
    const differs = await parkedBy(server, good.replaceAll('120.95', '119.95').replace('102.85**1', '101.85**1').replace('CO*45*77.15', 'CO*45*78.15'));
    expect(differs).not.toBe('');
    await importFile(server, good.replaceAll('*20260414', '*20260415'));
    expect((await taskAt(server, differs)).status).toBe('ready');
  });

  test('and has a note of somebody is settled without losing it', async () => {
    const server = await serverWith('unbalanced');
    const reference = await parkedBy(server, bad);
    const task = await taskAt(server, reference);
    expect((await server.put(reference, { ...task, status: 'in-progress', owner: { reference: 'Organization/pebble-creek' }, note: [...(task.note ?? []), { text: 'Called the payer' }] })).status).toBe(200);
    await importFile(server, good);
    expect(await taskAt(server, reference)).toMatchObject({ status: 'completed', owner: { reference: 'Organization/pebble-creek' }, note: [{}, { text: 'Called the payer' }, {}] });
  });
});

/** More than any other request may have; `COBALT_TEST_IMPORT_MB=100` is what a release is tested with. */
const MB = Number(process.env['COBALT_TEST_IMPORT_MB'] ?? 36);

describe('a large file', () => {
  test(`of ${MB} MB is taken as a body of its own, and read back byte for byte`, { timeout: 300_000 }, async () => {
    const server = await serverWith('tertiary');
    const file = padded(authored('tertiary', '1-primary-payer.835'), MB * 2 ** 20);
    const answer = await importFile(server, file);
    expect(answer.status, answer.text).toBe(200);
    expect([references(answer, 'reconciliation').length, partsOf(answer, 'unmatched').length]).toEqual([1, 0]);
    const document = ((await server.get('DocumentReference')).body as Bundle<DocumentReference>).entry?.[0]?.resource;
    const kept = await fetch(`${server.base}/${document?.content[0]?.attachment.url ?? ''}`, { headers: { accept: 'application/edi-x12' } });
    expect([kept.status, kept.headers.get('content-type')]).toEqual([200, 'application/edi-x12']);
    expect(Buffer.from(await kept.arrayBuffer()).equals(file)).toBe(true);
  });

  test('of other kinds is refused as before', async () => {
    const server = await serverWith();
    const answer = await server.request('POST', '$import-835', Buffer.alloc(33 * 2 ** 20, 32), { 'Content-Type': 'application/fhir+json' });
    expect(answer.status).toBe(413);
  });
});

describe('a file that can\'t be read is refused whole', () => {
  const good = authored('tertiary', '1-primary-payer.835');
  const cases: readonly (readonly [name: string, file: string, headers: Record<string, string>, status: number, text: string])[] = [
    ['a broken count after a set that is whole', good.replace('GE*1*', 'GE*2*'), X12, 422, 'segment 40, GE01'],
    ['a second interchange that is cut off', good + good.slice(0, 500), X12, 422, 'ends inside a segment'],
    ['junk', 'hello', X12, 422, 'does not begin with ISA'],
    ['nothing', '', X12, 422, 'the file is empty'],
    ['another transaction set', interchange([], { code: '277' }), X12, 422, '(277)'],
    ['an amount that is none', interchange([...HEADER, 'CLP*A*1*x*60']), X12, 422, 'segment 10, CLP03'],
    ['an envelope without a set', interchange([]).replace(/ST\*.*~\nSE\*.*~\n/, '').replace('GE*1*', 'GE*0*'), X12, 422, 'no transaction set'],
    ['another media type', good, { 'Content-Type': 'text/csv' }, 415, 'application/edi-x12'],
    ['JSON that is no Parameters', '{"resourceType":"Patient"}', { 'Content-Type': 'application/fhir+json' }, 400, 'Parameters'],
    ['Parameters without a file', '{"resourceType":"Parameters"}', { 'Content-Type': 'application/fhir+json' }, 400, 'file is needed'],
  ];
  let server: TestServer;
  beforeAll(async () => {
    server = await serverWith('tertiary');
  });
  test.each(cases)('%s', async (_name, file, headers, status, text) => {
    const answer = await server.request('POST', '$import-835', file, headers);
    expect(answer.status, answer.text).toBe(status);
    expect(issuesOf(answer)[0]?.details?.text).toContain(text);
    expect([await count(server, 'PaymentReconciliation'), await count(server, 'Binary')]).toEqual([0, 0]);
  });

  test('the error names the element of the Parameters that the file came in; a file that is the body has none', async () => {
    const data = Buffer.from('hello').toString('base64');
    const within = await server.post('$import-835', { resourceType: 'Parameters', parameter: [{ name: 'file', resource: { resourceType: 'Binary', contentType: 'application/edi-x12', data } }] });
    expect([within.status, issuesOf(within)[0]?.expression]).toEqual([422, ['Parameters.parameter[0].resource']]);
    const alone = await server.request('POST', '$import-835', 'hello', X12);
    expect([alone.status, issuesOf(alone)[0]?.expression]).toEqual([422, undefined]);
  });
});

describe('decisions without a claim', () => {
  const file = authored('professional-secondary', 'remit.835').replace('PCC26022401', 'UNKNOWN1');
  let server: TestServer;
  beforeAll(async () => {
    server = await serverWith('professional-secondary', 'tertiary');
  });

  test('are kept without request, the patient by identifier and name, and can be matched', async () => {
    const answer = await importFile(server, file);
    const [unmatched] = partsOf(answer, 'unmatched');
    expect([part(unmatched, 'pcn'), part(unmatched, 'payerClaimNumber'), part(unmatched, 'adjudication')]).toEqual(['UNKNOWN1', 'IRG-26-0311-5521', references(answer, 'adjudication')[0]]);
    const reference = part(unmatched, 'adjudication') ?? '';
    const kept = (await server.get(reference)).body as ClaimResponse;
    expect(kept.request).toBeUndefined();
    expect(kept.patient).toEqual({ identifier: { type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MB' }] }, value: 'IR550912' }, display: 'BEAUCHENE, ODILE' });
    expect(kept.insurer).toEqual({ reference: 'Organization/payer-irongate' });
    expect(((await server.get(part(unmatched, 'task') ?? '')).body as Task)).toMatchObject({ status: 'ready', focus: { reference }, code: { coding: [{ code: 'match-remittance' }] } });

    const match = (claim: string): Promise<Answer> => server.post(`${reference}/$match`, { resourceType: 'Parameters', parameter: [{ name: 'claim', valueReference: { reference: claim } }] });
    expect((await match('Claim/none')).status).toBe(422);
    const matched = await match('Claim/clm-beauchene-1');
    expect(matched.status, matched.text).toBe(200);
    const { request, patient, meta, ...same } = matched.body as ClaimResponse;
    expect(request).toMatchObject({ reference: 'Claim/clm-beauchene-1', identifier: { value: 'UNKNOWN1' } });
    expect(patient).toEqual({ ...kept.patient, reference: 'Patient/pat-beauchene' });
    expect({ ...same, patient: kept.patient, meta: kept.meta }).toEqual(kept);
    expect(meta?.versionId).toBe('2');
    expect(((await server.get(part(unmatched, 'task') ?? '')).body as Task).status).toBe('completed');
    expect((await match('Claim/clm-beauchene-1')).body.meta.versionId).toBe('2');
    const derived = await server.post('Claim/clm-beauchene-1/$derive-secondary', { resourceType: 'Parameters', parameter: [{ name: 'asOf', valueDate: '2026-03-20' }] });
    expect(partsOf(derived, 'reason')[0]?.valueCode).toBe('derived');
    expect(isDuplicate(await importFile(server, file))).toBe(true);
    expect(partsOf(await importFile(server, file), 'unmatched')).toEqual([]);
  });

  test('are not matched to another claim, nor to one of a patient without that payer', async () => {
    const [meadowlark] = partsOf(await importFile(server, authored('tertiary', '1-primary-payer.835').replace('PCC26031701', 'UNKNOWN2')), 'unmatched');
    const match = (claim: string): Promise<Answer> => server.post(`${part(meadowlark, 'adjudication') ?? ''}/$match`, { resourceType: 'Parameters', parameter: [{ name: 'claim', valueReference: { reference: claim } }] });
    expect(issuesOf(await match('Claim/clm-beauchene-1'))[0]?.details?.coding?.[0]?.code).toBe('payer-of-another-claim');
    expect((await match('Claim/clm-rosenqvarn-1')).status).toBe(200);
    expect(issuesOf(await match('Claim/clm-beauchene-1'))[0]?.details?.coding?.[0]?.code).toBe('already-matched');
  });
});

test('a decision that is imported goes on by itself to the next payer\'s claim', async () => {
  const server = await startTestServer({ now: () => new Date('2026-04-01T10:00:00Z'), automation: true });
  openServers.push(server);
  await server.post('', JSON.parse(authored('tertiary', 'resources.json')));
  const [decision] = references(await importFile(server, authored('tertiary', '1-primary-payer.835')), 'adjudication');
  await server.drain();
  const drafts = ((await server.get('Claim?status=draft')).body as Bundle<Claim>).entry ?? [];
  expect(drafts.map(({ resource }) => resource?.insurance.map(({ focal, coverage, claimResponse }) => [focal, coverage.reference, claimResponse?.reference]))).toEqual([[
    [false, 'Coverage/cov-rosenqvarn-mother', decision], [true, 'Coverage/cov-rosenqvarn-father', undefined], [false, 'Coverage/cov-rosenqvarn-medicaid', undefined],
  ]]);
});

describe.runIf(hasSamples)('the public samples', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await serverWith();
  });
  test.each(sampleFiles('x12-835'))('%s is taken, or parked where it does not balance', async (name) => {
    const answer = await importFile(server, sample('x12-835', name));
    expect(answer.status, answer.text).toBe(200);
    expect(partsOf(answer, 'parked').length).toBe(name === 'pyx12--reversal-correction.835' ? 1 : 0);
    expect(partsOf(answer, 'unmatched').length).toBe(references(answer, 'adjudication').length);
  });
  test.each(sampleFiles('x12-other'))('%s is refused by its name', async (name) => {
    const answer = await importFile(server, sample('x12-other', name));
    expect([answer.status, issuesOf(answer)[0]?.details?.text?.includes('a remittance (835) is read here')]).toEqual([422, true]);
  });
});
