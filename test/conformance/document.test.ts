import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { inProject } from '../../src/root.js';
import { conformanceDocument } from './document.js';

it('CONFORMANCE.md says what the tests show (npm run conformance makes it again)', () => {
  if (process.env['UPDATE_CONFORMANCE']) writeFileSync(inProject('CONFORMANCE.md'), conformanceDocument());
  expect(readFileSync(inProject('CONFORMANCE.md'), 'utf8')).toBe(conformanceDocument());
});
