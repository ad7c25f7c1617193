import type { Inputs } from '../src/fhir/operation/operation.js';
import { errors } from '../src/fhir/outcome.js';

/** A date parameter. FHIR dates may be a month or a year; nothing can be counted from those. @throws {FhirError} 422. */
export function wholeDate(inputs: Inputs, name: string): string | undefined {
  const date = inputs.string(name);
  if (date !== undefined && date.length !== 'YYYY-MM-DD'.length) throw errors.businessRule(`The parameter ${name} must be a whole date, e.g. 2026-03-22`, inputs.one(name)?.expression);
  return date;
}
