/**
 * The port to all data. Adapters (SQLite, Mongo) implement it; `fhir` is its only user; one suite of contract tests
 * (`test/store/contract.ts`) holds for all. Nothing here knows HTTP or validation: bodies are finished JSON text.
 */
export interface Store {
  /** The current version; a deleted resource is answered as its deletion (`deleted: true`); never stored: undefined. */
  read(type: string, id: string): Promise<Stored | undefined>;
  readVersion(type: string, id: string, version: number): Promise<Stored | undefined>;
  /** Versions, newest first. */
  history(query: HistoryQuery): Promise<HistoryPage>;
  /** @throws {SearchRefusedError} */
  search(plan: SearchPlan): Promise<SearchPage>;
  /**
   * All changes or none, durable when it resolves. Changes see those before them in the list.
   * @throws {ConflictError} with the index of the change that was refused; nothing is written then.
   * @throws {StoreUnavailableError} as every method does when the disk, the queue or the store is not there for it.
   */
  commit(changes: readonly Change[], options?: CommitOptions): Promise<ChangeResult[]>;
  /** What is known of the key of a commit or of a request; undefined: nothing, or not any more. */
  knownOnce(key: string): Promise<KnownOnce | undefined>;
  /** Keeps what the request of a key was answered; an answer that is kept already stays. */
  keepAnswer(once: Once, answer: Uint8Array): Promise<void>;
  /** Resolves when a write has gone through the store and come back; used by `GET /readyz`. */
  probe(): Promise<void>;
  /** True when no resource was ever stored. */
  isEmpty(): Promise<boolean>;
  /** Small facts that outlive a start (keys, marks): undefined when the name was never set. */
  getFact(name: string): Promise<string | undefined>;
  /** Sets a fact only if it has no value yet; answers the value that stands afterwards. */
  initFact(name: string, value: string): Promise<string>;
  /** Sets a fact to `after` (undefined: it is no more) only if it is `before` (undefined: not set), durable when it resolves; answers whether it was. */
  swapFact(name: string, before: string | undefined, after: string | undefined): Promise<boolean>;
  /** The facts whose names begin like this, by name. */
  facts(prefix: string): Promise<ReadonlyMap<string, string>>;
  /**
   * Versions of some types in the order in which they were made, oldest first: what was committed is in it, in the same
   * commit, and stays where it is. Two versions of one resource are in their order whenever both can be read.
   */
  log(query: LogQuery): Promise<LogPage>;
  /** Where the log ends: all that can be read now stands at or before it. */
  logEnd(): Promise<LogEnd>;
  /**
   * Milliseconds for which a version may still come to stand before the end of the log: other processes commit too, and
   * make their versions' times before that. 0: this process has the store alone, and the log grows at its end only.
   */
  readonly settlingMs: number;
  /** Finishes what is in flight, then closes. */
  close(): Promise<void>;
}

/** A store that is only looked at. */
export type Look = Pick<Store, 'search' | 'close'>;

/** One version of one resource. `body` is its UTF-8 JSON text exactly as it is answered (empty for a deletion). */
export interface Stored {
  readonly type: string;
  readonly id: string;
  readonly version: number;
  /** FHIR instant in UTC with milliseconds, as in `meta.lastUpdated`. */
  readonly lastUpdated: string;
  readonly deleted: boolean;
  /** What made this version, for `Bundle.entry.request.method` in a history. */
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly body: Uint8Array;
}

/* ---------- writing ---------- */

/**
 * The text of a body in parts. `meta` stands for `"versionId":"…","lastUpdated":"…"`, `id` for the id that the
 * resource gets (known only inside the commit when a condition decides), `result` for `Type/id` of an earlier or later
 * change of the same commit.
 */
export type BodyPart = string | { readonly slot: 'meta' } | { readonly slot: 'id' } | { readonly slot: 'result'; readonly change: number };

/** What the current state must be for the change to go on. Otherwise the whole commit is refused. */
export interface Expectation {
  /** The current version must be this number; 0: the resource must not exist (never stored, or deleted). */
  readonly version?: number;
  /** Whoever asked for the change named no version: it is the one that it was made from. Says nothing to a store. */
  readonly isOurs?: boolean;
  /** No change before it in the same commit may have been of this resource (`overlap`). */
  readonly untouched?: boolean;
}

/**
 * A search that must match none or one resource of `type`, decided inside the transaction.
 * `key` is made from the parsed condition, so that those who ask the same are serialised on every adapter.
 */
export interface Condition {
  readonly type: string;
  readonly key: string;
  readonly where: Expression;
}

export interface PutChange {
  readonly op: 'put';
  readonly type: string;
  /** The id it is stored under (with `whenOne: 'update'`: if the condition matches none). */
  readonly id: string;
  readonly method: 'POST' | 'PUT' | 'PATCH';
  readonly body: readonly BodyPart[];
  readonly index: readonly IndexEntry[];
  readonly expect?: Expectation;
  /** none → stored under `id`; one → `keep`: nothing is written, the match is the result; `update`: the match is updated; many → refused (`multiple`). */
  readonly condition?: Condition & { readonly whenOne: 'keep' | 'update' };
  /** The id that the client's body carried, if it did: a condition that matches another id is refused (`id-mismatch`), and one that matches none while a resource has this id (`id-taken`). */
  readonly bodyId?: string;
  /**
   * The number of an earlier put of the same commit: this change is made only if that one made a version (`created`,
   * `updated`), and under an id that follows from this `id` and that version (`followerId`); otherwise it is `absent`.
   * With it, and in no other company, a store without transactions takes several changes.
   */
  readonly follows?: number;
}

export interface DeleteChange {
  readonly op: 'delete';
  readonly type: string;
  readonly id?: string;
  readonly expect?: Expectation;
  /** Instead of `id`: none → nothing to do, one → deleted, many → refused unless `whenMany` says delete all. */
  readonly condition?: Condition & { readonly whenMany?: 'refuse' | 'delete' };
}

/** Only asks: the result stands for the one match (conditional references). None or many: refused (`none`, `multiple`). */
export interface MatchChange {
  readonly op: 'match';
  readonly condition: Condition;
}

export type Change = PutChange | DeleteChange | MatchChange;

export interface ChangeResult {
  readonly type: string;
  /** Undefined only for a conditional delete that matched none, and a follower that was not made. */
  readonly id: string | undefined;
  /** The version that stands after the commit; 0 for what was never stored. */
  readonly version: number;
  /** FHIR instant; empty for what was never stored. */
  readonly lastUpdated: string;
  /** How many a conditional delete deleted, when it may delete many; `id` is then the last of them. */
  readonly count?: number;
  /** `unchanged`: the same text stood there already, no version was made. `matched`: a condition found it, nothing was written. */
  readonly outcome: 'created' | 'updated' | 'deleted' | 'unchanged' | 'matched' | 'absent';
  /** It came to this when the same commit was made before (`CommitOptions.once`). */
  readonly repeated?: true;
}

/** How a commit is made. */
export interface CommitOptions {
  /**
   * A commit of the same key is made once: when it is repeated, the results of the first time are answered, marked as
   * `repeated`, and nothing is written. The key is kept in the same commit, for `ONCE_KEPT_MS`.
   */
  readonly once?: Once | undefined;
}

export interface Once {
  readonly key: string;
  /** Of what was asked: the same key with another is refused (`reused`). */
  readonly fingerprint: string;
  /** The results of so many changes are kept, from the first; default: of all. */
  readonly told?: number;
}

/** How long a key of a commit is kept at least. */
export const ONCE_KEPT_MS = 24 * 3_600_000;

/** What is known of a key: an answer is kept once there is one. */
export interface KnownOnce {
  readonly fingerprint: string;
  /** What a commit came to, as far as one was made. */
  readonly results: readonly ChangeResult[] | undefined;
  readonly answer: Uint8Array | undefined;
}

export type ConflictCode = 'version' | 'multiple' | 'none' | 'id-mismatch' | 'id-taken' | 'overlap' | 'reused';

/** A commit was refused; nothing of it was written. */
export class ConflictError extends Error {
  readonly change: number;
  readonly code: ConflictCode;
  constructor(change: number, code: ConflictCode) {
    super(`change ${change} was refused: ${code}`);
    this.name = 'ConflictError';
    this.change = change;
    this.code = code;
  }
}

/** The disk is full or failing, the queue is too long, the store is closed, or it has no transactions for what was asked (`unsupported`): nothing was written. */
export class StoreUnavailableError extends Error {
  readonly reason: 'full' | 'busy' | 'closed' | 'failed' | 'unsupported';
  constructor(reason: 'full' | 'busy' | 'closed' | 'failed' | 'unsupported', message: string) {
    super(message);
    this.name = 'StoreUnavailableError';
    this.reason = reason;
  }
}

/** How long one search may take, milliseconds, where nothing else is said. */
export const MAX_SEARCH_MS = 30_000;

/** A search asks for more than the store will do; nothing was read. */
export class SearchRefusedError extends Error {
  /** `complex`: too many conditions or too deep. `cursor`: not one that this store gave. `included`: more than 2,000 resources would be included. `slow`: it took longer than a search may, and was stopped. */
  readonly reason: 'complex' | 'cursor' | 'included' | 'slow';
  constructor(reason: SearchRefusedError['reason'], message: string) {
    super(message);
    this.name = 'SearchRefusedError';
    this.reason = reason;
  }
}

/* ---------- index ---------- */

/**
 * One entry a value of a search parameter. `param` is the parameter's code; the resource's own are `_tag`, `_profile`,
 * `_security`, `_source` (`_id` and `_lastUpdated` need none). `group` numbers the repeats that a composite pairs.
 * Strings are normalised by the extractor (`value`: lower case, no accents, single spaces; `exact`: as it stands).
 * Dates are milliseconds since 1970 UTC, the interval [low, high): high is the first millisecond after.
 * Stored numbers and quantities are exact points (`high` is the next double); only the value searched for has a precision (R4 §3.1.1.4.6). The `version` of a reference is not searched.
 */
export type IndexEntry =
  | { readonly kind: 'token'; readonly param: string; readonly system?: string; readonly code?: string; readonly group?: number }
  | { readonly kind: 'string'; readonly param: string; readonly value: string; readonly exact: string; readonly group?: number }
  | { readonly kind: 'reference'; readonly param: string; readonly type?: string; readonly id?: string | { readonly slot: 'result'; readonly change: number }; readonly url?: string; readonly version?: string; readonly group?: number }
  | { readonly kind: 'date'; readonly param: string; readonly low: number; readonly high: number; readonly group?: number }
  | { readonly kind: 'number'; readonly param: string; readonly value: number; readonly low: number; readonly high: number; readonly group?: number }
  | { readonly kind: 'quantity'; readonly param: string; readonly value: number; readonly low: number; readonly high: number; readonly system?: string; readonly code?: string; readonly group?: number }
  | { readonly kind: 'uri'; readonly param: string; readonly value: string | { readonly slot: 'result'; readonly change: number }; readonly group?: number };

export type IndexKind = IndexEntry['kind'];

/* ---------- search ---------- */

/** A search as a small expression tree over the index; neither SQL nor a Mongo filter. */
export type Expression =
  | { readonly op: 'all' }
  | { readonly op: 'and' | 'or'; readonly of: readonly Expression[] }
  | { readonly op: 'not'; readonly of: Expression }
  | { readonly op: 'id'; readonly in: readonly string[] }
  /** For searches of several types: only of these. */
  | { readonly op: 'type'; readonly in: readonly string[] }
  /** System undefined: any; null: none. Code undefined: any of the system. */
  | { readonly op: 'token'; readonly param: string; readonly system?: string | null; readonly code?: string }
  /** `starts` and `contains` compare the normalised value, `exact` the text as it stands. */
  | { readonly op: 'string'; readonly param: string; readonly match: 'starts' | 'contains' | 'exact'; readonly value: string }
  | { readonly op: 'reference'; readonly param: string; readonly type?: string; readonly id?: string; readonly url?: string }
  /** A reference of `param` leads to a resource of one of the types of `to`, and not to this one. */
  | { readonly op: 'refers'; readonly param: string; readonly to: readonly string[]; readonly but: { readonly type: string; readonly id: string } }
  /** Interval comparison on dates, numbers and quantities: the stored [low, high) against the value's [low, high). `lastUpdated` is the param `_lastUpdated`. */
  | { readonly op: 'interval'; readonly kind: 'date' | 'number' | 'quantity'; readonly param: string; readonly compare: Compare; readonly low: number; readonly high: number; readonly system?: string | null; readonly code?: string }
  | { readonly op: 'uri'; readonly param: string; readonly match: 'exact' | 'below' | 'above'; readonly value: string }
  /** Has any entry of the parameter. */
  | { readonly op: 'present'; readonly param: string; readonly kind: IndexKind }
  /** A reference of `param` leads to a current resource of one of `types` that meets `where`. */
  | { readonly op: 'chain'; readonly param: string; readonly types: readonly string[]; readonly where: Expression }
  /** Some current resource of `type` that meets `where` refers to this one by its `param`. */
  | { readonly op: 'has'; readonly type: string; readonly param: string; readonly where: Expression }
  /** Entries of one `group` that meet all of `of` (composite parameters). */
  | { readonly op: 'grouped'; readonly of: readonly Expression[] };

/**
 * FHIR search prefixes. With stored interval S and value's interval V: eq S within V · ne not eq · gt S reaches beyond V
 * (S.high > V.high) · lt S.low < V.low · ge eq or gt · le eq or lt · sa S.low >= V.high · eb S.high <= V.low · ap they overlap (V is already widened).
 */
export type Compare = 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap';

export interface SortKey {
  /** `_id`, `_lastUpdated`, or a parameter's code. */
  readonly param: string;
  readonly kind: IndexKind | 'id';
  readonly descending: boolean;
}

export interface Include {
  readonly direction: 'include' | 'revinclude';
  /** The type that holds the reference; `*` any (only with `param` `*`). */
  readonly source: string;
  /** The reference parameter's code; `*` every reference parameter. */
  readonly param: string;
  readonly target?: string;
  /** Of resources of all types (`source` `*`) but these. */
  readonly but?: readonly string[];
  readonly iterate: boolean;
}

export interface SearchPlan {
  /** Types searched; more than one for system-level search. */
  readonly types: readonly string[];
  readonly where: Expression;
  readonly sort: readonly SortKey[];
  /** Matches on the page; 0 asks only for the total. */
  readonly count: number;
  /**
   * The `next` of the page before. Pages hold what was there when the first page was read, each match at most once: what
   * came later is left out; what was updated since is shown as it is now, in its old place, if it still matches. Where the
   * sort is by a parameter, what had an index entry changed since the first page is left out.
   */
  readonly cursor?: Cursor;
  /** No further page is asked for: there is no `next`. */
  readonly isLast?: boolean;
  readonly total: 'none' | 'accurate';
  readonly includes: readonly Include[];
  /** What may be included: nothing else is followed, counted or answered. Undefined: whatever is referred to. */
  readonly includable?: Pick<SearchPlan, 'types' | 'where'>;
}

/** Opaque to all but the adapter; JSON values only. */
export type Cursor = readonly (string | number | null)[];

export interface SearchPage {
  readonly matches: readonly Stored[];
  /** Not among `matches`, each once. */
  readonly included: readonly Stored[];
  readonly next?: Cursor;
  readonly total?: number;
}

export interface HistoryQuery {
  readonly type?: string;
  readonly id?: string;
  /** Milliseconds: only versions made at or after. */
  readonly since?: number;
  /** Milliseconds: only versions that were current at some time in [low, high). */
  readonly at?: { readonly low: number; readonly high: number };
  readonly count: number;
  readonly cursor?: Cursor;
  /** Of all types but these, where none is asked. */
  readonly but?: readonly string[];
}

export interface HistoryPage {
  readonly versions: readonly Stored[];
  readonly next?: Cursor;
  readonly total?: number;
}

/* ---------- log ---------- */

export interface LogQuery {
  readonly types: readonly string[];
  /** Only what stands after this place. */
  readonly after?: Cursor;
  /** Milliseconds: only versions made at or after. */
  readonly since?: number;
  /** Only what stands at or before this place. */
  readonly until?: Cursor;
  /** Only what nothing at or before this place has replaced: each resource as it was there, or its deletion. */
  readonly standing?: Cursor;
  /** Versions on a page; with `standing` it may hold fewer and yet have a next one. */
  readonly count: number;
}

export interface LogPage {
  readonly versions: readonly PlacedVersion[];
  /** The `after` of the next page; undefined: there was no more. */
  readonly next?: Cursor;
}

/** `place` is its own, to go on after it. It may be kept, and holds in a copy of the store too. */
export interface PlacedVersion extends Stored {
  readonly place: Cursor;
}

export interface LogEnd {
  readonly place: Cursor;
  /** FHIR instant: nothing after the place was made before it. */
  readonly at: string;
}
