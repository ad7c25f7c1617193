import { centsOf, max, min, subtract, sum, ZERO, type Cents } from '../money.js';
import type { Adjustment } from '../model.js';
import type { DispositionRule, Piece } from './piece.js';
import { byUrgency, classOf, isCostShare, isElsewhere, isMedicaidShare, isPriorEffect } from './refusal-class.js';
import type { Answer, Unit } from './unit.js';
import type { WriteOffClass } from './write-off-class.js';

/** What the payers so far leave open, by who may be asked for it next. */
export interface Passed {
  /** The patient, after every payer. */
  readonly patient: Cents;
  /** Cost share of a QMB: a next payer, never the patient. */
  readonly protected: Cents;
  /** Refused in favour of another payer. */
  readonly elsewhere: Cents;
}

/** What became of a unit: charge = Σ paid − overpaid + Σ pieces + what is passed on. */
export interface Flow {
  readonly passed: Passed;
  readonly pieces: readonly Piece[];
  /** Payments beyond the charge. */
  readonly overpaid: Cents;
  /** The rule by which the patient has `passed.patient`. */
  readonly patientRule: DispositionRule;
}

/** Payers whose CO binds whatever our contract with them is: their conditions of participation do. */
const BINDING_KINDS: ReadonlySet<string | undefined> = new Set(['medicare', 'medicare-advantage', 'medicaid', 'tricare', 'champva', 'va', 'workers-comp', 'black-lung']);
const MEDICARE: ReadonlySet<string | undefined> = new Set(['medicare', 'medicare-advantage']);

const NOTHING: Passed = { patient: ZERO, protected: ZERO, elsewhere: ZERO };

/** Takes the charge of a unit through its payers, in their order: each pays, takes off, and passes on (domain/cob-rules.md §5). Exact: no cent is made or lost. */
export function flowOf({ line, charge, answers }: Unit, isQmb: boolean): Flow {
  let flow: Flow = { passed: { ...NOTHING, patient: charge }, pieces: [], overpaid: ZERO, patientRule: 'patient-responsibility' };
  answers.forEach((answer, position) => {
    const paid = pay(flow, answer.paid);
    const decided = position === 0 ? firstDecides(paid, answer, isQmb) : laterDecides(paid, answer, isQmb);
    flow = { ...decided, pieces: decided.pieces.map((piece) => ({ ...piece, line })) };
  });
  return flow;
}

/** A payment reduces what was passed on; beyond that it pays what earlier payers had refused, and at last is too much. What a payer takes back is open again. */
function pay(flow: Flow, paid: Cents): Flow {
  if (paid < 0) return { ...flow, passed: { ...flow.passed, patient: subtract(flow.passed.patient, paid) } };
  let rest = paid;
  const reduce = (amount: Cents): Cents => {
    const taken = max(ZERO, min(amount, rest));
    rest = subtract(rest, taken);
    return subtract(amount, taken);
  };
  const passed = { protected: reduce(flow.passed.protected), elsewhere: reduce(flow.passed.elsewhere), patient: reduce(flow.passed.patient) };
  const pieces = [...flow.pieces].reverse().map((piece) => ({ ...piece, amount: reduce(piece.amount) })).reverse();
  return { ...flow, passed, pieces: pieces.filter(({ amount }) => amount > 0), overpaid: sum([flow.overpaid, rest]) };
}

/** What the first payer decides stands for all others: its PR goes on, the rest is the provider's, each amount by its own code. */
function firstDecides(flow: Flow, answer: Answer, isQmb: boolean): Flow {
  const left = totalOf(flow.passed);
  const share = patientShare(answer, left, isQmb);
  const { taken, elsewhere } = refusals(answer, subtract(left, share.all), 'provider-contractual');
  const open = subtract(left, sum([share.all, elsewhere, ...taken.map(({ amount }) => amount)]));
  const unread = open > 0 ? [piece(answer, 'administrative', open, 'provider-other-group', true)] : [];
  return { ...flow, passed: { patient: share.patient, protected: share.protected, elsewhere }, pieces: [...flow.pieces, ...share.held, ...taken, ...unread], patientRule: ruleOf(answer) };
}

/** What a later payer decides counts only for what was passed on to it. */
function laterDecides(flow: Flow, answer: Answer, isQmb: boolean): Flow {
  const left = totalOf(flow.passed);
  if (left === ZERO) return flow;
  if (answer.kind === 'medicaid') return medicaidDecides(flow, answer);
  const share = patientShare(answer, left, isQmb);
  const stillProtected = min(flow.passed.protected, subtract(share.all, sum(share.held.map(({ amount }) => amount))));
  const protectedShare = max(share.protected, stillProtected);
  const named = { patient: subtract(share.all, sum([protectedShare, ...share.held.map(({ amount }) => amount)])), protected: protectedShare };
  const rest = subtract(left, share.all);
  if (rest === ZERO) return { ...flow, passed: { ...named, elsewhere: ZERO }, pieces: [...flow.pieces, ...share.held], patientRule: named.patient > 0 ? ruleOf(answer) : flow.patientRule };
  const { taken, elsewhere } = binds(answer) ? refusals(answer, rest, 'provider-later-contract') : { taken: [], elsewhere: ZERO };
  const kept = subtract(rest, sum([elsewhere, ...taken.map(({ amount }) => amount)]));
  const settled = kept > 0 && answer.contracted === true && answer.adjustments.some(isPriorEffect) ? [piece(answer, 'secondary-allowed', kept, 'provider-prior-effect')] : [];
  const held = settled.length > 0 ? NOTHING : keep(flow.passed, kept, protectedShare);
  return {
    ...flow,
    passed: { patient: sum([named.patient, held.patient]), protected: sum([named.protected, held.protected]), elsewhere: sum([elsewhere, held.elsewhere]) },
    pieces: [...flow.pieces, ...share.held, ...taken, ...settled],
    patientRule: held.patient > 0 ? 'patient-kept' : named.patient > 0 ? ruleOf(answer) : flow.patientRule,
  };
}

/** What a payer does not touch stays as it was: what is protected first, then what is another payer's. */
function keep(before: Passed, amount: Cents, alreadyProtected: Cents): Passed {
  const shielded = min(amount, subtract(before.protected, min(before.protected, alreadyProtected)));
  const elsewhere = min(subtract(amount, shielded), before.elsewhere);
  return { protected: shielded, elsewhere, patient: subtract(amount, sum([shielded, elsewhere])) };
}

/** Medicaid's answer is payment in full; that the patient is none of its members is no answer. */
function medicaidDecides(flow: Flow, answer: Answer): Flow {
  const left = totalOf(flow.passed);
  const isMember = !answer.adjustments.some((adjustment) => adjustment.amount > 0 && isElsewhere(adjustment));
  if (!isMember && answer.paid === ZERO) return { ...flow, patientRule: 'patient-kept' };
  const own = min(left, positive(answer.adjustments.filter(isMedicaidShare)));
  const shielded = min(subtract(left, own), flow.passed.protected);
  const rest = subtract(left, sum([own, shielded]));
  const refused = refusals({ ...answer, adjustments: answer.adjustments.filter((adjustment) => adjustment.group === 'CO' && classOf(adjustment) !== 'contractual') }, rest, 'provider-refused');
  const full = subtract(rest, sum(refused.taken.map(({ amount }) => amount)));
  return {
    ...flow,
    passed: { ...NOTHING, patient: own },
    pieces: [
      ...flow.pieces, ...refused.taken,
      ...(shielded > 0 ? [piece(answer, 'qmb', shielded, 'provider-qmb')] : []),
      ...(full > 0 ? [piece(answer, 'medicaid-lesser', full, 'provider-medicaid-full')] : []),
    ],
    patientRule: 'patient-medicaid-share',
  };
}

/** PR of an answer, as far as so much is left: the patient's, protected, or not collectible at all. */
function patientShare(answer: Answer, left: Cents, isQmb: boolean): { readonly all: Cents; readonly patient: Cents; readonly protected: Cents; readonly held: readonly Piece[] } {
  const { adjustments, kind } = answer;
  const own = adjustments.filter(({ group }) => group === 'PR');
  const all = min(left, max(ZERO, sum([...own, ...adjustments.filter(({ group, reason }) => group !== 'PR' && reason === '209')].map(({ amount }) => amount))));
  if (kind === 'medicaid') {
    const share = min(all, positive(own.filter(isMedicaidShare)));
    const over = subtract(all, share);
    return { all, patient: share, protected: ZERO, held: over > 0 ? [piece(answer, 'non-covered-provider-liable', over, 'provider-medicaid-full', true)] : [] };
  }
  if (kind === 'workers-comp' && answer.paid > 0) return { all, patient: ZERO, protected: ZERO, held: all > 0 ? [piece(answer, 'contractual', all, 'provider-work-injury', true)] : [] };
  const shielded = min(all, positive(adjustments.filter((adjustment) => adjustment.reason === '209' || (isQmb && MEDICARE.has(kind) && isCostShare(adjustment)))));
  return { all, patient: subtract(all, shielded), protected: shielded, held: [] };
}

/** What a payer takes off, each amount in the class of its code, as far as so much is left; and what it leaves to another payer. */
function refusals(answer: Answer, left: Cents, contractRule: DispositionRule): { readonly taken: readonly Piece[]; readonly elsewhere: Cents } {
  const isLater = contractRule === 'provider-later-contract';
  const own = answer.adjustments.filter((one) => one.group !== 'PR' && one.reason !== '209' && one.amount > 0 && !isPriorEffect(one) && (!isLater || one.group === 'CO' || isElsewhere(one)));
  let open = left;
  let elsewhere = ZERO;
  const taken: Piece[] = [];
  for (const adjustment of [...own].sort(byUrgency)) {
    const amount = min(open, adjustment.amount);
    if (amount === ZERO) continue;
    open = subtract(open, amount);
    if (isElsewhere(adjustment)) elsewhere = sum([elsewhere, amount]);
    else taken.push(pieceOf(adjustment, amount, answer, isLater));
  }
  return { taken, elsewhere };
}

function pieceOf(adjustment: Adjustment, amount: Cents, answer: Answer, isLater: boolean): Piece {
  const isRead = adjustment.group === 'CO';
  const found = classOf(adjustment);
  if (!isRead) return piece(answer, found === 'contractual' ? 'administrative' : found, amount, 'provider-other-group', true);
  if (found !== 'contractual') return piece(answer, found, amount, found === 'qmb' ? 'provider-qmb' : 'provider-refused');
  return isLater ? piece(answer, 'secondary-allowed', amount, 'provider-later-contract', answer.contracted === undefined && !BINDING_KINDS.has(answer.kind)) : piece(answer, 'contractual', amount, 'provider-contractual');
}

const piece = ({ coverage }: Answer, of: WriteOffClass, amount: Cents, rule: DispositionRule, needsPerson = false): Piece => ({ class: of, amount, coverage, rule, needsPerson });

/** CO stands for a contract unless the payer is known to have none with us. */
const binds = ({ contracted, kind }: Answer): boolean => contracted !== false || BINDING_KINDS.has(kind);
const ruleOf = ({ kind }: Answer): DispositionRule => (kind === 'medicaid' ? 'patient-medicaid-share' : 'patient-responsibility');
const totalOf = (passed: Passed): Cents => sum([passed.patient, passed.protected, passed.elsewhere]);
const positive = (adjustments: readonly Adjustment[]): Cents => centsOf(Math.max(0, sum(adjustments.map(({ amount }) => amount))));
