import type { CodeSystem } from 'fhir/r4.js';

/** ISO 4217, which FHIR names but doesn't contain. */
export const CURRENCIES = 'urn:iso:std:iso:4217';

/** Codes of funds, metals, tests and former currencies, which `Intl` doesn't list. */
const MORE_CURRENCIES = ['BOV', 'BYR', 'CHE', 'CHW', 'CLF', 'COU', 'HRK', 'MXV', 'SLL', 'USN', 'UYI', 'UYW', 'VED', 'XAG', 'XAU', 'XBA', 'XBB', 'XBC', 'XBD', 'XDR', 'XPD', 'XPT', 'XSU', 'XTS', 'XUA', 'XXX', 'ZWL'];

let system: CodeSystem | undefined;

/** ISO 4217 as a code system, from the list that JavaScript keeps. */
export function currencies(): CodeSystem {
  return (system ??= make());
}

function make(): CodeSystem {
  const names = new Intl.DisplayNames('en', { type: 'currency', fallback: 'none' });
  const concept = [...new Set([...Intl.supportedValuesOf('currency'), ...MORE_CURRENCIES])].map((code) => ({ code, display: names.of(code) ?? code }));
  return { resourceType: 'CodeSystem', url: CURRENCIES, name: 'Iso4217', title: 'Currencies (ISO 4217)', status: 'active', content: 'complete', concept };
}
