import type { Parameters, Subscription } from 'fhir/r4.js';
import type { Journal } from '../../fhir/journal.js';
import { FhirError } from '../../fhir/outcome.js';
import type { Resources } from '../../fhir/resources.js';
import { statusParameters } from './notification.js';
import { readState } from './state.js';
import { TOPICS } from './topics.js';

/** How a subscription stands: how many events it was told, and why the last attempt failed, if it did. */
export async function statusOf({ id = '', status, criteria, error }: Subscription, journal: Journal, baseUrl: string): Promise<Parameters> {
  const state = (await readState(id, journal))?.state;
  const topic = TOPICS.find(({ url }) => url === criteria)?.url;
  return statusParameters({ id, status, topic, events: state?.events ?? 0, error: state?.failing?.why ?? error }, 'query-status', baseUrl);
}

/** Writes a new status; whoever changed the subscription meanwhile is heard first. Either way it is to be read again. */
export async function become(status: Subscription['status'], subscription: Subscription, resources: Pick<Resources, 'commit'>, error?: string): Promise<true> {
  const put = { ...subscription, status, error } as Subscription;
  try {
    await resources.commit([{ put, expectVersion: Number(subscription.meta?.versionId) }]);
  } catch (refused) {
    if (!(refused instanceof FhirError) || refused.status !== 412) throw refused;
  }
  return true;
}
