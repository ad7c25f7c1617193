import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FhirError } from '../../../src/fhir/outcome.js';
import { search } from './support.js';

const fhirSearch = await search();

const TYPES = ['Claim', 'Patient', 'Observation', 'ValueSet', 'RiskAssessment', 'Bundle', 'Task'] as const;
const type = fc.constantFrom(...TYPES);
const pieces = fc.constantFrom(
  'eq', 'gt', 'ap', '|', '\\', ',', '$', '.', ':', '-', '+', 'T', 'Z', '2026', '-02', '-30', '10:00', '1e', '99', '0', 'Patient/', 'http://', '#', ' ', '%', '\u0000', '\ud800', 'é', '[$ne]', '__proto__', '_has', 'patient', 'identifier', 'missing', 'exact', '*', 'Claim',
);
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join('')));

const onlyFhirErrors = (work: () => void): void => {
  try {
    work();
  } catch (error) {
    if (!(error instanceof FhirError)) throw error;
    expect([400, 501]).toContain(error.status);
  }
};

describe('whatever is asked, the answer is a plan or a FhirError', () => {
  test('any value of any parameter', () => {
    const parameter = type.chain((of) => fc.tuple(fc.constant(of), fc.constantFrom(...fhirSearch.searchParametersOf(of).map(({ name }) => name), '_sort', '_count', '_include', '_elements', '_total'), text));
    fc.assert(fc.property(parameter, ([of, name, value]) => onlyFhirErrors(() => fhirSearch.parse({ type: of, parameters: [[name, value]], handling: 'strict' }))), { numRuns: 3000 });
  });
  test('any name', () => {
    fc.assert(fc.property(type, text, text, (of, name, value) => onlyFhirErrors(() => fhirSearch.parse({ type: of, parameters: [[name, value]], handling: 'lenient' }))), { numRuns: 2000 });
  });
  test('any condition, whose key is the same however often it is asked', () => {
    fc.assert(fc.property(type, text, (of, value) => onlyFhirErrors(() => {
      const [a, b] = [fhirSearch.conditionFor(of, [['identifier', value]]), fhirSearch.conditionFor(of, [['identifier', value]])];
      expect(a.key).toBe(b.key);
    })), { numRuns: 500 });
  });
});

test('any JSON under any element of a Claim makes entries or none', () => {
  const elements = fc.constantFrom('patient', 'created', 'item', 'identifier', 'priority', 'insurance', 'meta', 'careTeam', 'contained');
  fc.assert(fc.property(fc.dictionary(elements, fc.jsonValue({ maxDepth: 4 })), (content) => {
    expect(Array.isArray(fhirSearch.extract({ resourceType: 'Claim', ...content }))).toBe(true);
  }), { numRuns: 2000 });
});
