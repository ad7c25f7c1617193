import type { CodeSystem, CodeSystemConcept, CodeSystemConceptDesignation, ValueSet, ValueSetComposeInclude, ValueSetExpansionContains } from 'fhir/r4.js';
import { conceptsOf, isAbstract, isInactive } from './code-system.js';
import { conceptTest } from './filters.js';

/** A code of a value set. */
export interface Concept {
  readonly system: string;
  readonly version?: string | undefined;
  readonly code: string;
  readonly display?: string | undefined;
  readonly definition?: string | undefined;
  readonly designation?: readonly CodeSystemConceptDesignation[] | undefined;
  readonly abstract?: true;
  readonly inactive?: true;
}

/** All codes of a value set in its order, each once; or what is not to be had that they draw on. */
export type Expansion = { readonly concepts: readonly Concept[] } | { readonly lacks: string };

/** A ValueSet or CodeSystem by its canonical URL without version. */
export type Find = (url: string) => ValueSet | CodeSystem | undefined;

/** Computes what a value set holds by its definition (R4 §4.9.8.2), or takes the expansion that it carries. */
export const expansionOf = (valueSet: ValueSet, find: Find): Expansion => computed(valueSet, { find, known: new Map() });

/** What one computation goes by: each value set is expanded once; one whose expansion is not known yet includes itself. */
interface Work {
  readonly find: Find;
  readonly known: Map<string, Expansion | undefined>;
}

function computed({ compose, expansion }: ValueSet, work: Work): Expansion {
  if (!compose) return expansion ? { concepts: carried(expansion.contains ?? []) } : { lacks: 'a definition of what it holds (compose)' };
  const included = compose.include.map((part) => partOf(part, work));
  const excluded = (compose.exclude ?? []).map((part) => partOf(part, work));
  const lacking = [...included, ...excluded].find((part) => 'lacks' in part);
  if (lacking) return lacking;
  const out = new Set(excluded.flatMap((part) => ('concepts' in part ? part.concepts.map(keyOf) : [])));
  const kept = new Map<string, Concept>();
  for (const concept of included.flatMap((part) => ('concepts' in part ? part.concepts : []))) {
    const key = keyOf(concept);
    if (!out.has(key) && !kept.has(key) && !(compose.inactive === false && concept.inactive)) kept.set(key, concept);
  }
  return { concepts: [...kept.values()] };
}

/** The canonical URL alone: `http://…|4.0.1` names the same here. */
export const withoutVersion = (canonical: string): string => canonical.split('|', 1)[0] ?? canonical;

/** One `include` or `exclude`: what its system and all its value sets have in common. */
function partOf(part: ValueSetComposeInclude, work: Work): Expansion {
  const sets = [
    ...(part.system === undefined ? [] : [ofSystem(part, part.system, work.find)]),
    ...(part.valueSet ?? []).map((canonical) => imported(withoutVersion(canonical), work)),
  ];
  const [first = { concepts: [] }, ...others] = sets;
  return others.reduce<Expansion>((common, other) => {
    if ('lacks' in common) return common;
    if ('lacks' in other) return other;
    const keys = new Set(other.concepts.map(keyOf));
    return { concepts: common.concepts.filter((concept) => keys.has(keyOf(concept))) };
  }, first);
}

function imported(url: string, work: Work): Expansion {
  if (work.known.has(url)) return work.known.get(url) ?? { lacks: `an end of ${url}, which includes itself` };
  const valueSet = work.find(url);
  if (valueSet?.resourceType !== 'ValueSet') return { lacks: url };
  work.known.set(url, undefined);
  const expansion = computed(valueSet, work);
  work.known.set(url, expansion);
  return expansion;
}

function ofSystem({ concept: listed, filter, version: asked }: ValueSetComposeInclude, url: string, find: Find): Expansion {
  const found = find(withoutVersion(url));
  const system = found?.resourceType === 'CodeSystem' ? found : undefined;
  const version = asked ?? system?.version;
  if (listed) {
    const index = system && conceptsOf(system);
    return { concepts: listed.map((each) => ({ ...conceptOf(url, version, index?.get(each.code)?.concept ?? { code: each.code }), ...stated(each) })) };
  }
  if (system?.content !== 'complete') return { lacks: url };
  const tests = (filter ?? []).map((each) => conceptTest(each, system));
  if (tests.includes(undefined)) return { lacks: `the filter on ${url}` };
  const passing = [...conceptsOf(system)].filter(([code, placed]) => tests.every((test) => test?.(code, placed)));
  return { concepts: passing.map(([, { concept }]) => conceptOf(url, version, concept)) };
}

/** What a value set itself says of a code that it lists. */
const stated = ({ display, designation }: CodeSystemConcept): Partial<Concept> => ({ ...(display ? { display } : {}), ...(designation ? { designation } : {}) });

/** A concept of a code system as one of a value set. */
export const conceptOf = (system: string, version: string | undefined, concept: CodeSystemConcept): Concept => ({
  system, version, code: concept.code, display: concept.display, definition: concept.definition, designation: concept.designation,
  ...(isAbstract(concept) ? { abstract: true } : {}),
  ...(isInactive(concept) ? { inactive: true } : {}),
});

const keyOf = ({ system, code }: Concept): string => `${system}|${code}`;

const carried = (contains: readonly ValueSetExpansionContains[]): Concept[] =>
  contains.flatMap(({ system, version, code, display, designation, abstract, inactive, contains: below }) => [
    ...(system && code ? [{ system, version, code, display, designation, ...(abstract ? { abstract } : {}), ...(inactive ? { inactive } : {}) } as Concept] : []),
    ...carried(below ?? []),
  ]);
