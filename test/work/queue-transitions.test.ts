import type { Bundle, Questionnaire, QuestionnaireResponse, Task } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CANONICAL } from '../../src/fhir/canonical.js';
import { openItems } from '../../src/work/queue/checklist.js';
import { playbooksIn } from '../../src/work/queue/playbooks.js';
import { checklistIssues, transitionIssues } from '../../src/work/queue/transitions.js';
import { detail, type WorkStatus } from '../../src/work/task.js';
import { issuesOf, startTestServer, type Answer, type TestServer } from '../http/server.js';
import { conformance } from '../profiles/constraints.js';
import { owned, queued, store } from './queue.js';

const STATES: readonly WorkStatus[] = ['ready', 'in-progress', 'on-hold', 'completed', 'cancelled', 'failed'];
/** From the row to the column: R4's Task machine as the queue has it. */
const MAY: Readonly<Record<WorkStatus, string>> = {
  //            ready in-pr on-ho compl cance failed
  ready:       'yes   yes   yes   yes   yes   yes',
  'in-progress': 'yes yes   yes   yes   yes   yes',
  'on-hold':   'yes   yes   yes   yes   yes   yes',
  completed:   'no    no    no    yes   no    no',
  cancelled:   'no    no    no    no    yes   no',
  failed:      'yes   yes   no    no    yes   yes',
};

const questionnaires = conformance.ofType('Questionnaire');
const rules = { find: playbooksIn(conformance.ofType('PlanDefinition')), questionnaires };
const canonical = (name: string): string => `${CANONICAL}/Questionnaire/${name}|0.1.0`;
const questionnaire = (name: string): Questionnaire => questionnaires.find(({ id }) => id === name)!;

/** Every item that must be, answered; `rest` says what is special. */
const answered = (name: string, rest: Partial<QuestionnaireResponse> = {}): QuestionnaireResponse => ({
  resourceType: 'QuestionnaireResponse', id: name, questionnaire: canonical(name), status: 'completed',
  item: openItems(questionnaire(name), { resourceType: 'QuestionnaireResponse', status: 'completed' }).map((linkId) => ({ linkId, answer: [{ valueBoolean: true }] })), ...rest,
});
const BOTH = ['eob-review-checklist', 'submission-checklist'] as const;
const naming = (...ids: readonly string[]): Pick<Task, 'output'> => ({ output: ids.map((id) => ({ ...detail('checklist'), valueReference: { reference: `QuestionnaireResponse/${id}` } })) });
const submission = (rest: Partial<Task> = {}): Task => queued('s', { status: 'completed', ...owned('Practitioner/p'), ...rest }, 'submit-claim');

describe('a Task of the queue goes', () => {
  it.each(STATES.flatMap((from) => STATES.map((to, column) => [from, to, MAY[from].split(/ +/)[column]!] as const)))('from %s to %s: %s', (from, to, may) => {
    const issues = transitionIssues(queued('t', { status: from }), queued('t', { status: to }));
    expect(issues.map(({ id, expression }) => [id, expression])).toEqual(may === 'yes' ? [] : [['task-transition', 'Task.status']]);
  });

  it('from any state to entered-in-error', () => {
    for (const status of STATES) expect(transitionIssues(queued('t', { status }), queued('t', { status: 'entered-in-error' }))).toEqual([]);
  });

  it('from entered-in-error nowhere: what was finished is not brought back through it', () => {
    for (const status of STATES) expect(transitionIssues(queued('t', { status: 'entered-in-error' }), queued('t', { status })).map(({ id }) => id), status).toEqual(['task-transition']);
  });

  it('into no other kind of work', () => {
    expect(transitionIssues(queued('t'), queued('t', {}, 'appeal')).map(({ id, expression }) => [id, expression])).toEqual([['task-code', 'Task.code']]);
    expect(transitionIssues(queued('t'), { resourceType: 'Task', status: 'ready', intent: 'order' }).map(({ id, expression }) => [id, expression])).toEqual([['task-code', 'Task']]);
  });

  it('as R4 has it, where it is none of the queue', () => {
    const other = (status: Task['status']): Task => ({ resourceType: 'Task', intent: 'order', status });
    expect(transitionIssues(other('completed'), other('ready'))).toEqual([]);
  });
});

describe('a submission is held', () => {
  it.each<[string, Task, readonly QuestionnaireResponse[], readonly string[]]>([
    ['without answers', submission(), [], ['eob-review-checklist is not answered', 'submission-checklist is not answered']],
    ['with one of two', submission(), [answered('submission-checklist')], ['eob-review-checklist is not answered']],
    ['while one is in progress', submission(), [answered(BOTH[0]), answered(BOTH[1], { status: 'in-progress' })], ['submission-checklist is not completed']],
    ['when an answer is missing', submission(), [answered(BOTH[0]), answered(BOTH[1], { item: answered(BOTH[1]).item!.filter(({ linkId }) => linkId !== 'payer-order') })], ['submission-checklist lacks payer-order']],
    ['when an answer is no', submission(), [answered(BOTH[0]), answered(BOTH[1], { item: answered(BOTH[1]).item!.map((item) => (item.linkId === 'codes' ? { ...item, answer: [{ valueBoolean: false }] } : item)) })], ['submission-checklist lacks codes']],
    ['with an override that says nothing', submission({ output: [{ ...detail('override'), valueString: '  ' }] }), [], ['eob-review-checklist is not answered', 'submission-checklist is not answered']],
    ['by the checklist that it names', submission({ input: [{ ...detail('checklist'), valueCanonical: canonical('posting-checklist') }] }), [], ['posting-checklist is not answered']],
  ])('%s', (_what, task, responses, texts) => {
    expect(checklistIssues(task, responses, rules).map(({ text }) => /^The checklist (.*):/.exec(text)?.[1])).toEqual(texts);
  });

  it.each<[string, Task, readonly QuestionnaireResponse[]]>([
    ['with both complete', submission(), BOTH.map((name) => answered(name))],
    ['with answers to an older version', submission(), BOTH.map((name) => answered(name, { questionnaire: canonical(name).replace('0.1.0', '0.0.9'), status: 'amended' }))],
    ['with an override', submission({ output: [{ ...detail('override'), valueString: 'The payer confirmed by telephone' }] }), []],
  ])('no more %s', (_what, task, responses) => expect(checklistIssues(task, responses, rules)).toEqual([]));
});

describe('over REST', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.close());

  const problem = (answer: Answer): [status: number, issues: unknown] => [answer.status, issuesOf(answer).map(({ details, expression }) => [details?.coding?.[0]?.code, expression?.[0]])];

  it('claimed by two with the same If-Match: one gets it, and it is released and claimed again', async () => {
    await store(server, queued('claimed'));
    const claim = (who: string, version: number): Promise<Answer> => server.put('Task/claimed', queued('claimed', { status: 'in-progress', ...owned(who) }), { 'If-Match': `W/"${version}"` });
    const answers = await Promise.all(['Practitioner/a', 'Practitioner/b'].map((who) => claim(who, 1)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
    expect((await server.put('Task/claimed', queued('claimed'), { 'If-Match': 'W/"2"' })).status).toBe(200);
    expect((await claim('Practitioner/b', 3)).body).toMatchObject({ status: 'in-progress', owner: { reference: 'Practitioner/b' } });
    expect((await claim('CareTeam/billing', 4)).body).toMatchObject({ owner: { reference: 'CareTeam/billing' } });
  });

  it('claimed by two without If-Match: one gets it, the other 409; whoever gives it to another names the version', async () => {
    await store(server, queued('blind'));
    const claim = (who: string, headers?: Record<string, string>): Promise<Answer> => server.put('Task/blind', queued('blind', { status: 'in-progress', ...owned(who) }), headers);
    const answers = await Promise.all(['Practitioner/a', 'Practitioner/b'].map((who) => claim(who)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const winner = (answers.find(({ status }) => status === 200)!.body as Task).owner!.reference!;
    expect((await claim(winner)).status).toBe(200);
    expect(problem(await claim('Practitioner/c'))).toEqual([409, [['task-taken', 'Task.owner']]]);
    const patch = JSON.stringify([{ op: 'replace', path: '/owner/reference', value: 'Practitioner/c' }]);
    expect((await server.request('PATCH', 'Task/blind', patch, { 'Content-Type': 'application/json-patch+json' })).status).toBe(409);
    expect((await claim('Practitioner/c', { 'If-Match': 'W/"2"' })).body).toMatchObject({ owner: { reference: 'Practitioner/c' } });
  });

  it('what is completed is not begun again, by whatever way', async () => {
    const done = queued('done', { status: 'completed', identifier: [{ system: 'urn:x', value: 'done' }] });
    const again = { ...done, status: 'ready' };
    await store(server, done);
    expect(problem(await server.put('Task/done', again))).toEqual([422, [['task-transition', 'Task.status']]]);
    expect(problem(await server.put('Task/done', again, { 'If-Match': 'W/"1"' }))).toEqual([422, [['task-transition', 'Task.status']]]);
    expect(problem(await server.put('Task?identifier=urn:x|done', again))).toEqual([422, [['task-transition', 'Task.status']]]);
    const patch = JSON.stringify([{ op: 'replace', path: '/status', value: 'ready' }]);
    expect(problem(await server.request('PATCH', 'Task/done', patch, { 'Content-Type': 'application/json-patch+json' }))).toEqual([422, [['task-transition', 'Task.status']]]);
    const binary = { resourceType: 'Binary', contentType: 'application/json-patch+json', data: Buffer.from(patch).toString('base64') };
    const other = { resource: queued('other'), request: { method: 'PUT', url: 'Task/other' } };
    for (const [entry, expression] of [
      [{ resource: again, request: { method: 'PUT', url: 'Task/done' } }, 'Bundle.entry[1].resource.status'],
      [{ resource: binary, request: { method: 'PATCH', url: 'Task/done' } }, 'Bundle.entry[1].resource'],
    ] as const) {
      expect(problem(await server.post('', { resourceType: 'Bundle', type: 'transaction', entry: [other, entry] }))).toEqual([422, [['task-transition', expression]]]);
      const batch = (await server.post('', { resourceType: 'Bundle', type: 'batch', entry: [{ ...other, request: { method: 'GET', url: 'Task/other' }, resource: undefined }, entry] })).body as Bundle;
      expect(batch.entry?.[1]?.response).toMatchObject({ status: '422 Unprocessable Entity', outcome: { issue: [{ expression: [expression] }] } });
    }
    expect((await server.get('Task/other')).status).toBe(404);
    expect((await server.get('Task/done')).body).toMatchObject({ status: 'completed', meta: { versionId: '1' } });
  });

  it('a conditional create that finds one leaves it as it is', async () => {
    const answer = await server.post('Task', queued('x'), { 'If-None-Exist': 'identifier=urn:x|done' });
    expect([answer.status, answer.body.status]).toEqual([200, 'completed']);
  });

  it('a deletion ends what was there: the same id begins anew', async () => {
    await store(server, queued('deleted', { status: 'cancelled' }));
    expect((await server.delete('Task/deleted')).status).toBe(204);
    expect((await server.put('Task/deleted', queued('deleted'))).status).toBe(201);
  });

  it('a note is added to what is completed, and what was entered in error is withdrawn', async () => {
    await store(server, queued('noted', { status: 'completed' }));
    expect((await server.put('Task/noted', queued('noted', { status: 'completed', note: [{ text: 'paid' }] }))).status).toBe(200);
    expect((await server.put('Task/noted', queued('noted', { status: 'entered-in-error' }))).status).toBe(200);
  });

  it('a submission is held until its checklists are complete; they may come in the same transaction', async () => {
    await store(server, submission({ status: 'in-progress' }));
    expect(problem(await server.put('Task/s', submission()))).toEqual([422, [['task-checklist', 'Task'], ['task-checklist', 'Task']]]);
    expect(problem(await server.put('Task/s', submission(naming(...BOTH))))).toEqual([422, [['task-checklist', 'Task.output'], ['task-checklist', 'Task.output']]]);
    const entry = BOTH.map((name, n) => ({ fullUrl: `urn:uuid:5f8a1c06-0000-4000-8000-00000000000${n}`, resource: { ...answered(name), id: undefined }, request: { method: 'POST', url: 'QuestionnaireResponse' } }));
    const task = submission({ output: entry.map(({ fullUrl }) => ({ ...detail('checklist'), valueReference: { reference: fullUrl } })) });
    const answer = await server.post('', { resourceType: 'Bundle', type: 'transaction', entry: [...entry, { resource: task, request: { method: 'PUT', url: 'Task/s' } }] });
    expect(answer.status, answer.text).toBe(200);
    expect((await server.get('Task/s')).body.status).toBe('completed');
  });

  it('of many who change it without If-Match each is judged by what stands', async () => {
    await store(server, queued('many'));
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => server.put('Task/many', queued('many', { status: n % 2 ? 'completed' : 'in-progress', note: [{ text: String(n) }] }))));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 422]));
    const history = (await server.get('Task/many/_history?_count=50')).body as Bundle<Task>;
    const states = history.entry!.map(({ resource }) => resource!.status).reverse();
    expect(states.slice(states.indexOf('completed')).every((status) => status === 'completed')).toBe(true);
  });
});
