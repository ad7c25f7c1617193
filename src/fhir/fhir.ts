import { createHash, randomBytes } from 'node:crypto';
import type { CapabilityStatementRestSecurity } from 'fhir/r4.js';
import type { Store } from '../store/store.js';
import { viewOf } from './access/view.js';
import { accompanied, type Accompaniment } from './accompany.js';
import { capabilityStatement } from './capability.js';
import type { Conformance } from './conformance.js';
import { guarded, type Guard } from './guard.js';
import type { Fhir, FhirRequest, FhirResponse, LogEntry } from './interactions/interaction.js';
import { openApiDocument, type OpenApiDocument } from './openapi/index.js';
import type { CodesOf } from './operation/input.js';
import type { OperationRegistry } from './operation/registry.js';
import { Repository } from './repository.js';
import type { Resources } from './resources.js';
import { answer, interactionCodes, route, routes } from './router.js';
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
  /** The same resources for those who work on them as values. */
  readonly resources: Resources;
  readonly baseUrl: string;
  /** The codes of a held value set. */
  readonly codesOf: CodesOf;
  /** The API in OpenAPI 3.1, made anew at each call. */
  describe(): OpenApiDocument;
}

/** Composes the API. Validation must be prepared (`prepareValidation`). */
export async function createFhir(parts: FhirParts): Promise<FhirServer> {
  const { search, operations, conformance, terminology, baseUrl, conditionalDelete = 'single' } = parts;
  const together = (parts.accompaniments ?? []).reduce((inner, accompaniment) => accompanied(inner, accompaniment, search), parts.store);
  const store = parts.guard ? guarded(together, parts.guard) : together;
  const profiles = new Profiles(conformance.resources, terminology);
  const checkClaims = parts.validate === 'profile' ? (await profiles.load()).claims : undefined;
  const resources = new Repository(store, search, checkClaims);
  const pageKey = Buffer.from(await store.initFact('page-link-key', randomBytes(32).toString('base64')), 'base64');
  const started = parts.now();
  const statements = new Map<string, Awaited<ReturnType<Fhir['capabilities']>>>();
  const stated = (security: CapabilityStatementRestSecurity | undefined): Awaited<ReturnType<Fhir['capabilities']>> => {
    const body = Buffer.from(JSON.stringify(capabilityStatement({
      interactions: interactionCodes, search, operations, conditionalDelete, profiles: conformance.ofType('StructureDefinition'), baseUrl, software: parts.software, date: started, security,
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
    ...parts, store, conditionalDelete, resources, resourcesFor: () => resources, caller: undefined, pageKey, profiles, checkClaims, codesOf: terminology.codesOf, route,
    capabilities,
    answer: (request) => answer(request, fhir),
  };
  return {
    answer: (request) => (request.caller ? viewOf(fhir, request.caller).answer(request) : fhir.answer(request)), resources, baseUrl, codesOf: terminology.codesOf,
    describe: () => openApiDocument({ routes, types: search.types, operations, codesOf: terminology.codesOf, baseUrl, software: parts.software }),
  };
}
