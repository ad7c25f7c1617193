import { add, formatCents, min, ZERO, type Cents } from '../money.js';
import { maintenanceOfBenefits, nonDuplication, standard, supplement } from './commercial.js';
import { allowableExpense, collectible, excess, type Basis, type EstimateFact, type EstimateInput, type EstimateMethod } from './input.js';
import { medicaidFeeMinusTpl, medicaidFullCostShare, medicaidLesserOf } from './medicaid.js';
import { medicareSecondary } from './medicare.js';
import type { EstimateStep, Method, MethodResult } from './method.js';
import { tricare } from './tricare.js';

export type { EstimateFact, EstimateInput, EstimateMethod } from './input.js';
export type { EstimateStep } from './method.js';

/** The formulas of domain/cob-rules.md §2, by the code of `cob-rules.method`. */
export const METHODS: Readonly<Record<EstimateMethod, Method>> = {
  standard,
  'non-duplication': nonDuplication,
  'maintenance-of-benefits': maintenanceOfBenefits,
  supplement,
  'medicare-secondary': medicareSecondary,
  'medicaid-lesser-of': medicaidLesserOf,
  'medicaid-fee-minus-tpl': medicaidFeeMinusTpl,
  'medicaid-full-cost-share': medicaidFullCostShare,
  tricare,
};

/**
 * What a payer should pay after the earlier ones. For every method, where the earlier payments don't exceed the charge:
 * `charge = priorPaid + pays + patientOwes + writeOff`; each is at least 0; and where they don't exceed it,
 * `priorPaid + pays ≤ min(C, AE)`, C the charge (or what must be accepted), AE the allowable expense.
 */
export interface Estimate {
  /** What the plan would pay alone. */
  readonly normalBenefit: Cents;
  readonly pays: Cents;
  readonly patientOwes: Cents;
  /** What nobody may be asked for. */
  readonly writeOff: Cents;
  readonly steps: readonly EstimateStep[];
  readonly source: string;
}

/** Facts that the method needs and that are not stated, in the order in which it asks for them. */
export interface MissingFacts {
  readonly missing: readonly EstimateFact[];
}

/** Estimates what `input.method` pays, or names what it would have to know. Never guesses an amount. */
export function estimateBenefit(input: EstimateInput): Estimate | MissingFacts {
  const method = METHODS[input.method];
  const result = method.compute(input);
  if (!result || !hasBasis(input)) return { missing: method.needs(input).filter((fact) => input[fact] === undefined) };
  return settle(input, result, method.source);
}

const hasBasis = (input: EstimateInput): input is Basis => input.charge !== undefined && input.priorPaid !== undefined;

function settle(input: Basis, result: MethodResult, source: string): Estimate {
  const limit = min(collectible(input), result.allowable ?? allowableExpense(input));
  const pays = min(result.benefit, excess(limit, input.priorPaid));
  const leftOfCharge = excess(collectible(input), add(input.priorPaid, pays));
  const patientOwes = input.qmb ? ZERO : min(result.liability(pays), leftOfCharge);
  const writeOff = excess(input.charge, add(add(input.priorPaid, pays), patientOwes));
  return {
    normalBenefit: result.normalBenefit,
    pays,
    patientOwes,
    writeOff,
    steps: [...result.steps, ...closing(input, limit, { pays, patientOwes, writeOff })],
    source,
  };
}

function closing(input: Basis, limit: Cents, { pays, patientOwes, writeOff }: Pick<Estimate, 'pays' | 'patientOwes' | 'writeOff'>): EstimateStep[] {
  return [
    { name: 'limit-of-all-payments', amount: limit, formula: 'min(charge or obligatedToAccept, allowable expense): all payers together pay no more' },
    { name: 'pays', amount: pays, formula: `the method’s benefit, at most ${formatCents(limit)} − priorPaid ${formatCents(input.priorPaid)}` },
    { name: 'patient-owes', amount: patientOwes, formula: input.qmb ? 'a QMB owes no cost share (42 USC 1396a(n)(3))' : 'what the method leaves to the patient, at most what is left to collect' },
    { name: 'write-off', amount: writeOff, formula: `charge ${formatCents(input.charge)} − priorPaid − pays − patientOwes` },
  ];
}
