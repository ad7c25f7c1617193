/**
 * operations — R4 §3.2. `POST [base]/$[code]`, `POST [base]/[type]/$[code]`, `POST [base]/[type]/[id]/$[code]`; `GET` too
 * where the OperationDefinition changes nothing and takes primitives only.
 *
 * | the resource of an instance form | answer |
 * |---|---|
 * | was never stored | 404 |
 * | is deleted | 410 |
 * | stands | what the operation answers, 200 unless it says otherwise |
 *
 * One that may take long goes on after its request where that is preferred (`Prefer: respond-async`): 202 with the address
 * (`Content-Location`) at which to ask how far it is and what came of it, and of the Task that says so too (`Link`), once its parameters and its resource are found good.
 */
import type { FhirResource } from 'fhir/r4.js';
import { parseExact, stringifyExact } from '../json/exact.js';
import { taskLink, type AsyncJobs } from '../jobs.js';
import { mayGoOn } from '../operation/goes-on.js';
import { allowsGet, inputsFromBody, inputsFromFile, inputsFromQuery, takesFile } from '../operation/input.js';
import { isResource, type Inputs, type Level, type Operation, type OperationAnswer, type OperationCall, type OperationContext } from '../operation/operation.js';
import { toParameters } from '../operation/output.js';
import { errors, FhirError } from '../outcome.js';
import { parsed } from '../repository.js';
import type { Resources } from '../resources.js';
import { isJson, MAX_REQUEST_BYTES, mediaType, optionalContent } from './body.js';
import { searchParameters } from './target.js';
import type { Call, Committed, Fhir, FhirRequest, FhirResponse } from './interaction.js';
import { accepts, acceptsJson, mustAcceptJson } from './negotiation.js';
import { openPage, sealPage } from '../search/index.js';
import { resourceTypes } from '../validation/index.js';
import { preferences } from './preferences.js';
import { mustBeValid } from './preparation.js';
import { mustStand } from './read.js';

export async function operation(call: Call, fhir: Fhir): Promise<FhirResponse> {
  const level: Level = call.id ? 'instance' : call.type ? 'type' : 'system';
  const found = fhir.operations.find(call.operation, level, call.type || undefined);
  if (!found) throw unknownOperation(call.operation, fhir);
  if (!answersContent(found)) mustAcceptJson(call.request);
  const inputs = call.request.method === 'POST' ? postedInputs(call, found, fhir) : queriedInputs(call, found, fhir);
  const resources = fhir.resourcesFor(found, call.type, inputs);
  const target = level === 'instance' ? await storedTarget(call, fhir) : undefined;
  if (isDeferred(call, found, fhir)) return answered({ accepted: await fhir.jobs.defer(call.request) }, found);
  return answered(await found.handle({ level, type: call.type || undefined, target, in: inputs, url: urlOf(call), format: formatFor(call.request) }, contextOf(fhir, resources, call.request)), found);
}

const isDeferred = ({ request }: Call, { definition }: Operation, fhir: Fhir): fhir is Fhir & { readonly jobs: AsyncJobs } =>
  fhir.jobs !== undefined && mayGoOn(definition) && preferences(request).respondAsync && (request.body === undefined || 'bytes' in request.body);

const urlOf = ({ request: { path, query } }: Call): string => {
  const parameters = new URLSearchParams([...query] as [string, string][]).toString();
  return `${path.join('/')}${parameters && `?${parameters}`}`;
};

const contextOf = ({ store, caller, now, newId, baseUrl, terminology, profiles, conformance, pageKey }: Fhir, resources: Resources, { once, progress }: FhirRequest): OperationContext => ({
  ...(once ? { once: { key: once.key, fingerprint: once.fingerprint } } : {}),
  ...(once?.committed ? { committedBefore: () => readBack(once.committed ?? [], store) } : {}),
  ...(progress ? { progress } : {}),
  resources, caller, now, today: () => now().toISOString().slice(0, 10), newId, baseUrl, terminology, profiles, conformance,
  pages: { seal: (state) => sealPage(state, pageKey), open: (token) => openPage(token, pageKey) },
});

const formatFor = (request: FhirRequest): OperationCall['format'] => (...mediaTypes) => {
  if (acceptsJson(request)) return undefined;
  const taken = mediaTypes.find((mediaType) => accepts(request, mediaType));
  if (taken === undefined) throw errors.notAcceptable(`This operation answers application/fhir+json and ${mediaTypes.join(', ')}`);
  return taken;
};

async function readBack(committed: readonly Committed[], store: Fhir['store']): Promise<FhirResource[]> {
  const versions = await Promise.all(committed.map(({ type, id, version }) => store.readVersion(type, id, version)));
  return versions.flatMap((version) => (version && !version.deleted ? [parsed(version.body)] : []));
}

/** Whether it may answer something else than FHIR: a `Binary` as out parameter `return` (`design/operations.md`). */
const answersContent = ({ definition }: Operation): boolean =>
  definition.parameter?.some((parameter) => parameter.use === 'out' && parameter.name === 'return' && parameter.type === 'Binary') ?? false;

function unknownOperation(code: string, { operations }: Fhir): FhirError {
  const forms = operations.formsOf(code);
  if (forms.length === 0) return errors.notFound('This server has no such operation; GET [base]/metadata lists those that it has');
  return errors.notFound(`$${code} is called as ${forms.join(', ')}`);
}

function queriedInputs({ request }: Call, { definition }: Operation, { codesOf }: Fhir): Inputs {
  if (!allowsGet(definition)) {
    throw new FhirError(405, { severity: 'error', code: 'not-supported', text: `$${definition.code} takes POST only` }, { Allow: 'POST' });
  }
  return inputsFromQuery(definition, searchParameters(request.query), codesOf);
}

function postedInputs({ request }: Call, { definition, unchecked }: Operation, { codesOf }: Fhir): Inputs {
  if (takesFile(definition) && !isJson(request) && request.body && 'bytes' in request.body) {
    return inputsFromFile(definition, mediaType(request), request.body.bytes);
  }
  const given = optionalContent(request, MAX_REQUEST_BYTES);
  if (!given) return inputsFromBody(definition, undefined, codesOf);
  const value = parseExact(given.scanned) as FhirResource;
  mustBeValid(unchecked === undefined ? value : withoutContent(value, unchecked), undefined, given.expression);
  const inputs = (): Inputs => inputsFromBody(definition, value, codesOf);
  return given.expression ? withinEntry(inputs, given.expression) : inputs();
}

/** A valid resource without required content: it stands for one that the operation itself judges. */
const NEUTRAL: FhirResource = { resourceType: 'Parameters' };

/** What is checked of a body whose parameter `unchecked`, or which itself, is a resource that may be invalid. */
function withoutContent(value: unknown, unchecked: string): unknown {
  if (!isResource(value)) return value;
  if (value.resourceType !== 'Parameters') return resourceTypes.has(value.resourceType) ? NEUTRAL : value;
  if (!Array.isArray(value.parameter)) return value;
  const parameter = value.parameter.map((each) =>
    each?.name === unchecked && isResource(each.resource) && resourceTypes.has(each.resource.resourceType) ? { ...each, resource: NEUTRAL } : each);
  return { ...value, parameter };
}

function withinEntry(inputs: () => Inputs, expression: string): Inputs {
  try {
    return inputs();
  } catch (error) {
    throw error instanceof FhirError ? error.within(expression) : error;
  }
}

async function storedTarget({ type, id }: Call, { store }: Fhir): Promise<FhirResource> {
  return parsed(mustStand(await store.read(type, id), type).body);
}

function answered(answer: OperationAnswer, { definition }: Operation): FhirResponse {
  if ('accepted' in answer) return { status: 202, headers: { 'Content-Location': answer.accepted.status, ...taskLink(answer.accepted.task) } };
  const status = answer.status ?? 200;
  if ('content' in answer) {
    const { type, body } = answer.content;
    return { status, contentType: type, body: typeof body === 'string' ? Buffer.from(body) : body };
  }
  return { status, body: Buffer.from(stringifyExact('out' in answer ? toParameters(definition, answer.out) : answer.resource)) };
}
