import { ConflictError, type ChangeResult, type KnownOnce, type Once } from './store.js';

/** What a commit of a key that is known comes to; undefined: it is to be made. @throws {ConflictError} `reused` */
export function repeatedResults({ fingerprint }: Once, known: KnownOnce | undefined): ChangeResult[] | undefined {
  if (known && known.fingerprint !== fingerprint) throw new ConflictError(0, 'reused');
  return known?.results?.map((result) => ({ ...result, repeated: true as const }));
}

/** Of the results of a commit, those that are kept. */
export const resultsKept = (results: readonly ChangeResult[], { told = results.length }: Once): readonly ChangeResult[] => results.slice(0, told);
