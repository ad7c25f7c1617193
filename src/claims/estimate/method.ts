import type { Cents } from '../money.js';
import type { EstimateFact, EstimateInput, Stated } from './input.js';

/** One line of the working: an amount and how it was found. */
export interface EstimateStep {
  readonly name: string;
  readonly amount: Cents;
  readonly formula: string;
}

/** What a method says before the limits that hold for all of them. */
export interface MethodResult {
  readonly normalBenefit: Cents;
  readonly benefit: Cents;
  /** The allowable expense, where it is not the highest of the stated fees. */
  readonly allowable?: Cents;
  /** What the patient may be asked for when the plan has paid `pays`. */
  readonly liability: (pays: Cents) => Cents;
  readonly steps: readonly EstimateStep[];
}

export interface Method {
  /** Where the formula comes from. */
  readonly source: string;
  readonly needs: (input: EstimateInput) => readonly EstimateFact[];
  readonly compute: (input: EstimateInput) => MethodResult | undefined;
}

/** A method that needs the same facts always. `compute` is asked only when all of them are stated. */
export function method<Facts extends EstimateFact>(
  source: string,
  needs: readonly Facts[],
  compute: (input: Stated<Facts | 'charge' | 'priorPaid'>) => MethodResult,
): Method {
  const facts = ['charge', 'priorPaid', ...needs] as const;
  return {
    source,
    needs: () => facts,
    compute: (input) => (states(input, facts) ? compute(input) : undefined),
  };
}

const states = <Facts extends EstimateFact>(input: EstimateInput, facts: readonly Facts[]): input is Stated<Facts> =>
  facts.every((fact) => input[fact] !== undefined);
