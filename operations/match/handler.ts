import type { Claim, ClaimResponse } from 'fhir/r4.js';
import type { Handler } from '../../src/fhir/operation/operation.js';
import { errors } from '../../src/fhir/outcome.js';
import { joinToClaim } from '../../src/work/remittance/match.js';

/** `$match`: joins a decision that came without a known claim to the claim that a person names. */
export const handle: Handler = async ({ target, in: inputs }, { resources, now }) => {
  const expression = `${inputs.one('claim')?.expression ?? 'Parameters'}.reference`;
  const [, id] = /^Claim\/([A-Za-z0-9\-.]{1,64})$/.exec(inputs.references('claim')[0] ?? '') ?? [];
  const claim = id === undefined ? undefined : await resources.read<Claim>('Claim', id);
  if (!claim) throw errors.businessRule('There is no such claim: name a stored one, e.g. Claim/1', expression);
  return { resource: await joinToClaim(target as ClaimResponse, claim, { resources, now }) };
};
