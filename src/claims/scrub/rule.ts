import type { Coverage } from 'fhir/r4.js';
import type { PayerKind } from '../../cob/types.js';
import type { DeriveInput } from '../derive/input.js';
import type { Finding } from '../model.js';
import type { ScrubFacts } from './facts.js';

/**
 * All that is known about a claim that is to be sent. As for a derivation, with three differences: `claim` is the claim
 * to be sent; `claims` are all other claims of the patient, since duplicates are found among them; `resources` also hold
 * the providers, the documents named or about the decisions, and the CoverageEligibilityResponses of the coverages.
 */
export interface ScrubInput extends Omit<DeriveInput, 'coverage'> {
  /** The payer kind of a coverage, stated or inferred: `payerKindOf` of cob, of which this layer takes only types. */
  readonly payerKindOf: (coverage: Coverage) => PayerKind | undefined;
}

/** Where a rule is broken: an expression that resolves on the claim, and what to do. */
export interface Spot {
  readonly expression: string;
  /** Without patient data. */
  readonly text: string;
}

/** One reason for which a payer turns a claim away. */
export interface ScrubRule {
  /** Code of `CodeSystem/scrub-rule`. */
  readonly id: string;
  /** `error`: the claim must not be sent as it is. `warning`: a person should look. */
  readonly severity: 'error' | 'warning';
  /** Where the rule comes from. */
  readonly source: string;
  readonly check: (facts: ScrubFacts) => readonly Spot[];
}

/** A broken rule; `code` is the rule's id, `expression` resolves on the claim. */
export interface ScrubFinding extends Finding {
  readonly severity: ScrubRule['severity'];
  readonly source: string;
}

/** Members whose key another one before has; those without a key repeat nothing. */
export function repeated<T>(members: readonly T[], keyOf: (member: T) => string | number | undefined): T[] {
  const seen = new Set<string | number>();
  return members.filter((member) => {
    const key = keyOf(member);
    if (key === undefined || !seen.has(key)) {
      if (key !== undefined) seen.add(key);
      return false;
    }
    return true;
  });
}

export const spot = (expression: string, text: string): Spot => ({ expression, text });
