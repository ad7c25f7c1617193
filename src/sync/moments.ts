import type { Bundle } from 'fhir/r4.js';
import type { SourceAnswer } from './client/index.js';

/** Matches a page, where the source lets itself be asked. */
export const PAGE = 200;
/** A look begins so long before the end of the last one: what was being written then may have got an earlier moment. */
const OVERLAP_MS = 10 * 60_000;

/** The parameter that leaves out what did not change since the last look; nothing where there was none. Only `ge`: others are not known everywhere. */
export const beginOf = (highWater: string | undefined): Record<string, string> =>
  highWater === undefined ? {} : { _lastUpdated: `ge${new Date(Date.parse(highWater) - OVERLAP_MS).toISOString()}` };

/** Up to which moment of the source an answer is complete: by its own clock, or by ours where that is behind it, so that nothing falls between. */
export function momentOf({ date, resource }: SourceAnswer<Bundle>, now: Date): string {
  const stated = Date.parse(resource.meta?.lastUpdated ?? '');
  const moments = [now.getTime(), ...(date ? [date.getTime()] : []), ...(Number.isNaN(stated) ? [] : [stated])];
  return new Date(Math.min(...moments)).toISOString();
}
