import type { Bundle, FhirResource } from 'fhir/r4.js';
import type { ResourceChange } from '../fhir/resources.js';
import type { Checkpoint } from './checkpoint.js';
import { SourceError, type SourceAnswer } from './client/index.js';
import { matchesOf, meeting, nextOf, rowsOf, write, type Lane, type Rows, type Traversal } from './lane.js';
import { beginOf, momentOf, PAGE } from './moments.js';
import { confirmMissing } from './missing.js';
import type { TypePlan } from './plan.js';
import { withProvenance } from './provenance.js';
import { sweep } from './sweep.js';
import { SOURCE_SYSTEM, upstreamOf } from './upstream.js';

/** More pages are no search any more. */
const MOST_PAGES = 100_000;
/** So often a traversal is begun anew because the source forgot its pages. */
const MOST_RESTARTS = 3;

/**
 * What changed since the last look, by `_lastUpdated` (R4 §3.1.1.4.2); or all of it, where that is due. Pages are followed as the
 * source links them; each is written with where the next one is. What is not among all of it any more is asked for by
 * itself, and marked where the source says that it is gone.
 */
export const window: Traversal = async (plan, lane) => {
  const isResumed = lane.journal.checkpoint.cursor !== undefined;
  const hasAny = lane.journal.checkpoint.isFull === true && (await lane.resources.first(plan.type, ofSource(lane), 1)).length > 0;
  for (let restarts = 0; ; restarts++) {
    try {
      const seen = await pages(plan, lane);
      const isWhole = lane.journal.checkpoint.isFull === true && !isResumed;
      if (isWhole && hasAny) await markMissing(plan, seen, lane);
      return { highWater: lane.journal.checkpoint.until, ...(isWhole ? { lastFull: lane.now().toISOString() } : {}) };
    } catch (error) {
      if (!(error instanceof SourceError) || error.failure !== 'refused') throw error;
      const isFirst = lane.journal.checkpoint.cursor === undefined;
      if (isFirst && plan.patientParameter !== undefined) return sweep(plan, lane);
      if (isFirst || restarts === MOST_RESTARTS) throw error;
      // The source has forgotten its pages (Epic 4113, 404, 410): the same window again, which changes nothing twice.
      lane.log({ level: 'info', event: 'synchronisation begun anew', source: lane.source.id, type: plan.type, status: error.status ?? 0, codes: error.codes.join(' ') });
      await lane.journal.write([], { cursor: undefined, until: undefined });
    }
  }
};

/** Answers the ids that the source named. While a page is written the next one is made ready, and the one after that comes. */
async function pages(plan: TypePlan, lane: Lane): Promise<Set<string>> {
  const { client, journal, mayGoOn } = lane;
  const [named, asked] = [new Set<string>(), new Set<string>()];
  let { cursor, until } = journal.checkpoint;
  let coming = askFor(cursor, plan, lane);
  let writing: Promise<void> = Promise.resolve();
  try {
    for (let count = 1; ; count++) {
      // Whoever ends here does not wait for what is on its way.
      coming.catch(() => undefined);
      mayGoOn();
      const answer = await coming;
      const next = nextOf(answer.resource);
      if (next !== undefined && (asked.has(next) || count === MOST_PAGES)) throw new SourceError('unreadable', 'The pages of the source lead in a circle');
      if (next !== undefined) asked.add(next);
      until ??= momentOf(answer, lane.now());
      const following = next === undefined ? undefined : client.page(next);
      following?.catch(() => undefined);
      const matches = matchesOf(answer.resource, new Set([plan.type]), lane);
      for (const { id = '' } of matches) named.add(id);
      const rows = await rowsOf(matches, lane);
      await writing;
      writing = written(rows, cursor, plan, lane, { cursor: next, until });
      writing.catch(() => undefined);
      if (next === undefined || following === undefined) break;
      cursor = next;
      coming = following;
    }
    await writing;
    return named;
  } finally {
    await writing.catch(() => undefined);
  }
}

const askFor = (url: string | undefined, plan: TypePlan, { client, journal }: Lane): Promise<SourceAnswer<Bundle>> =>
  url === undefined ? client.search(plan.type, firstPage(plan, journal.checkpoint)) : client.page(url);

/** Where somebody changed a row meanwhile, the page is fetched again: what came was made ours already. */
async function written(rows: Rows, url: string | undefined, plan: TypePlan, lane: Lane, progress: Partial<Checkpoint>): Promise<void> {
  let ready: Rows | undefined = rows;
  await meeting(async () => {
    const now = ready ?? (await rowsOf(matchesOf((await askFor(url, plan, lane)).resource, new Set([plan.type]), lane), lane));
    ready = undefined;
    await write(now, lane, progress);
  });
}

const ofSource = ({ source }: Lane): string => `_tag=${SOURCE_SYSTEM}|${source.id}`;

function firstPage({ hasCount }: TypePlan, { isFull, highWater }: Checkpoint): Record<string, string> {
  return { ...(isFull ? {} : beginOf(highWater)), ...(hasCount ? { _count: String(PAGE) } : {}) };
}

async function markMissing({ type, mayRead }: TypePlan, named: ReadonlySet<string>, lane: Lane): Promise<void> {
  if (!mayRead) return;
  for await (const page of lane.resources.pages<FhirResource>(type, ofSource(lane), { isPlain: true })) {
    const unnamed = page.filter((resource) => {
      const known = upstreamOf(resource);
      return known !== undefined && known.missingSince === undefined && !named.has(known.target.split('/')[1] ?? '');
    });
    const changes: ResourceChange[] = [];
    for (const resource of unnamed) changes.push(...(await confirmMissing(resource, lane)));
    if (changes.length > 0) await lane.journal.write(withProvenance(changes, lane), {});
  }
}
