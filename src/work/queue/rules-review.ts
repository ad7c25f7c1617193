import type { Organization } from 'fhir/r4.js';
import { readPayerRules } from '../../claims/deadlines/payer-rules.js';
import type { LogEntry } from '../../fhir/interactions/interaction.js';
import { FhirError } from '../../fhir/outcome.js';
import type { Resources } from '../../fhir/resources.js';
import { because } from '../automation/draft.js';
import { toTask, type WorkItem } from '../task.js';
import type { Chore } from '../worker.js';
import { withPlaybook, type FindPlaybook } from './playbooks.js';

/** Days are stated, so that it is soon enough. */
const EVERY_MS = 3_600_000;

export interface RulesReviewParts {
  readonly resources: Resources;
  readonly find: FindPlaybook;
  readonly log: (entry: LogEntry) => void;
}

/**
 * Has the rules of payers reviewed (R078): whose day has come (`payer-rules`, `reviewDue`) gets a Task, one for each such
 * day. Done twice, or by two at once, it changes nothing the second time.
 */
export function rulesReview({ resources, find, log }: RulesReviewParts): Chore {
  let last = -Infinity;
  return async (now) => {
    if (now.getTime() - last < EVERY_MS) return;
    last = now.getTime();
    const authoredOn = now.toISOString();
    for await (const page of resources.pages<Organization>('Organization', `rules-review-due=le${authoredOn.slice(0, 10)}`)) {
      for (const organization of page) {
        try {
          await resources.commit([{ put: toTask(withPlaybook(reviewOf(organization, authoredOn), find)), ifAbsent: true }]);
        } catch (error) {
          // What can't be written for one payer keeps no other waiting.
          if (!(error instanceof FhirError)) throw error;
          log({ level: 'error', event: 'review of rules not asked for', status: error.status });
        }
      }
    }
  };
}

function reviewOf(organization: Organization, authoredOn: string): WorkItem {
  const { reviewDue } = readPayerRules(organization);
  const focus = `Organization/${organization.id ?? ''}`;
  return {
    code: 'follow-up', cause: ['payer-rules-review', focus, reviewDue ?? ''], focus, authoredOn, deadline: reviewDue, reason: because('work-reason', 'payer-rules-review-due'),
    description: 'Compare the rules of this payer with what it publishes now, and state when that is to be done again',
  };
}
