import type { Claim } from 'fhir/r4.js';
import { scrub } from '../../src/claims/scrub/index.js';
import type { Handler } from '../../src/fhir/operation/operation.js';
import { inlineScrubInput, storedScrubInput } from '../../src/work/scrub/load.js';
import { scrubOutcome } from '../../src/work/scrub/outcome.js';
import { wholeDate } from '../whole-date.js';

/** `$scrub`: what would make the payer turn a claim away, before it is sent. */
export const handle: Handler = async ({ level, target, in: inputs }, { resources, today }) => {
  const asOf = wholeDate(inputs, 'asOf') ?? today();
  const input = level === 'instance'
    ? await storedScrubInput(target as Claim, resources, asOf)
    : await inlineScrubInput(inputs.resource<Claim>('claim') as Claim, inputs.resources('resource'), resources, asOf);
  return { resource: scrubOutcome(scrub(input)) };
};
