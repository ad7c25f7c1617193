import type { ClaimResponseItemAdjudication, ExplanationOfBenefit, Extension } from 'fhir/r4.js';
import { describe, expect, it, test } from 'vitest';
import { readAdjudication } from '../../src/claims/index.js';
import type { Adjudication } from '../../src/claims/model.js';
import { claimResponse, DISCRIMINATOR, explanation, row, rows, service, usd, type ShortRow } from './decisions.js';

const BASE = 'https://cobalt.example/fhir/StructureDefinition';
const GROUP = 'https://x12.org/codes/claim-adjustment-group-codes';
const CARC = 'https://x12.org/codes/claim-adjustment-reason-codes';
const RARC = 'https://x12.org/codes/remittance-advice-remark-codes';

/** What a line is read as, and the codes and places of what was noticed. */
function readLine(list: readonly ClaimResponseItemAdjudication[]) {
  const { adjudication, findings } = readAdjudication({ ...claimResponse({ total: [['submitted', 1]] }), item: [{ itemSequence: 1, adjudication: [...list] }] });
  return { line: adjudication.lines[0]!, findings: findings.map((finding) => `${finding.severity} ${finding.code} ${finding.expression}`) };
}

describe('categories', () => {
  const categories: ShortRow[] = [
    ['submitted', 230], ['eligible', 126.07], ['deductible', 40], ['coinsurance', 17.21], ['copay', 5], ['noncovered', 1], ['memberliability', 57.21],
    ['paidtopatient', 2], ['paidbypatient', 3], ['priorpayerpaid', 4], ['discount', 6], ['paidtoprovider', 67.48], ['eligpercent', 80],
  ];
  test('of R4 and CARIN BB', () => {
    const { line, findings } = readLine(rows(categories));
    expect(line.stated).toEqual({
      charge: 23000, allowed: 12607, deductible: 4000, coinsurance: 1721, copay: 500, noncovered: 100, memberLiability: 5721, paidToPatient: 200, patientPaid: 300, priorPayerPaid: 400, discount: 600, paid: 6748,
    });
    expect(line.coveredPercent).toBe(80);
    expect(findings).toEqual([]);
  });

  const coded = (system: string | undefined, code: string, amount = 7) => ({ category: { coding: [{ ...(system ? { system } : {}), code }] }, amount: usd(amount) });
  test.each([
    ['a category without a system (R4 example UR3503)', coded(undefined, 'submitted'), { charge: 700 }],
    ['a second coding beside it (Blue Button)', { category: { coding: [{ system: 'https://bluebutton.cms.gov/fhir/CodeSystem/Adjudication', code: 'CLM_X' }, ...row(['submitted', 7]).category.coding!] }, amount: usd(7) }, { charge: 700 }],
    ['Blue Button 1 variables (Synthea)', coded('https://bluebutton.cms.gov/resources/codesystem/adjudication', 'https://bluebutton.cms.gov/resources/variables/line_prvdr_pmt_amt'), { paid: 700 }],
    ['a category of another system says nothing', coded('https://example.org/own', 'submitted'), {}],
    ['a category with text only says nothing', { category: { text: 'Submitted' }, amount: usd(7) }, {}],
  ])('%s', (_name, given, stated) => {
    const { line, findings } = readLine([given]);
    expect(line.stated).toEqual(stated);
    expect(findings).toEqual([]);
  });
});

describe('benefit and paidtoprovider say the same and are never added', () => {
  test.each<[string, ShortRow[], object, string[]]>([
    ['both alike', [['benefit', 20], ['paidtoprovider', 20]], { paid: 2000 }, []],
    ['benefit alone', [['benefit', 20]], { paid: 2000 }, []],
    ['paidtoprovider alone', [['paidtoprovider', 20]], { paid: 2000 }, []],
    ['benefit paid in part to the patient', [['benefit', 20], ['paidtoprovider', 15], ['paidtopatient', 5]], { paid: 1500, paidToPatient: 500 }, []],
    ['they differ', [['benefit', 20], ['paidtoprovider', 19]], { paid: 2000 }, ['error paid-disagrees ClaimResponse.item[0]']],
  ])('%s', (_name, list, stated, findings) => {
    const read = readLine(rows(list));
    expect(read.line.stated).toEqual(stated);
    expect(read.findings).toEqual(findings);
  });
});

describe('adjustments', () => {
  const reason = (system: string, code: string) => ({ coding: [{ system, code }] });
  const category = { coding: [{ system: DISCRIMINATOR, code: 'adjustmentreason' }] };
  const groupOnly = (code: string) => ({ coding: [{ system: GROUP, code }] });
  test.each<[string, ClaimResponseItemAdjudication, Partial<Adjudication>, string[]]>([
    ['a CAS trio', row(['PR-2', 17.21]), { adjustments: [{ group: 'PR', reason: '2', amount: 1721 as never }] }, []],
    ['with a quantity', { ...row(['CO-45', 10]), extension: [{ url: `${BASE}/adjustment-quantity`, valueDecimal: 2 }] }, { adjustments: [{ group: 'CO', reason: '45', amount: 1000 as never, quantity: 2 }] }, []],
    ['the group as the only coding (Oystehr)', { category: groupOnly('CO'), reason: reason(CARC, '45'), amount: usd(10) }, { adjustments: [{ group: 'CO', reason: '45', amount: 1000 as never }] }, []],
    ['the group among the codings of the reason (CMS)', { category, reason: { coding: [{ system: GROUP, code: 'PR' }, { system: CARC, code: 'B7' }] }, amount: usd(10) }, { adjustments: [{ group: 'PR', reason: 'B7', amount: 1000 as never }] }, []],
    ['an unknown CARC is kept', row(['CO-999', 1]), { adjustments: [{ group: 'CO', reason: '999', amount: 100 as never }] }, []],
    ['no group: kept, counted nowhere', { category, reason: reason(CARC, '45'), amount: usd(10) }, { incomplete: [{ reason: '45', amount: 1000 as never }] }, ['error adjustment-incomplete ClaimResponse.item[0].adjudication[0]']],
    ['a group that is none', { category: groupOnly('XX'), reason: reason(CARC, '45'), amount: usd(10) }, { incomplete: [{ group: 'XX', reason: '45', amount: 1000 as never }] }, ['error adjustment-incomplete ClaimResponse.item[0].adjudication[0]']],
    ['no CARC', { category: groupOnly('CO'), amount: usd(10) }, { incomplete: [{ group: 'CO', amount: 1000 as never }] }, ['error adjustment-incomplete ClaimResponse.item[0].adjudication[0]']],
    ['no amount', { category: groupOnly('PR'), reason: reason(CARC, 'B7') }, { incomplete: [{ group: 'PR', reason: 'B7' }] }, ['warning adjustment-incomplete ClaimResponse.item[0].adjudication[0]']],
    ['neither group nor known reason nor amount', { category, reason: reason('https://example.org/own', '1') }, {}, ['warning adjustment-incomplete ClaimResponse.item[0].adjudication[0]']],
    ['a RARC alone', row(['MA18']), { remarks: ['MA18'] }, []],
    ['a RARC beside its CARC', { ...row(['CO-16', 5]), reason: { coding: [{ system: CARC, code: '16' }, { system: RARC, code: 'N4' }] } }, { adjustments: [{ group: 'CO', reason: '16', amount: 500 as never }], remarks: ['N4'] }, []],
  ])('%s', (_name, given, expected, findings) => {
    const read = readLine([given]);
    expect(read.line).toMatchObject({ adjustments: [], remarks: [], ...expected });
    expect(read.line.incomplete).toEqual(expected.incomplete);
    expect(read.findings).toEqual(findings);
  });
});

describe('amounts that can\'t be taken', () => {
  const submitted = row(['submitted', 1]).category;
  test.each<[string, ClaimResponseItemAdjudication, string[]]>([
    ['parts of a cent', { category: submitted, amount: usd(112.41600000000001) }, ['error amount-inexact ClaimResponse.item[0].adjudication[0].amount.value']],
    ['another currency', { category: submitted, amount: { value: 5, currency: 'EUR' } }, ['error currency ClaimResponse.item[0].adjudication[0].amount.currency']],
    ['no value', { category: submitted, amount: { currency: 'USD' } }, ['error amount-absent ClaimResponse.item[0].adjudication[0].amount']],
    ['no amount', { category: submitted }, ['error amount-absent ClaimResponse.item[0].adjudication[0]']],
    ['an adjustment with parts of a cent', { ...row(['CO-45', 1]), amount: usd(0.005) }, ['error amount-inexact ClaimResponse.item[0].adjudication[0].amount.value', 'error adjustment-incomplete ClaimResponse.item[0].adjudication[0]']],
  ])('%s', (_name, given, findings) => {
    const read = readLine([given]);
    expect(read.line.stated).toEqual({});
    expect(read.findings).toEqual(findings);
  });

  test('no currency is taken as USD, and said', () => {
    const read = readLine([{ category: submitted, amount: { value: 5 } }]);
    expect(read.line.stated.charge).toBe(500);
    expect(read.findings).toEqual(['information currency-absent ClaimResponse.item[0].adjudication[0].amount']);
  });

  test.each<[string, ShortRow[], string[], object]>([
    ['the same category twice with the same amount', [['submitted', 5], ['submitted', 5]], [], { charge: 500 }],
    ['a payment stated twice differently', [['benefit', 5], ['benefit', 6]], ['error amount-repeated ClaimResponse.item[0].adjudication[1]'], { paid: 500 }],
    ['a view stated twice differently', [['copay', 5], ['copay', 6]], ['warning amount-repeated ClaimResponse.item[0].adjudication[1]'], { copay: 500 }],
    ['one row per other payer is summed', [['priorpayerpaid', 17], ['priorpayerpaid', 14.21]], [], { priorPayerPaid: 3121 }],
  ])('%s', (_name, list, findings, stated) => {
    const read = readLine(rows(list));
    expect(read.line.stated).toEqual(stated);
    expect(read.findings).toEqual(findings);
  });
});

describe('details', () => {
  const detailed = (own: ShortRow[], details: ShortRow[][], subDetails: ShortRow[][] = []) =>
    readAdjudication({
      ...claimResponse({}),
      item: [{
        itemSequence: 1, adjudication: rows(own),
        detail: details.map((detail, index) => ({ detailSequence: index + 1, adjudication: rows(detail), ...(subDetails.length > 0 ? { subDetail: subDetails.map((sub, at) => ({ subDetailSequence: at + 1, adjudication: rows(sub) })) } : {}) })),
      }],
    });
  test('what only they state is their sum, adjustments and remarks too', () => {
    const { adjudication, findings } = detailed([], [[['submitted', 60], ['CO-45', 10], ['benefit', 50]], [['submitted', 40], ['CO-45', 5], ['PR-2', 7], ['N20'], ['benefit', 28]]]);
    expect(adjudication.lines[0]).toMatchObject({ stated: { charge: 10000, paid: 7800 }, remarks: ['N20'] });
    expect(adjudication.lines[0]?.adjustments.map((one) => `${one.group}-${one.reason} ${one.amount}`)).toEqual(['CO-45 1000', 'CO-45 500', 'PR-2 700']);
    expect(findings).toEqual([]);
  });
  test('what the line states is not counted again', () => {
    const { adjudication, findings } = detailed([['submitted', 100], ['CO-45', 15], ['benefit', 85]], [[['submitted', 100], ['CO-45', 15], ['benefit', 85]]]);
    expect(adjudication.lines[0]).toMatchObject({ stated: { charge: 10000, paid: 8500 } });
    expect(adjudication.lines[0]?.adjustments).toHaveLength(1);
    expect(findings).toEqual([]);
  });
  test('two levels down', () => {
    expect(detailed([], [[]], [[['submitted', 30]], [['submitted', 12.5]]]).adjudication.lines[0]?.stated.charge).toBe(4250);
  });
  test('a payment that they break down otherwise is noticed', () => {
    expect(detailed([['benefit', 85]], [[['benefit', 80]]]).findings).toMatchObject([{ code: 'details-disagree', expression: 'ClaimResponse.item[0]' }]);
  });
});

describe('lines that the payer added', () => {
  const added = (itemSequence: number[] | undefined) => ({ ...(itemSequence ? { itemSequence } : {}), productOrService: service, modifier: [{ coding: [{ code: '59' }] }], quantity: { value: 2 }, servicedDate: '2026-02-05', net: usd(250), adjudication: rows([['benefit', 240], ['PR-3', 10]]) });
  test('instead of claim lines, and of its own', () => {
    const { adjudication, findings } = readAdjudication({ ...claimResponse({ lines: [[['submitted', 1]]] }), addItem: [added([2, 3]), added(undefined)] });
    expect(adjudication.lines).toMatchObject([
      { sequence: 1 },
      { sequence: 2, joined: [3], added: 'replaces', stated: { charge: 25000, paid: 24000 }, service: { code: '99213', modifiers: ['59'], quantity: 2 }, serviced: { start: '2026-02-05', end: '2026-02-05' }, expression: 'ClaimResponse.addItem[0]' },
      { sequence: 4, added: 'new', expression: 'ClaimResponse.addItem[1]' },
    ]);
    expect(findings.map((finding) => finding.code)).toEqual(['line-added', 'line-added']);
  });
});

describe('the header', () => {
  test('of a ClaimResponse', () => {
    const carrier: Extension = { url: `${BASE}/crossover-carrier`, valueReference: { display: 'STONEBRIDGE MEDIGAP' } };
    const moa: Extension = { url: `${BASE}/outpatient-adjudication`, extension: [{ url: 'moa01', valueDecimal: 0.5 }, { url: 'moa03', valueCode: 'MA01' }, { url: 'moa04', valueCode: 'MA18' }] };
    const response = claimResponse({ id: 'r', eraStatus: '19', total: [['submitted', 100], ['benefit', 80]], claim: [['MA01']] });
    const { adjudication, findings } = readAdjudication({
      ...response, extension: [...response.extension!, carrier, moa], created: '2026-01-27T10:00:00Z', request: { reference: 'Claim/c/_history/3', identifier: { value: 'PCC-1' } },
      total: [...response.total!, { category: { coding: [{ system: 'https://codesystem.x12.org/005010/522', code: 'I' }] }, amount: usd(1.5) }],
      payment: { type: { coding: [{ code: 'complete' }] }, date: '2026-01-29', amount: usd(81.5) },
    });
    expect(adjudication).toMatchObject({
      source: { resourceType: 'ClaimResponse', reference: 'ClaimResponse/r' }, status: 'active', use: 'claim', outcome: 'complete', eraStatus: '19', payerClaimNumber: 'ICN-1', providerClaimNumber: 'PCC-1',
      claim: 'Claim/c', patient: 'Patient/p', insurer: 'Organization/payer', coverage: 'Coverage/first', date: '2026-01-29', stated: { charge: 10000, paid: 8000 }, remarks: ['MA01', 'MA18'], interest: 150,
      crossoverCarrier: { display: 'STONEBRIDGE MEDIGAP' },
    });
    expect(findings).toEqual([]);
  });

  const eob = (parts: Partial<ExplanationOfBenefit>) => readAdjudication(explanation(parts));
  test.each<[string, Partial<ExplanationOfBenefit>, object, string[]]>([
    ['the payment before what is not this claim\'s (R4 example R3502)', { payment: { amount: usd(107), adjustment: usd(75) } }, { stated: { paid: 18200 } }, []],
    ['the total before the payment', { total: rows([['benefit', 90.47]]) as never, payment: { amount: usd(100.47) } }, { stated: { paid: 9047 } }, ['payment-disagrees']],
    ['header rows where there is no total', { adjudication: rows([['paidtoprovider', 620], ['submitted', 2650]]) }, { stated: { paid: 62000, charge: 265000 } }, []],
    ['the total before header rows', { adjudication: rows([['submitted', 1]]), total: rows([['submitted', 2]]) as never }, { stated: { charge: 200 } }, []],
    ['the date of the payment', { payment: { date: '2026-03-01' } }, { date: '2026-03-01' }, []],
    ['a date to the month', { created: '2026-02' }, { date: '2026-02' }, ['date-imprecise']],
    ['the only coverage, marked or not', { insurance: [{ focal: false, coverage: { reference: 'Coverage/only' } }] }, { coverage: 'Coverage/only' }, []],
    ['the focal coverage of several', { insurance: [{ focal: false, coverage: { reference: 'Coverage/a' } }, { focal: true, coverage: { reference: 'Coverage/b' } }] }, { coverage: 'Coverage/b' }, []],
    ['several focal coverages', { insurance: [{ focal: true, coverage: { reference: 'Coverage/a' } }, { focal: true, coverage: { reference: 'Coverage/b' } }] }, { coverage: undefined }, ['focal-ambiguous']],
    ['the patient account number (C4BB)', { supportingInfo: [{ sequence: 1, category: { coding: [{ code: 'patientaccountnumber' }] }, valueString: 'PCC-9' }] }, { providerClaimNumber: 'PCC-9' }, []],
  ])('%s', (_name, parts, expected, codes) => {
    const { adjudication, findings } = eob(parts);
    for (const [field, value] of Object.entries(expected)) expect(adjudication[field as keyof Adjudication]).toEqual(value);
    expect(findings.map((finding) => finding.code)).toEqual(codes);
  });

  it('a line of an EOB: service, units and dates', () => {
    const { adjudication } = eob({ item: [{ sequence: 3, productOrService: service, modifier: [{ coding: [{ code: '25' }, { code: 'RT' }] }], quantity: { value: 2 }, servicedPeriod: { start: '2026-02-05', end: '2026-02-06' }, net: usd(10) }] });
    expect(adjudication.lines).toMatchObject([{ sequence: 3, service: { system: 'http://www.ama-assn.org/go/cpt', code: '99213', modifiers: ['25', 'RT'], quantity: 2 }, serviced: { start: '2026-02-05', end: '2026-02-06' }, stated: { charge: 1000 }, expression: 'ExplanationOfBenefit.item[0]' }]);
  });

  it('the service as adjudicated on a ClaimResponse', () => {
    const extension: Extension[] = [{ url: `${BASE}/adjudicated-service`, extension: [{ url: 'productOrService', valueCodeableConcept: service }, { url: 'modifier', valueCodeableConcept: { coding: [{ code: '52' }] } }, { url: 'quantity', valueDecimal: 3 }] }];
    const { adjudication } = readAdjudication({ ...claimResponse({}), item: [{ extension, itemSequence: 2, adjudication: [] }] });
    expect(adjudication.lines[0]).toMatchObject({ sequence: 2, service: { code: '99213', modifiers: ['52'], quantity: 3 } });
  });
});
