import type { Resources } from '../../fhir/resources.js';
import type { Outbound } from '../../outbound/index.js';
import type { ChecklistRules } from '../queue/transitions.js';
import type { Channels } from './channel.js';

/** What sending claims takes. */
export interface SubmissionContext {
  readonly resources: Resources;
  readonly outbound: Outbound;
  readonly channels: Channels;
  readonly checklists: ChecklistRules;
  /** Our FHIR base, without a slash at the end. */
  readonly baseUrl: string;
  readonly now: () => Date;
}
