import { mongo } from 'mongoose';
import { StoreUnavailableError } from '../store.js';

const DUPLICATE_KEY = 11_000;
/** `OutOfDiskSpace` of MongoDB. */
const DISK_FULL = 14_031;

export const isDuplicateKey = (error: unknown): boolean => error instanceof mongo.MongoServerError && error.code === DUPLICATE_KEY;

/**
 * The server has no transactions, and a commit would write more than one resource, or search for what it has not written
 * yet. Nothing was written.
 */
export class TransactionsMissingError extends StoreUnavailableError {
  constructor() {
    super('unsupported', 'This MongoDB server has no transactions, which a change of several resources needs: run it as a replica set, or send one resource at a time.');
    this.name = 'TransactionsMissingError';
  }
}

/**
 * What MongoDB or the way to it refuses, in the words of the port; the driver's own words may quote what was written.
 * Undefined: something else.
 */
export function asUnavailable(error: unknown): StoreUnavailableError | undefined {
  if (error instanceof StoreUnavailableError || !(error instanceof mongo.MongoError)) return undefined;
  if (error.code === DISK_FULL) return new StoreUnavailableError('full', 'The disk of the MongoDB server is full.');
  if (error instanceof mongo.MongoNetworkError || error instanceof mongo.MongoServerSelectionError || error instanceof mongo.MongoDriverError) {
    return new StoreUnavailableError('failed', `The MongoDB server cannot be reached (${error.name}).`);
  }
  return error instanceof mongo.MongoServerError && isPassing(error) ? new StoreUnavailableError('busy', `The MongoDB server is busy (${error.codeName ?? error.name}).`) : undefined;
}

const PASSING = ['TransientTransactionError', 'RetryableWriteError', 'UnknownTransactionCommitResult', 'RetryableError'];
/** `MaxTimeMSExpired`, and a write that a majority did not confirm in time. */
const TIMED_OUT = new Set<unknown>([50, 64]);

const isPassing = (error: mongo.MongoServerError): boolean => TIMED_OUT.has(error.code) || PASSING.some((label) => error.hasErrorLabel(label));
