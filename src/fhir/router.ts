import type { OperationDefinition } from 'fhir/r4.js';
import { isForbidden, onlyAdded } from './audit/append-only.js';
import type { RequestRecord } from './audit/request.js';
import { failure } from './failure.js';
import { asSent } from './guard.js';
import { once } from './idempotency.js';
import { bundle } from './interactions/bundle.js';
import { capabilities } from './interactions/capabilities.js';
import { conditionalDelete } from './interactions/conditional-delete.js';
import { conditionalPatch } from './interactions/conditional-patch.js';
import { conditionalUpdate } from './interactions/conditional-update.js';
import { create } from './interactions/create.js';
import { remove } from './interactions/delete.js';
import { history } from './interactions/history.js';
import type { Call, Fhir, FhirRequest, FhirResponse, Interaction, Routed } from './interactions/interaction.js';
import { jobCancel, jobFile, jobStatus } from './interactions/job.js';
import { mustAcceptJson } from './interactions/negotiation.js';
import { operation } from './interactions/operation.js';
import { patch } from './interactions/patch.js';
import { read } from './interactions/read.js';
import { compartmentSearch, search } from './interactions/search.js';
import { update } from './interactions/update.js';
import { vread } from './interactions/vread.js';
import { commitAlone } from './interactions/written.js';
import { JOB_SEGMENT } from './jobs.js';
import type { OperationRegistry } from './operation/registry.js';
import { errors, FhirError } from './outcome.js';
import { resourceTypes } from './validation/index.js';

type Methods = Readonly<Partial<Record<'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', Interaction>>>;

const answers = (handle: (call: Call, fhir: Fhir) => Promise<FhirResponse>, ...codes: string[]): Interaction => ({ kind: 'answer', codes, handle });
const writes = (plan: (Interaction & { kind: 'write' })['plan'], ...codes: string[]): Interaction => ({ kind: 'write', codes, plan });
const invoked: Methods = { GET: answers(operation, 'operation'), POST: answers(operation, 'operation') };

/** R4 §3.1.0, "Summary" (§3.1.0.17). The first template that fits counts. HEAD goes with GET. */
const ROUTES: readonly (readonly [template: string, methods: Methods])[] = [
  ['', { GET: answers(search, 'search-system'), POST: answers(bundle, 'transaction', 'batch') }],
  ['metadata', { GET: answers(capabilities, 'capabilities') }],
  ['_history', { GET: answers(history, 'history-system') }],
  ['_search', { POST: answers(search, 'search-system') }],
  [`${JOB_SEGMENT}/[job]`, { GET: answers(jobStatus, 'job-status'), DELETE: answers(jobCancel, 'job-cancel') }],
  [`${JOB_SEGMENT}/[job]/[file]`, { GET: answers(jobFile, 'job-file') }],
  ['$[operation]', invoked],
  ['[type]', { GET: answers(search, 'search-type'), POST: writes(create, 'create', 'conditional-create'), PUT: writes(conditionalUpdate, 'conditional-update'), PATCH: writes(conditionalPatch, 'conditional-patch'), DELETE: writes(conditionalDelete, 'conditional-delete') }],
  ['[type]/_history', { GET: answers(history, 'history-type') }],
  ['[type]/_search', { POST: answers(search, 'search-type') }],
  ['[type]/$[operation]', invoked],
  ['[type]/[id]', { GET: answers(read, 'read'), PUT: writes(update, 'update', 'update-create'), PATCH: writes(patch, 'patch'), DELETE: writes(remove, 'delete') }],
  ['[type]/[id]/_history', { GET: answers(history, 'history-instance') }],
  ['[type]/[id]/$[operation]', invoked],
  ['[type]/[id]/_history/[version]', { GET: answers(vread, 'vread') }],
  ['[compartment]/[id]/[type]', { GET: answers(compartmentSearch, 'search-compartment') }],
  ['[compartment]/[id]/[type]/_search', { POST: answers(compartmentSearch, 'search-compartment') }],
];

/** A template of the route table with the codes of the interactions that stand there, by method. */
export interface Route {
  readonly template: string;
  readonly methods: Readonly<Record<string, readonly string[]>>;
}

/** What is routed: what the OpenAPI document says. */
export const routes: readonly Route[] = ROUTES.map(([template, methods]) => ({
  template,
  methods: Object.fromEntries(Object.entries(methods).map(([method, { codes }]) => [method, codes])),
}));

/** The codes of all interactions that are routed: what the CapabilityStatement says. */
export const interactionCodes: ReadonlySet<string> = new Set(routes.flatMap(({ methods }) => Object.values(methods).flat()));

/** The route of an address below the base, only with names that this server knows: `Claim/[id]/$derive-secondary`. */
export function routeName(below: string, operations: OperationRegistry): string {
  const path = below.replace(/[?#].*$/s, '').split('/').filter((segment) => segment !== '');
  const [segments] = findRoute(path) ?? [];
  if (!segments) return 'unknown';
  return segments.map((segment, place) => {
    const given = path[place] ?? '';
    if (segment === '$[operation]') return operations.formsOf(given.slice(1)).length > 0 ? given : segment;
    return (segment === '[type]' || segment === '[compartment]') && resourceTypes.has(given) ? given : segment;
  }).join('/');
}

/** @throws {FhirError} 400 malformed id, 404 unknown path or type, 405 with Allow, 406 */
export function route(request: FhirRequest): Routed {
  const found = findRoute(request.path);
  if (!found) throw errors.notFound('There is nothing at this address; GET [base]/metadata tells what there is');
  const [, methods] = found;
  const call = named(request, found[0]);
  const interaction = methods[(request.method === 'HEAD' ? 'GET' : request.method) as keyof Methods];
  if (!interaction) throw notAllowed(methods);
  if (interaction.kind === 'write' && isForbidden(call.type, request.method)) throw onlyAdded();
  // An operation and a job may answer something else than FHIR, and a Binary may be read as what it holds.
  if (methods !== invoked && call.job === '' && !isBinaryRead(call, interaction)) mustAcceptJson(request);
  return { call, interaction };
}

const isBinaryRead = ({ type }: Call, interaction: Interaction): boolean => type === 'Binary' && interaction.kind === 'answer' && [read, vread].includes(interaction.handle);

/** Routes and does one request; never rejects. */
export async function answer(request: FhirRequest, fhir: Fhir): Promise<FhirResponse> {
  const record = fhir.record(request);
  const response = await done(request, record, fhir);
  try {
    await record?.end(response);
    return response;
  } catch (error) {
    return failure(error, request.requestId, fhir.log);
  }
}

async function done(request: FhirRequest, record: RequestRecord | undefined, fhir: Fhir): Promise<FhirResponse> {
  try {
    return await once(request, fhir, (own) => performed(own, record, fhir));
  } catch (error) {
    return failure(asSent(error, request), request.requestId, fhir.log);
  }
}

async function performed(request: FhirRequest, record: RequestRecord | undefined, fhir: Fhir): Promise<FhirResponse> {
  try {
    const routed = fhir.route(request);
    const { call, interaction } = routed;
    record?.routed(routed, definitionOf(call, fhir));
    const within = record && mayWrite(request, interaction) ? { ...fhir.within(record), isA: (code: 'transaction' | 'batch') => record.as(code) } : fhir;
    if (interaction.kind === 'answer') return await interaction.handle(call, within);
    return await commitAlone(() => interaction.plan(call, within), within, request.once);
  } catch (error) {
    return failure(asSent(error, request), request.requestId, fhir.log);
  }
}

const definitionOf = ({ operation: code, type, id }: Call, { operations }: Fhir): OperationDefinition | undefined =>
  code === '' ? undefined : operations.find(code, id ? 'instance' : type ? 'type' : 'system', type || undefined)?.definition;

const mayWrite = ({ method, path }: FhirRequest, { kind }: Interaction): boolean => kind === 'write' || (method === 'POST' && path.at(-1) !== '_search');

const TEMPLATES = ROUTES.map(([template, methods]): readonly [segments: readonly string[], methods: Methods] => [template === '' ? [] : template.split('/'), methods]);

const BY_LENGTH = Array.from({ length: 1 + Math.max(...TEMPLATES.map(([segments]) => segments.length)) }, (_, length) => TEMPLATES.filter(([segments]) => segments.length === length));

const findRoute = (path: readonly string[]): (typeof TEMPLATES)[number] | undefined =>
  BY_LENGTH[path.length]?.find(([segments]) => segments.every((segment, index) => fits(segment, path[index] ?? '')));

function fits(segment: string, given: string): boolean {
  if (segment === '$[operation]') return given.startsWith('$');
  if (segment.startsWith('[')) return given !== '' && !given.startsWith('$') && !given.startsWith('_');
  return segment === given;
}

/** Logical ids, R4 §2.24.0.1. */
const ID = /^[A-Za-z0-9\-.]{1,64}$/;
const VERSION = /^[1-9]\d{0,14}$/;

function named(request: FhirRequest, segments: readonly string[]): Call {
  const at = (segment: string): string => request.path[segments.indexOf(segment)] ?? '';
  const compartment = at('[compartment]');
  const type = compartment !== '' && at('[type]') === '*' ? '' : at('[type]');
  const id = at('[id]');
  const version = at('[version]');
  if ([type, compartment].some((name) => name !== '' && !resourceTypes.has(name))) throw errors.notFound('This is not the name of a resource type of FHIR R4; names are written as in Patient');
  if (id !== '' && !ID.test(id)) throw errors.value('An id has 1 to 64 letters, digits, hyphens and dots');
  if (version !== '' && !VERSION.test(version)) throw errors.notFound('There is no such version; versions are numbers from 1');
  return { request, type, compartment, id, version: Number(version), operation: at('$[operation]').slice(1), job: at('[job]'), file: at('[file]') };
}

function notAllowed(methods: Methods): FhirError {
  const names = Object.keys(methods).flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  return new FhirError(405, { severity: 'error', code: 'not-supported', text: `This address takes ${names.join(', ')}` }, { Allow: names.join(', ') });
}
