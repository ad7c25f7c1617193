import type { FhirResource, Identifier, Patient } from 'fhir/r4.js';
import { linkFrom } from '../../fhir/link.js';
import { errors, FhirError } from '../../fhir/outcome.js';
import type { Ask } from '../../smart/index.js';
import type { LocateHere } from '../gate.js';
import { isObject } from '../json-body.js';
import { resourcesIn, type HookCall, type Placed, type Prefetched } from './hook-call.js';
import type { InternalApi } from './internal-api.js';
import type { Reach } from './reach.js';
import type { CdsService, PrefetchKey } from './services.js';

/** What the order of benefits is asked about: a patient of this server (`Patient/1`), or what came with the call. */
export type Evidence = { readonly stored: string } | { readonly coverages: readonly Placed[]; readonly people: readonly Placed[] };

export interface EvidenceParts {
  readonly service: CdsService;
  /** The FHIR base of this server. */
  readonly baseUrl: string;
  readonly api: InternalApi;
  readonly locate: LocateHere;
  readonly reach: Reach;
  /** Whether a patient here is one of the FHIR server at `base`. */
  readonly isOf: (patient: Patient, base: string) => boolean;
  /** One HTTP exchange with another machine, under the rules for them. */
  readonly ask: Ask;
}

/**
 * From prefetch where it is whole, else from this server's own store, else from the client's FHIR server with the token
 * that it sent. A part of the coverages, or of the people around the patient, is none: with the rest the order may be another.
 * @throws {FhirError} 412 where the coverages can't be had (CDS Hooks 2.0, "HTTP Status Codes"), 400 for what is no FHIR
 */
export async function evidenceOf(call: HookCall, parts: EvidenceParts): Promise<Evidence> {
  const inline = inlineIn(call.prefetch);
  if (inline) return inline;
  const stored = await storedPatient(call, parts);
  if (stored !== undefined) return { stored };
  const fetched = inlineIn(await fetchMissing(call, parts));
  if (fetched) return fetched;
  throw new FhirError(412, { severity: 'error', code: 'not-found', text: 'The coverages can’t be had: what was prefetched is not all of them, or not all related persons, the patient is not known here, and fhirServer does not give them, or may not be asked', expression: 'prefetch' });
}

type PrefetchedByKey = HookCall['prefetch'];

function inlineIn({ patient, coverages, relatedPersons }: PrefetchedByKey): Evidence | undefined {
  if (!coverages || coverages === 'failed' || coverages.next !== undefined) return undefined;
  const isCoverage = ({ resource }: Placed): boolean => resource.resourceType === 'Coverage';
  const ordered = unique(coverages.resources.filter(isCoverage));
  const others = [patient, relatedPersons].flatMap((each) => (each && each !== 'failed' ? each : []));
  // One coverage is in its place, whoever else there is.
  if (ordered.length > 1 && others.some(({ next }) => next !== undefined)) return undefined;
  return { coverages: ordered, people: unique([...others.flatMap(({ resources }) => resources), ...coverages.resources.filter((each) => !isCoverage(each))]) };
}

/** A resource that came twice counts once. */
const unique = (placed: readonly Placed[]): Placed[] => [...new Map(placed.map((each) => [`${each.resource.resourceType}/${each.resource.id ?? ''}`, each])).values()];

/** Who share an identifier; more are not looked at: it is none. */
const MOST_ALIKE = 20;

/**
 * By the client's address of the patient, else by an identifier that only one patient has of those whom the client may
 * learn something of. An id alone says nothing: it may be anybody's.
 */
async function storedPatient({ fhirServer, patientId, prefetch: { patient } }: HookCall, { baseUrl, api, locate, reach, isOf }: EvidenceParts): Promise<string | undefined> {
  if (reach.length === 0) return undefined;
  if (fhirServer === baseUrl) return (await isThere(patientId, api)) ? `Patient/${patientId}` : undefined;
  const located = fhirServer === undefined ? undefined : await locate(fhirServer, { type: 'Patient', id: patientId });
  if (located !== undefined) return located;
  const sent = patient && patient !== 'failed' ? (patient.resources[0]?.resource as Patient | undefined) : undefined;
  for (const { system, value } of identifiersOf(sent)) {
    const { entry = [] } = await api.ask<{ resourceType: 'Bundle'; type: 'searchset'; entry?: { resource?: FhirResource }[] }>('GET', ['Patient'], { query: [['identifier', `${escaped(system)}|${escaped(value)}`], ['_count', String(MOST_ALIKE)]] });
    const alike = entry.flatMap(({ resource }) => (resource?.resourceType === 'Patient' ? [resource] : []));
    const [one, another] = alike.filter((each) => reach === 'any' || reach.some((base) => base === baseUrl || isOf(each, base)));
    if (one && !another && alike.length < MOST_ALIKE) return `Patient/${one.id ?? ''}`;
  }
  return undefined;
}

async function isThere(id: string, api: InternalApi): Promise<boolean> {
  return api.ask('GET', ['Patient', id]).then(() => true, (error: unknown) => {
    if (error instanceof FhirError && [404, 410].includes(error.status)) return false;
    throw error;
  });
}

function identifiersOf(patient: Patient | undefined): { readonly system: string; readonly value: string }[] {
  const given: unknown = patient?.identifier;
  return (Array.isArray(given) ? (given as Identifier[]) : []).flatMap(({ system, value }) => (typeof system === 'string' && typeof value === 'string' ? [{ system, value }] : []));
}

/** R4 §3.1.1.4.1: what would divide a value of a search parameter. */
const escaped = (text: string): string => text.replace(/[\\$,|]/g, (character) => `\\${character}`);

/** The token goes to the server that the client named and to no other; nothing is asked where the client says that it failed itself. */
async function fetchMissing({ fhirServer, token, patientId, prefetch }: HookCall, { service, ask }: EvidenceParts): Promise<PrefetchedByKey> {
  if (fhirServer === undefined || token === undefined || prefetch.coverages === 'failed') return prefetch;
  const got = await Promise.all((Object.entries(service.prefetch) as [PrefetchKey, string][]).map(async ([key, template]): Promise<readonly [PrefetchKey, Prefetched]> => {
    const first = `${fhirServer}/${template.replaceAll('{{context.patientId}}', encodeURIComponent(patientId))}`;
    const page = (url: string): Promise<Prefetched> => fetched(url, token, ask).then((value) => resourcesIn(value, key, patientId));
    const begun = prefetch[key];
    const all = await (begun === undefined ? page(first) : Promise.resolve(begun)).then((start) => whole(start, first, page)).catch(() => 'failed' as const);
    return [key, all === 'failed' ? (begun ?? all) : all];
  }));
  return { ...prefetch, ...Object.fromEntries(got) };
}

/** Somebody waits for the card. */
const MOST_PAGES = 10;

/** All pages from one on, which stands at `address`, as long as they are of the same server; else `failed`. */
async function whole(begun: Prefetched, address: string, page: (url: string) => Promise<Prefetched>): Promise<Prefetched> {
  const { origin } = new URL(address);
  const seen = new Set([address]);
  let [got, at] = [begun, address];
  while (got !== 'failed' && got.next !== undefined) {
    const { resources, next = '' }: { readonly resources: readonly Placed[]; readonly next?: string } = got;
    at = linkFrom(at, next);
    if (seen.has(at) || seen.size > MOST_PAGES || !URL.canParse(at) || new URL(at).origin !== origin) return 'failed';
    seen.add(at);
    const more = await page(at);
    got = more === 'failed' ? more : { ...more, resources: [...resources, ...more.resources] };
  }
  return got;
}

async function fetched(url: string, token: string, ask: Ask): Promise<unknown> {
  const { status, body } = await ask({ method: 'GET', url, headers: { Accept: 'application/fhir+json', Authorization: `Bearer ${token}` } });
  const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  if (status !== 200 || !isObject(value)) throw errors.processing('The FHIR server of the client does not answer as it should');
  return value;
}
