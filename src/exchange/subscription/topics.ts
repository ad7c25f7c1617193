import type { Claim, FhirResource, Task } from 'fhir/r4.js';
import { CANONICAL, structureDefinition } from '../../claims/canonical.js';
import { isAnswer } from '../../work/automation/arrival.js';
import { levelsOf } from '../../work/queue/escalation.js';
import { ownerOf } from '../../work/queue/teams.js';
import { AUTOMATION, workCodeOf } from '../../work/task.js';

/** An event that can be subscribed to (Subscriptions R5 Backport 1.1, "Topic-Based Subscriptions"). */
export interface Topic {
  /** The canonical URL that stands in `Subscription.criteria`. */
  readonly url: string;
  readonly title: string;
  /** What happens when, in words. */
  readonly description: string;
  /** The types of resource that it is about. */
  readonly types: readonly string[];
  /** Whether a version is an event; `before` is undefined for what did not stand. */
  isEvent(after: FhirResource, before: FhirResource | undefined): boolean;
}

const DERIVED_FROM = structureDefinition('derived-from');

const topic = (code: string, rest: Omit<Topic, 'url'>): Topic => ({ url: `${CANONICAL}/SubscriptionTopic/${code}`, ...rest });

export const TOPICS: readonly Topic[] = [
  topic('claim-derived', {
    title: 'A claim for the next payer was made',
    description: 'A Claim that follows from what earlier payers have decided was stored for the first time.',
    types: ['Claim'],
    isEvent: (after, before) => before === undefined && ((after as Claim).extension ?? []).some(({ url }) => url === DERIVED_FROM),
  }),
  topic('adjudication-received', {
    title: 'A payer’s decision arrived',
    description: 'A ClaimResponse or ExplanationOfBenefit by which a payer has answered a claim was stored, or corrected or withdrawn.',
    types: ['ClaimResponse', 'ExplanationOfBenefit'],
    isEvent: (after) => isAnswer(after),
  }),
  topic('work-created', {
    title: 'There is new work',
    description: 'A Task of the queue that is for people was stored for the first time.',
    types: ['Task'],
    isEvent: (after, before) => before === undefined && workCodeOf(after as Task) !== undefined && ownerOf(after as Task) !== AUTOMATION,
  }),
  topic('deadline-near', {
    title: 'A deadline is near',
    description: 'An open Task came to one of the days before its deadline on which it is escalated.',
    types: ['Task'],
    isEvent: (after, before) => levelsOf(after as Task).some((days) => before === undefined || !levelsOf(before as Task).includes(days)),
  }),
];
