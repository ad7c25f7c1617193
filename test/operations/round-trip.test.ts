import type { Claim, Parameters } from 'fhir/r4.js';
import { X12Parser } from 'node-x12';
import { afterAll, describe, expect, test } from 'vitest';
import { billedOf, type Billed } from '../../src/x12/claim/billed.js';
import { claimsIn } from '../../src/x12/claim/loops.js';
import { brokenRules } from '../../src/x12/claim/rules.js';
import { startTestServer, type Answer, type TestServer } from '../http/server.js';
import { interchange, segmentsOf, setsOf } from '../x12/files.js';

/** A remittance's line: the service, what was charged and paid (cents), and the trios of its CAS by group. */
interface Line {
  readonly service: string;
  readonly charge: string;
  readonly paid: string;
  readonly cas: readonly string[];
}

/** What a payer decided: its totals, the adjustments of the claim as a whole, and the lines. */
interface Decision {
  readonly status: '1' | '2';
  readonly paid: string;
  readonly patient: string;
  readonly more: readonly string[];
  readonly lines: readonly Line[];
}

interface Case {
  readonly version: string;
  /** CLM and what follows before the other payers. */
  readonly claim: readonly string[];
  readonly charge: string;
  /** The services of LX 1, 2 … */
  readonly lines: readonly string[];
  readonly decisions: readonly [Decision, Decision];
  readonly oi: string;
  /** Each payer's part of the tertiary claim, worked out by hand: AMT*D and every SVD and CAS. */
  readonly expected: readonly (readonly string[])[];
}

/** The visit, the stay and the crown, each paid by a first and a second payer; what is left goes to a third. */
const CASES: Readonly<Record<string, Case>> = {
  'professional (837P)': {
    version: '005010X222A1', charge: '300.00', oi: 'OI***Y*P**Y',
    claim: ['CLM*RT1001*300.00***11:B:1*Y*A*Y*Y', 'HI*ABK:H6590', 'NM1*82*1*FERREIRA*LUCINDA****XX*1002000218'],
    lines: ['SV1*HC:99214:25*260.00*UN*1***1', 'SV1*HC:92551*40.00*UN*1***1'],
    decisions: [
      { status: '1', paid: '110.00', patient: '90.00', more: ['MOA***MA01'], lines: [{ service: 'HC:99214:25', charge: '260.00', paid: '80.00', cas: ['CAS*CO*45*90.00', 'CAS*PR*1*50.00**2*40.00'] }, { service: 'HC:92551', charge: '40.00', paid: '30.00', cas: ['CAS*CO*45*10.00'] }] },
      { status: '2', paid: '60.00', patient: '30.00', more: [], lines: [{ service: 'HC:99214:25', charge: '260.00', paid: '60.00', cas: ['CAS*OA*23*170.00', 'CAS*PR*2*30.00'] }, { service: 'HC:92551', charge: '40.00', paid: '0.00', cas: ['CAS*OA*23*40.00'] }] },
    ],
    expected: [
      ['AMT*D*110.00', 'SVD*RTPA*80.00*HC:99214:25**1', 'CAS*CO*45*90.00', 'CAS*PR*1*50.00**2*40.00', 'SVD*RTPA*30.00*HC:92551**1', 'CAS*CO*45*10.00'],
      ['AMT*D*60.00', 'SVD*RTPB*60.00*HC:99214:25**1', 'CAS*OA*23*170.00', 'CAS*PR*2*30.00', 'SVD*RTPB*0.00*HC:92551**1', 'CAS*OA*23*40.00'],
    ],
  },
  'institutional (837I), adjusted on claim and lines': {
    version: '005010X223A2', charge: '1000.00', oi: 'OI***Y***Y',
    claim: ['CLM*RT2001*1000.00***13:A:1**A*Y*Y', 'DTP*434*RD8*20260224-20260224', 'CL1*3**01', 'HI*ABK:I480', 'NM1*71*1*FERREIRA*LUCINDA****XX*1002000218'],
    lines: ['SV2*0450*HC:99284*850.00*UN*1', 'SV2*0300*HC:80053*150.00*UN*1'],
    decisions: [
      { status: '1', paid: '470.00', patient: '230.00', more: ['CAS*PR*1*100.00'], lines: [{ service: 'HC:99284', charge: '850.00', paid: '480.00', cas: ['CAS*CO*45*250.00', 'CAS*PR*2*120.00'] }, { service: 'HC:80053', charge: '150.00', paid: '90.00', cas: ['CAS*CO*45*50.00', 'CAS*PR*2*10.00'] }] },
      { status: '2', paid: '170.00', patient: '60.00', more: [], lines: [{ service: 'HC:99284', charge: '850.00', paid: '160.00', cas: ['CAS*OA*23*630.00', 'CAS*PR*2*60.00'] }, { service: 'HC:80053', charge: '150.00', paid: '10.00', cas: ['CAS*OA*23*140.00'] }] },
    ],
    expected: [
      ['CAS*PR*1*100.00', 'AMT*D*470.00', 'SVD*RTPA*480.00*HC:99284*0450*1', 'CAS*CO*45*250.00', 'CAS*PR*2*120.00', 'SVD*RTPA*90.00*HC:80053*0300*1', 'CAS*CO*45*50.00', 'CAS*PR*2*10.00'],
      ['AMT*D*170.00', 'SVD*RTPB*160.00*HC:99284*0450*1', 'CAS*OA*23*630.00', 'CAS*PR*2*60.00', 'SVD*RTPB*10.00*HC:80053*0300*1', 'CAS*OA*23*140.00'],
    ],
  },
  'dental (837D), a line paid in full': {
    version: '005010X224A2', charge: '1140.00', oi: 'OI***Y*P**Y',
    claim: ['CLM*RT3001*1140.00***11:B:1*Y*A*Y*Y', 'NM1*82*1*FERREIRA*LUCINDA****XX*1002000218'],
    lines: ['SV3*AD:D2740*1100.00****1', 'SV3*AD:D0220*40.00****1'],
    decisions: [
      { status: '1', paid: '590.00', patient: '450.00', more: [], lines: [{ service: 'AD:D2740', charge: '1100.00', paid: '550.00', cas: ['CAS*CO*45*100.00', 'CAS*PR*1*50.00**2*400.00'] }, { service: 'AD:D0220', charge: '40.00', paid: '40.00', cas: [] }] },
      { status: '2', paid: '300.00', patient: '150.00', more: [], lines: [{ service: 'AD:D2740', charge: '1100.00', paid: '300.00', cas: ['CAS*OA*23*650.00', 'CAS*PR*2*150.00'] }, { service: 'AD:D0220', charge: '40.00', paid: '0.00', cas: ['CAS*OA*23*40.00'] }] },
    ],
    expected: [
      ['AMT*D*590.00', 'SVD*RTPA*550.00*AD:D2740**1', 'CAS*CO*45*100.00', 'CAS*PR*1*50.00**2*400.00', 'SVD*RTPA*40.00*AD:D0220**1'],
      ['AMT*D*300.00', 'SVD*RTPB*300.00*AD:D2740**1', 'CAS*OA*23*650.00', 'CAS*PR*2*150.00', 'SVD*RTPB*0.00*AD:D0220**1', 'CAS*OA*23*40.00'],
    ],
  },
};

const PAYERS = [['RTPA', 'ALDER HEALTH PLAN', 'CI'], ['RTPB', 'BIRCH BENEFITS', 'CI'], ['RTPC', 'ARDEN STATE MEDICAID', 'MC']] as const;
const member = (payer: string): readonly string[] => [`NM1*IL*1*TOIVANEN*AINO****MI*M${payer}`, 'N3*11 JUNIPER DRIVE', 'N4*ASHBURY*CO*80001'];

/** The claim as it goes to the first payer, the other two named. */
const primaryFile = ({ version, claim, lines, oi }: Case): string => interchange([
  'BHT*0019*00*B1*20260301*0915*CH', 'NM1*41*2*PEBBLE CREEK CLINIC*****46*893000001', 'PER*IC*BILLING OFFICE*TE*3035550120', 'NM1*40*2*ALDER HEALTH PLAN*****46*RTPA',
  'HL*1**20*1', 'NM1*85*2*PEBBLE CREEK CLINIC*****XX*1002000119', 'N3*24 GRAVEL ROAD', 'N4*ASHBURY*CO*800019998', 'REF*EI*893000001',
  'HL*2*1*22*0', 'SBR*P*18*******CI', ...member('RTPA'), 'DMG*D8*19700503*F', 'NM1*PR*2*ALDER HEALTH PLAN*****PI*RTPA',
  ...claim,
  ...PAYERS.slice(1).flatMap(([id, name, indicator], index) => [`SBR*${index === 0 ? 'S' : 'T'}*18*******${indicator}`, oi, ...member(id), `NM1*PR*2*${name}*****PI*${id}`]),
  ...lines.flatMap((line, index) => [`LX*${index + 1}`, line, 'DTP*472*D8*20260224', `REF*6R*${index + 1}`]),
], { code: '837', version });

const remittanceFile = (number: string, { charge, decisions }: Case, place: 0 | 1): string => {
  const { status, paid, patient, more, lines } = decisions[place];
  const [id, name, indicator] = PAYERS[place];
  return interchange([
    `BPR*I*${paid}*C*ACH************2026031${place}`, `TRN*1*${id}-T1*189400000${place}`, `N1*PR*${name}*XV*${id}`, 'N1*PE*PEBBLE CREEK CLINIC*XX*1002000119', 'LX*1',
    `CLP*${number}*${status}*${charge}*${paid}*${patient}*${indicator}*${id}-ICN*11*1`, ...more.filter((one) => one.startsWith('CAS')), `NM1*QC*1*TOIVANEN*AINO****MI*M${id}`, ...more.filter((one) => !one.startsWith('CAS')),
    ...lines.flatMap((line, index) => [`SVC*${line.service}*${line.charge}*${line.paid}**1`, 'DTM*472*20260224', ...line.cas, `REF*6R*${index + 1}`]),
  ]);
};

const servers: TestServer[] = [];
afterAll(() => Promise.all(servers.map((server) => server.close())));
const parameter = (answer: Answer, name: string) => (answer.body as Parameters).parameter?.find((one) => one.name === name);

/** The only claim of a file, as its rules look at it; and its segments. */
async function read(text: string): Promise<{ readonly billed: Billed; readonly broken: readonly string[]; readonly segments: readonly string[] }> {
  const [set] = await setsOf(text);
  const [loops] = claimsIn(set!);
  const billed = billedOf(loops!);
  return { billed, broken: brokenRules(billed).map(({ rule }) => rule), segments: set!.segments.map(({ elements }) => elements.join('*')) };
}

/** AMT*D, SVD and CAS that one payer's decision made, in the order of the file. */
function partOf(payer: string, segments: readonly string[]): string[] {
  const found: string[] = [];
  let isTheirs = false;
  let of2320: string[] = [];
  for (const one of segments) {
    if (/^(SBR|LX|SVD)\*/.test(one)) [isTheirs, of2320] = [one.startsWith(`SVD*${payer}*`), []];
    if (/^(AMT\*D|CAS)\*/.test(one) && !isTheirs) of2320.push(one);
    if (one.startsWith('NM1*PR*') && one.endsWith(`*${payer}`)) found.push(...of2320.splice(0));
    if (isTheirs && /^(SVD|CAS)\*/.test(one)) found.push(one);
  }
  return found;
}

describe('the first payer’s 837 and each 835 over HTTP, to the next payer’s 837 and the third’s', () => {
  test.each(Object.entries(CASES))('%s', { timeout: 60_000 }, async (_name, one) => {
    const server = await startTestServer({ now: () => new Date('2026-04-05T10:00:00Z') });
    servers.push(server);
    const send = async (operation: string, file: string): Promise<Answer> => {
      const answer = await server.request('POST', operation, file, { 'Content-Type': 'application/edi-x12' });
      expect(answer.status, answer.text).toBe(200);
      return answer;
    };
    const imported = await send('$import-837', primaryFile(one));
    expect(parameter(imported, 'outcome')?.resource).toBeUndefined();
    const first = parameter(imported, 'claim')!.valueReference!.reference!;
    const { insurance } = (await server.get(first)).body as Claim;
    let text = (await server.get(`${first}/$export-837`)).text;
    for (const place of [0, 1] as const) {
      const { billed } = await read(text);
      const remittance = await send('$import-835', remittanceFile(billed.number, one, place));
      expect([parameter(remittance, 'unmatched'), parameter(remittance, 'parked'), parameter(remittance, 'outcome')]).toEqual([undefined, undefined, undefined]);
      const derived = await server.post(`${first}/$derive-secondary`, { resourceType: 'Parameters', parameter: [{ name: 'coverage', valueReference: insurance[place + 1]!.coverage }, { name: 'persist', valueBoolean: true }] });
      expect(parameter(derived, 'reason')?.valueCode, derived.text).toBe('derived');
      const next = await server.get(`Claim/${parameter(derived, 'claim')!.resource!.id!}/$export-837`);
      expect(next.status, next.text).toBe(200);
      text = next.text;
      const written = await read(text);
      expect(written.broken).toEqual([]);
      expect([written.billed.destination, written.billed.others.map(({ responsibility, paid }) => `${responsibility} ${paid === undefined ? 'not decided' : 'decided'}`)]).toEqual(place === 0 ? ['S', ['P decided']] : ['T', ['P decided', 'S decided']]);
      PAYERS.slice(0, place + 1).forEach(([id], index) => expect(partOf(id, written.segments)).toEqual(one.expected[index]));
      expect(written.segments.filter((segment) => /^SV[123]\*/.test(segment))).toEqual(one.lines);
      expect(written.segments.filter((segment) => segment.startsWith('REF*F8'))).toEqual(PAYERS.slice(0, place + 1).map(([id]) => `REF*F8*${id}-ICN`));
      const parsed = new X12Parser(true).parse(text);
      const theirs = ('interchanges' in parsed ? parsed.interchanges[0]! : parsed).functionalGroups.flatMap((group) => group.transactions.flatMap((transaction) => transaction.segments));
      expect(theirs.map((segment) => [segment.tag, ...segment.elements.map(({ value }) => value)])).toEqual((await segmentsOf([text])).slice(3, -3));
    }
  });
});
