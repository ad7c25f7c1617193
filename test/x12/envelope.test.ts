import { describe, expect, test } from 'vitest';
import { authored, hasSamples, interchange, refusalOf, sample, sampleFiles, setsOf } from './files.js';

const file = authored('reversal-correction', '2-reversal-correction.835');
const twoSets = interchange([]).replace('SE*2*0001~\nGE*1*1~', 'SE*2*0001~\nST*837*0002~\nSE*2*0002~\nGE*2*1~');

describe('transaction sets', () => {
  test('with what encloses them', async () => {
    const [set] = await setsOf(file);
    expect(set).toMatchObject({
      code: '835', control: '0001', interchange: { sender: { qualifier: 'ZZ', id: 'MDL55' }, receiver: { qualifier: 'ZZ', id: '893000001' }, control: '000008202', usage: 'P' },
      group: { code: 'HP', control: '8202', version: '005010X221A1', date: '20260317' },
    });
    expect(set?.segments.length).toBe(50);
  });

  test('several in a group, in a file of several interchanges', async () => {
    expect((await setsOf(twoSets + file + file)).map(({ code }) => code)).toEqual(['835', '837', '835', '835']);
  });
});

describe('a broken envelope is refused, with the position', () => {
  const cases: readonly (readonly [name: string, from: string, to: string, code: string, at: string])[] = [
    ['SE01 wrong', 'SE*50*', 'SE*49*', 'x12-count', 'segment 52, SE01'],
    ['SE01 no number', 'SE*50*', 'SE*x*', 'x12-count', 'segment 52, SE01'],
    ['SE02 with a blank more', 'SE*50*0001', 'SE*50*0001 ', 'x12-control-number', 'segment 52, SE02'],
    ['GE01 wrong', 'GE*1*', 'GE*2*', 'x12-count', 'segment 53, GE01'],
    ['GE02 wrong', 'GE*1*8202', 'GE*1*8203', 'x12-control-number', 'segment 53, GE02'],
    ['IEA01 wrong', 'IEA*1*', 'IEA*0*', 'x12-count', 'segment 54, IEA01'],
    ['IEA02 wrong', 'IEA*1*000008202', 'IEA*1*8202', 'x12-control-number', 'segment 54, IEA02'],
    ['no SE', 'SE*50*0001~\n', '', 'x12-envelope', 'segment 52, GE'],
    ['no GE', 'GE*1*8202~\n', '', 'x12-envelope', 'segment 53, IEA'],
    ['no ST', 'ST*835*0001~\n', '', 'x12-envelope', 'segment 3, BPR'],
    ['no GS', /GS\*.*~\n/.exec(file)?.[0] ?? '', '', 'x12-envelope', 'segment 2, ST'],
    ['a set in a set', 'LX*1~', 'ST*835*0002~', 'x12-envelope', 'segment 16, ST'],
    ['a group in a group', 'ST*835*0001~', 'GS*HP~', 'x12-envelope', 'segment 3, GS'],
    ['a segment between sets', 'GE*1*8202~', 'LX*2~\nGE*1*8202~', 'x12-envelope', 'segment 53, LX'],
  ];
  test.each(cases)('%s', async (_name, from, to, code, at) => {
    expect(file).toContain(from);
    const refusal = await refusalOf(setsOf(file.replace(from, to)));
    expect({ code: refusal?.code, at: refusal?.message.split(':')[0] }).toEqual({ code, at });
  });
});

/** What the samples' own table says is wrong with the envelope of each file in `bad`; the others are wrong in other ways. */
const BAD: Readonly<Record<string, readonly [code: string, at: string]>> = {
  'affect-edi-835-parser--nevada-medicaid-short-isa.835': ['x12-interchange', 'segment 1, ISA02'],
  'affect-edi-835-parser--sample_835.835': ['x12-count', 'SE01'],
  'edi-835-parser--blue-cross-nc.835': ['x12-interchange', 'segment 1'],
  'imsweb-x12-parser--bad-first-line.837': ['x12-interchange', 'ISA'],
  'imsweb-x12-parser--no-isa-line.837': ['x12-interchange', 'segment 1'],
  'pyx12--835_08.835': ['x12-count', 'SE01'],
  'pyx12--837_02.837': ['x12-truncated', ''],
  'pyx12--837_04.837': ['x12-count', 'SE01'],
  'pyx12--837_10.837': ['x12-control-number', 'SE02'],
};
describe.runIf(hasSamples)('the samples', () => {
  test.each(['x12-835', 'x12-837', 'x12-other'].flatMap((folder) => sampleFiles(folder).map((name) => [folder, name] as const)))('%s/%s has a whole envelope', async (folder, name) => {
    expect((await setsOf(sample(folder, name))).length).toBeGreaterThan(0);
  });
  test.each(Object.entries(BAD).filter(([name]) => sampleFiles('bad').includes(name)))('bad/%s: %s', async (name, [code, at]) => {
    const refusal = await refusalOf(setsOf(sample('bad', name)));
    expect(refusal?.code).toBe(code);
    expect(refusal?.message).toContain(at);
  });
});
