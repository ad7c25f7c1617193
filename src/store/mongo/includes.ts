import type { mongo } from 'mongoose';
import { MAX_INCLUDED, requireFewIncluded } from '../plan/included.js';
import type { Include } from '../store.js';
import { addressOf } from './documents.js';
import type { ResourceDocument } from './documents.js';
import { parameterKey } from './elements.js';
import type { Filter } from './filter.js';
import type { InTime } from './time-limit.js';

type Resources = mongo.Collection<ResourceDocument>;
type Start = Pick<ResourceDocument, '_id'>;

/**
 * What `_include` and `_revinclude` (R4 §3.1.1.5.4) add to the matches, each once. Those with `iterate` are applied again
 * to what was included, until nothing new comes. Nothing is looked at that does not meet `includable`.
 * @throws {SearchRefusedError} `included`
 */
export async function includedBy(matches: readonly Start[], includes: readonly Include[], includable: Filter, resources: Resources, inTime: InTime): Promise<ResourceDocument[]> {
  const seen = new Set(matches.map(({ _id }) => _id));
  const included: ResourceDocument[] = [];
  let frontier = [...seen];
  for (let round = 0; frontier.length > 0; round++) {
    const fresh: string[] = [];
    for (const include of includes.filter(({ iterate }) => round === 0 || iterate)) {
      for (const found of await neighbours(include, frontier, seen, includable, resources, inTime)) {
        seen.add(found._id);
        fresh.push(found._id);
        included.push(found);
      }
      requireFewIncluded(included.length);
    }
    frontier = fresh;
  }
  return included;
}

async function neighbours(include: Include, frontier: readonly string[], seen: ReadonlySet<string>, includable: Filter, resources: Resources, inTime: InTime): Promise<ResourceDocument[]> {
  const filter = include.direction === 'include' ? await referredTo(include, frontier, resources, inTime) : referringTo(include, frontier);
  const fresh: Filter = { $and: [filter, includable, { deleted: false, _id: { $nin: [...seen] } }] };
  return resources.find(fresh, { limit: MAX_INCLUDED + 1, sort: { created: 1, _id: 1 }, ...inTime() }).toArray();
}

async function referredTo({ source, param, target }: Include, frontier: readonly string[], resources: Resources, inTime: InTime): Promise<Filter> {
  const filter: Filter = { _id: { $in: [...frontier] }, ...(source === '*' ? {} : { type: source }) };
  const sources = await resources.find(filter, { projection: { _id: 0, index: 1, refers: 1 }, ...inTime() }).toArray();
  const p = parameterKey('reference', param);
  const targets = sources.flatMap(({ index, refers }) => (param === '*' ? refers : index.flatMap((element) => (element.p === p && element.t !== undefined && element.v !== undefined ? [addressOf(element.t, element.v)] : []))));
  return { _id: { $in: [...new Set(targets)] }, ...(target === undefined ? {} : { type: target }) };
}

function referringTo({ source, param, target, but }: Include, frontier: readonly string[]): Filter {
  const addresses = frontier.filter((address) => target === undefined || address.startsWith(`${target}/`));
  const type = source !== '*' ? { type: source } : but ? { type: { $nin: [...but] } } : {};
  if (param === '*') return { refers: { $in: addresses }, ...type };
  const p = parameterKey('reference', param);
  const byParameter = addresses.map((address) => ({ index: { $elemMatch: { p, t: address.slice(0, address.indexOf('/')), v: address.slice(address.indexOf('/') + 1) } } }));
  return byParameter.length === 0 ? { _id: { $in: [] } } : { ...type, refers: { $in: addresses }, $or: byParameter };
}
