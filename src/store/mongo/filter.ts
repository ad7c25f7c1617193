import type { mongo } from 'mongoose';
import { isLastUpdated, isLeaf, partsOf } from '../plan/leaf.js';
import type { Leaf, Of } from '../plan/leaf.js';
import { SearchRefusedError } from '../store.js';
import type { Expression } from '../store.js';
import { addressOf } from './documents.js';
import type { ResourceDocument } from './documents.js';
import { parameterKey } from './elements.js';
import { elementTests, stampTest } from './leaves.js';
import type { Test } from './leaves.js';
import type { InTime } from './time-limit.js';

/** Resources that a chain or `_has` may go through: their ids travel in the filter, which holds 16 MB. */
const MAX_LINKS = 50_000;

export type Filter = mongo.Filter<ResourceDocument>;

/** In which transaction the commands of a filter are, if in any, and how long they may take. */
export interface Asking {
  readonly session?: mongo.ClientSession | undefined;
  readonly inTime: InTime;
}

const NOTHING: Test = { _id: { $in: [] } };

/**
 * Compiles expressions to filters on the current resources. Chains and `_has` are asked first, from the inside out, and
 * stand in the filter as the ids that they found: on a cluster each shard then answers for itself.
 */
export class Filters {
  readonly #resources: mongo.Collection<ResourceDocument>;

  constructor(resources: mongo.Collection<ResourceDocument>) {
    this.#resources = resources;
  }

  /** @throws {SearchRefusedError} `complex`, when a chain or `_has` goes through too many resources. */
  async of(types: readonly string[], where: Expression, asking: Asking): Promise<Filter> {
    return { type: types.length === 1 ? types[0] : { $in: [...types] }, deleted: false, $and: [await this.#test(where, asking)] } as Filter;
  }

  async #test(expression: Expression, asking: Asking): Promise<Test> {
    if (isLastUpdated(expression)) return stampTest(expression);
    if (isLeaf(expression)) return hasElement(expression);
    switch (expression.op) {
      case 'all':
        return {};
      case 'and':
        return expression.of.length === 0 ? {} : { $and: await this.#each(expression.of, asking) };
      case 'or':
        return expression.of.length === 0 ? NOTHING : { $or: await this.#each(expression.of, asking) };
      case 'not':
        return { $nor: [await this.#test(expression.of, asking)] };
      case 'id':
        return { id: { $in: [...new Set(expression.in)] } };
      case 'type':
        return { type: { $in: [...expression.in] } };
      case 'chain':
        return this.#chain(expression, asking);
      case 'has':
        return this.#has(expression, asking);
      case 'grouped':
        return grouped(expression);
    }
  }

  async #each(expressions: readonly Expression[], asking: Asking): Promise<Test[]> {
    const tests: Test[] = [];
    for (const expression of expressions) tests.push(await this.#test(expression, asking));
    return tests;
  }

  async #chain({ param, types, where }: Of<'chain'>, asking: Asking): Promise<Test> {
    const filter = await this.of(types, where, asking);
    const targets = await this.#resources.find(filter, { projection: { _id: 0, type: 1, id: 1 }, limit: MAX_LINKS + 1, ...options(asking) }).toArray();
    requireFew(targets.length);
    const idsByType = new Map<string, string[]>();
    for (const { type, id } of targets) {
      const ids = idsByType.get(type);
      if (ids) ids.push(id);
      else idsByType.set(type, [id]);
    }
    const p = parameterKey('reference', param);
    const tests = [...idsByType].map(([t, ids]) => ({ index: { $elemMatch: { p, t, v: { $in: ids } } } }));
    return tests.length === 0 ? NOTHING : { $or: tests };
  }

  async #has({ type, param, where }: Of<'has'>, asking: Asking): Promise<Test> {
    const p = parameterKey('reference', param);
    const filter: Filter = { $and: [await this.of([type], where, asking), { index: { $elemMatch: { p } } }] };
    const sources = await this.#resources.find(filter, { projection: { _id: 0, index: 1 }, limit: MAX_LINKS + 1, ...options(asking) }).toArray();
    const targets = new Set(sources.flatMap(({ index }) => index.flatMap((element) => (element.p === p && element.t !== undefined && element.v !== undefined ? [addressOf(element.t, element.v)] : []))));
    requireFew(Math.max(sources.length, targets.size));
    return { _id: { $in: [...targets] } };
  }
}

export const within = (session: mongo.ClientSession | undefined): { session?: mongo.ClientSession } => (session ? { session } : {});

/** Of a command. */
export const options = ({ session, inTime }: Asking): { readonly maxTimeMS: number; readonly session?: mongo.ClientSession } => ({ ...inTime(), ...within(session) });

const hasElement = (leaf: Leaf): Test => oneOf(elementTests(leaf).map((test) => ({ index: { $elemMatch: test } })));

/** All leaves in one group; each in the one array too, whose index finds it. */
function grouped(expression: Of<'grouped'>): Test {
  const leaves = partsOf(expression);
  if (leaves.length === 0) return NOTHING;
  const together = leaves.map((leaf) => oneOf(elementTests(leaf).map((test) => ({ of: { $elemMatch: test } }))));
  return { $and: [...leaves.map(hasElement), { groups: { $elemMatch: { $and: together } } }] };
}

function oneOf(tests: readonly Test[]): Test {
  const [only] = tests;
  return only && tests.length === 1 ? only : { $or: tests };
}

function requireFew(count: number): void {
  if (count > MAX_LINKS) throw new SearchRefusedError('complex', `A chain or _has may go through ${MAX_LINKS} resources. Ask for a narrower one.`);
}
