import type { Bundle, Task } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CANONICAL } from '../../src/fhir/canonical.js';
import { detail } from '../../src/work/task.js';
import { startTestServer, type TestServer } from '../http/server.js';
import { deadline, owned, queued, store } from './queue.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await store(server,
    queued('a', { ...deadline('2026-06-10'), priority: 'urgent', for: { reference: 'Patient/1' }, authoredOn: '2026-04-03' }),
    queued('b', { ...deadline('2026-05-10'), ...owned('CareTeam/billing'), for: { reference: 'Patient/2' }, focus: { reference: 'ClaimResponse/2' }, authoredOn: '2026-04-02' }, 'work-denial'),
    queued('c', { status: 'on-hold', ...deadline('2026-07-10', '2026-05-15'), ...owned('Practitioner/p'), businessStatus: { text: 'waiting for the next payer' }, authoredOn: '2026-04-01' }),
    queued('d', { status: 'completed', ...owned('Practitioner/p'), partOf: [{ reference: 'Task/a' }], output: [{ ...detail('checklist'), valueReference: { reference: 'QuestionnaireResponse/1' } }], authoredOn: '2026-03-01' }, 'appeal'),
    queued('e', { priority: 'stat', input: [{ ...detail('checklist'), valueCanonical: `${CANONICAL}/Questionnaire/posting-checklist|0.1.0` }], performerType: [{ coding: [{ system: `${CANONICAL}/CodeSystem/work-performer`, code: 'billing-specialist' }] }], authoredOn: '2026-04-04' }, 'post-payment'));
});
afterAll(() => server.close());

describe('the queue is searched by', () => {
  it.each([
    ['what is free', 'status=ready&owner:missing=true', 'a e'],
    ['whose it is', 'owner=Practitioner/p', 'c d'],
    ['a team’s', 'owner=CareTeam/billing&status=ready', 'b'],
    ['the kind of work', `code=${CANONICAL}/CodeSystem/work|work-denial`, 'b'],
    ['kinds of work', 'code=appeal,post-payment', 'd e'],
    ['the deadline', 'deadline=le2026-06-10', 'a b'],
    ['the patient', 'patient=Patient/1', 'a'],
    ['what it is about', 'focus=ClaimResponse/2', 'b'],
    ['the priority', 'priority=stat,urgent', 'a e'],
    ['the end of its hold', 'status=on-hold&not-before=le2026-05-15', 'c'],
    ['what it is a step of', 'part-of=Task/a', 'd'],
    ['its checklist', `checklist=${CANONICAL}/Questionnaire/posting-checklist|0.1.0`, 'e'],
    ['the answers that it has', 'output=QuestionnaireResponse/1', 'd'],
    ['who should do it', 'performer=billing-specialist', 'e'],
    ['when it was authored', 'authored-on=lt2026-04-01', 'd'],
    ['deadline, in its order; what has none comes last', 'status=ready,on-hold&_sort=deadline,authored-on', 'b a c e'],
    ['age', 'status:not=completed&_sort=authored-on', 'c b a e'],
  ])('%s: Task?%s', async (_what, query, ids) => {
    const answer = await server.get(`Task?${query}${query.includes('_sort') ? '' : '&_sort=_id'}`);
    expect(answer.status, answer.text).toBe(200);
    expect(((answer.body as Bundle<Task>).entry ?? []).map(({ resource }) => resource?.id).join(' ')).toBe(ids);
  });
});
