import type { Claim, ClaimResponse, FhirResource, Provenance } from 'fhir/r4.js';
import type { ResourceChange } from '../../fhir/resources.js';
import { digest } from '../task.js';

/** A derived claim as it is stored, and what has to be written for it. */
export interface Persisted {
  readonly claim: Claim;
  readonly changes: readonly ResourceChange[];
}

/**
 * Stores a derived claim, the decisions that it could only contain, and their Provenance. All ids follow from what they
 * are made of: whoever derives the same at the same time finds them there. `recorded` is a FHIR instant.
 */
export function persisting(derived: Claim, recorded: string): Persisted {
  const { claim, responses } = withStoredDecisions(derived);
  const put = [...responses, claim, provenanceOf(claim, responses, recorded)];
  return { claim, changes: put.map((resource) => ({ put: resource, ifAbsent: true })) };
}

/** Decisions known only as ExplanationOfBenefit become resources of their own. A net of several remittances stays contained. */
function withStoredDecisions(derived: Claim): { readonly claim: Claim; readonly responses: readonly ClaimResponse[] } {
  const made = (derived.contained ?? []).filter((resource): resource is ClaimResponse => resource.resourceType === 'ClaimResponse' && resource.meta?.source !== undefined);
  const ids = new Map(made.map((response) => [`#${response.id ?? ''}`, digest(JSON.stringify(response)).slice(0, 32)]));
  const contained = (derived.contained ?? []).filter((resource) => !made.includes(resource as ClaimResponse));
  const insurance = derived.insurance.map((row) => {
    const id = ids.get(row.claimResponse?.reference ?? '');
    return id === undefined ? row : { ...row, claimResponse: { reference: `ClaimResponse/${id}` } };
  });
  return {
    claim: { ...derived, contained: contained.length > 0 ? contained : undefined, insurance },
    responses: made.map((response) => ({ ...response, id: ids.get(`#${response.id ?? ''}`) as string })),
  };
}

function provenanceOf(claim: Claim, responses: readonly ClaimResponse[], recorded: string): Provenance {
  const sources = [
    ...(claim.related ?? []).flatMap((related) => related.claim ?? []),
    ...claim.insurance.flatMap(({ claimResponse }) => claimResponse ?? []),
    ...responses.flatMap(({ meta }) => (meta?.source === undefined ? [] : [{ reference: meta.source }])),
  ].filter(({ reference }) => reference !== undefined && !reference.startsWith('#') && !responses.some(({ id }) => reference === `ClaimResponse/${id ?? ''}`));
  return {
    resourceType: 'Provenance',
    id: claim.id as string,
    target: [claim as FhirResource, ...responses].map(({ resourceType, id }) => ({ reference: `${resourceType}/${id ?? ''}` })),
    recorded,
    activity: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-DataOperation', code: 'CREATE' }] },
    agent: [{ type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type', code: 'assembler' }] }, who: { display: 'Cobalt' } }],
    entity: sources.map((what) => ({ role: 'source', what })),
  };
}
