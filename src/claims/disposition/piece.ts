import type { Cents } from '../money.js';
import type { WriteOffClass } from './write-off-class.js';

/** An amount that is nobody's to pay, and the rule that says so. */
export interface Piece {
  /** Line of the claim; undefined where the payers decided on the claim alone. */
  readonly line?: number | undefined;
  readonly class: WriteOffClass;
  readonly amount: Cents;
  /** The coverage whose decision it rests on. */
  readonly coverage: string;
  /** Id of a row of the disposition rules. */
  readonly rule: DispositionRule;
  /** A person must say so, whatever the amount: the rule leaves a choice. */
  readonly needsPerson: boolean;
}

/** Rules by which an amount finds its bearer. */
export type DispositionRule = keyof typeof DISPOSITION_RULES;

/** What each rule says, with its source. Rows that begin with `patient` leave the amount to the patient, all others never do. */
export const DISPOSITION_RULES = {
  'patient-responsibility': { text: 'The last payer that lists patient responsibility leaves it to the patient', citation: 'X12 CAS01 PR; domain/cob-rules.md §5 (5)' },
  'patient-kept': { text: 'A later payer that has no contract with us, or states no CO, does not take the earlier payer’s PR off the patient', citation: 'domain/cob-rules.md §5: PR stays PR unless the secondary says CO under contract' },
  'patient-medicaid-share': { text: 'Medicaid’s own copayment, share of cost or spend-down', citation: '42 CFR 447.50–.57; CARC 3, 142, 178' },
  'provider-contractual': { text: 'The payer’s contract or fee schedule takes it off the charge', citation: 'X12 CAS01 CO; CARC 45, 59, 131, 253' },
  'provider-refused': { text: 'The payer refused it at the provider’s expense', citation: 'X12 CAS01 CO; domain/carc-triage.json' },
  'provider-prior-effect': { text: 'The later payer, under contract, counts the earlier payment and owes nothing more', citation: 'X12 CARC 23; domain/cob-rules.md §5 secondary-allowed' },
  'provider-later-contract': { text: 'The later payer’s contract takes off what the earlier payer left', citation: 'X12 CAS01 CO of a later payer under contract; domain/cob-rules.md §5' },
  'provider-medicaid-full': { text: 'What Medicaid has decided is payment in full but for its own copayment', citation: '42 CFR 447.15; 42 USC 1396a(n)(2)' },
  'provider-qmb': { text: 'Medicare cost share of a QMB, whatever group it stands in', citation: '42 USC 1396a(n)(3); CARC 209, 303; RARC N781–N783' },
  'provider-work-injury': { text: 'The workers’ compensation carrier has paid: the injured worker is held harmless', citation: 'state workers’ compensation law (unverified); domain/cob-rules.md §1.3 M5' },
  'provider-other-group': { text: 'Neither the payer’s contract nor the patient: the code is read by a person', citation: 'X12 CAS01 OA, PI; domain/cob-rules.md §5' },
  'provider-filing-limit': { text: 'The next payer’s filing limit has passed: our lateness is not the patient’s', citation: '42 CFR 424.44, 489.21; domain/cob-rules.md §5 timely-filing' },
  'provider-unplaced': { text: 'A payer named another payer, and none has taken it', citation: 'X12 CAS01 CO, OA; domain/cob-rules.md §5' },
} as const satisfies Readonly<Record<string, { readonly text: string; readonly citation: string }>>;
