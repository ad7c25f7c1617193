import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inProject } from '../src/root.js';

/** The import rules hold for the code (npm run lint); here: a broken rule is found, by its name. */
const forbidden: [file: string, imports: string, rule: string][] = [
  ['src/cob/a.ts', '../claims/money.js', 'cob'],
  ['src/cob/b.ts', '../fhir/outcome.js', 'cob'],
  ['src/cob/c.ts', 'node:fs', 'cob-is-pure'],
  ['src/claims/a.ts', '../fhir/outcome.js', 'claims'],
  ['src/claims/b.ts', '../cob/index.js', 'claims-takes-only-types-of-cob'],
  ['src/claims/c.ts', 'node:crypto', 'claims-is-pure'],
  ['src/x12/a.ts', '../fhir/outcome.js', 'x12'],
  ['src/fhir/a.ts', '../http/listener.js', 'fhir'],
  ['src/fhir/b.ts', '../../operations/index.js', 'fhir'],
  ['src/fhir/c.ts', '../store/sqlite/index.js', 'only-main-knows-adapters'],
  ['src/fhir/d.ts', '../config.js', 'only-main-knows-config'],
  ['src/store/a.ts', '../fhir/outcome.js', 'store'],
  ['src/outbound/a.ts', '../fhir/outcome.js', 'outbound'],
  ['src/http/a.ts', '../claims/money.js', 'http'],
  ['operations/a.ts', '../src/http/listener.js', 'operations'],
  ['src/work/a.ts', '../http/listener.js', 'work'],
  ['src/fhir/e.ts', '../main.js', 'nobody-imports-main-or-build'],
];
const targets = ['src/claims/money.ts', 'src/cob/index.ts', 'src/fhir/outcome.ts', 'src/http/listener.ts', 'src/store/sqlite/index.ts', 'src/config.ts', 'src/main.ts', 'operations/index.ts'];

describe('the import rules', () => {
  const house = mkdtempSync(join(tmpdir(), 'cobalt-house-'));
  let violations: { from: string; rule: string }[] = [];

  beforeAll(async () => {
    const write = (file: string, text: string): void => {
      mkdirSync(dirname(join(house, file)), { recursive: true });
      writeFileSync(join(house, file), text);
    };
    for (const target of targets) write(target, 'export const value = 1;\n');
    for (const [file, imports] of forbidden) write(file, `import * as wrong from '${imports}';\nexport const right = wrong;\n`);
    write('src/circle/a.ts', "import { b } from './b.js';\nexport const a = (): unknown => b;\n");
    write('src/circle/b.ts', "import { a } from './a.js';\nexport const b = (): unknown => a;\n");
    symlinkSync(inProject('node_modules'), join(house, 'node_modules'));
    const { forbidden: rules, options } = createRequire(import.meta.url)(inProject('.ci/dependency-cruiser.cjs')) as { forbidden: object[]; options: object };
    const result = await cruise(['src', 'operations'], { ...options, tsConfig: undefined, baseDir: house, validate: true, ruleSet: { forbidden: rules } } as never);
    violations = (result.output as ICruiseResult).summary.violations.map(({ from, rule }) => ({ from, rule: rule.name }));
  });

  afterAll(() => rmSync(house, { recursive: true, force: true }));

  it.each(forbidden)('%s may not import %s', (file, _imports, rule) => {
    expect(violations.filter(({ from }) => from === file).map((violation) => violation.rule)).toContain(rule);
  });

  it('no circles', () => expect(violations.map(({ rule }) => rule)).toContain('no-circles'));
});
