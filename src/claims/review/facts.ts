import type { Category } from '../triage.js';

/**
 * What a review counts, of the claims for the same services: the first claim and those to its later payers. Made from
 * what is stored, kept beside it, and JSON as it stands. Days are YYYY-MM-DD, amounts whole cents, references relative.
 */
export interface ChainFacts {
  /** The first claim, `Claim/1`. */
  readonly claim: string;
  /** Codes of Claim.type and Claim.subType, e.g. `professional`: its service line. */
  readonly lines: readonly string[];
  /** The day that filing limits count from. */
  readonly service?: string | undefined;
  readonly charge: number;
  /** The payers in their order on the claims. */
  readonly turns: readonly TurnFacts[];
  readonly denials: readonly DenialFacts[];
  /** Claims that replaced an earlier one. */
  readonly corrections: number;
  readonly missed?: MissedFacts | undefined;
  /** What is not settled, and whose turn it is. */
  readonly open?: OpenFacts | undefined;
  readonly writeOffs: readonly WriteOffFacts[];
  /** The day on which nothing was left. */
  readonly settled?: string | undefined;
  readonly ledger: LedgerFacts;
  readonly work: readonly WorkFacts[];
}

/** One payer's turn. */
export interface TurnFacts {
  readonly coverage: string;
  /** `Organization/1`; undefined where the coverage names none. */
  readonly payer?: string | undefined;
  /** The claim that it has or had, `Claim/1`; undefined where a payer before forwarded it. */
  readonly claim?: string | undefined;
  readonly sent?: string | undefined;
  /** The last day on which it takes the claim. */
  readonly due?: string | undefined;
  readonly decided?: string | undefined;
  /** The first entry of its decision in the ledger. */
  readonly posted?: string | undefined;
  /** Its first decision refused something. */
  readonly denied?: boolean | undefined;
  readonly paid: number;
}

/** One adjustment that refused. */
export interface DenialFacts {
  readonly payer?: string | undefined;
  /** Of the decision. */
  readonly day: string;
  /** Group, CARC and the RARC that decided: `CO-16 N382`. */
  readonly reason: string;
  readonly category: Category;
  readonly action: string;
  readonly amount: number;
}

/** A claim that should have gone to a next payer (`$missed-secondary`). */
export interface MissedFacts {
  readonly payer?: string | undefined;
  readonly coverage: string;
  readonly residual: number;
  readonly deadline?: string | undefined;
  /** It was forwarded: it counts from this day on. */
  readonly notBefore?: string | undefined;
  readonly patientBilled: boolean;
}

/** Whose turn it is: a payer by its place, the patient, or ours where every payer has decided and nobody has settled it. */
export const RESPONSIBLE = ['payer-1', 'payer-2', 'payer-3', 'patient', 'practice'] as const;
export type Responsible = (typeof RESPONSIBLE)[number];

/** Amounts that are still owed: by a payer or by us, and by the patient. */
export type OpenFacts = { readonly [R in Responsible]?: number };

export interface WriteOffFacts {
  readonly class: string;
  readonly day: string;
  /** Written off; negative: taken back. */
  readonly amount: number;
  readonly payer?: string | undefined;
  /** The class that it was taken from, where the same amount was written off in another one before. */
  readonly instead?: string | undefined;
}

/** The claims beside the ledger. */
export interface LedgerFacts {
  readonly entries: number;
  readonly charged: number;
  /** What payers have paid, by the ledger and by their decisions. */
  readonly posted: number;
  readonly decided: number;
  /** Why they differ: a Task that says so and is open, `Task/1`. */
  readonly task?: string | undefined;
}

/** A piece of the queue. */
export interface WorkFacts {
  /** `CodeSystem/work`. */
  readonly code: string;
  /** Who has it, or ended it. */
  readonly owner?: string | undefined;
  readonly made: string;
  readonly done?: string | undefined;
  readonly isOpen: boolean;
  /** The deadline. */
  readonly due?: string | undefined;
  /** What is at stake. */
  readonly amount?: number | undefined;
  readonly sittings: readonly SittingFacts[];
  /** Of a submission: the claim, its checklists with their versions, and whether it went on without them. */
  readonly claim?: string | undefined;
  readonly checklists?: readonly string[] | undefined;
  readonly overridden?: boolean | undefined;
  /** Of an audit: the items that were answered no. */
  readonly wrong?: readonly string[] | undefined;
}

/** Time that somebody worked on it at one go. */
export interface SittingFacts {
  readonly who: string;
  readonly day: string;
  readonly seconds: number;
  readonly touches: number;
}
