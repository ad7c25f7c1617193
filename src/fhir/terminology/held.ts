import { readFileSync } from 'node:fs';
import type { CodeSystem, FhirResource, ValueSet } from 'fhir/r4.js';
import { inProject } from '../../root.js';
import { currencies } from './currencies.js';
import { expansionOf, withoutVersion } from './expansion.js';

/** R4's own value sets and code systems, trimmed to what they mean. */
export interface TerminologyTable {
  readonly codeSystems: readonly CodeSystem[];
  readonly valueSets: readonly ValueSet[];
}

/** The file below `dist/generated` (made by `src/build/terminology.ts`). */
export const TERMINOLOGY = 'terminology.json';

/** The codes of a value set, alone and as `system|code`. */
export interface Members {
  readonly codes: ReadonlySet<string>;
  readonly coded: ReadonlySet<string>;
}

/** The value sets and code systems that the server holds whatever is stored: Cobalt's own, and R4's, read when one of these is first asked for. */
export class HeldTerminology {
  readonly #own: ReadonlyMap<string, ValueSet | CodeSystem>;
  readonly #fragments: ReadonlyMap<string, ValueSet | CodeSystem>;
  readonly #members = new Map<string, Members | undefined>();
  #r4: ReadonlyMap<string, ValueSet | CodeSystem> | undefined;

  /** `own`: Cobalt's conformance resources; those of other types are passed over. */
  constructor(own: readonly FhirResource[]) {
    this.#own = byUrl(own.filter((each) => each.resourceType === 'ValueSet' || each.resourceType === 'CodeSystem'));
    this.#fragments = byUrl(fragmentsOf(own));
  }

  /**
   * By canonical URL without version.
   * @throws {Error} when the build has not made R4's table.
   */
  readonly find = (url: string): ValueSet | CodeSystem | undefined => 
    this.#own.get(url) ?? (this.#r4 ??= readTable()).get(url) ?? this.#fragments.get(url);

  /** Undefined for a value set that is not held, or draws on what is not. */
  readonly members = (canonical: string): Members | undefined => {
    const url = withoutVersion(canonical);
    if (!this.#members.has(url)) {
      const valueSet = this.find(url);
      const expansion = valueSet?.resourceType === 'ValueSet' ? expansionOf(valueSet, this.find) : undefined;
      const concepts = expansion && 'concepts' in expansion ? expansion.concepts : undefined;
      this.#members.set(url, concepts && { codes: new Set(concepts.map(({ code }) => code)), coded: new Set(concepts.map(({ system, code }) => `${system}|${code}`)) });
    }
    return this.#members.get(url);
  };

  /** The codes alone, for parameters of operations. */
  readonly codesOf = (canonical: string): ReadonlySet<string> | undefined => this.members(canonical)?.codes;
}

function readTable(): ReadonlyMap<string, ValueSet | CodeSystem> {
  const { codeSystems, valueSets } = JSON.parse(readFileSync(inProject('dist', 'generated', TERMINOLOGY), 'utf8')) as TerminologyTable;
  return byUrl([...codeSystems, ...valueSets, currencies()]);
}

const byUrl = (resources: readonly (ValueSet | CodeSystem)[]): Map<string, ValueSet | CodeSystem> => new Map(resources.flatMap((each) => (each.url ? [[each.url, each]] : [])));

/**
 * Code systems of others, as far as our value sets list their codes (X12's are licensed: codes without texts). A
 * fragment: that a code is not in it says nothing.
 */
function fragmentsOf(own: readonly FhirResource[]): CodeSystem[] {
  const codes = new Map<string, Set<string>>();
  for (const each of own) {
    if (each.resourceType !== 'ValueSet') continue;
    for (const { system, concept } of each.compose?.include ?? []) {
      if (!system || !concept) continue;
      const known = codes.get(system) ?? new Set();
      codes.set(system, concept.reduce((all, { code }) => all.add(code), known));
    }
  }
  return [...codes].map(([url, list]) => ({ resourceType: 'CodeSystem', url, name: url, status: 'active', content: 'fragment', concept: [...list].map((code) => ({ code })) }));
}
