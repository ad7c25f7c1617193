import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inProject, projectRoot } from '../src/root.js';

/** One obligation of `domain/requirements.md`: the tests that show it (`file#part of its text`, with ` + ` between them), or why there is none yet. */
interface Row {
  readonly requirement: string;
  readonly step: string;
  readonly tests: readonly string[];
  readonly reason: string;
}

const [header, ...lines] = readFileSync(inProject('test/requirements.csv'), 'utf8').trimEnd().split('\n');
const rows = lines.map((line): Row => {
  const [requirement = '', step = '', test = '', reason = ''] = cells(line);
  return { requirement, step, tests: test === '' ? [] : test.split(' + '), reason };
});

/** RFC 4180: a cell with a comma or quotes stands in quotes. */
function cells(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(([, quoted, plain = '']) => (quoted === undefined ? plain : quoted.replaceAll('""', '"')));
}

/** What must be shown by now, or explained. */
const STEPS = ['S0', 'S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7', 'S8', 'S9', 'S10', 'X'];
const SOURCE = join(projectRoot, '../shared/domain/requirements.md');
const isThere = existsSync(SOURCE);
if (!isThere) console.log(`${SOURCE} is not there: the rows are not compared with it`);

describe('test/requirements.csv', () => {
  it('has every requirement once, in order', () => {
    expect(header).toBe('requirement,step,test,reason');
    expect(rows.map(({ requirement }) => requirement)).toEqual(Array.from({ length: 169 }, (_, n) => `R${String(n + 1).padStart(3, '0')}`));
  });

  it.skipIf(!isThere)('puts each at its step', () => {
    const stated = [...readFileSync(SOURCE, 'utf8').matchAll(/^\| (R\d{3}) \|[^|]*\|[^|]*\| (\S+) \|/gm)].map(([, requirement, step]) => [requirement, step]);
    expect(rows.map(({ requirement, step }) => [requirement, step])).toEqual(stated);
  });

  it.each(rows.filter(({ step }) => step.split('/').some((each) => STEPS.includes(each))).map((row) => [row.requirement, row] as const))('%s is shown by a test, or it says why not', (_requirement, { tests, reason }) => {
    expect(tests.length > 0 || reason.length > 20).toBe(true);
  });

  it.each(rows.flatMap(({ requirement, tests }) => tests.map((test) => [requirement, test] as const)))('%s: %s is there', (_requirement, test) => {
    const [file = '', text = ''] = test.split('#');
    expect(existsSync(inProject(file)) && readFileSync(inProject(file), 'utf8').includes(text)).toBe(true);
    expect(text.length).toBeGreaterThan(5);
  });
});
