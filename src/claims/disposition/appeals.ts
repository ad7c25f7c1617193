import type { Adjudication } from '../model.js';
import { claimCharge, claimPaid } from '../balance.js';
import { min, share, sum, ZERO, type Cents } from '../money.js';
import { refusalsOf } from '../refusals.js';
import Big from 'big.js';

/** A refusal that is worth an appeal. */
export interface AppealWorth {
  readonly amount: Cents;
  /** What it would bring if it were won: the refused amount at the rate at which the payer paid the rest of the claim; all of it where the payer paid nothing. */
  readonly expectedValue: Cents;
  /** The last day; undefined: not known. */
  readonly deadline: string | undefined;
}

const APPEALS: ReadonlySet<string> = new Set(['appeal', 'next-appeal-level', 'appeal-primary']);

/** What a payer refused that can be appealed; undefined: nothing. `deadline` of the first level, still to come. */
export function appealWorth(adjudication: Adjudication, deadline: string | undefined): AppealWorth | undefined {
  const refused = refusalsOf(adjudication).filter(({ appealable, action }) => appealable && APPEALS.has(action));
  if (refused.length === 0) return undefined;
  const amount = sum(refused.map((one) => one.amount));
  const paid = claimPaid(adjudication) ?? ZERO;
  const considered = (claimCharge(adjudication) ?? ZERO) - amount;
  return { amount, deadline, expectedValue: paid > 0 && considered > 0 ? min(amount, share(amount, new Big(paid).div(considered).toFixed(20))) : amount };
}
