import type { OperationDefinition, OperationDefinitionParameter, Parameters, ParametersParameter } from 'fhir/r4.js';
import { isResource, type OutValue, type OutValues } from './operation.js';

/** The `Parameters` that an operation answers: each value under the name and in the type that its definition gives. */
export function toParameters(definition: OperationDefinition, values: OutValues): Parameters {
  const definitions = (definition.parameter ?? []).filter((parameter) => parameter.use === 'out');
  const parameter = toList(definitions, values, definition.id ?? definition.code);
  return { resourceType: 'Parameters', ...(parameter.length > 0 ? { parameter } : {}) };
}

function toList(definitions: readonly OperationDefinitionParameter[], values: OutValues, owner: string): ParametersParameter[] {
  const stray = Object.keys(values).find((name) => !definitions.some((definition) => definition.name === name));
  if (stray) throw new Error(`${owner} has no out parameter ${stray}`);
  return definitions.flatMap((definition) => listed(values[definition.name]).map((value) => toOne(definition, value)));
}

const listed = (value: OutValue): readonly (string | number | boolean | object)[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as readonly object[]) : [value];

function toOne(definition: OperationDefinitionParameter, value: string | number | boolean | object): ParametersParameter {
  const { name, type } = definition;
  if (definition.part) return { name, part: toList(definition.part, value as OutValues, name) };
  if (isResource(value)) return { name, resource: value };
  // `Element` stands for any type: the value says by its key which (`{ valueCode: 'male' }`).
  if (type === 'Element') return { name, ...(value as object) };
  if (type === undefined) throw new Error(`the out parameter ${name} has neither a type nor parts`);
  const shown = type === 'Reference' && typeof value === 'string' ? { reference: value } : value;
  return { name, [`value${type.charAt(0).toUpperCase()}${type.slice(1)}`]: shown } as ParametersParameter;
}
