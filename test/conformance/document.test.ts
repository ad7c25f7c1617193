import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inProject } from '../../src/root.js';
import { conformanceDocument } from './document.js';
import { pages } from './pages.js';
import { LEVELS } from './statement.js';

it('CONFORMANCE.md says what the tests show (npm run conformance makes it again)', () => {
  if (process.env['UPDATE_CONFORMANCE']) writeFileSync(inProject('CONFORMANCE.md'), conformanceDocument());
  expect(readFileSync(inProject('CONFORMANCE.md'), 'utf8')).toBe(conformanceDocument());
});

describe.each(Object.entries(pages))('%s', (name, { sections, withoutStatements, statements }) => {
  it('every section has statements, or is known to have none', () => {
    const stated = new Set<string>(statements.map(({ section }) => section));
    expect(Object.keys(sections).filter((section) => !stated.has(section))).toEqual([...withoutStatements]);
  });

  it('every level with claims has a file that shows them', () => {
    for (const level of LEVELS) {
      const claims = statements.some((statement) => statement.level === level && 'shown' in statement);
      expect([level, existsSync(inProject(`test/conformance/${level}/${name}.test.ts`))]).toEqual([level, claims]);
    }
  });

  it('every statement is made once', () => {
    const made = statements.map(({ section, text }) => `${section}: ${text}`);
    expect(made).toEqual([...new Set(made)]);
  });
});
