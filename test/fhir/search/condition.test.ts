import { describe, expect, test } from 'vitest';
import { FhirError } from '../../../src/fhir/outcome.js';
import { search } from './support.js';

const fhirSearch = await search();
const condition = (query: string, type = 'Patient') => fhirSearch.conditionFor(type, [...new URLSearchParams(query)]);

describe('who asks the same has the same key', () => {
  test.each([
    ['identifier=urn:a|1', 'identifier=urn%3Aa%7C1'], ['identifier=a|1&birthdate=2000', 'birthdate=2000&identifier=a|1'], ['identifier=a,b', 'identifier=b,a'], ['identifier=a&identifier=a', 'identifier=a'],
    ['family=Müller', 'family=muller'], ['birthdate=eq2000', 'birthdate=2000'], ['birthdate=2000-01-01T00:00:00Z', 'birthdate=2000-01-01T01:00:00%2B01:00'], ['_id=a,b', '_id=b,a,b'],
    ['general-practitioner=Practitioner/1', 'general-practitioner=http://127.0.0.1:8080/fhir/Practitioner/1'], ['organization.name=x&active=true', 'active=true&organization.name=X'],
  ])('%s as %s', (a, b) => {
    expect(condition(a).key).toBe(condition(b).key);
    expect(condition(a).where).toEqual(condition(b).where);
  });
});

test('who asks something else has another, and none tells what was asked', () => {
  const keys = ['identifier=a', 'identifier=A', 'identifier=|a', 'identifier=x|a', 'family=a', 'family:exact=a', 'identifier=a,b', 'identifier=a&identifier=b'].map((query) => condition(query).key);
  expect(new Set([...keys, condition('identifier=a', 'Practitioner').key]).size).toBe(keys.length + 1);
  for (const key of keys) expect(key).toMatch(/^[\w-]{43}$/);
});

test.each(['', '_count=1&identifier=a', '_sort=_id', '_include=Patient:organization', '_summary=count', 'nothing=1', 'identifier=', '_format=json', 'birthdate=x'])('refuses the condition "%s"', (query) => {
  expect(() => condition(query)).toThrow(FhirError);
});

test('refuses a type that R4 does not have', () => {
  expect(() => condition('identifier=a', 'Nothing')).toThrow(FhirError);
});
