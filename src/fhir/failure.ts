import { ConflictError, SearchRefusedError, StoreUnavailableError } from '../store/store.js';
import type { FhirResponse, LogEntry } from './interactions/interaction.js';
import { conflict } from './interactions/written.js';
import { FhirError, type Issue } from './outcome.js';

/** Seconds after which a store that could not take a write is worth another try. */
const RETRY_AFTER = '2';

/** The one place where an error becomes an answer. What is not foreseen is a 500 that says nothing of its cause, and a line of the log. */
export function failure(error: unknown, requestId: string, log: (entry: LogEntry) => void): FhirResponse {
  const known = asFhirError(error);
  if (!known) {
    log({ level: 'error', event: 'request failed', requestId, ...whereFrom(error) });
    return failure(new FhirError(500, { severity: 'fatal', code: 'exception', text: 'The server failed on this request. It is logged under the X-Request-Id of this answer' }), requestId, log);
  }
  if (error instanceof StoreUnavailableError) log({ level: 'error', event: 'store unavailable', requestId, reason: error.reason });
  return { status: known.status, body: Buffer.from(JSON.stringify(known.outcome)), tellsOutcome: true, headers: known.headers };
}

const REFUSED_SEARCHES: Readonly<Record<SearchRefusedError['reason'], [status: number, issue: Issue]>> = {
  complex: [400, { severity: 'error', code: 'too-costly', text: 'The search has too many conditions: ask for less at once' }],
  cursor: [400, { severity: 'error', code: 'invalid', text: 'The page link is not one of this store: begin the search again' }],
  slow: [400, { severity: 'error', code: 'too-costly', id: 'search-time', text: 'The search took longer than a search may take on this server (COBALT_SEARCH_SECONDS) and was stopped: ask for less, such as one patient, a shorter period, the beginning of a text instead of :contains, or no _total' }],
  included: [422, { severity: 'error', code: 'too-costly', text: 'The search would include more than 2,000 resources: take a smaller _count, or include less' }],
};

function asFhirError(error: unknown): FhirError | undefined {
  if (error instanceof FhirError) return error;
  if (error instanceof ConflictError) return conflict(error.code, undefined);
  if (error instanceof SearchRefusedError) return new FhirError(...REFUSED_SEARCHES[error.reason]);
  if (!(error instanceof StoreUnavailableError)) return undefined;
  if (error.reason === 'full') return new FhirError(507, { severity: 'fatal', code: 'no-store', text: 'The store is full: nothing was written. Free space, then repeat the request' });
  if (error.reason === 'unsupported') return new FhirError(501, { severity: 'error', code: 'not-supported', text: 'The store of this server has no transactions: nothing was written. Send one resource at a time, or run its MongoDB as a replica set' });
  return new FhirError(503, { severity: 'error', code: 'transient', text: 'The store can take no more now: nothing was written. Repeat the request later' }, { 'Retry-After': RETRY_AFTER });
}

/** Name, code and call stack, but not the message: those of others (JSON.parse, SQLite) quote what they were given. */
function whereFrom(error: unknown): { readonly error: string; readonly code?: string; readonly stack: readonly string[] } {
  if (!(error instanceof Error)) return { error: typeof error, stack: [] };
  const { code } = error as { code?: unknown };
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return { error: error.name, ...(typeof code === 'string' ? { code } : {}), stack: frames.slice(0, 12).map((line) => line.trim()) };
}
