import { ADJUSTMENT_RULES } from './adjustments.js';
import { BALANCE_RULES } from './balance.js';
import { CODE_RULES } from './codes.js';
import { COVERAGE_RULES } from './coverage.js';
import { DUPLICATE_RULES } from './duplicates.js';
import { factsOf } from './facts.js';
import { FILING_RULES } from './filing.js';
import { IDENTITY_RULES } from './identity.js';
import { LINE_RULES } from './lines.js';
import { MSP_RULES } from './msp.js';
import { PRIOR_PAYER_RULES } from './prior-payers.js';
import type { ScrubFinding, ScrubInput, ScrubRule } from './rule.js';
import { SEQUENCE_RULES } from './sequence.js';

export type { ScrubFinding, ScrubInput, ScrubRule } from './rule.js';

/** Every rule, by family. */
export const SCRUB_RULES: readonly ScrubRule[] = [
  ...SEQUENCE_RULES,
  ...PRIOR_PAYER_RULES,
  ...BALANCE_RULES,
  ...ADJUSTMENT_RULES,
  ...MSP_RULES,
  ...LINE_RULES,
  ...CODE_RULES,
  ...IDENTITY_RULES,
  ...COVERAGE_RULES,
  ...FILING_RULES,
  ...DUPLICATE_RULES,
];

/**
 * What would make the next payer turn the claim away, before it is sent; none: nothing was found. With an `error` it must
 * not be sent; a `warning` is for a person to look at. Pure; the same input gives the same findings, in the order of the rules.
 * @throws {InexactAmountError} amounts that are too large to be added exactly.
 */
export function scrub(input: ScrubInput): ScrubFinding[] {
  const facts = factsOf(input);
  return SCRUB_RULES.flatMap(({ id, severity, source, check }) => check(facts).map((found) => ({ code: id, severity, source, ...found })));
}
