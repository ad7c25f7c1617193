import type { Condition, MatchChange } from '../../store/store.js';
import { parseQuery } from '../interactions/target.js';
import type { ResolvedReference, Search } from '../search/index.js';
import { resourceTypes } from '../validation/index.js';
import type { LinkResolver } from './references.js';

/** An entry that leaves a resource, as links to it are recognised. */
export interface Identity {
  readonly fullUrl: string | undefined;
  readonly target: ResolvedReference;
}

/** What asked for a conditional reference, to say where it stands when it matches none or many. */
export interface Asked {
  readonly entry: number;
  readonly reference: string;
}

/**
 * What the links of a transaction stand for (R4 §3.1.0.11.2): the `fullUrl`s of its entries, and conditional references,
 * each asked of the store once, after all changes (so that they find what the transaction itself makes).
 */
export class Identities {
  readonly #search: Search;
  readonly #baseUrl: string;
  readonly #firstMatch: number;
  readonly #targets = new Map<string, ResolvedReference>();
  readonly #conditional = new Map<string, ResolvedReference>();
  readonly matches: MatchChange[] = [];
  readonly asked: Asked[] = [];

  /** `firstMatch`: the number of the change that the first conditional reference will be. */
  constructor(identities: readonly Identity[], firstMatch: number, search: Search, baseUrl: string) {
    this.#search = search;
    this.#baseUrl = baseUrl;
    this.#firstMatch = firstMatch;
    for (const { fullUrl, target } of identities) if (fullUrl !== undefined) this.#targets.set(fullUrl, target);
  }

  /** Resolves the links of one entry: `entry` is its number among the changes. */
  resolver(entry: number, fullUrl: string | undefined): LinkResolver {
    const base = restfulBase(fullUrl);
    return (link, kind) => this.#targets.get(link) ?? this.#among(link, base) ?? (kind === 'Reference' ? this.#matched(link, entry) : undefined);
  }

  /**
   * An address below the base of the entry's own fullUrl. A version counts on the server that it comes from: the resource
   * stands for it here as it is (R4 §2.36.4.1); versions of this server stay.
   */
  #among(link: string, base: string | undefined): ResolvedReference | undefined {
    const [, address, version] = ADDRESS.exec(link) ?? [];
    if (address === undefined) return undefined;
    const absolute = base !== undefined && RELATIVE.test(address) ? `${base}/${address}` : address;
    return version !== undefined && absolute.startsWith(`${this.#baseUrl}/`) ? undefined : this.#targets.get(absolute);
  }

  #matched(reference: string, entry: number): ResolvedReference | undefined {
    const local = reference.startsWith(`${this.#baseUrl}/`) ? reference.slice(this.#baseUrl.length + 1) : reference;
    const [, type, query] = CONDITIONAL.exec(local) ?? [];
    if (type === undefined || query === undefined || !resourceTypes.has(type)) return undefined;
    const condition: Condition = this.#search.conditionFor(type, parseQuery(query));
    const key = `${type} ${condition.key}`;
    const known = this.#conditional.get(key);
    if (known) return known;
    const target: ResolvedReference = { type, id: { slot: 'result', change: this.#firstMatch + this.matches.length } };
    this.#conditional.set(key, target);
    this.matches.push({ op: 'match', condition });
    this.asked.push({ entry, reference });
    return target;
  }
}

const RELATIVE = /^[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/;
/** An address, and the version of it. */
const ADDRESS = /^(.+?)(?:\/_history\/([A-Za-z0-9\-.]{1,64}))?$/;
const CONDITIONAL = /^([A-Z][A-Za-z]+)\?(.+)$/s;

/** `http://a.example/fhir` of `http://a.example/fhir/Patient/1`; undefined for a fullUrl that is no RESTful address. */
const restfulBase = (fullUrl: string | undefined): string | undefined => /^(https?:\/\/.+)\/[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/.exec(fullUrl ?? '')?.[1];
