import type { Basic, FhirResource } from 'fhir/r4.js';
import { kindOf } from '../../claims/ledger/balances.js';
import { isLedgerEntry, readEntry, type EntryCode, type LedgerEntry } from '../../claims/ledger/entry.js';
import { isDerived } from '../../claims/ledger/reconcile.js';
import type { Guard } from '../../fhir/guard.js';
import type { Issue } from '../../fhir/outcome.js';

const TEXT = 'A ledger entry is made once and never changed or deleted: answer a mistake by a new entry of code reversal';
const FORBIDDEN: Issue = { severity: 'error', code: 'business-rule', id: 'ledger-entry-immutable', expression: 'Basic', text: TEXT };

/** Entries of the ledger may be made, each with what explains it, and never changed or deleted (R120, R152). What is no entry is as R4 has it, and does not become one. */
export const ledgerGuard: Guard = {
  types: new Set(['Basic']),
  async issues(before, after) {
    if (before !== undefined) return isEntry(before) || isEntry(after) ? [FORBIDDEN] : [];
    return isEntry(after) ? unexplained(after) : [];
  },
  deletion: (before) => (isEntry(before) ? [FORBIDDEN] : []),
};

const isEntry = (resource: FhirResource): resource is Basic => resource.resourceType === 'Basic' && isLedgerEntry(resource);

interface EntryRule {
  readonly id: string;
  readonly isBroken: (entry: LedgerEntry) => boolean;
  readonly text: string;
}

/** Who bears an amount follows from the decisions, and is nobody's to write. */
const DECIDED: ReadonlySet<EntryCode> = new Set<EntryCode>(['transfer-to-patient', 'transfer-to-payer']);

/** What an entry must say; no lump sums (R120). */
const RULES: readonly EntryRule[] = [
  { id: 'ledger-entry-source', isBroken: ({ source }) => source === '', text: 'An entry names what caused it (entry-source): a claim, a decision or a payment' },
  { id: 'ledger-entry-account', isBroken: ({ account }) => !account.startsWith('Account/'), text: 'An entry has the Account of the patient as its subject' },
  { id: 'ledger-entry-reason', isBroken: (entry) => !isDerived(entry) && (entry.reason ?? '').trim() === '', text: 'An entry that somebody makes says why (reason)' },
  { id: 'ledger-entry-class', isBroken: (entry) => entry.code === 'write-off' && (entry.writeOffClass === undefined || (!isDerived(entry) && (entry.approvedBy ?? []).length === 0)), text: 'A write-off has its class and who approved it: $resolve-balance makes it' },
  { id: 'ledger-entry-decided', isBroken: (entry) => !isDerived(entry) && DECIDED.has(kindOf(entry)), text: 'What reaches the patient follows from the payers’ decisions: $resolve-balance posts it' },
];

function unexplained(basic: Basic): Issue[] {
  const expression = basic.extension ? 'Basic.extension' : 'Basic';
  const entry = readEntry(basic);
  if (!entry) return [{ severity: 'error', code: 'business-rule', id: 'ledger-entry-amount', expression, text: 'An entry has an amount in whole cents of USD, and a code of the ledger' }];
  return RULES.filter(({ isBroken }) => isBroken(entry)).map(({ id, text }) => ({ severity: 'error', code: 'business-rule', id, expression, text }));
}
