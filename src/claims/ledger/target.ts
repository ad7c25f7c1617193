import type { Disposition } from '../disposition/disposition.js';
import { DISPOSITION_RULES, type Piece } from '../disposition/piece.js';
import { approversNeeded, WRITE_OFF_RULES, type WriteOffClass, type WriteOffPolicy } from '../disposition/write-off-class.js';
import { centsOf, max, min, negate, subtract, sum, ZERO, type Cents } from '../money.js';
import { amountOf, isOfPatient } from './balances.js';
import type { LedgerEntry } from './entry.js';

/** What a place of the ledger must add up to. */
export interface Target extends Pick<LedgerEntry, 'code' | 'amount' | 'source' | 'line' | 'writeOffClass' | 'reason' | 'approvedBy'> {
  /** What the place is, within its claim. */
  readonly key: readonly (string | number)[];
}

/** An amount of one resource, for a line or the whole. */
export interface Posted {
  readonly source: string;
  readonly line?: number | undefined;
  readonly amount: Cents;
}

/** A write-off that people have approved: of a class, up to an amount. */
export interface Grant {
  readonly class: WriteOffClass;
  readonly line?: number | undefined;
  readonly amount: Cents;
  readonly reason: string;
  readonly approvedBy: readonly string[];
}

/** All that the entries of a claim follow from; in whatever order it became known, it gives the same places and amounts. */
export interface LedgerFacts {
  /** The first claim, e.g. `Claim/1`. */
  readonly root: string;
  readonly charges: readonly Posted[];
  readonly payerPayments: readonly Posted[];
  /** Each with what tells it from another of the same source. */
  readonly patientPayments: readonly (Posted & { readonly key: string })[];
  /** Entries that somebody has made by hand: they stand beside what is derived. */
  readonly byHand: readonly LedgerEntry[];
  /** Undefined while a decision that matters does not stand. */
  readonly disposition: Disposition | undefined;
  /** Decisions by the coverage that decided. */
  readonly decisions: ReadonlyMap<string, string>;
  /** The balance was resolved ($resolve-balance with apply), and nobody is left to answer. */
  readonly isSettled: boolean;
  readonly grants: readonly Grant[];
  readonly policy: WriteOffPolicy;
}

export function targetsOf(facts: LedgerFacts): Target[] {
  const { charges, payerPayments, patientPayments, disposition } = facts;
  const pieces = disposition?.pieces ?? [];
  return [
    ...charges.map(({ source, line, amount }): Target => ({ key: ['charge', source, line ?? 0], code: 'charge', amount, source, line })),
    ...payerPayments.map(({ source, line, amount }): Target => ({ key: ['payer-payment', source, line ?? 0], code: 'payer-payment', amount: negate(amount), source, line })),
    ...together(pieces.filter((piece) => piece.class === 'contractual')).map((piece) => contractual(piece, facts)),
    ...(facts.isSettled ? together(pieces.filter((piece) => piece.class !== 'contractual')).flatMap((piece) => writeOff(piece, facts)) : []),
    ...patientPayments.map(({ source, key, amount }): Target => ({ key: ['patient-payment', source, key], code: 'patient-payment', amount: negate(amount), source })),
    ...patientSide(facts),
    ...(disposition && disposition.overpaid > 0 ? [{ key: ['refund-due', 'payer'], code: 'refund-due', amount: disposition.overpaid, source: facts.root, reason: 'The payers together have paid more than the charge' } as const] : []),
  ];
}

/** Pieces of one class and line as one. */
function together(pieces: readonly Piece[]): Piece[] {
  const places = new Map<string, Piece>();
  for (const piece of pieces) {
    const place = JSON.stringify([piece.class, piece.line ?? 0]);
    const known = places.get(place);
    places.set(place, known ? { ...known, amount: sum([known.amount, piece.amount]), needsPerson: known.needsPerson || piece.needsPerson } : piece);
  }
  return [...places.values()];
}

const contractual = ({ coverage, line, amount }: Piece, { decisions, root }: LedgerFacts): Target => {
  const source = decisions.get(coverage) ?? root;
  return { key: ['contractual-adjustment', source, line ?? 0], code: 'contractual-adjustment', amount: negate(amount), source, line };
};

/** What needs nobody's approval, or as much as was approved. */
function writeOff({ class: of, line, amount, coverage, rule, needsPerson }: Piece, { root, grants, policy, decisions }: LedgerFacts): Target[] {
  const given = grants.find((grant) => grant.class === of && grant.line === line);
  const isFree = !needsPerson && approversNeeded(of, amount, policy) === 0;
  const allowed = isFree ? amount : min(amount, given?.amount ?? ZERO);
  if (allowed === ZERO) return [];
  const reason = given?.reason ?? `${WRITE_OFF_RULES[of].reason}: ${DISPOSITION_RULES[rule].text} (${DISPOSITION_RULES[rule].citation})`;
  return [{ key: ['write-off', of, line ?? 0], code: 'write-off', amount: negate(allowed), source: decisions.get(coverage) ?? root, line, writeOffClass: of, reason, ...(given ? { approvedBy: given.approvedBy } : {}) }];
}

/**
 * What the patient has taken on, less what was given up. Until the balance is settled that is what the patient has paid
 * already: a deposit is no debt and no credit.
 */
function patientSide({ root, disposition, isSettled, patientPayments, byHand, grants }: LedgerFacts): Target[] {
  const paid = subtract(sum(patientPayments.map(({ amount }) => amount)), amountOf(byHand.filter(isOfPatient)));
  const shares = isSettled && disposition ? disposition.patient : paid > 0 ? [{ line: undefined, amount: paid }] : [];
  const owed = sum(shares.map(({ amount }) => amount));
  let open = max(ZERO, subtract(owed, paid));
  const given = grants.filter((grant) => WRITE_OFF_RULES[grant.class].billable).sort((a, b) => (a.class < b.class ? -1 : 1)).flatMap((grant): Target[] => {
    const amount = min(open, grant.amount);
    open = subtract(open, amount);
    return amount === ZERO ? [] : [{ key: ['write-off', grant.class, 'patient'], code: 'write-off', amount: negate(amount), source: root, writeOffClass: grant.class, reason: grant.reason, approvedBy: grant.approvedBy }];
  });
  const credit = centsOf(Math.max(0, paid - owed));
  return [
    ...shares.flatMap(({ line, amount }): Target[] => [
      { key: ['transfer-to-patient', line ?? 0], code: 'transfer-to-patient', amount, source: root, line },
      { key: ['transfer-to-payer', line ?? 0], code: 'transfer-to-payer', amount: negate(amount), source: root, line },
    ]),
    ...given,
    ...(isSettled && credit > 0 ? [{ key: ['refund-due', 'patient'], code: 'refund-due', amount: credit, source: root, reason: 'The patient has paid more than was owed' } as const] : []),
  ];
}
