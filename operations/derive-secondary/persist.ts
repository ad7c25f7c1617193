import type { Claim, ClaimResponse, FhirResource, Provenance } from 'fhir/r4.js';
import type { OperationContext } from '../../src/fhir/operation/operation.js';
import { digest } from './load.js';

/**
 * Stores a derived claim, the decisions that it could only contain, and their Provenance in one commit. All ids follow
 * from what they are made of: whoever derives the same at the same time finds them there.
 */
export async function persist(derived: Claim, { resources, now }: OperationContext): Promise<Claim> {
  const { claim, responses } = withStoredDecisions(derived);
  const put = [...responses, claim, provenanceOf(claim, responses, now().toISOString())];
  const left = await resources.commit(put.map((resource) => ({ put: resource, ifAbsent: true })));
  return left.find((resource): resource is Claim => resource.resourceType === 'Claim') ?? claim;
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
    agent: [{ type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type', code: 'assembler' }] }, who: { display: 'Cobalt $derive-secondary' } }],
    entity: sources.map((what) => ({ role: 'source', what })),
  };
}
