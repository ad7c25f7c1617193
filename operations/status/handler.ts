import type { Bundle, BundleEntry, Subscription } from 'fhir/r4.js';
import type { Handler } from '../../src/fhir/operation/operation.js';
import type { Journal } from '../../src/fhir/journal.js';
import { statusOf } from '../../src/exchange/subscription/status.js';

export interface StatusParts {
  readonly journal: Journal;
}

/** `$status` of subscriptions (Subscriptions R5 Backport, "Subscription Status Operation"): of the one in the URL, or of those asked for. */
export const statusWith = ({ journal }: StatusParts): Handler => async ({ target, in: inputs }, { resources, baseUrl, now, newId }) => {
  const found = target ? [target as Subscription] : await resources.search<Subscription>('Subscription', queryOf(inputs.all('id').map(({ value }) => String(value)), inputs.all('status').map(({ value }) => String(value))));
  const entry = await Promise.all(found.map(async (subscription): Promise<BundleEntry> => ({ fullUrl: `urn:uuid:${newId()}`, resource: await statusOf(subscription, journal, baseUrl), search: { mode: 'match' } })));
  const bundle: Bundle = { resourceType: 'Bundle', type: 'searchset', timestamp: now().toISOString(), total: entry.length, ...(entry.length > 0 ? { entry } : {}) };
  return { resource: bundle };
};

const queryOf = (ids: readonly string[], statuses: readonly string[]): string =>
  [...(ids.length > 0 ? [`_id=${ids.join(',')}`] : []), ...(statuses.length > 0 ? [`status=${statuses.join(',')}`] : [])].join('&');
