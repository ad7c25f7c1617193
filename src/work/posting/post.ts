import type { Claim, Provenance, Task } from 'fhir/r4.js';
import { targetsOf } from '../../claims/ledger/target.js';
import { entriesToPost } from '../../claims/ledger/reconcile.js';
import { toBasic, type LedgerEntry } from '../../claims/ledger/entry.js';
import { FhirError } from '../../fhir/outcome.js';
import type { ResourceChange, Resources } from '../../fhir/resources.js';
import type { FindPlaybook } from '../queue/playbooks.js';
import { digest } from '../task.js';
import { accountOf } from './account.js';
import { ledgerState, type LedgerState, type StateOptions } from './state.js';
import { postingTasks } from './tasks.js';

export interface PostingContext {
  readonly resources: Resources;
  readonly find: FindPlaybook;
  readonly now: Date;
}

export interface Posted {
  readonly state: LedgerState;
  /** The ledger of the claim as it stands now. */
  readonly entries: readonly LedgerEntry[];
}

/** So often what is stored is looked at anew: each time because somebody else has written meanwhile. */
const MEETINGS = 10;

/**
 * Brings the ledger of a claim and of its next payers' claims to what is known: adds the entries that are missing, in one
 * commit with the account, the Tasks, and what `beside` adds. Then looks again, until nothing is left to add: whoever
 * posts from older knowledge at the same time mends it.
 * @throws {FhirError} 412 when others change the same claims all the time. @throws {RangeError} amounts that are too large to be added exactly.
 */
export async function post(claim: Claim, options: StateOptions, context: PostingContext, beside: (state: LedgerState, posted: readonly LedgerEntry[]) => readonly (Provenance | Task)[] = () => []): Promise<Posted> {
  const { resources, now } = context;
  for (let meetings = 1; ; meetings++) {
    const state = await ledgerState(claim, resources, options);
    const account = await accountOf(state.chain, resources);
    const made = entriesToPost(targetsOf(state.facts), state.entries, { root: state.facts.root, account: account.reference, created: now.toISOString().slice(0, 10), digest });
    const others = [...postingTasks(state, context), ...beside(state, made)];
    const changes: ResourceChange[] = [...account.changes, ...made.map((entry) => ({ put: toBasic(entry), expectVersion: 0 })), ...others.map((put) => ({ put, ifAbsent: true }))];
    if (made.length === 0 && meetings > 1) return { state, entries: state.entries };
    try {
      if (changes.length > 0) await resources.commit(changes, { orInOrder: true });
      if (made.length === 0) return { state, entries: state.entries };
    } catch (error) {
      if (!(error instanceof FhirError) || error.status !== 412 || meetings >= MEETINGS) throw error;
    }
  }
}
