import type { CobOrder, ExcludedCoverage, PayerKind, RankedCoverage } from '../../cob/types.js';
import type { Finding } from '../model.js';
import type { DatedOrder, Obstacle } from './input.js';

/** Who comes after the payers that have decided. */
export interface NextPayer {
  /** E.g. `Coverage/2`. */
  readonly coverage: string;
  /** Its row in the order; none where somebody chose a coverage that is not in it. */
  readonly row: RankedCoverage | undefined;
  /** Coverages whose turn comes after it. */
  readonly later: readonly string[];
}

export interface NoNextPayer {
  readonly obstacle: Extract<Obstacle, 'order-undetermined' | 'coverage-inactive' | 'no-next-coverage'>;
  readonly findings: readonly Finding[];
}

/**
 * The next payer by the order of benefits on every date of service. The order must be the same on all of them, and the
 * payers that have decided must be its first ones: whoever was passed over is a question for a human, not for a guess.
 */
export function nextPayer(decided: readonly string[], orders: readonly DatedOrder[]): NextPayer | NoNextPayer {
  const first = orders[0];
  if (!first) return undetermined([finding('Claim', 'No date of service is stated, so the order of benefits is not known: state the dates of the lines')]);
  const differing = orders.find(({ order }) => rankedOf(order).join() !== rankedOf(first.order).join());
  if (differing) {
    return undetermined([finding('Claim.item', `The order of benefits on ${differing.date} is not that on ${first.date}: split the claim by date of service, one claim for each order`)]);
  }
  const { order } = first;
  const next = order.ranked.find(({ coverage }) => !decided.includes(coverage));
  if (next && passesOver(order, next, decided)) {
    return undetermined([finding('Claim.insurance', `${next.coverage} comes before a payer that has already decided: bill it first, or name the next coverage`)]);
  }
  if (next) return { coverage: next.coverage, row: next, later: rankedOf(order).filter((coverage) => coverage !== next.coverage && !decided.includes(coverage)) };
  if (order.status === 'needs-human') return undetermined(questions(order));
  return noneLeft(decided, orders);
}

/** A payer decided whose row comes after `next`, or lies behind what is certain of the order. */
function passesOver({ ranked, excluded, status }: CobOrder, next: RankedCoverage, decided: readonly string[]): boolean {
  const behind = ranked.some((row) => row.order > next.order && decided.includes(row.coverage));
  const known = new Set([...ranked, ...excluded].map(({ coverage }) => coverage));
  return behind || (status === 'needs-human' && decided.some((coverage) => !known.has(coverage)));
}

/** A coverage that somebody chose is the next one, wherever the order has it, if it is in force. */
export function chosenPayer(chosen: string, decided: readonly string[], orders: readonly DatedOrder[]): NextPayer | NoNextPayer {
  if (decided.includes(chosen)) {
    return { obstacle: 'no-next-coverage', findings: [{ ...finding('Claim.insurance', `${chosen} has already decided: name a coverage that has not`), code: 'no-next-coverage' }] };
  }
  const inactive = orders.flatMap(({ order }) => order.excluded).find(({ coverage, code }) => coverage === chosen && NOT_IN_FORCE.has(code));
  if (inactive) return notInForce([inactive]);
  const order = orders[0]?.order;
  const row = order?.ranked.find(({ coverage }) => coverage === chosen);
  return { coverage: chosen, row, later: order ? rankedOf(order).filter((coverage) => coverage !== chosen && !decided.includes(coverage)) : [] };
}

export const payerKindOf = (coverage: string, orders: readonly DatedOrder[]): PayerKind | undefined =>
  orders.flatMap(({ order }) => order.ranked).find((row) => row.coverage === coverage)?.payerKind;

const NOT_IN_FORCE: ReadonlySet<ExcludedCoverage['code']> = new Set(['inactive', 'cancelled']);

/** Nobody is left in the order: because what else there is was not in force, or because there is nothing else. */
function noneLeft(decided: readonly string[], orders: readonly DatedOrder[]): NoNextPayer {
  const excluded = unique(orders.flatMap(({ order }) => order.excluded)).filter(({ coverage }) => !decided.includes(coverage));
  const inactive = excluded.filter(({ code }) => NOT_IN_FORCE.has(code));
  if (inactive.length > 0) return notInForce(inactive);
  return {
    obstacle: 'no-next-coverage',
    findings: [
      { code: 'no-next-coverage', severity: 'error', expression: 'Claim.insurance', text: 'Every coverage that pays for these services has decided: what is left is for the patient’s balance' },
      ...excluded.map(({ coverage, reason }): Finding => ({ code: 'coverage-excluded', severity: 'information', expression: 'Coverage', text: `${coverage}: ${reason}` })),
    ],
  };
}

const notInForce = (excluded: readonly ExcludedCoverage[]): NoNextPayer => ({
  obstacle: 'coverage-inactive',
  findings: excluded.map(({ coverage, reason }) => ({ code: 'coverage-inactive', severity: 'error', expression: 'Coverage.period', text: `${coverage}: ${reason}` })),
});

const undetermined = (findings: readonly Finding[]): NoNextPayer => ({ obstacle: 'order-undetermined', findings });

const questions = ({ missing }: CobOrder): Finding[] =>
  missing.length > 0
    ? missing.map(({ expression, question, coverage, rule }) => finding(expression, `${question} (${coverage}, rule ${rule})`))
    : [finding('Claim.insurance', 'The order of benefits is not determined: ask $cob-order why')];

const finding = (expression: string, text: string): Finding => ({ code: 'order-undetermined', severity: 'error', expression, text });
const rankedOf = ({ ranked }: CobOrder): string[] => ranked.map(({ coverage }) => coverage);
const unique = (excluded: readonly ExcludedCoverage[]): ExcludedCoverage[] =>
  excluded.filter(({ coverage }, position) => excluded.findIndex((other) => other.coverage === coverage) === position);
