import type { CodeSystem, CodeSystemConcept, CodeSystemConceptProperty } from 'fhir/r4.js';

/** A concept in its place in the hierarchy of its code system. */
export interface PlacedConcept {
  readonly concept: CodeSystemConcept;
  /** Codes one level up: that under which it is nested, and those whose property `child` names it. */
  readonly parents: readonly string[];
}

/** A code system by code, in the order of its text. */
export type CodeIndex = ReadonlyMap<string, PlacedConcept>;

const indices = new WeakMap<CodeSystem, CodeIndex>();

/** The concepts of a code system; made once for each. */
export function conceptsOf(system: CodeSystem): CodeIndex {
  const known = indices.get(system);
  if (known) return known;
  const index = new Map<string, { concept: CodeSystemConcept; parents: string[] }>();
  const place = (concepts: readonly CodeSystemConcept[], parents: string[]): void => {
    for (const concept of concepts) {
      if (!index.has(concept.code)) index.set(concept.code, { concept, parents: [...parents] });
      place(concept.concept ?? [], [concept.code]);
    }
  };
  place(system.concept ?? [], []);
  for (const [code, { concept }] of index) {
    for (const child of codesIn(concept, 'child')) index.get(child)?.parents.push(code);
    for (const parent of [...codesIn(concept, 'parent'), ...codesIn(concept, 'subsumedBy')]) index.get(code)?.parents.push(parent);
  }
  indices.set(system, index);
  return index;
}

/** All codes above `code`, however far. */
export const ancestorsOf = (index: CodeIndex, code: string): Set<string> => reached(code, (each) => index.get(each)?.parents ?? []);

/** All codes below `code`, however far. */
export function descendantsOf(index: CodeIndex, code: string): Set<string> {
  const children = new Map<string, string[]>();
  for (const [child, { parents }] of index) {
    for (const parent of parents) {
      const known = children.get(parent);
      if (known) known.push(child);
      else children.set(parent, [child]);
    }
  }
  return reached(code, (each) => children.get(each) ?? []);
}

/** Circles, which no hierarchy should have, are gone through once. */
function reached(from: string, next: (code: string) => readonly string[]): Set<string> {
  const seen = new Set<string>();
  const open = [...next(from)];
  for (let code = open.pop(); code !== undefined; code = open.pop()) {
    if (seen.has(code)) continue;
    seen.add(code);
    open.push(...next(code));
  }
  return seen;
}

/** Codes one level down, in the order of the code system. */
export const childrenOf = (index: CodeIndex, code: string): string[] => [...index].filter(([, { parents }]) => parents.includes(code)).map(([child]) => child);

/** Only a heading over others (`notSelectable`, R4 §4.8.10.1). */
export const isAbstract = (concept: CodeSystemConcept): boolean => propertiesOf(concept, 'notSelectable', 'abstract').some(({ valueBoolean }) => valueBoolean === true);

/** No longer in use, by the properties `inactive` or `status`. */
export const isInactive = (concept: CodeSystemConcept): boolean =>
  propertiesOf(concept, 'inactive').some(({ valueBoolean }) => valueBoolean === true) || propertiesOf(concept, 'status').some(({ valueCode }) => valueCode === 'retired' || valueCode === 'inactive');

/** The value of a property as text, whatever its type. */
export const valueOf = ({ valueCode, valueString, valueBoolean, valueInteger, valueDecimal, valueDateTime, valueCoding }: CodeSystemConceptProperty): string =>
  String(valueCode ?? valueString ?? valueBoolean ?? valueInteger ?? valueDecimal ?? valueDateTime ?? valueCoding?.code ?? '');

const propertiesOf = ({ property }: CodeSystemConcept, ...codes: string[]): CodeSystemConceptProperty[] => property?.filter(({ code }) => codes.includes(code)) ?? [];
const codesIn = (concept: CodeSystemConcept, property: string): string[] => propertiesOf(concept, property).flatMap(({ valueCode }) => valueCode ?? []);
