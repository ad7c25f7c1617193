import type { Account, Communication, CommunicationRequest, ContactPoint, FhirResource, Patient, RelatedPerson, Task } from 'fhir/r4.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from 'vitest';
import { Repository } from '../../src/fhir/repository.js';
import type { Resources } from '../../src/fhir/resources.js';
import { createSearch } from '../../src/fhir/search/index.js';
import { channelOf, type Reachable } from '../../src/work/outreach/channel.js';
import { outreach } from '../../src/work/outreach/outreach.js';
import { overtaken } from '../../src/work/outreach/overtaken.js';
import { playbooksIn } from '../../src/work/queue/playbooks.js';
import { startTestServer, type TestServer } from '../http/server.js';
import { conformance } from '../profiles/constraints.js';
import { all, store } from './automation/visit.js';

const START = '2026-03-02T12:00:00.000Z';
let now = new Date(START);
const later = (hours: number): void => void (now = new Date(now.getTime() + hours * 3_600_000));
const find = playbooksIn(conformance.ofType('PlanDefinition'));
let server: TestServer;
let resources: Resources;

beforeAll(async () => {
  server = await startTestServer({ now: () => now });
  resources = new Repository(server.store, await createSearch({ baseUrl: server.base, extraParameters: conformance.ofType('SearchParameter'), now: () => now.getTime() }));
});
afterAll(() => server.close());
beforeEach(() => void (now = new Date(now.getTime() + 400 * 86_400_000)));

/** One round, as a server that has just started makes it. */
const round = (): Promise<void> => outreach({ resources, find, unreadDays: 7, log: () => undefined })(now);

let last = 0;
const EMAIL: ContactPoint = { system: 'email', value: 'ann@mail.example', rank: 1 };
const HOME = [{ line: ['1 Mill Lane'], city: 'Larkspur', state: 'OH', postalCode: '43001' }];
/** `telecom` empty: none on file. */
async function patient({ telecom = [EMAIL], ...change }: Partial<Patient> = {}, ...others: readonly FhirResource[]): Promise<string> {
  const id = `o${++last}`;
  const made = [{ resourceType: 'Patient', id, birthDate: '1980-01-01', ...(telecom.length > 0 ? { telecom } : {}), ...change }, ...others];
  await store(server, JSON.parse(JSON.stringify(made).replaceAll('PATIENT', id)) as FhirResource[]);
  return id;
}
const request = (id: string, change: Partial<CommunicationRequest> = {}): CommunicationRequest => ({
  resourceType: 'CommunicationRequest', id: `${id}-r`, status: 'active', subject: { reference: `Patient/${id}` }, payload: [{ contentString: 'Please bring your new insurance card' }], ...change,
});
const messages = (id: string): Promise<Communication[]> => all<Communication>(server, `Communication?subject=Patient/${id}&_sort=_lastUpdated`);
const statusOf = async (id: string): Promise<string> => ((await server.get(`CommunicationRequest/${id}-r`)).body as CommunicationRequest).status;
const work = async (id: string): Promise<string[]> => (await all<Task>(server, `Task?patient=Patient/${id}&code=contact-patient`)).map(({ statusReason, status }) => `${statusReason!.coding![0]!.code} ${status}`).sort();

describe('the channel', () => {
  const point = (system: ContactPoint['system'], rank?: number, rest: Partial<ContactPoint> = {}): ContactPoint => ({ system, value: 'x', ...(rank === undefined ? {} : { rank }), ...rest });
  it.each<[string, Reachable, string | undefined]>([
    ['is the one of rank 1', { telecom: [point('phone', 2), point('email', 1)], address: HOME }, 'email'],
    ['may be the telephone', { telecom: [point('phone', 1), point('email', 2)] }, 'phone'],
    ['may be a text message', { telecom: [point('sms', 1)] }, 'sms'],
    ['is the next one where the preferred has ended', { telecom: [point('email', 1, { period: { end: '2026-01-31' } }), point('sms', 2)] }, 'sms'],
    ['is never an old one', { telecom: [point('email', 1, { use: 'old' }), point('phone', 2)] }, 'phone'],
    ['is mail where nobody has said which is preferred', { telecom: [point('email'), point('phone')], address: HOME }, 'mail'],
    ['is the telephone where there is no address either', { telecom: [point('email'), point('phone')] }, 'phone'],
    ['is none where only an email address stands there that nobody allowed', { telecom: [point('email')] }, undefined],
    ['is none where nothing is on file', {}, undefined],
    ['is none where the address is old', { address: [{ ...HOME[0], use: 'old' }] }, undefined],
  ])('%s', (_, person, expected) => expect(channelOf(person, '2026-03-02')?.medium.text).toBe(expected));
});

describe('a request to write to a patient', () => {
  test('becomes a message by the preferred channel, once; a messaging system takes it from there', async () => {
    const id = await patient();
    await store(server, [request(id, { category: [{ coding: [{ system: 'https://cobalt.example/fhir/CodeSystem/outreach', code: 'reminder' }] }] })]);
    await Promise.all([round(), round(), round()]);
    await round();
    expect(await messages(id)).toMatchObject([{ status: 'preparation', basedOn: [{ reference: `CommunicationRequest/${id}-r` }], medium: [{ text: 'email' }], recipient: [{ reference: `Patient/${id}` }], payload: [{ contentString: 'Please bring your new insurance card' }], category: [{ coding: [{ code: 'reminder' }] }] }]);
    expect([await statusOf(id), await work(id)]).toEqual(['completed', []]);
  });

  test('waits for its day', async () => {
    const id = await patient();
    await store(server, [request(id, { occurrenceDateTime: new Date(now.getTime() + 48 * 3_600_000).toISOString().slice(0, 10) })]);
    await round();
    expect([await messages(id), await statusOf(id)]).toEqual([[], 'active']);
    later(48);
    await round();
    expect([(await messages(id)).length, await statusOf(id)]).toEqual([1, 'completed']);
  });

  test('waits where the patient was written to within a day; not if it is urgent', async () => {
    const id = await patient();
    await store(server, [request(id)]);
    await round();
    await store(server, [request(id, { id: `${id}-2` }), request(id, { id: `${id}-3`, priority: 'urgent' })]);
    await round();
    expect((await messages(id)).map(({ basedOn }) => basedOn![0]!.reference)).toEqual([`CommunicationRequest/${id}-r`, `CommunicationRequest/${id}-3`]);
    later(25);
    await round();
    expect(await messages(id)).toHaveLength(3);
  });

  test('by mail or telephone is a person’s to send; the work is over once it is sent', async () => {
    const id = await patient({ telecom: [], address: HOME });
    await store(server, [request(id)]);
    await round();
    expect(await work(id)).toEqual(['message-by-hand ready']);
    const [message] = await messages(id);
    expect(message!.medium).toMatchObject([{ coding: [{ code: 'MAILWRIT' }] }]);
    await store(server, [{ ...message!, status: 'completed', sent: now.toISOString() }]);
    await round();
    later(24 * 30);
    await round();
    expect(await work(id)).toEqual(['message-by-hand cancelled']);
  });

  test('is put aside where no channel is on file, and goes on once there is one', async () => {
    const id = await patient({ telecom: [] });
    await store(server, [request(id)]);
    await round();
    expect([await messages(id), await statusOf(id), await work(id)]).toEqual([[], 'on-hold', ['no-channel ready']]);
    await store(server, [{ resourceType: 'Patient', id, birthDate: '1980-01-01', telecom: [EMAIL] }, request(id)]);
    await round();
    expect([(await messages(id)).length, await work(id)]).toEqual([1, ['no-channel cancelled']]);
  });

  test('that must not be carried out is left alone, and so is one to a payer', async () => {
    const id = await patient();
    await store(server, [request(id, { doNotPerform: true }), { ...request(id), id: `${id}-payer`, recipient: [{ reference: 'Organization/payer' }] }]);
    await round();
    expect([await messages(id), await statusOf(id)]).toEqual([[], 'active']);
  });
});

describe('the right person', () => {
  const child: Partial<Patient> = { birthDate: '2020-01-01', telecom: [], address: HOME };
  const parent = (name: string, code: string): RelatedPerson => ({ resourceType: 'RelatedPerson', id: `PATIENT-${name}`, patient: { reference: 'Patient/PATIENT' }, relationship: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-RoleCode', code }] }], telecom: [EMAIL] });
  const family = (...extension: NonNullable<Patient['extension']>): Partial<Patient> => ({ ...child, extension: [{ url: 'https://cobalt.example/fhir/StructureDefinition/family-situation', extension }] });
  const account: Account = { resourceType: 'Account', id: 'PATIENT-a', status: 'active', subject: [{ reference: 'Patient/PATIENT' }], guarantor: [{ party: { reference: 'RelatedPerson/PATIENT-dad' } }] };
  it.each<[string, Partial<Patient>, readonly FhirResource[], string | undefined]>([
    ['is the patient who is of age', {}, [parent('mom', 'MTH')], 'Patient/PATIENT'],
    ['is the guarantor of the account', {}, [parent('dad', 'FTH'), account], 'RelatedPerson/PATIENT-dad'],
    ['is the only parent of a child', child, [parent('mom', 'MTH')], 'RelatedPerson/PATIENT-mom'],
    ['is a parent where they live together', family({ url: 'parentsTogether', valueBoolean: true }), [parent('dad', 'FTH'), parent('mom', 'MTH')], 'RelatedPerson/PATIENT-dad'],
    ['is the custodial parent', family({ url: 'custodialParent', valueReference: { reference: 'RelatedPerson/PATIENT-mom' } }), [parent('dad', 'FTH'), parent('mom', 'MTH')], 'RelatedPerson/PATIENT-mom'],
    ['is asked for where parents live apart and nobody says with whom the child lives', child, [parent('dad', 'FTH'), parent('mom', 'MTH')], undefined],
    ['is asked for where a child has nobody on file', child, [], undefined],
  ])('%s', async (_, change, others, expected) => {
    const id = await patient({ ...change, ...(change.birthDate === undefined ? {} : { birthDate: `${now.getUTCFullYear() - 8}-01-01` }) }, ...others);
    await store(server, [request(id)]);
    await round();
    const sent = await messages(id);
    expect(sent.map(({ recipient }) => recipient![0]!.reference)).toEqual(expected === undefined ? [] : [expected.replace('PATIENT', id)]);
    expect(await work(id)).toEqual(expected === undefined ? ['recipient-unknown ready'] : []);
  });
});

describe('what becomes of a message', () => {
  const sent = async (change: Partial<Communication> = {}): Promise<{ id: string; message: Communication }> => {
    const id = await patient();
    await store(server, [request(id)]);
    await round();
    const [made] = await messages(id);
    const message: Communication = { ...made!, status: 'in-progress', sent: now.toISOString(), ...change };
    await store(server, [message]);
    return { id, message };
  };

  test('unread after a week: a Task with its playbook, once; read after all: it is not needed any more', async () => {
    const { id, message } = await sent();
    later(24 * 7 - 1);
    await round();
    expect(await work(id)).toEqual([]);
    later(2);
    await round();
    await round();
    const [task, ...more] = await all<Task>(server, `Task?patient=Patient/${id}`);
    expect([task, more]).toMatchObject([{ status: 'ready', focus: { reference: `Communication/${message.id}` }, instantiatesUri: expect.stringContaining('PlanDefinition/message-failed|') }, []]);
    await store(server, [{ ...message, status: 'completed', received: now.toISOString() }]);
    await round();
    expect(await work(id)).toEqual(['message-unread cancelled']);
  });

  test('read in time: nothing', async () => {
    const { id, message } = await sent();
    later(24);
    await store(server, [{ ...message, status: 'completed', received: now.toISOString() }]);
    later(24 * 30);
    await round();
    expect(await work(id)).toEqual([]);
  });

  test('said to be sent, without a receipt: unread too', async () => {
    const { id } = await sent({ status: 'completed' });
    later(24 * 8);
    await round();
    expect(await work(id)).toEqual(['message-unread ready']);
  });

  test('undeliverable: a Task at once', async () => {
    const { id } = await sent({ status: 'not-done', statusReason: { text: 'mailbox unknown' } });
    await round();
    expect(await work(id)).toEqual(['message-undeliverable ready']);
  });

  test('taken by no messaging system within a day: a person sends it', async () => {
    const id = await patient();
    await store(server, [request(id)]);
    await round();
    later(23);
    await round();
    expect(await work(id)).toEqual([]);
    later(2);
    await round();
    expect(await work(id)).toEqual(['message-unsent ready']);
  });
});

test('a message that is overtaken before it was sent is not sent, and is nobody’s work any more', async () => {
  const id = await patient({ telecom: [], address: HOME });
  const statement = { category: [{ coding: [{ system: 'https://cobalt.example/fhir/CodeSystem/outreach', code: 'statement' }] }], payload: [{ contentReference: { reference: 'DocumentReference/old' } }] };
  await store(server, [request(id, statement)]);
  await round();
  await store(server, [request(id, { ...statement, id: `${id}-second` })]);
  await resources.commit(await overtaken(`Patient/${id}`, 'DocumentReference/new', resources));
  await round();
  expect([(await messages(id)).map(({ status }) => status), await work(id)]).toEqual([['not-done'], ['message-by-hand cancelled']]);
  expect(((await server.get(`CommunicationRequest/${id}-second`)).body as CommunicationRequest).status).toBe('revoked');
});

describe('what a patient writes', () => {
  const written = (id: string, change: Partial<Communication> = {}): Communication => ({
    resourceType: 'Communication', id: `${id}-m`, status: 'completed', subject: { reference: `Patient/${id}` }, sender: { reference: `Patient/${id}` }, sent: now.toISOString(), payload: [{ contentString: 'I have new insurance' }], ...change,
  });

  test('comes into the queue with it', async () => {
    const id = await patient();
    expect((await server.post('Communication', written(id))).status).toBe(201);
    const [task, ...more] = await all<Task>(server, `Task?patient=Patient/${id}`);
    expect([task, more]).toMatchObject([{ status: 'ready', statusReason: { coding: [{ code: 'patient-message' }] }, instantiatesUri: expect.stringContaining('PlanDefinition/patient-message|') }, []]);
    expect((await server.get(task!.focus!.reference!)).body).toMatchObject({ payload: [{ contentString: 'I have new insurance' }] });
    await server.put('Practitioner/p', { resourceType: 'Practitioner', id: 'p' });
    const { parameter } = (await server.post('Task/$next', { resourceType: 'Parameters', parameter: [{ name: 'owner', valueReference: { reference: 'Practitioner/p' } }, { name: 'code', valueCode: 'contact-patient' }] })).body as { parameter: { resource: Task }[] };
    expect(parameter[0]!.resource.status).toBe('in-progress');
  });

  test('and not again when somebody marks it as read; nor does what we write', async () => {
    const id = await patient();
    await store(server, [written(id, { received: now.toISOString() }), written(id, { id: `${id}-ours`, sender: { reference: 'Practitioner/p' } })]);
    expect(await work(id)).toEqual([]);
  });
});
