import type { CodeSystem, ValueSetComposeIncludeFilter } from 'fhir/r4.js';
import { ancestorsOf, conceptsOf, descendantsOf, valueOf, type CodeIndex, type PlacedConcept } from './code-system.js';

/** Whether a concept passes; it is of the code system that the filter was made for. */
export type ConceptTest = (code: string, placed: PlacedConcept) => boolean;

/** R4's names for the code itself in a filter on the hierarchy (§4.8.16). */
const HIERARCHY: ReadonlySet<string> = new Set(['concept', 'code']);

/** By operator (value set filter-operator), on the hierarchy: what a code must be for a value. */
const ON_HIERARCHY: Readonly<Record<string, (index: CodeIndex, value: string) => (code: string) => boolean>> = {
  '=': (_index, value) => (code) => code === value,
  'is-a': (index, value) => among(descendantsOf(index, value).add(value)),
  'descendent-of': (index, value) => among(descendantsOf(index, value)),
  'is-not-a': (index, value) => notAmong(descendantsOf(index, value).add(value)),
  generalizes: (index, value) => among(ancestorsOf(index, value).add(value)),
  in: (_index, value) => among(listed(value)),
  'not-in': (_index, value) => notAmong(listed(value)),
};

/** By operator, on a property that the code system declares: whether one of its values passes. */
const ON_PROPERTY: Readonly<Record<string, (values: readonly string[], value: string) => boolean>> = {
  '=': (values, value) => values.includes(value),
  in: (values, value) => values.some((each) => listed(value).has(each)),
  'not-in': (values, value) => !values.some((each) => listed(value).has(each)),
  exists: (values, value) => (values.length > 0) === (value === 'true'),
};

/** A filter of a value set as a test of concepts; undefined for one that is not understood here (`regex`, undeclared properties). */
export function conceptTest(filter: ValueSetComposeIncludeFilter, system: CodeSystem): ConceptTest | undefined {
  const { property, op, value } = filter;
  if (HIERARCHY.has(property)) return ON_HIERARCHY[op]?.(conceptsOf(system), value);
  const holds = ON_PROPERTY[op];
  if (!holds || !system.property?.some(({ code }) => code === property)) return undefined;
  return (_code, { concept, parents }) => {
    const stated = concept.property?.filter(({ code }) => code === property).map(valueOf) ?? [];
    return holds(property === 'parent' ? [...stated, ...parents] : stated, value);
  };
}

const among = (codes: ReadonlySet<string>) => (code: string): boolean => codes.has(code);
const notAmong = (codes: ReadonlySet<string>) => (code: string): boolean => !codes.has(code);
const listed = (value: string): ReadonlySet<string> => new Set(value.split(',').map((each) => each.trim()));
