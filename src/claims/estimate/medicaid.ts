import { min, ZERO, type Cents } from '../money.js';
import { excess, withinMaximum, type EstimateInput } from './input.js';
import { method, type EstimateStep } from './method.js';

/** The lesser of what the earlier payments leave of Medicaid's fee and the cost share. */
export const medicaidLesserOf = method('405 IAC 1-18-2; 42 USC 1396a(n)(2)', ['priorPatientResponsibility', 'ownAllowed'], (input) => {
  const left = excess(input.ownAllowed, input.priorPaid);
  return {
    normalBenefit: input.ownAllowed,
    benefit: withinMaximum(min(left, input.priorPatientResponsibility), input),
    liability: nothing,
    steps: [leftOfFee(left), costShare(input.priorPatientResponsibility)],
  };
});

/** Medicaid's fee less third-party payments and its own copay. */
export const medicaidFeeMinusTpl = method('42 CFR 433.139; Florida Medicaid TPL rule', ['ownAllowed'], (input) => {
  const copay = copayOf(input);
  const left = excess(input.ownAllowed, input.priorPaid);
  return {
    normalBenefit: excess(input.ownAllowed, copay),
    benefit: withinMaximum(excess(left, copay), input),
    liability: () => min(copay, left),
    steps: [leftOfFee(left), { name: 'copay', amount: copay, formula: 'coinsurance: Medicaid’s own copay, taken off' }],
  };
});

/** The whole cost share, whatever Medicaid's own fee is. */
export const medicaidFullCostShare = method('state plan (domain/cob-rules.md §2)', ['priorPatientResponsibility'], (input) => ({
  normalBenefit: input.priorPatientResponsibility,
  benefit: withinMaximum(input.priorPatientResponsibility, input),
  liability: nothing,
  steps: [costShare(input.priorPatientResponsibility)],
}));

/** Medicaid's payment is payment in full: 42 CFR 447.15. */
const nothing = (): Cents => ZERO;

const copayOf = (input: EstimateInput): Cents => input.coinsurance ?? ZERO;

const leftOfFee = (amount: Cents): EstimateStep => ({ name: 'left-of-fee', amount, formula: 'ownAllowed − priorPaid, at least 0' });
const costShare = (amount: Cents): EstimateStep => ({ name: 'cost-share', amount, formula: 'priorPatientResponsibility' });
