import type { Claim } from 'fhir/r4.js';
import type { Handler } from '../../src/fhir/operation/operation.js';
import { FhirError } from '../../src/fhir/outcome.js';
import { exportClaim } from '../../src/work/claim-file/export.js';
import { EDI_X12 } from '../../src/fhir/interactions/body.js';

/** `$export-837`: the claim as the file that its payer takes. */
export const handle: Handler = async ({ target, in: inputs }, { resources }) => {
  if (target) return x12(await exportClaim(target as Claim, [], resources));
  const claim = inputs.resource<Claim>('claim') as Claim;
  try {
    return x12(await exportClaim(claim, inputs.resources('resource'), resources));
  } catch (error) {
    throw error instanceof FhirError ? error.within(inputs.one('claim')?.expression ?? 'Parameters') : error;
  }
};

const x12 = (body: string) => ({ content: { type: EDI_X12, body } });
