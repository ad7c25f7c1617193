import type { Claim, Task } from 'fhir/r4.js';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ofType } from '../../seed/seed.js';
import { again, draftAfter, put, responsesTo, startClinic, submit, tasksOf, verified, withMember, type Clinic } from './clinic.js';

/** What the server does itself with claims on their way: worked off by `drain`, as the worker would. */
let clinic: Clinic;
let first: string;
let coverage: string;
let count = 0;
beforeAll(async () => {
  clinic = await startClinic();
});
beforeEach(async () => {
  const copy = await again(clinic.server, 'fairbourne', `f${++count}`);
  first = copy('clm-fairbourne-1');
  coverage = copy('cov-fairbourne-mother');
});
afterAll(() => clinic.close());

const followUp = async (): Promise<Task> => (await tasksOf(clinic.server, first, 'follow-up')).find(({ owner }) => owner?.reference === 'Device/cobalt')!;
const reasonsOf = async (code: string): Promise<(string | undefined)[]> =>
  (await tasksOf(clinic.server, first, code)).filter(({ owner }) => owner === undefined).map(({ statusReason }) => statusReason?.coding?.[0]?.code);
const received = (): number => clinic.payer.received.filter((text) => text.includes(`/Claim/${first}"`)).length;

describe('a claim that is with the payer', () => {
  test('is asked about after two weeks, and then it is decided', async () => {
    await withMember(clinic.server, coverage, 'LATER');
    await submit(clinic.server, first);
    clinic.later(13);
    await clinic.server.drain();
    expect((await followUp()).status).toBe('on-hold');
    clinic.later(1);
    await clinic.server.drain();
    expect([(await followUp()).status, (await responsesTo(clinic.server, first)).map(({ outcome }) => outcome)]).toEqual(['completed', ['queued', 'complete']]);
  });

  test('is asked about each week, and after a month a person is told, once', async () => {
    await withMember(clinic.server, coverage, 'SILENT');
    await submit(clinic.server, first);
    for (const days of [14, 7, 7]) {
      clinic.later(days);
      await clinic.server.drain();
    }
    expect(await reasonsOf('follow-up')).toEqual([]);
    for (let week = 0; week < 2; week++) {
      clinic.later(7);
      await clinic.server.drain();
    }
    expect([await reasonsOf('follow-up'), (await followUp()).status, received()]).toEqual([['no-answer'], 'on-hold', 1]);
  });

  test('is not asked about any more when its decision came another way', async () => {
    await withMember(clinic.server, coverage, 'SILENT');
    const queued = (await submit(clinic.server, first)).body;
    await clinic.server.post('ClaimResponse', { ...queued, id: undefined, outcome: 'complete' });
    clinic.later(14);
    await clinic.server.drain();
    expect([(await followUp()).status, (await followUp()).businessStatus?.text]).toEqual(['completed', 'The payer has decided']);
  });
});

describe('a payer out of reach', () => {
  test('is tried again by itself, with the same key and bytes, until it answers', async () => {
    await withMember(clinic.server, coverage, 'DOWN');
    await submit(clinic.server, first);
    for (let attempt = 0; attempt < 2; attempt++) {
      clinic.later(1 / 1_440);
      await clinic.server.drain();
    }
    expect([(await followUp()).status, received()]).toEqual(['completed', 3]);
  });

  test('is told to a person after six attempts, once, and tried on', async () => {
    const endpoint = (await clinic.server.get('Endpoint/simulated-payer')).body;
    await put(clinic.server, { ...endpoint, address: 'http://127.0.0.1:1/fhir' });
    await submit(clinic.server, first);
    for (let attempt = 2; attempt <= 8; attempt++) {
      expect(await reasonsOf('follow-up')).toEqual(attempt <= 6 ? [] : ['payer-unreachable']);
      clinic.later(1);
      await clinic.server.drain();
    }
    expect(await reasonsOf('follow-up')).toEqual(['payer-unreachable']);
    await put(clinic.server, endpoint);
    clinic.later(1);
    await clinic.server.drain();
    expect((await followUp()).status).toBe('completed');
  });
});

test('what a crash cut between the commit and the sending is sent when the lease is over, once', async () => {
  await submit(clinic.server, first);
  const done = await followUp();
  const [response] = await responsesTo(clinic.server, first);
  const lease = { url: 'https://cobalt.example/fhir/StructureDefinition/lease', extension: [{ url: 'until', valueDateTime: '2026-01-01T00:00:00.000Z' }, { url: 'attempt', valuePositiveInt: 1 }] };
  await clinic.server.delete(`Task/${done.id}`);
  await clinic.server.delete(`ClaimResponse/${response!.id}`);
  await put(clinic.server, { ...done, output: undefined, extension: [lease], status: 'in-progress' } as unknown as Task);
  await clinic.server.drain();
  expect([(await followUp()).status, (await responsesTo(clinic.server, first))[0]?.payment?.amount.value, received()]).toEqual(['completed', response!.payment?.amount.value, 2]);
});

describe('a claim that the payer’s rules let go by itself', () => {
  beforeAll(async () => {
    const payer = ofType('Organization').find(({ id }) => id === 'payer-arroyo-medicaid')!;
    const rules = payer.extension!.map((extension) => (extension.url.endsWith('/payer-rules') ? { ...extension, extension: [...extension.extension!, { url: 'submission', valueCode: 'automatic' }] } : extension));
    await put(clinic.server, { ...payer, extension: rules });
  });

  async function drained(isVerified: boolean): Promise<{ readonly claim: Claim; readonly task: Task }> {
    const copy = await again(clinic.server, 'ashdown', `s${count}`);
    if (isVerified) await verified(clinic, copy('pat-ashdown'), copy('cov-ashdown-medicaid'));
    const { id } = await draftAfter(clinic.server, copy('clm-ashdown-1'));
    expect((await tasksOf(clinic.server, id!, 'submit-claim')).map(({ owner }) => owner?.reference)).toEqual(['Device/cobalt']);
    await clinic.server.drain();
    const [task] = await tasksOf(clinic.server, id!, 'submit-claim');
    return { claim: (await clinic.server.get(`Claim/${id}`)).body as Claim, task: task! };
  }

  test('what is against it goes to a person, with the reasons', async () => {
    const { claim, task } = await drained(false);
    expect([claim.status, task.status, task.owner, task.note?.at(-1)?.text]).toEqual(['draft', 'on-hold', undefined, expect.stringContaining('is held')]);
  });

  test('it goes out', async () => {
    const { claim, task } = await drained(true);
    expect([claim.status, task.status], JSON.stringify(task.note)).toEqual(['active', 'completed']);
    expect((await responsesTo(clinic.server, claim.id!)).map(({ outcome }) => outcome)).toEqual(['complete']);
  });
});
