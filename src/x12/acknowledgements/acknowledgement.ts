import type { Segment } from '../segment.js';

/** Whether what was sent goes on its way. Undefined: the code says neither. */
export type Verdict = 'accepted' | 'rejected' | undefined;

/** What a clearinghouse or payer says about the receipt of one thing that was sent. */
export interface Acknowledgement {
  /** The transaction set that says it, or the segment TA1 that stands in none. */
  readonly kind: 'TA1' | '997' | '999' | '277CA';
  /** ISA13 (TA1), GS06 or ST02 (997, 999) or BHT03 (277CA) of what was sent, where it is named by that. */
  readonly control?: number;
  /** ST02 of what is told apart from the rest of a group. */
  readonly except?: readonly number[];
  /** CLM01 of one claim (277CA, 2200D TRN02). */
  readonly claimNumber?: string;
  readonly verdict: Verdict;
  /** Why, in codes and places: `segment NM1 at 17: 8`, `A7:562:85`. They repeat no value that was sent. */
  readonly codes: readonly string[];
  /** What says so, as it came. */
  readonly segments: readonly Segment[];
}

/** AK901, IK501, TA104 (005010X231A1, X12.5): E is accepted with errors noted. */
export const RECEIPT: Readonly<Record<string, Verdict>> = { A: 'accepted', E: 'accepted', M: 'rejected', R: 'rejected', W: 'rejected', X: 'rejected' };

/** AK901: some of the transaction sets are accepted, and others are not. */
export const PARTLY = 'P';

/** STC01-1 (005010X214, code source 507): forwarded, received and accepted; returned, not found, split, and three kinds of rejected. */
export const CATEGORY: Readonly<Record<string, Verdict>> = { A0: 'accepted', A1: 'accepted', A2: 'accepted', A3: 'rejected', A4: 'rejected', A6: 'rejected', A7: 'rejected', A8: 'rejected' };
