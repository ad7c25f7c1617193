import fc from 'fast-check';
import type { Adjudication, Adjustment } from '../../src/claims/model.js';
import { checkBalance, readAdjudication } from '../../src/claims/index.js';
import { centsOf, ZERO, type Cents } from '../../src/claims/money.js';
import { describe, expect, test } from 'vitest';
import { toAdjudication } from '../../src/x12/era/adjudication.js';
import { checkRemittance } from '../../src/x12/era/balance.js';
import { eraClaimResponse } from '../../src/x12/era/claim-response.js';
import type { Remittance } from '../../src/x12/era/remittance.js';
import { balancedAdjudication } from '../claims/adjudications.js';
import { HEADER, interchange, remittancesOf } from './files.js';
import { remittanceText } from './write-835.js';

const key = ({ group, reason, amount, quantity }: Adjustment): string => `${group} ${reason} ${amount} ${quantity ?? ''}`;
/** What both sides state, whatever the order of the trios of different groups. */
const facts = ({ stated, adjustments, lines, payerClaimNumber, eraStatus, date }: Adjudication): unknown => ({
  charge: stated.charge, paid: stated.paid, payerClaimNumber, eraStatus, date, adjustments: adjustments.map(key).sort(),
  lines: lines.map((line) => ({ sequence: line.sequence, charge: line.stated.charge, paid: line.stated.paid, adjustments: line.adjustments.map(key).sort(), remarks: line.remarks })),
});
/** An 835 has no payment below zero: the rest is carried forward. */
const keptOf = (decisions: readonly Adjudication[], kept: Cents): Cents => {
  const paid = decisions.reduce((total, { stated }) => total + (stated.paid ?? 0), 0);
  return centsOf(Math.min(kept, paid));
};
const decisions = fc.array(balancedAdjudication, { minLength: 1, maxLength: 4 }).map((list) => list.map((decision) => ({ ...decision, date: list[0]!.date })));

describe('any balanced decisions', () => {
  test('written as an 835 are read the same, balance, and stay the same as ClaimResponses', async () => {
    await fc.assert(fc.asyncProperty(decisions, fc.integer({ min: -9999, max: 9999 }).map(centsOf), async (list, kept) => {
      const [remittance] = await remittancesOf(remittanceText(list, list[0]!.date, keptOf(list, kept)));
      expect(checkRemittance(remittance!)).toEqual([]);
      remittance!.claims.forEach((claim, index) => {
        const era = toAdjudication(claim, remittance!, undefined);
        expect(facts(era.adjudication)).toEqual(facts(list[index]!));
        expect(checkBalance(era.adjudication)).toEqual([]);
        const { adjudication, findings } = readAdjudication(eraClaimResponse(claim, remittance!, era, { id: 'd1', match: undefined }));
        expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
        expect(facts(adjudication)).toEqual(facts(era.adjudication));
      });
    }), { numRuns: 150 });
  });

  test('a cent more or less anywhere breaks an equation', async () => {
    await fc.assert(fc.asyncProperty(decisions, fc.constantFrom(1, -1), fc.nat(), async (list, cent, at) => {
      const text = remittanceText(list, list[0]!.date, keptOf(list, ZERO));
      const amounts = [...text.matchAll(/(?<=^(?:CLP\*[^*]*\*[^*]*|SVC\*[^*]*|CAS\*[^*]*\*[^*]*|BPR\*I)\*(?:-?[\d.]+\*)?)-?\d+\.\d\d/gm)];
      const found = amounts[at % amounts.length]!;
      const turned = (Math.round(Number(found[0]) * 100) + cent) / 100;
      const [remittance] = await remittancesOf(`${text.slice(0, found.index)}${turned.toFixed(2)}${text.slice(found.index + found[0].length)}`);
      expect(checkRemittance(remittance!).filter(({ severity }) => severity === 'error').length).toBeGreaterThan(0);
    }), { numRuns: 150 });
  });
});

describe('a claim of a remittance', () => {
  const only = async (...body: readonly string[]): Promise<Remittance> => (await remittancesOf(interchange([...HEADER, ...body])))[0]!;
  const responseTo = async (...body: readonly string[]) => {
    const remittance = await only(...body);
    const era = toAdjudication(remittance.claims[0]!, remittance, undefined);
    return { adjudication: era.adjudication, response: eraClaimResponse(remittance.claims[0]!, remittance, era, { id: 'd1', match: undefined }) };
  };

  test('has its patient shares as views, its allowed amounts, interest and patient payment', async () => {
    const { adjudication } = await responseTo('CLP*A*1*100*60*40', 'CAS*PR*3*5', 'AMT*I*1.25', 'AMT*F5*10', 'SVC*HC:99213*100*65', 'CAS*PR*1*10**2*20**96*5', 'AMT*B6*95');
    expect(adjudication.stated).toEqual({ charge: 10000, paid: 6000, memberLiability: 4000, deductible: 1000, coinsurance: 2000, copay: 500, patientPaid: 1000 });
    expect(adjudication.lines[0]?.stated).toEqual({ charge: 10000, paid: 6500, allowed: 9500, deductible: 1000, coinsurance: 2000 });
    expect(adjudication.interest).toBe(125);
  });

  test('keeps MIA and MOA with every element, and their remarks once', async () => {
    const { response, adjudication } = await responseTo('CLP*A*1*60*60', 'MOA*.8*12.5*MA01*MA18');
    expect(response.extension).toContainEqual({ url: 'https://cobalt.example/fhir/StructureDefinition/outpatient-adjudication', extension: [{ url: 'moa01', valueDecimal: 0.8 }, { url: 'moa02', valueDecimal: 12.5 }, { url: 'moa03', valueCode: 'MA01' }, { url: 'moa04', valueCode: 'MA18' }] });
    expect(adjudication.remarks).toEqual(['MA01', 'MA18']);
    expect(readAdjudication(response).adjudication.remarks).toEqual(['MA01', 'MA18']);
  });

  test('keeps codes that nobody knows', async () => {
    const { response, adjudication } = await responseTo('CLP*A*17*100*60', 'CAS*CO*ZZ99*30', 'CAS*XX*45*10');
    expect(adjudication).toMatchObject({ eraStatus: '17', adjustments: [{ group: 'CO', reason: 'ZZ99' }], incomplete: [{ group: 'XX', reason: '45', amount: 1000 }] });
    expect(readAdjudication(response).adjudication.incomplete).toEqual([{ group: 'XX', reason: '45', amount: 1000 }]);
  });

  const types: readonly (readonly [name: string, body: readonly string[], type: string, use: string])[] = [
    ['a professional claim', ['SVC*HC:99213*60*60'], 'professional', 'claim'],
    ['revenue codes', ['SVC*HC:99213*60*60*0510'], 'institutional', 'claim'],
    ['MIA', ['MIA*0'], 'institutional', 'claim'],
    ['CDT', ['SVC*AD:D1110*60*60'], 'oral', 'claim'],
    ['NDC alone', ['SVC*N4:00002143301*60*60'], 'pharmacy', 'claim'],
  ];
  test.each(types)('of which nothing else is known: %s', async (_name, body, type, use) => {
    const { response } = await responseTo('CLP*A*1*60*60', ...body);
    expect([response.type.coding?.[0]?.code, response.use]).toEqual([type, use]);
  });

  test('that is only an estimate is a predetermination', async () => {
    expect((await responseTo('CLP*A*25*60*60')).response.use).toBe('predetermination');
  });

  test('without any date is refused', async () => {
    await expect(remittancesOf(interchange([...HEADER].filter((segment) => !segment.startsWith('DTM')).map((segment) => segment.replace('20260312', ''))).replace('*20260311*0615*1*', '**0615*1*'))).rejects.toThrow('segment 4, BPR: the transaction set has no date');
  });
});
