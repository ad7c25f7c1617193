import type { BackOff } from '../../outbound/index.js';

export interface BulkTiming {
  /** Milliseconds for which what came of a job is kept. */
  readonly keptMs: number;
  /** Between two looks for jobs that others have left. */
  readonly pollMs: number;
  /** For which a process has a job for itself. */
  readonly leaseMs: number;
  /** Between two versions of a Task that say how far its job is. */
  readonly tellingMs: number;
  /** Between attempts to read an input, and how many there are. */
  readonly backOff: BackOff;
  readonly attempts: number;
}

export const TIMING: BulkTiming = { keptMs: 24 * 3_600_000, pollMs: 15_000, leaseMs: 60_000, tellingMs: 5_000, backOff: { baseMs: 1_000, mostMs: 60_000 }, attempts: 6 };
