import { factsOf } from './facts.js';
import type { ScrubFinding, ScrubInput, ScrubRule } from './rule.js';
import { SEQUENCE_RULES } from './sequence.js';

export type { ScrubFinding, ScrubInput, ScrubRule } from './rule.js';

/** Every rule, by family. */
export const SCRUB_RULES: readonly ScrubRule[] = [
  ...SEQUENCE_RULES,
];

/**
 * What would make the next payer turn the claim away, before it is sent; none: nothing was found. With an `error` it must
 * not be sent; a `warning` is for a person to look at. Pure; the same input gives the same findings, in the order of the rules.
 * @throws {RangeError} amounts that are too large to be added exactly.
 */
export function scrub(input: ScrubInput): ScrubFinding[] {
  const facts = factsOf(input);
  return SCRUB_RULES.flatMap(({ id, severity, source, check }) => check(facts).map((found) => ({ code: id, severity, source, ...found })));
}
