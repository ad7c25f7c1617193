import type { Claim, ClaimResponse, ExplanationOfBenefit } from 'fhir/r4.js';
import { readAdjudication } from '../../claims/read.js';
import { toExplanationOfBenefit } from '../../claims/write-explanation-of-benefit.js';

/** The decision as the patient's applications read it: `meta.source` says that it is a view of the ClaimResponse and no decision of its own. */
export function explanationOf(response: ClaimResponse, { type, provider }: Claim): ExplanationOfBenefit {
  const { adjudication } = readAdjudication(response);
  const id = response.id ?? '';
  return { ...toExplanationOfBenefit(adjudication, { type, provider, id }), meta: { source: `ClaimResponse/${id}` } };
}
