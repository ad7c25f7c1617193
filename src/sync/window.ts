import type { Bundle } from 'fhir/r4.js';
import type { Checkpoint } from './checkpoint.js';
import { SourceError, type SourceAnswer } from './client/index.js';
import { matchesOf, nextOf, rowsOf, type Lane, type Rows, type Traversal } from './lane.js';
import { beginOf, momentOf, PAGE } from './moments.js';
import { markMissing } from './missing.js';
import { PageWriter } from './page-writer.js';
import type { TypePlan } from './plan.js';
import { sweep } from './sweep.js';
import { SOURCE_SYSTEM } from './upstream.js';

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
      if (isWhole && (hasAny || lane.dead.size > 0)) await markMissing(plan, seen, lane);
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

/** Answers the ids that the source named. While pages are written the next ones are made ready, and the one after them comes. */
async function pages(plan: TypePlan, lane: Lane): Promise<Set<string>> {
  const { client, journal, mayGoOn } = lane;
  const [named, asked] = [new Set<string>(), new Set<string>()];
  const writer = new PageWriter(lane, async (url) => readied(await askFor(url, plan, lane), plan, lane));
  let { cursor, until } = journal.checkpoint;
  let coming = askFor(cursor, plan, lane);
  try {
    for (let count = 1; ; count++) {
      // Whoever ends here does not wait for what is on its way.
      coming.catch(() => undefined);
      mayGoOn();
      const answer = await coming;
      const next = nextOf(answer);
      if (next !== undefined && (asked.has(next) || count === MOST_PAGES)) throw new SourceError('unreadable', 'The pages of the source lead in a circle');
      if (next !== undefined) asked.add(next);
      until ??= momentOf(answer, lane.now());
      const following = next === undefined ? undefined : client.page(next);
      following?.catch(() => undefined);
      const rows = await readied(answer, plan, lane);
      for (const { target } of rows.taken) named.add(target.split('/')[1] ?? '');
      await writer.take({ url: cursor, rows, progress: { cursor: next, until } });
      if (next === undefined || following === undefined) break;
      cursor = next;
      coming = following;
    }
    await writer.end();
    return named;
  } finally {
    // What was made ready is written, whatever comes after it.
    await writer.end().catch(() => undefined);
  }
}

const readied = async ({ resource }: SourceAnswer<Bundle>, plan: TypePlan, lane: Lane): Promise<Rows> => rowsOf(matchesOf(resource, new Set([plan.type]), lane), lane);

const askFor = (url: string | undefined, plan: TypePlan, { client, journal }: Lane): Promise<SourceAnswer<Bundle>> =>
  url === undefined ? client.search(plan.type, firstPage(plan, journal.checkpoint)) : client.page(url);

const ofSource = ({ source }: Lane): string => `_tag=${SOURCE_SYSTEM}|${source.id}`;

function firstPage({ hasCount }: TypePlan, { isFull, highWater }: Checkpoint): Record<string, string> {
  return { ...(isFull ? {} : beginOf(highWater)), ...(hasCount ? { _count: String(PAGE) } : {}) };
}
