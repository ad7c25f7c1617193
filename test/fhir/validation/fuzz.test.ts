import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { prepareValidation, validateResource } from '../../../src/fhir/validation/index.js';
import { bundle, claim, coverage, parameters, patient } from './examples.js';
import { resolves } from './resolve.js';

beforeAll(prepareValidation);

type Change = (parent: Record<string, unknown>, key: string) => void;

const strange = fc.constantFrom<unknown>(null, '', ' ', 'x', '2024-02-31', 'Foo/1', '#nobody', 0, -1, 1.5, true, [], {}, [null], [[]], [{}], { id: 'a' }, { resourceType: 'Foo' }, { resourceType: 'Patient' });
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.constant<Change>((parent, key) => (Array.isArray(parent) ? parent.splice(Number(key), 1) : Reflect.deleteProperty(parent, key))),
  strange.map((value): Change => (parent, key) => void (parent[key] = structuredClone(value))),
  fc.constant<Change>((parent, key) => void (parent[key] = [parent[key], structuredClone(parent[key])])),
  fc.constantFrom('fooBar', '_status', 'valueString', 'servicedPeriod', 'two words', 'hasOwnProperty', 'toString', '_').map(
    (name): Change => (parent, key) => void (parent[name] = parent[key]),
  ),
);

/** Every (object, key) of a tree. */
function places(value: unknown): [Record<string, unknown>, string][] {
  if (typeof value !== 'object' || value === null) return [];
  const object = value as Record<string, unknown>;
  return Object.keys(object).flatMap((key) => [[object, key] as [Record<string, unknown>, string], ...places(object[key])]);
}

describe('a valid resource that was changed in up to three places', () => {
  it.each([coverage, claim, patient, bundle, parameters])('$resourceType: is answered, and each error leads to an element of it', (example) => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), change), { minLength: 1, maxLength: 3 }), (changes) => {
        const resource: Record<string, unknown> = structuredClone(example);
        for (const [at, apply] of changes) {
          const all = places(resource).filter(([parent, key]) => parent !== resource || key !== 'resourceType');
          const place = all[at % all.length];
          if (place) apply(...place);
        }
        for (const { expression, text, severity } of validateResource(resource)) {
          expect(severity).toBe('error');
          expect(text).toMatch(/\.$/);
          expect(resolves(expression ?? '', resource), `${expression ?? ''}: ${text}`).toBe(true);
        }
      }),
      { numRuns: 1500 },
    );
  });
});

describe('any JSON at all', () => {
  it('is answered', () => {
    fc.assert(
      fc.property(fc.constantFrom('Claim', 'Bundle', 'Parameters', 'Basic'), fc.jsonValue({ maxDepth: 6 }), fc.jsonValue(), (resourceType, value, other) => {
        const resource = { resourceType, contained: value, extension: value, entry: value, parameter: value, meta: other, _status: other };
        expect(validateResource(resource).every(({ expression }) => expression !== undefined)).toBe(true);
        expect(() => validateResource(value)).not.toThrow();
      }),
      { numRuns: 3000 },
    );
  });
});

it('an id of a contained resource that is no text, and cannot be made one, is an issue', () => {
  const resource = { resourceType: 'Basic', code: { text: 'x' }, contained: [{ resourceType: 'Patient', id: { toString: 1 } }] };
  expect(validateResource(resource).map(({ expression }) => expression)).toContain('Basic.contained[0].id');
});
