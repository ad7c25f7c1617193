import { estimateBenefit, type EstimateInput, type EstimateMethod } from '../../src/claims/estimate/estimate.js';
import { parseAmount, toMoney, type Cents } from '../../src/claims/money.js';
import type { Handler, Inputs } from '../../src/fhir/operation/operation.js';
import { errors, FhirError } from '../../src/fhir/outcome.js';

const AMOUNTS = [
  'charge', 'obligatedToAccept', 'priorAllowed', 'priorPaid', 'priorPatientResponsibility', 'ownAllowed',
  'deductibleRemaining', 'maximumRemaining', 'coinsurance', 'grossBenefit',
] as const;

/** `$estimate-benefit`: what this payer should pay after the earlier ones (domain/cob-rules.md §2). */
export const handle: Handler = async ({ in: inputs }) => {
  const estimate = estimateBenefit(inputOf(inputs));
  if ('missing' in estimate) {
    throw new FhirError(422, estimate.missing.map((fact) => ({
      severity: 'error', code: 'required', expression: 'Parameters', id: 'missing-fact',
      text: `The method ${inputs.string('method') ?? ''} needs the parameter ${fact}: state it, zero where there is none`,
    })));
  }
  const { normalBenefit, pays, patientOwes, writeOff, steps, source } = estimate;
  return {
    out: {
      normalBenefit: toMoney(normalBenefit),
      pays: toMoney(pays),
      patientOwes: toMoney(patientOwes),
      writeOff: toMoney(writeOff),
      step: steps.map(({ name, amount, formula }) => ({ name, amount: toMoney(amount), formula: name === 'pays' ? `${formula} (${source})` : formula })),
    },
  };
};

/** The definition has checked names, types and codes. */
function inputOf(inputs: Inputs): EstimateInput {
  const amounts = Object.fromEntries(AMOUNTS.map((name) => [name, amountOf(inputs, name)]));
  return {
    method: inputs.string('method') as EstimateMethod,
    ...amounts,
    ...stated('rate', rateOf(inputs)),
    ...stated('balanceBasis', inputs.string('balanceBasis') as EstimateInput['balanceBasis']),
    ...stated('providerStatus', inputs.string('providerStatus') as EstimateInput['providerStatus']),
    ...stated('qmb', inputs.boolean('qmb')),
  };
}

const stated = <Name extends string, Value>(name: Name, value: Value | undefined): { [N in Name]?: Value } =>
  (value === undefined ? {} : { [name]: value }) as { [N in Name]?: Value };

function amountOf(inputs: Inputs, name: (typeof AMOUNTS)[number]): Cents | undefined {
  const input = inputs.one(name);
  const money = inputs.money(name);
  if (!input || !money) return undefined;
  if (money.currency !== undefined && money.currency !== 'USD') throw errors.businessRule(`The parameter ${name} must be in USD`, `${input.expression}.currency`);
  const amount = money.value === undefined ? undefined : parseAmount(money.value);
  if (amount === undefined || amount < 0) throw errors.businessRule(`The parameter ${name} must be an amount in whole cents, zero or more`, input.expression);
  return amount;
}

function rateOf(inputs: Inputs): number | undefined {
  const rate = inputs.number('rate');
  if (rate !== undefined && (rate < 0 || rate > 1)) throw errors.businessRule('The parameter rate is a share between 0 and 1, e.g. 0.8', inputs.one('rate')?.expression);
  return rate;
}
