import { WRITE_OFF_RULES } from '../disposition/write-off-class.js';
import { centsOf, subtract, sum, type Cents } from '../money.js';
import type { EntryCode, LedgerEntry } from './entry.js';

/** What is still owed by the entries of a ledger, and by whom. Never stored: always Σ entries. */
export interface Balances {
  readonly total: Cents;
  readonly patient: Cents;
  /** What payers are asked for, and what no decision has placed yet. */
  readonly payers: Cents;
  /** Marked to be given back. */
  readonly refundDue: Cents;
}

const OF_PATIENT: ReadonlySet<EntryCode> = new Set<EntryCode>(['transfer-to-patient', 'patient-payment']);

/** What an entry is about, a reversal by what it takes back. */
export const kindOf = ({ code, reverses }: LedgerEntry): EntryCode => (code === 'reversal' ? (reverses ?? 'reversal') : code);

/** Whether an entry moves what the patient owes. */
export const isOfPatient = (entry: LedgerEntry): boolean => OF_PATIENT.has(kindOf(entry)) || (entry.writeOffClass !== undefined && WRITE_OFF_RULES[entry.writeOffClass].billable);

export function balancesOf(entries: readonly LedgerEntry[]): Balances {
  const total = amountOf(entries);
  // What the patient has paid too much is marked as a refund, which is no debt of the patient.
  const patient = centsOf(Math.max(0, amountOf(entries.filter(isOfPatient))));
  return { total, patient, payers: subtract(total, patient), refundDue: amountOf(entries.filter((entry) => kindOf(entry) === 'refund-due')) };
}

export const amountOf = (entries: readonly LedgerEntry[]): Cents => sum(entries.map(({ amount }) => amount));
