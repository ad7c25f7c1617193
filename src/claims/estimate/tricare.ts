import { min, share, type Cents } from '../money.js';
import { benefitAlone, collectible, excess, type EstimateInput, type Stated } from './input.js';
import { method, type EstimateStep } from './method.js';

/** A non-participating provider may collect 115 % of the allowable (32 CFR 199.14; TRICARE Reimbursement Manual ch. 4). */
const BALANCE_BILLING_LIMIT = 1.15;

/**
 * After other insurance: the least of what is left to collect, TRICARE's own benefit and the patient's remaining
 * liability. What may be collected is the billed charge of a participating provider, 115 % of TRICARE's allowable of
 * another; nothing is owed once the other insurance has paid that much.
 */
export const tricare = method(
  'TRICARE Reimbursement Manual ch. 4 §3; Health Net Federal Services',
  ['providerStatus', 'priorPatientResponsibility', 'ownAllowed', 'deductibleRemaining', 'rate'],
  (input) => {
    const normalBenefit = benefitAlone(input);
    const limit = limitOf(input);
    const left = excess(limit, input.priorPaid);
    return {
      normalBenefit,
      benefit: min(left, normalBenefit, input.priorPatientResponsibility),
      liability: (pays) => excess(min(input.priorPatientResponsibility, excess(chargeableToPatient(input), input.priorPaid)), pays),
      steps: [
        limitStep(input, limit),
        { name: 'left-to-collect', amount: left, formula: 'limit − priorPaid, at least 0' },
        { name: 'normal-benefit', amount: normalBenefit, formula: `(ownAllowed − deductibleRemaining) × rate ${input.rate}, at most maximumRemaining` },
        { name: 'liability', amount: input.priorPatientResponsibility, formula: 'priorPatientResponsibility' },
      ],
    };
  },
);

type TricareInput = Stated<'charge' | 'priorPaid' | 'ownAllowed'>;

const isParticipating = (input: EstimateInput): boolean => input.providerStatus === 'participating';
const hundredAndFifteen = (input: TricareInput): Cents => share(input.ownAllowed, BALANCE_BILLING_LIMIT);
const limitOf = (input: TricareInput): Cents => (isParticipating(input) ? collectible(input) : min(collectible(input), hundredAndFifteen(input)));

/** A participating provider has accepted the allowable as full payment. */
const chargeableToPatient = (input: TricareInput): Cents => (isParticipating(input) ? min(collectible(input), input.ownAllowed) : limitOf(input));

const limitStep = (input: TricareInput, amount: Cents): EstimateStep => ({
  name: 'limit',
  amount,
  formula: isParticipating(input) ? 'billed charge' : '115 % of ownAllowed, at most the charge',
});
