import type { ChangeResult, DeleteChange, Once, PutChange, Store } from '../../store/store.js';
import type { Caller } from '../access/caller.js';
import type { Origin } from '../audit/recording.js';
import type { RequestRecord } from '../audit/request.js';
import type { LinkResolver } from '../bundle/references.js';
import type { Conformance } from '../conformance.js';
import type { Scan } from '../json/scan.js';
import type { CodesOf } from '../operation/input.js';
import type { Inputs, Operation } from '../operation/operation.js';
import type { OperationRegistry } from '../operation/registry.js';
import type { AsyncJobs, Progress } from '../jobs.js';
import type { Resources } from '../resources.js';
import type { QueryParameter, Search } from '../search/index.js';
import type { Secrets } from '../secrets.js';
import type { HeldTerminology } from '../terminology/index.js';
import type { Profiles } from '../validation/profiles/profiles.js';
import type { CheckClaims } from './preparation.js';

/** A request to FHIR's RESTful API (R4 §3.1.0), from HTTP or from an entry of a Bundle. */
export interface FhirRequest {
  readonly method: string;
  /** Percent-decoded segments below the base: `['Patient', '1']`. */
  readonly path: readonly string[];
  readonly query: readonly QueryParameter[];
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: RequestBody | undefined;
  /** `X-Request-Id`, for the log. */
  readonly requestId: string;
  /** Who asks; undefined while no issuers are configured, and for what needs no token. Entries of a Bundle are asked by whoever sent it. */
  readonly caller?: Caller | undefined;
  /** The network address that it came from. */
  readonly address?: string | undefined;
  /** Undefined: nobody waits to be told how far it is. */
  readonly progress?: Progress | undefined;
  /** Sent under an Idempotency-Key: its commit is made once. `committed`: what an earlier try of the same request committed. */
  readonly once?: (Once & { readonly committed?: readonly Committed[] | undefined }) | undefined;
}

/** A version of a resource that was committed. */
export interface Committed {
  readonly type: string;
  readonly id: string;
  readonly version: number;
}

/** The body as it came off the wire, or the resource of an entry in a Bundle that was scanned already. */
export type RequestBody = { readonly bytes: Uint8Array } | { readonly scanned: Scan; readonly expression: string };

/** What is answered, whether as an HTTP response or as `Bundle.entry.response`. */
export interface FhirResponse {
  readonly status: number;
  /** UTF-8 text; JSON unless `contentType` says otherwise. */
  readonly body?: Uint8Array;
  /** Instead of `body`: what is sent as it comes, for what may be larger than memory. */
  readonly stream?: AsyncIterable<Uint8Array>;
  /** To be called at most once, when nobody reads `body` any more: its memory then serves another answer. */
  readonly sent?: () => void;
  readonly contentType?: string;
  /** The body is an OperationOutcome about this request: in a Bundle it stands in `response.outcome`. */
  readonly tellsOutcome?: boolean;
  /** Shown as `ETag: W/"3"`. */
  readonly version?: number;
  /** FHIR instant, shown as `Last-Modified`. */
  readonly lastUpdated?: string;
  /** Absolute, with the version. */
  readonly location?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request after routing: what its URL names, checked. `type` and `id` are '' where the route has none. */
export interface Call {
  readonly request: FhirRequest;
  readonly type: string;
  readonly id: string;
  readonly version: number;
  /** The type of the resource (`id`) whose compartment is searched; `type` is then the type searched, '' for all. */
  readonly compartment: string;
  /** Code of the `$operation`. */
  readonly operation: string;
  /** Id of the job whose state or file is asked for, and the file's name. */
  readonly job: string;
  readonly file: string;
  /** In a transaction: what references to other entries, and conditional references, stand for. */
  readonly resolve?: LinkResolver;
}

/** What the interactions work with. */
export interface Fhir {
  readonly store: Store;
  readonly search: Search;
  readonly resources: Resources;
  /** Who asks; undefined while no issuers are configured. */
  readonly caller: Caller | undefined;
  /** The resources that an operation works on when it is called so. @throws {FhirError} 403 when the caller may not call it. */
  readonly resourcesFor: (operation: Operation, type: string, inputs: Inputs) => Resources;
  readonly operations: OperationRegistry;
  readonly codesOf: CodesOf;
  readonly terminology: HeldTerminology;
  readonly profiles: Profiles;
  readonly conformance: Conformance;
  /** Work that goes on after its request; undefined: there is none. */
  readonly jobs: AsyncJobs | undefined;
  /** Undefined: what a resource claims to be is not checked on write. */
  readonly checkClaims: CheckClaims | undefined;
  readonly secrets: Secrets;
  /** Whether a conditional delete may delete more than one resource. */
  readonly conditionalDelete: 'single' | 'multiple';
  /** E.g. `https://cobalt.clinic.example/fhir`, without a slash at the end. */
  readonly baseUrl: string;
  readonly now: () => Date;
  readonly newId: () => string;
  /** Seals page links; at least 32 secret bytes, the same after a restart. */
  readonly pageKey: Buffer;
  /** The CapabilityStatement's text, and its ETag. */
  readonly capabilities: () => Promise<{ readonly body: Uint8Array; readonly tag: string }>;
  readonly log: (entry: LogEntry) => void;
  /** The Idempotency-Keys of requests that are being worked on. */
  readonly inFlight: Set<string>;
  /** Begins the record of a request; undefined where none is kept. */
  readonly record: (request: FhirRequest) => RequestRecord | undefined;
  /** The same, its changes recorded as made on someone's behalf. */
  readonly within: (origin: Origin) => Fhir;
  /** What the request turns out to be, for its record. */
  readonly isA?: (code: 'transaction' | 'batch') => void;
  /** Finds the interaction of a request. @throws {FhirError} 400, 404, 405, 406 */
  readonly route: (request: FhirRequest) => Routed;
  /** Routes and does one request. Never rejects: whatever fails is answered with an OperationOutcome. */
  readonly answer: (request: FhirRequest) => Promise<FhirResponse>;
}

/** One line of the log. It holds no patient data: no ids, no query strings, no texts of foreign errors. */
export interface LogEntry {
  readonly level: 'error' | 'warn' | 'info';
  readonly event: string;
  readonly [detail: string]: string | number | readonly string[] | undefined;
}

/**
 * A change of one resource, ready to be committed alone or with others, and how its result is answered: `at` is where
 * the change stood among all that were committed together.
 */
export interface WritePlan {
  readonly change: PutChange | DeleteChange;
  /** The change was made from the version that was read, which the client did not name: when another has come since, plan again. */
  readonly replan?: boolean;
  answer(results: readonly ChangeResult[], at: number): Promise<FhirResponse>;
}

/**
 * An interaction either answers at once, or plans one change that it answers for after the commit. `codes` name it as
 * CapabilityStatement does (`typeRestfulInteraction`, `systemRestfulInteraction`), or as this server does.
 */
export type Interaction = { readonly codes: readonly string[] } & (
  | { readonly kind: 'answer'; readonly handle: (call: Call, fhir: Fhir) => Promise<FhirResponse> }
  | { readonly kind: 'write'; readonly plan: (call: Call, fhir: Fhir) => Promise<WritePlan> }
);

export interface Routed {
  readonly call: Call;
  readonly interaction: Interaction;
}

/** A header that stands at most once. */
export function header(request: FhirRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' || value === undefined ? value : value.join(', ');
}
