import type { Bundle, Organization, Task } from 'fhir/r4.js';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CANONICAL } from '../../src/fhir/canonical.js';
import { Repository } from '../../src/fhir/repository.js';
import type { Resources } from '../../src/fhir/resources.js';
import { createSearch } from '../../src/fhir/search/index.js';
import { playbooksIn } from '../../src/work/queue/playbooks.js';
import { rulesReview } from '../../src/work/queue/rules-review.js';
import { startTestServer, type TestServer } from '../http/server.js';
import { conformance } from '../profiles/constraints.js';
import { NOW, store } from './queue.js';

let server: TestServer;
let resources: Resources;
beforeEach(async () => {
  server = await startTestServer({ validate: 'profile' });
  resources = new Repository(server.store, await createSearch({ baseUrl: server.base, extraParameters: conformance.ofType('SearchParameter') }));
});
afterEach(() => server.close());

const payer = (id: string, reviewDue?: string): Organization => ({
  resourceType: 'Organization', id, name: `Payer ${id}`, active: true,
  extension: [{
    url: `${CANONICAL}/StructureDefinition/payer-rules`,
    extension: [
      { url: 'source', valueString: 'Provider manual' }, { url: 'version', valueString: '7' }, { url: 'effectiveFrom', valueDate: '2026-01-01' }, { url: 'reviewedOn', valueDate: '2025-11-01' },
      ...(reviewDue === undefined ? [] : [{ url: 'reviewDue', valueDate: reviewDue }]),
    ],
  }],
});
const look = (at = NOW): Promise<void> => rulesReview({ resources, find: playbooksIn(conformance.ofType('PlanDefinition')), log: (entry) => expect(entry).toBeUndefined() })(new Date(at));
const tasks = async (): Promise<Task[]> => (((await server.get('Task?code=follow-up')).body as Bundle<Task>).entry ?? []).map(({ resource }) => resource!);

it('whose rules are to be reviewed by today gets one Task, with its playbook; asked again, or by two at once, no other', async () => {
  await store(server, payer('today', '2026-05-01'), payer('tomorrow', '2026-05-02'), payer('never'));
  await Promise.all([look(), look(), look()]);
  await look('2026-05-01T18:00:00Z');
  expect(await tasks()).toMatchObject([{
    focus: { reference: 'Organization/today' }, restriction: { period: { end: '2026-05-01' } }, status: 'ready', statusReason: { coding: [{ code: 'payer-rules-review-due' }] },
    instantiatesUri: `${CANONICAL}/PlanDefinition/payer-rules-review|0.1.0`,
  }]);
});

it('reviewed, and due on a later day: another Task on that day', async () => {
  await store(server, payer('p', '2026-05-01'));
  await look();
  await store(server, payer('p', '2026-11-01'));
  await look();
  expect(await tasks()).toHaveLength(1);
  await look('2026-11-01T09:00:00Z');
  expect((await tasks()).map(({ restriction }) => restriction!.period!.end).sort()).toEqual(['2026-05-01', '2026-11-01']);
});
