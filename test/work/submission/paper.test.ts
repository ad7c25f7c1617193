import type { Binary, Claim, OperationOutcome, Task } from 'fhir/r4.js';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ofType } from '../../seed/seed.js';
import { pageCount } from '../documents/pdf-text.js';
import { again, documentsOf, draftAfter, found, put, responsesTo, startClinic, submit, tasksOf, verified, type Clinic } from './clinic.js';

/** Claims that a person mails: to a payer that takes them on paper only, or that has an Endpoint for it. */
let clinic: Clinic;
let claim: Claim;
let count = 0;
beforeAll(async () => {
  clinic = await startClinic({ automation: true });
});
afterAll(() => clinic.close());
beforeEach(async () => {
  const copy = await again(clinic.server, 'rookwood', `p${++count}`);
  await clinic.server.drain();
  claim = await draftAfter(clinic.server, copy('clm-rookwood-1'));
  await verified(clinic, copy('pat-rookwood'), copy('cov-rookwood-spouse'));
});

const stored = async ({ id }: Claim): Promise<Claim> => (await clinic.server.get(`Claim/${id}`)).body as Claim;
const followUp = async (): Promise<Task> => (await tasksOf(clinic.server, claim.id!, 'follow-up')).find(({ owner }) => owner?.reference === 'Device/cobalt')!;
const mail = async (): Promise<Task> => (await tasksOf(clinic.server, claim.id!, 'follow-up')).find(({ statusReason }) => statusReason?.coding?.[0]?.code === 'to-be-mailed')!;
const asked = async (): Promise<number> => (await tasksOf(clinic.server, claim.id!, 'follow-up')).filter(({ statusReason }) => statusReason?.coding?.[0]?.code === 'no-answer').length;

async function handedOver(): Promise<void> {
  const answer = await submit(clinic.server, claim.id!);
  expect(answer.status, answer.text).toBe(200);
}
async function days(number: number): Promise<void> {
  clinic.later(number);
  await clinic.server.drain();
}

describe('a payer that takes such claims on paper only', () => {
  test('asked by a person, the draft is made with the Task to send it by mail, in place of the one to prepare it', async () => {
    expect(claim.status).toBe('draft');
    const [task, ...others] = await tasksOf(clinic.server, claim.id!, 'submit-claim');
    expect([task!.status, task!.statusReason?.coding?.[0]?.code, task!.instantiatesUri, others]).toEqual(['ready', 'payer-paper-only', 'https://cobalt.example/fhir/PlanDefinition/paper-claim|0.1.0', []]);
    const prepare = await found<Task>(clinic.server, `Task?patient=${claim.patient.reference}&code=prepare-claim`);
    expect(prepare.map(({ status }) => status)).toEqual(['cancelled']);
    const derived = await clinic.server.post(`Claim/${claim.related![0]!.claim!.reference!.slice(6)}/$derive-secondary`, { resourceType: 'Parameters' });
    expect((derived.body.parameter as { name: string; valueCode?: string }[]).find(({ name }) => name === 'reason')?.valueCode).toBe('already-derived');
  });

  test('submitted, it is a packet that a person mails: kept byte for byte, with a Task that says where to', async () => {
    await handedOver();
    const answer = await submit(clinic.server, claim.id!);
    const task = await mail();
    expect([answer.status, (answer.body as OperationOutcome).issue[0]!.details?.text]).toEqual([200, expect.stringContaining(`To be mailed by a person: Task/${task.id}`)]);
    const [document, ...more] = await documentsOf(clinic.server, claim.id!, 'submission');
    expect([document!.content[0]!.attachment.contentType, more]).toEqual(['application/pdf', []]);
    const binary = (await clinic.server.get(document!.content[0]!.attachment.url!, { Accept: 'application/fhir+json' })).body as Binary;
    expect(pageCount(Buffer.from(binary.data!, 'base64'))).toBe(2);
    expect([task.status, task.owner, task.description, task.input?.[0]?.valueReference?.reference]).toEqual(['ready', undefined, expect.stringContaining('to: Old Mill Benefit Trust, PO Box 7000, Arroyo, CO 80007'), `DocumentReference/${document!.id}`]);
    expect((await stored(claim)).status).toBe('active');
  });

  test('taken back before it was mailed and submitted anew: the first packet is called off', async () => {
    await handedOver();
    const first = await mail();
    await put(clinic.server, { ...(await stored(claim)), status: 'draft' });
    const anew = await submit(clinic.server, claim.id!);
    expect(anew.status, anew.text).toBe(200);
    const mails = (await tasksOf(clinic.server, claim.id!, 'follow-up')).filter(({ statusReason }) => statusReason?.coding?.[0]?.code === 'to-be-mailed');
    expect(mails.map(({ id, status }) => [id === first.id, status]).sort()).toEqual([[false, 'ready'], [true, 'cancelled']]);
    await days(1);
    expect((await stored(claim)).status).toBe('active');
  });

  test('the days count from the day on which it was mailed, and after six weeks a person asks, once', async () => {
    await handedOver();
    await days(3);
    expect([(await followUp()).status, (await followUp()).businessStatus?.text]).toEqual(['on-hold', expect.stringContaining('To be mailed')]);
    await put(clinic.server, { ...(await mail()), status: 'completed', executionPeriod: { end: `${clinic.today()}T15:00:00Z` } });
    const mailedOn = clinic.today();
    await days(1);
    expect((await followUp()).businessStatus?.text).toBe(`Mailed on ${mailedOn}`);
    await days(43);
    expect(await asked()).toBe(0);
    for (const more of [1, 7, 7]) await days(more);
    expect([await asked(), (await followUp()).status]).toEqual([1, 'on-hold']);
  });

  test('it is followed no longer once its decision came', async () => {
    await handedOver();
    await put(clinic.server, { ...(await mail()), status: 'completed', executionPeriod: { end: `${clinic.today()}T15:00:00Z` } });
    await clinic.server.post('ClaimResponse', {
      resourceType: 'ClaimResponse', status: 'active', type: claim.type, use: 'claim', patient: claim.patient, created: clinic.today(), insurer: { reference: 'Organization/payer-old-mill' }, outcome: 'complete', request: { reference: `Claim/${claim.id}` },
    });
    await days(46);
    expect([(await followUp()).status, (await followUp()).businessStatus?.text, (await responsesTo(clinic.server, claim.id!)).length]).toEqual(['completed', 'The payer has decided', 1]);
  });

  test('not mailed after all: it is a draft again, with the Task to see to it; submitted anew it is one packet more', async () => {
    await handedOver();
    await put(clinic.server, { ...(await mail()), status: 'cancelled' });
    await days(1);
    expect([(await stored(claim)).status, (await followUp()).businessStatus?.text]).toEqual(['draft', 'The packet was not mailed']);
    expect((await tasksOf(clinic.server, claim.id!, 'prepare-claim')).map(({ statusReason }) => statusReason?.coding?.[0]?.code)).toContain('to-be-mailed');
    expect((await submit(clinic.server, claim.id!)).status).toBe(200);
    expect(await documentsOf(clinic.server, claim.id!, 'submission')).toHaveLength(2);
  });

  test('$scrub goes on to say so', async () => {
    const answer = await clinic.server.post(`Claim/${claim.id}/$scrub`, undefined);
    expect((answer.body as OperationOutcome).issue.map(({ details }) => details?.coding?.[0]?.code)).toContain('payer-paper-only');
  });
});

test('a payer whose Endpoint is paper gets a first claim by mail, without explanations', async () => {
  const first = (await again(clinic.server, 'fairbourne', 'paper'))('clm-fairbourne-1');
  const endpoint = ofType('Endpoint')[0]!;
  await put(clinic.server, { ...endpoint, connectionType: { system: 'https://cobalt.example/fhir/CodeSystem/connection-type', code: 'paper' } });
  const answer = await submit(clinic.server, first);
  expect([answer.status, (answer.body as OperationOutcome).issue[0]!.details?.text]).toEqual([200, expect.stringContaining('To be mailed')]);
  const [document] = await documentsOf(clinic.server, first, 'submission');
  const binary = (await clinic.server.get(document!.content[0]!.attachment.url!, { Accept: 'application/fhir+json' })).body as Binary;
  expect(pageCount(Buffer.from(binary.data!, 'base64'))).toBe(1);
  expect(clinic.payer.received).toEqual([]);
  await put(clinic.server, { ...endpoint, address: clinic.payer.base });
});
