import type { Claim, Provenance, Task } from 'fhir/r4.js';
import type { LedgerEntry } from '../../claims/ledger/entry.js';
import { errors } from '../../fhir/outcome.js';
import { because } from '../automation/draft.js';
import { withPlaybook } from '../queue/playbooks.js';
import { digest, toTask } from '../task.js';
import { approvalOf, type Approval, type WriteOffRequest } from './approval.js';
import { documentsFor } from './evidence.js';
import { policyReview } from './pattern.js';
import { post, type PostingContext } from './post.js';
import { ledgerState, overrideId, settledId, type LedgerState, type StateOptions } from './state.js';

/** What a person asks for with `apply`. */
export interface Settlement {
  readonly writeOff?: WriteOffRequest | undefined;
  /** Why the patient is billed though the chain is not complete. */
  readonly override?: string | undefined;
  /** Who says so: references; undefined: not known. */
  readonly by: readonly string[];
}

export interface Settled {
  readonly state: LedgerState;
  readonly approval: Approval;
  /** The Task to have it approved, `Task/1`. */
  readonly task?: string | undefined;
}

/**
 * Settles a balance: posts who bears what, and what people have approved, with a Provenance of each. While the chain is
 * not complete nothing reaches the patient, unless a reason overrides that, and nothing is written off (R008, R154).
 * @throws {FhirError} 422 a write-off that may not be made: nothing is written.
 */
export async function settle(claim: Claim, { writeOff, override, by }: Settlement, options: Pick<StateOptions, 'asOf' | 'policy'>, context: PostingContext): Promise<Settled> {
  const asked: StateOptions = { ...options, settles: true, overrides: override !== undefined && writeOff === undefined };
  const before = await ledgerState(claim, context.resources, asked);
  if (writeOff && !before.facts.isSettled) throw errors.businessRule(`Nothing is written off before every payer has answered: ${before.holds.join('; ')}`, 'Parameters', 'balance-held');
  const documents = writeOff ? await documentsFor(writeOff.class, before, context.resources) : [];
  const approval = writeOff ? approvalOf(writeOff, before, options.policy) : { grants: [] };
  const task = writeOff && approval.missing ? approvalTask(writeOff, approval.missing, before, context) : undefined;
  const { state } = await post(claim, { ...asked, grants: () => approval.grants }, context, (found, made) => [
    ...(found.facts.isSettled ? [settledRecord(found, by, context.now)] : []),
    ...(asked.overrides && found.holds.length > 0 ? [overrideRecord(found, override ?? '', by, context.now)] : []),
    ...(made.length > 0 ? [postingRecord(made, found, { reason: writeOff?.reason ?? override, documents, by, now: context.now })] : []),
    ...(task ? [task] : []),
  ]);
  if (writeOff && approval.grants.length > 0) await policyReview(writeOff.class, options.asOf, context);
  return { state, approval, task: task && `Task/${task.id ?? ''}` };
}

function approvalTask({ class: of, reason, approvedBy }: WriteOffRequest, { people, amount }: NonNullable<Approval['missing']>, { chain }: LedgerState, { find, now }: PostingContext): Task {
  return toTask(withPlaybook({
    code: 'approve-write-off',
    cause: [of, chain.root, chain.key, String(amount)],
    focus: chain.root,
    patient: chain.input.claim.patient.reference,
    group: chain.root,
    requester: approvedBy[0],
    reason: because('work-reason', 'approval-needed'),
    description: `Allow or refuse a write-off (${of}): ${people === 1 ? 'one more person' : 'two people'} must approve it, with approvedBy of $resolve-balance. Asked for: ${reason}`,
    state: 'waiting for approval',
    amount,
    authoredOn: now.toISOString(),
  }, find));
}

const settledRecord = ({ chain: { root } }: LedgerState, by: readonly string[], now: Date): Provenance => record(settledId(root), [root], 'Balance settled', undefined, by, now);

const overrideRecord = ({ chain: { root, key } }: LedgerState, reason: string, by: readonly string[], now: Date): Provenance =>
  record(overrideId(root, key), [root], reason, 'OVRPJ', by, now);

interface PostingFacts {
  readonly reason: string | undefined;
  /** What a write-off rests on: references. */
  readonly documents: readonly string[];
  readonly by: readonly string[];
  readonly now: Date;
}

function postingRecord(made: readonly LedgerEntry[], { chain: { root } }: LedgerState, { reason, documents, by, now }: PostingFacts): Provenance {
  const entries = made.map(({ id }) => `Basic/${id}`);
  return {
    ...record(digest(JSON.stringify(['posted', ...entries])).slice(0, 32), [...entries, made[0]?.account ?? root], reason ?? 'Balance settled', undefined, by, now),
    entity: [root, ...documents].map((reference) => ({ role: 'source', what: { reference } })),
  };
}

const record = (id: string, targets: readonly string[], text: string, reason: string | undefined, by: readonly string[], now: Date): Provenance => ({
  resourceType: 'Provenance',
  id,
  target: targets.map((reference) => ({ reference })),
  recorded: now.toISOString(),
  reason: [{ ...(reason === undefined ? {} : { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: reason }] }), text }],
  activity: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-DataOperation', code: 'CREATE' }] },
  agent: (by.length > 0 ? by.map((reference) => ({ reference })) : [{ display: 'not stated' }]).map((who) => ({ type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type', code: 'performer' }] }, who })),
});
