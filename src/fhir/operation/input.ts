import type { OperationDefinition, OperationDefinitionParameter } from 'fhir/r4.js';
import { errors, FhirError, type Issue } from '../outcome.js';
import { resourceTypes } from '../validation/index.js';
import { Inputs, isResource, type Input } from './operation.js';

/**
 * Parameters of an operation out of a body, checked by its definition (FHIR R4 §3.2.0.5). The body is a valid
 * `Parameters`, or one resource where the definition has a parameter `resource` and that is all there is to say.
 * @throws {FhirError} 400: unknown name, wrong type, too few or too many.
 */
export function inputsFromBody(definition: OperationDefinition, body: unknown, codesOf: CodesOf): Inputs {
  const definitions = inParameters(definition);
  if (body === undefined) return checked([], definitions, 'Parameters');
  if (isResource(body) && body.resourceType !== 'Parameters') {
    const parameter = definitions.find((candidate) => candidate.name === 'resource' && isResourceType(candidate.type));
    if (!parameter) throw errors.structure('The body of this operation is a Parameters resource', body.resourceType);
    const input: Input = { name: 'resource', value: body, parts: undefined, expression: body.resourceType };
    mustHaveType(parameter, input.value, 'resource', input.expression, codesOf);
    return checked([input], definitions, body.resourceType);
  }
  const list = (body as { parameter?: readonly RawParameter[] }).parameter ?? [];
  return readList(list, definitions, 'Parameters.parameter', 'Parameters', codesOf);
}

/**
 * Parameters of a GET: primitives only, from the query string.
 * @throws {FhirError} 400: unknown name, no value of its type, one that only a POST can carry, too few or too many.
 */
export function inputsFromQuery(definition: OperationDefinition, query: readonly (readonly [string, string])[], codesOf: CodesOf): Inputs {
  const definitions = inParameters(definition);
  const inputs = query.map(([name, text]): Input => {
    const parameter = definitions.find((candidate) => candidate.name === name);
    if (!parameter) throw unknownParameter(name, definitions, undefined);
    if (!isPrimitive(parameter.type ?? 'Element')) throw errors.notSupported(`The parameter ${name} takes a ${parameter.type ?? 'list of parts'}, which has no place in a URL: POST it in a Parameters resource`);
    return { name, value: primitiveFromText(parameter, text, codesOf), parts: undefined, expression: name };
  });
  return checked(inputs, definitions, undefined);
}

/** True where GET may call it (R4 §3.2.0.5): nothing is changed, and every parameter that it cannot do without is primitive. */
export const allowsGet = (definition: OperationDefinition): boolean =>
  definition.affectsState !== true && inParameters(definition).every(({ min, type }) => min === 0 || (type !== undefined && isPrimitive(type)));

/** Whether its body may be a file that is not FHIR: a `Binary` as in parameter `file` (`design/operations.md`). */
export const takesFile = (definition: OperationDefinition): boolean =>
  inParameters(definition).some(({ name, type }) => name === 'file' && type === 'Binary');

/** The parameter `file` out of a body that is the file itself: it stands in no element, so nothing about it has an expression. */
export const inputsFromFile = (definition: OperationDefinition, contentType: string, bytes: Uint8Array): Inputs =>
  checked([{ name: 'file', value: { resourceType: 'Binary', contentType }, bytes, parts: undefined, expression: '' }], inParameters(definition), undefined);

/** The codes of a value set by its canonical URL. */
export type CodesOf = (valueSet: string) => ReadonlySet<string> | undefined;

interface RawParameter {
  readonly name: string;
  readonly resource?: unknown;
  readonly part?: readonly RawParameter[];
  readonly [value: string]: unknown;
}

const inParameters = (definition: OperationDefinition): readonly OperationDefinitionParameter[] =>
  (definition.parameter ?? []).filter((parameter) => parameter.use === 'in');

function readList(list: readonly RawParameter[], definitions: readonly OperationDefinitionParameter[], path: string, owner: string, codesOf: CodesOf): Inputs {
  const inputs = list.map((raw, index) => readOne(raw, definitions, `${path}[${index}]`, codesOf));
  return checked(inputs, definitions, owner);
}

function readOne(raw: RawParameter, definitions: readonly OperationDefinitionParameter[], path: string, codesOf: CodesOf): Input {
  const parameter = definitions.find((candidate) => candidate.name === raw.name);
  if (!parameter) throw unknownParameter(raw.name, definitions, `${path}.name`);
  if (parameter.part) {
    const parts = readList(raw.part ?? [], parameter.part.map((part) => ({ ...part, use: 'in' as const })), `${path}.part`, path, codesOf);
    return { name: raw.name, value: undefined, parts, expression: path };
  }
  if (raw.resource !== undefined) {
    mustHaveType(parameter, raw.resource, 'resource', `${path}.resource`, codesOf);
    return { name: raw.name, value: raw.resource, parts: undefined, expression: `${path}.resource` };
  }
  const key = Object.keys(raw).find((candidate) => candidate.startsWith('value'));
  if (!key) throw errors.required(`The parameter ${raw.name} has no value`, path);
  mustHaveType(parameter, raw[key], key, `${path}.value`, codesOf);
  return { name: raw.name, value: raw[key], parts: undefined, expression: `${path}.value` };
}

function mustHaveType(parameter: OperationDefinitionParameter, value: unknown, key: string, expression: string, codesOf: CodesOf): void {
  const type = parameter.type ?? 'Element';
  if (isResourceType(type)) {
    const given = isResource(value) ? value.resourceType : undefined;
    if (key === 'resource' && (type === 'Resource' || given === type)) return;
    throw errors.invalid(`The parameter ${parameter.name} takes ${type === 'Resource' ? 'a resource' : `a ${type}`} in \`resource\``, expression);
  }
  if (key !== `value${type.charAt(0).toUpperCase()}${type.slice(1)}`) {
    throw errors.invalid(`The parameter ${parameter.name} takes value${type.charAt(0).toUpperCase()}${type.slice(1)}`, expression);
  }
  mustBeInBinding(parameter, value, expression, codesOf);
}

function mustBeInBinding(parameter: OperationDefinitionParameter, value: unknown, expression: string | undefined, codesOf: CodesOf): void {
  if (parameter.binding?.strength !== 'required') return;
  const codes = codesOf(parameter.binding.valueSet);
  if (!codes) throw new Error(`the value set of the parameter ${parameter.name} is not known: ${parameter.binding.valueSet}`);
  if (typeof value === 'string' && !codes.has(value)) {
    throw new FhirError(400, { severity: 'error', code: 'code-invalid', text: `The parameter ${parameter.name} takes one of: ${[...codes].join(', ')}`, ...(expression ? { expression } : {}) });
  }
}

function checked(inputs: readonly Input[], definitions: readonly OperationDefinitionParameter[], owner: string | undefined): Inputs {
  const issues: Issue[] = [];
  for (const parameter of definitions) {
    const given = inputs.filter((input) => input.name === parameter.name);
    if (given.length < parameter.min) {
      issues.push({ severity: 'error', code: 'required', text: `The parameter ${parameter.name} is needed`, ...(owner ? { expression: owner } : {}) });
    }
    const extra = parameter.max === '*' ? undefined : given[Number(parameter.max)];
    if (extra) issues.push({ severity: 'error', code: 'structure', text: `The parameter ${parameter.name} may stand at most ${parameter.max} time(s)`, expression: extra.expression });
  }
  if (issues.length > 0) throw new FhirError(400, issues);
  return new Inputs(inputs, definitions);
}

function unknownParameter(name: string, definitions: readonly OperationDefinitionParameter[], expression: string | undefined): FhirError {
  const known = definitions.map((definition) => definition.name).join(', ');
  const shown = /^[\w-]{1,40}$/.test(name) ? ` ${name}` : '';
  return errors.notSupported(`The parameter${shown} is not known here; known: ${known || 'none'}`, expression);
}

const isResourceType = (type: string | undefined): boolean => type === 'Resource' || (type !== undefined && resourceTypes.has(type));
const isPrimitive = (type: string): boolean => /^[a-z]/.test(type);

const NUMBER = /^-?(0|[1-9]\d{0,17})(\.\d{1,17})?$/;
const TEXT_SHAPES: Readonly<Record<string, RegExp>> = {
  date: /^\d{4}(-\d{2}(-\d{2})?)?$/,
  dateTime: /^\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2}))?)?)?$/,
  code: /^\S+( \S+)*$/,
  id: /^[A-Za-z0-9\-.]{1,64}$/,
};

function primitiveFromText(parameter: OperationDefinitionParameter, text: string, codesOf: CodesOf): string | number | boolean {
  const type = parameter.type ?? 'string';
  const wrong = (): FhirError => errors.value(`The parameter ${parameter.name} takes a ${type}`);
  if (type === 'boolean') {
    if (text !== 'true' && text !== 'false') throw wrong();
    return text === 'true';
  }
  if (type === 'decimal' || type === 'integer' || type === 'positiveInt' || type === 'unsignedInt') {
    const value = Number(text);
    const least = type === 'positiveInt' ? 1 : type === 'unsignedInt' ? 0 : -Infinity;
    if (!NUMBER.test(text) || (type !== 'decimal' && !Number.isSafeInteger(value)) || value < least) throw wrong();
    return value;
  }
  const shape = TEXT_SHAPES[type];
  if (shape ? !shape.test(text) : text.trim() === '') throw wrong();
  if ((type === 'date' || type === 'dateTime') && !isCalendarDate(text.slice(0, 10))) throw wrong();
  mustBeInBinding(parameter, text, undefined, codesOf);
  return text;
}

function isCalendarDate(text: string): boolean {
  const [year = 0, month = 1, day = 1] = text.split('-').map(Number);
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
