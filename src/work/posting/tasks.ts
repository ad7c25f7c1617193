import type { Task } from 'fhir/r4.js';
import { sum } from '../../claims/money.js';
import { targetsOf } from '../../claims/ledger/target.js';
import { because } from '../automation/draft.js';
import { withPlaybook, type FindPlaybook } from '../queue/playbooks.js';
import { AUTOMATION, toTask, type WorkItem } from '../task.js';
import type { LedgerState } from './state.js';

/** What posting leaves to people: payments that are not what the remittance says (R114), and money to be given back (R028). */
export function postingTasks(state: LedgerState, { find, now }: { readonly find: FindPlaybook; readonly now: Date }): Task[] {
  return [...state.mismatches.map(({ decision, text }) => mismatch(decision, text, state)), ...refund(state)].map((item) =>
    toTask(withPlaybook({ ...item, patient: state.chain.input.claim.patient.reference, group: state.chain.root, requester: AUTOMATION, authoredOn: now.toISOString() }, find)));
}

type Item = Omit<WorkItem, 'patient' | 'group' | 'requester' | 'authoredOn'>;

const mismatch = (decision: string, text: string, { chain: { key, root } }: LedgerState): Item => ({
  code: 'post-payment',
  cause: ['payment-mismatch', root, decision, key],
  focus: decision,
  reason: because('work-reason', 'payment-mismatch'),
  description: `${text}: nothing of it is posted. Compare amount and trace number with the bank, and have the payer correct what is wrong`,
  state: 'not posted',
});

function refund(state: LedgerState): Item[] {
  const amount = sum(targetsOf(state.facts).filter(({ code }) => code === 'refund-due').map((target) => target.amount));
  // A payer that has paid what an earlier one has paid since is asked about where the claims are reviewed.
  if (amount <= 0 || state.chain.outdating.outdated.some(({ remedy }) => remedy === 'refund')) return [];
  return [{
    code: 'post-payment',
    cause: ['refund-due', state.chain.root, state.chain.key, String(amount)],
    focus: state.chain.root,
    reason: because('work-reason', 'refund-due'),
    description: 'More was paid than is owed: find out who paid too much, and give it back',
    state: 'refund due',
    amount,
  }];
}
