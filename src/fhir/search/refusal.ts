import type { Issue } from '../outcome.js';
import { FhirError } from '../outcome.js';

/** A name as it may stand in an error's text: short, and nothing but what names are made of. */
export const shown = (name: string): string => name.slice(0, 64).replace(/[^\w:.\-*]/g, '?');

/** The ways in which a search is refused. 501: FHIR has it, this server does not. */
export const refusal = {
  unknown: (text: string): FhirError => failure(400, 'not-supported', 'search-parameter-unknown', text),
  modifier: (text: string): FhirError => failure(400, 'not-supported', 'search-modifier', text),
  value: (text: string): FhirError => failure(400, 'value', 'search-value', text),
  limit: (text: string): FhirError => failure(400, 'too-costly', 'search-limit', text),
  unsupported: (text: string): FhirError => failure(501, 'not-supported', 'search-parameter-unsupported', text),
  unsupportedModifier: (text: string): FhirError => failure(501, 'not-supported', 'search-modifier', text),
};

function failure(status: number, code: Issue['code'], id: string, text: string): FhirError {
  return new FhirError(status, { severity: 'error', code, text, id });
}
