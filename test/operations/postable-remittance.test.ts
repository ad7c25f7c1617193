import { gunzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import type { Binary, OperationOutcome, Parameters, ParametersParameter } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inProject } from '../../src/root.js';
import { readRemittances } from '../../src/x12/era/reader.js';
import { issuesOf, startTestServer, type Answer, type TestServer } from '../http/server.js';
import { bundles } from '../seed/seed.js';
import { pageCount, pdfText } from '../work/documents/pdf-text.js';

/** Da Vinci Postable Remittance 1.0.0: names and shapes are those of its profiles and examples. */
let server: TestServer;
const MORESBY = readFileSync(inProject('seed/13-moresby.835'), 'utf8');
/** The same payment to somebody else, in a file with one more of ours: two payees, two payments, two envelopes in one. */
const OTHER = MORESBY.replace(/TRN\*1\*HBL263160042/, 'TRN*1*0000009017').replaceAll('20261112', '20261119').replace('CLP*LFC261301', 'CLP*NOBODY1').replace(/HBL-26-316-0410/, 'HBL-26-999-0001').replace('DTM*232*20261027', 'DTM*050*20261101~\nDTM*232*20261027');
const bodyOf = (file: string): string => file.slice(file.indexOf('ST*835'), file.indexOf('GE*'));
const TOGETHER = MORESBY.replace('GE*1*', 'GE*2*').replace(bodyOf(MORESBY), `${bodyOf(MORESBY).replace('HBL263160042', 'HBL263160099').replaceAll('CLP*LFC261301', 'CLP*NOBODY2').replace('HBL-26-316-0410', 'HBL-26-999-0002')}${bodyOf(OTHER).replaceAll('*0001~', '*0002~').replace('SE*22', 'SE*23')}`);

const importing = (file: string): Promise<Answer> => server.request('POST', '$import-835', file, { 'Content-Type': 'application/edi-x12' });
beforeAll(async () => {
  server = await startTestServer();
  for (const [, bundle] of bundles) expect((await server.post('', bundle)).status).toBe(200);
  for (const file of [MORESBY, TOGETHER]) {
    const answer = await importing(file);
    expect(answer.status, answer.text).toBe(200);
  }
});
afterAll(() => server.close());

const TIN = { name: 'TIN', valueString: '893000071' };
const call = (code: string, ...parameter: readonly object[]): Promise<Answer> => server.post(`$${code}`, { resourceType: 'Parameters', parameter });
const claim = (...part: readonly object[]) => ({ name: 'Claim', part: [{ name: 'ProviderClaimID', valueString: 'LFC261301' }, ...part] });
const patient = (...part: readonly object[]) => ({ name: 'Patient', part: [{ name: 'PatientID', valueString: 'HBL010214' }, { name: 'DateOfBirth', valueDate: '2001-02-14' }, ...part] });
const days = (start: string, end: string) => [{ name: 'ServiceStartDate', valueDate: start }, { name: 'ServiceEndDate', valueDate: end }];
const payment = (number: string, start = '2026-11-01', end = '2026-11-30', ...part: readonly object[]) => ({ name: 'PaymentInfo', part: [{ name: 'PaymentIssueDate', valuePeriod: { start, end } }, { name: 'PaymentNumber', valueString: number }, ...part] });

/** An answer as plain values by name. */
function plain(parameters: readonly ParametersParameter[] = []): Record<string, unknown> {
  return Object.fromEntries(parameters.map(({ name, part, ...value }) => [name, part ? plain(part) : Object.values(value)[0]]));
}
const found = (answer: Answer): Record<string, unknown> => plain((answer.body as Parameters).parameter);
const REMITTANCE = { RemittanceAdviceIdentifier: '368bd7404a28e7372eccc6d423281513', RemittanceAdviceType: 'application/EDI-X12', RemittanceAdviceDate: '2026-11-11', RemittanceAdviceFileSize: MORESBY.length };
const PAID = { PaymentNumber: 'HBL263160042', PaymentAmount: { value: 121, currency: 'USD' }, Remittance: REMITTANCE };
const OF_MORESBY = {
  TIN: '893000071',
  Payer: { PayerID: 'HBL10', PayerName: 'Harborlight Health' },
  Claim: { PayerClaimID: 'HBL-26-316-0410', ProviderClaimID: 'LFC261301', ClaimReceivedDate: '2026-10-27', ProviderID: '1002000713', PaymentInfo: { PaymentDate: '2026-11-12', ...PAID } },
  Patient: { DateOfBirth: '2001-02-14', PatientID: 'HBL010214', PatientFirstName: 'Pia', PatientLastName: 'Moresby' },
};
const isNone = (answer: Answer): void => {
  expect([answer.status, (answer.body as OperationOutcome).resourceType, issuesOf(answer).map(({ severity, code }) => [severity, code])], answer.text).toEqual([200, 'OperationOutcome', [['warning', 'not-found']]]);
};

describe('$searchByClaim', () => {
  test.each<[string, readonly object[]]>([
    ['the number alone', [claim()]],
    ['a tax number with its hyphen', [{ name: 'TIN', valueString: '89-3000071' }, claim()]],
    ['all that can be said', [...days('2026-10-01', '2026-10-31'), { name: 'PatientID', valueString: 'HBL010214' }, { name: 'PayerID', valueString: 'HBL10' }, { name: 'PayerName', valueString: 'HARBORLIGHT HEALTH' },
      claim({ name: 'ProviderID', valueString: '1002000713' }, { name: 'PayerClaimID', valueString: 'HBL-26-316-0410' }, { name: 'ClaimChargeAmount', valueMoney: { value: 217, currency: 'USD' } })]],
  ])('finds it by %s', async (_title, parameters) => {
    const stated = parameters as { name: string; valueString?: string }[];
    const tin = stated.find(({ name }) => name === 'TIN')?.valueString ?? TIN.valueString;
    const answer = await call('searchByClaim', ...(stated.some(({ name }) => name === 'TIN') ? [] : [TIN]), ...parameters);
    expect(answer.status, answer.text).toBe(200);
    expect(found(answer)).toEqual({ ...OF_MORESBY, TIN: tin });
  });

  test.each<[string, readonly object[]]>([
    ['of another payee', [{ name: 'TIN', valueString: '893000072' }, claim()]],
    ['of another number', [TIN, { name: 'Claim', part: [{ name: 'ProviderClaimID', valueString: 'LFC26130' }] }]],
    ['of another payer', [TIN, claim(), { name: 'PayerID', valueString: 'CPM22' }]],
    ['of a payer of another name', [TIN, claim(), { name: 'PayerName', valueString: 'Harborlight' }]],
    ['of services before', [TIN, claim(), ...days('2026-09-01', '2026-10-26')]],
    ['of services after', [TIN, claim(), { name: 'ServiceStartDate', valueDate: '2026-10-28' }]],
    ['of another patient', [TIN, claim(), { name: 'PatientID', valueString: 'HBL010215' }]],
    ['of another provider', [TIN, claim({ name: 'ProviderID', valueString: '1002000721' })]],
    ['of another number of the payer', [TIN, claim({ name: 'PayerClaimID', valueString: 'HBL-26-316-0411' })]],
    ['of another charge', [TIN, claim({ name: 'ClaimChargeAmount', valueMoney: { value: 217.01, currency: 'USD' } })]],
  ])('finds nothing %s', async (_title, parameters) => isNone(await call('searchByClaim', ...parameters)));

  test('a decision that nobody has joined to its claim is found by the number that the payer states, received as it says, and without a patient', async () => {
    const answer = found(await call('searchByClaim', TIN, { name: 'Claim', part: [{ name: 'ProviderClaimID', valueString: 'NOBODY1' }] }));
    expect(answer).toMatchObject({ Claim: { PayerClaimID: 'HBL-26-999-0001', ProviderClaimID: 'NOBODY1', ClaimReceivedDate: '2026-11-01', PaymentInfo: { PaymentNumber: '0000009017' } } });
    expect(answer).not.toHaveProperty('Patient');
  });

  test.each([['TIN is left out', [claim()]], ['the claim has no number', [TIN, { name: 'Claim', part: [{ name: 'PayerClaimID', valueString: '1' }] }]], ['a parameter is unknown', [TIN, claim(), { name: 'DateOfService', valueDate: '2026-10-27' }]]])('400 where %s', async (_title, parameters) => {
    expect((await call('searchByClaim', ...parameters)).status).toBe(400);
  });
  test('422 where a day is none', async () => expect((await call('searchByClaim', TIN, claim(), { name: 'ServiceStartDate', valueDate: '2026-10' })).status).toBe(422));
});

describe('$searchByPatient', () => {
  test.each<[string, readonly object[]]>([['member id and birth date', []], ['the names too', [{ name: 'FirstName', valueString: 'PIA' }, { name: 'LastName', valueString: 'moresby' }]]])('finds what was paid for services by %s', async (_title, names) => {
    const answer = await call('searchByPatient', TIN, ...days('2026-10-01', '2026-10-31'), patient(...names));
    expect(found(answer), answer.text).toEqual(OF_MORESBY);
  });

  test.each<[string, readonly object[]]>([
    ['with another birth date', [TIN, ...days('2026-10-01', '2026-10-31'), { name: 'Patient', part: [{ name: 'PatientID', valueString: 'HBL010214' }, { name: 'DateOfBirth', valueDate: '2001-02-15' }] }]],
    ['with another name', [TIN, ...days('2026-10-01', '2026-10-31'), patient({ name: 'LastName', valueString: 'Mores' })]],
    ['on other days', [TIN, ...days('2026-11-01', '2026-11-30'), patient()]],
    ['paid to others', [{ name: 'TIN', valueString: '111111111' }, ...days('2026-10-01', '2026-10-31'), patient()]],
  ])('finds nothing %s', async (_title, parameters) => isNone(await call('searchByPatient', ...parameters)));

  test('asks for the days', async () => expect((await call('searchByPatient', TIN, patient())).status).toBe(400));

  test('more than ten are refused', async () => {
    for (let n = 0; n < 10; n++) expect((await importing(MORESBY.replace('HBL263160042', `HBL26400${n}`).replace('HBL-26-316-0410', `HBL-26-400-${n}`))).status).toBe(200);
    const answer = await call('searchByPatient', TIN, ...days('2026-10-01', '2026-10-31'), patient());
    expect([answer.status, issuesOf(answer)[0]?.code]).toEqual([422, 'too-costly']);
  });
});

describe('$searchByPayment', () => {
  const range = (name: string, low: number, high: number) => ({ name, part: [{ name: 'PaymentAmountLow', valueMoney: { value: low, currency: 'USD' } }, { name: 'PaymentAmountHigh', valueMoney: { value: high, currency: 'USD' } }] });

  test.each<[string, readonly object[]]>([
    ['its number', [payment('HBL263160042')]],
    ['the last figures of its number', [payment('3160042')]],
    ['its amount too', [payment('HBL263160042', '2026-11-12', '2026-11-12', range('PaymentAmount', 121, 121))]],
    ['its amount, as the guide’s definition names it', [payment('HBL263160042', '2026-11-12', '2026-11-12', range('PaymentAmountRange', 100, 121.01))]],
    ['the days of service', [payment('HBL263160042'), ...days('2026-10-27', '2026-10-27')]],
  ])('finds a payment by %s', async (_title, parameters) => {
    const answer = await call('searchByPayment', TIN, ...parameters);
    expect(found(answer), answer.text).toEqual({ TIN: TIN.valueString, Payer: OF_MORESBY.Payer, PaymentInfo: { PaymentIssueDate: '2026-11-12', ...PAID } });
  });

  test('leading zeros may be left out', async () => {
    expect(found(await call('searchByPayment', TIN, payment('9017')))).toMatchObject({ PaymentInfo: { PaymentNumber: '0000009017', PaymentIssueDate: '2026-11-19' } });
    expect(found(await call('searchByPayment', TIN, payment('000009017')))).toMatchObject({ PaymentInfo: { PaymentNumber: '0000009017' } });
  });

  test.each<[string, readonly object[]]>([
    ['another number', [payment('HBL263160043')]], ['other days', [payment('HBL263160042', '2026-11-13', '2026-11-30')]], ['another amount', [payment('HBL263160042', '2026-11-12', '2026-11-12', range('PaymentAmount', 121.01, 500))]],
    ['services on other days', [payment('HBL263160042'), ...days('2026-11-01', '2026-11-30')]], ['another payer', [payment('HBL263160042'), { name: 'PayerID', valueString: 'CPM22' }]],
  ])('finds nothing by %s', async (_title, parameters) => isNone(await call('searchByPayment', TIN, ...parameters)));
});

describe('$downloadRemittance', () => {
  const download = (id: string, type?: string): Promise<Answer> => call('downloadRemittance', { name: 'RemittanceAdviceIdentifier', valueString: id }, ...(type === undefined ? [] : [{ name: 'RemittanceAdviceType', valueCode: type }]));
  const fileOf = (answer: Answer): Buffer => gunzipSync(Buffer.from((answer.body as Binary).data!, 'base64'));
  const idOf = async (number: string): Promise<string> => ((found(await call('searchByPayment', TIN, payment(number)))['PaymentInfo'] as { Remittance: { RemittanceAdviceIdentifier: string } }).Remittance.RemittanceAdviceIdentifier);

  test.each([[undefined], ['application/EDI-X12']])('the 835 byte for byte (%s), with its identifier', async (type) => {
    const answer = await download(REMITTANCE.RemittanceAdviceIdentifier, type);
    expect([answer.status, answer.body.contentType, fileOf(answer).toString()], answer.text).toEqual([200, 'application/EDI-X12+gzip', MORESBY]);
    expect([answer.body.meta.profile, answer.body._data.extension]).toEqual([
      ['http://hl7.org/fhir/us/davinci-pr/StructureDefinition/remittanceAdviceDocument'],
      [{ url: 'http://hl7.org/fhir/us/davinci-pr/StructureDefinition/remittanceIdentifierExt', valueString: REMITTANCE.RemittanceAdviceIdentifier }],
    ]);
  });

  test('of a file with several payments, the one alone, whole in itself, as large as was said', async () => {
    for (const [number, own, other] of [['HBL263160099', 'NOBODY2', 'NOBODY1'], ['9017', 'NOBODY1', 'NOBODY2']] as const) {
      const { Remittance } = found(await call('searchByPayment', TIN, payment(number)))['PaymentInfo'] as { Remittance: typeof REMITTANCE };
      const file = fileOf(await download(Remittance.RemittanceAdviceIdentifier));
      const read = [];
      for await (const remittance of readRemittances([file])) read.push(remittance);
      expect([read.length, read[0]!.claims.map(({ providerClaimNumber }) => providerClaimNumber), file.includes(other), file.length]).toEqual([1, [own], false, Remittance.RemittanceAdviceFileSize]);
    }
  });

  test('as PDF: the payment, each claim, each adjustment', async () => {
    const answer = await download(REMITTANCE.RemittanceAdviceIdentifier, 'application/pdf');
    const pdf = fileOf(answer);
    expect([answer.status, answer.body.contentType, pageCount(pdf)]).toEqual([200, 'application/pdf+gzip', 1]);
    const text = pdfText(pdf);
    for (const part of ['Harborlight Health to Larkspur Family Clinic', 'HBL263160042', 'November 12, 2026', '$121.00', 'Claim LFC261301', 'MORESBY, PIA', '$20.70', 'Amount applied to deductible']) expect(text).toContain(part);
  });

  test.each([['0'.repeat(32)], ['../etc/passwd'], ['x y']])('404 for %s', async (id) => expect((await download(id)).status).toBe(404));
  test('400 for another form', async () => expect((await download(await idOf('HBL263160042'), '835')).status).toBe(400));
});
