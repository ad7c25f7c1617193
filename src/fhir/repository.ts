import type { FhirResource } from 'fhir/r4.js';
import { composeResult } from '../store/body.js';
import { ConflictError, StoreUnavailableError, type Change, type ChangeResult, type Cursor, type HistoryQuery, type Once, type Store, type Stored } from '../store/store.js';
import { APART } from './audit/apart.js';
import { conflict } from './interactions/written.js';
import { prepare, prepareValue, type CheckClaims, type Prepared } from './interactions/preparation.js';
import { parseQuery } from './interactions/target.js';
import { parseExact, stringifyExact } from './json/exact.js';
import { outline } from './json/spans.js';
import { FhirError } from './outcome.js';
import type { CommitHow, ReadyChange, ResourceChange, Resources } from './resources.js';
import type { Search } from './search/index.js';
import type { Secrets } from './secrets.js';

const MAX_MATCHES = 2_000;
const PAGE = 500;

/** The resources of the store as values: parsed and written with the digits of their numbers kept. */
export class Repository implements Resources {
  readonly #store: Store;
  readonly #search: Search;
  readonly #checkClaims: CheckClaims | undefined;
  readonly #secrets: Secrets | undefined;

  constructor(store: Store, search: Search, checkClaims?: CheckClaims, secrets?: Secrets) {
    this.#store = store;
    this.#search = search;
    this.#checkClaims = checkClaims;
    this.#secrets = secrets;
  }

  async read<T extends FhirResource = FhirResource>(type: T['resourceType'], id: string): Promise<T | undefined> {
    const stored = await this.#store.read(type, id);
    return stored && !stored.deleted ? (parsed(stored.body) as T) : undefined;
  }

  async glance<T extends FhirResource = FhirResource>(type: T['resourceType'], id: string): Promise<T | undefined> {
    const stored = await this.#store.read(type, id);
    return stored && !stored.deleted ? (plain(stored.body) as T) : undefined;
  }

  async holds(type: string, id: string): Promise<boolean> {
    const stored = await this.#store.read(type, id);
    return stored !== undefined && !stored.deleted;
  }

  async search<T extends FhirResource = FhirResource>(type: T['resourceType'], query: string, { most } = { most: MAX_MATCHES }): Promise<T[]> {
    const found: T[] = [];
    for await (const page of this.pages<T>(type, query)) {
      found.push(...page);
      if (found.length > most) throw tooCostly(type, most);
    }
    return found;
  }

  async *pages<T extends FhirResource = FhirResource>(type: T['resourceType'], query: string, { isPlain } = { isPlain: false }): AsyncGenerator<T[]> {
    const read = isPlain ? plain : parsed;
    const { plan } = this.#search.parse({ type, parameters: parseQuery(query), handling: 'strict' });
    let cursor: Cursor | undefined;
    do {
      const page = await this.#store.search({ ...plan, count: PAGE, ...(cursor ? { cursor } : {}) });
      yield page.matches.map(({ body }) => read(body) as T);
      cursor = page.next;
    } while (cursor);
  }

  async first<T extends FhirResource = FhirResource>(type: T['resourceType'], query: string, count: number): Promise<T[]> {
    const { plan } = this.#search.parse({ type, parameters: parseQuery(query), handling: 'strict' });
    const { matches } = await this.#store.search({ ...plan, count, isLast: true });
    return matches.map(({ body }) => parsed(body) as T);
  }

  async versions<T extends FhirResource = FhirResource>(type: T['resourceType'], id: string): Promise<T[]> {
    const found: T[] = [];
    for await (const versions of this.#history({ type, id })) found.push(...versions.flatMap(({ deleted, body }) => (deleted ? [] : [parsed(body) as T])));
    return found.reverse();
  }

  async changedSince(since: Date, types: ReadonlySet<string>, most: number, isPassedOver: (type: string, id: string) => boolean = () => false): ReturnType<Resources['changedSince']> {
    const newest = new Map<string, Stored>();
    let latest: string | undefined;
    let versions = 0;
    let concerned = 0;
    for await (const page of this.#history({ since: since.getTime() })) {
      latest ??= page[0]?.lastUpdated;
      versions += page.length;
      for (const version of page) {
        const { type, id } = version;
        if (isPassedOver(type, id)) continue;
        if (++concerned > most) return undefined;
        if (types.has(type) && !newest.has(`${type}/${id}`)) newest.set(`${type}/${id}`, version);
      }
    }
    const resources = await Promise.all([...newest.values()].map((version) => this.#lastBody(version)));
    return { resources: resources.filter((resource) => resource !== undefined), latest, versions };
  }

  async *#history(query: Omit<HistoryQuery, 'count' | 'cursor'>): AsyncGenerator<readonly Stored[]> {
    let cursor: Cursor | undefined;
    do {
      const page = await this.#store.history({ but: APART, ...query, count: PAGE, ...(cursor ? { cursor } : {}) });
      yield page.versions;
      cursor = page.next;
    } while (cursor);
  }

  async latestChange(): Promise<string | undefined> {
    return (await this.#store.history({ but: APART, count: 1 })).versions[0]?.lastUpdated;
  }

  /** What a version says; of a deletion, what it deleted. */
  async #lastBody({ type, id, version, deleted, body }: Stored): Promise<FhirResource | undefined> {
    if (!deleted) return parsed(body);
    const before = await this.#store.readVersion(type, id, version - 1);
    return before && !before.deleted ? parsed(before.body) : undefined;
  }

  async commit(changes: readonly ResourceChange[], how: CommitHow = {}): Promise<FhirResource[]> {
    return (await this.#together(changes, how, (made, results) => this.#left(made, results))).flat();
  }

  async write(changes: readonly (ResourceChange | ReadyChange)[], how: CommitHow = {}): Promise<number[]> {
    return (await this.#together(changes, how, (_made, results) => Promise.resolve(results.map(({ version }) => version)))).flat();
  }

  ready(change: ResourceChange): ReadyChange {
    return { made: this.#toChange(change, (resource, options) => prepareValue(resource, options)) };
  }

  /** All in one commit, or one after another where the store has no such commits and `orInOrder` allows it; what each commit comes to. */
  async #together<Value>(changes: readonly (ResourceChange | ReadyChange)[], { orInOrder = false, once }: CommitHow, answer: (made: readonly Change[], results: readonly ChangeResult[]) => Promise<Value>): Promise<Value[]> {
    const made = changes.map((change) => ('made' in change ? change.made : this.#toChange(change)));
    try {
      return [await answer(made, await this.#committed(made, once))];
    } catch (error) {
      if (!orInOrder || made.length < 2 || !(error instanceof StoreUnavailableError) || error.reason !== 'unsupported') throw error;
    }
    const answers: Value[] = [];
    for (const [index, change] of made.entries()) answers.push(await answer([change], await this.#committed([change], index === made.length - 1 ? once : undefined)));
    return answers;
  }

  async #committed(made: readonly Change[], once: Once | undefined): Promise<ChangeResult[]> {
    return this.#store.commit(made, { once }).catch((error: unknown) => {
      throw error instanceof ConflictError ? conflict(error.code, undefined) : error;
    });
  }

  async #left(made: readonly Change[], results: readonly ChangeResult[]): Promise<FhirResource[]> {
    const left = await Promise.all(results[0]?.repeated ? results.map((result) => this.#version(result)) : made.map((change, index) => this.#result(change, index, results)));
    return left.filter((resource) => resource !== undefined);
  }

  #toChange(change: ResourceChange, prepared: Prepare = ofAny): Change {
    const expect = change.expectVersion === undefined ? {} : { expect: { version: change.expectVersion } };
    if ('delete' in change) return { op: 'delete', ...change.delete, ...expect };
    const { resourceType: type, id } = change.put;
    if (!id) throw new TypeError('a resource that is put must have its id');
    const { body, index } = this.#prepared(change.put, prepared);
    // Its id as the condition: whoever has it already keeps it, inside the same transaction.
    const condition = change.ifAbsent ? { condition: { type, key: `_id=${id}`, where: { op: 'id', in: [id] }, whenOne: 'keep' } as const } : {};
    return { op: 'put', method: 'PUT', type, id, body, index, ...expect, ...condition };
  }

  #prepared(resource: FhirResource, prepared: Prepare): Prepared {
    try {
      return prepared(resource, { type: resource.resourceType, search: this.#search, checkClaims: this.#checkClaims, secrets: this.#secrets });
    } catch (error) {
      throw error instanceof FhirError && error.status === 400 ? new FhirError(422, error.issues) : error;
    }
  }

  /** The resource that a put left; undefined for a delete. */
  async #result(change: Change, index: number, results: readonly ChangeResult[]): Promise<FhirResource | undefined> {
    const result = results[index];
    if (change.op !== 'put' || result?.id === undefined) return undefined;
    if (result.outcome !== 'matched') return parseExact(outline(composeResult(change.body, index, results))) as FhirResource;
    return this.#version(result);
  }

  async #version({ type, id, version }: ChangeResult): Promise<FhirResource | undefined> {
    const stored = id === undefined ? undefined : await this.#store.readVersion(type, id, version);
    return stored && !stored.deleted ? parsed(stored.body) : undefined;
  }
}

type Prepare = (resource: FhirResource, options: Parameters<typeof prepareValue>[1]) => Prepared;

/** A value that may have members that are undefined. */
const ofAny: Prepare = (resource, options) => prepare(outline(stringifyExact(resource)), { ...options, expression: undefined });

const textOf = (body: Uint8Array): string => Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');

/** A stored text as a value. */
export const parsed = (body: Uint8Array): FhirResource => parseExact(outline(textOf(body))) as FhirResource;

const plain = (body: Uint8Array): FhirResource => JSON.parse(textOf(body)) as FhirResource;

const tooCostly = (type: string, most: number): FhirError =>
  new FhirError(422, { severity: 'error', code: 'too-costly', text: `More than ${most} resources of type ${type} match: narrow what is asked` });
