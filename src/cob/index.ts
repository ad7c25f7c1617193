export { benefitTypesOf, coverageActiveOn, employmentOf, medicareEntitlementOf } from './coverage-facts.js';
export { orderBenefits } from './order.js';
export { payerKindOf } from './payer-kind.js';
export { citationOf, RULES, type RuleId } from './rules.js';
export type * from './types.js';
