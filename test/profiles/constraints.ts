import type { FhirResource } from 'fhir/r4.js';
import { Conformance } from '../../src/fhir/conformance.js';
import { inProject } from '../../src/root.js';
import { evaluate } from './fhirpath.js';

export interface Constraint {
  readonly key: string;
  readonly human: string;
  /** The element that it holds for, e.g. `Claim.item`. */
  readonly path: string;
  readonly expression: string;
}

export const conformance = Conformance.read(inProject('profiles'));
const definitions = conformance.ofType('StructureDefinition');

/** The invariants that a definition of ours states itself. */
const ownConstraints = (url: string): Constraint[] =>
  (definitions.find((each) => each.url === url)?.differential?.element ?? []).flatMap(({ path, constraint = [] }) =>
    constraint.map(({ key, human, expression = '' }) => ({ key, human, path, expression })));

/** The invariants of a profile and of those that it is based on. */
export function constraintsOf(profile: string): Constraint[] {
  const base = definitions.find(({ url }) => url === profile)?.baseDefinition;
  return [...(base === undefined ? [] : constraintsOf(base)), ...ownConstraints(profile)];
}

export const allConstraints: readonly Constraint[] = definitions.flatMap(({ url }) => ownConstraints(url));

/** Keys of the invariants, warnings too, that a resource breaks of the profiles that it names. */
export const brokenInvariants = (resource: FhirResource): string[] =>
  (resource.meta?.profile ?? []).flatMap(constraintsOf).flatMap(({ key, expression, path }) => (evaluate(expression, path, resource).every((value) => value === true) ? [] : [key]));
