import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { formatCents, sum, type Cents } from '../../src/claims/money.js';
import { inProject } from '../../src/root.js';
import { checkRemittance, isBalanced } from '../../src/x12/era/balance.js';
import { nameOf, type Remittance } from '../../src/x12/era/remittance.js';
import { authored, hasSamples, HEADER, interchange, refusalOf, remittancesOf, sample, sampleFiles } from './files.js';

const only = async (body: readonly string[]): Promise<Remittance> => (await remittancesOf(interchange(body)))[0]!;
const errorsIn = (remittances: readonly Remittance[]): string[] => remittances.flatMap(checkRemittance).filter(({ severity }) => severity === 'error').map(({ rule }) => rule);

interface ExpectedSet {
  readonly trn: string;
  readonly claims: number;
  readonly sumClp04: string;
  readonly bpr02: string;
  readonly plb: string;
  readonly statuses: Readonly<Record<string, number>>;
  readonly balanced: boolean;
}
interface Expected {
  readonly transactionSets: readonly ExpectedSet[];
}
const FOLDERS = ['crossover', 'professional-secondary', 'reversal-correction', 'tertiary', 'unbalanced'];
const steps = FOLDERS.flatMap((folder) => {
  const { steps: all } = JSON.parse(readFileSync(inProject('test/samples/authored', folder, 'expected.json'), 'utf8')) as { steps: { do: string; file: string; expect: Expected & { summary?: Expected } }[] };
  return all.filter((step) => step.do === 'import').map(({ file, expect: { summary, transactionSets } }) => [`${folder}/${file}`, folder, file, (summary?.transactionSets ?? transactionSets)] as const);
});

const summary = (remittance: Remittance): ExpectedSet => {
  const { claims, trace, payment, providerAdjustments } = remittance;
  const statuses: Record<string, number> = {};
  for (const { status } of claims) statuses[status] = (statuses[status] ?? 0) + 1;
  const total = (amounts: readonly Cents[]): string => formatCents(sum(amounts));
  return {
    trn: trace.number, claims: claims.length, sumClp04: total(claims.map(({ paid }) => paid)), bpr02: formatCents(payment.amount),
    plb: total(providerAdjustments.map(({ amount }) => amount)), statuses, balanced: isBalanced(checkRemittance(remittance)),
  };
};

test.each(steps)('%s has the totals that its author worked out', async (_name, folder, file, expected) => {
  expect((await remittancesOf(authored(folder, file))).map(summary)).toEqual(expected.map(({ trn, claims, sumClp04, bpr02, plb, statuses, balanced }) => ({ trn, claims, sumClp04, bpr02, plb, statuses, balanced })));
});

describe('a remittance as values', () => {
  test('every element that matters, of a claim with two levels of adjustments', async () => {
    const remittance = await only([
      'BPR*I*60.5*C*ACH*CCP*****1894000004******20260312', 'TRN*1*T1*1894000004', 'CUR*PR*USD', 'REF*EV*CLINIC', 'DTM*405*20260311',
      'N1*PR*IRONGATE BENEFITS*XV*IRG60', 'N3*PO BOX 6000', 'REF*2U*IRG61', 'PER*BL*PROVIDER SERVICES', 'N1*PE*PEBBLE CREEK CLINIC*XX*1002000119', 'REF*TJ*893000001', 'LX*1', 'TS3*1*11*20261231*1*100',
      'CLP*A1*2*100*70*20.00*12*ICN-1*11*1**470', 'CAS*OA*23*5*1*A7*1', 'NM1*QC*1*DOE*JAN*M***MI*M1', 'NM1*IL*1*DOE*PAT', 'NM1*74*1*DOE*JANE****C*M2', 'NM1*TT*2*MEDIGAP*****PI*SBM30', 'MOA*0.8*12.5*MA01*MA18', 'MIA*0**3**N1', 'REF*F8*ICN-0', 'DTM*232*20260301', 'DTM*036*19000231', 'AMT*I*1.25', 'QTY*CA*2',
      'SVC*HC:99213:25:59*100.*70.0*0510*0*HC:99214*2', 'DTM*472*20260301', 'CAS*PR*1*10**2*10', 'CAS*CO*45*4*2', 'REF*6R*1', 'AMT*B6*96', 'LQ*HE*N20', 'LQ*RX*75',
      'PLB*1002000119*20261231*WO:ICN-9*10.75*L6*-1.25',
    ]);
    expect(remittance).toMatchObject({
      payment: { handling: 'I', amount: 6050, creditOrDebit: 'C', method: 'ACH', originator: '1894000004', date: '2026-03-12', statedDate: '20260312' },
      trace: { number: 'T1', originator: '1894000004' }, currency: 'USD', receiver: 'CLINIC', productionDate: '2026-03-11', groupDate: '2026-03-11',
      payer: { name: 'IRONGATE BENEFITS', id: { qualifier: 'XV', value: 'IRG60' }, references: [{ qualifier: '2U', value: 'IRG61' }] },
      payee: { id: { qualifier: 'XX', value: '1002000119' }, references: [{ qualifier: 'TJ', value: '893000001' }] },
      providerAdjustments: [{ provider: '1002000119', fiscalDate: '2026-12-31', reason: 'WO', reference: 'ICN-9', amount: 1075 }, { reason: 'L6', amount: -125 }],
      findings: [],
    });
    const [claim] = remittance.claims;
    expect(claim).toMatchObject({
      providerClaimNumber: 'A1', status: '2', charge: 10000, paid: 7000, patientResponsibility: 2000, filingIndicator: '12', payerClaimNumber: 'ICN-1', facilityType: '11', frequency: '1', drg: '470',
      adjustments: [{ group: 'OA', reason: '23', amount: 500, quantity: '1' }, { group: 'OA', reason: 'A7', amount: 100 }],
      outpatient: { elements: ['MOA', '0.8', '12.5', 'MA01', 'MA18'], remarks: ['MA01', 'MA18'] }, inpatient: { elements: ['MIA', '0', '', '3', '', 'N1'], remarks: ['N1'] },
      references: [{ qualifier: 'F8', value: 'ICN-0' }], dates: [{ qualifier: '232', date: '2026-03-01' }], amounts: [{ qualifier: 'I', amount: 125 }], quantities: [{ qualifier: 'CA', quantity: '2' }],
    });
    expect(nameOf(claim!, 'QC')).toMatchObject({ kind: '1', last: 'DOE', first: 'JAN', middle: 'M', id: { qualifier: 'MI', value: 'M1' } });
    expect(nameOf(claim!, 'TT')).toMatchObject({ last: 'MEDIGAP', id: { qualifier: 'PI', value: 'SBM30' } });
    expect(claim?.lines).toMatchObject([{
      service: { qualifier: 'HC', code: '99213', modifiers: ['25', '59'] }, submitted: { qualifier: 'HC', code: '99214', modifiers: [] }, charge: 10000, paid: 7000, revenue: '0510', paidUnits: '0', submittedUnits: '2',
      adjustments: [{ group: 'PR', reason: '1', amount: 1000 }, { group: 'PR', reason: '2', amount: 1000 }, { group: 'CO', reason: '45', amount: 400, quantity: '2' }],
      references: [{ qualifier: '6R', value: '1' }], dates: [{ qualifier: '472', date: '2026-03-01' }], amounts: [{ qualifier: 'B6', amount: 9600 }], remarks: [{ qualifier: 'HE', value: 'N20' }, { qualifier: 'RX', value: '75' }],
    }]);
  });

  test('what FHIR has no element for, verbatim and with the usual separators', async () => {
    const body = [...HEADER.slice(0, 5), 'REF*TJ*893000001', 'LX*1', 'TS3*1*11*20261231*1*100', 'CLP*A1*1*100*70*20**ICN-1*11*1**470', 'NM1*QC*1*DOE*JAN*M***MI*M1', 'NM1*74*1*DOE*JANE***JR*C*M2', 'REF*1L*G1', 'DTM*036*19000231', 'AMT*AU*96', 'AMT*I*1', 'PER*CX**TE*8005550100',
      'SVC*HC:99213*100*70***HC:99214:25*2', 'DTM*472*20260301', 'CAS*PR*1*30', 'REF*6R*1', 'REF*LU*11', 'AMT*KH*1', 'LQ*RX*75', 'PLB*1002000119*20261231*WO:ICN-9*10'];
    for (const text of [interchange(body), interchange(body).replaceAll(':', '>').replaceAll('*', '|')]) {
      const [remittance] = await remittancesOf(text);
      expect(remittance?.segments).toEqual([HEADER[2], HEADER[3], HEADER[4], 'REF*TJ*893000001', 'TS3*1*11*20261231*1*100', 'PLB*1002000119*20261231*WO:ICN-9*10']);
      expect(remittance?.claims[0]?.segments).toEqual(['CLP*A1*1*100*70*20**ICN-1*11*1**470', 'NM1*74*1*DOE*JANE***JR*C*M2', 'REF*1L*G1', 'DTM*036*19000231', 'AMT*AU*96', 'PER*CX**TE*8005550100']);
      expect(remittance?.claims[0]?.lines[0]?.segments).toEqual(['SVC*HC:99213*100*70***HC:99214:25*2', 'REF*LU*11', 'AMT*KH*1', 'LQ*RX*75']);
    }
  });

  test('a payment date that is none, and a service that is not separated as ISA16 says, are findings', async () => {
    const { payment, findings, claims } = await only([...HEADER, 'CLP*A*1*60*60', 'SVC*HC>99213*60*60'].map((segment) => segment.replace('20260312', '00000000')));
    expect(payment.date).toBeUndefined();
    expect(claims[0]?.lines[0]?.service).toEqual({ qualifier: '', code: 'HC>99213', modifiers: [] });
    expect(findings.map(({ code, position }) => [code, position.id, position.element])).toEqual([['payment-date', 'BPR', 16], ['service-unqualified', 'SVC', 1]]);
  });
});

describe('what can\'t be read is refused, with the position', () => {
  const cases: readonly (readonly [name: string, body: readonly string[], message: string])[] = [
    ['no BPR', HEADER.slice(1), 'segment 3, ST: the transaction set has no BPR'],
    ['no TRN', HEADER.filter((segment) => !segment.startsWith('TRN')), 'segment 3, ST: the transaction set has no TRN'],
    ['no payer', HEADER.filter((segment) => !segment.startsWith('N1*PR')), 'no N1*PR'],
    ['a second BPR', [...HEADER.slice(0, 1), ...HEADER], 'segment 5, BPR: the segment stands twice'],
    ['a claim without number', [...HEADER, 'CLP**1*60*60'], 'segment 10, CLP01: the element is required'],
    ['a claim without charge', [...HEADER, 'CLP*A*1'], 'segment 10, CLP03: the element is required'],
    ['an amount in words', [...HEADER, 'CLP*A*1*sixty*60'], 'segment 10, CLP03: the element must be an amount'],
    ['parts of a cent', [...HEADER, 'CLP*A*1*60.005*60'], 'segment 10, CLP03'],
    ['an amount with an exponent', [...HEADER, 'CLP*A*1*6E1*60'], 'segment 10, CLP03'],
    ['an amount in hexadecimal', [...HEADER, 'CLP*A*1*0x3C*60'], 'segment 10, CLP03'],
    ['an amount that is too long', [...HEADER, `CLP*A*1*${'9'.repeat(30)}*60`], 'segment 10, CLP03'],
    ['commas', [...HEADER, 'CLP*A*1*1,000*60'], 'segment 10, CLP03'],
    ['a reason without amount', [...HEADER, 'CLP*A*1*60*60', 'CAS*CO*45'], 'segment 11, CAS03: the element is required'],
    ['an amount without reason', [...HEADER, 'CLP*A*1*60*60', 'CAS*CO*45*1***2*5'], 'segment 11, CAS05'],
    ['placeholders', [...HEADER, 'CLP*A*1*60*60', 'CAS*grp_code*reason_code*amount*quantity'], 'segment 11, CAS04'],
    ['an empty adjustment', [...HEADER, 'CLP*A*1*60*60', 'CAS*CO'], 'segment 11, CAS02'],
    ['a line without service', [...HEADER, 'CLP*A*1*60*60', 'SVC**60*60'], 'segment 11, SVC01'],
    ['a provider adjustment without amount', [...HEADER, 'PLB*1*20261231*WO:1'], 'segment 10, PLB04'],
  ];
  test.each(cases)('%s', async (_name, body, message) => {
    expect((await refusalOf(only(body)))?.message).toContain(message);
  });

  test('another transaction set, by its name', async () => {
    expect((await refusalOf(remittancesOf(interchange([], { code: '271' }))))?.message).toBe('segment 3, ST01: the transaction set is an eligibility answer (271), and a remittance (835) is read here');
  });

  test('keys that objects have by nature are read as any other', async () => {
    const { claims } = await only([...HEADER, 'CLP*__proto__*constructor*60*60', 'NM1*__proto__*1*constructor', 'CAS*__proto__*constructor*0', 'AMT*toString*0']);
    expect(claims[0]).toMatchObject({ providerClaimNumber: '__proto__', status: 'constructor', adjustments: [{ group: '__proto__' }] });
  });
});

test('unbalanced/claim-off-by-a-cent.835 breaks the one equation, with both its sides', async () => {
  const broken = (await remittancesOf(authored('unbalanced', 'claim-off-by-a-cent.835'))).flatMap(checkRemittance);
  expect(broken).toMatchObject([{ rule: 'R2', severity: 'error', computed: 12095, stated: 12096, position: { id: 'CLP', element: 4 } }]);
});

describe('balance', () => {
  const claim = ['CLP*A*1*100*60*40', 'CAS*PR*1*10'];
  const line = ['SVC*HC:99213*100*70', 'CAS*CO*45*0', 'CAS*PR*2*30'];
  const cases: readonly (readonly [name: string, body: readonly string[], broken: readonly string[], text: string])[] = [
    ['all equations hold', [...claim, ...line], [], ''],
    ['R1: a line that is a cent off', [...claim, 'SVC*HC:99213*100*70', 'CAS*PR*2*30.01'], ['R2', 'R4', 'R1'], 'R1, segment 12, SVC03: charge 100.00 − adjustments 30.01 = 69.99, but the line\'s payment (SVC03) is 70.00'],
    ['R2: a claim that is a cent off', [claim[0]!, 'CAS*PR*1*10.01', ...line], ['R2', 'R4'], 'R2, segment 10, CLP04: charge 100.00 − adjustments of claim and lines 40.01 = 59.99, but the claim\'s payment (CLP04) is 60.00'],
    ['R2b: lines that are not all there', ['CLP*A*1*110*60*50', 'CAS*PR*1*20', ...line], ['R2b'], 'R2b, segment 10, CLP03: charges of the lines = 100.00, but the claim\'s charge (CLP03) is 110.00'],
    ['R2b does not hold for a claim priced as a whole', ['CLP*A*1*110*60*50', 'CAS*PR*1*20', 'MIA*0', ...line], [], ''],
    ['R3: the payment is not what the claims say', [...claim, ...line, 'PLB*1*20261231*WO:1*0.01'], ['R3'], 'R3, segment 4, BPR02: payments of claims 60.00 − provider adjustments (PLB) 0.01 = 59.99, but the payment (BPR02) is 60.00'],
    ['R4 warns', ['CLP*A*1*100*60*39', 'CAS*PR*1*10', ...line], ['R4'], 'R4, segment 10, CLP05: adjustments of group PR = 40.00, but the patient\'s responsibility (CLP05) is 39.00'],
    ['a group that is not known counts in the sums', ['CLP*A*1*100*60', 'CAS*ZZ*1*40'], [], ''],
    ['a reversal has no patient responsibility', ['CLP*A*22*-100*-60*0', 'CAS*PR*1*-40', 'CLP*A*1*100*120', 'CAS*CO*45*-20'], [], ''],
  ];
  test.each(cases)('%s', async (_name, body, rules, text) => {
    const broken = checkRemittance(await only([...HEADER, ...body]));
    expect(broken.map(({ rule }) => rule)).toEqual(rules);
    if (text !== '') expect(broken.map((one) => one.text)).toContain(text);
    expect(isBalanced(broken)).toBe(rules.every((rule) => rule === 'R4'));
  });

  test('a debit takes the amount from the provider; a payment is never negative', async () => {
    const turned = [...HEADER.map((segment) => segment.replace('*C*', '*D*')), 'CLP*A*22*-100*-60', 'CAS*CO*45*-40'];
    expect(checkRemittance(await only(turned))).toEqual([]);
    const negative = [...HEADER.map((segment) => segment.replace('60.00', '-60.00')), 'CLP*A*22*-100*-60', 'CAS*CO*45*-40'];
    expect(checkRemittance(await only(negative)).map(({ rule }) => rule)).toEqual(['R3']);
  });
});

describe.runIf(hasSamples)('the public samples', () => {
  /** As the samples' own table says: all balance but one. */
  const UNBALANCED: Readonly<Record<string, readonly string[]>> = { 'pyx12--reversal-correction.835': ['R3'] };
  test.each(sampleFiles('x12-835'))('%s reads, and balances as its table says', async (name) => {
    expect(errorsIn(await remittancesOf(sample('x12-835', name)))).toEqual(UNBALANCED[name] ?? []);
  });
  test.each(sampleFiles('x12-other'))('%s is refused by its name', async (name) => {
    const refusal = await refusalOf(remittancesOf(sample('x12-other', name)));
    expect(refusal?.code).toBe('x12-transaction-set');
    expect(refusal?.message).toContain(`(${/\.(\d+)$/.exec(name)?.[1] ?? ''})`);
  });
  test('bad/genformai-edi-cli--sample-835.835 reads and breaks R1 and R2', async () => {
    expect([...new Set(errorsIn(await remittancesOf(sample('bad', 'genformai-edi-cli--sample-835.835'))))].sort()).toEqual(['R1', 'R2']);
  });
});
