import { WRITE_OFF_RULES, type WriteOffClass } from '../disposition/write-off-class.js';
import type { Disposition } from '../disposition/disposition.js';
import type { DispositionRule } from '../disposition/piece.js';
import { unitsOf, type Answer, type DisposedPayer, type Unit } from '../disposition/unit.js';
import { amountOf, balancesOf, isOfPatient, kindOf } from '../ledger/balances.js';
import type { LedgerEntry } from '../ledger/entry.js';
import { max, negate, subtract, sum, ZERO, type Cents } from '../money.js';

/** What became of one service, or of the whole claim where a payer decided on the claim alone: charge + `returned` = Σ paid + Σ adjusted + owed. */
export interface StatedService {
  /** Line of the claim; undefined: the whole claim. */
  readonly line: number | undefined;
  readonly charge: Cents;
  /** In the order in which they decided. */
  readonly payers: readonly StatedPayer[];
  /** What payers paid too much, and get back. */
  readonly returned: Cents;
  /** What the patient owes for it, before what the patient has paid. */
  readonly owed: Cents;
  readonly rule: DispositionRule | undefined;
  /** Why: the CARCs by which a payer left it to the patient; with amounts where they make exactly what is owed. */
  readonly because: readonly StatedReason[];
}

export interface StatedPayer {
  /** `Coverage/1`. */
  readonly coverage: string;
  readonly paid: Cents;
  /** What its decision took off, and nobody pays. */
  readonly adjusted: readonly ClassAmount[];
}

export interface ClassAmount {
  readonly class: WriteOffClass;
  readonly amount: Cents;
}

export interface StatedReason {
  /** The coverage that says so. */
  readonly coverage: string;
  /** CARC in group PR. */
  readonly code: string;
  readonly amount: Cents | undefined;
}

/** The patient's side of one claim and its next payers' claims: `due` = max(0, share − paid − reduced). */
export interface StatedAccount {
  readonly services: readonly StatedService[];
  /** Σ owed. */
  readonly share: Cents;
  /** What the patient has paid, and what was entered by hand on the patient's side. */
  readonly paid: Cents;
  /** What was given up of the patient's share. */
  readonly reduced: readonly ClassAmount[];
  /** What the patient has paid too much, and gets back. */
  readonly credit: Cents;
  /** As the ledger has it. */
  readonly due: Cents;
}

export interface StatementFacts {
  /** Charges by line, and their total. */
  readonly charges: ReadonlyMap<number, Cents>;
  readonly total: Cents;
  readonly payers: readonly DisposedPayer[];
  readonly disposition: Disposition;
  /** The whole ledger of the claim, once it is settled. */
  readonly entries: readonly LedgerEntry[];
}

/** Pure: what a statement says follows from the decisions and the ledger alone. What was written off is nowhere among what is owed. */
export function statedAccount({ charges, total, payers, disposition, entries }: StatementFacts): StatedAccount {
  const ofPatient = entries.filter(isOfPatient);
  const share = amountOf(ofPatient.filter((entry) => kindOf(entry) === 'transfer-to-patient'));
  const isReduction = ({ writeOffClass }: LedgerEntry): boolean => writeOffClass !== undefined && WRITE_OFF_RULES[writeOffClass].billable;
  const paid = negate(amountOf(ofPatient.filter((entry) => kindOf(entry) !== 'transfer-to-patient' && !isReduction(entry))));
  const classes = [...new Set(ofPatient.flatMap((entry) => (isReduction(entry) ? (entry.writeOffClass ?? []) : [])))];
  const reduced = classes.map((of) => ({ class: of, amount: negate(amountOf(ofPatient.filter((entry) => isReduction(entry) && entry.writeOffClass === of))) })).filter(({ amount }) => amount > 0);
  return {
    services: unitsOf(charges, total, payers).map((unit) => statedService(unit, disposition)),
    share, paid, reduced,
    credit: max(ZERO, subtract(paid, share)),
    due: balancesOf(entries).patient,
  };
}

function statedService({ line, charge, answers }: Unit, { patient, pieces }: Disposition): StatedService {
  const own = patient.find((one) => one.line === line);
  const owed = own?.amount ?? ZERO;
  const payers = answers.map(({ coverage, paid }) => ({
    coverage, paid,
    adjusted: byClass(pieces.filter((piece) => piece.line === line && piece.coverage === coverage)),
  }));
  const placed = sum([owed, ...payers.flatMap(({ paid, adjusted }) => [paid, totalOf(adjusted)])]);
  return { line, charge, payers, owed, rule: own?.rule, returned: subtract(placed, charge), because: owed === ZERO ? [] : reasonsOf(answers, owed) };
}

export const totalOf = (amounts: readonly ClassAmount[]): Cents => sum(amounts.map(({ amount }) => amount));

const byClass = (pieces: Disposition['pieces']): ClassAmount[] =>
  [...new Set(pieces.map((piece) => piece.class))].map((of) => ({ class: of, amount: sum(pieces.filter((piece) => piece.class === of).map(({ amount }) => amount)) }));

/** By the last payer whose patient responsibility is exactly what is owed; else the codes alone of the last that states any. */
function reasonsOf(answers: readonly Answer[], owed: Cents): StatedReason[] {
  const stated = [...answers].reverse().map(byReason).filter((reasons) => reasons.length > 0);
  const exact = stated.find((reasons) => sum(reasons.map(({ amount }) => amount)) === owed);
  return exact ?? (stated[0] ?? []).map((reason, _, all) => ({ ...reason, amount: all.length === 1 ? owed : undefined }));
}

function byReason({ coverage, adjustments }: Answer): (StatedReason & { readonly amount: Cents })[] {
  const own = adjustments.filter(({ group, amount }) => group === 'PR' && amount > 0);
  return [...new Set(own.map(({ reason }) => reason))].map((code) => ({ coverage, code, amount: sum(own.filter(({ reason }) => reason === code).map(({ amount }) => amount)) }));
}
