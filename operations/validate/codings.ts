import type { Issue } from '../../src/fhir/outcome.js';
import { conceptsOf, type HeldTerminology } from '../../src/fhir/terminology/index.js';
import type { JsonObject } from '../../src/fhir/validation/rule.js';

/** Whether a code is one of its code system's, where that is held whole: R4's releases, so that a newer code may be right. */
export function codingIssues({ system, code, display }: JsonObject, at: string, { find }: HeldTerminology): Issue[] {
  const held = typeof system === 'string' ? find(system) : undefined;
  if (held?.resourceType !== 'CodeSystem' || held.content !== 'complete' || typeof code !== 'string') return [];
  const concept = conceptsOf(held).get(code)?.concept;
  if (!concept) return [{ severity: 'warning', code: 'code-invalid', text: `The code system ${held.url ?? ''} as this server holds it has no such code.`, expression: `${at}.code`, id: 'code-unknown' }];
  if (typeof display !== 'string' || !concept.display || folded(display) === folded(concept.display)) return [];
  return [{ severity: 'information', code: 'code-invalid', text: `The code system shows this code as "${concept.display}".`, expression: `${at}.display`, id: 'code-display' }];
}

const folded = (text: string): string => text.trim().replace(/\s+/g, ' ').toLowerCase();
