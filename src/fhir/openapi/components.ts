import type { Content, OpenApiDocument, Parameter, Ref, Response, Schema } from './types.js';

export const FHIR_JSON = 'application/fhir+json';

const text: Schema = { type: 'string' };
const flag: Schema = { type: 'boolean' };

const header = (name: string, description: string, schema: Schema = text): Parameter => ({ name, in: 'header', description, schema });
const query = (name: string, description: string, schema: Schema = text): Parameter => ({ name, in: 'query', description, schema });
const inPath = (name: string, description: string, schema: Schema): Parameter => ({ name, in: 'path', required: true, description, schema });

/** What a request can say beside its body: R4 §3.1.0 (headers), §3.1.1.5 (results of a search), §3.1.0.12 (history). */
const PARAMETERS = {
  type: inPath('type', 'A resource type of R4.', { $ref: '#/components/schemas/ResourceType' }),
  compartment: inPath('compartment', 'The type of the resource whose compartment is searched.', { $ref: '#/components/schemas/ResourceType' }),
  typeInCompartment: inPath('type', 'The type searched; `*` for all.', { anyOf: [{ $ref: '#/components/schemas/ResourceType' }, { const: '*' }] }),
  id: inPath('id', 'Logical id of the resource.', { type: 'string', pattern: '^[A-Za-z0-9\\-.]{1,64}$' }),
  job: inPath('job', 'Id of the job, as Content-Location gave it.', text),
  file: inPath('file', 'Name of the file, as the manifest gives it.', text),
  version: inPath('version', 'Number of the version.', { type: 'integer', minimum: 1 }),
  _format: query('_format', 'Wins over Accept; only JSON is written.'),
  _pretty: query('_pretty', 'Writes the answer with line breaks and indents.', flag),
  _summary: query('_summary', 'Parts of the resources only.', { enum: ['true', 'text', 'data', 'count', 'false'] }),
  _elements: query('_elements', 'Names of elements, with commas between; mandatory elements stay.'),
  _count: query('_count', 'Size of a page, at most 1000; 0 counts only.', { type: 'integer', minimum: 0 }),
  _sort: query('_sort', 'Search parameters with commas between; `-` before one sorts it downward.'),
  _total: query('_total', 'Whether the Bundle tells how many match.', { enum: ['none', 'estimate', 'accurate'] }),
  _include: query('_include', '`Type:reference[:Target]`, what matches refer to; also as `_include:iterate`.', { type: 'array', items: text }),
  _revinclude: query('_revinclude', '`Type:reference[:Target]`, what refers to matches; also as `_revinclude:iterate`.', { type: 'array', items: text }),
  _explain: query('_explain', 'Answers the plan of the search too. Not of the standard.', flag),
  criteria: { ...query('criteria', 'Search parameters of the type, each under its own name with its modifiers (`name:exact`), chains and `_has`: the CapabilityStatement lists them.', { type: 'object', additionalProperties: text }), style: 'form', explode: true },
  _since: query('_since', 'Only versions from this instant on.', { type: 'string', format: 'date-time' }),
  _at: query('_at', 'Only what was current at some moment of this time.'),
  'If-Match': header('If-Match', 'ETag of the version that was changed, such as `W/"3"`; another version answers 412.'),
  'If-None-Match': header('If-None-Match', 'ETag of a version that is known: 304 while it stands.'),
  'If-Modified-Since': header('If-Modified-Since', 'Time of a version that is known: 304 while nothing has changed since.'),
  'If-None-Exist': header('If-None-Exist', 'Search criteria: creates only if they match nothing.'),
  'Prefer-return': header('Prefer', 'What comes back: `return=representation` (as without it), `return=minimal` or `return=OperationOutcome`.'),
  'Prefer-handling': header('Prefer', '`handling=lenient` passes over unknown search parameters; else they are 400.'),
} as const satisfies Readonly<Record<string, Parameter>>;

export type ParameterName = keyof typeof PARAMETERS;
export const parameter = (name: ParameterName): Ref => ({ $ref: `#/components/parameters/${name}` });

const HEADERS = {
  'Content-Location': { description: 'Absolute URL of the job.', schema: { type: 'string', format: 'uri' } },
  ETag: { description: 'Version of the resource: `W/"3"`.', schema: text },
  'Last-Modified': { description: 'When the version was made.', schema: text },
  Link: { description: 'The Task that tells how far the job is (`rel="status"`).', schema: text },
  Location: { description: 'Absolute URL of the version that was written.', schema: { type: 'string', format: 'uri' } },
} as const;

/** Headers of an answer, by name. */
export const answerHeaders = (...names: (keyof typeof HEADERS)[]): Readonly<Record<string, Ref>> =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

export const content = (schema: Schema): Content => ({ [FHIR_JSON]: { schema } });
export const schemaRef = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** Why a request is refused, by status (R4 §3.1.0.4.2 and the like): always with an OperationOutcome. */
const REFUSALS: Readonly<Record<string, string>> = {
  400: 'A parameter, a header, an id or the JSON is wrong, or a resource is not valid R4; `expression` points at the element',
  404: 'Unknown address, type, or a resource that was never stored',
  405: 'The address does not take this method; Allow tells which',
  406: 'The client takes nothing that this server writes',
  409: 'In conflict with what is stored',
  410: 'The resource is deleted; its history remains',
  412: 'A precondition fails: another version, or a condition that matches many',
  413: 'The body is too large',
  415: 'The body is in a format that this server does not take',
  422: 'Valid R4, but it breaks a profile that it claims, the patch can’t be applied, or the operation lacks what it needs',
  501: 'Part of the standard that this server does not support',
  default: 'Any other failure',
};

/** The refusals of one address by their statuses, any other included. */
export const refusals = (...statuses: number[]): Readonly<Record<string, Ref>> =>
  Object.fromEntries([...statuses, 'default'].map((status) => [status, { $ref: `#/components/responses/${status}` }]));

const SCHEMAS: Readonly<Record<string, Schema>> = {
  Resource: {
    type: 'object', required: ['resourceType'], description: 'Any resource of FHIR R4. Decimals keep their digits.',
    properties: { resourceType: schemaRef('ResourceType'), id: { type: 'string' }, meta: { type: 'object' } },
    externalDocs: { url: 'http://hl7.org/fhir/R4/resourcelist.html' },
  },
  Bundle: {
    type: 'object', required: ['resourceType', 'type'],
    properties: { resourceType: { const: 'Bundle' }, type: { type: 'string' }, total: { type: 'integer', minimum: 0 }, link: { type: 'array', items: { type: 'object' } }, entry: { type: 'array', items: { type: 'object' } } },
    externalDocs: { url: 'http://hl7.org/fhir/R4/bundle.html' },
  },
  OperationOutcome: {
    type: 'object', required: ['resourceType', 'issue'],
    properties: {
      resourceType: { const: 'OperationOutcome' },
      issue: {
        type: 'array', minItems: 1,
        items: { type: 'object', required: ['severity', 'code'], properties: { severity: { enum: ['fatal', 'error', 'warning', 'information'] }, code: text, details: { type: 'object' }, diagnostics: text, expression: { type: 'array', items: text } } },
      },
    },
    externalDocs: { url: 'http://hl7.org/fhir/R4/operationoutcome.html' },
  },
  JsonPatch: {
    type: 'array', description: 'RFC 6902',
    items: { type: 'object', required: ['op', 'path'], properties: { op: { enum: ['add', 'remove', 'replace', 'move', 'copy', 'test'] }, path: text, from: text, value: true } },
  },
  FhirPathPatch: {
    type: 'object', required: ['resourceType'], description: 'FHIRPath Patch (R4 §2.25): a Parameters resource',
    properties: { resourceType: { const: 'Parameters' }, parameter: { type: 'array', items: { type: 'object' } } },
  },
};

/** All components: those above, the types, and the schemas that the operations made. */
export const components = (types: readonly string[], made: Readonly<Record<string, Schema>>): OpenApiDocument['components'] => ({
  schemas: { ResourceType: { enum: [...types] }, ...SCHEMAS, ...made },
  parameters: PARAMETERS,
  headers: HEADERS,
  responses: Object.fromEntries(Object.entries(REFUSALS).map(([status, description]): [string, Response] => [status, { description, content: content(schemaRef('OperationOutcome')) }])),
});
