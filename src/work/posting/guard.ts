import type { FhirResource } from 'fhir/r4.js';
import { isLedgerEntry } from '../../claims/ledger/entry.js';
import type { Guard } from '../../fhir/guard.js';
import type { Issue } from '../../fhir/outcome.js';

const TEXT = 'A ledger entry is made once and never changed or deleted: answer a mistake by a new entry of code reversal';
const FORBIDDEN: Issue = { severity: 'error', code: 'business-rule', id: 'ledger-entry-immutable', expression: 'Basic', text: TEXT };

/** Entries of the ledger may be made, and never changed or deleted (R120, R152). What is no entry is as R4 has it, and does not become one. */
export const ledgerGuard: Guard = {
  types: new Set(['Basic']),
  async issues(before, after) {
    return before !== undefined && (isEntry(before) || isEntry(after)) ? [FORBIDDEN] : [];
  },
  deletion: (before) => (isEntry(before) ? [FORBIDDEN] : []),
};

const isEntry = (resource: FhirResource): boolean => resource.resourceType === 'Basic' && isLedgerEntry(resource);
