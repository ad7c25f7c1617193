import type { ElementDefinition, ElementDefinitionSlicing, ElementDefinitionType, StructureDefinition } from 'fhir/r4.js';

/** An element as a profile constrains it, with all that it says of what is below. What the base says is checked with the base. */
export interface ProfileElement {
  /** As in the path, `serviced[x]` too. */
  readonly name: string;
  readonly sliceName: string | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
  /** The types it may have; undefined: those of the base. */
  readonly types: readonly ElementDefinitionType[] | undefined;
  /** `fixed[x]`: exactly this. */
  readonly fixed: unknown;
  /** `pattern[x]`: at least this. */
  readonly pattern: unknown;
  readonly binding: { readonly strength: string; readonly valueSet: string } | undefined;
  readonly constraints: readonly ProfileConstraint[];
  readonly slicing: ElementDefinitionSlicing | undefined;
  readonly slices: readonly ProfileElement[];
  readonly children: readonly ProfileElement[];
}

/** An invariant: FHIRPath that must be true on each value of its element. */
export interface ProfileConstraint {
  readonly key: string;
  readonly severity: 'error' | 'warning';
  readonly human: string;
  readonly expression: string;
}

type Building = { -readonly [K in keyof ProfileElement]: ProfileElement[K] } & { children: Building[]; slices: Building[]; constraints: ProfileConstraint[] };

/**
 * The tree of what a profile and those it is based on say, the most basic first: the later refines the earlier by the
 * ids of the elements (`Coverage.identifier:memberId.type`).
 */
export function profileTree(definitions: readonly StructureDefinition[]): ProfileElement {
  const root = empty(definitions[0]?.type ?? 'Element', undefined);
  for (const { differential, snapshot } of definitions) {
    for (const element of (differential ?? snapshot)?.element ?? []) refine(placeOf(root, element.id ?? element.path), element);
  }
  return root;
}

const empty = (name: string, sliceName: string | undefined): Building => ({
  name, sliceName, min: undefined, max: undefined, types: undefined, fixed: undefined, pattern: undefined, binding: undefined, constraints: [], slicing: undefined, slices: [], children: [],
});

function placeOf(root: Building, id: string): Building {
  let place = root;
  for (const step of id.split('.').slice(1)) {
    const [name = step, sliceName] = step.split(':', 2);
    place = found(place.children, (child) => child.name === name, () => empty(name, undefined));
    if (sliceName !== undefined) place = found(place.slices, (slice) => slice.sliceName === sliceName, () => empty(name, sliceName));
  }
  return place;
}

function found(list: Building[], fits: (each: Building) => boolean, make: () => Building): Building {
  const known = list.find(fits);
  if (known) return known;
  const made = make();
  list.push(made);
  return made;
}

function refine(place: Building, element: ElementDefinition): void {
  if (element.min !== undefined) place.min = element.min;
  if (element.max !== undefined) place.max = element.max === '*' ? Number.POSITIVE_INFINITY : Number(element.max);
  if (element.type) place.types = element.type;
  if (element.slicing) place.slicing = element.slicing;
  const { binding } = element;
  if (binding?.valueSet) place.binding = { strength: binding.strength, valueSet: binding.valueSet };
  for (const [key, value] of Object.entries(element)) {
    if (/^fixed[A-Z]/.test(key)) place.fixed = value;
    if (/^pattern[A-Z]/.test(key)) place.pattern = value;
  }
  for (const { key, severity, human, expression } of element.constraint ?? []) {
    if (expression !== undefined) place.constraints.push({ key, severity, human, expression });
  }
}
