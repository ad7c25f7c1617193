import type { Claim, FhirResource } from 'fhir/r4.js';
import { relative } from '../read-header.js';
import { referenceTo } from './input.js';

/**
 * What goes with the claim: the documents that it already names, and the earlier payers' explanations where the payer
 * requires them, as documents where there are any, else the decisions themselves.
 */
export function attachmentsOf(claim: Claim, decisions: readonly string[], requiresPrimaryEob: boolean, resources: readonly FhirResource[]): string[] {
  const named = (claim.supportingInfo ?? []).flatMap(({ valueReference }) => relative(valueReference?.reference) ?? []);
  const explanations = requiresPrimaryEob ? decisions.flatMap((decision) => documentsOf(decision, resources)) : [];
  return [...new Set([...named, ...explanations])];
}

function documentsOf(decision: string, resources: readonly FhirResource[]): string[] {
  const documents = resources.flatMap((resource) =>
    resource.resourceType === 'DocumentReference' && resource.context?.related?.some(({ reference }) => relative(reference) === decision)
      ? (referenceTo(resource) ?? [])
      : []);
  return documents.length > 0 ? documents : [decision];
}
