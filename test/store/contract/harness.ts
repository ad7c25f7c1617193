import { afterEach } from 'vitest';
import type { BodyPart, Change, ChangeResult, DeleteChange, Expression, IndexEntry, PutChange, SearchPage, SearchPlan, Store, Stored } from '../../../src/store/store.js';

export interface Opened {
  readonly store: Store;
  /** Closes the store and opens the same data again. */
  readonly reopen: () => Promise<Store>;
  readonly cleanup: () => Promise<void>;
}

/** `now`: milliseconds, for `lastUpdated`. */
export type OpenStore = (options?: { readonly now?: () => number }) => Promise<Opened>;

/** Opens stores that are gone after each test. To be called inside a `describe`. */
export function opener(open: OpenStore): OpenStore {
  const opened: Opened[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(({ cleanup }) => cleanup()));
  });
  return async (options) => {
    const one = await open(options);
    opened.push(one);
    return one;
  };
}

/** `{"resourceType":…,"id":…,"meta":{…}` and then `rest`, with the slots where REST puts them. */
export const bodyOf = (type: string, ...rest: readonly BodyPart[]): BodyPart[] => [`{"resourceType":"${type}","id":"`, { slot: 'id' }, '","meta":{', { slot: 'meta' }, '}', ...rest, '}'];

export function put(type: string, id: string, more: Partial<PutChange> & { readonly rest?: string } = {}): PutChange {
  const { rest = '', ...change } = more;
  return { op: 'put', type, id, method: 'PUT', body: bodyOf(type, rest), index: [], ...change };
}

export const remove = (type: string, id: string, more: Partial<DeleteChange> = {}): DeleteChange => ({ op: 'delete', type, id, ...more });

export async function commitOne(store: Store, change: Change): Promise<ChangeResult> {
  const [result] = await store.commit([change]);
  return result!;
}

export const textOf = (stored: Stored | undefined): string | undefined => stored && Buffer.from(stored.body).toString('utf8');

export const token = (param: string, code: string, system?: string): Extract<IndexEntry, { kind: 'token' }> => ({ kind: 'token', param, code, ...(system === undefined ? {} : { system }) });
export const reference = (param: string, type: string, id: string): IndexEntry => ({ kind: 'reference', param, type, id });
export const text = (param: string, value: string): IndexEntry => ({ kind: 'string', param, value: value.toLowerCase(), exact: value });
export const day = (param: string, date: string, days = 1): IndexEntry => ({ kind: 'date', param, low: Date.parse(date), high: Date.parse(date) + days * 86_400_000 });

export const hasToken = (param: string, code: string): Expression => ({ op: 'token', param, code });

/** A condition on one token, as `identifier=x`. */
export const when = (type: string, param: string, code: string): { readonly type: string; readonly key: string; readonly where: Expression } => ({ type, key: `${param}=${code}`, where: hasToken(param, code) });

export const plan = (types: string | readonly string[], where: Expression = { op: 'all' }, more: Partial<SearchPlan> = {}): SearchPlan => ({
  types: typeof types === 'string' ? [types] : types,
  where,
  sort: [],
  count: 100,
  total: 'none',
  includes: [],
  ...more,
});

export const idsOf = (page: SearchPage): string[] => page.matches.map(({ id }) => id);

/** All pages of a search, as ids. `between` runs after each page that has a next. */
export async function allPages(store: Store, first: SearchPlan, between: (page: number) => Promise<void> = async () => undefined): Promise<string[][]> {
  const pages: string[][] = [];
  for (let cursor: SearchPlan['cursor']; ; ) {
    const page = await store.search({ ...first, ...(cursor ? { cursor: JSON.parse(JSON.stringify(cursor)) as NonNullable<SearchPlan['cursor']> } : {}) });
    pages.push(idsOf(page));
    cursor = page.next;
    if (!cursor) return pages;
    await between(pages.length);
  }
}
