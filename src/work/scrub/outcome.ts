import type { OperationOutcome } from 'fhir/r4.js';
import { CANONICAL } from '../../claims/canonical.js';
import type { ScrubFinding } from '../../claims/scrub/index.js';

/** `CodeSystem/scrub-rule` as a system. */
export const SCRUB_SYSTEM = `${CANONICAL}/CodeSystem/scrub-rule`;

/** What a scrub found: an issue for each broken rule, the rule's source in `diagnostics`; where none is, one issue that says so. */
export function scrubOutcome(findings: readonly ScrubFinding[]): OperationOutcome {
  if (findings.length === 0) return { resourceType: 'OperationOutcome', issue: [{ severity: 'information', code: 'informational', details: details('nothing-found', 'Nothing was found that would make the payer turn this claim away') }] };
  return {
    resourceType: 'OperationOutcome',
    issue: findings.map(({ code, severity, text, expression, source }) => ({ severity, code: 'business-rule', details: details(code, text), diagnostics: source, expression: [expression] })),
  };
}

const details = (code: string, text: string) => ({ coding: [{ system: SCRUB_SYSTEM, code }], text });
