import type { Claim, ClaimItem, ClaimResponse, Coverage, Organization } from 'fhir/r4.js';
import { describe, expect, test } from 'vitest';
import { toAdjudication } from '../../src/x12/era/adjudication.js';
import { joinLines } from '../../src/x12/era/join-lines.js';
import { matchClaim, payerIdentifiers, type Match, type MatchFacts } from '../../src/x12/era/match.js';
import type { Remittance } from '../../src/x12/era/remittance.js';
import { HEADER, interchange, remittancesOf } from './files.js';

const read = async (...body: readonly string[]): Promise<Remittance> => (await remittancesOf(interchange([...HEADER, ...body])))[0]!;

const item = (sequence: number, code: string, charge: number, modifiers: readonly string[] = [], date = '2026-03-01'): ClaimItem => ({
  sequence, productOrService: { coding: [{ code }] }, ...(modifiers.length > 0 ? { modifier: modifiers.map((modifier) => ({ coding: [{ code: modifier }] })) } : {}), net: { value: charge, currency: 'USD' }, servicedDate: date,
});
const items = [item(1, '99213', 100, ['25']), item(2, '93000', 40), item(3, '93000', 40, ['76']), item(4, '97110', 30), item(5, '97110', 30), item(6, '97110', 30, [], '2026-03-02')];
const CLAIM = 'CLP*A*1*100*60';

describe('lines of a decision answer lines of the claim', () => {
  const cases: readonly (readonly [name: string, lines: readonly string[], sequences: readonly (number | undefined)[]])[] = [
    ['by the number that the payer returned', ['SVC*HC:93000*40*40', 'REF*6R*3', 'SVC*HC:93000:76*40*40', 'REF*6R*02'], [3, 2]],
    ['not by a number of the payer\'s own', ['SVC*HC:99213:25*100*100', 'REF*6R*2', 'SVC*HC:97999*1*1', 'REF*6R*77'], [1, undefined]],
    ['by service, modifiers, charge and date', ['SVC*HC:93000:76*40*40', 'SVC*HC:93000*40*40', 'SVC*HC:97110*30*30', 'DTM*472*20260302'], [3, 2, 6]],
    ['by the service as submitted', ['SVC*HC:99212*100*100***HC:99213:25'], [1]],
    ['without the modifiers that the payer did not return', ['SVC*HC:99213*100*100'], [1]],
    ['all that are alike, in their order', ['SVC*HC:97110*30*30', 'DTM*472*20260301', 'SVC*HC:97110*30*20', 'DTM*472*20260301'], [4, 5]],
    ['none where fewer are alike than the claim has', ['SVC*HC:97110*30*30', 'DTM*472*20260301'], [undefined]],
    ['none where the charge is another', ['SVC*HC:99213:25*99.99*99.99'], [undefined]],
    ['none where the day is another', ['SVC*HC:93000*40*40', 'DTM*472*20260401'], [undefined]],
    ['by the claim\'s dates where the line has none', ['DTM*232*20260302', 'SVC*HC:97110*30*30'], [6]],
    ['a reversal too', ['SVC*HC:99213:25*-100*-100'], [1]],
    ['an unbundled service: two lines that answer one', ['SVC*HC:99213:25*60*60', 'REF*6R*1', 'SVC*HC:99213:25*40*40', 'REF*6R*1'], [1, 1]],
  ];
  test.each(cases)('%s', async (_name, lines, sequences) => {
    const { claims } = await read(CLAIM, ...lines);
    expect(joinLines(claims[0]!, items)).toEqual(sequences);
  });

  const match: Match = { claim: { id: 'c1', item: items, patient: { reference: 'Patient/p1' } } as unknown as Claim, insurer: 'Organization/o1', coverage: 'Coverage/v1' };
  test('what answers none is the payer\'s own line, numbered after the last; what shares one replaces it', async () => {
    const remittance = await read(CLAIM, 'SVC*HC:93000*40*40', 'REF*6R*2', 'SVC*HC:99999*7*7', 'SVC*HC:99213*60*60', 'REF*6R*1', 'SVC*HC:99213*40*40', 'REF*6R*1');
    const { adjudication, unjoined } = toAdjudication(remittance.claims[0]!, remittance, match);
    expect(adjudication.lines.map(({ sequence, added, service }) => [sequence, added, service?.code])).toEqual([[2, undefined, undefined], [3, 'new', '99999'], [1, 'replaces', '99213'], [1, 'replaces', '99213']]);
    expect(unjoined.length).toBe(1);
  });

  test('without a claim by REF*6R where each line has its own, else by order', async () => {
    const sequencesOf = async (...lines: readonly string[]) => {
      const remittance = await read(CLAIM, ...lines);
      return toAdjudication(remittance.claims[0]!, remittance, undefined).adjudication.lines.map(({ sequence }) => sequence);
    };
    expect(await sequencesOf('SVC*HC:1*40*40', 'REF*6R*7', 'SVC*HC:2*60*60', 'REF*6R*3')).toEqual([7, 3]);
    expect(await sequencesOf('SVC*HC:1*40*40', 'REF*6R*7', 'SVC*HC:2*60*60')).toEqual([1, 2]);
    expect(await sequencesOf('SVC*HC:1*40*40', 'REF*6R*7', 'SVC*HC:2*60*60', 'REF*6R*7')).toEqual([1, 2]);
  });
});

describe('a decision is joined to its claim', () => {
  const organization = (id: string): Organization => ({ resourceType: 'Organization', id });
  const coverage = (id: string, payer: string, patient = 'p1', subscriberId?: string): Coverage =>
    ({ resourceType: 'Coverage', id, status: 'active', beneficiary: { reference: `Patient/${patient}` }, payor: [{ reference: `Organization/${payer}` }], ...(subscriberId ? { subscriberId } : {}) });
  const claim = (id: string, pcn: string, rows: readonly string[], { focal = 0, total = 100, patient = 'p1' } = {}): Claim => ({
    resourceType: 'Claim', id, identifier: [{ type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'PLAC' }] }, value: pcn }], patient: { reference: `Patient/${patient}` },
    insurance: rows.map((row, index) => ({ sequence: index + 1, focal: index === focal, coverage: { reference: `Coverage/${row}` } })), total: { value: total, currency: 'USD' },
  } as Claim);
  const earlier = (icn: string, request: string, insurer = 'o1'): ClaimResponse =>
    ({ resourceType: 'ClaimResponse', insurer: { reference: `Organization/${insurer}` }, request: { reference: `Claim/${request}` }, identifier: [{ type: { coding: [{ system: 'http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBIdentifierType', code: 'uc' }] }, value: icn }] } as ClaimResponse);
  const facts = (more: Partial<MatchFacts>): MatchFacts => ({ payers: [organization('o1')], claims: [], coverages: [coverage('v1', 'o1'), coverage('v2', 'o2')], decisions: [], ...more });

  const cases: readonly (readonly [name: string, clp: string, facts: MatchFacts, found: string])[] = [
    ['by number and payer', 'CLP*A*1*100*60**12*ICN', facts({ claims: [claim('c1', 'A', ['v1', 'v2'])] }), 'c1 v1'],
    ['of a later payer, by the number that the claim had from the first', 'CLP*A*2*100*60**12*ICN', facts({ payers: [organization('o2')], claims: [claim('c1', 'A', ['v1', 'v2'])] }), 'c1 v2'],
    ['of a payer that is not on the claim, by the patient\'s coverage', 'CLP*A*2*100*60', facts({ payers: [organization('o2')], claims: [claim('c1', 'A', ['v1'])] }), 'c1 v2'],
    ['not without a payer that is known', 'CLP*A*1*100*60', facts({ payers: [], claims: [claim('c1', 'A', ['v1'])] }), 'payer-unknown'],
    ['not to a claim of a patient without that payer', 'CLP*A*1*100*60', facts({ payers: [organization('o3')], claims: [claim('c1', 'A', ['v1'])] }), 'payer-of-another-claim'],
    ['not by a number that nobody has', 'CLP*B*1*100*60**12*ICN', facts({ claims: [claim('c1', 'A', ['v1'])] }), 'number-unknown'],
    ['not by the number 0', 'CLP*0*1*100*60', facts({ claims: [claim('c1', '0', ['v1'])] }), 'number-unknown'],
    ['by the payer\'s own number, where it answered before', 'CLP*0*22*-100*-60**12*ICN', facts({ claims: [claim('c1', 'A', ['v1'])], decisions: [earlier('ICN', 'c1')] }), 'c1 v1'],
    ['not by the same number of another payer', 'CLP*0*22*-100*-60**12*ICN', facts({ claims: [claim('c1', 'A', ['v1'])], decisions: [earlier('ICN', 'c1', 'o2')] }), 'number-unknown'],
    ['to the claim that went to this payer, of several with the number', 'CLP*A*1*100*60', facts({ claims: [claim('c1', 'A', ['v1', 'v2'], { focal: 1 }), claim('c2', 'A', ['v1', 'v2'])] }), 'c2 v1'],
    ['to the claim with the charge', 'CLP*A*22*-80*-60', facts({ claims: [claim('c1', 'A', ['v1']), claim('c2', 'A', ['v1'], { total: 80 })] }), 'c2 v1'],
    ['to the claim that was answered before under the payer\'s number', 'CLP*A*22*-100*-60**12*ICN', facts({ claims: [claim('c1', 'A', ['v1']), claim('c2', 'A', ['v1'])], decisions: [earlier('ICN', 'c2')] }), 'c2 v1'],
    ['to none of several that nothing tells apart', 'CLP*A*1*100*60', facts({ claims: [claim('c1', 'A', ['v1']), claim('c2', 'A', ['v1'])] }), 'ambiguous'],
    ['without a coverage where the payer has two on the claim', 'CLP*A*1*100*60', facts({ claims: [claim('c1', 'A', ['v1', 'v3'])], coverages: [coverage('v1', 'o1'), coverage('v3', 'o1')] }), 'c1 -'],
    ['under the coverage that has the member number', 'CLP*A*1*100*60', facts({ claims: [claim('c1', 'A', ['v1', 'v3'])], coverages: [coverage('v1', 'o1'), coverage('v3', 'o1', 'p1', 'M-1')] }), 'c1 v3'],
  ];
  test.each(cases)('%s', async (_name, clp, known, found) => {
    const { claims } = await read(clp, 'NM1*QC*1*DOE*JAN****MI*M1');
    const answer = matchClaim(claims[0]!, known);
    expect(typeof answer === 'string' ? answer : `${answer.claim.id ?? ''} ${answer.coverage?.replace('Coverage/', '') ?? '-'}`).toBe(found);
  });

  test('a payer is known by each number that it gives; a tax id also without its 1', async () => {
    const text = interchange(['BPR*I*0*C*ACH*CCP*****1894000004******20260312', 'TRN*1*T1*1894000004', 'N1*PR*IRONGATE*XV*IRG60', 'REF*2U*IRG61', 'REF*ZZ*NO', 'N1*PE*CLINIC', 'LX*1']);
    expect(payerIdentifiers((await remittancesOf(text))[0]!)).toEqual(['IRG60', 'IRG61', '1894000004', '894000004']);
  });
});
