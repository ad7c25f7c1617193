import { add, max, min, share, subtract, ZERO, type Cents } from '../money.js';
import { benefitAlone, collectible, excess, type EstimateInput } from './input.js';
import { method, type EstimateStep, type Method } from './method.js';

const SOURCE = '42 CFR 411.33; CMS Pub. 100-05 ch. 5 §40.8';

/** Services paid by fee schedule, 42 CFR 411.33(a): the lowest of three. */
const feeSchedule = method(SOURCE, ['priorAllowed', 'ownAllowed', 'deductibleRemaining', 'rate'], (input) => {
  const normalBenefit = benefitAlone(input);
  const leftOfCharge = excess(collectible(input), input.priorPaid);
  const leftOfFee = excess(max(input.ownAllowed, input.priorAllowed), input.priorPaid);
  const benefit = min(leftOfCharge, normalBenefit, leftOfFee);
  return {
    normalBenefit,
    benefit,
    liability: () => unmetCostShare(subtract(input.ownAllowed, normalBenefit), input.priorPaid),
    steps: [
      { name: 'left-of-charge', amount: leftOfCharge, formula: 'min(charge, obligatedToAccept) − priorPaid' },
      { name: 'normal-benefit', amount: normalBenefit, formula: `(ownAllowed − deductibleRemaining) × rate ${input.rate}` },
      { name: 'left-of-fee', amount: leftOfFee, formula: 'max(ownAllowed, priorAllowed) − priorPaid' },
      lowest(benefit),
      sequestration(benefit),
    ],
  };
});

/** Other services (hospital, composite rate), 42 CFR 411.33(e): the lowest of four, with G gross, D deductible, K coinsurance. */
const gross = method(SOURCE, ['grossBenefit', 'deductibleRemaining', 'coinsurance'], (input) => {
  const costShare = add(input.deductibleRemaining, input.coinsurance);
  const normalBenefit = excess(input.grossBenefit, costShare);
  const leftOfGross = excess(input.grossBenefit, input.priorPaid);
  const leftOfCharge = excess(collectible(input), input.priorPaid);
  const chargeLessShare = excess(collectible(input), costShare);
  const benefit = min(normalBenefit, leftOfGross, leftOfCharge, chargeLessShare);
  return {
    normalBenefit,
    benefit,
    allowable: input.grossBenefit,
    liability: () => unmetCostShare(min(costShare, input.grossBenefit), input.priorPaid),
    steps: [
      { name: 'normal-benefit', amount: normalBenefit, formula: 'grossBenefit − deductibleRemaining − coinsurance' },
      { name: 'left-of-gross', amount: leftOfGross, formula: 'grossBenefit − priorPaid' },
      { name: 'left-of-charge', amount: leftOfCharge, formula: 'min(charge, obligatedToAccept) − priorPaid' },
      { name: 'charge-less-cost-share', amount: chargeLessShare, formula: 'min(charge, obligatedToAccept) − deductibleRemaining − coinsurance' },
      lowest(benefit),
      sequestration(benefit),
    ],
  };
});

/** Medicare after another payer: the gross form where a gross amount is stated, else the fee schedule's. */
export const medicareSecondary: Method = {
  source: SOURCE,
  needs: (input) => formOf(input).needs(input),
  compute: (input) => formOf(input).compute(input),
};

const formOf = (input: EstimateInput): Method => (input.grossBenefit === undefined ? feeSchedule : gross);

/** The earlier payment is credited to deductible and coinsurance; only what they exceed it by is the patient's (42 CFR 411.35(c)(2), unverified). */
const unmetCostShare = (costShare: Cents, priorPaid: Cents): Cents => max(ZERO, subtract(costShare, priorPaid));

const lowest = (amount: Cents): EstimateStep => ({ name: 'lowest', amount, formula: 'the lowest of these amounts' });

const SEQUESTRATION_RATE = 0.02;
const sequestration = (benefit: Cents): EstimateStep => ({
  name: 'sequestration',
  amount: share(benefit, SEQUESTRATION_RATE),
  formula: '2 % that Medicare withholds from the result (CARC 253, unverified); not taken off here, and never the patient’s',
});
