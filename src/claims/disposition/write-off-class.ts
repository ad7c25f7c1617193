/** Why an amount is not collected (`CodeSystem/write-off-class`). */
export type WriteOffClass =
  | 'contractual' | 'secondary-allowed' | 'medicaid-lesser' | 'qmb' | 'non-covered-provider-liable' | 'timely-filing' | 'administrative'
  | 'bad-debt' | 'charity' | 'small-balance' | 'courtesy' | 'bankruptcy-or-deceased';

export interface WriteOffRule {
  /** Whether the patient owed it, and could have been billed. */
  readonly billable: boolean;
  /** `none`: law or contract leave no choice; `by-amount`: as the clinic's thresholds say; `person`: one always, two from the upper threshold. */
  readonly approval: 'none' | 'by-amount' | 'person';
  readonly reason: string;
  readonly citation: string;
}

/** Every class with who may be billed for it (domain/cob-rules.md §5). What the patient owed is given up only by a person's decision about that patient. */
export const WRITE_OFF_RULES: Readonly<Record<WriteOffClass, WriteOffRule>> = {
  contractual: { billable: false, approval: 'none', reason: 'Above what the payer allows by its contract', citation: 'X12 CAS01 CO; CARC 45, 59, 131, 253' },
  'secondary-allowed': { billable: false, approval: 'none', reason: 'The payers together have reached the fee of the later payer’s contract', citation: 'X12 CARC 23 with nothing due, CO-45 of a later payer under contract' },
  'medicaid-lesser': { billable: false, approval: 'none', reason: 'Medicaid pays no more, and what it pays is payment in full', citation: '42 USC 1396a(n)(2); 42 CFR 447.15' },
  qmb: { billable: false, approval: 'none', reason: 'Medicare cost share of a qualified Medicare beneficiary', citation: '42 USC 1396a(n)(3)' },
  'non-covered-provider-liable': { billable: false, approval: 'by-amount', reason: 'Not covered, and the patient did not agree to pay beforehand', citation: 'X12 CAS01 CO; CARC 50, 96; 42 USC 1395pp' },
  'timely-filing': { billable: false, approval: 'by-amount', reason: 'The claim was filed too late', citation: 'CARC 29; 42 CFR 424.44, 489.21' },
  administrative: { billable: false, approval: 'by-amount', reason: 'Information or an authorization that we owed was missing', citation: 'X12 CAS01 CO; CARC 16, 197, 226' },
  'bad-debt': { billable: true, approval: 'person', reason: 'The patient owed it, and collection has failed', citation: 'domain/cob-rules.md §5; 42 CFR 413.89' },
  charity: { billable: true, approval: 'person', reason: 'The patient’s need was tested by the written policy', citation: 'domain/cob-rules.md §5; 42 USC 1320a-7a(i)(6)' },
  'small-balance': { billable: true, approval: 'person', reason: 'Less than it costs to collect, by the documented policy', citation: 'domain/cob-rules.md §5' },
  courtesy: { billable: true, approval: 'person', reason: 'Waived as a favour', citation: '42 USC 1320a-7b(b): a habit of waiving cost shares is unlawful' },
  'bankruptcy-or-deceased': { billable: true, approval: 'person', reason: 'A court notice or a death bars collection', citation: '11 USC 524(a)' },
};

/** What the clinic lets be written off, in cents. */
export interface WriteOffPolicy {
  /** From this amount on one person approves a class that is approved by amount. */
  readonly oneFrom: number;
  /** From this amount on two people approve. */
  readonly twoFrom: number;
  /** A balance up to this is small. */
  readonly smallBalance: number;
}

export const DEFAULT_POLICY: WriteOffPolicy = { oneFrom: 2_500, twoFrom: 50_000, smallBalance: 1_000 };

/** How many people must have approved a write-off of this class and amount. */
export function approversNeeded(of: WriteOffClass, amount: number, { oneFrom, twoFrom }: WriteOffPolicy): 0 | 1 | 2 {
  const { approval } = WRITE_OFF_RULES[of];
  if (approval === 'none') return 0;
  if (amount >= twoFrom) return 2;
  return approval === 'person' || amount >= oneFrom ? 1 : 0;
}

export const isWriteOffClass = (code: string | undefined): code is WriteOffClass => code !== undefined && Object.hasOwn(WRITE_OFF_RULES, code);
