/**
 * When something that failed is tried again: what the other side asks for, as far as it makes sense, else a wait that
 * grows, with chance in it so that many who failed together do not come back together. Pure: chance is given.
 */

/** Nobody is waited for longer. */
export const LONGEST_WAIT_MS = 15 * 60_000;
/** What asks for more than a day means something else: a bulk server is known to send milliseconds since 1970. */
const ABSURD_MS = 24 * 60 * 60_000;

/** Statuses after which the same request may go through later (RFC 9110 §15.5.9, §15.6; RFC 6585 §4; RFC 8470 §5.2). */
const TRANSIENT: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

export const isTransient = (status: number): boolean => TRANSIENT.has(status);

/**
 * Milliseconds that an answer's `Retry-After` asks for, in seconds or as an HTTP date (RFC 9110 §10.2.3), at least 0 and
 * at most LONGEST_WAIT_MS; undefined where there is none, or none that makes sense. A date is compared with the answer's
 * own `Date`, so that clocks which differ do not matter; where it has none, with our clock (`now`, milliseconds).
 */
export function retryAfter(headers: { readonly 'retry-after'?: string | undefined; readonly date?: string | undefined }, now = Date.now()): number | undefined {
  const text = headers['retry-after']?.trim() ?? '';
  const answered = httpDate(headers.date);
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : httpDate(text) - (Number.isNaN(answered) ? now : answered);
  return Number.isNaN(ms) || ms > ABSURD_MS ? undefined : Math.min(Math.max(ms, 0), LONGEST_WAIT_MS);
}

/** RFC 9110 §5.6.7; not a number for what is none. */
const httpDate = (text = ''): number => (/^[A-Z][a-z]{2}/.test(text) ? Date.parse(text) : Number.NaN);

export interface BackOff {
  /** The longest wait before the second attempt; doubled before each further one. */
  readonly baseMs: number;
  readonly mostMs: number;
}

export const BACK_OFF: BackOff = { baseMs: 500, mostMs: 60_000 };

/** Milliseconds before the attempt after number `attempt` (from 1): anything up to the longest, evenly ("full jitter"). */
export const backOff = (attempt: number, random: () => number, { baseMs, mostMs }: BackOff = BACK_OFF): number =>
  Math.floor(random() * Math.min(mostMs, baseMs * 2 ** (attempt - 1)));
