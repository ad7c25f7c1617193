import type { List, MeasureReport, Task } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Repository } from '../../../src/fhir/repository.js';
import type { Resources } from '../../../src/fhir/resources.js';
import { createSearch } from '../../../src/fhir/search/index.js';
import { MissedStock } from '../../../src/work/missed/stock.js';
import { playbooksIn } from '../../../src/work/queue/playbooks.js';
import { ReviewStock } from '../../../src/work/review/stock.js';
import { weeklyReview } from '../../../src/work/review/weekly.js';
import type { Chore } from '../../../src/work/worker.js';
import { startTestServer, type TestServer } from '../../http/server.js';
import { conformance } from '../../profiles/constraints.js';
import { all, decided, store, visit } from '../automation/visit.js';

let server: TestServer;
let resources: Resources;
beforeAll(async () => {
  server = await startTestServer({ automation: true, now: () => new Date('2026-03-02T08:00:00Z') });
  resources = new Repository(server.store, await createSearch({ baseUrl: server.base, extraParameters: conformance.ofType('SearchParameter') }));
  for (const key of ['w1', 'w2', 'w3']) await store(server, [...visit(key), decided(key)]);
  await server.drain();
});
afterAll(() => server.close());

/** A process of its own. */
const chore = (): Chore => weeklyReview({ resources, stock: new ReviewStock(new MissedStock()), measures: conformance.ofType('Measure'), find: playbooksIn(conformance.ofType('PlanDefinition')) });
const monday = new Date('2026-03-02T08:00:00Z');
const later = (hours: number): Date => new Date(monday.getTime() + hours * 3_600_000);
const lists = (): Promise<List[]> => all<List>(server, 'List');

describe('the review of a week', () => {
  it('is made once it is over, by one of several processes: reports, a sample with its Tasks, and a List of both', async () => {
    await Promise.all([chore()(monday), chore()(monday), chore()(monday)]);
    const [list, ...others] = await lists();
    expect(others).toEqual([]);
    expect(list).toMatchObject({ id: 'billing-review-2026-W09', title: 'Billing review of 2026-W09' });
    const references = (list!.entry ?? []).map(({ item }) => item.reference!);
    const reports = await all<MeasureReport>(server, 'MeasureReport');
    const tasks = await all<Task>(server, 'Task?code=audit-sample');
    expect(references.sort()).toEqual([...reports, ...tasks].map(({ resourceType, id = '' }) => `${resourceType}/${id}`).sort());
    expect(tasks.map(({ focus }) => focus?.reference).sort()).toEqual(['Claim/w1-c', 'Claim/w2-c', 'Claim/w3-c']);
    expect(reports.find(({ measure }) => measure.includes('/denials|'))?.period).toEqual({ start: '2026-02-23', end: '2026-03-01' });
  });

  it('is not made again: not by the same process, not by one that starts, not when the week has new decisions', async () => {
    const again = chore();
    await again(later(1));
    await again(later(30));
    await store(server, [...visit('w4'), decided('w4')]);
    await chore()(later(50));
    expect(await lists()).toHaveLength(1);
    expect(await all(server, 'Task?code=audit-sample')).toHaveLength(3);
    expect((await server.get('MeasureReport?_summary=count')).body.total).toBe((await lists())[0]!.entry!.length - 3);
  });

  it('of a week in which nothing was decided there is none', async () => {
    await chore()(later(7 * 24));
    expect(await lists()).toHaveLength(1);
  });
});
