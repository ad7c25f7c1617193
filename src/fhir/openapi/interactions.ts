import type { Route } from '../router.js';
import { answerHeaders, content, FHIR_JSON, parameter, refusals, schemaRef, type ParameterName } from './components.js';
import type { Method, PathItem, PathMethod, RequestBody, Response, Schema } from './types.js';

/** What an interaction takes and gives. */
interface Described {
  readonly summary: string;
  readonly takes?: readonly ParameterName[];
  readonly body?: RequestBody;
  readonly gives: Readonly<Record<string, Response>>;
  readonly refuses: readonly number[];
}

const resource: Schema = schemaRef('Resource');
const bundle: Schema = schemaRef('Bundle');

const page: Response = { description: 'A page; its link `next` leads on', content: content(bundle) };
const read: Response = { description: 'The resource', headers: answerHeaders('ETag', 'Last-Modified'), content: content(resource) };
const known: Response = { description: 'The client has this version' };
const written = (description: string): Response => ({ description, headers: answerHeaders('ETag', 'Last-Modified', 'Location'), content: content(resource) });
const gone: Response = { description: 'Deleted, or there was nothing to delete', headers: answerHeaders('ETag') };
const oneResource: RequestBody = { required: true, description: 'The resource; its text is kept byte for byte apart from `id` and `meta`', content: { [FHIR_JSON]: { schema: resource }, 'application/json': { schema: resource } } };
const onePatch: RequestBody = { required: true, description: 'A JSON Patch or a FHIRPath Patch', content: { 'application/json-patch+json': { schema: schemaRef('JsonPatch') }, [FHIR_JSON]: { schema: schemaRef('FhirPathPatch') } } };
const form: RequestBody = { required: false, description: 'Search parameters as a form, beside those of the URL', content: { 'application/x-www-form-urlencoded': { schema: { type: 'object', additionalProperties: { type: 'string' } } } } };

const CUT: readonly ParameterName[] = ['_summary', '_elements'];
const SEARCH: readonly ParameterName[] = ['criteria', '_count', '_sort', '_total', '_include', '_revinclude', ...CUT, '_explain', 'Prefer-handling'];
const HISTORY: readonly ParameterName[] = ['_count', '_since', '_at', ...CUT];
const SENT = [400, 406, 413, 415] as const;

/** By the code that the router gives an interaction; the statuses stand in the tables of `interactions/*.ts`. */
const INTERACTIONS: Readonly<Record<string, Described>> = {
  capabilities: { summary: 'Tell what this server can do', gives: { 200: { description: 'The CapabilityStatement', content: content(resource) } }, refuses: [406] },
  read: { summary: 'Read a resource', takes: ['If-None-Match', 'If-Modified-Since', ...CUT], gives: { 200: read, 304: known }, refuses: [400, 404, 406, 410] },
  vread: { summary: 'Read a version of a resource', takes: ['If-None-Match', 'If-Modified-Since', ...CUT], gives: { 200: read, 304: known }, refuses: [400, 404, 406, 410] },
  create: { summary: 'Create a resource', takes: ['Prefer-return'], body: oneResource, gives: { 201: written('Created') }, refuses: [...SENT, 404, 422] },
  'conditional-create': { summary: 'unless one like it is there (If-None-Exist)', takes: ['If-None-Exist'], gives: { 200: written('One matches; nothing is written') }, refuses: [412] },
  update: { summary: 'Write a new version of a resource', takes: ['If-Match', 'Prefer-return'], body: oneResource, gives: { 200: written('The new version') }, refuses: [...SENT, 404, 412, 422] },
  'update-create': { summary: 'or its first, under an id of the client', gives: { 201: written('Created') }, refuses: [] },
  'conditional-update': { summary: 'Write a new version of the one resource that matches, or create it', takes: ['criteria', 'If-Match', 'Prefer-return'], body: oneResource, gives: { 200: written('The new version'), 201: written('Created') }, refuses: [...SENT, 404, 409, 412, 422] },
  patch: { summary: 'Change parts of a resource', takes: ['If-Match', 'Prefer-return'], body: onePatch, gives: { 200: written('The new version') }, refuses: [...SENT, 404, 410, 412, 422] },
  'conditional-patch': { summary: 'Change parts of the one resource that matches', takes: ['criteria', 'If-Match', 'Prefer-return'], body: onePatch, gives: { 200: written('The new version') }, refuses: [...SENT, 404, 412, 422] },
  delete: { summary: 'Delete a resource; its history remains', takes: ['If-Match'], gives: { 204: gone }, refuses: [400, 404, 406, 412] },
  'conditional-delete': { summary: 'Delete the one resource that matches; many only where the server is set so', takes: ['criteria'], gives: { 204: gone }, refuses: [400, 404, 406, 412] },
  'history-instance': { summary: 'List the versions of a resource', takes: HISTORY, gives: { 200: page }, refuses: [400, 404, 406] },
  'history-type': { summary: 'List the versions of all resources of a type', takes: HISTORY, gives: { 200: page }, refuses: [400, 404, 406] },
  'history-system': { summary: 'List the versions of all resources', takes: HISTORY, gives: { 200: page }, refuses: [400, 406] },
  'search-type': { summary: 'Search resources of a type', takes: SEARCH, gives: { 200: page }, refuses: [400, 404, 406, 501] },
  'search-system': { summary: 'Search all resources', takes: SEARCH, gives: { 200: page }, refuses: [400, 406, 501] },
  'search-compartment': { summary: 'Search what belongs to a resource', takes: SEARCH, gives: { 200: page }, refuses: [400, 404, 406, 501] },
  transaction: { summary: 'Do all entries of a Bundle or none', takes: ['Prefer-return'], body: { required: true, description: 'A Bundle of type transaction or batch', content: { [FHIR_JSON]: { schema: bundle }, 'application/json': { schema: bundle } } }, gives: { 200: { description: 'A Bundle with an answer for each entry, in their order', content: content(bundle) } }, refuses: [...SENT, 404, 409, 410, 412, 422, 501] },
  'job-status': { summary: 'Tell how far a job has come, or what came of it', gives: { 200: { description: 'It is done: the manifest (Bulk Data Access)', content: { 'application/json': { schema: { type: 'object' } } } }, 202: { description: 'It goes on: X-Progress tells how far, Retry-After when to ask again' } }, refuses: [404] },
  'job-cancel': { summary: 'End a job, and take away what came of it', gives: { 202: { description: 'It has ended' } }, refuses: [404] },
  'job-file': { summary: 'Read a file that came of a job', gives: { 200: { description: 'Resources, one a line', content: { 'application/fhir+ndjson': { schema: { type: 'string', format: 'binary' } } } } }, refuses: [404] },
  batch: { summary: 'or each for itself', gives: {}, refuses: [] },
};

/** `[type]/[id]/_history/[version]` → `/{type}/{id}/_history/{version}` */
export const pathOf = (template: string): string => `/${template.replaceAll(/\[(\w+)\]/g, '{$1}')}`;

/** One route, without those of operations. @throws {Error} for a code that is not described here. */
export function interactionPath({ template, methods }: Route): PathItem {
  return Object.fromEntries(Object.entries(methods).map(([method, codes]): [Method, PathMethod] => [method.toLowerCase() as Method, pathMethod(template, codes)]));
}

function pathMethod(template: string, codes: readonly string[]): PathMethod {
  const described = codes.map(describedAs);
  const byForm = template.endsWith('_search');
  const body = byForm ? form : described.find((one) => one.body)?.body;
  const takes = new Set(described.flatMap((one) => one.takes ?? []));
  return {
    operationId: [...codes.slice(0, 1), ...(byForm ? ['by-form'] : [])].join('-'),
    summary: described.map(({ summary }) => summary).join(', ') + (byForm ? ', by a form' : ''),
    tags: ['FHIR REST'],
    parameters: [...pathParameters(template), ...takes, '_format' as const, '_pretty' as const].map(parameter),
    ...(body ? { requestBody: body } : {}),
    responses: { ...Object.assign({}, ...described.map(({ gives }) => gives)), ...refusals(...new Set([...described.flatMap(({ refuses }) => refuses), ...(byForm ? [413, 415] : [])])) },
    'x-fhir-interactions': codes,
  };
}

function describedAs(code: string): Described {
  const described = INTERACTIONS[code];
  if (!described) throw new Error(`the interaction ${code} is not described for OpenAPI`);
  return described;
}

/** The parameters of a path, in their order; `type` below a compartment may be `*`. */
function pathParameters(template: string): ParameterName[] {
  const names = [...template.matchAll(/\[(\w+)\]/g)].map(([, name]) => name as ParameterName);
  return names.includes('compartment') ? names.map((name) => (name === 'type' ? 'typeInCompartment' : name)) : names;
}
