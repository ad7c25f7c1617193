import { beforeAll, describe, expect, it } from 'vitest';
import { prepareValidation, validateResource } from '../../../src/fhir/validation/index.js';
import { samples } from './samples.js';

beforeAll(prepareValidation);

describe.each(['fhir', 'synthea'])('the samples of %s are valid', (folder) => {
  const found = samples(folder);
  it(`${found.length} files`, () => {
    for (const { name, resource } of found) expect(validateResource(resource), name).toEqual([]);
  });
});
