import { firstStampOf } from '../stamp.js';
import type { Compare } from '../store.js';
import type { Of } from './leaf.js';

/** Stamps in [from, before), or with `not` all others; an end that is undefined is open. */
export interface StampRange {
  readonly from?: number;
  readonly before?: number;
  readonly not?: boolean;
}

const RANGES: Readonly<Record<Compare, (low: number, high: number) => StampRange>> = {
  eq: (from, before) => ({ from, before }),
  ap: (from, before) => ({ from, before }),
  ne: (from, before) => ({ from, before, not: true }),
  gt: (_low, from) => ({ from }),
  sa: (_low, from) => ({ from }),
  ge: (from) => ({ from }),
  lt: (before) => ({ before }),
  eb: (before) => ({ before }),
  le: (_low, before) => ({ before }),
};

/** What a comparison with `_lastUpdated` (R4 §3.1.1.4.5) asks of a stamp, which stands for one millisecond. */
export const stampRange = ({ compare, low, high }: Of<'interval'>): StampRange => RANGES[compare](firstStampOf(low), firstStampOf(high));
