import { describe, expect, test } from 'vitest';
import { claimsIn, loopsOf, readLoops, segmentsOf, type Loop } from '../../../src/x12/claim/loops.js';
import { X12Error } from '../../../src/x12/position.js';
import { writeSegments } from '../../../src/x12/writer.js';
import { authored, interchange, refusalOf, sample, sampleFiles, setsOf } from '../files.js';

const AUTHORED = [['professional-secondary', 'primary'], ['professional-secondary', 'secondary'], ['crossover', 'primary'], ['reversal-correction', 'primary'], ['tertiary', 'primary'], ['tertiary', 'secondary'], ['tertiary', 'tertiary'], ['unbalanced', 'primary']] as const;
const FILES: (readonly [string, Uint8Array])[] = [
  ...AUTHORED.map(([folder, name]) => [`${folder}/${name}`, Buffer.from(authored(folder, `${name}.837`))] as const),
  ...sampleFiles('x12-837').map((name) => [name, sample('x12-837', name)] as const),
];

const names = (loop: Loop): string => `${loop.name}${loop.loops.length > 0 ? `(${loop.loops.map(names).join(' ')})` : ''}`;

describe('the loops of an 837', () => {
  test.each(FILES)('%s: written again it has the same segments', async (_name, bytes) => {
    const sets = await setsOf(bytes);
    expect(sets.length).toBeGreaterThan(0);
    for (const set of sets) {
      const written = writeSegments(segmentsOf(readLoops(set)), set.delimiters);
      expect(written).toBe(writeSegments(set.segments.slice(0, -1), set.delimiters));
      expect([...claimsIn(set)].length).toBeGreaterThan(0);
    }
  });

  test('other payers, lines and their adjudications stand where they belong', async () => {
    const [set] = await setsOf(authored('professional-secondary', 'secondary.837'));
    expect(names(readLoops(set!))).toBe('ST(1000 1000 2000A(2010A 2000B(2010B 2010B 2300(2310 2320(2330 2330) 2400(2430) 2400(2430) 2400(2430)))))');
    const [claim] = claimsIn(set!);
    expect(loopsOf(claim!.claim, '2400')).toHaveLength(3);
  });

  test.each([
    ['a claim before any subscriber', ['HL*1**20*1', 'CLM*1*10']],
    ['a line outside a claim', ['HL*1**20*1', 'HL*2*1*22*0', 'LX*1']],
    ['an adjudication outside a line', ['HL*1**20*1', 'HL*2*1*22*0', 'CLM*1*10', 'SVD*P*10']],
    ['a level of a kind that there is not', ['HL*1**21*1']],
  ])('%s is refused with its position', async (_name, body) => {
    const [set] = await setsOf(interchange(body, { code: '837', version: '005010X222A1' }));
    expect(() => readLoops(set!)).toThrow(X12Error);
    expect((await refusalOf(Promise.resolve().then(() => readLoops(set!))))?.position.segment).toBe(3 + body.length);
  });
});
