import { marksQmb } from '../qmb.js';
import { add, sum, ZERO, type Cents } from '../money.js';
import type { DispositionRule, Piece } from './piece.js';
import { unitsOf, type DisposedPayer, type Unit } from './unit.js';
import { flowOf, type Flow } from './waterfall.js';

export interface DispositionFacts {
  /** Charges by line, and their total. */
  readonly charges: ReadonlyMap<number, Cents>;
  readonly total: Cents;
  /** The payers that have decided, in their order. */
  readonly payers: readonly DisposedPayer[];
  /** The patient is a qualified Medicare beneficiary, as far as the coverage says; what the payers say counts too. */
  readonly isQmb: boolean;
  /** Nobody is left to bill: what was passed on finds its bearer. */
  readonly isExhausted: boolean;
  /** The next payer would have been billed, and its filing limit has passed. */
  readonly isTooLate: boolean;
}

/** What the patient owes for a line (or for the claim), and by which rule. */
export interface PatientShare {
  readonly line?: number | undefined;
  readonly amount: Cents;
  readonly rule: DispositionRule;
}

/** Who bears what is left of a claim. charge = Σ paid − overpaid + Σ pieces + Σ patient + open, for each line. */
export interface Disposition {
  readonly patient: readonly PatientShare[];
  readonly pieces: readonly Piece[];
  /** What a next payer is still to be asked for; nothing once the payers are exhausted. */
  readonly open: Cents;
  /** What payers have paid beyond the charge (R028). */
  readonly overpaid: Cents;
}

/** Pure: the same decisions, in whatever order they came, give the same answer. */
export function dispose(facts: DispositionFacts): Disposition {
  const isQmb = facts.isQmb || facts.payers.some(({ adjudication }) => [adjudication, ...adjudication.lines].some(marksQmb));
  const flows = unitsOf(facts.charges, facts.total, facts.payers).map((unit) => ended(flowOf(unit, isQmb), unit, facts));
  return {
    patient: flows.flatMap(({ patient }) => patient),
    pieces: flows.flatMap(({ pieces }) => pieces),
    open: sum(flows.map(({ open }) => open)),
    overpaid: sum(flows.map(({ overpaid }) => overpaid)),
  };
}

/** The bearer of what the last payer has passed on. */
function ended({ passed, pieces, overpaid, patientRule }: Flow, { line, answers }: Unit, { isExhausted, isTooLate }: DispositionFacts): Disposition {
  const coverage = answers.at(-1)?.coverage ?? '';
  const open = sum([passed.patient, passed.protected, passed.elsewhere]);
  if (!isExhausted) return { patient: [], pieces, open, overpaid };
  const piece = (amount: Cents, of: Piece['class'], rule: DispositionRule, needsPerson = false): Piece[] => (amount > 0 ? [{ line, class: of, amount, coverage, rule, needsPerson }] : []);
  if (isTooLate) return { patient: [], pieces: [...pieces, ...piece(passed.protected, 'qmb', 'provider-qmb'), ...piece(add(passed.patient, passed.elsewhere), 'timely-filing', 'provider-filing-limit', true)], open: ZERO, overpaid };
  return {
    patient: passed.patient > 0 ? [{ line, amount: passed.patient, rule: patientRule }] : [],
    pieces: [...pieces, ...piece(passed.protected, 'qmb', 'provider-qmb'), ...piece(passed.elsewhere, 'administrative', 'provider-unplaced', true)],
    open: ZERO,
    overpaid,
  };
}
