import type { Coverage } from 'fhir/r4.js';
import { payerKindOf, type PayerKind } from '../cob/index.js';

/** The payer kind of a coverage, stated or inferred; undefined where neither says, and for what is no coverage at all. */
export function kindOf(coverage: Coverage): PayerKind | undefined {
  const kind = payerKindOf(coverage)?.kind;
  return kind === 'no-coverage' ? undefined : kind;
}
