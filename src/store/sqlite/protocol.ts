import type { Change, HistoryQuery, LogQuery, Once, SearchPlan } from '../store.js';
import { ConflictError, SearchRefusedError, StoreUnavailableError } from '../store.js';

/** What a thread is started with. */
export interface ThreadData {
  /** The database. */
  readonly file: string;
  /** Milliseconds that one search or history may take. */
  readonly searchMs: number;
}

/** What threads say to each other. `number` tells the answers apart. */
export interface Numbered<Job> {
  readonly number: number;
  readonly job: Job;
}

export interface CommitJob {
  readonly op: 'commit';
  readonly changes: readonly Change[];
  /** Milliseconds. */
  readonly now: number;
  readonly once?: Once | undefined;
}

/** The same as it is sent: changes are a JSON text, which costs half of what copying them as values does. */
export interface SentCommit extends Omit<CommitJob, 'changes'> {
  readonly changes: string;
  /** The changes before these, which were sent ahead. */
  readonly after?: Ahead | undefined;
}

export interface Ahead {
  readonly parcel: number;
  /** How many. */
  readonly changes: number;
}

export type WriterJob =
  | CommitJob
  | { readonly op: 'initFact'; readonly name: string; readonly value: string }
  | { readonly op: 'keepAnswer'; readonly once: Once; readonly answer: Uint8Array; readonly now: number }
  | { readonly op: 'swapFact'; readonly name: string; readonly before: string | undefined; readonly after: string | undefined }
  | { readonly op: 'probe'; readonly now: number }
  | Closing;

/** A job as it is sent to the writer. */
export type SentJob = Exclude<WriterJob, CommitJob> | SentCommit;

export type ReaderJob = { readonly op: 'search'; readonly plan: SearchPlan } | { readonly op: 'history'; readonly query: HistoryQuery } | { readonly op: 'log'; readonly query: LogQuery } | Closing;

/** Some of the changes of a large commit, sent ahead of it. Not answered. */
export interface Parcel {
  readonly parcel: number;
  /** As in `SentCommit`. */
  readonly changes: string;
}

/** The last job of a thread. */
export interface Closing {
  readonly op: 'close';
}

export type Answer = { readonly number: number; readonly value: unknown } | { readonly number: number; readonly failure: Failure };

/** An error in a form that survives the way between threads with its class. */
export type Failure =
  | { readonly kind: 'conflict'; readonly change: number; readonly code: ConflictError['code'] }
  | { readonly kind: 'unavailable'; readonly reason: StoreUnavailableError['reason']; readonly message: string }
  | { readonly kind: 'refused'; readonly reason: SearchRefusedError['reason']; readonly message: string }
  | { readonly kind: 'error'; readonly message: string };

export function toFailure(error: unknown): Failure {
  if (error instanceof ConflictError) return { kind: 'conflict', change: error.change, code: error.code };
  if (error instanceof StoreUnavailableError) return { kind: 'unavailable', reason: error.reason, message: error.message };
  if (error instanceof SearchRefusedError) return { kind: 'refused', reason: error.reason, message: error.message };
  const unavailable = asUnavailable(error);
  return unavailable ? toFailure(unavailable) : { kind: 'error', message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

export function toError(failure: Failure): Error {
  switch (failure.kind) {
    case 'conflict':
      return new ConflictError(failure.change, failure.code);
    case 'unavailable':
      return new StoreUnavailableError(failure.reason, failure.message);
    case 'refused':
      return new SearchRefusedError(failure.reason, failure.message);
    case 'error':
      return new Error(failure.message);
  }
}

/** By the beginning of SQLite's (extended) code: errors of the disk or the file, not of what was asked. */
const UNAVAILABLE: readonly (readonly [code: string, reason: StoreUnavailableError['reason'], message: string])[] = [
  ['SQLITE_FULL', 'full', 'The disk is full (or the database has reached its limit). Make room; nothing was written.'],
  ['SQLITE_BUSY', 'busy', 'Another process holds the database. Try again.'],
  ['SQLITE_IOERR', 'failed', 'The disk failed. Nothing was written.'],
  ['SQLITE_CORRUPT', 'failed', 'The database file is damaged. Restore it from a backup.'],
  ['SQLITE_NOTADB', 'failed', 'The database file is damaged. Restore it from a backup.'],
  ['SQLITE_READONLY', 'failed', 'The database file cannot be written. Check its permissions.'],
  ['SQLITE_CANTOPEN', 'failed', 'The database file cannot be opened. Check the data folder and its permissions.'],
  ['SQLITE_NOMEM', 'failed', 'There is not enough memory.'],
];

/** Undefined when the error is about what was asked. */
export function asUnavailable(error: unknown): StoreUnavailableError | undefined {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const known = UNAVAILABLE.find(([beginning]) => code.startsWith(beginning));
  return known && new StoreUnavailableError(known[1], known[2]);
}

/** @throws {StoreUnavailableError} for an error of the disk or the file. */
export function orUnavailable<Value>(task: () => Value): Value {
  try {
    return task();
  } catch (error) {
    throw asUnavailable(error) ?? error;
  }
}
