import type { FhirResource } from 'fhir/r4.js';
import type { SourceError } from './client/index.js';
import { answersAny, isAboutOne, isProtected, refusal, type DeadLetterKind } from './dead-letter.js';
import { meeting, rowsOf, withFailures, write, type Lane, type Traversal } from './lane.js';
import { gone, isGone } from './missing.js';
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
  const left = wanted.filter((id) => (journal.checkpoint.position === undefined || id > journal.checkpoint.position) && mayBeThere(lane.dead.get(`${plan.type}/${id}`), journal.checkpoint.isFull === true));
  let isAnswered = false;
  for (let at = 0; at < left.length; at += AT_ONCE) {
    mayGoOn();
    const group = left.slice(at, at + AT_ONCE);
    await meeting(async () => {
      const read = await Promise.all(group.map((id) => readOrNot(plan.type, id, lane)));
      const resources = read.flatMap((each) => ('resource' in each ? [each.resource] : []));
      const refused = read.flatMap((each) => ('error' in each && !isGone(each.error) ? [each] : []));
      isAnswered ||= read.some(isAnswer);
      const [first] = refused;
      isAnswered ||= first !== undefined && (isProtected(first.error) || (await answersAny(left.slice(at + AT_ONCE), async (id) => isAnswer(await readOrNot(plan.type, id, lane)))));
      if (!isAnswered && first) throw first.error;
      const missing = await Promise.all(read.map(async (each) => {
        const stood = 'error' in each && isGone(each.error) ? known.get(each.id) : undefined;
        return stood && 'error' in each ? gone(stood, each.error, lane) : [];
      }));
      // What something refers to and the source does not have: not asked for at every run.
      const dangling = read.filter((each) => 'error' in each && isGone(each.error) && !known.has(each.id)).filter((each) => 'error' in each);
      const rows = withFailures(await rowsOf(resources, lane), [...refused.map(({ id, error }) => refusal(`${plan.type}/${id}`, error, lane)), ...dangling.map(({ id, error }) => refusal(`${plan.type}/${id}`, error, lane, 'absent'))]);
      await write(rows, lane, { position: group.at(-1) }, missing.flat());
    });
  }
  return { highWater: began, ...(journal.checkpoint.isFull ? { lastFull: began } : {}) };
};

type Read = { readonly resource: FhirResource } | { readonly id: string; readonly error: SourceError };

const isAnswer = (read: Read): boolean => 'resource' in read || isGone(read.error);

/** What the source did not have before is asked for with all the others alone, and what it protects not at all. */
const mayBeThere = (letter: DeadLetterKind | undefined, isFull: boolean): boolean => letter !== 'protected' && (letter !== 'absent' || isFull);

async function readOrNot(type: string, id: string, { client }: Lane): Promise<Read> {
  try {
    return { resource: (await client.read(type, id)).resource };
  } catch (error) {
    if (isAboutOne(error)) return { id, error };
    throw error;
  }
}

/** The ids of a type at the source that unresolved references name. */
async function wantedOf(type: string, { resources, source }: Lane): Promise<Set<string>> {
  const wanted = new Set<string>();
  for (const waiting of SYNC_TYPES) {
    for await (const page of resources.pages<FhirResource>(waiting, `_tag=${SYNC_SYSTEM}|unresolved&_tag=${SOURCE_SYSTEM}|${source.id}`, { isPlain: true })) {
      for (const resource of page) for (const target of wantedBy(resource, source.base)) if (target.type === type) wanted.add(target.id);
    }
  }
  return wanted;
}

async function knownOf(type: FhirResource['resourceType'], { resources, source }: Lane): Promise<Map<string, FhirResource>> {
  const known = new Map<string, FhirResource>();
  for await (const page of resources.pages<FhirResource>(type, `_tag=${SOURCE_SYSTEM}|${source.id}`, { isPlain: true })) {
    for (const resource of page) known.set(upstreamOf(resource)?.target.split('/')[1] ?? '', resource);
  }
  return known;
}
