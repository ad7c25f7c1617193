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

/** Whether `code` stands below `ancestor`, however far, and is not the same. */
export function isBelow(index: CodeIndex, code: string, ancestor: string): boolean {
  const seen = new Set<string>();
  const open = [...(index.get(code)?.parents ?? [])];
  for (let parent = open.pop(); parent !== undefined; parent = open.pop()) {
    if (parent === ancestor) return true;
    if (seen.has(parent)) continue;
    seen.add(parent);
    open.push(...(index.get(parent)?.parents ?? []));
  }
  return false;
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
