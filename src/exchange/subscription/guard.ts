import type { FhirResource, Subscription } from 'fhir/r4.js';
import type { Guard } from '../../fhir/guard.js';
import { FhirError, type Issue } from '../../fhir/outcome.js';
import type { Search } from '../../fhir/search/index.js';
import { OutboundRefused, type Outbound } from '../../outbound/index.js';
import { readSubscription } from './asked.js';

export interface SubscriptionRules {
  readonly search: Search;
  readonly outbound: Pick<Outbound, 'check'>;
}

/** What a Subscription must be so that it can be served; one that is off may say what it likes. R4 Subscription.status: a client asks for `requested` or `off`. */
export const subscriptionGuard = ({ search, outbound }: SubscriptionRules): Guard => ({
  types: new Set(['Subscription']),
  async issues(before: FhirResource | undefined, after: FhirResource) {
    const subscription = after as Subscription;
    if (subscription.status === 'off') return [];
    if (before === undefined && subscription.status !== 'requested') return [report('status', 'A new Subscription is requested or off: it becomes active when the server serves it', 'subscription-status')];
    try {
      const { endpoint } = readSubscription(subscription, search);
      outbound.check(endpoint);
      return [];
    } catch (error) {
      if (error instanceof OutboundRefused) return [report('channel.endpoint', error.message, 'subscription-endpoint')];
      if (error instanceof FhirError) return error.issues;
      throw error;
    }
  },
});

const report = (path: string, text: string, id: string): Issue => ({ severity: 'error', code: 'business-rule', id, expression: `Subscription.${path}`, text });
