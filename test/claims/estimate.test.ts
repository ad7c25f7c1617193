import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { Parameters, ParametersParameter } from 'fhir/r4.js';
import { describe, expect, test } from 'vitest';
import { estimateBenefit, METHODS, type Estimate, type EstimateInput, type EstimateMethod } from '../../src/claims/estimate/estimate.js';
import { centsOf, parseAmount, toMoney } from '../../src/claims/money.js';
import { checkMoney, type MoneyExpectation } from '../cases/expect-money.js';

interface MoneyCase {
  readonly id: string;
  readonly title: string;
  readonly body: Parameters;
  readonly expect: MoneyExpectation;
}
const cases = JSON.parse(readFileSync(new URL('../cases/money.json', import.meta.url), 'utf8')) as MoneyCase[];

const valueOf = (parameter: ParametersParameter): unknown =>
  parameter.valueMoney ? parseAmount(parameter.valueMoney.value!) : (parameter.valueCode ?? parameter.valueDecimal ?? parameter.valueBoolean);
const inputOf = (body: Parameters): EstimateInput =>
  Object.fromEntries(body.parameter!.map((parameter) => [parameter.name, valueOf(parameter)])) as unknown as EstimateInput;

const estimated = (input: EstimateInput): Estimate => {
  const answer = estimateBenefit(input);
  if ('missing' in answer) throw new Error(`missing: ${answer.missing.join(', ')}`);
  return answer;
};

describe('$estimate-benefit meets every case of money.json', () => {
  test.each(cases.map((one) => [`${one.id} ${one.title}`, one] as const))('%s', (_name, one) => {
    const { normalBenefit, pays, patientOwes, writeOff } = estimated(inputOf(one.body));
    const answer: Parameters = {
      resourceType: 'Parameters',
      parameter: Object.entries({ normalBenefit, pays, patientOwes, writeOff }).map(([name, amount]) => ({ name, valueMoney: toMoney(amount) })),
    };
    expect(checkMoney(one.expect, answer)).toEqual([]);
  });
});

const usd = (dollars: number) => parseAmount(dollars)!;
const plan = { charge: usd(200), priorAllowed: usd(150), priorPaid: usd(100), ownAllowed: usd(120), deductibleRemaining: usd(0), rate: 0.8 };

describe('what the provider may collect', () => {
  test.each<[string, Partial<EstimateInput>, number]>([
    ['the lowest contracted fee, unless something else is stated', {}, 20],
    ['the highest, by balanceBasis', { balanceBasis: 'highest' }, 50],
    ['the highest, for a provider outside the network', { providerStatus: 'non-participating' }, 50],
    ['the lowest, by balanceBasis, outside the network too', { providerStatus: 'non-participating', balanceBasis: 'lowest' }, 20],
    ['nothing above what must be accepted', { balanceBasis: 'highest', obligatedToAccept: usd(110) }, 10],
    ['nothing of a QMB', { balanceBasis: 'highest', qmb: true }, 0],
  ])('%s', (_name, change, owes) => {
    expect(estimated({ method: 'non-duplication', ...plan, ...change }).patientOwes).toBe(usd(owes));
  });

  test('Medicaid’s own copay is the patient’s, and no more than what is left of the fee', () => {
    const input: EstimateInput = { method: 'medicaid-fee-minus-tpl', charge: usd(100), priorPaid: usd(60), ownAllowed: usd(62), coinsurance: usd(3) };
    expect(estimated(input)).toMatchObject({ pays: 0, patientOwes: usd(2), writeOff: usd(38) });
  });

  test('of a Medicare patient: what deductible and coinsurance exceed the earlier payment by', () => {
    const input: EstimateInput = { ...plan, method: 'medicare-secondary', ownAllowed: usd(150), deductibleRemaining: usd(120), priorPaid: usd(30) };
    expect(estimated(input)).toMatchObject({ pays: usd(24), patientOwes: usd(96) });
  });
});

describe('a missing fact is named, never guessed', () => {
  const full: EstimateInput = { ...plan, method: 'standard', priorPatientResponsibility: usd(50), providerStatus: 'participating', coinsurance: usd(0) };
  const required = (Object.keys(METHODS) as EstimateMethod[]).flatMap((method) => METHODS[method].needs({ ...full, method }).map((fact) => [method, fact] as const));
  test.each(required)('%s needs %s', (method, fact) => {
    expect(estimateBenefit({ ...full, method, [fact]: undefined })).toEqual({ missing: [fact] });
  });

  test('the gross form of Medicare needs what that form computes with', () => {
    expect(estimateBenefit({ method: 'medicare-secondary', grossBenefit: usd(1000) })).toEqual({
      missing: ['charge', 'priorPaid', 'deductibleRemaining', 'coinsurance'],
    });
  });
});

const amount = fc.integer({ min: 0, max: 500_000 }).map(centsOf);
const anyInput = fc.record(
  {
    method: fc.constantFrom(...(Object.keys(METHODS) as EstimateMethod[])),
    charge: amount,
    priorPaid: amount,
    priorAllowed: amount,
    priorPatientResponsibility: amount,
    ownAllowed: amount,
    deductibleRemaining: amount,
    coinsurance: amount,
    rate: fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100),
    providerStatus: fc.constantFrom('participating' as const, 'non-participating' as const),
    obligatedToAccept: fc.option(amount, { nil: undefined }),
    maximumRemaining: fc.option(amount, { nil: undefined }),
    grossBenefit: fc.option(amount, { nil: undefined }),
    balanceBasis: fc.constantFrom('lowest' as const, 'highest' as const, undefined),
    qmb: fc.boolean(),
  },
) as fc.Arbitrary<EstimateInput & typeof plan & { priorPatientResponsibility: typeof plan.charge }>;

const isGross = (input: EstimateInput) => input.method === 'medicare-secondary' && input.grossBenefit !== undefined;

describe('whatever the amounts', () => {
  test('nothing is negative', () => {
    fc.assert(fc.property(anyInput, (input) => {
      const { normalBenefit, pays, patientOwes, writeOff } = estimated(input);
      expect(Math.min(normalBenefit, pays, patientOwes, writeOff)).toBeGreaterThanOrEqual(0);
    }));
  });

  test('all payers together never pay more than the charge, what must be accepted, or the allowable expense', () => {
    fc.assert(fc.property(anyInput, (input) => {
      const { pays } = estimated(input);
      const allowable = isGross(input) ? input.grossBenefit! : Math.max(input.priorAllowed, input.ownAllowed);
      const limit = Math.min(input.charge, input.obligatedToAccept ?? Infinity, allowable);
      expect(pays).toBeLessThanOrEqual(Math.max(0, limit - input.priorPaid));
    }));
  });

  test('charge = earlier payments + pays + patient owes + write-off, unless the earlier payments exceed the charge', () => {
    fc.assert(fc.property(anyInput, (input) => {
      fc.pre(input.priorPaid <= input.charge);
      const { pays, patientOwes, writeOff } = estimated(input);
      expect(input.priorPaid + pays + patientOwes + writeOff).toBe(input.charge);
    }));
  });

  test('more paid before never makes this payer pay more', () => {
    fc.assert(fc.property(anyInput, amount, (input, more) => {
      const later = { ...input, priorPaid: centsOf(input.priorPaid + more) };
      expect(estimated(later).pays).toBeLessThanOrEqual(estimated(input).pays);
    }));
  });

  test.each(['ownAllowed', 'rate', 'maximumRemaining', 'charge'] as const)('a higher %s never makes this payer pay less', (fact) => {
    fc.assert(fc.property(anyInput, amount, (input, more) => {
      const before = input[fact];
      fc.pre(before !== undefined);
      const raised = { ...input, [fact]: fact === 'rate' ? 1 : centsOf(before! + more) };
      expect(estimated(raised).pays).toBeGreaterThanOrEqual(estimated(input).pays);
    }));
  });

  test('a QMB owes nothing, and the payer pays the same', () => {
    fc.assert(fc.property(anyInput, (input) => {
      const protectedPatient = estimated({ ...input, qmb: true });
      expect(protectedPatient.patientOwes).toBe(0);
      expect(protectedPatient.pays).toBe(estimated({ ...input, qmb: false }).pays);
    }));
  });

  test('the last steps are the answers', () => {
    fc.assert(fc.property(anyInput, (input) => {
      const { steps, pays, patientOwes, writeOff } = estimated(input);
      expect(steps.slice(-3).map(({ amount: stepAmount }) => stepAmount)).toEqual([pays, patientOwes, writeOff]);
    }));
  });
});
