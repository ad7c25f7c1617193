import type { Bundle, Communication, QuestionnaireResponse, Task } from 'fhir/r4.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CANONICAL } from '../../src/fhir/canonical.js';
import { Repository } from '../../src/fhir/repository.js';
import type { Resources } from '../../src/fhir/resources.js';
import { createSearch } from '../../src/fhir/search/index.js';
import { escalationLevel } from '../../src/work/queue/escalation.js';
import { flagsOf } from '../../src/work/queue/flags.js';
import { playbooksIn, withPlaybook } from '../../src/work/queue/playbooks.js';
import { beginChecklists, kept, upkeep } from '../../src/work/queue/upkeep.js';
import { AUTOMATION, detail, toTask, type WorkItem } from '../../src/work/task.js';
import { startTestServer, type TestServer } from '../http/server.js';
import { conformance } from '../profiles/constraints.js';
import { deadline, NOW, owned, queued, store } from './queue.js';

const now = new Date(NOW);
const later = (days: number): Date => new Date(now.getTime() + days * 86_400_000);
const DAYS = [30, 14, 7, 3, 1];
const playbooks = playbooksIn(conformance.ofType('PlanDefinition'));
const flag = (code: string): Pick<Task, 'meta'> => ({ meta: { tag: [{ system: `${CANONICAL}/CodeSystem/work-flag`, code }] } });
const atStake = (value: number): Pick<Task, 'input'> => ({ input: [{ ...detail('amount'), valueMoney: { value, currency: 'USD' } }] });

describe('the clock says of a Task', () => {
  it.each<[string, Task, Partial<Task>]>([
    ['urgent, fourteen days before its deadline', queued('t', deadline('2026-05-15')), { priority: 'urgent' }],
    ['stat, three days before', queued('t', { ...deadline('2026-05-04'), priority: 'urgent' }), { priority: 'stat' }],
    ['stat, when it is overdue', queued('t', deadline('2026-04-01')), { priority: 'stat' }],
    ['stat, a week before where much is at stake', queued('t', { ...deadline('2026-05-08'), ...atStake(1_000) }), { priority: 'stat' }],
    ['urgent, a month before where much is at stake', queued('t', { ...deadline('2026-05-31'), ...atStake(1_000) }), { priority: 'urgent' }],
    ['ready, when its hold has ended', queued('t', { status: 'on-hold', ...deadline('2026-12-01', '2026-05-01') }), { status: 'ready', businessStatus: { text: 'the wait is over' } }],
    ['unowned, when nobody has taken it in a day', queued('t', { authoredOn: '2026-04-30T08:59:59Z' }), flag('unowned')],
    ['no more unowned, when somebody has it', queued('t', { ...flag('unowned'), ...owned('Practitioner/p') }), { meta: {} }],
    ['stalled, when it was not touched for a week', queued('t', { status: 'in-progress', ...owned('Practitioner/p'), meta: { lastUpdated: '2026-04-24T08:00:00Z' } }), { meta: { lastUpdated: '2026-04-24T08:00:00Z', tag: flag('stalled').meta!.tag } } as Partial<Task>],
    ['no more stalled, when it goes on', queued('t', { status: 'completed', ...flag('stalled') }), { meta: {} }],
  ])('%s', (_what, task, expected) => {
    const after = kept(task, now);
    expect(after).toMatchObject(expected);
    if (expected.meta && !expected.meta.tag) expect(flagsOf(after)).toEqual([]);
    expect(kept(after, now)).toBe(after);
  });

  it.each<[string, Task]>([
    ['its deadline is far away', queued('t', { ...deadline('2026-05-16'), authoredOn: NOW })],
    ['it has no deadline', queued('t', { authoredOn: NOW })],
    ['its deadline is only a year', queued('t', { ...deadline('2026'), authoredOn: NOW })],
    ['it is done', queued('t', { status: 'completed', ...deadline('2026-05-02') })],
    ['somebody set it higher', queued('t', { ...deadline('2026-05-15'), priority: 'stat', authoredOn: NOW })],
    ['it is on hold for longer', queued('t', { status: 'on-hold', ...deadline('2026-12-01', '2026-05-02') })],
    ['it is on hold without an end', queued('t', { status: 'on-hold' })],
    ['it was written less than a day ago', queued('t', { authoredOn: '2026-04-30T09:00:00Z' })],
    ['it was flagged already', queued('t', { authoredOn: '2026-01-01', ...flag('unowned') })],
  ])('nothing new when %s', (_what, task) => expect(kept(task, now)).toBe(task));
});

describe('the escalation that is due', () => {
  it.each<[string, Task, number | undefined]>([
    ['31 days before: none', queued('t', deadline('2026-06-01')), undefined],
    ['30 days before', queued('t', deadline('2026-05-31')), 30],
    ['29 days before, when it was made', queued('t', { ...deadline('2026-05-30'), ...flag('escalated-30') }), undefined],
    ['14 days before, when that of 30 was made', queued('t', { ...deadline('2026-05-15'), ...flag('escalated-30') }), 14],
    ['5 days before, when none was made: only the nearest', queued('t', deadline('2026-05-06')), 7],
    ['on the day', queued('t', deadline('2026-05-01')), 1],
    ['after it, when that of a day was made', queued('t', { ...deadline('2026-04-20'), ...flag('escalated-1') }), undefined],
    ['when that of fewer days was made', queued('t', { ...deadline('2026-05-15'), ...flag('escalated-3') }), undefined],
    ['without a deadline: none', queued('t'), undefined],
  ])('%s', (_what, task, level) => expect(escalationLevel(task, now, DAYS)).toBe(level));

  it('has the days that are configured', () => expect(escalationLevel(queued('t', deadline('2026-05-20')), now, [21])).toBe(21));
});

describe('over a store', () => {
  let server: TestServer;
  let resources: Resources;
  const log: unknown[] = [];
  beforeAll(async () => {
    server = await startTestServer({ conditionalDelete: 'multiple', now: () => now });
    resources = new Repository(server.store, await createSearch({ baseUrl: server.base, extraParameters: conformance.ofType('SearchParameter') }));
    await store(server,
      { resourceType: 'CareTeam', id: 'billing', status: 'active', participant: [{ member: { reference: 'Practitioner/biller' } }], managingOrganization: [{ reference: 'Organization/clinic' }] } as never,
      { resourceType: 'PractitionerRole', id: 'role', practitioner: { reference: 'Practitioner/other' }, organization: { reference: 'Organization/clinic' } } as never,
      { resourceType: 'Organization', id: 'clinic', name: 'Clinic', partOf: { reference: 'Organization/group' } } as never);
  });
  afterEach(async () => {
    for (const all of ['Task?intent=order', 'Communication?status:missing=false', 'QuestionnaireResponse?status:missing=false']) expect((await server.delete(all)).status).toBe(204);
  });
  afterAll(() => server.close());

  const parts = (): Parameters<typeof upkeep>[0] => ({ resources, playbooks, escalationDays: DAYS, log: (entry) => void log.push(entry) });
  const keepAt = (time: Date): Promise<void> => upkeep(parts())(time);
  const taskOf = async (id: string): Promise<Task> => (await server.get(`Task/${id}`)).body as Task;
  const messages = async (): Promise<(string | undefined)[]> =>
    (((await server.get('Communication?_sort=sent,_id')).body as Bundle<Communication>).entry ?? []).map(({ resource }) => resource?.recipient?.[0]?.reference);

  it('what is near goes from its owner to the team, then to who manages it, and each is told once', async () => {
    await store(server, queued('t', { ...deadline('2026-06-14'), ...owned('Practitioner/biller') }));
    const owners: (string | undefined)[] = [];
    for (const day of [0, 15, 16, 30, 31, 38, 50]) {
      await keepAt(later(day));
      await keepAt(later(day));
      owners.push((await taskOf('t')).owner?.reference);
    }
    expect(owners).toEqual(['Practitioner/biller', 'CareTeam/billing', 'CareTeam/billing', 'Organization/clinic', 'Organization/clinic', 'Organization/group', 'Organization/group']);
    const task = await taskOf('t');
    expect(task).toMatchObject({ priority: 'stat', note: [{ text: 'Days left until the deadline: 29: escalated to CareTeam/billing' }, { text: 'Days left until the deadline: 14: escalated to Organization/clinic' }, {}, { text: 'Days since the deadline: 6: escalated' }] });
    expect(flagsOf(task)).toEqual(['escalated-1']);
    expect(await messages()).toEqual(['CareTeam/billing', 'Organization/clinic', 'Organization/group']);
    expect((await server.get(`Task?_tag=${CANONICAL}/CodeSystem/work-flag|escalated-1`)).body.entry).toHaveLength(1);
  });

  it('whoever has begun it keeps it, and the lead is told', async () => {
    await store(server, queued('t', { status: 'in-progress', ...deadline('2026-05-10'), ...owned('Practitioner/other') }));
    await keepAt(now);
    expect(await taskOf('t')).toMatchObject({ owner: { reference: 'Practitioner/other' }, priority: 'urgent' });
    expect(await messages()).toEqual(['Organization/clinic']);
  });

  it('a claim whose filing limit is near goes on by the playbook for that; a denial stays on its own', async () => {
    const item: WorkItem = { code: 'submit-claim', cause: ['a'], focus: 'Claim/1', description: 'Submit', deadline: '2026-05-10', authoredOn: NOW };
    const submit = toTask(withPlaybook(item, playbooks));
    const denial = toTask(withPlaybook({ ...item, code: 'work-denial', reason: { system: `${CANONICAL}/CodeSystem/denial-category`, code: 'coding' } }, playbooks));
    await store(server, submit, denial);
    await keepAt(now);
    const near = await taskOf(submit.id!);
    expect(near.instantiatesUri).toBe(`${CANONICAL}/PlanDefinition/filing-limit|0.1.0`);
    expect(near.input?.filter(({ valueCanonical }) => valueCanonical).length).toBe(2);
    expect(near.input?.some(({ id }) => id === 'file-now')).toBe(true);
    expect(near.input?.some(({ id }) => id === 'acknowledge')).toBe(false);
    expect((await taskOf(denial.id!)).instantiatesUri).toBe(`${CANONICAL}/PlanDefinition/denial-coding|0.1.0`);
  });

  it('leaves alone what the server does itself', async () => {
    await store(server, queued('t', { status: 'on-hold', ...deadline('2026-05-02', '2026-04-01'), ...owned(AUTOMATION) }));
    const before = await taskOf('t');
    await keepAt(now);
    expect(await taskOf('t')).toEqual(before);
  });

  it('two at once, and again: each change is made once', async () => {
    await store(server, ...Array.from({ length: 20 }, (_, n) => queued(`t${n}`, { ...deadline('2026-05-02'), ...owned('Practitioner/biller') })));
    await Promise.all([keepAt(now), keepAt(now), keepAt(now)]);
    await keepAt(now);
    const entries = ((await server.get('Task?_count=50')).body as Bundle<Task>).entry!;
    expect(entries.map(({ resource }) => [resource!.meta?.versionId, resource!.note?.length])).toEqual(entries.map(() => ['2', 1]));
    expect(await messages()).toHaveLength(20);
  });

  it('looks once in ten minutes', async () => {
    const chore = upkeep(parts());
    await chore(now);
    await store(server, queued('t', deadline('2026-05-02')));
    await chore(new Date(now.getTime() + 599_000));
    expect((await taskOf('t')).priority).toBeUndefined();
    await chore(new Date(now.getTime() + 600_000));
    expect((await taskOf('t')).priority).toBe('stat');
  });

  it('a Task that can’t be written keeps no other waiting', async () => {
    await store(server, queued('a', deadline('2026-05-02')), queued('b', deadline('2026-05-02')));
    const refusing: Resources = Object.assign(Object.create(resources) as Resources, {
      pages: resources.pages.bind(resources),
      commit: async (...args: Parameters<Resources['commit']>) => {
        const [change] = args[0];
        return resources.commit(change && 'put' in change && change.put.id === 'a' ? [{ put: { ...(change.put as Task), status: 'nonsense' as never } }] : args[0], args[1]);
      },
    });
    await upkeep({ ...parts(), resources: refusing })(now);
    expect([(await taskOf('a')).priority, (await taskOf('b')).priority]).toEqual([undefined, 'stat']);
    expect(log).toContainEqual({ level: 'error', event: 'task not kept', status: 422 });
  });

  it('a checklist that nobody can answer from the data is begun all the same, once', async () => {
    const task = toTask(withPlaybook({ code: 'submit-claim', cause: ['b'], focus: 'Claim/none', patient: 'Patient/none', description: 'Submit', deadline: '2026-11-01', authoredOn: NOW }, playbooks));
    await store(server, task);
    await beginChecklists(parts())(now);
    await beginChecklists(parts())(now);
    const begun = await taskOf(task.id!);
    expect([begun.meta?.versionId, begun.output?.length]).toEqual(['2', 2]);
    const response = (await server.get(begun.output?.[1]?.valueReference?.reference ?? '')).body as QuestionnaireResponse;
    expect(response).toMatchObject({ status: 'in-progress', questionnaire: `${CANONICAL}/Questionnaire/submission-checklist|0.1.0`, item: [{ linkId: 'claim', item: [{ linkId: 'filing-limit', answer: [{ valueDate: '2026-11-01' }] }] }] });
  });
});
