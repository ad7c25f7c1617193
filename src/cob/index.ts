/**
 * The order of benefits (domain/cob-rules.md §1). Where to look:
 *
 * | question | file |
 * |---|---|
 * | all rules with their citations | `rules.ts` |
 * | who takes part: dates, kind of service, VA, active duty, Medicare Advantage, what is no plan | `takes-part.ts` |
 * | workers' compensation, Black Lung, no-fault, liability | `event-payers.ts` |
 * | Medicare and a plan by employment: age, disability, renal disease, retiree, COBRA, size | `medicare.ts` |
 * | two group or individual plans: own or dependent, active or retired, longer coverage | `naic.ts` |
 * | a child under several plans: birthday, decree, custody | `naic-children.ts` |
 * | TRICARE, CHAMPVA, Medicaid, what pays after it; the places of all kinds | `programs.ts` |
 * | all pairs into one order; a retiree with Medicare and a working spouse (N1M) | `compose.ts` |
 * | a coverage that its source does not have any more, or held parts of back | `doubt.ts` |
 * | what is asked when a fact is not stated | `plan-questions.ts`, `medicare-questions.ts`, `family-questions.ts` |
 * | when it is asked: only if its values lead to different orders | `worlds.ts`, `order.ts` |
 * | what no element states, and is pointed at in the trace | `notes.ts` |
 * | who takes part from day to day: gaps and overlaps | `timeline.ts` |
 *
 * Pure: values in, values out; nothing is read, stored or timed.
 */
export { doubtOf } from './doubt.js';
export { benefitTypesOf, coverageActiveOn, employmentOf, medicareEntitlementOf } from './coverage-facts.js';
export { orderBenefits } from './order.js';
export { payerKindOf } from './payer-kind.js';
export { citationOf, RULES, type RuleId } from './rules.js';
export { coverageTimeline, type CoverageSpan } from './timeline.js';
export type * from './types.js';
