import type { Expression, HistoryPage, HistoryQuery, LogPage, LogQuery, SearchPlan, Store, Stored } from '../../store/store.js';
import type { Search } from '../search/index.js';
import type { Permission } from './caller.js';
import { limitedCommit } from './limited-commit.js';
import { bothOf, type Rights } from './rights.js';
import { Sight } from './sight.js';

export interface Limits {
  readonly rights: Rights;
  readonly search: Search;
  /** The FHIR base, without a slash at the end. */
  readonly baseUrl: string;
  /** What `read` and `readVersion` need: all of these. */
  readonly reading: readonly Permission[];
  /** Whether an update may make what is not there, by a caller whose rights are limited. Default: then it is not found. */
  readonly makes?: boolean;
}

/**
 * The store as a caller sees it: what no scope reaches is not there, whatever way it is asked for, and nothing of it can
 * be changed. Everything that an interaction or an operation does goes through this, so that none needs to know of scopes.
 */
export function limitedStore(store: Store, limits: Limits): Store {
  const { rights, search, reading } = limits;
  const sight = new Sight(store, rights, search);
  return {
    read: (type, id) => sight.current(type, id, reading),
    async readVersion(type, id, version) {
      if (!reading.every((permission) => rights.has(type, permission))) return undefined;
      const stored = await store.readVersion(type, id, version);
      if (!stored) return undefined;
      const seen = await Promise.all(reading.map((permission) => sight.version(stored, permission)));
      return seen.every(Boolean) ? stored : undefined;
    },
    history: (query) => limitedHistory(store, query, rights, sight),
    search: (plan) => store.search(limitedPlan(plan, rights, search)),
    commit: limitedCommit(store, limits, sight),
    knownOnce: (key) => store.knownOnce(key),
    keepAnswer: (once, answer) => store.keepAnswer(once, answer),
    probe: () => store.probe(),
    isEmpty: () => store.isEmpty(),
    getFact: (name) => store.getFact(name),
    initFact: (name, value) => store.initFact(name, value),
    swapFact: (name, before, after) => store.swapFact(name, before, after),
    facts: (prefix) => store.facts(prefix),
    log: (query) => limitedLog(store, query, rights, sight),
    logEnd: () => store.logEnd(),
    settlingMs: store.settlingMs,
    close: () => store.close(),
  };
}

/** The plan on what may be searched; what it includes, chains to and is referred to by is limited alike, so that nothing else shows in what is found, or how much. */
function limitedPlan<P extends SearchPlan>(plan: P, rights: Rights, search: Search): P {
  const { types, where } = rights.among(plan.types, 's');
  const asked = limitedWhere(plan.where, rights);
  if (types.length === 0) return { ...plan, where: NOTHING, includes: [] };
  const limited = { ...plan, types, where: bothOf(where, asked) };
  if (plan.includes.length === 0) return limited;
  const includable = rights.among(search.types, 's');
  return includable.where.op === 'all' && includable.types.length === search.types.length ? limited : { ...limited, includable };
}

const NOTHING: Expression = { op: 'or', of: [] };

/** Chains and `_has` see only what a search of their types would find. */
export function limitedWhere(expression: Expression, rights: Rights): Expression {
  switch (expression.op) {
    case 'and':
    case 'or':
    case 'grouped':
      return { ...expression, of: expression.of.map((each) => limitedWhere(each, rights)) };
    case 'not':
      return { op: 'not', of: limitedWhere(expression.of, rights) };
    case 'chain': {
      const { types, where } = rights.among(expression.types, 's');
      return types.length === 0 ? NOTHING : { ...expression, types, where: bothOf(where, limitedWhere(expression.where, rights)) };
    }
    case 'has': {
      const { types, where } = rights.among([expression.type], 's');
      return types.length === 0 ? NOTHING : { ...expression, where: bothOf(where, limitedWhere(expression.where, rights)) };
    }
    default:
      return expression;
  }
}

/** So often a page that came out short is filled from the next ones; after that it is answered as it is. */
const MOST_ROUNDS = 50;

/** One resource's history needs what a read of it needs, any other what a search does (SMART App Launch 2.2). */
async function limitedHistory(store: Store, query: HistoryQuery, rights: Rights, sight: Sight): Promise<HistoryPage> {
  const permission = query.id === undefined ? 's' : 'r';
  if (query.type !== undefined && rights.of(query.type, permission) === 'all') return store.history(query);
  if (query.type !== undefined && !rights.has(query.type, permission)) return { versions: [] };
  const versions: Stored[] = [];
  let cursor = query.cursor;
  for (let rounds = 0; rounds < MOST_ROUNDS; rounds++) {
    const page = await store.history({ ...query, count: query.count - versions.length, ...(cursor ? { cursor } : {}) });
    const seen = await Promise.all(page.versions.map((version) => sight.version(version, permission)));
    versions.push(...page.versions.filter((_, index) => seen[index]));
    cursor = page.next;
    if (!cursor || versions.length >= query.count) break;
  }
  // Without the total: it counts what is not shown.
  return { versions, ...(cursor ? { next: cursor } : {}) };
}

/** The log shows what it holds, as a search and a read would. */
async function limitedLog(store: Store, query: LogQuery, rights: Rights, sight: Sight): Promise<LogPage> {
  const types = query.types.filter((type) => rights.has(type, 'r') && rights.has(type, 's'));
  const page = await store.log({ ...query, types });
  if (types.every((type) => rights.of(type, 'r') === 'all' && rights.of(type, 's') === 'all')) return page;
  const seen = await Promise.all(page.versions.map(async (version) => (await sight.version(version, 'r')) && (await sight.version(version, 's'))));
  return { ...page, versions: page.versions.filter((_, index) => seen[index]) };
}
