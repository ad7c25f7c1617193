import type { FhirResource } from 'fhir/r4.js';
import { errors } from '../../fhir/outcome.js';
import { isObject, type JsonObject } from '../json-body.js';
import type { CdsService, PrefetchKey } from './services.js';

/** A call of a service, checked as far as it is no FHIR resource (CDS Hooks 2.0, "Calling a CDS Service"). */
export interface HookCall {
  readonly hookInstance: string;
  /** Without a slash at the end; undefined: not stated, so that nobody knows whose ids these are. */
  readonly fhirServer: string | undefined;
  readonly token: string | undefined;
  readonly patientId: string;
  readonly encounterId: string | undefined;
  /** YYYY-MM-DD: the day of the first appointment; undefined: today. */
  readonly date: string | undefined;
  readonly prefetch: Readonly<Partial<Record<PrefetchKey, Prefetched>>>;
}

/**
 * What came under a key: resources with where they stand, and where there are more of them: clients may send the first
 * page only (CDS Hooks 2.0, "Prefetch Template"). `failed`: the client says that it could not get it.
 */
export type Prefetched = { readonly resources: readonly Placed[]; readonly next?: string } | 'failed';

export interface Placed {
  readonly resource: FhirResource;
  readonly expression: string;
}

const ID = /^[A-Za-z0-9\-.]{1,64}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const USER = /^(?:Practitioner|PractitionerRole|Patient|RelatedPerson)\/[A-Za-z0-9\-.]{1,64}$/;

/** @throws {FhirError} 400 with the place in the request */
export function readHookCall(body: JsonObject, { hook }: CdsService): HookCall {
  if (body['hook'] !== hook) throw errors.value(`This service is for the hook ${hook}`, 'hook');
  const hookInstance = text(body, 'hookInstance', 'hookInstance', UUID, 'a UUID');
  const fhirServer = body['fhirServer'] === undefined ? undefined : server(body['fhirServer']);
  const token = body['fhirAuthorization'] === undefined ? undefined : tokenIn(body['fhirAuthorization'], fhirServer);
  const context = object(body['context'], 'context');
  text(context, 'userId', 'context.userId', USER, 'a reference such as Practitioner/1');
  const patientId = text(context, 'patientId', 'context.patientId', ID, 'the id of a Patient');
  const isBooking = hook === 'appointment-book';
  const hasEncounter = !isBooking || context['encounterId'] !== undefined;
  const prefetch = body['prefetch'] === undefined ? {} : object(body['prefetch'], 'prefetch');
  return {
    hookInstance, fhirServer, token, patientId,
    encounterId: hasEncounter ? text(context, 'encounterId', 'context.encounterId', ID, 'the id of an Encounter') : undefined,
    date: isBooking ? firstDay(context['appointments']) : undefined,
    prefetch: {
      ...prefetched(prefetch, 'patient', patientId), ...prefetched(prefetch, 'coverages', patientId), ...prefetched(prefetch, 'relatedPersons', patientId),
    },
  };
}

function object(value: unknown, at: string): JsonObject {
  if (value === undefined) throw errors.required(`${at} is missing`, at);
  if (!isObject(value)) throw errors.structure(`${at} must be a JSON object`, at);
  return value;
}

function text(of: JsonObject, name: string, at: string, pattern: RegExp, what: string): string {
  const value = of[name];
  if (value === undefined) throw errors.required(`${at} is missing`, at);
  if (typeof value !== 'string' || !pattern.test(value)) throw errors.value(`${at} must be ${what}`, at);
  return value;
}

function server(value: unknown): string {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '' || url.hash !== '') throw errors.value('fhirServer must be the http or https address of a FHIR server', 'fhirServer');
  return String(value).replace(/\/+$/, '');
}

function tokenIn(value: unknown, fhirServer: string | undefined): string {
  const authorization = object(value, 'fhirAuthorization');
  if (fhirServer === undefined) throw errors.required('fhirServer is missing: fhirAuthorization is for it', 'fhirServer');
  const token = text(authorization, 'access_token', 'fhirAuthorization.access_token', /^[\x21-\x7e]{1,16000}$/, 'an access token');
  text(authorization, 'token_type', 'fhirAuthorization.token_type', /^bearer$/i, 'Bearer');
  text(authorization, 'scope', 'fhirAuthorization.scope', /\S/, 'the scopes of the token');
  text(authorization, 'subject', 'fhirAuthorization.subject', /\S/, 'the client id of this service');
  if (authorization['expires_in'] === undefined) throw errors.required('fhirAuthorization.expires_in is missing', 'fhirAuthorization.expires_in');
  if (!Number.isInteger(authorization['expires_in'])) throw errors.value('fhirAuthorization.expires_in must be a number of seconds', 'fhirAuthorization.expires_in');
  return token;
}

/** A Bundle of Appointments; the day stands in `start`, as it is at the clinic. */
function firstDay(value: unknown): string | undefined {
  const bundle = object(value, 'context.appointments');
  const entries = bundle['resourceType'] === 'Bundle' ? listOf(bundle['entry']) : undefined;
  if (!entries) throw errors.structure('context.appointments must be a Bundle of Appointments', 'context.appointments');
  const days = entries.map((entry, index) => {
    const appointment = isObject(entry) ? entry['resource'] : undefined;
    const at = `context.appointments.entry[${index}].resource`;
    if (!isObject(appointment) || appointment['resourceType'] !== 'Appointment') throw errors.structure(`${at} must be an Appointment`, at);
    const { start } = appointment;
    if (start === undefined) return undefined;
    if (typeof start !== 'string' || !/^\d{4}-\d{2}-\d{2}T/.test(start) || Number.isNaN(Date.parse(start))) throw errors.value(`${at}.start must be an instant`, `${at}.start`);
    return start.slice(0, 10);
  });
  return days.filter((day) => day !== undefined).sort()[0];
}

const listOf = (value: unknown): readonly unknown[] | undefined => (value === undefined ? [] : Array.isArray(value) ? value : undefined);

/** Under `null` there is nothing; an OperationOutcome says that the client could not get it. */
function prefetched(given: JsonObject, key: PrefetchKey, patientId: string): Partial<Record<PrefetchKey, Prefetched>> {
  const value = given[key];
  if (value === undefined) return {};
  return { [key]: value === null ? { resources: [] } : resourcesIn(value, key, patientId) };
}

/** What may come under a key, what is included among it. */
const TYPES: Readonly<Record<PrefetchKey, readonly string[]>> = { patient: ['Patient'], coverages: ['Coverage', 'Organization', 'Patient', 'RelatedPerson'], relatedPersons: ['RelatedPerson'] };

/** What an answer to a prefetch template holds, whoever asked for it. @throws {FhirError} 400 */
export function resourcesIn(value: unknown, key: PrefetchKey, patientId: string): Prefetched {
  const [at, types] = [`prefetch.${key}`, TYPES[key]];
  const resource = object(value, at);
  if (resource['resourceType'] === 'OperationOutcome') return 'failed';
  const entries = resource['resourceType'] === 'Bundle' ? listOf(resource['entry']) : undefined;
  const placed: readonly { readonly value: unknown; readonly expression: string }[] = entries
    ? entries.flatMap((entry, index) => (isObject(entry) && entry['resource'] !== undefined ? [{ value: entry['resource'], expression: `${at}.entry[${index}].resource` }] : []))
    : [{ value: resource, expression: at }];
  const found = placed.flatMap((each): Placed[] => {
    const { value: one, expression } = each;
    if (!isObject(one) || (one['resourceType'] !== 'OperationOutcome' && !types.includes(String(one['resourceType'])))) throw errors.structure(`${expression} must be of type ${types.join(', ')}`, expression);
    return one['resourceType'] === 'OperationOutcome' ? [] : [{ resource: one as unknown as FhirResource, expression }];
  });
  // What can't be named can't be asked about.
  const unnamed = found.find(({ resource: { id } }) => typeof id !== 'string' || !ID.test(id));
  if (unnamed) throw errors.required(`${unnamed.expression}.id is missing, or is no id`, `${unnamed.expression}.id`);
  const another = found.find(({ resource: { resourceType, id } }) => at === 'prefetch.patient' && resourceType === 'Patient' && id !== patientId);
  if (another) throw errors.value('prefetch.patient is another patient than context.patientId', 'prefetch.patient.id');
  const astray = found.find(({ resource }) => resource.resourceType === 'Coverage' && !isOf(resource, patientId));
  if (astray) throw errors.value('The coverage is another patient’s than context.patientId', `${astray.expression}.beneficiary`);
  const next = entries ? nextIn(resource) : undefined;
  return { resources: found, ...(next === undefined ? {} : { next }) };
}

/** Where a Bundle goes on (R4 §3.1.1.8); whatever the link says, there is more. */
function nextIn({ link }: JsonObject): string | undefined {
  const next = listOf(link)?.find((each) => isObject(each) && each['relation'] === 'next');
  return isObject(next) ? String(next['url'] ?? '') : undefined;
}

/** Whether a coverage, which may be anything, names the patient as its beneficiary, by whatever base. */
function isOf(coverage: object, patientId: string): boolean {
  const beneficiary: unknown = 'beneficiary' in coverage ? coverage.beneficiary : undefined;
  const reference = isObject(beneficiary) ? beneficiary['reference'] : undefined;
  return typeof reference === 'string' && (reference.split('/_history/')[0] ?? '').split('/').slice(-2).join('/') === `Patient/${patientId}`;
}
