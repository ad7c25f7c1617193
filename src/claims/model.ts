/**
 * The one exact model of an adjudication: what a payer decided about a claim, in integer cents.
 * Read from ClaimResponse, ExplanationOfBenefit (base R4 and CARIN BB) and the X12 835; written back to them.
 */
import type { Cents } from './money.js';

/** X12 CAS01. `CR` exists in 4010 files: read, never written. */
export type AdjustmentGroup = 'CO' | 'PR' | 'OA' | 'PI' | 'CR';

/** One X12 CAS trio. A positive amount reduces what the payer pays, a negative one increases it. */
export interface Adjustment {
  readonly group: AdjustmentGroup;
  /** CARC, verbatim, known or not. */
  readonly reason: string;
  readonly amount: Cents;
  /** CAS quantity, where stated. */
  readonly quantity?: number;
}

/**
 * A row that names an adjustment without its group, its CARC or an exact amount (CARIN BB asks for none of the three).
 * Kept as it came, counted in no sum, never guessed into a group.
 */
export interface IncompleteAdjustment {
  readonly group?: string;
  readonly reason?: string;
  readonly amount?: Cents;
  readonly quantity?: number;
}

/** Amounts as stated; undefined where the source states none. */
export interface StatedAmounts {
  readonly charge?: Cents;
  readonly allowed?: Cents;
  /** To the provider. Categories `benefit` and C4BB `paidtoprovider` say the same and are never summed. */
  readonly paid?: Cents;
  /** Paid to the patient instead; not part of `paid` (X12 shows it as CARC 100). */
  readonly paidToPatient?: Cents;
  /** Views of PR-1, PR-2 and PR-3: never summed beside the adjustments. */
  readonly deductible?: Cents;
  readonly coinsurance?: Cents;
  readonly copay?: Cents;
  readonly memberLiability?: Cents;
  readonly noncovered?: Cents;
  readonly priorPayerPaid?: Cents;
  readonly patientPaid?: Cents;
  /** C4BB `discount`: a reduction without group or CARC. */
  readonly discount?: Cents;
}

export interface AdjudicatedLine {
  /** `Claim.item.sequence` that the payer answered (the first, where a line joins several). */
  readonly sequence: number;
  /** The other claim lines that it answers, where it joins several. */
  readonly joined?: readonly number[];
  /** `addItem`: the payer's own line, instead of claim lines (`replaces`) or beside them (`new`: numbered after the last). */
  readonly added?: 'replaces' | 'new';
  readonly stated: StatedAmounts;
  readonly adjustments: readonly Adjustment[];
  readonly incomplete?: readonly IncompleteAdjustment[];
  /** RARCs, verbatim. */
  readonly remarks: readonly string[];
  /** `eligpercent`, verbatim: payers write 80 or 0.8. */
  readonly coveredPercent?: number;
  /** The service as adjudicated (SVC01, SVC05), where the source states one. */
  readonly service?: { readonly system?: string; readonly code: string; readonly modifiers: readonly string[]; readonly quantity?: number };
  /** YYYY-MM-DD, both the same for one day. */
  readonly serviced?: { readonly start: string; readonly end: string };
  /** FHIRPath of the line in its source, e.g. `ClaimResponse.item[0]`. */
  readonly expression: string;
}

export interface Adjudication {
  readonly source: { readonly resourceType: 'ClaimResponse' | 'ExplanationOfBenefit'; readonly reference: string | undefined };
  readonly status: string;
  readonly use: string;
  /** `queued` `complete` `error` `partial`. */
  readonly outcome: string;
  /** X12 CLP02, verbatim, where known. */
  readonly eraStatus?: string;
  /** Payer's claim control number (CLP07). */
  readonly payerClaimNumber?: string;
  /** Claim number echoed by the payer (CLP01). */
  readonly providerClaimNumber?: string;
  /** The claim answered, as a relative reference. */
  readonly claim?: string;
  readonly patient?: string;
  readonly insurer?: string;
  /** The coverage that decided (focal row), as a relative reference. */
  readonly coverage?: string;
  /** Payment date (BPR16), else creation date (DTM*405); YYYY-MM-DD. */
  readonly date: string;
  readonly stated: StatedAmounts;
  /** Claim-level CAS only; those of lines stand on the lines. */
  readonly adjustments: readonly Adjustment[];
  readonly incomplete?: readonly IncompleteAdjustment[];
  readonly lines: readonly AdjudicatedLine[];
  /** Claim-level RARCs (MOA, MIA, header). */
  readonly remarks: readonly string[];
  /** AMT*I: beside `paid`, never in it. */
  readonly interest?: Cents;
  /** NM1*TT: carrier the claim was forwarded to, as a reference or a display. */
  readonly crossoverCarrier?: { readonly reference?: string; readonly display?: string };
}

/** One equation of the 835 that does not hold: R1 (`line`), R2 (`claim`) or R2b (`lines-to-claim`). */
export interface Imbalance {
  readonly level: 'line' | 'claim' | 'lines-to-claim';
  /** Line, where `level` is `line`. */
  readonly sequence?: number;
  readonly charge: Cents;
  readonly paid: Cents;
  readonly adjustments: Cents;
  /** Σ of the lines' charges, where `level` is `lines-to-claim`. */
  readonly lineCharges?: Cents;
  /** charge − paid − adjustments, or charge − lineCharges; never 0. */
  readonly difference: Cents;
  readonly expression: string;
  /** The equation in words, both sides with their amounts. */
  readonly text: string;
}

/** Something noticed; never silently repaired. */
export interface Finding {
  readonly code: string;
  readonly severity: 'error' | 'warning' | 'information';
  readonly expression: string;
  readonly text: string;
}
