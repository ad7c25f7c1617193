import type { LogPlace } from '../version-log.js';

/** What the target of a migration says of it. */
export interface Mark {
  /** Which store it is a copy of. */
  readonly source: string;
  readonly done: boolean;
  /** How far it has come: the last version that was copied. */
  readonly reached?: {
    readonly place: LogPlace;
    /** Its stamp in the copy. */
    readonly placed: number;
    /** Versions copied. */
    readonly done: number;
  };
}

/** The fact that holds it. */
export const MIGRATION = 'migration';

/** Undefined: the store is no copy. */
export const readMark = (fact: string | undefined): Mark | undefined => (fact === undefined ? undefined : (JSON.parse(fact) as Mark));

export const writeMark = (mark: Mark): ReadonlyMap<string, string> => new Map([[MIGRATION, JSON.stringify(mark)]]);
