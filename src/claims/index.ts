/** What the layers above take from the adjudication model. */
export type { Adjudication, AdjudicatedLine, Adjustment, AdjustmentGroup, Finding, Imbalance, IncompleteAdjustment, StatedAmounts } from './model.js';
export { readAdjudication, type Decision, type Reading } from './read.js';
export { checkBalance } from './balance.js';
export { residualOf } from './amounts.js';
export { netAdjudications, type NetAdjudication } from './net.js';
export { interpret, interpretAdjudication, type Interpretation, type InterpretationContext, type InterpretedAmounts, type InterpretedLine } from './interpret.js';
export { toClaimResponse, type ClaimResponseContext } from './write-claim-response.js';
export { toExplanationOfBenefit, type ExplanationOfBenefitContext } from './write-explanation-of-benefit.js';
export { crossoverOf, type Crossover } from './crossover.js';
export { denialsOf, type Denial } from './denial.js';
export type { Next } from './next.js';
export { InexactAmountError, toMoney, type Cents } from './money.js';
