import { readClaimResponse } from './read-claim-response.js';
import { readExplanationOfBenefit } from './read-explanation-of-benefit.js';
import type { Decision, Reading } from './read-header.js';

export type { Decision, Reading } from './read-header.js';

/** Reads a payer's decision into the one model, with what could not be read. Amounts are exact cents or not there. */
export const readAdjudication = (resource: Decision): Reading =>
  resource.resourceType === 'ClaimResponse' ? readClaimResponse(resource) : readExplanationOfBenefit(resource);
