import { formatCents, max, min, share, subtract, ZERO, type Cents } from '../money.js';
import { allowableExpense, benefitAlone, collectible, excess, priorAllowedOf, withinMaximum, type Stated } from './input.js';
import { method, type EstimateStep } from './method.js';

const PLAN_FACTS = ['priorAllowed', 'ownAllowed', 'deductibleRemaining', 'rate'] as const;
type PlanInput = Stated<'charge' | 'priorPaid' | (typeof PLAN_FACTS)[number]>;

/** Pays its own benefit, at most what the earlier payments leave of the allowable expense. */
export const standard = method('NAIC MDL-120 §7', PLAN_FACTS, (input) => {
  const normalBenefit = benefitAlone(input);
  const left = excess(allowableExpense(input), input.priorPaid);
  return {
    normalBenefit,
    benefit: min(normalBenefit, left),
    liability: (pays) => balance(input, pays),
    steps: [alone(input, normalBenefit), { name: 'left-of-allowable', amount: left, formula: 'max(priorAllowed, ownAllowed) − priorPaid' }],
  };
});

/** Pays only what its own benefit exceeds the earlier payments by; the plan's maximum is inside that benefit. */
export const nonDuplication = method('Delta Dental of Wisconsin COB table; Dentrix', PLAN_FACTS, (input) => {
  const normalBenefit = benefitAlone(input);
  return {
    normalBenefit,
    benefit: excess(normalBenefit, input.priorPaid),
    liability: (pays) => balance(input, pays),
    steps: [alone(input, normalBenefit), { name: 'carve-out', amount: excess(normalBenefit, input.priorPaid), formula: 'normalBenefit − priorPaid, at least 0' }],
  };
});

/** Applies its deductible and rate to what the earlier payments leave of its own fee. */
export const maintenanceOfBenefits = method('Dentrix; ADA summary', PLAN_FACTS, (input) => {
  const normalBenefit = benefitAlone(input);
  const left = excess(subtract(input.ownAllowed, input.priorPaid), input.deductibleRemaining);
  const benefit = withinMaximum(share(left, input.rate), input);
  return {
    normalBenefit,
    benefit,
    liability: (pays) => balance(input, pays),
    steps: [
      alone(input, normalBenefit),
      { name: 'left-of-own-fee', amount: left, formula: 'ownAllowed − priorPaid − deductibleRemaining, at least 0' },
      { name: 'maintained-benefit', amount: benefit, formula: `× rate ${input.rate}, at most maximumRemaining` },
    ],
  };
});

/** Medigap and other supplements: a share of what the earlier payer left to the patient, and nothing else. */
export const supplement = method('domain/cob-rules.md §2, PR-only', ['priorPatientResponsibility', 'rate'], (input) => {
  const covered = excess(input.priorPatientResponsibility, input.deductibleRemaining ?? ZERO);
  const normalBenefit = withinMaximum(share(covered, input.rate), input);
  return {
    normalBenefit,
    benefit: normalBenefit,
    liability: (pays) => excess(input.priorPatientResponsibility, pays),
    steps: [{ name: 'normal-benefit', amount: normalBenefit, formula: `(priorPatientResponsibility − deductibleRemaining) × rate ${input.rate}, at most maximumRemaining` }],
  };
});

const alone = (input: PlanInput, amount: Cents): EstimateStep => ({
  name: 'normal-benefit',
  amount,
  formula: `(ownAllowed ${formatCents(input.ownAllowed)} − deductibleRemaining ${formatCents(input.deductibleRemaining)}) × rate ${input.rate}, at most maximumRemaining`,
});

/**
 * What the payments leave of the fee that the provider may collect: the lowest contracted one, or by `balanceBasis`
 * (and, unless that is stated, for a provider outside this plan's network) the highest.
 */
function balance(input: PlanInput, pays: Cents): Cents {
  const basis = input.balanceBasis ?? (input.providerStatus === 'non-participating' ? 'highest' : 'lowest');
  const fee = (basis === 'highest' ? max : min)(priorAllowedOf(input), input.ownAllowed);
  return excess(subtract(min(fee, collectible(input)), input.priorPaid), pays);
}
