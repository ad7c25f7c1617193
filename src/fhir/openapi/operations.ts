import type { OperationDefinition, OperationDefinitionParameter } from 'fhir/r4.js';
import { mayGoOn } from '../operation/goes-on.js';
import { allowsGet, takesFile, type CodesOf } from '../operation/input.js';
import type { Level, Operation } from '../operation/operation.js';
import { answerHeaders, content, FHIR_JSON, parameter, refusals, schemaRef, type ParameterName } from './components.js';
import { isResourceType, parametersSchema, valueSchema } from './parameters.js';
import type { Content, Parameter, PathItem, PathMethod, RequestBody, Response, Schema } from './types.js';

/** A path of an operation with what stands in it: `Claim/{id}/$derive-secondary`. */
export interface OperationPath {
  readonly path: string;
  readonly item: PathItem;
}

export interface DescribedOperations {
  readonly paths: readonly OperationPath[];
  /** The schemas that the paths refer to, by name. */
  readonly schemas: Readonly<Record<string, Schema>>;
}

/** Every form of every operation as a path of its own (R4 §3.2.0.1); those on any resource have `{type}`. */
export function operationPaths(operations: readonly Operation[], codesOf: CodesOf): DescribedOperations {
  const paths = operations.flatMap(({ definition }) => formsOf(definition).map((form): OperationPath => ({ path: form.path, item: pathItem(definition, form, codesOf) })));
  const schemas = operations.flatMap(({ definition }) => (['in', 'out'] as const).map((use) => [schemaName(definition, use), parametersSchema(definition, use, codesOf)]));
  return { paths, schemas: Object.fromEntries(schemas) };
}

interface Form {
  readonly level: Level;
  readonly type: string | undefined;
  readonly path: string;
  readonly named: readonly ParameterName[];
}

function formsOf({ code, resource = [], ...definition }: OperationDefinition): Form[] {
  const levels = (['system', 'type', 'instance'] as const).filter((level) => definition[level]);
  return levels.flatMap((level): Form[] => {
    if (level === 'system') return [{ level, type: undefined, path: `/$${code}`, named: [] }];
    return resource.map((type) => {
      const any = type === 'Resource';
      const named: ParameterName[] = [...(any ? ['type' as const] : []), ...(level === 'instance' ? ['id' as const] : [])];
      return { level, type, path: `/${any ? '{type}' : type}${level === 'instance' ? '/{id}' : ''}/$${code}`, named };
    });
  });
}

function pathItem(definition: OperationDefinition, form: Form, codesOf: CodesOf): PathItem {
  const post = pathMethod(definition, form, 'post', { parameters: form.named.map(parameter), requestBody: bodyOf(definition) });
  if (!allowsGet(definition)) return { post };
  return { get: pathMethod(definition, form, 'get', { parameters: [...form.named.map(parameter), ...queryParameters(definition, codesOf)] }), post };
}

function pathMethod(definition: OperationDefinition, { level, type, named }: Form, method: 'get' | 'post', taken: Pick<PathMethod, 'parameters' | 'requestBody'>): PathMethod {
  const { code, title, name, description } = definition;
  return {
    operationId: [code, type, level, ...(method === 'get' ? ['by-get'] : [])].filter((part) => part !== undefined).join('-'),
    summary: title ?? name,
    ...(description ? { description } : {}),
    tags: [`$${code}`],
    ...taken,
    responses: { ...(goesOn(definition) ? {} : { 200: answerOf(definition) }), ...(goesOn(definition) || mayGoOn(definition) ? { 202: BEGUN } : {}), ...refusals(400, 404, 406, ...(named.includes('id') ? [410] : []), ...(method === 'post' ? [413, 415] : []), 422) },
    'x-fhir-interactions': ['operation'],
    ...(definition.url ? { 'x-fhir-operation': definition.url } : {}),
  };
}

/** Whether it goes on after its request was answered: it then answers nothing, where others answer a resource. */
const goesOn = (definition: OperationDefinition): boolean =>
  (definition.parameter ?? []).some(({ name, use, min, type }) => use === 'out' && name === 'return' && min === 0 && type === 'OperationOutcome');

const BEGUN: Response = { description: 'It has begun: Content-Location tells where to ask how far it is, and what came of it, Link which Task tells how far it is', headers: answerHeaders('Content-Location', 'Link') };

/** What is no FHIR, of any media type. */
const FILE: Content = { '*/*': { schema: { type: 'string', format: 'binary' } } };

const schemaName = ({ id, code }: OperationDefinition, use: 'in' | 'out'): string => `${id ?? code}-${use}`;

const inOf = (definition: OperationDefinition): readonly OperationDefinitionParameter[] => (definition.parameter ?? []).filter(({ use }) => use === 'in');

/** Parameters; or the resource itself where it is the parameter `resource` and nothing else must be said; or the file that is wanted. */
function bodyOf(definition: OperationDefinition): RequestBody {
  const parameters = inOf(definition);
  const alone = parameters.some(({ name, type }) => name === 'resource' && isResourceType(type)) && parameters.every(({ name, min }) => name === 'resource' || min === 0);
  const schema: Schema = alone ? { anyOf: [schemaRef(schemaName(definition, 'in')), schemaRef('Resource')] } : schemaRef(schemaName(definition, 'in'));
  return {
    required: parameters.some(({ min }) => min > 0),
    description: alone ? 'Parameters, or the resource itself' : 'Parameters',
    content: { [FHIR_JSON]: { schema }, 'application/json': { schema }, ...(takesFile(definition) ? FILE : {}) },
  };
}

/** R4 §3.2.0.5: a single out parameter `return` that is a resource is answered as this resource; a Binary as what it holds, for who takes that. */
function answerOf(definition: OperationDefinition): Response {
  const out = (definition.parameter ?? []).filter(({ use }) => use === 'out');
  const [first, ...more] = out;
  const file = out.some(({ name, type }) => name === 'return' && type === 'Binary') ? FILE : {};
  if (first?.name !== 'return' || more.length > 0 || !isResourceType(first.type)) return { description: 'The answer', content: { ...content(schemaRef(schemaName(definition, 'out'))), ...file } };
  if (first.type === 'Binary') return { description: first.documentation ?? 'The file', content: FILE };
  const schema = first.type === 'Resource' ? schemaRef('Resource') : { allOf: [schemaRef('Resource'), { properties: { resourceType: { const: first.type } } }] };
  return { description: first.documentation ?? 'The answer', content: content(schema) };
}

/** What a GET can carry: the parameters of primitive types. */
function queryParameters(definition: OperationDefinition, codesOf: CodesOf): Parameter[] {
  return inOf(definition)
    .filter(({ type }) => type !== undefined && /^[a-z]/.test(type))
    .map((one): Parameter => {
      const schema = valueSchema(one, codesOf);
      return { name: one.name, in: 'query', required: one.min > 0, description: one.documentation ?? one.name, schema: one.max === '1' ? schema : { type: 'array', items: schema } };
    });
}
