import type { mongo } from 'mongoose';
import { effectiveSort, isMutable } from '../plan/sort.js';
import type { Expression, SearchPage, SearchPlan, SortKey } from '../store.js';
import { toCursor, toPlace } from './cursor.js';
import type { Place } from './cursor.js';
import type { ResourceDocument } from './documents.js';
import { Filters, options } from './filter.js';
import type { Filter } from './filter.js';
import { includedBy } from './includes.js';
import { afterPlace, comparePlaced, isByTime, placedBy, sortFields, sortSpecification } from './order.js';
import type { Placed, Sortable, SortField } from './order.js';
import type { Collections } from './schema.js';
import { limited } from './time-limit.js';
import type { InTime } from './time-limit.js';
import { toStored } from './versions.js';

/** Everything but what it is found by. */
const WITHOUT_INDEX = { index: 0, groups: 0, refers: 0, home: 0 } as const;
const SORTABLE = { _id: 1, id: 1, stamp: 1, created: 1, sort: 1 } as const;

type Match = Omit<ResourceDocument, 'index' | 'groups' | 'refers' | 'home'>;

interface Found {
  readonly placed: Placed;
  /** Undefined: to be read yet. */
  readonly match?: Match;
}

/** What a search looks for, and in which order. Without a mark: its first page, which is thought to be the only one. */
interface Question {
  readonly filter: Filter;
  readonly sort: readonly SortKey[];
  readonly fields: readonly SortField[];
  readonly mark: number | undefined;
  readonly place: Place | undefined;
  readonly inTime: InTime;
}

type Marked = Question & { readonly mark: number };

/** A page of as many is seldom full: its mark is asked for once it is, at the price of finding it again. */
const SELDOM_FULL = 100;

/**
 * Searches. Pages show what was there at the mark (the last stamp when the first page was read, asked for before it is). What
 * has not changed since comes from MongoDB in its order; what has, is few: it is read whole, put where it was at the mark and merged.
 * Where the sort is by a parameter, whose old values are gone, what was updated in any indexed value is left out. What has
 * no further page needs no mark: most searches then are one request to MongoDB, not two.
 *
 * Stamps are made by the clocks of the processes. The promise therefore holds as far as these go together.
 */
export class Searcher {
  readonly #collections: Collections;
  readonly #filters: Filters;
  readonly #milliseconds: number;

  /** `milliseconds`: as long may one search take. */
  constructor(collections: Collections, milliseconds: number) {
    this.#collections = collections;
    this.#milliseconds = milliseconds;
    this.#filters = new Filters(collections.resources);
  }

  /** @throws {SearchRefusedError} */
  async search(plan: SearchPlan): Promise<SearchPage> {
    return limited(this.#milliseconds, async (inTime) => {
      const sort = effectiveSort(plan.sort);
      const fields = sortFields(sort);
      const place = plan.cursor && toPlace(plan.cursor, fields.length);
      const filter = await this.#filters.of(plan.types, plan.where, { inTime });
      const question = { filter, sort, fields, place, inTime };
      const maybe = isOnly(plan) ? await this.#page(plan, { ...question, mark: undefined }) : undefined;
      return maybe ?? this.#page(plan, { ...question, mark: place?.mark ?? (await this.#lastStamp()) });
    });
  }

  #page(plan: SearchPlan, question: Marked): Promise<SearchPage>;
  /** Undefined: there is a further page, which needs a mark. */
  #page(plan: SearchPlan, question: Question): Promise<SearchPage | undefined>;
  async #page(plan: SearchPlan, question: Question): Promise<SearchPage | undefined> {
    const { mark, place, sort, inTime } = question;
    const changed = mark !== undefined && (place || isByTime(sort)) ? await this.#changedSince({ ...question, mark }) : undefined;
    const found = plan.count > 0 ? await this.#find(question, changed, plan.isLast === true ? plan.count : plan.count + 1) : [];
    const last = found.length > plan.count ? found.at(plan.count - 1)?.placed : undefined;
    if (last && mark === undefined) return undefined;
    const matches = await this.#read(found.slice(0, plan.count), inTime);
    return {
      matches: matches.map(toStored),
      included: await this.#included(matches, plan, inTime),
      ...(last && mark !== undefined ? { next: toCursor({ mark, ...last }) } : {}),
      ...(plan.total === 'accurate' ? { total: await this.#count(question, changed) } : {}),
    };
  }

  async #included(matches: readonly Match[], { includes, includable }: SearchPlan, inTime: InTime): Promise<SearchPage['included']> {
    if (includes.length === 0) return [];
    const filter = includable ? await this.#filters.of(includable.types, includable.where, { inTime }) : {};
    return (await includedBy(matches, includes, filter, this.#collections.resources, inTime)).map(toStored);
  }

  /** Up to `limit` current resources of a type that match, whole; in the transaction of the session. */
  async matches(type: string, where: Expression, limit: number, session?: mongo.ClientSession): Promise<ResourceDocument[]> {
    return limited(this.#milliseconds, async (inTime) => {
      const asking = { session, inTime };
      const filter = await this.#filters.of([type], where, asking);
      return this.#collections.resources.find(filter, { limit, ...options(asking) }).toArray();
    });
  }

  /** Those that match after the place; `changed` undefined: all as they are now. */
  async #find(question: Question, changed: readonly Placed[] | undefined, limit: number): Promise<Found[]> {
    const { filter, fields, mark, place, inTime } = question;
    const tests: Filter[] = [filter, ...(changed && mark !== undefined ? [{ stamp: { $lte: mark } }] : []), ...(place ? [afterPlace(fields, place) as Filter] : [])];
    const unchanged = await this.#collections.resources.find<Match>({ $and: tests }, { projection: WITHOUT_INDEX, sort: sortSpecification(fields), limit, allowDiskUse: true, ...inTime() }).toArray();
    const all: Found[] = unchanged.map((match) => ({ placed: placedBy(fields, match), match }));
    if (!changed || changed.length === 0) return all;
    const further = changed.filter((placed) => !place || comparePlaced(fields, placed, place) > 0).map((placed) => ({ placed }));
    return [...all, ...further].sort((a, b) => comparePlaced(fields, a.placed, b.placed)).slice(0, limit);
  }

  /** What matches, was there at the mark and has changed since, where it was then. */
  async #changedSince({ filter, sort, fields, mark, inTime }: Marked): Promise<Placed[]> {
    const kept: Filter = isMutable(sort) ? { indexed: { $lte: mark } } : { created: { $lte: mark } };
    const now = await this.#collections.resources.find<Sortable>({ $and: [filter, { stamp: { $gt: mark } }, kept] }, { projection: SORTABLE, ...inTime() }).toArray();
    const then = await this.#at(mark, now.map(({ _id }) => _id), inTime);
    return now.flatMap((match) => {
      const version = then.get(match._id);
      return !version || version.deleted ? [] : [placedBy(fields, { ...match, stamp: version.stamp })];
    });
  }

  /** The version of each resource that was current at the mark. */
  async #at(mark: number, resources: readonly string[], inTime: InTime): Promise<Map<string, { readonly stamp: number; readonly deleted: boolean }>> {
    const current = new Map<string, { readonly stamp: number; readonly deleted: boolean }>();
    if (resources.length === 0) return current;
    const versions = this.#collections.versions.find({ resource: { $in: [...resources] }, stamp: { $lte: mark } }, { projection: { _id: 0, resource: 1, stamp: 1, deleted: 1 }, ...inTime() });
    for await (const { resource, stamp, deleted } of versions) {
      if (stamp > (current.get(resource)?.stamp ?? -1)) current.set(resource, { stamp, deleted });
    }
    return current;
  }

  async #read(found: readonly Found[], inTime: InTime): Promise<Match[]> {
    const missing = found.filter(({ match }) => !match).map(({ placed }) => placed._id);
    const read = missing.length === 0 ? [] : await this.#collections.resources.find<Match>({ _id: { $in: missing }, deleted: false }, { projection: WITHOUT_INDEX, ...inTime() }).toArray();
    const byId = new Map(read.map((match) => [match._id, match]));
    return found.map(({ placed, match }) => match ?? byId.get(placed._id)).filter((match) => match !== undefined);
  }

  async #count({ filter, mark, inTime }: Question, changed: readonly Placed[] | undefined): Promise<number> {
    if (!changed || mark === undefined) return this.#collections.resources.countDocuments(filter, inTime());
    return (await this.#collections.resources.countDocuments({ $and: [filter, { stamp: { $lte: mark } }] }, inTime())) + changed.length;
  }

  async #lastStamp(): Promise<number> {
    return lastStamp(this.#collections.resources);
  }
}

/** Whether the page is likely to be all there is. */
const isOnly = ({ cursor, count, isLast }: SearchPlan): boolean => !cursor && (isLast === true || count === 0 || count >= SELDOM_FULL);

/** The last stamp of the store; 0 while it is empty. */
export async function lastStamp(resources: mongo.Collection<ResourceDocument>): Promise<number> {
  const [last] = await resources.find({}, { projection: { _id: 0, stamp: 1 }, sort: { stamp: -1 }, limit: 1 }).toArray();
  return last?.stamp ?? 0;
}
