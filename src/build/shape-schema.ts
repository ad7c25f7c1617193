import type { Schema } from './definitions.js';
import { isPrimitive } from './schema-types.js';
import type { PrimitiveType, SchemaProperty, SchemaTypes } from './schema-types.js';

/**
 * A schema fit for a validator: primitive types get patterns and ranges that JSON Schema can check, objects say that
 * they are objects, arrays that they are not empty, arrays of primitives may hold null (FHIR R4 §2.6.2.3). What the table
 * of elements checks is left out: required elements, codes, resources inside resources.
 */
export function shapeSchema(types: SchemaTypes, resourceTypes: readonly string[]): Record<string, Schema> {
  const shaped: Record<string, Schema> = { ...PRIMITIVES };
  for (const [name, properties] of Object.entries(types)) {
    const shapes = Object.entries(properties).map(([key, property]) => [key, propertyShape(key, property)] as const);
    const type: [string, Schema][] = resourceTypes.includes(name) ? [['resourceType', {}]] : [];
    shaped[name] = { type: 'object', properties: Object.fromEntries([...type, ...shapes]), additionalProperties: false };
  }
  return shaped;
}

const OFFSET = '(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))';
const CLOCK = '(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\\.[0-9]+)?';
const YEAR = '(?!0000)[0-9]{4}';
const MONTH = '(?:0[1-9]|1[0-2])';
const DAY = '(?:0[1-9]|[12][0-9]|3[01])';
const text = (pattern: string): Schema => ({ type: 'string', pattern });
const SOME_CHARACTER = text('\\S');
const NO_WHITESPACE = text('^\\S+$');

/** The primitive types of FHIR R4 §2.24.0.1. No pattern needs more than linear time and constant stack. */
const PRIMITIVES: Readonly<Record<PrimitiveType, Schema>> = {
  boolean: { type: 'boolean' },
  integer: { type: 'integer', minimum: -2_147_483_648, maximum: 2_147_483_647 },
  unsignedInt: { type: 'integer', minimum: 0, maximum: 2_147_483_647 },
  positiveInt: { type: 'integer', minimum: 1, maximum: 2_147_483_647 },
  decimal: { type: 'number' },
  string: SOME_CHARACTER,
  markdown: SOME_CHARACTER,
  xhtml: SOME_CHARACTER,
  base64Binary: SOME_CHARACTER,
  uri: NO_WHITESPACE,
  url: NO_WHITESPACE,
  canonical: NO_WHITESPACE,
  code: text('^[^\\s]+(?:\\s[^\\s]+){0,99}$'),
  id: text('^[A-Za-z0-9\\-.]{1,64}$'),
  oid: text('^urn:oid:[0-2](?:\\.(?:0|[1-9][0-9]{0,99})){1,99}$'),
  uuid: text('^urn:uuid:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$'),
  date: text(`^${YEAR}(?:-${MONTH}(?:-${DAY})?)?$`),
  dateTime: text(`^${YEAR}(?:-${MONTH}(?:-${DAY}(?:T${CLOCK}${OFFSET})?)?)?$`),
  instant: text(`^${YEAR}-${MONTH}-${DAY}T${CLOCK}${OFFSET}$`),
  time: text(`^${CLOCK}$`),
};

function propertyShape(key: string, { type, list }: SchemaProperty): Schema {
  return list ? { type: 'array', minItems: 1, items: itemShape(key, type) } : valueShape(type);
}

function itemShape(key: string, type: string): Schema {
  if (isPrimitive(type)) return { ...PRIMITIVES[type], type: [String(PRIMITIVES[type].type), 'null'] };
  return key.startsWith('_') ? { if: { type: 'null' }, else: valueShape(type) } : valueShape(type);
}

function valueShape(type: string): Schema {
  return type === 'Resource' ? { type: 'object' } : { $ref: `#/definitions/${type}` };
}
