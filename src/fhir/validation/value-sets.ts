import type { CodeSystem, CodeSystemConcept, ValueSet, ValueSetComposeInclude } from 'fhir/r4.js';
import type { CodeList } from './table.js';

/** ISO 4217 codes of funds, metals, tests and former currencies, which `Intl` doesn't list. */
const MORE_CURRENCIES = ['BOV', 'BYR', 'CHE', 'CHW', 'CLF', 'COU', 'HRK', 'MXV', 'SLL', 'USN', 'UYI', 'UYW', 'VED', 'XAG', 'XAU', 'XBA', 'XBB', 'XBC', 'XBD', 'XDR', 'XPD', 'XPT', 'XSU', 'XTS', 'XUA', 'XXX', 'ZWL'];

/** Code systems that FHIR names but doesn't contain. */
const EXTERNAL: Readonly<Record<string, () => string[]>> = {
  'urn:iso:std:iso:4217': () => [...Intl.supportedValuesOf('currency'), ...MORE_CURRENCIES],
};

/** All codes of a value set by system, or undefined when they can't be enumerated from the definitions (MIME types, UCUM …). */
export function expand(canonical: string, known: ReadonlyMap<string, ValueSet | CodeSystem>): CodeList | undefined {
  const valueSet = known.get(withoutVersion(canonical));
  if (valueSet?.resourceType !== 'ValueSet' || !valueSet.compose) return undefined;
  const included = union(valueSet.compose.include.map((part) => expandPart(part, known)));
  const excluded = union((valueSet.compose.exclude ?? []).map((part) => expandPart(part, known)));
  if (!included || !excluded) return undefined;
  return Object.fromEntries(
    Object.entries(included).map(([system, codes]) => [system, codes.filter((code) => !excluded[system]?.includes(code))]),
  );
}

const withoutVersion = (canonical: string): string => canonical.split('|')[0] ?? canonical;

function expandPart(part: ValueSetComposeInclude, known: ReadonlyMap<string, ValueSet | CodeSystem>): CodeList | undefined {
  if (part.filter) return undefined;
  if (part.valueSet) return part.system ? undefined : union(part.valueSet.map((url) => expand(url, known)));
  if (!part.system) return undefined;
  const codes = part.concept?.map(({ code }) => code) ?? codesOf(part.system, known);
  return codes && { [part.system]: codes };
}

function codesOf(system: string, known: ReadonlyMap<string, ValueSet | CodeSystem>): readonly string[] | undefined {
  const codeSystem = known.get(system);
  if (codeSystem?.resourceType === 'CodeSystem' && codeSystem.content === 'complete') return (codeSystem.concept ?? []).flatMap(withDescendants);
  return EXTERNAL[system]?.();
}

function withDescendants({ code, concept }: CodeSystemConcept): string[] {
  return [code, ...(concept ?? []).flatMap(withDescendants)];
}

function union(lists: readonly (CodeList | undefined)[]): CodeList | undefined {
  const all: Record<string, string[]> = {};
  for (const list of lists) {
    if (!list) return undefined;
    for (const [system, codes] of Object.entries(list)) all[system] = [...new Set([...(all[system] ?? []), ...codes])];
  }
  return all;
}
