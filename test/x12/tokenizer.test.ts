import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Segment, type Delimiters } from '../../src/x12/segment.js';
import { X12Error } from '../../src/x12/position.js';
import { composite, writeSegments, type LineBreak } from '../../src/x12/writer.js';
import { authored, batchesOf, hasSamples, interchange, refusalOf, sample, sampleFiles, segmentsOf } from './files.js';

const file = authored('crossover', 'remit.835');
const plain = file.replaceAll('\n', '');

describe('a file reads the same', () => {
  const variants: readonly (readonly [string, string | Uint8Array])[] = [
    ['with line feeds after the terminator', file],
    ['without line breaks', plain],
    ['with CRLF after the terminator', file.replaceAll('\n', '\r\n')],
    ['with LF as the terminator', plain.replaceAll('~', '\n')],
    ['with CRLF as the terminator', plain.replaceAll('~', '\r\n')],
    ['with other delimiters', plain.replaceAll('*', '|').replaceAll(':', '>').replaceAll('~', "'")],
    ['as bytes', Buffer.from(file)],
    ['with a byte order mark in bytes', Buffer.from(`\ufeff${file}`)],
    ['with a byte order mark in text', `\ufeff${file}`],
    ['after empty lines', `\r\n\n${file}`],
  ];
  test.each(variants)('%s', async (_name, text) => {
    const expected = (await segmentsOf([file])).slice(1);
    const found = (await segmentsOf([text])).slice(1);
    expect(found.map((elements) => elements.map((value) => value.replaceAll('>', ':')))).toEqual(expected);
  });

  test('however it is cut', async () => {
    const expected = await segmentsOf([file]);
    const bytes = Buffer.from(`\ufeff${file}`);
    for (const size of [1, 2, 3, 7, 105, 106, 107]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
      expect(await segmentsOf(pieces)).toEqual(expected);
    }
  });

  test('several interchanges, each with its own delimiters', async () => {
    const batches = await batchesOf([`${file}\n${plain.replaceAll('*', '|')}`]);
    expect([...new Set(batches.map(({ delimiters }) => delimiters.element))]).toEqual(['*', '|']);
  });

  test('in UTF-8 or in Latin-1, segment by segment', async () => {
    const utf8 = Buffer.from(interchange(['NM1*QC*1*GARCÍA*ZOË']), 'utf8');
    const latin1 = Buffer.from(interchange(['NM1*QC*1*GARCÍA*ZOË']), 'latin1');
    for (const bytes of [utf8, latin1]) expect((await segmentsOf([bytes.subarray(0, 260), bytes.subarray(260)]))[3]).toEqual(['NM1', 'QC', '1', 'GARCÍA', 'ZOË']);
  });

  test('ISA11 repeats from 00402 on only', async () => {
    const [batch] = await batchesOf([file]);
    const [old] = await batchesOf([file.replace('*^*00501*', '*U*00401*')]);
    expect([batch?.delimiters.repetition, old?.delimiters.repetition]).toEqual(['^', undefined]);
  });
});

describe('what is no X12 is refused, with the position', () => {
  const cases: readonly (readonly [name: string, text: string, code: string, at: string])[] = [
    ['an empty file', '', 'x12-interchange', 'segment 1'],
    ['no ISA', 'ST*835*0001~', 'x12-interchange', 'segment 1'],
    ['UTF-16', '\ufffe\u0000I\u0000S', 'x12-interchange', 'segment 1'],
    ['ISA with blanks collapsed', file.replace('*00*          *00*          *', '*00* *00* *'), 'x12-interchange', 'segment 1, ISA02'],
    ['ISA cut off', file.slice(0, 90), 'x12-interchange', 'segment 1'],
    ['a delimiter twice', file.replace('*P*:~', '*P*^~'), 'x12-interchange', 'segment 1, ISA'],
    ['a file that ends inside a segment', plain.slice(0, 400), 'x12-truncated', 'segment 11'],
    ['a file that ends before IEA', plain.replace(/IEA.*$/, ''), 'x12-truncated', 'segment 43'],
    ['junk after the end', `${file}junk`, 'x12-trailing', 'segment 44'],
    ['an empty segment', plain.replace('~LX*1~', '~~LX*1~'), 'x12-segment', 'segment 16'],
    ['a segment id of small letters', file.replace('LX*1', 'lx*1'), 'x12-segment', 'segment 16'],
    ['a terminator that got lost', `${plain.slice(0, 106)}${'A'.repeat(200_000)}`, 'x12-segment', 'segment 2'],
  ];
  test.each(cases)('%s', async (_name, text, code, at) => {
    const refusal = await refusalOf(segmentsOf([text]));
    expect(refusal).toBeInstanceOf(X12Error);
    expect({ code: refusal?.code, at: refusal?.message.split(':')[0] }).toEqual({ code, at });
  });
});

describe('writing', () => {
  const DELIMITERS: Delimiters = { element: '*', component: ':', repetition: '^', segment: '~' };
  const head = new Segment('ISA*00*          *00*          *ZZ*A              *ZZ*B              *260311*0615*^*00501*000000001*0*P*:'.split('*'), 1);
  const value = fc.string({ unit: fc.constantFrom(...'ABCz09 -.&/\'"():é€日'.split('')), maxLength: 12 });
  const segment = fc.tuple(fc.stringMatching(/^[A-Z][A-Z0-9]{1,2}$/).filter((id) => id !== 'IEA' && id !== 'ISA'), fc.array(value, { maxLength: 20 })).map(([id, elements]) => [id, ...elements]);

  test('what is written is read back the same, in either encoding of the source and any cut', async () => {
    await fc.assert(fc.asyncProperty(fc.array(segment, { maxLength: 40 }), fc.constantFrom<LineBreak>('', '\n', '\r\n'), fc.integer({ min: 1, max: 300 }), async (bodies, lineBreak, size) => {
      const segments = [head, ...[...bodies, ['IEA', '0', '000000001']].map((elements) => new Segment(elements, 1))];
      const text = writeSegments(segments, DELIMITERS, lineBreak);
      const bytes = Buffer.from(text);
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
      const expected = segments.map(({ elements }) => elements);
      expect(await segmentsOf([text])).toEqual(expected);
      expect(await segmentsOf(pieces)).toEqual(expected);
    }), { numRuns: 200 });
  });

  test('a value with a delimiter is refused where it stands', () => {
    const bad = new Segment(['NM1', 'QC', '1', 'A*B'], 7);
    expect(() => writeSegments([bad], DELIMITERS)).toThrow('segment 7, NM103: the value contains a delimiter');
    expect(() => composite(['HC', '99:13'], DELIMITERS, bad, 1)).toThrow('segment 7, NM101-2');
    expect(composite(['HC', '99213', '', ''], DELIMITERS, bad, 1)).toBe('HC:99213');
  });
});

const folders = ['x12-835', 'x12-837', 'x12-other'];
describe.runIf(hasSamples).each(folders)('every sample in %s', (folder) => {
  test.each(sampleFiles(folder))('%s: written, it reads the same', async (name) => {
    const bytes = sample(folder, name);
    const batches = await batchesOf([bytes]);
    const written = batches.map(({ segments, delimiters }) => writeSegments(segments, delimiters, '\n')).join('');
    expect(await segmentsOf([written])).toEqual(batches.flatMap(({ segments }) => segments.map(({ elements }) => elements)));
    expect(written.replace(/[\r\n]/g, '')).toBe(bytes.toString('utf8').replace(/[\r\n]/g, ''));
  });
});
