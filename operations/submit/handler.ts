import type { Claim } from 'fhir/r4.js';
import type { Handler } from '../../src/fhir/operation/operation.js';
import { toOutcome } from '../../src/fhir/outcome.js';
import type { Outbound } from '../../src/outbound/index.js';
import type { ChecklistRules } from '../../src/work/queue/transitions.js';
import type { Channels } from '../../src/work/submission/channel.js';
import { submit } from '../../src/work/submission/submit.js';

export interface SubmitParts {
  readonly outbound: Outbound;
  readonly channels: Channels;
  readonly checklists: ChecklistRules;
}

/** `$submit`: the claim to its payer, and what the payer says. */
export const submitWith = (parts: SubmitParts): Handler => async ({ target }, { resources, baseUrl, now }) => {
  const submission = await submit(target as Claim, { ...parts, resources, baseUrl, now });
  if (submission.kind === 'answered') return { resource: submission.response };
  const { id = '', businessStatus } = submission.task;
  const text = `${businessStatus?.text ?? 'Being sent'}. Task/${id} follows the claim: submit it again to ask for its state`;
  return { resource: toOutcome([{ severity: 'information', code: 'informational', text }]) };
};
