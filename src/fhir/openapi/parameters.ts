import type { OperationDefinition, OperationDefinitionParameter } from 'fhir/r4.js';
import type { CodesOf } from '../operation/input.js';
import { resourceTypes } from '../validation/index.js';
import { schemaRef } from './components.js';
import type { Schema } from './types.js';

export const isResourceType = (type: string | undefined): boolean => type === 'Resource' || (type !== undefined && resourceTypes.has(type));

/** The Parameters that an operation takes (`in`) or gives (`out`), to the name, type, choice and number of each. */
export function parametersSchema(definition: OperationDefinition, use: 'in' | 'out', codesOf: CodesOf): Schema {
  const parameters = (definition.parameter ?? []).filter((parameter) => parameter.use === use);
  return {
    type: 'object',
    required: ['resourceType', ...(parameters.some(({ min }) => min > 0) ? ['parameter'] : [])],
    properties: { resourceType: { const: 'Parameters' }, parameter: listSchema(parameters, codesOf) },
  };
}

function listSchema(parameters: readonly OperationDefinitionParameter[], codesOf: CodesOf): Schema {
  if (parameters.length === 0) return { type: 'array', maxItems: 0 };
  const limits = parameters.filter(({ min, max }) => min > 0 || max !== '*');
  return {
    type: 'array',
    items: { oneOf: parameters.map((parameter) => oneSchema(parameter, codesOf)) },
    ...(limits.length > 0 ? { allOf: limits.map(numberOf) } : {}),
  };
}

/** How often a parameter may stand. */
const numberOf = ({ name, min, max }: OperationDefinitionParameter): Schema => ({
  contains: { type: 'object', required: ['name'], properties: { name: { const: name } } },
  minContains: min,
  ...(max === '*' ? {} : { maxContains: Number(max) }),
});

function oneSchema(parameter: OperationDefinitionParameter, codesOf: CodesOf): Schema {
  const { name, part, type, documentation } = parameter;
  const schema = (required: readonly string[], properties: Schema): Schema => ({
    type: 'object', title: name, ...(documentation ? { description: documentation } : {}), required: ['name', ...required], properties: { name: { const: name }, ...properties },
  });
  if (part) return schema(part.some(({ min }) => min > 0) ? ['part'] : [], { part: listSchema(part, codesOf) });
  if (isResourceType(type)) return schema(['resource'], { resource: type === 'Resource' ? schemaRef('Resource') : { allOf: [schemaRef('Resource'), { properties: { resourceType: { const: type } } }] } });
  if (type === undefined || type === 'Element') return { ...schema([], {}), patternProperties: { '^value[A-Z]': true }, minProperties: 2 };
  const key = `value${type.charAt(0).toUpperCase()}${type.slice(1)}`;
  return schema([key], { [key]: valueSchema(parameter, codesOf) });
}

/** JSON forms of R4's primitive types (§2.24.0.1) as far as they differ from plain strings. */
const PRIMITIVES: Readonly<Record<string, Schema>> = {
  boolean: { type: 'boolean' },
  decimal: { type: 'number' },
  integer: { type: 'integer' },
  positiveInt: { type: 'integer', minimum: 1 },
  unsignedInt: { type: 'integer', minimum: 0 },
  date: { type: 'string', pattern: '^\\d{4}(-\\d{2}(-\\d{2})?)?$', examples: ['2026-10-14'] },
};

/** A value of a data type; an enumeration where the binding is required and its codes are held. */
export function valueSchema({ type = 'string', binding }: OperationDefinitionParameter, codesOf: CodesOf): Schema {
  if (/^[A-Z]/.test(type)) return { type: 'object', description: `R4 ${type}`, externalDocs: { url: `http://hl7.org/fhir/R4/${type === 'Reference' ? 'references' : 'datatypes'}.html#${type}` } };
  const codes = binding?.strength === 'required' ? codesOf(binding.valueSet) : undefined;
  return { ...(PRIMITIVES[type] ?? { type: 'string' }), ...(codes ? { enum: [...codes] } : {}) };
}
