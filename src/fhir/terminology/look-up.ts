import type { CodeSystem, CodeSystemConceptProperty } from 'fhir/r4.js';
import { childrenOf, conceptsOf, isAbstract, isInactive } from './code-system.js';

/** A property of a concept as `$lookup` tells it. */
export interface ToldProperty {
  readonly code: string;
  /** With one `value[x]`. */
  readonly value: Omit<CodeSystemConceptProperty, 'code'>;
  /** How the value is shown, for codes. */
  readonly description?: string | undefined;
}

/** The answer of `$lookup`. */
export interface ToldConcept {
  readonly name: string;
  readonly version?: string | undefined;
  /** The code itself where the text is licensed and not held. */
  readonly display: string;
  readonly designation: readonly { readonly language?: string | undefined; readonly use?: object | undefined; readonly value: string }[];
  readonly property: readonly ToldProperty[];
}

/** What is known of a code; undefined when its system does not have it. `wanted`: only these properties; none named: all. */
export function lookUp(system: CodeSystem, code: string, wanted: readonly string[]): ToldConcept | undefined {
  const index = conceptsOf(system);
  const placed = index.get(code);
  if (!placed) return undefined;
  const { concept, parents } = placed;
  const related = (property: string) => (other: string): ToldProperty => ({ code: property, value: { valueCode: other }, description: index.get(other)?.concept.display });
  const all: ToldProperty[] = [
    ...(concept.definition ? [{ code: 'definition', value: { valueString: concept.definition } }] : []),
    ...parents.map(related('parent')),
    ...childrenOf(index, code).map(related('child')),
    { code: 'inactive', value: { valueBoolean: isInactive(concept) } },
    ...(isAbstract(concept) ? [{ code: 'abstract', value: { valueBoolean: true } }] : []),
    ...(concept.property ?? []).filter((each) => !COMPUTED.has(each.code)).map(({ code: name, ...value }) => ({ code: name, value })),
  ];
  return {
    name: system.title ?? system.name ?? system.url ?? '',
    version: system.version,
    display: concept.display ?? code,
    designation: (concept.designation ?? []).map(({ language, use, value }) => ({ language, use, value })),
    property: wanted.length === 0 ? all : all.filter(({ code: name }) => wanted.includes(name)),
  };
}

/** Told from the hierarchy and the concept's state, whatever property states them. */
const COMPUTED: ReadonlySet<string> = new Set(['parent', 'child', 'subsumedBy', 'inactive', 'notSelectable', 'abstract']);
