import type { Basic, Claim, PaymentReconciliation, Provenance, Task } from 'fhir/r4.js';
import { claimPaid, linePaid } from '../../claims/balance.js';
import { filingDate } from '../../claims/derive/billed.js';
import { filingLimit } from '../../claims/deadlines/deadlines.js';
import { readPayerRules } from '../../claims/deadlines/payer-rules.js';
import { payorOf, referenceTo } from '../../claims/derive/input.js';
import { payerKindOf } from '../../claims/derive/next-payer.js';
import type { DecidedPayer } from '../../claims/derive/situation.js';
import { chargeOf, claimTotal } from '../../claims/derive/worksheet.js';
import { dispose, type Disposition } from '../../claims/disposition/disposition.js';
import { holdsOf } from '../../claims/disposition/hold.js';
import type { DisposedPayer } from '../../claims/disposition/unit.js';
import type { WriteOffPolicy } from '../../claims/disposition/write-off-class.js';
import { readEntry, LEDGER_CLAIM_SYSTEM, type LedgerEntry } from '../../claims/ledger/entry.js';
import { grantsIn, isDerived } from '../../claims/ledger/reconcile.js';
import type { Grant, LedgerFacts, Posted } from '../../claims/ledger/target.js';
import { sum, ZERO, type Cents } from '../../claims/money.js';
import { readAdjudication } from '../../claims/read.js';
import { medicareEntitlementOf } from '../../cob/coverage-facts.js';
import type { Resources } from '../../fhir/resources.js';
import { coverageOf, stateOf, type ChainState } from '../automation/state.js';
import { storedFacts, toInput } from '../derivation/load.js';
import { kindOf } from '../payer-kind.js';
import { digest, WORK_SYSTEM } from '../task.js';
import { mismatchOf, patientPaymentsIn, paymentsFor } from './payments.js';

/** A claim's money as it stands: who has decided what, who bears the rest, and what the ledger says so far. */
export interface LedgerState {
  readonly chain: ChainState;
  readonly entries: readonly LedgerEntry[];
  /** Why the patient may not be billed yet; none: every payer has answered. */
  readonly holds: readonly string[];
  /** Undefined while a decision that matters does not stand or is not verified. */
  readonly disposition: Disposition | undefined;
  readonly facts: LedgerFacts;
  /** Decisions that are not posted, and why. */
  readonly mismatches: readonly { readonly decision: string; readonly text: string }[];
}

export interface StateOptions {
  readonly asOf: string;
  readonly policy: WriteOffPolicy;
  /** The balance is being settled now, by a person. */
  readonly settles?: boolean;
  /** Though the chain is not complete: a person has given the reason. */
  readonly overrides?: boolean;
  readonly grants?: (state: Pick<LedgerState, 'disposition' | 'entries'>) => readonly Grant[];
}

/** Ids of the Provenance by which a balance was settled, and by which a hold was overridden for one state of the decisions. */
export const settledId = (root: string): string => digest(JSON.stringify(['balance-settled', root])).slice(0, 32);
export const overrideId = (root: string, key: string): string => digest(JSON.stringify(['hold-overridden', root, key])).slice(0, 32);

/** @throws {RangeError} amounts that are too large to be added exactly. */
export async function ledgerState(claim: Claim, resources: Resources, options: StateOptions): Promise<LedgerState> {
  const chain = stateOf(toInput(await storedFacts(claim, resources), { asOf: options.asOf }));
  const { root, key, gathered } = chain;
  const claims = gathered.chain.all.flatMap((one) => referenceTo(one) ?? []);
  const decisions = gathered.decided.flatMap((payer) => payer.decisions);
  const [basics, byHand, payments, settled, overridden, appeals] = await Promise.all([
    resources.search<Basic>('Basic', `identifier=${LEDGER_CLAIM_SYSTEM}|${root}`),
    resources.search<Basic>('Basic', `entry-source=${claims.join()}`),
    paymentsFor(decisions.flatMap((one) => referenceTo(one) ?? []), claims, resources),
    resources.read<Provenance>('Provenance', settledId(root)),
    resources.read<Provenance>('Provenance', overrideId(root, key)),
    resources.search<Task>('Task', `code=${WORK_SYSTEM}|appeal&focus=${claims.join()}&status=ready,in-progress,on-hold`),
  ]);
  const entries = [...new Map([...basics, ...byHand].map((basic) => [basic.id, basic])).values()].flatMap((basic) => readEntry(basic) ?? []);
  const mismatches = decisions.flatMap((decision) => {
    const text = mismatchOf(decision, payments);
    return text === undefined ? [] : [{ decision: referenceTo(decision) ?? '', text }];
  });
  const holds = holdsIn(chain, appeals, mismatches.map(({ decision }) => decision));
  const mayBill = holds.length === 0 || overridden !== undefined || options.overrides === true;
  const disposition = dispositionIn(chain, mismatches.length > 0, mayBill);
  const grants = merged([...grantsIn(entries, digest), ...(options.grants?.({ disposition, entries }) ?? [])]);
  const isSettled = disposition !== undefined && mayBill && (settled !== undefined || options.settles === true);
  return { chain, entries, holds, disposition, mismatches, facts: factsIn(chain, { payments, entries, disposition, isSettled, grants, mismatches, policy: options.policy }) };
}

function holdsIn(chain: ChainState, appeals: readonly Task[], unverified: readonly string[]): string[] {
  const { result, situation, gathered } = chain;
  const decided = gathered.decided.map((payer, position) => ({ ...payer, isInTime: isInTime(payer, position, chain) }));
  const open = (situation?.open ?? []).filter((claim) => claim.use === 'claim').flatMap((claim) => referenceTo(claim) ?? []);
  return holdsOf({ result, decided, open, appeals: appeals.flatMap((task) => referenceTo(task) ?? []), unverified });
}

/** Whether the payer would still take a corrected claim. */
function isInTime({ coverage, adjudication }: DecidedPayer, position: number, chain: ChainState): boolean {
  const { input, gathered } = chain;
  const limit = filingLimit({
    payerKind: payerKindOf(coverage, input.orders), role: position === 0 ? 'primary' : 'secondary', rules: readPayerRules(payorOf(coverageOf(coverage, chain), gathered.index)),
    dates: { 'service-date': filingDate(input.claim), 'prior-payer-decision': gathered.decided[position - 1]?.adjudication.date ?? adjudication.date },
  });
  return limit === undefined || limit.due >= input.asOf;
}

function dispositionIn(chain: ChainState, isDisputed: boolean, isExhausted: boolean): Disposition | undefined {
  const { gathered: { decided, undecided }, result: { reason }, input } = chain;
  if (decided.length === 0 || undecided.length > 0 || isDisputed || reason === 'unbalanced' || reason === 'demographics-mismatch') return undefined;
  const first = firstClaim(chain);
  return dispose({
    charges: chargesOf(first),
    total: claimTotal(first),
    payers: disposedPayers(chain),
    isQmb: input.coverages.some((coverage) => medicareEntitlementOf(coverage).qmb === true),
    isExhausted,
    isTooLate: reason === 'filing-limit-passed',
  });
}

/** The payers that have decided, in their order, with what their answers are weighed by. */
export const disposedPayers = (chain: ChainState): DisposedPayer[] => chain.gathered.decided.map(({ coverage, adjudication }) => {
  const of = coverageOf(coverage, chain);
  return { coverage, adjudication, kind: payerKindOf(coverage, chain.input.orders) ?? (of && kindOf(of)), contracted: readPayerRules(payorOf(of, chain.gathered.index)).contracted };
});

/** The claim as the first payer has it now. */
export const firstClaim = ({ gathered: { chain }, input }: ChainState): Claim => chain.standing[0] ?? input.claim;

export const chargesOf = ({ item = [] }: Claim): Map<number, Cents> => new Map(item.flatMap(({ sequence, net }) => {
  const charge = chargeOf(net);
  return charge === undefined ? [] : [[sequence, charge] as const];
}));

type Known = Pick<LedgerFacts, 'disposition' | 'isSettled' | 'grants' | 'policy'> & Pick<LedgerState, 'entries' | 'mismatches'> & { readonly payments: readonly PaymentReconciliation[] };

function factsIn(chain: ChainState, { payments, entries, mismatches, ...rest }: Known): LedgerFacts {
  const { gathered: { decided, chain: claims }, result: { reason }, root } = chain;
  const disputed = new Set(mismatches.map(({ decision }) => decision));
  const verified = reason === 'unbalanced' || reason === 'demographics-mismatch' ? [] : decided.filter(({ decisions }) => !decisions.some((decision) => disputed.has(referenceTo(decision) ?? '')));
  return {
    ...rest,
    root,
    charges: claims.standing.length === 0 || firstClaim(chain).status !== 'active' ? [] : chargesIn(firstClaim(chain)),
    payerPayments: verified.flatMap(({ decisions }) => decisions.flatMap(paymentsIn)),
    patientPayments: patientPaymentsIn(payments, new Set(claims.all.flatMap((claim) => referenceTo(claim) ?? []))),
    byHand: entries.filter((entry) => !isDerived(entry)),
    decisions: new Map(decided.flatMap(({ coverage, decisions }) => decisions.slice(0, 1).flatMap((decision) => (referenceTo(decision) === undefined ? [] : [[coverage, referenceTo(decision) ?? ''] as const])))),
  };
}

/** By line where the lines make the total. */
function chargesIn(claim: Claim): Posted[] {
  const source = referenceTo(claim) ?? '';
  const lines = chargesOf(claim);
  const total = claimTotal(claim);
  return lines.size > 0 && sum(lines.values()) === total ? [...lines].map(([line, amount]) => ({ source, line, amount })) : [{ source, amount: total }];
}

function paymentsIn(decision: DecidedPayer['decisions'][number]): Posted[] {
  const { adjudication } = readAdjudication(decision);
  const source = referenceTo(decision) ?? '';
  const total = claimPaid(adjudication) ?? ZERO;
  const lines = adjudication.lines.map((line): Posted => ({ source, line: line.sequence, amount: linePaid(line) ?? ZERO }));
  const isByLine = new Set(lines.map(({ line }) => line)).size === lines.length && sum(lines.map(({ amount }) => amount)) === total;
  return (isByLine ? lines : [{ source, amount: total }]).filter(({ amount }) => amount !== 0);
}

/** The larger of two approvals for the same place counts. */
function merged(grants: readonly Grant[]): Grant[] {
  const places = new Map<string, Grant>();
  for (const grant of grants) {
    const place = JSON.stringify([grant.class, grant.line ?? 0]);
    const known = places.get(place);
    if (!known || grant.amount > known.amount) places.set(place, grant);
  }
  return [...places.values()];
}
