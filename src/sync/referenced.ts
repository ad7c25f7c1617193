import type { FhirResource } from 'fhir/r4.js';
import type { ResourceChange } from '../fhir/resources.js';
import { missing } from './intake.js';
import { meeting, store, type Lane, type Traversal } from './lane.js';
import { isGone } from './missing.js';
import { wantedBy } from './references.js';
import { SYNC_TYPES } from './source.js';
import { SOURCE_SYSTEM, SYNC_SYSTEM, upstreamOf } from './upstream.js';

const AT_ONCE = 8;

/** Reads one by one what something here refers to and is not here; where all of it is due, what is here too. */
export const referenced: Traversal = async (plan, lane) => {
  const { journal, mayGoOn } = lane;
  const began = lane.now().toISOString();
  const known = await knownOf(plan.type, lane);
  const wanted = [...new Set([...(await wantedOf(plan.type, lane)), ...(journal.checkpoint.isFull ? known.keys() : [])])].sort();
  const left = wanted.filter((id) => journal.checkpoint.position === undefined || id > journal.checkpoint.position);
  for (let at = 0; at < left.length; at += AT_ONCE) {
    mayGoOn();
    const group = left.slice(at, at + AT_ONCE);
    await meeting(async () => {
      const read = await Promise.all(group.map((id) => readOrGone(plan.type, id, lane)));
      const resources = read.flatMap((each) => ('resource' in each ? [each.resource] : []));
      const gone: ResourceChange[] = read.flatMap((each) => {
        const stood = 'gone' in each ? known.get(each.gone) : undefined;
        const upstream = stood && upstreamOf(stood);
        return stood && upstream && upstream.missingSince === undefined ? [missing(stood, upstream, lane.now())] : [];
      });
      await store(resources, lane, { position: group.at(-1) }, gone);
    });
  }
  return { highWater: began, ...(journal.checkpoint.isFull ? { lastFull: began } : {}) };
};

async function readOrGone(type: string, id: string, { client }: Lane): Promise<{ readonly resource: FhirResource } | { readonly gone: string }> {
  try {
    return { resource: (await client.read(type, id)).resource };
  } catch (error) {
    if (isGone(error)) return { gone: id };
    throw error;
  }
}

/** The ids of a type at the source that unresolved references name. */
async function wantedOf(type: string, { resources, source }: Lane): Promise<Set<string>> {
  const wanted = new Set<string>();
  for (const waiting of SYNC_TYPES) {
    for await (const page of resources.pages<FhirResource>(waiting, `_tag=${SYNC_SYSTEM}|unresolved&_tag=${SOURCE_SYSTEM}|${source.id}`)) {
      for (const resource of page) for (const target of wantedBy(resource, source.base)) if (target.type === type) wanted.add(target.id);
    }
  }
  return wanted;
}

async function knownOf(type: FhirResource['resourceType'], { resources, source }: Lane): Promise<Map<string, FhirResource>> {
  const known = new Map<string, FhirResource>();
  for await (const page of resources.pages<FhirResource>(type, `_tag=${SOURCE_SYSTEM}|${source.id}`)) {
    for (const resource of page) known.set(upstreamOf(resource)?.target.split('/')[1] ?? '', resource);
  }
  return known;
}
