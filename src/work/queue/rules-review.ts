import type { Organization } from 'fhir/r4.js';
import { readPayerRules } from '../../claims/deadlines/payer-rules.js';
import type { LogEntry } from '../../fhir/interactions/interaction.js';
import { FhirError } from '../../fhir/outcome.js';
import type { Resources } from '../../fhir/resources.js';
import { because } from '../automation/draft.js';
import { toTask } from '../task.js';
import type { Chore } from '../worker.js';
import { withPlaybook, type FindPlaybook } from './playbooks.js';

/** A day comes once a day; clinics all over the world do not begin theirs at the same moment. */
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
        const task = toTask(withPlaybook(reviewOf(organization, authoredOn), find));
        if ((await resources.read('Task', task.id ?? '')) === undefined) await written({ resources, log }, () => resources.commit([{ put: task, ifAbsent: true }]));
      }
    }
  };
}

const reviewOf = (organization: Organization, authoredOn: string) => {
  const { reviewDue } = readPayerRules(organization);
  const focus = `Organization/${organization.id ?? ''}`;
  return {
    code: 'follow-up', cause: ['payer-rules-review', focus, reviewDue ?? ''], focus, authoredOn, deadline: reviewDue, reason: because('work-reason', 'payer-rules-review-due'),
    description: 'Compare the rules of this payer with what it publishes now, and state when that is to be done again',
  } as const;
};

/** What can't be written for one payer keeps no other waiting. */
async function written({ log }: Pick<RulesReviewParts, 'resources' | 'log'>, write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!(error instanceof FhirError)) throw error;
    log({ level: 'error', event: 'review of rules not asked for', status: error.status });
  }
}
