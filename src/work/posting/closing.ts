import type { Account, Basic, FhirResource, Task } from 'fhir/r4.js';
import { balancesOf } from '../../claims/ledger/balances.js';
import { LEDGER_CLAIM_SYSTEM, readEntry, type LedgerEntry } from '../../claims/ledger/entry.js';
import { formatCents, ZERO, type Cents } from '../../claims/money.js';
import type { Guard } from '../../fhir/guard.js';
import type { Issue } from '../../fhir/outcome.js';
import type { Resources } from '../../fhir/resources.js';
import { overrideOf } from '../queue/checklist.js';
import { GROUP_SYSTEM, workCodeOf } from '../task.js';

/**
 * Nothing is closed over an open balance (R113): the Task to resolve one is completed once nobody has to place any of it,
 * or with a reason (an output of type override); an Account becomes inactive once its entries add up to nothing.
 */
export const closingGuard = (resources: () => Pick<Resources, 'pages'>): Guard => ({
  types: new Set(['Account', 'Task']),
  async issues(before, after) {
    if (isClosed(before, after)) return issuesOf('account-not-balanced', 'Account.status', balancesOf(await entriesOf(`subject=Account/${after.id ?? ''}`, resources())).total, 'of the account is neither paid nor written off');
    const root = isResolved(before, after) ? (after as Task).groupIdentifier?.value : undefined;
    if (root === undefined) return [];
    const entries = [...(await entriesOf(`identifier=${LEDGER_CLAIM_SYSTEM}|${root}`, resources())), ...(await entriesOf(`entry-source=${root}&identifier:missing=true`, resources()))];
    if (entries.length === 0) return [issue('balance-unresolved', 'Task.status', 'Nothing is posted for these services yet: $resolve-balance with apply posts it')];
    return issuesOf('balance-unresolved', 'Task.status', balancesOf(entries).payers, 'is placed with nobody: $resolve-balance says what waits, or give the reason in an output of type override');
  },
});

const isClosed = (before: FhirResource | undefined, after: FhirResource): boolean =>
  after.resourceType === 'Account' && after.status === 'inactive' && before !== undefined && (before as Account).status !== 'inactive';

const isResolved = (before: FhirResource | undefined, after: FhirResource): boolean =>
  after.resourceType === 'Task' && workCodeOf(after) === 'resolve-balance' && after.groupIdentifier?.system === GROUP_SYSTEM
  && after.status === 'completed' && (before as Task | undefined)?.status !== 'completed' && overrideOf(after) === undefined;

async function entriesOf(query: string, resources: Pick<Resources, 'pages'>): Promise<LedgerEntry[]> {
  const found: LedgerEntry[] = [];
  for await (const page of resources.pages<Basic>('Basic', query)) found.push(...page.flatMap((basic) => readEntry(basic) ?? []));
  return found;
}

const issuesOf = (id: string, expression: string, open: Cents, text: string): Issue[] => (open === ZERO ? [] : [issue(id, expression, `${formatCents(open)} ${text}`)]);
const issue = (id: string, expression: string, text: string): Issue => ({ severity: 'error', code: 'business-rule', id, expression, text });
