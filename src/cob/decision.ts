import type { RuleId } from './rules.js';
import type { Plan } from './situation.js';

/** What the rules say of two coverages. `equal`: neither goes first, they share (N6). */
export interface Decision {
  readonly first: Plan;
  readonly then: Plan;
  readonly equal: boolean;
  readonly rule: RuleId;
  /** The facts that decided, as a clause. */
  readonly because: string;
}

export const before = (first: Plan, then: Plan, rule: RuleId, because: string): Decision => ({ first, then, equal: false, rule, because });

/** The one with the lower value goes first; undefined when they are equal. */
export function lower(a: Plan, b: Plan, valueA: number, valueB: number, rule: RuleId, because: string): Decision | undefined {
  if (valueA === valueB) return undefined;
  return valueA < valueB ? before(a, b, rule, because) : before(b, a, rule, because);
}
