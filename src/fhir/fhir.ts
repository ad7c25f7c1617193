import { createHash, randomBytes } from 'node:crypto';
import type { CapabilityStatementRestSecurity } from 'fhir/r4.js';
import type { Store } from '../store/store.js';
import type { Caller } from './access/caller.js';
import { viewOf } from './access/view.js';
import { accompanied, type Accompaniment } from './accompany.js';
import { capabilityStatement } from './capability.js';
import { appendOnly } from './audit/append-only.js';
import type { AuditFacts } from './audit/event.js';
import { byItself, recording } from './audit/recording.js';
import { RequestRecord } from './audit/request.js';
import { AuditTrail } from './audit/trail.js';
import type { Conformance } from './conformance.js';
import { failure } from './failure.js';
import { guarded, type Guard } from './guard.js';
import type { Journal } from './journal.js';
import type { AsyncJobs } from './jobs.js';
import { observed, type Committed } from './observe.js';
import { Secrets } from './secrets.js';
import type { Fhir, FhirRequest, FhirResponse, LogEntry } from './interactions/interaction.js';
import { openApiDocument, type OpenApiDocument } from './openapi/index.js';
import type { CodesOf } from './operation/input.js';
import type { OperationRegistry } from './operation/registry.js';
import { Repository } from './repository.js';
import type { Resources } from './resources.js';
import { answer, interactionCodes, route, routeName, routes } from './router.js';
import type { Search } from './search/index.js';
import type { HeldTerminology } from './terminology/index.js';
import { Profiles } from './validation/profiles/profiles.js';

export interface FhirParts {
  readonly store: Store;
  readonly search: Search;
  readonly operations: OperationRegistry;
  readonly conformance: Conformance;
  readonly terminology: HeldTerminology;
  /** What is written together with resources of some types; default: nothing. */
  readonly accompaniments?: readonly Accompaniment[];
  /** What may become of resources of some types; default: whatever is valid. */
  readonly guard?: Guard | undefined;
  /** Undefined: nothing is recorded. `device`: the server itself, `Device/…`. */
  readonly audit?: { readonly device: string } | undefined;
  /** Work that goes on after its request; default: none. */
  readonly jobs?: AsyncJobs;
  /** The topics that can be subscribed to; default: none. */
  readonly topics?: readonly string[];
  /** Told of what was committed, by whatever way; default: nobody. */
  readonly committed?: Committed;
  /** Default `single`. */
  readonly conditionalDelete?: 'single' | 'multiple' | undefined;
  /** `profile`: what a resource claims to be (`meta.profile`) is checked on write too; default: only that it is valid R4. */
  readonly validate?: 'base' | 'profile';
  /** `CapabilityStatement.rest.security`; default: nobody is asked for a token. */
  readonly security?: (() => Promise<CapabilityStatementRestSecurity>) | undefined;
  /** The FHIR base as clients see it, without a slash at the end. */
  readonly baseUrl: string;
  readonly software: { readonly version: string };
  readonly now: () => Date;
  readonly newId: () => string;
  readonly log: (entry: LogEntry) => void;
}

/** FHIR's RESTful API over a store, without HTTP. */
export interface FhirServer {
  /** Never rejects: a failure is answered with an OperationOutcome. */
  answer(request: FhirRequest): Promise<FhirResponse>;
  /** Answers a request that could not be read. Never rejects. */
  refuse(request: FhirRequest, error: unknown): Promise<FhirResponse>;
  /** The route of what stands below the base, without what could name anybody: `Claim/[id]/$derive-secondary`. */
  routeOf(below: string): string;
  /** Records something that was done beside requests and commits: a look at another system. Undefined where it is at hand; as `AuditTrail.note`. */
  note(facts: AuditFacts): Promise<void> | undefined;
  /** How many AuditEvents wait to be written. */
  auditWaiting(): number;
  /** Records that resources (`Type/id`) went to an address that did not ask for them then; undefined where that may go on at once. */
  disclosed(resources: readonly string[], recipient: string): Promise<void> | undefined;
  /** Resolves when every request that was answered has its AuditEvent. */
  flushAudit(): Promise<void>;
  /** The same resources for those who work on them as values. */
  readonly resources: Resources;
  /** What stands behind them, as far as a caller may see it; undefined: all of it. */
  readonly journalOf: (caller: Caller | undefined) => Journal;
  readonly secrets: Secrets;
  readonly baseUrl: string;
  /** The codes of a held value set. */
  readonly codesOf: CodesOf;
  /** The API in OpenAPI 3.1, made anew at each call. */
  describe(): OpenApiDocument;
}

/** Composes the API. Validation must be prepared (`prepareValidation`). */
export async function createFhir(parts: FhirParts): Promise<FhirServer> {
  const { search, operations, conformance, terminology, baseUrl, conditionalDelete = 'single' } = parts;
  const base = appendOnly(parts.committed ? observed(parts.store, parts.committed) : parts.store);
  const trail = parts.audit && new AuditTrail({ store: base, search, observer: parts.audit.device, log: parts.log });
  /** What stands between an interaction and the store; `inner` sees all that is committed. */
  const around = (inner: Store): Store => {
    const together = (parts.accompaniments ?? []).reduce((outer, accompaniment) => accompanied(outer, accompaniment, search), inner);
    return parts.guard ? guarded(together, parts.guard) : together;
  };
  const store = around(trail ? recording(base, byItself(trail.observer, parts.now), trail) : base);
  const profiles = new Profiles(conformance.resources, terminology);
  const checkClaims = parts.validate === 'profile' ? (await profiles.load()).claims : undefined;
  const keyOf = async (name: string): Promise<Buffer> => Buffer.from(await store.initFact(name, randomBytes(32).toString('base64')), 'base64');
  const secrets = new Secrets(await keyOf('secrets-key'));
  const resources = new Repository(store, search, checkClaims, secrets);
  const pageKey = await keyOf('page-link-key');
  const started = parts.now();
  const statements = new Map<string, Awaited<ReturnType<Fhir['capabilities']>>>();
  const stated = (security: CapabilityStatementRestSecurity | undefined): Awaited<ReturnType<Fhir['capabilities']>> => {
    const body = Buffer.from(JSON.stringify(capabilityStatement({
      interactions: interactionCodes, search, operations, conditionalDelete, profiles: conformance.ofType('StructureDefinition'), baseUrl, software: parts.software, date: started, security, topics: parts.topics,
    })));
    return { body, tag: `W/"${createHash('sha256').update(body).digest('base64url')}"` };
  };
  const capabilities: Fhir['capabilities'] = async () => {
    const security = await parts.security?.();
    const key = JSON.stringify(security ?? null);
    const known = statements.get(key) ?? stated(security);
    statements.set(key, known);
    return known;
  };
  const fhir: Fhir = {
    ...parts, store, jobs: parts.jobs, conditionalDelete, resources, resourcesFor: () => resources, caller: undefined, pageKey, secrets, profiles, checkClaims, codesOf: terminology.codesOf, route,
    inFlight: new Set(),
    record: (request) => trail && new RequestRecord(request, trail, parts.now().getTime()),
    within: (origin) => {
      if (!trail) return fhir;
      const recorded = around(recording(base, origin, trail));
      const recordedResources = new Repository(recorded, search, checkClaims, secrets);
      return { ...fhir, store: recorded, resources: recordedResources, resourcesFor: () => recordedResources };
    },
    capabilities,
    answer: (request) => answer(request, fhir),
  };
  return {
    answer: (request) => (request.caller ? viewOf(fhir, request.caller).answer(request) : fhir.answer(request)), resources, journalOf: (caller) => (caller ? viewOf(fhir, caller).store : store), secrets, baseUrl, codesOf: terminology.codesOf,
    refuse: async (request, error) => {
      const response = failure(error, request.requestId, parts.log);
      await fhir.record(request)?.end(response);
      return response;
    },
    routeOf: (below) => routeName(below, operations),
    note: (facts) => trail?.note(facts),
    auditWaiting: () => trail?.waiting ?? 0,
    disclosed: (entities, recipient) => trail?.note({ at: parts.now().getTime(), by: 'server', interactions: [], action: 'R', status: 200, actor: { who: trail.observer }, recipient, entities }),
    flushAudit: async () => trail?.flush(),
    describe: () => openApiDocument({ routes, types: search.types, operations, codesOf: terminology.codesOf, baseUrl, secured: parts.security !== undefined, software: parts.software }),
  };
}
