import { readFileSync } from 'node:fs';
import type { OperationDefinition, Parameters } from 'fhir/r4.js';
import { describe, expect, test } from 'vitest';
import { answerOf } from '../../../operations/derive-secondary/answer.js';
import { deriveNextClaim } from '../../../src/claims/derive/derive.js';
import { toParameters } from '../../../src/fhir/operation/output.js';
import { inProject } from '../../../src/root.js';
import { inputOf } from '../../cases/derive-input.js';
import { checkDerive, type DeriveExpectation } from '../../cases/expect-derive.js';

interface DeriveCase {
  readonly id: string;
  readonly title: string;
  readonly body: Parameters;
  readonly expect: DeriveExpectation;
}
const read = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T;
const cases = read<DeriveCase[]>(inProject('test/cases/derive.json'));
const definition = read<OperationDefinition>(inProject('operations/derive-secondary/definition-type.json'));

describe('$derive-secondary meets every case of derive.json', () => {
  test.each(cases.map((one) => [`${one.id} ${one.title}`, one] as const))('%s', (_name, one) => {
    const answer = toParameters(definition, answerOf(deriveNextClaim(inputOf(one.body))));
    expect(checkDerive(one.expect, answer)).toEqual([]);
  });
});
