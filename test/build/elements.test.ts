import { readFileSync } from 'node:fs';
import type { CodeSystem, ValueSet } from 'fhir/r4.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { officialSchema, type FhirSchema } from '../../src/build/definitions.js';
import { schemaTypes } from '../../src/build/schema-types.js';
import { ElementModel, type ElementNode } from '../../src/fhir/validation/model.js';
import type { ElementTable } from '../../src/fhir/validation/table.js';
import { expand } from '../../src/fhir/validation/value-sets.js';
import { inProject } from '../../src/root.js';

let table: ElementTable;
let schema: FhirSchema;
beforeAll(() => {
  table = JSON.parse(readFileSync(inProject('dist', 'generated', 'elements.json'), 'utf8')) as ElementTable;
  schema = officialSchema();
});

describe('the table of elements', () => {
  it("names exactly the elements that HL7's schema names, type by type, all the way down", () => {
    const model = new ElementModel(table);
    const types = schemaTypes(schema);
    const compared = new Set<string>();
    const compare = (definition: string, node: ElementNode): void => {
      if (compared.has(definition)) return;
      compared.add(definition);
      const properties = types[definition] ?? {};
      expect([...node.properties.keys()].sort(), definition).toEqual(Object.keys(properties).sort());
      for (const [key, { type, list }] of Object.entries(properties)) {
        const below = node.properties.get(key);
        expect(below?.list, `${definition}.${key}`).toBe(list);
        if (below?.node) compare(type, below.node);
      }
    };
    for (const type of table.resourceTypes) compare(type, model.node(type));
    expect(compared.size).toBeGreaterThan(600);
  });

  it("binds at least the codes that HL7's schema enumerates", () => {
    const coverage = table.nodes.Coverage?.find(({ name }) => name === 'status');
    expect(table.valueSets[coverage?.valueSet ?? -1]?.codes).toEqual({ 'http://hl7.org/fhir/fm-status': ['active', 'cancelled', 'draft', 'entered-in-error'] });
    const gender = table.nodes.Patient?.find(({ name }) => name === 'gender');
    expect(Object.values(table.valueSets[gender?.valueSet ?? -1]?.codes ?? {}).flat()).toEqual(schema.definitions.Patient?.properties?.gender?.enum);
  });

  it("holds nothing that Medplum's definitions add to R4", () => {
    const names = (node: string): string[] => (table.nodes[node] ?? []).map(({ name }) => name);
    expect(names('Meta')).not.toContain('project');
    expect(names('ResearchStudy')).not.toContain('classifier');
  });

  it("holds what HL7's schema forgets", () => {
    const types = schemaTypes(schema);
    expect(types.Meta?._profile).toEqual({ type: 'Element', list: true });
    expect(types.Parameters_Parameter?.valueMeta).toEqual({ type: 'Meta', list: false });
  });

  it('leaves open what can not be enumerated', () => {
    const contentType = table.nodes.Attachment?.find(({ name }) => name === 'contentType');
    expect(contentType).toEqual({ name: 'contentType', types: ['code'], summary: true });
  });
});

describe('the expansion of a value set', () => {
  const valueSet = (url: string, compose: ValueSet['compose']): [string, ValueSet] => [url, { resourceType: 'ValueSet', url, status: 'active', compose }];
  const system: CodeSystem = { resourceType: 'CodeSystem', url: 's', status: 'active', content: 'complete', concept: [{ code: 'a', concept: [{ code: 'b' }] }, { code: 'c' }] };
  const known = new Map<string, ValueSet | CodeSystem>([
    ['s', system],
    ['fragment', { ...system, url: 'fragment', content: 'fragment' }],
    valueSet('whole', { include: [{ system: 's' }] }),
    valueSet('listed', { include: [{ system: 's', concept: [{ code: 'c' }] }, { system: 't', concept: [{ code: 'x' }] }] }),
    valueSet('imported', { include: [{ valueSet: ['listed'] }, { system: 's', concept: [{ code: 'a' }] }] }),
    valueSet('excluding', { include: [{ system: 's' }], exclude: [{ system: 's', concept: [{ code: 'b' }] }] }),
    valueSet('filtered', { include: [{ system: 's', filter: [{ property: 'x', op: '=', value: 'y' }] }] }),
    valueSet('unknown', { include: [{ system: 'nowhere' }] }),
    valueSet('partial', { include: [{ system: 'fragment' }] }),
    valueSet('money', { include: [{ system: 'urn:iso:std:iso:4217' }] }),
  ]);

  it.each([
    ['a whole code system, with its hierarchy', 'whole', { s: ['a', 'b', 'c'] }],
    ['a version is passed over', 'whole|4.0.1', { s: ['a', 'b', 'c'] }],
    ['listed codes', 'listed', { s: ['c'], t: ['x'] }],
    ['imported sets', 'imported', { s: ['c', 'a'], t: ['x'] }],
    ['exclusions', 'excluding', { s: ['a', 'c'] }],
    ['none with a filter', 'filtered', undefined],
    ['none of an unknown system', 'unknown', undefined],
    ['none of a fragment', 'partial', undefined],
    ['none of an unknown set', 'missing', undefined],
  ])('%s', (_name, url, expected) => {
    expect(expand(url, known)).toEqual(expected);
  });

  it('currencies of ISO 4217', () => {
    const codes = Object.values(expand('money', known) ?? {}).flat();
    expect(codes).toEqual(expect.arrayContaining(['USD', 'EUR', 'XXX']));
  });
});
