import { evalFhirPathTyped, indexStructureDefinitionBundle } from '@medplum/core';
import { readFileSync } from 'node:fs';
import type { FhirResource } from 'fhir/r4.js';
import { describe, expect, test } from 'vitest';
import { readSearchTables } from '../../../src/fhir/search/definitions.js';
import { parseExpression, UnsupportedExpression } from '../../../src/fhir/search/expression.js';
import type { Walk } from '../../../src/fhir/search/walker.js';
import { compileWalk } from '../../../src/fhir/search/walker.js';
import { createRegistry } from '../../../src/fhir/search/registry.js';
import { inProject } from '../../../src/root.js';
import { projectParameters, sampleResources } from './support.js';

const registry = createRegistry(await readSearchTables(), projectParameters());

/** The nodes that an expression reaches, as the compiled walker finds them. */
function walked(expression: string, resource: FhirResource): unknown[] {
  const nodes: unknown[] = [];
  const walk: Walk = { resource, resolve: undefined, out: [], groups: 0 };
  compileWalk(parseExpression(expression), resource.resourceType, registry.elements, () => (node) => nodes.push(node))?.(resource, walk);
  return nodes;
}

/**
 * The same as a FHIRPath engine finds them. It takes only the resource's own type for the name of the root, and its
 * function `as` keeps nodes of every type, where `ofType` and the operator `as` do not.
 */
function evaluated(expression: string, resource: FhirResource): unknown[] {
  const own = expression.replaceAll(/\b(Domain)?Resource\./g, `${resource.resourceType}.`).replaceAll('.as(', '.ofType(');
  return evalFhirPathTyped(own, [{ type: resource.resourceType, value: resource }]).map(({ value }) => value as unknown);
}

function teachEngine(): void {
  for (const name of ['profiles-types', 'profiles-resources']) {
    indexStructureDefinitionBundle(JSON.parse(readFileSync(inProject('node_modules', '@medplum', 'definitions', 'dist', 'fhir', 'r4', `${name}.json`), 'utf8')));
  }
}

const sorted = (nodes: readonly unknown[]): string[] => [...new Set(nodes.map((node) => JSON.stringify(node)))].sort();

describe.each([['fhir', Infinity], ['synthea', 3]] as const)('on the samples in %s', (folder, most) => {
  const resources = sampleResources(folder, most) ?? [];
  test.skipIf(resources.length === 0)('compiled walkers reach the nodes that a FHIRPath engine reaches', () => {
    teachEngine();
    const differences: string[] = [];
    let compared = 0;
    for (const resource of resources) {
      for (const { code, expression } of registry.definitionsOf(resource.resourceType).values()) {
        const ours = sorted(walked(expression, resource));
        const theirs = sorted(evaluated(expression, resource));
        compared += theirs.length;
        if (ours.join() !== theirs.join()) differences.push(`${resource.resourceType} ${code} (${expression}): ${ours.join()} ≠ ${theirs.join()}`);
      }
    }
    expect(differences).toEqual([]);
    expect(compared).toBeGreaterThan(resources.length);
  });
});

const patient = { resourceType: 'Patient', deceasedBoolean: false, telecom: [{ system: 'phone', value: '1' }, { system: 'email', value: '2' }], birthDate: '2000' } as FhirResource;
const observation = {
  resourceType: 'Observation', status: 'final', code: { text: 'x' }, valueQuantity: { value: 1 }, subject: { reference: '#s' }, contained: [{ resourceType: 'Patient', id: 's' }],
  component: [{ code: { text: 'a' }, valueString: 'one' }, { code: { text: 'b' }, valueString: 'two' }],
} as FhirResource;
const basic = {
  resourceType: 'Basic', code: {}, extension: [{ url: 'urn:a', extension: [{ url: 'b', valueDate: '2020' }, { url: 'c', valueString: 's' }] }, { url: 'urn:d', valueBoolean: true }],
} as FhirResource;

test.each<[string, FhirResource, unknown[]]>([
  ['Patient.deceased.exists() and Patient.deceased != false', patient, [false]],
  ['Patient.deceased.exists() and Patient.deceased != false', { resourceType: 'Patient', deceasedDateTime: '2020' }, [true]],
  ['Patient.deceased.exists() and Patient.deceased != false', { resourceType: 'Patient' }, [false]],
  ["Patient.telecom.where(system='phone').value", patient, ['1']],
  ["Patient.telecom.where(system = 'phone' or system = 'email').value", patient, ['1', '2']],
  ["Patient.telecom.where(system = 'phone' and value.exists().not()).value", patient, []],
  ["Patient.telecom.where(rank.exists()).value", patient, []],
  ['Patient.telecom[1].value', patient, ['2']],
  ['Patient.telecom.first().value', patient, ['1']],
  ['Patient.telecom.value | Patient.birthDate', patient, ['1', '2', '2000']],
  ['(Patient.deceased as boolean)', patient, [false]],
  ['(Patient.deceased as dateTime)', patient, []],
  ['Patient.deceased.ofType(boolean)', patient, [false]],
  ['Patient.deceased is boolean', patient, [true]],
  ['Observation.value.as(Quantity).value', observation, [1]],
  ['(Observation.component.value as string)', observation, ['one', 'two']],
  ['Observation.subject.where(resolve() is Patient)', observation, [{ reference: '#s' }]],
  ['Observation.subject.where(resolve() is Group)', observation, []],
  ["Observation.component.where(code.text = 'b').value", observation, ['two']],
  ['%resource.status', observation, ['final']],
  ["Basic.extension('urn:a').extension('b').value", basic, ['2020']],
  ["Basic.extension.where(url = 'urn:a').extension.where(url = 'c').value.as(string)", basic, ['s']],
  ["Basic.extension('urn:d').value", basic, [true]],
  ["Basic.extension('urn:none').value", basic, []],
])('%s', (expression, resource, nodes) => {
  expect(walked(expression, resource)).toEqual(nodes);
});

test.each([
  ['Patient.nothing', 'no element nothing'],
  ['Patient.birthDate.extension', 'no element extension'],
  ['Patient.name.trace()', 'trace()'],
  ['Patient.name.where(', 'the end'],
  ['Patient.name given', '"given"'],
  ['Patient.name + 1', '"'],
  ['Patient.link.other.resolve().name', 'resolve'],
  ['Patient.name = Patient.contact', 'literal'],
])('refuses %s', (expression, text) => {
  expect(() => walked(expression, patient)).toThrow(UnsupportedExpression);
  expect(() => walked(expression, patient)).toThrow(text);
});
