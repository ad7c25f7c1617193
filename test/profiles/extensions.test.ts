import { readdirSync, readFileSync } from 'node:fs';
import type { Coverage, Extension, FhirResource, Organization, RelatedPerson } from 'fhir/r4.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { CANONICAL } from '../../src/fhir/canonical.js';
import { prepareValidation, registerProfiles, validateResource } from '../../src/fhir/validation/index.js';
import { inProject } from '../../src/root.js';
import { conformance } from './constraints.js';
import { misplacedExtensions, resourcesIn, usedExtensions } from './extension-use.js';

beforeAll(async () => {
  await prepareValidation();
  registerProfiles(conformance.resources);
});

const jsonFilesIn = (...folder: string[]): string[][] => readdirSync(inProject(...folder)).filter((name) => name.endsWith('.json')).map((name) => [...folder, name]);
const read = (path: readonly string[]): unknown => JSON.parse(readFileSync(inProject(...path), 'utf8'));

describe('each use of an extension conforms to its definition', () => {
  it.each([...jsonFilesIn('test', 'cases'), ...jsonFilesIn('seed')].map((path) => [path.join('/'), path] as const))('%s', (_name, path) => {
    const json = read(path);
    expect(misplacedExtensions(json)).toEqual([]);
    expect(resourcesIn(json).flatMap((resource) => validateResource(resource))).toEqual([]);
  });

  it('of which there are many in derive.json', () => expect(usedExtensions(read(['test', 'cases', 'derive.json'])).length).toBeGreaterThan(100));
});

describe('a wrong use is found', () => {
  const url = (name: string): string => `${CANONICAL}/StructureDefinition/${name}`;
  const coverage = (...extension: Extension[]): Coverage => ({ resourceType: 'Coverage', status: 'active', beneficiary: { display: 'patient' }, payor: [{ display: 'payer' }], extension });
  const entitlement = (...parts: Extension[]): Extension => ({ url: url('medicare-entitlement'), extension: parts });
  const limit = (...parts: Extension[]): Organization => ({ resourceType: 'Organization', name: 'payer', extension: [{ url: url('payer-rules'), extension: [{ url: 'filingLimit', extension: parts }] }] });
  const partner = (reference: string): RelatedPerson => ({ resourceType: 'RelatedPerson', patient: { display: 'patient' }, extension: [{ url: url('partner-of'), valueReference: { reference } }] });
  const [role, count, unit] = [{ url: 'role', valueCode: 'secondary' }, { url: 'count', valuePositiveInt: 90 }, { url: 'unit', valueCode: 'days' }];
  const age: Extension = { url: 'reason', valueCode: 'age' };

  it.each<[string, FhirResource, RegExp]>([
    ['a code that is not in the list', coverage({ url: url('payer-kind'), valueCode: 'commercial' }), /payer-kind/],
    ['another type', coverage({ url: url('payer-kind'), valueString: 'medicare' }), /payer-kind must have a valueCode/],
    ['no value', coverage({ url: url('payer-kind'), extension: [] }), /payer-kind/],
    ['a part that is missing', coverage(entitlement({ url: 'qmb', valueBoolean: true })), /part reason/],
    ['a part too many', coverage(entitlement(age, { url: 'qmb', valueBoolean: true }, { url: 'qmb', valueBoolean: false })), /qmb only once/],
    ['a part that is not known', coverage(entitlement(age, { url: 'basis', valueCode: 'active' })), /no such part/],
    ['a value beside parts', coverage({ ...entitlement(age), valueCode: 'age' }), /medicare-entitlement has parts/],
    ['a part of a part that is missing', limit(role, count, unit), /part from/],
    ['a wrong code in a part of a part', limit(role, count, unit, { url: 'from', valueCode: 'decision' }), /filingLimit\.from/],
    ['a reference to another type', partner('Patient/1'), /partner-of/],
  ])('%s', (_name, resource, message) => expect(validateResource(resource).map(({ text }) => text).join('; ')).toMatch(message));

  it.each<[string, FhirResource, RegExp]>([
    ['another element', { resourceType: 'Patient', extension: [{ url: url('payer-kind'), valueCode: 'medicare' }] }, /PayerKind on Patient/],
    ['an unknown name', coverage({ url: url('payer-type'), valueCode: 'medicare' }), /not defined/],
  ])('%s', (_name, resource, message) => expect(misplacedExtensions(resource).join('; ')).toMatch(message));

  it('and the right ones are not', () => {
    const right = [coverage({ url: url('payer-kind'), valueCode: 'medicare' }, entitlement(age)), limit(role, count, unit, { url: 'from', valueCode: 'notice' }), partner('RelatedPerson/1')];
    expect(right.flatMap((resource) => validateResource(resource))).toEqual([]);
  });
});
