import type { Task } from 'fhir/r4.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AUTOMATION } from '../../src/work/task.js';
import { issuesOf, startTestServer, type TestServer } from '../http/server.js';
import { deadline, given, next, NOW, owned, queued, store, withNext } from './queue.js';

const BILLER = 'Practitioner/biller';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ ...withNext, now: () => new Date(NOW), conditionalDelete: 'multiple' });
  await store(server, { resourceType: 'Practitioner', id: 'biller' }, { resourceType: 'Practitioner', id: 'specialist' }, { resourceType: 'Practitioner', id: 'gone' }, { resourceType: 'Patient', id: 'known' });
  expect((await server.delete('Practitioner/gone')).status).toBe(204);
});
afterEach(async () => {
  for (const all of ['Task?intent=order', 'CareTeam?status:missing=false', 'PractitionerRole?practitioner:missing=false']) expect((await server.delete(all)).status).toBe(204);
});
afterAll(() => server.close());

/** The ids in the order in which `$next` gives them. */
async function drained(owner = BILLER, ...codes: string[]): Promise<(string | undefined)[]> {
  const ids: (string | undefined)[] = [];
  for (let task = given(await next(server, owner, ...codes)); task; task = given(await next(server, owner, ...codes))) ids.push(task.id);
  return ids;
}

describe('Task/$next', () => {
  it('gives by priority, then deadline, then age, then id', async () => {
    await store(server,
      queued('g'), queued('f', { priority: 'routine' }), queued('e', { authoredOn: '2026-04-01' }), queued('d', deadline('2026-06-01')), queued('c', deadline('2026-05-20')),
      queued('b', { priority: 'urgent' }), queued('a', { priority: 'stat', ...deadline('2027-01-01') }), queued('asap', { priority: 'asap' }));
    expect(await drained()).toEqual(['a', 'asap', 'b', 'c', 'd', 'e', 'f', 'g']);
  });

  it('gives it in progress, owned, begun now, in the version that stands', async () => {
    await store(server, queued('t', { note: [{ text: 'called twice' }] }));
    const task = given(await next(server, BILLER));
    expect(task).toMatchObject({ status: 'in-progress', owner: { reference: BILLER }, executionPeriod: { start: NOW }, lastModified: NOW, note: [{ text: 'called twice' }] });
    expect((await server.get('Task/t')).body).toEqual(task);
  });

  it('gives nothing when there is nothing to do', async () => {
    expect((await next(server, BILLER)).body).toEqual({ resourceType: 'Parameters' });
  });

  it('keeps when it was first touched', async () => {
    await store(server, queued('t', { executionPeriod: { start: '2026-04-25T10:00:00Z' } }));
    expect(given(await next(server, BILLER))?.executionPeriod?.start).toBe('2026-04-25T10:00:00Z');
  });

  it.each<[string, Task]>([
    ['is on hold', queued('t', { status: 'on-hold' })],
    ['is on hold until tomorrow', queued('t', { status: 'on-hold', ...deadline('2026-09-01', '2026-05-02') })],
    ['is in progress', queued('t', { status: 'in-progress', ...owned(BILLER) })],
    ['is completed', queued('t', { status: 'completed', executionPeriod: { start: NOW, end: NOW } })],
    ['is cancelled', queued('t', { status: 'cancelled' })],
    ['belongs to someone else', queued('t', owned('Practitioner/other'))],
    ['belongs to another team', queued('t', owned('CareTeam/other'))],
    ['is no work of the queue', { ...queued('t'), code: { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'fulfill' }] } }],
  ])('does not give what %s', async (_what, task) => {
    await store(server, task, queued('last', { priority: 'routine', authoredOn: NOW }));
    expect(await drained()).toEqual(['last']);
  });

  it('gives what was on hold until a day that has come', async () => {
    await store(server, queued('t', { status: 'on-hold', statusReason: { text: 'crossover' }, ...deadline('2026-09-01', '2026-05-01') }), queued('ready'));
    expect(await drained()).toEqual(['t', 'ready']);
  });

  it('gives only the kinds of work asked for', async () => {
    await store(server, queued('a', { priority: 'stat' }, 'submit-claim'), queued('b', {}, 'work-denial'), queued('c', {}, 'appeal'));
    expect(await drained(BILLER, 'appeal', 'work-denial')).toEqual(['b', 'c']);
  });

  const team = { resourceType: 'CareTeam', id: 'billing', status: 'active', participant: [{ member: { reference: BILLER } }] };
  const role = { resourceType: 'PractitionerRole', id: 'role', active: true, practitioner: { reference: BILLER }, organization: { reference: 'Organization/clinic' } };
  it.each<[string, Task, readonly { resourceType: string; id: string }[]]>([
    ['for the owner', queued('t', owned(BILLER)), []],
    ['for a version of the owner', queued('t', owned(`${BILLER}/_history/1`)), []],
    ['for a care team of the owner', queued('t', owned('CareTeam/billing')), [team]],
    ['for a care team of a role of the owner', queued('t', owned('CareTeam/billing')), [{ ...team, participant: [{ member: { reference: 'PractitionerRole/role' } }] } as typeof team, role]],
    ['for the organisation of the owner’s role', queued('t', owned('Organization/clinic')), [role]],
    ['for the role of the owner', queued('t', owned('PractitionerRole/role')), [role]],
  ])('gives what is meant %s', async (_what, task, others) => {
    await store(server, task, ...others);
    expect(given(await next(server, BILLER))).toMatchObject({ id: 't', owner: { reference: BILLER } });
  });

  it.each<[string, readonly { resourceType: string; id: string }[]]>([
    ['a team that is no more', [{ ...team, status: 'inactive' } as typeof team]],
    ['an organisation where the role has ended', [{ ...role, active: false } as typeof role]],
  ])('does not give what is meant for %s', async (_what, others) => {
    await store(server, queued('t', owned('CareTeam/billing')), queued('u', owned('Organization/clinic')), ...others);
    expect(await drained()).toEqual([]);
  });

  it('gives what not anybody may do to whom it is for, by the code of a role', async () => {
    const specialist = { system: 'https://cobalt.example/fhir/CodeSystem/work-performer', code: 'billing-specialist' };
    await store(server, queued('t', { performerType: [{ coding: [specialist] }] }), { ...role, practitioner: { reference: 'Practitioner/specialist' }, code: [{ coding: [specialist] }] } as typeof role);
    expect([await drained(), await drained('Practitioner/specialist')]).toEqual([[], ['t']]);
  });

  it('leaves what the server does itself to the server', async () => {
    await store(server, queued('t', owned(AUTOMATION)));
    expect(await drained()).toEqual([]);
  });

  it('a role takes what is meant for its person, and a team what is meant for it', async () => {
    await store(server, role, { resourceType: 'CareTeam', id: 'billing', status: 'active' } as typeof team, queued('person', owned(BILLER)), queued('team', owned('CareTeam/billing')));
    expect([await drained('PractitionerRole/role'), await drained('CareTeam/billing')]).toEqual([['person'], ['team']]);
  });

  it('takes an owner by its address on this server', async () => {
    await store(server, queued('t'));
    expect(given(await next(server, `${server.base}/${BILLER}`))).toMatchObject({ owner: { reference: BILLER } });
  });

  const owner = (value: unknown, name = 'owner') => ({ resourceType: 'Parameters', parameter: [{ name, valueReference: value }] });
  it.each<[string, unknown, number, string]>([
    ['no owner', { resourceType: 'Parameters' }, 422, 'Parameters'],
    ['no body', undefined, 422, 'Parameters'],
    ['a patient as owner', owner({ reference: 'Patient/1' }), 422, 'Parameters.parameter[0].value.reference'],
    ['a patient who is stored as owner', owner({ reference: 'Patient/known' }), 422, 'Parameters.parameter[0].value.reference'],
    ['an owner who is not stored', owner({ reference: 'Practitioner/nobody' }), 422, 'Parameters.parameter[0].value.reference'],
    ['a team that is not stored', owner({ reference: 'CareTeam/nobody' }), 422, 'Parameters.parameter[0].value.reference'],
    ['an owner who was deleted', owner({ reference: 'Practitioner/gone' }), 422, 'Parameters.parameter[0].value.reference'],
    ['an owner elsewhere', owner({ reference: 'https://other.example/fhir/Practitioner/1' }), 422, 'Parameters.parameter[0].value.reference'],
    ['an owner that would be a query', owner({ reference: 'Practitioner/1&status=completed' }), 422, 'Parameters.parameter[0].value.reference'],
    ['an owner without a reference', owner({ display: 'Ann' }), 400, 'Parameters.parameter[0].value.reference'],
    ['a kind of work that there is not', { resourceType: 'Parameters', parameter: [{ name: 'code', valueCode: '__proto__' }] }, 400, 'Parameters.parameter[0].value'],
    ['a parameter that it does not have', owner({ reference: BILLER }, 'for'), 400, 'Parameters.parameter[0].name'],
  ])('refuses %s', async (_what, body, status, expression) => {
    await store(server, queued('t'));
    const answer = await server.request('POST', 'Task/$next', body);
    expect([answer.status, issuesOf(answer)[0]?.expression]).toEqual([status, [expression]]);
    expect((await server.get('Task/t')).body).toMatchObject({ status: 'ready' });
  });

  it('takes POST only', async () => expect((await server.get(`Task/$next?owner=${BILLER}`)).status).toBe(405));
});
