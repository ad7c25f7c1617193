/**
 * A stamp is a version's place in the store's one order of versions: the milliseconds since 1970 of its `lastUpdated`
 * times 1024, plus a number that tells apart what was written in the same millisecond. It is the key of a version, so
 * that times are ranges of keys. Stamps only grow, even when the clock goes back. Exact until the year 2248.
 */
const PER_MILLISECOND = 1024;

export const firstStampOf = (milliseconds: number): number => milliseconds * PER_MILLISECOND;
export const millisecondsOf = (stamp: number): number => Math.floor(stamp / PER_MILLISECOND);
/** FHIR instant in UTC with milliseconds. */
export const instantOf = (stamp: number): string => new Date(millisecondsOf(stamp)).toISOString();
export const nextStamp = (last: number, now: number): number => Math.max(last + 1, firstStampOf(now));
