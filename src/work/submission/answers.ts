import type { Claim, ClaimResponse } from 'fhir/r4.js';
import { focalCoverageOf } from '../../claims/derive/chain.js';
import { stringifyExact } from '../../fhir/json/exact.js';
import type { Resources } from '../../fhir/resources.js';
import { validateResource } from '../../fhir/validation/index.js';
import { isAboutPatientOf } from '../derivation/lookup.js';
import { digest } from '../task.js';

/** What is the payer’s server’s own, or is looked at by itself. */
const NOT_KEPT: ReadonlySet<string> = new Set(['id', 'meta', 'text', 'implicitRules', 'communicationRequest']);

/**
 * What the payer says about a claim, as it is stored here: its references lead to our claim, patient and coverage; what
 * else it refers to is on its own server and is left out, unless it is contained. The id follows from the claim and the
 * content, so that what is said twice is kept once, and what is said otherwise later stands beside it. Undefined: it is
 * no valid ClaimResponse.
 */
export function asOurs(said: ClaimResponse, claim: Claim, address: string): ClaimResponse | undefined {
  const { id, communicationRequest } = said;
  const content = Object.fromEntries(Object.entries(said).filter(([element]) => !NOT_KEPT.has(element))) as unknown as ClaimResponse;
  const coverage = focalCoverageOf(claim);
  const ours: ClaimResponse = {
    ...content,
    id: digest(`${claim.id ?? ''} ${stringifyExact(content)}`).slice(0, 32),
    meta: { source: address },
    identifier: [...(said.identifier ?? []), ...(id === undefined ? [] : [{ system: `${address}/ClaimResponse`, value: id }])],
    patient: claim.patient,
    insurer: claim.insurer ?? said.insurer,
    requestor: claim.provider,
    request: { ...withIdentifier(said), reference: `Claim/${claim.id ?? ''}` },
    ...(coverage === undefined ? {} : { insurance: [{ sequence: 1, focal: true, coverage: { reference: coverage } }] }),
    ...(communicationRequest?.some(isContained) ? { communicationRequest: communicationRequest.filter(isContained) } : {}),
  };
  return validateResource(ours).length === 0 ? ours : undefined;
}

/** What payers have said about a claim, by when it came. What names the claim and another patient is not about it. */
export async function responsesTo(claim: Claim, resources: Resources): Promise<ClaimResponse[]> {
  const all = await resources.search<ClaimResponse>('ClaimResponse', `request=Claim/${claim.id ?? ''}&_sort=_lastUpdated`);
  const isAbout = await Promise.all(all.map((response) => isAboutPatientOf(claim, response, resources)));
  return all.filter((_, position) => isAbout[position]);
}

/** The payer has decided; what is `queued` is only received. */
export const isDecided = ({ outcome, status }: ClaimResponse): boolean => outcome !== 'queued' && status === 'active';

/** Whether it asks for something before it decides. */
export const asksForDocuments = ({ communicationRequest = [] }: ClaimResponse): boolean => communicationRequest.length > 0;

const isContained = ({ reference }: { readonly reference?: string }): boolean => reference?.startsWith('#') ?? false;

const withIdentifier = ({ request }: ClaimResponse) => (request?.identifier ? { identifier: request.identifier } : {});
