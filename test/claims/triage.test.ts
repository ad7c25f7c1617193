import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { CARC_TRIAGE } from '../../src/claims/carc-triage.js';
import { RARC_TRIAGE } from '../../src/claims/rarc-triage.js';
import { READ_REMARK_FIRST } from '../../src/claims/triage.js';

describe('the triage tables', () => {
  test('are as long as they should be, each code once', () => {
    expect([CARC_TRIAGE.size, RARC_TRIAGE.size]).toEqual([102, 34]);
  });

  test.each([...CARC_TRIAGE.values()].map((one) => [one.code, one] as const))('CARC %s stands in known groups and says what to do', (_code, one) => {
    expect(one.groups.length).toBeGreaterThan(0);
    for (const group of one.groups) expect(['CO', 'PR', 'OA', 'PI']).toContain(group);
    expect(one.meaning).not.toBe('');
  });

  test('CARCs of one group only (X12 list of 2025-11-01)', () => {
    const only = (group: string) => ['1', '2', '3', '23', '133', '136', '201', '209', '275', '303'].filter((code) => CARC_TRIAGE.get(code)?.groups.join() === group);
    expect([only('PR'), only('OA'), only('CO')]).toEqual([['1', '2', '3', '201', '275'], ['23', '133', '136', '209'], ['303']]);
  });

  test('the codes to read with their remark are in the table', () => {
    for (const code of READ_REMARK_FIRST) expect(CARC_TRIAGE.has(code)).toBe(true);
  });
});

const source = fileURLToPath(new URL('../../../shared/domain/carc-triage.json', import.meta.url));
const isThere = existsSync(source);
if (!isThere) console.log('skipped: ../shared/domain/carc-triage.json is not there to compare the triage tables with');

test.skipIf(!isThere)('category, action, groups, appeal and documents are those of the domain table', () => {
  const rows = JSON.parse(readFileSync(source, 'utf8')) as { codeType: string; code: string; groups?: string[]; category: string; action: string; appealable: boolean; documents: string[] }[];
  for (const { codeType, code, groups = [], category, action, appealable, documents } of rows) {
    const ours = (codeType === 'CARC' ? CARC_TRIAGE : RARC_TRIAGE).get(code);
    expect({ code, ...ours }).toMatchObject({ code, category, action, appealable, documents, ...(codeType === 'CARC' ? { groups } : {}) });
  }
});
