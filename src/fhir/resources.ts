import type { FhirResource } from 'fhir/r4.js';
import type { Change, Once } from '../store/store.js';

/**
 * Resources for those who work on them as values (operations, the queue, synchronisation). Built on the same path as
 * REST: what is written is validated, indexed and committed all or nothing; what the caller may not see is not there.
 */
export interface Resources {
  /** The current version, or undefined when there is none (deleted, never stored, not allowed). */
  read<T extends FhirResource = FhirResource>(type: T['resourceType'], id: string): Promise<T | undefined>;
  /** The same as any JSON, without the digits of its numbers: for what is only looked at. */
  glance<T extends FhirResource = FhirResource>(type: T['resourceType'], id: string): Promise<T | undefined>;
  /** Whether there is a current version. */
  holds(type: string, id: string): Promise<boolean>;
  /**
   * All matches of a FHIR search (`patient=Patient/1&status=active`), in a stable order.
   * @throws {FhirError} 400 for a wrong query, 422 (`too-costly`) when more than `most` match (default 2,000).
   */
  search<T extends FhirResource = FhirResource>(type: T['resourceType'], query: string, limit?: { readonly most: number }): Promise<T[]>;
  /**
   * All matches of a FHIR search however many there are, page by page: what was there when the first was read, as it is now. `isPlain`: read
   * as any JSON, without the digits of its numbers: for what is only looked at. @throws {FhirError} 400 for a wrong query.
   */
  pages<T extends FhirResource = FhirResource>(type: T['resourceType'], query: string, how?: { readonly isPlain: boolean }): AsyncGenerator<T[]>;
  /** The first `count` matches of a FHIR search in the order of its `_sort`, however many there are. @throws {FhirError} 400 for a wrong query. */
  first<T extends FhirResource = FhirResource>(type: T['resourceType'], query: string, count: number): Promise<T[]>;
  /** All versions of one resource that are not deletions, the oldest first. */
  versions<T extends FhirResource = FhirResource>(type: T['resourceType'], id: string): Promise<T[]>;
  /**
   * What was made or changed in the record (`audit/apart.ts`) at or after a moment, as it is now or as it was before it was deleted, of some types; undefined
   * where that is more than `most` versions of any type. Those that are passed over count for nothing. `latest`: the
   * moment of the newest of these versions of any type, a FHIR instant.
   */
  changedSince(since: Date, types: ReadonlySet<string>, most: number, isPassedOver?: (type: string, id: string) => boolean): Promise<Changed | undefined>;
  /** The moment of the newest version in the record, a FHIR instant; undefined: nothing was ever stored. */
  latestChange(): Promise<string | undefined>;
  /**
   * All or nothing. With `orInOrder` a store that has no transactions takes them one after another: for changes that may
   * be made again after a crash, the one that says that all is done being the last.
   * With `once` a commit that was made before is not made again: what it left is answered, as it was then.
   * @throws {FhirError} 409/412 on a conflict, 422 when a resource is not valid (a defect of ours).
   */
  commit(changes: readonly ResourceChange[], options?: CommitHow): Promise<FhirResource[]>;
  /** The same for many: answers only which version of each change stands afterwards (0: none). */
  write(changes: readonly (ResourceChange | ReadyChange)[], options?: CommitHow): Promise<number[]>;
  /** The same change, checked and indexed already: it is what a commit takes longest for, and needs no store. What is put is as JSON has it: no member is undefined. @throws {FhirError} 422 */
  ready(change: ResourceChange): ReadyChange;
}

export interface CommitHow {
  readonly orInOrder?: boolean;
  readonly once?: Once | undefined;
}

export interface Changed {
  readonly resources: readonly FhirResource[];
  readonly latest: string | undefined;
  /** How many versions of any type there are, those too that were passed over. */
  readonly versions: number;
}

/** `id` must stand in the resource. `expectVersion` 0: must not exist; `ifAbsent`: an existing one is left as it is. */
export type ResourceChange =
  | { readonly put: FhirResource; readonly expectVersion?: number; readonly ifAbsent?: boolean }
  | { readonly delete: { readonly type: string; readonly id: string }; readonly expectVersion?: number };

/** A change as `Resources.ready` has made it: only for a commit of the same. */
export interface ReadyChange {
  readonly made: Change;
}
