import type { KnownEntry } from './known-entry.js';
import type { Stored } from './store.js';

/**
 * A store as the list of all its versions, in the order in which they were made: what copies one store to another needs.
 * Nothing else uses it, for it keeps the numbers and times that it is given, and decides nothing. Both adapters
 * implement it; whoever has it open has the embedded store alone.
 */
export interface VersionLog {
  /** Some versions after a place (undefined: from the first), oldest first; none: that was all. */
  after(place: LogPlace | undefined): Promise<readonly LoggedVersion[]>;
  /** How many versions there are. */
  size(): Promise<number>;
  /** All facts, by name. */
  facts(): Promise<ReadonlyMap<string, string>>;
  /**
   * Writes versions, each the next of its resource, and then sets facts. Where that is cut short, the same again makes it
   * whole; what is there already stays as it is.
   * @throws {StoreUnavailableError}
   */
  append(versions: readonly IndexedVersion[], facts: ReadonlyMap<string, string>): Promise<void>;
  close(): Promise<void>;
}

/** Where a version stands in the log. */
export type LogPlace = Pick<LoggedVersion, 'stamp' | 'type' | 'id' | 'version'>;

export interface LoggedVersion extends Omit<Stored, 'lastUpdated'> {
  /** Its place in the order of versions, and so its `lastUpdated` (`stamp.ts`). */
  readonly stamp: number;
  /** No later version of the resource is known. */
  readonly current: boolean;
}

export interface IndexedVersion extends LoggedVersion {
  /** What a current version is found by; none for any other. */
  readonly index: readonly KnownEntry[];
}

/** So much at most is read of a log at once; a version that is larger comes alone. */
export const PAGE = { versions: 500, bytes: 8_000_000 } as const;
