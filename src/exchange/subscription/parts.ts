import type { Caller } from '../../fhir/access/caller.js';
import type { Journal } from '../../fhir/journal.js';
import type { LogEntry } from '../../fhir/interactions/interaction.js';
import type { Resources } from '../../fhir/resources.js';
import type { Search } from '../../fhir/search/index.js';
import type { Secrets } from '../../fhir/secrets.js';
import type { BackOff, Outbound } from '../../outbound/index.js';

/** What subscriptions are served with. */
export interface SubscriptionParts {
  readonly journal: Journal;
  /** The same as far as a caller may see it; undefined: all of it. */
  readonly journalOf: (caller: Caller | undefined) => Journal;
  /** Whether tokens of an issuer are still accepted. */
  readonly trusts: (issuer: string) => boolean;
  readonly resources: Resources;
  readonly search: Search;
  readonly secrets: Secrets;
  readonly outbound: Outbound;
  /** Records that resources (`Type/id`) went to an endpoint; undefined where that may go on at once. */
  readonly disclosed: (resources: readonly string[], recipient: string) => Promise<void> | undefined;
  /** The FHIR base as clients see it, without a slash at the end. */
  readonly baseUrl: string;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly log: (entry: LogEntry) => void;
  /** From 0 to 1, for the waits between attempts. */
  readonly random: () => number;
  readonly timing?: Partial<Timing> | undefined;
}

/** The same for one that is served: with which timing, and in which process. */
export interface ServingParts extends SubscriptionParts {
  readonly timing: Timing;
  /** Names this process. */
  readonly owner: string;
}

export interface Timing {
  /** So many attempts in a row fail before the subscription's status is `error`; it is tried on all the same. */
  readonly attempts: number;
  /** Milliseconds of nothing but failures after which it is `off`. */
  readonly offAfterMs: number;
  readonly backOff: BackOff;
  /** Milliseconds between two looks when nobody wakes it. */
  readonly pollMs: number;
  /** Milliseconds for which a process has a subscription for itself: longer than any one request takes. */
  readonly leaseMs: number;
}

const DAY_MS = 24 * 3_600_000;
const TIMING: Timing = { attempts: 5, offAfterMs: 3 * DAY_MS, backOff: { baseMs: 1_000, mostMs: 5 * 60_000 }, pollMs: 30_000, leaseMs: 120_000 };
/** Where other processes commit too, whose commits wake nobody here. */
const SHARED_POLL_MS = 1_000;

export const timingOf = ({ timing, journal }: Pick<SubscriptionParts, 'timing' | 'journal'>): Timing => ({ ...TIMING, ...(journal.settlingMs > 0 ? { pollMs: SHARED_POLL_MS } : {}), ...timing });
