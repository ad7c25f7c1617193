import { readFileSync } from 'node:fs';
import type { Parameters } from 'fhir/r4.js';
import { describe, expect, test } from 'vitest';
import { deriveNextClaim } from '../../../src/claims/derive/derive.js';
import { scrub } from '../../../src/claims/scrub/index.js';
import { inProject } from '../../../src/root.js';
import { inputOf } from '../../cases/derive-input.js';
import { kindOf } from '../../../src/work/payer-kind.js';

interface DeriveCase {
  readonly id: string;
  readonly title: string;
  readonly body: Parameters;
  readonly expect: { readonly reason: string };
}
const cases = JSON.parse(readFileSync(inProject('test/cases/derive.json'), 'utf8')) as DeriveCase[];

describe('what is derived needs no correction', () => {
  test.each(cases.filter((one) => one.expect.reason === 'derived').map((one) => [`${one.id} ${one.title}`, one] as const))('%s', (_name, { body }) => {
    const input = inputOf(body);
    const { claim } = deriveNextClaim(input);
    const found = scrub({ ...input, claim: claim!, claims: [input.claim, ...input.claims], payerKindOf: kindOf });
    expect(found.map(({ code, expression, text }) => `${code} ${expression} ${text}`)).toEqual([]);
  });
});
