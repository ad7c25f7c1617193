import type { Known } from '../commit-state.js';
import type { Stored } from '../store.js';

/** One version of a resource, as both collections hold it. */
export interface VersionHead extends Known {
  readonly method: Stored['method'];
  /** UTF-8 JSON text; empty for a deletion. */
  readonly body: Uint8Array;
}

/** What the current version of a resource is found and sorted by. */
export interface Found {
  /** The stamp of the first version: without another sort, resources come in this order. */
  readonly created: number;
  /** The stamp of the version that last changed what follows. */
  readonly indexed: number;
  /** One array for all kinds of entries: MongoDB allows one in a compound index. */
  readonly index: readonly Element[];
  /** The entries that belong together, for composite parameters. */
  readonly groups: readonly { readonly of: readonly Element[] }[];
  /** `Type/id` of all that it refers to. */
  readonly refers: readonly string[];
  /** By `kind:param`, for an array can't be sorted by one of its elements. */
  readonly sort: Readonly<Record<string, SortValues>>;
  /** The patient whom it is about, or itself: what belongs to one patient stays on one shard. */
  readonly home: string;
}

/** The current version; `_id` is `Type/id`. A deleted resource keeps its document, and so its version numbers. */
export interface ResourceDocument extends VersionHead, Found {
  readonly _id: string;
}

/** Any version; `_id` is `Type/id/version`, which two writers can't both take. */
export interface VersionDocument extends VersionHead {
  readonly _id: string;
  /** `Type/id` */
  readonly resource: string;
  /** On a server without transactions, until the current version stands: what is needed to finish that. */
  readonly pending?: Found & { readonly followers?: readonly ResourceDocument[]; readonly once?: OnceDocument };
}

/** One index entry: `p` is `kind:param`, `v` what equality compares (code, normalised string, id or URL of a reference, URI). */
export interface Element {
  readonly p: string;
  readonly v?: string;
  /** The string as it stands. */
  readonly e?: string;
  /** The system of a token or quantity. */
  readonly s?: string;
  /** The type of a reference. */
  readonly t?: string;
  /** The URL of a reference that leads elsewhere. */
  readonly u?: string;
  /** The value of a number or quantity. */
  readonly n?: number;
  readonly low?: number;
  readonly high?: number;
}

/** `up` is the least value turned round, `down` the greatest: both are sorted descending, where MongoDB puts those without last. */
export interface SortValues {
  readonly up: string | number;
  readonly down: string | number;
}

/** A condition that is being decided: who asks the same waits, or tries again. */
export interface LockDocument {
  readonly _id: string;
  /** Who holds it, on a server without transactions. */
  readonly owner?: string;
  readonly at: Date;
}

/** The key of a commit or request that may be repeated; results as JSON. */
export interface OnceDocument {
  readonly _id: string;
  readonly made: Date;
  readonly fingerprint: string;
  readonly results?: string;
  readonly answer?: Uint8Array;
}

export interface FactDocument {
  readonly _id: string;
  readonly value: string;
}

export interface ProbeDocument {
  readonly _id: string;
  readonly asked: number;
}

export const addressOf = (type: string, id: string): string => `${type}/${id}`;
