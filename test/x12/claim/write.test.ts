import type { Claim, ClaimResponse, ClaimResponseItemAdjudication, Coverage, FhirResource, Organization } from 'fhir/r4.js';
import { X12Parser } from 'node-x12';
import { describe, expect, test } from 'vitest';
import { structureDefinition } from '../../../src/claims/canonical.js';
import { billedOf } from '../../../src/x12/claim/billed.js';
import { interchangeOf, setText } from '../../../src/x12/claim/interchange.js';
import { claimsIn, readLoops, type Loop } from '../../../src/x12/claim/loops.js';
import { readClaims } from '../../../src/x12/claim/read.js';
import { isWritten, transactionSet, writeClaim } from '../../../src/x12/claim/write.js';
import { digest } from '../../../src/work/task.js';
import { authored, hasSamples, sample, segmentsOf, setsOf } from '../files.js';
import { bodyOf, claimIn, kindOf, refusalsOf, resourcesOf, setFor } from './written.js';

const resources = resourcesOf('professional-secondary');
const claim = claimIn(resources);
const NUBC = 'https://www.nubc.org/CodeSystem/';
const coded = (system: string, code: string) => ({ coding: [{ system, code }] });
const info = (sequence: number, category: string, system: string, code: string, more: object = {}) => ({ sequence, category: coded('http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBSupportingInfoType', category), code: coded(system, code), ...more });

/** What a payer paid and adjusted: [group, reason, amount] of each line, in the order of the claim. */
const decision = (id: string, coverage: string, insurer: string, lines: readonly { readonly paid: number; readonly rows: readonly (readonly [string, string, number])[] }[], more: Partial<ClaimResponse> = {}): ClaimResponse => ({
  resourceType: 'ClaimResponse', id, status: 'active', type: claim.type, use: 'claim', patient: claim.patient, created: '2026-03-12', insurer: { reference: insurer }, outcome: 'complete',
  identifier: [{ type: coded('http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBIdentifierType', 'uc'), value: `ICN-${id}` }],
  item: lines.map(({ paid, rows }, index) => ({ itemSequence: index + 1, adjudication: [amount('submitted', claim.item![index]!.net!.value!), amount('benefit', paid), ...rows.map(adjustment)] })),
  payment: { type: coded('http://terminology.hl7.org/CodeSystem/ex-paymenttype', 'complete'), date: '2026-03-12', amount: { value: lines.reduce((sum, { paid }) => Math.round((sum + paid) * 100) / 100, 0), currency: 'USD' } },
  insurance: [{ sequence: 1, focal: true, coverage: { reference: coverage } }],
  ...more,
});
const amount = (code: string, value: number): ClaimResponseItemAdjudication => ({ category: coded('http://terminology.hl7.org/CodeSystem/adjudication', code), amount: { value, currency: 'USD' } });
const adjustment = ([group, reason, value]: readonly [string, string, number]): ClaimResponseItemAdjudication => ({
  category: { coding: [{ system: 'http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBAdjudicationDiscriminator', code: 'adjustmentreason' }, { system: 'https://x12.org/codes/claim-adjustment-group-codes', code: group }] },
  reason: coded('https://x12.org/codes/claim-adjustment-reason-codes', reason), amount: { value, currency: 'USD' },
});

const PAID = [{ paid: 200, rows: [['CO', '45', 100], ['PR', '2', 20]] }, { paid: 110, rows: [] }, { paid: 0, rows: [['PR', '1', 75]] }] as const;
const GHP = 'Coverage/cov-beauchene-ghp';
const secondary = (extra: Partial<Claim> = {}): Claim => ({ ...claim, insurance: claim.insurance.map((row, index) => ({ ...row, focal: index === 1, ...(index === 0 ? { claimResponse: { reference: 'ClaimResponse/d1' } } : { extension: [{ url: structureDefinition('msp-insurance-type'), valueCode: '12' }] }) })), ...extra });
const first = (more: Partial<ClaimResponse> = {}): ClaimResponse => decision('d1', GHP, 'Organization/payer-irongate', PAID, more);
const linesOf = (source: Claim, given: readonly FhirResource[]): string[] => bodyOf(setFor(source, [...given, ...resources]).segments);

describe('the kinds of 837', () => {
  const institutional: Claim = {
    ...secondary(), type: coded('http://terminology.hl7.org/CodeSystem/claim-type', 'institutional'), billablePeriod: { start: '2026-02-24', end: '2026-02-26' },
    supportingInfo: [
      info(1, 'typeofbill', `${NUBC}TypeOfBill`, '0131'), info(2, 'admissionperiod', `${NUBC}x`, 'x', { timingPeriod: { start: '2026-02-24' } }),
      info(3, 'admtype', `${NUBC}PriorityTypeOfAdmitOrVisit`, '3'), info(4, 'discharge-status', `${NUBC}PatDischargeStatus`, '01'),
      info(5, 'info', `${NUBC}ConditionCodes`, '09'), info(6, 'info', `${NUBC}OccurrenceCodes`, 'A1', { timingDate: '2020-01-01' }),
      info(7, 'info', `${NUBC}OccurrenceSpanCodes`, '72', { timingPeriod: { start: '2026-02-24', end: '2026-02-25' } }), info(8, 'info', `${NUBC}ValueCodes`, 'A2', { valueQuantity: { value: 15.31 } }),
    ],
    diagnosis: [{ ...claim.diagnosis![0]!, onAdmission: coded('x', 'y') }, { ...claim.diagnosis![1]!, type: [coded('http://terminology.hl7.org/CodeSystem/ex-diagnosistype', 'admitting')] }],
    procedure: [{ sequence: 1, date: '2026-02-24', procedureCodeableConcept: coded('http://www.cms.gov/Medicare/Coding/ICD10', '02HV33Z') }],
    careTeam: [{ ...claim.careTeam![0]!, role: coded('http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBClaimCareTeamRole', 'attending') }],
    item: claim.item!.map((item) => ({ ...item, revenue: coded(`${NUBC}RevenueCodes`, '0510') })),
  };

  test('institutional: statement, admission, value, condition and occurrence codes, Medicare second by value code', () => {
    const set = setFor(institutional, [first(), ...resources]);
    expect(set.group.version).toBe('005010X223A2');
    expect(bodyOf(set.segments)).toEqual(expect.arrayContaining([
      'SBR*S*18*******MB', 'CLM*PCC26022401*505.00***13:A:1**A*Y*Y', 'DTP*434*RD8*20260224-20260226', 'DTP*435*D8*20260224', 'CL1*3**01',
      'HI*ABK:I480:::::::Y', 'HI*ABJ:E538', 'HI*BBR:02HV33Z:D8:20260224', 'HI*BI:72:RD8:20260224-20260225', 'HI*BH:A1:D8:20200101', 'HI*BE:A2:::15.31*BE:12:::310.00', 'HI*BG:09',
      'NM1*71*1*FERREIRA*LUCINDA****XX*1002000218', 'OI***Y***Y', 'SV2*0510*HC:99215:25*320.00*UN*1', 'SVD*IRG60*200.00*HC:99215:25*0510*1',
    ]));
  });

  test('dental: CDT codes, areas, teeth and surfaces', () => {
    const oral: Claim = {
      ...secondary(), type: coded('http://terminology.hl7.org/CodeSystem/claim-type', 'oral'), diagnosis: undefined as never,
      item: claim.item!.map((item, index) => ({
        ...item, modifier: undefined as never, productOrService: coded('http://www.ada.org/cdt', 'D2392'),
        bodySite: index === 0 ? coded('http://terminology.hl7.org/CodeSystem/ADAUniversalToothDesignationSystem', '30') : coded('http://terminology.hl7.org/CodeSystem/ADAAreaOralCavitySystem', '10'),
        ...(index === 0 ? { subSite: [coded('x', 'M'), coded('x', 'O')] } : {}),
      })),
    };
    const set = setFor(oral, [first(), ...resources]);
    expect(set.group.version).toBe('005010X224A2');
    const body = bodyOf(set.segments);
    expect(body).toEqual(expect.arrayContaining(['SBR*S*18***12****MB', 'SV3*AD:D2392*320.00****1', 'TOO*JP*30*M:O', 'SV3*AD:D2392*110.00**10**1', 'SVD*IRG60*200.00*AD:D2392**1']));
    expect(body.some((one) => one.startsWith('HI*'))).toBe(false);
  });

  test.each(['institutional', 'oral'] as const)('%s: what is read back has the same amounts', (kind) => {
    const source: Claim = kind === 'institutional' ? institutional : { ...secondary(), type: coded('http://terminology.hl7.org/CodeSystem/claim-type', 'oral') };
    const set = setFor(source, [first(), ...resources]);
    const [read] = readClaims(set, digest);
    expect(read!.broken).toEqual([]);
    expect(read!.notKept).toEqual([]);
    expect(bodyOf(setFor(read!.claim, read!.resources).segments)).toEqual(bodyOf(set.segments));
  });
});

describe('what earlier payers decided', () => {
  test('six trios fill a CAS before it repeats; groups don’t mix; zero is left out', () => {
    const rows = [...Array.from({ length: 7 }, (_one, index) => ['CO', String(45 + index), 10] as const), ['PR', '2', 50], ['CO', '97', 0]] as const;
    const body = linesOf(secondary(), [decision('d1', GHP, 'Organization/payer-irongate', [{ paid: 200, rows }, PAID[1], PAID[2]])]);
    expect(body).toEqual(expect.arrayContaining(['CAS*CO*45*10.00**46*10.00**47*10.00**48*10.00**49*10.00**50*10.00', 'CAS*CO*51*10.00', 'CAS*PR*2*50.00']));
    expect(body.some((one) => one.includes('97*0'))).toBe(false);
  });

  test('a decision about the claim alone has its date with the payer; a line paid in full has no CAS', () => {
    const whole = first({ item: undefined as never, adjudication: [adjustment(['CO', '45', 100]), adjustment(['PR', '1', 95])] });
    const body = linesOf(secondary(), [whole]);
    expect(body).toEqual(expect.arrayContaining(['CAS*CO*45*100.00', 'CAS*PR*1*95.00', 'AMT*D*310.00', 'DTP*573*D8*20260312']));
    expect(body.some((one) => one.startsWith('SVD'))).toBe(false);
    const lines = linesOf(secondary(), [first()]);
    expect(lines[lines.indexOf('SVD*IRG60*110.00*HC:93000**1') + 1]).toBe('DTP*573*D8*20260312');
  });

  test('MOA as it came, the remaining liability, the payer’s own number, what it adjudicated instead', () => {
    const body = linesOf(secondary(), [first({
      extension: [
        { url: structureDefinition('outpatient-adjudication'), extension: [{ url: 'moa01', valueDecimal: 0.8 }, { url: 'moa03', valueCode: 'MA18' }] },
        { url: structureDefinition('remaining-patient-liability'), valueMoney: { value: 95, currency: 'USD' } },
      ],
      item: first().item!.map((item, index) => (index === 0 ? { ...item, extension: [{ url: structureDefinition('adjudicated-service'), extension: [{ url: 'productOrService', valueCodeableConcept: coded('http://www.ama-assn.org/go/cpt', '99214') }, { url: 'quantity', valueDecimal: 2 }] }] } : item)),
    })]);
    expect(body).toEqual(expect.arrayContaining(['AMT*D*310.00', 'AMT*EAF*95.00', 'MOA*0.8**MA18', 'REF*F8*ICN-d1', 'SVD*IRG60*200.00*HC:99214**2']));
    expect(body.indexOf('AMT*EAF*95.00')).toBe(body.indexOf('AMT*D*310.00') + 1);
  });

  test('a payer that was not billed, since it is known not to cover, has AMT*A8 and no adjudication', () => {
    const none = first({ item: undefined as never, payment: undefined as never, total: [{ category: coded('http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBAdjudication', 'noncovered'), amount: { value: 505, currency: 'USD' } }] });
    const body = linesOf(secondary(), [none]);
    expect(body).toContain('AMT*A8*505.00');
    expect(body.some((one) => /^(AMT\*D|SVD|CAS|DTP\*573)/.test(one))).toBe(false);
  });

  test.each<readonly [string, ClaimResponse, readonly string[], string]>([
    ['an adjustment without its group', first({ item: first().item!.map((item) => ({ ...item, adjudication: [...item.adjudication, { category: coded('http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBAdjudicationDiscriminator', 'adjustmentreason'), reason: coded('https://x12.org/codes/claim-adjustment-reason-codes', '45'), amount: { value: 1, currency: 'USD' } }] })) }), ['Claim.insurance[0].claimResponse'], 'lacks its group'],
    ['a line that is a cent off', decision('d1', GHP, 'Organization/payer-irongate', [{ ...PAID[0], paid: 200.01 }, PAID[1], PAID[2]]), ['Claim.item[0]', 'Claim.insurance[0]'], 'W2'],
    ['a decision about two of three lines', first({ item: first().item!.slice(0, 2) }), ['Claim.insurance[0]', 'Claim.item[2]'], 'W11'],
    ['a reversal', first({ item: first().item!.map((item) => ({ ...item, adjudication: item.adjudication.map((row) => ({ ...row, amount: { value: -row.amount!.value!, currency: 'USD' } })) })), payment: { ...first().payment!, amount: { value: -310, currency: 'USD' } } }), ['Claim.item[0]', 'Claim.insurance[0]'], 'W8'],
  ])('%s is refused', (_name, response, at, text) => {
    const refusals = refusalsOf(secondary(), [response, ...resources]);
    expect(refusals.map(({ expression }) => expression)).toEqual(expect.arrayContaining([...at]));
    expect(refusals.map((one) => one.text).join('\n')).toContain(text);
  });

  test('eleven payers, the last to be asked: each before it with its decision, P to G in 2320, H the destination', () => {
    const payers = Array.from({ length: 11 }, (_one, index): [Organization, Coverage] => {
      const payer = resources.find((one): one is Organization => one.id === 'payer-irongate')!;
      const coverage = resources.find((one): one is Coverage => one.id === 'cov-beauchene-ghp')!;
      return [{ ...payer, id: `p${index}`, identifier: [{ ...payer.identifier![0], value: `PAYER${index}` }] }, { ...coverage, id: `c${index}`, payor: [{ reference: `Organization/p${index}` }] }];
    });
    const source: Claim = { ...claim, insurance: payers.map(([, { id }], index) => ({ sequence: index + 1, focal: index === 10, coverage: { reference: `Coverage/${id}` }, ...(index < 10 ? { claimResponse: { reference: `ClaimResponse/d${index}` } } : {}) })) };
    const set = setFor(source, [...payers.flat(), ...payers.slice(0, 10).map((_one, index) => decision(`d${index}`, `Coverage/c${index}`, `Organization/p${index}`, PAID)), ...resources]);
    const [billed] = [...claimsIn(set)].map(billedOf);
    expect([billed!.destination, billed!.others.map(({ responsibility }) => responsibility).join('')]).toEqual(['H', 'PSTABCDEFG']);
    expect(billed!.lines.map(({ adjudications }) => adjudications.length)).toEqual([10, 10, 10]);
  });
});

describe('the claim itself', () => {
  const with7 = (related?: Claim['related']): Claim => ({ ...claim, extension: [{ url: structureDefinition('claim-frequency'), valueCode: '7' }], ...(related ? { related } : {}) });
  test.each<readonly [string, Claim, readonly FhirResource[]]>([
    ['by the number that related (prior) gives', with7([{ relationship: coded('x', 'prior'), reference: { value: 'ICN-d1' } }]), []],
    ['by the decision on the claim that it replaces', with7([{ relationship: coded('x', 'prior'), claim: { reference: 'Claim/before' } }]), [first({ request: { reference: 'Claim/before' } })]],
  ])('a replacement names what the destination calls the claim: %s', (_name, source, given) => {
    expect(linesOf(source, given)).toEqual(expect.arrayContaining(['CLM*PCC26022401*505.00***11:B:7*Y*A*Y*Y', 'REF*F8*ICN-d1']));
  });

  test('authorisation, paperwork, accident, what the patient paid, who signed: each where it belongs', () => {
    const x12 = (element: number, code: string) => ({ system: `https://codesystem.x12.org/005010/${element}`, code });
    const body = linesOf({
      ...claim, insurance: claim.insurance.map((row, index) => ({ ...row, preAuthRef: [`AUTH${index}`] })),
      accident: { date: '2026-02-20', type: coded('http://terminology.hl7.org/CodeSystem/v3-ActCode', 'MVA'), locationAddress: { state: 'CO' } },
      extension: [{ url: 'http://hl7.org/fhir/5.0/StructureDefinition/extension-Claim.patientPaid', valueMoney: { value: 20, currency: 'USD' } }],
      payee: { type: coded('http://terminology.hl7.org/CodeSystem/payeetype', 'subscriber') },
      supportingInfo: [
        { sequence: 1, category: coded('http://terminology.hl7.org/CodeSystem/claiminformationcategory', 'attachment'), code: { coding: [x12(755, 'EB'), x12(756, 'EL')] }, valueString: 'ATT1' },
        { sequence: 2, category: coded('http://terminology.hl7.org/CodeSystem/claiminformationcategory', 'info'), code: { coding: [x12(1363, 'I')] } },
      ],
    }, []);
    expect(body).toEqual(expect.arrayContaining(['CLM*PCC26022401*505.00***11:B:1*Y*C*N*I**AA:::CO', 'DTP*439*D8*20260220', 'PWK*EB*EL***AC*ATT1', 'AMT*F5*20.00', 'REF*G1*AUTH0', 'REF*G1*AUTH1', 'OI***N*P**I']));
  });

  test('SBR05 stands with Medicare behind another payer, never before', () => {
    expect(linesOf(secondary(), [first()])).toContain('SBR*S*18***12****MB');
    const medicareFirst: Claim = { ...claim, insurance: [{ sequence: 1, focal: true, coverage: { reference: 'Coverage/cov-beauchene-medicare' }, extension: [{ url: structureDefinition('msp-insurance-type'), valueCode: '12' }] }] };
    expect(linesOf(medicareFirst, [])).toContain('SBR*P*18*******MB');
    const unexplained = secondary({ insurance: secondary().insurance.map((row) => ({ ...row, extension: undefined as never })) });
    expect(refusalsOf(unexplained, [first(), ...resources]).map(({ rule, expression }) => [rule, expression])).toEqual([[undefined, 'Claim.insurance[1]']]);
  });
});

describe('the examples of the implementation guide', () => {
  const names = (loop: Loop): string => `${loop.name}(${loop.loops.map(names).join(' ')})`;
  /** The segments but for the submitter's and receiver's names, which are ours; numbers without zeros at their end. */
  const plain = (segments: readonly string[]): string[] => segments.map((one) => one.replace(/(\.\d*?)0+(?=\*|$)/g, '$1').replace(/\.(?=\*|$)/g, '')).filter((one) => !one.startsWith('REF*6R'));
  const GREAT_PRAIRIES: Organization = { resourceType: 'Organization', id: 'great-prairies', name: 'Great Prairies Health', identifier: [{ type: coded('http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBIdentifierType', 'payerid'), value: '567890' }] };

  // Differences: CLM09 is said again in OI06; a person has no second contact; AMT*F2 is 4010; 3.A lacks the name of its other payer, which 5010 requires.
  test.skipIf(!hasSamples).each([
    ['3.A', ['PER*IC*CONNIE*TE*3055551234', 'OI***Y*P**Y'], ['OI***Y*P**I', 'NM1*PR*2*GREAT PRAIRIES HEALTH*****PI*567890'], '2330()'],
    ['3.B', ['PER*IC*CONNIE*TE*3055551234', 'OI***Y*P**Y'], ['OI***Y*P**I'], ''],
    ['4', ['AMT*F2*15'], [], ''],
  ] as const)('%s comes out of FHIR with every amount and loop', async (example, less, more, added) => {
    const [set] = await setsOf(sample('x12-837', `LinuxForHealth-x12--cob.example${example}.837`));
    const [read] = readClaims(set!, digest);
    const named = read!.resources.map((one) => (one.resourceType === 'Coverage' && one.payor[0]?.reference === undefined ? { ...one, payor: [{ reference: 'Organization/great-prairies' }] } : one));
    const written = setFor(read!.claim, [...named, GREAT_PRAIRIES]);
    const [ours, theirs] = [plain(bodyOf(written.segments)), plain(bodyOf(set!.segments))];
    expect(ours.filter((one) => !theirs.includes(one))).toEqual(more);
    expect(theirs.filter((one) => !ours.includes(one))).toEqual(less);
    const amounts = (segments: readonly string[]): string[] => segments.filter((one) => /^(CLM|SV1|SVD|CAS|AMT\*(?!F2))/.test(one));
    expect(amounts(ours)).toEqual(amounts(theirs));
    const loops = names(readLoops(set!));
    expect(names(readLoops(written))).toBe(added === '' ? loops : loops.replace('2320(2330()', `2320(2330() ${added}`));
  });
});

describe('what others read', () => {
  test.each([['professional-secondary'], ['tertiary']])('node-x12 sees the segments that were written: %s', async (folder) => {
    const all = resourcesOf(folder);
    const written = writeClaim({ claim: claimIn(all), resources: all, payerKindOf: kindOf });
    if (!isWritten(written)) throw new Error('refused');
    const header = { date: '20260301', time: '0915' };
    const text = interchangeOf([setText(transactionSet([written], { ...header, control: '0001', reference: 'B1' }))], { ...header, sender: 'CLINIC', receiver: 'PAYER', version: written.facts.kind.version, control: 123_456_789, usage: 'T' });
    const theirs = new X12Parser(true).parse(text);
    const interchange = 'interchanges' in theirs ? theirs.interchanges[0]! : theirs;
    const seen = [interchange.header, ...interchange.functionalGroups.flatMap((group) => [group.header, ...group.transactions.flatMap((one) => [one.header, ...one.segments, one.trailer]), group.trailer]), interchange.trailer];
    expect(seen.map((segment) => [segment.tag, ...segment.elements.map(({ value }) => value)])).toEqual(await segmentsOf([text]));
  });

  test('several claims stand in one set, each under its own levels', async () => {
    const all = resourcesOf('reversal-correction');
    const written = all.filter((one): one is Claim => one.resourceType === 'Claim').map((one) => writeClaim({ claim: one, resources: all, payerKindOf: kindOf })).filter(isWritten);
    const set = transactionSet(written, { control: '0001', reference: 'B1', date: '20260301', time: '0915' });
    expect(set.segments.filter(({ elements }) => elements[0] === 'HL').map(({ elements }) => elements.slice(1, 4).join('*'))).toEqual(['1**20', '2*1*22', '3**20', '4*3*22']);
    const [file] = await setsOf(authored('reversal-correction', 'primary.837'));
    expect([...claimsIn(set)].map((one) => billedOf(one).charge)).toEqual([...claimsIn(file!)].map((one) => billedOf(one).charge));
  });
});
