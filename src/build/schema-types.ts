import type { FhirSchema, Schema } from './definitions.js';

/** What HL7's schema says about types: definition (`Claim_Item`) → key in JSON → what stands there. */
export type SchemaTypes = Readonly<Record<string, Readonly<Record<string, SchemaProperty>>>>;

export interface SchemaProperty {
  /** A definition, a primitive type, or `Resource`. */
  readonly type: string;
  readonly list: boolean;
}

/** The primitive types of FHIR R4 (§2.24.0.1). */
export const PRIMITIVE_TYPES = [
  'base64Binary', 'boolean', 'canonical', 'code', 'date', 'dateTime', 'decimal', 'id', 'instant', 'integer', 'markdown', 'oid',
  'positiveInt', 'string', 'time', 'unsignedInt', 'uri', 'url', 'uuid', 'xhtml',
] as const;

export type PrimitiveType = (typeof PRIMITIVE_TYPES)[number];

/**
 * The types of HL7's schema, without `resourceType`, mended where the schema forgets what FHIR has: `_x` beside arrays of
 * canonicals and some other primitives, and Meta among the types of a choice of any type.
 */
export function schemaTypes({ definitions }: FhirSchema): SchemaTypes {
  const types: Record<string, Record<string, SchemaProperty>> = {};
  for (const [name, { properties }] of Object.entries(definitions)) {
    if (properties && name !== 'ResourceList') types[name] = withForgotten(Object.entries(properties).filter(([, { const: type }]) => type === undefined));
  }
  return types;
}

export const isPrimitive = (type: string): type is PrimitiveType => (PRIMITIVE_TYPES as readonly string[]).includes(type);

function withForgotten(stated: readonly (readonly [string, Schema])[]): Record<string, SchemaProperty> {
  const properties: Record<string, SchemaProperty> = {};
  for (const [key, schema] of stated) {
    const property = { type: typeOf(key, schema.items ?? schema), list: schema.items !== undefined };
    properties[key] = property;
    if (isPrimitive(property.type) && key !== 'id') properties[`_${key}`] = { type: 'Element', list: property.list };
    if (property.type === 'Dosage' && /[a-z]Dosage$/.test(key)) properties[key.replace(/Dosage$/, 'Meta')] = { type: 'Meta', list: false };
  }
  return properties;
}

/** HL7 writes codes as `enum` and primitive choices in full: their type is in their name (`valueDateTime`). */
function typeOf(key: string, schema: Schema): string {
  if (schema.$ref) return schema.$ref === '#/definitions/ResourceList' ? 'Resource' : schema.$ref.slice('#/definitions/'.length);
  if (schema.enum) return 'code';
  const named = PRIMITIVE_TYPES.filter((type) => key.endsWith(type.charAt(0).toUpperCase() + type.slice(1))).sort((a, b) => b.length - a.length)[0];
  if (!named) throw new Error(`the schema of ${key} has neither a type of FHIR nor its name`);
  return named;
}
