import type { Parameters, Subscription } from 'fhir/r4.js';
import type { Journal } from '../../fhir/journal.js';
import { statusParameters } from './notification.js';
import { readState } from './state.js';
import { TOPICS } from './topics.js';

/** How a subscription stands: how many events it was told, and why the last attempt failed, if it did. */
export async function statusOf({ id = '', status, criteria, error }: Subscription, journal: Journal, baseUrl: string): Promise<Parameters> {
  const state = (await readState(id, journal))?.state;
  const topic = TOPICS.find(({ url }) => url === criteria)?.url;
  return statusParameters({ id, status, topic, events: state?.events ?? 0, error: state?.failing?.why ?? error }, 'query-status', baseUrl);
}
