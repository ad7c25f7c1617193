import type { FhirSchema, Schema } from './definitions.js';

/**
 * HL7's schema made fit for a validator: primitive types get patterns and ranges that JSON Schema can check, objects
 * say that they are objects, arrays that they are not empty, arrays of primitives may hold null (FHIR R4 §2.6.2.3), and
 * what the table of elements checks better is left out: required elements, codes, resources inside resources.
 */
export function shapeSchema({ definitions }: FhirSchema): Record<string, Schema> {
  const shaped: Record<string, Schema> = {};
  for (const [name, definition] of Object.entries(definitions)) {
    if (name === 'ResourceList') shaped[name] = { type: 'object' };
    else if (definition.properties) shaped[name] = objectShape(definition.properties);
  }
  return { ...shaped, ...PRIMITIVES };
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
const PRIMITIVES: Readonly<Record<string, Schema>> = {
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

function objectShape(properties: Readonly<Record<string, Schema>>): Schema {
  const shaped: Record<string, Schema> = {};
  for (const [name, property] of Object.entries(properties)) {
    shaped[name] = property.items ? { type: 'array', minItems: 1, items: itemShape(name, property.items) } : valueShape(name, property);
  }
  return { type: 'object', properties: shaped, additionalProperties: false };
}

function itemShape(name: string, items: Schema): Schema {
  const shape = valueShape(name, items);
  const primitive = PRIMITIVES[typeName(shape)];
  if (primitive) return { ...primitive, type: [String(primitive.type), 'null'] };
  return name.startsWith('_') ? { if: { type: 'null' }, else: shape } : shape;
}

/** HL7 writes codes as `enum` and primitive choices in full; both become references to their primitive type. */
function valueShape(name: string, schema: Schema): Schema {
  if (schema.$ref) return { $ref: schema.$ref };
  if (name === 'resourceType') return {};
  if (schema.enum) return reference('code');
  const primitive = Object.keys(PRIMITIVES)
    .filter((type) => name.endsWith(type.charAt(0).toUpperCase() + type.slice(1)))
    .sort((a, b) => b.length - a.length)[0];
  if (!primitive) throw new Error(`the schema of ${name} has neither a type of FHIR nor its name`);
  return reference(primitive);
}

const reference = (type: string): Schema => ({ $ref: `#/definitions/${type}` });
const typeName = (schema: Schema): string => schema.$ref?.slice('#/definitions/'.length) ?? '';
