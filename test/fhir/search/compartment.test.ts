import { describe, expect, it } from 'vitest';
import { compartmentParameters, compartmentTypes } from '../../../src/fhir/search/compartment.js';
import { createSearch } from '../../../src/fhir/search/index.js';

const COMPARTMENTS = ['Patient', 'Encounter', 'RelatedPerson', 'Practitioner', 'Device'];

describe('the compartments of R4 §2.36', () => {
  it.each<[string, string, string[]]>([
    ['Patient', 'Claim', ['patient', 'payee']],
    ['Patient', 'Coverage', ['policy-holder', 'subscriber', 'beneficiary', 'payor']],
    ['Patient', 'Patient', ['link']],
    ['Patient', 'Task', []],
    ['Patient', 'Organization', []],
    ['Encounter', 'Claim', ['encounter']],
    ['Encounter', 'Encounter', []],
    ['Practitioner', 'PractitionerRole', ['practitioner']],
    ['Claim', 'Claim', []],
    ['__proto__', 'toString', []],
  ])('%s holds %s by %j', (compartment, type, parameters) => expect([...compartmentParameters(compartment, type)]).toEqual(parameters));

  it('name search parameters that there are', async () => {
    const search = await createSearch({ baseUrl: 'http://localhost/fhir' });
    const unknown = COMPARTMENTS.flatMap((name) => compartmentTypes(name).flatMap((type) => {
      const known = new Set(search.searchParametersOf(type).map((parameter) => parameter.name));
      return compartmentParameters(name, type).filter((parameter) => !known.has(parameter)).map((parameter) => `${type}:${parameter}`);
    }));
    expect(unknown).toEqual([]);
    expect(compartmentTypes('Patient').length).toBe(66);
  });
});
