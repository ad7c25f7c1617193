import type { FhirResource, Patient, Reference } from 'fhir/r4.js';
import { relative } from '../read-header.js';
import { referenceTo } from './input.js';

/**
 * Whether two references may stand for one patient: they name the same record, or records of which one has replaced the
 * other (`Patient.link`, R4 §8.1.5.1), directly or through further ones. One that names no record by itself (contained, an identifier) is
 * compared by what it states, elsewhere.
 */
export function maySamePatient(a: Reference | undefined, b: Reference | undefined, resources: Iterable<FhirResource>): boolean {
  const [one, other] = [relative(a?.reference), relative(b?.reference)];
  if (one === undefined || other === undefined || one === other || one.startsWith('#') || other.startsWith('#')) return true;
  const merged = mergesIn(resources);
  const reached = new Set([one]);
  for (const record of reached) for (const [from, to] of merged) {
    if (from === record) reached.add(to);
    if (to === record) reached.add(from);
  }
  return reached.has(other);
}

/** Who was merged with whom, whichever of the two records says so. */
const mergesIn = (resources: Iterable<FhirResource>): (readonly [string, string])[] =>
  [...resources].flatMap((resource) => (resource.resourceType === 'Patient' ? mergedWith(resource).map((other) => [referenceTo(resource) ?? '', other] as const) : []));

/** The records that a patient's record has replaced, or that have replaced it, e.g. `Patient/1`. */
export const mergedWith = ({ link = [] }: Patient): string[] =>
  link.flatMap(({ type, other }) => (type === 'replaced-by' || type === 'replaces' ? (relative(other.reference) ?? []) : []));
