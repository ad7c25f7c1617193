import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import type { VersionLog } from '../version-log.js';

/** What a store holds of one type. */
export interface Tally {
  readonly type: string;
  readonly versions: number;
  /** Those that are not deleted. */
  readonly resources: number;
  /** SHA-256 of all versions in their order: which, when, how and their texts. */
  readonly hash: string;
}

interface Counting {
  versions: number;
  resources: number;
  readonly hash: Hash;
}

/** By type, in alphabetical order. `placeOf`: the stamp to be counted for a version's own; `count` hears of versions read. */
export async function tallyOf(log: VersionLog, placeOf: (stamp: number) => number, count: (versions: number) => void): Promise<readonly Tally[]> {
  const byType = new Map<string, Counting>();
  for (let page = await log.after(undefined); page.length > 0; page = await log.after(page.at(-1))) {
    for (const { type, id, version, stamp, current, deleted, method, body } of page) {
      const counting = byType.get(type) ?? { versions: 0, resources: 0, hash: createHash('sha256') };
      byType.set(type, counting);
      counting.versions++;
      if (current && !deleted) counting.resources++;
      counting.hash.update(JSON.stringify([id, version, placeOf(stamp), current, deleted, method, body.length])).update(body);
    }
    count(page.length);
  }
  const types = [...byType].sort(([a], [b]) => (a < b ? -1 : 1));
  return types.map(([type, { versions, resources, hash }]) => ({ type, versions, resources, hash: hash.digest('hex') }));
}

/** What is not the same, a sentence part each. */
export function differences(some: readonly Tally[], others: readonly Tally[]): string[] {
  const types = [...new Set([...some, ...others].map(({ type }) => type))];
  return types.flatMap((type) => {
    const [one, other] = [some, others].map((tallies) => tallies.find((tally) => tally.type === type));
    if (one?.hash === other?.hash) return [];
    return [`${type} (${saying(one)} in the source, ${saying(other)} in the copy)`];
  });
}

const saying = (tally: Tally | undefined): string => `${tally?.versions ?? 0} versions of ${tally?.resources ?? 0} resources`;
