/** The vocabulary of denial triage: categories in their order of urgency, and what each action means for what happens next. */
import type { AdjustmentGroup } from './model.js';

/**
 * Categories (`CodeSystem/denial-category`) by rank: where several codes stand on one line, the lowest rank says what to do
 * first (a claim sent to the wrong payer is not appealed for medical necessity). Rank 10 is no denial: money explained, not
 * refused. `needs-human` is a code that the tables don't have.
 */
const RANKS = {
  'crossover': 1, 'duplicate': 1, 'pending': 1,
  'cob-order': 2, 'cob-info': 2, 'other-liability': 2, 'benefit-type': 2,
  'eligibility': 3, 'eligibility-wrong-payer': 3, 'provider-eligibility': 3, 'network': 3,
  'info-missing': 4,
  'authorization': 5,
  'timely-filing': 6, 'appeal-limits': 6,
  'medical-necessity': 7,
  'coding': 8, 'bundling': 8,
  'non-covered': 9, 'general-denial': 9, 'appeal-result': 9, 'needs-human': 9,
  'contractual': 10, 'patient-responsibility': 10, 'qmb': 10, 'payment-to-patient': 10, 'informational': 10,
} as const;

export type Category = keyof typeof RANKS;
export const rankOf = (category: Category): number => RANKS[category];
export const NOT_A_DENIAL = 10;

export type Action =
  | 'appeal' | 'appeal-primary' | 'bill-next-payer' | 'bill-next-payer-then-patient' | 'bill-other-payer' | 'bill-patient'
  | 'close-duplicate' | 'contact-patient' | 'correct-and-resubmit' | 'fix-at-primary' | 'informational' | 'needs-human'
  | 'next-appeal-level' | 'post-payment' | 'review' | 'split-rebill' | 'verify-rebill' | 'wait' | 'write-off';

/** May the patient be billed? Codes of `CodeSystem/patient-billable`; `conditional`: a person must check the condition. */
export type PatientBillable = 'yes' | 'no' | 'after-all-payers' | 'by-group' | 'patient-group-only' | 'with-notice' | 'conditional';

export interface CodeTriage {
  readonly codeType: 'CARC' | 'RARC';
  readonly code: string;
  /** Groups that the CARC may stand in; empty for a RARC. */
  readonly groups: readonly AdjustmentGroup[];
  readonly category: Category;
  readonly action: Action;
  readonly patientBillable: PatientBillable;
  readonly appealable: boolean;
  readonly meaning: string;
  readonly detail: string;
  /** What to have at hand. */
  readonly documents: readonly string[];
  readonly position: number;
}

/** A refusal that is another payer's to consider: its amount belongs to the residual. */
export const PAYABLE_ELSEWHERE: ReadonlySet<Action> = new Set<Action>(['bill-next-payer', 'bill-next-payer-then-patient', 'bill-other-payer', 'verify-rebill']);

/** These say nothing that can be acted on without their RARC. */
export const READ_REMARK_FIRST: ReadonlySet<string> = new Set(['16', '96', '129', '226', '227', '251', '252', 'A1']);
