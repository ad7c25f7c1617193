import type { Disposition } from '../../claims/disposition/disposition.js';
import { approversNeeded, WRITE_OFF_RULES, type WriteOffClass, type WriteOffPolicy } from '../../claims/disposition/write-off-class.js';
import { balancesOf } from '../../claims/ledger/balances.js';
import type { LedgerEntry } from '../../claims/ledger/entry.js';
import { entriesToPost } from '../../claims/ledger/reconcile.js';
import { targetsOf, type Grant } from '../../claims/ledger/target.js';
import { add, formatCents, sum, ZERO, type Cents } from '../../claims/money.js';
import { errors } from '../../fhir/outcome.js';
import { digest } from '../task.js';
import type { LedgerState } from './state.js';

/** What a person decides about a balance. */
export interface WriteOffRequest {
  readonly class: WriteOffClass;
  readonly reason: string;
  /** References, each once. */
  readonly approvedBy: readonly string[];
}

/** What a request comes to: approved write-offs, or how many more people must approve which amount. */
export interface Approval {
  readonly grants: readonly Grant[];
  readonly missing?: { readonly people: number; readonly amount: Cents };
}

/** The ledger as it would stand with everything posted that its facts call for. */
export const projected = ({ facts, entries }: Pick<LedgerState, 'facts' | 'entries'>): LedgerEntry[] =>
  [...entries, ...entriesToPost(targetsOf(facts), entries, { root: facts.root, account: '', created: '', digest })];

/**
 * Whether a write-off may be made, and of how much: of what the patient owes for a class that gives that up, else of what
 * the decisions leave in the class. Asking again for what is written off already gives nothing new.
 * @throws {FhirError} 422 where nothing of the class is left, or the policy forbids it.
 */
export function approvalOf(request: WriteOffRequest, state: LedgerState, policy: WriteOffPolicy): Approval {
  const { class: of, approvedBy } = request;
  const asked = WRITE_OFF_RULES[of].billable ? ofPatient(request, state, policy) : ofProvider(request, state.disposition);
  const before = state.facts.grants.filter((grant) => grant.class === of);
  if (asked.length === 0 && before.length > 0) return { grants: [] };
  if (asked.length === 0) throw errors.businessRule(`Nothing is left to write off as ${of}: see writeOff and patientOwes of $resolve-balance`, 'Parameters', 'nothing-to-write-off');
  const amount = sum(asked.map((grant) => grant.amount));
  const needed = Math.max(approversNeeded(of, amount, policy), state.disposition?.pieces.some((piece) => piece.class === of && piece.needsPerson) === true ? 1 : 0);
  if (approvedBy.length < needed) return { grants: [], missing: { people: needed - approvedBy.length, amount } };
  return { grants: asked.map((grant) => ({ ...grant, amount: add(grant.amount, WRITE_OFF_RULES[of].billable ? sum(before.map((one) => one.amount)) : ZERO) })) };
}

function ofPatient({ class: of, reason, approvedBy }: WriteOffRequest, state: LedgerState, { smallBalance }: WriteOffPolicy): Grant[] {
  const { patient } = balancesOf(projected(state));
  if (patient === ZERO) return [];
  if (of === 'small-balance' && patient > smallBalance) throw errors.businessRule(`The balance is not small: the policy’s threshold is ${formatCents(smallBalance as Cents)}`, 'Parameters', 'balance-not-small');
  return [{ class: of, amount: patient, reason, approvedBy }];
}

function ofProvider({ class: of, reason, approvedBy }: WriteOffRequest, disposition: Disposition | undefined): Grant[] {
  const pieces = (disposition?.pieces ?? []).filter((piece) => piece.class === of);
  return [...new Set(pieces.map(({ line }) => line))].map((line) => ({ class: of, line, reason, approvedBy, amount: sum(pieces.filter((piece) => piece.line === line).map(({ amount }) => amount)) }));
}
