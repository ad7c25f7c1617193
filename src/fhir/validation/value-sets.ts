import type { CodeSystem, ValueSet } from 'fhir/r4.js';
import { currencies, CURRENCIES } from '../terminology/currencies.js';
import { expansionOf, withoutVersion } from '../terminology/expansion.js';
import type { CodeList } from './table.js';

/** All codes of a value set by system, or undefined when they can't be enumerated from the definitions (MIME types, UCUM …). */
export function expand(canonical: string, known: ReadonlyMap<string, ValueSet | CodeSystem>): CodeList | undefined {
  const valueSet = known.get(withoutVersion(canonical));
  if (valueSet?.resourceType !== 'ValueSet' || !valueSet.compose) return undefined;
  const expansion = expansionOf(valueSet, (url) => (url === CURRENCIES ? currencies() : known.get(url)));
  if ('lacks' in expansion) return undefined;
  const codes: Record<string, string[]> = {};
  for (const { system, code } of expansion.concepts) (codes[system] ??= []).push(code);
  return codes;
}
