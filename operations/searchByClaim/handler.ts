import { parseAmount } from '../../src/claims/money.js';
import type { Handler, Inputs } from '../../src/fhir/operation/operation.js';
import { byClaim } from '../../src/work/remittance/advice/find.js';
import { claimsAnswer, soughtBy } from '../remittance-search.js';

/** `$searchByClaim` (Da Vinci Postable Remittance 1.0.0). */
export const handle: Handler = async ({ in: inputs }, { resources }) => {
  const sought = soughtBy(inputs);
  const claim = inputs.one('Claim')?.parts as Inputs;
  const charge = claim.money('ClaimChargeAmount')?.value;
  const found = await byClaim({
    ...sought, patientId: inputs.string('PatientID'), providerClaimId: claim.string('ProviderClaimID') ?? '', providerId: claim.string('ProviderID'), payerClaimId: claim.string('PayerClaimID'),
    charge: charge === undefined ? undefined : parseAmount(charge),
  }, resources);
  return claimsAnswer(sought.tin, found, resources);
};
