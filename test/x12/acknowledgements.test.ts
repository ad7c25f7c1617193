import { describe, expect, test } from 'vitest';
import type { Acknowledgement } from '../../src/x12/acknowledgements/acknowledgement.js';
import { readAcknowledgements } from '../../src/x12/acknowledgements/read.js';
import { hasSamples, sample } from './files.js';

const ISA = 'ISA*00*          *00*          *ZZ*HOUSE          *ZZ*CLINIC         *261122*1000*^*00501*000000077*0*P*:~';
/** An interchange around one transaction set, or around none. */
const file = (between: readonly string[], set?: { readonly version: string; readonly segments: readonly string[] }): Buffer => Buffer.from([
  ISA, ...between,
  ...(set ? [`GS*FA*HOUSE*CLINIC*20261122*1000*5*X*${set.version}`, `ST*${set.segments[0]}`, ...set.segments.slice(1), `SE*${set.segments.length + 1}*0001`, 'GE*1*5'] : []),
  `IEA*${set ? 1 : 0}*000000077`,
].map((line) => (line.endsWith('~') ? line : `${line}~`)).join('\n'));
const read = async (bytes: Buffer): Promise<Omit<Acknowledgement, 'segments'>[] | undefined> => (await readAcknowledgements(() => [bytes]))?.map(({ segments: _segments, ...said }) => said);
const set999 = (...segments: string[]): Buffer => file([], { version: '005010X231A1', segments: ['999*0001*005010X231A1', 'AK1*HC*123456*005010X222A1', 'AK2*837*3456*005010X222A1', ...segments] });

describe('receipts', () => {
  test.each<[string, Buffer, Omit<Acknowledgement, 'segments'>[]]>([
    ['TA1 accepted', file(['TA1*000123456*261122*0959*A*000']), [{ kind: 'TA1', control: 123_456, verdict: 'accepted', codes: ['000'] }]],
    ['TA1 rejected: a control number used twice', file(['TA1*000123456*261122*0959*R*025']), [{ kind: 'TA1', control: 123_456, verdict: 'rejected', codes: ['025'] }]],
    ['TA1 with a verdict that is none', file(['TA1*000123456*261122*0959*Q*000']), [{ kind: 'TA1', control: 123_456, verdict: undefined, codes: ['000'] }]],
    ['999 accepted', set999('IK5*A', 'AK9*A*1*1*1'), [{ kind: '999', control: 3456, verdict: 'accepted', codes: [] }, { kind: '999', control: 123_456, except: [3456], verdict: 'accepted', codes: [] }]],
    ['999 accepted with errors noted', set999('IK3*NM1*17**8', 'IK5*E*5', 'AK9*E*1*1*1'), [{ kind: '999', control: 3456, verdict: 'accepted', codes: ['segment NM1 at 17: 8', 'transaction set: 5'] }, { kind: '999', control: 123_456, except: [3456], verdict: 'accepted', codes: [] }]],
    ['999 rejected, without repeating what was wrong', set999('IK3*SBR*9*2000B*8', 'IK4*9:1*1032*7*SECRET', 'IK5*R*5', 'AK9*R*1*1*0'), [{ kind: '999', control: 3456, verdict: 'rejected', codes: ['segment SBR at 9: 8', 'element 9:1: 7', 'transaction set: 5'] }, { kind: '999', control: 123_456, except: [3456], verdict: 'rejected', codes: [] }]],
    ['999 accepted in part', set999('IK5*R*5', 'AK2*837*3457', 'IK5*A', 'AK9*P*2*2*1'), [{ kind: '999', control: 3456, verdict: 'rejected', codes: ['transaction set: 5'] }, { kind: '999', control: 3457, verdict: 'accepted', codes: [] }, { kind: '999', control: 123_456, except: [3456, 3457], verdict: 'accepted', codes: [] }]],
    ['999 rejected as a whole', set999('IK5*A', 'AK9*R*1*1*0*19'), [{ kind: '999', control: 3456, verdict: 'rejected', codes: [] }, { kind: '999', control: 123_456, except: [3456], verdict: 'rejected', codes: ['group: 19'] }]],
    ['997 of version 4010', file([], { version: '004010', segments: ['997*0001', 'AK1*HC*9', 'AK2*837*0001', 'AK5*A', 'AK9*A*1*1*1'] }), [{ kind: '997', control: 1, verdict: 'accepted', codes: [] }, { kind: '997', control: 9, except: [1], verdict: 'accepted', codes: [] }]],
  ])('%s', async (_title, bytes, expected) => expect(await read(bytes)).toEqual(expected));
});

describe('277CA', () => {
  const claims = (...segments: string[]): Buffer => file([], { version: '005010X214', segments: ['277*0001*005010X214', 'BHT*0085*08*1*20261122*1000*TH', 'HL*1**20*1', 'TRN*1*9', ...segments] });
  test.each<[string, Buffer, Omit<Acknowledgement, 'segments'>[]]>([
    ['an accepted batch tells of its claims only', claims('HL*2*1*21*1', 'TRN*2*000123456', 'STC*A1:20*20261122*WQ*10', 'HL*3*2*19*1', 'HL*4*3*PT', 'TRN*2*LFC1', 'STC*A2:20*20261122*WQ*10', 'REF*1K*ICN'),
      [{ kind: '277CA', claimNumber: 'LFC1', verdict: 'accepted', codes: ['A2:20'] }]],
    ['a rejected batch has no claims', claims('HL*2*1*21*0', 'TRN*2*000123456', 'STC*A3:24*20261122*U*10'), [{ kind: '277CA', control: 123_456, verdict: 'rejected', codes: ['A3:24'] }]],
    ['one status that rejects is enough', claims('HL*4*3*PT', 'TRN*2*LFC1', 'STC*A1:20*20261122*WQ*10', 'STC*A7:562:85*20261122*U*10', 'HL*5*3*PT', 'TRN*2*LFC2', 'STC*A2:20*20261122*WQ*10'),
      [{ kind: '277CA', claimNumber: 'LFC1', verdict: 'rejected', codes: ['A1:20', 'A7:562:85'] }, { kind: '277CA', claimNumber: 'LFC2', verdict: 'accepted', codes: ['A2:20'] }]],
  ])('%s', async (_title, bytes, expected) => expect(await read(bytes)).toEqual(expected));

  test('keeps the segments of each claim by themselves', async () => {
    const [first] = (await readAcknowledgements(() => [claims('HL*4*3*PT', 'NM1*QC*1*ONE', 'TRN*2*LFC1', 'STC*A2:20', 'HL*5*3*PT', 'NM1*QC*1*TWO', 'TRN*2*LFC2', 'STC*A2:20')])) ?? [];
    expect(first?.segments.map(({ elements }) => elements.join('*'))).toEqual(['HL*4*3*PT', 'NM1*QC*1*ONE', 'TRN*2*LFC1', 'STC*A2:20']);
  });
});

test.each([
  ['a remittance', file([], { version: '005010X221A1', segments: ['835*0001', 'BPR*I*0'] })],
  ['an answer about the status of a claim', file([], { version: '005010X212', segments: ['277*0001*005010X212', 'BHT*0010*08*1*20261122*1000*DG'] })],
  ['an interchange with nothing in it', file([])],
])('%s acknowledges nothing', async (_title, bytes) => expect(await readAcknowledgements(() => [bytes])).toBeUndefined());

test.runIf(hasSamples)('public samples', async () => {
  expect(await read(sample('x12-other', 'imsweb-x12-parser--277CA-accepted.277'))).toEqual([{ kind: '277CA', claimNumber: '5781', verdict: 'accepted', codes: ['A2:20'] }]);
  expect(await read(sample('x12-other', 'imsweb-x12-parser--999-rejected.999'))).toEqual([{ kind: '999', control: 28, verdict: 'rejected', codes: ['segment NM at 17: 1', 'transaction set: 5'] }, { kind: '999', control: 28, except: [28], verdict: 'rejected', codes: [] }]);
  expect(await read(sample('x12-other', 'LinuxForHealth-x12--subscriber.271'))).toBeUndefined();
  await expect(read(sample('bad', 'imsweb-x12-parser--999-accepted.999'))).rejects.toThrow(/IEA02/);
});

test('a broken envelope is refused', async () => {
  await expect(readAcknowledgements(() => [Buffer.from(set999('IK5*A', 'AK9*A*1*1*1').toString().replace('SE*6', 'SE*7'))])).rejects.toThrow(/SE01/);
});
