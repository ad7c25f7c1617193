import type { Binary, Bundle, Claim, Provenance } from 'fhir/r4.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test } from 'vitest';
import { again, documentsOf, draftAfter, found, put, responsesTo, startClinic, submit, tasksOf, textsOf, verified, withMember, type Clinic } from '../work/submission/clinic.js';
import { issuesOf } from '../http/server.js';
import { ofType } from '../seed/seed.js';

let clinic: Clinic;
/** A claim to a first payer that has not been sent, and the draft of one to a second payer; each test has its own. */
let first: string;
let count = 0;
beforeAll(async () => {
  clinic = await startClinic();
});
beforeEach(async () => {
  first = (await again(clinic.server, 'fairbourne', String(++count)))('clm-fairbourne-1');
});
afterEach(() => put(clinic.server, { ...ofType('Endpoint')[0]!, address: clinic.payer.base }));
afterAll(() => clinic.close());

async function drafted(): Promise<Claim> {
  const copy = await again(clinic.server, 'ashdown', String(count));
  await verified(clinic, copy('pat-ashdown'), copy('cov-ashdown-medicaid'));
  return draftAfter(clinic.server, copy('clm-ashdown-1'));
}
/** What the payer has received of a claim. */
const received = (claim: string): string[] => clinic.payer.received.filter((text) => (JSON.parse(text) as Bundle).entry![0]!.resource!.id === claim);

const claimOf = async (id: string): Promise<Claim> => (await clinic.server.get(`Claim/${id}`)).body as Claim;

describe('sending', () => {
  it('a draft becomes active, the payer decides, and what was sent and answered is kept byte for byte', async () => {
    const { server } = clinic;
    const draft = await drafted();
    const answer = await submit(server, draft.id!);
    expect([answer.status, answer.body.outcome, answer.body.payment?.amount.value], answer.text).toEqual([200, 'complete', 54.7]);
    expect(answer.body).toMatchObject({ request: { reference: `Claim/${draft.id}` }, patient: { reference: `Patient/pat-ashdown-${count}` }, insurer: { reference: 'Organization/payer-arroyo-medicaid' } });
    expect((await claimOf(draft.id!)).status).toBe('active');

    const [sent] = await documentsOf(server, draft.id!, 'submission');
    const binary = (await server.get(sent!.content[0]!.attachment.url!)).body as Binary;
    expect(Buffer.from(binary.data!, 'base64').toString()).toBe(received(draft.id!)[0]);
    const [answered] = await documentsOf(server, draft.id!, 'payer-answer');
    const provenances = await found<Provenance>(server, `Provenance?target=ClaimResponse/${answer.body.id}`);
    expect(provenances.map(({ entity }) => entity?.[0]?.what.reference)).toEqual([`DocumentReference/${answered!.id}`]);
    expect((await tasksOf(server, draft.id!, 'follow-up')).map(({ status, businessStatus }) => [status, businessStatus?.text])).toEqual([['completed', 'The payer has decided']]);
  });

  it('sends the claim with what it refers to, and no other claim', async () => {
    const { server } = clinic;
    const draft = await drafted();
    await submit(server, draft.id!);
    const name = `ashdown-${count}`;
    const bundle = JSON.parse(received(draft.id!)[0]!) as Bundle;
    expect(bundle.identifier?.value).toBe(`${draft.id}-2`);
    expect(bundle.entry!.map(({ resource }) => `${resource!.resourceType}/${resource!.id}`).sort()).toEqual([
      `Claim/${draft.id}`, `ClaimResponse/cr-${name}-1`, `Coverage/cov-${name}-medicaid`, `Coverage/cov-${name}-own`, 'Location/larkspur-main', 'Organization/larkspur-clinic',
      'Organization/payer-arroyo-medicaid', 'Organization/payer-harborlight', `Patient/pat-${name}`, 'Practitioner/dr-amaro',
    ].sort());
    expect(received(draft.id!)[0]).toContain('"value":215.00');
  });

  it('again: nothing is sent, the answer is the same', async () => {
    const { server } = clinic;
    const draft = await drafted();
    const first = await submit(server, draft.id!);
    expect((await submit(server, draft.id!)).body).toEqual(first.body);
    expect([received(draft.id!).length, (await responsesTo(server, draft.id!)).length]).toEqual([1, 1]);
  });

  it('sixteen at once: it is sent once', async () => {
    const { server } = clinic;
    const draft = await drafted();
    const answers = await Promise.all(Array.from({ length: 16 }, () => submit(server, draft.id!)));
    expect(new Set(answers.map(({ status }) => status)).size).toBeLessThanOrEqual(2);
    expect(answers.filter(({ status }) => ![200, 412].includes(status))).toEqual([]);
    expect([received(draft.id!).length, (await responsesTo(server, draft.id!)).length]).toEqual([1, 1]);
  });

  it('a first claim that is active and was never sent', async () => {
    const answer = await submit(clinic.server, first);
    expect([answer.status, answer.body.outcome], answer.text).toEqual([200, 'complete']);
    expect((await claimOf(first)).meta?.versionId).toBe('1');
  });
});

describe('what the payer does', () => {
  const sent = async (suffix: string) => {
    await withMember(clinic.server, `cov-fairbourne-${count}-mother`, suffix);
    return submit(clinic.server, first);
  };

  test('it queues: the receipt is kept, and it is asked again when it may have decided', async () => {
    expect((await sent('LATER')).body.outcome).toBe('queued');
    const [task] = await tasksOf(clinic.server, first, 'follow-up');
    expect([task!.status, task!.restriction?.period?.start]).toEqual(['on-hold', '2026-12-06T00:00:00.000Z']);
    expect((await submit(clinic.server, first)).body.outcome).toBe('complete');
    expect((await responsesTo(clinic.server, first)).map(({ outcome }) => outcome)).toEqual(['queued', 'complete']);
  });

  test('it asks for documents: a person gets a Task with what it asks for', async () => {
    await sent('DOCS');
    const [task] = await tasksOf(clinic.server, first, 'answer-payer');
    expect([task!.status, task!.statusReason?.coding?.[0]?.code]).toEqual(['ready', 'documents-requested']);
  });

  test('it refuses: the claim is a draft again, a person gets its reasons, and the corrected claim goes out anew', async () => {
    const { server } = clinic;
    const answer = await sent('REJECT');
    expect([answer.status, textsOf(answer)[0]]).toEqual([422, 'The payer did not take the claim: the Task prepare-claim says why']);
    expect((await claimOf(first)).status).toBe('draft');
    const [task] = await tasksOf(server, first, 'prepare-claim');
    expect([task!.status, task!.note?.[0]?.text]).toEqual(['ready', 'The claim is not taken: the member is not eligible for electronic claims']);
    await withMember(server, `cov-fairbourne-${count}-mother`, 'PAY');
    expect((await submit(server, first)).body.outcome).toBe('complete');
    expect(new Set(received(first).map((text) => (JSON.parse(text) as Bundle).identifier?.value)).size).toBe(2);
  });

  test('it is out of order: tried again with the same key and the same bytes', async () => {
    const { server } = clinic;
    const answer = await sent('DOWN');
    expect([answer.status, answer.body.resourceType]).toEqual([200, 'OperationOutcome']);
    const [task] = await tasksOf(server, first, 'follow-up');
    expect([task!.status, task!.note?.[0]?.text]).toEqual(['on-hold', 'Attempt 1: The payer answered 503']);
    await submit(server, first);
    expect((await submit(server, first)).body.outcome).toBe('complete');
    expect([received(first).length, new Set(received(first)).size]).toEqual([3, 1]);
  });

  test('it reverses later: asked again, all that it says is there', async () => {
    await sent('REVERSE');
    await submit(clinic.server, first);
    const amounts = (await responsesTo(clinic.server, first)).map(({ payment }) => payment?.amount.value ?? 0);
    expect(amounts).toHaveLength(3);
    expect(amounts[0]! + amounts[1]!).toBe(0);
  });

  test('it says the same twice: it is kept once', async () => {
    await sent('TWICE');
    await submit(clinic.server, first);
    expect(await responsesTo(clinic.server, first)).toHaveLength(1);
  });
});

describe('what is held (422), and nothing is written', () => {
  const heldBack = async (claim: string, text: RegExp, expression: string): Promise<void> => {
    const before = (await clinic.server.get('_history?_count=1')).body.entry[0].fullUrl as string;
    const answer = await submit(clinic.server, claim);
    expect(answer.status, answer.text).toBe(422);
    expect(issuesOf(answer).map((issue) => issue.details?.text).join('\n')).toMatch(text);
    expect(issuesOf(answer)[0]!.expression).toEqual([expression]);
    expect((await clinic.server.get('_history?_count=1')).body.entry[0].fullUrl).toBe(before);
    expect(received(claim)).toEqual([]);
  };

  test('a payer before has not decided (R029)', async () => {
    const draft = await drafted();
    await put(clinic.server, { ...draft, insurance: draft.insurance.map(({ claimResponse: _decision, ...row }) => row) });
    await heldBack(draft.id!, /its decision is not on the claim/, 'Claim.insurance[0]');
  });
  test('a claim that is cancelled', async () => {
    const claim = await claimOf(first);
    await put(clinic.server, { ...claim, status: 'cancelled' });
    await heldBack(first, /Only a draft or an active claim/, 'Claim.status');
  });
  test('a claim that the payer has decided', () => heldBack('clm-birchall-1', /has decided on this claim already/, 'Claim'));
  test('a payer without an Endpoint in force', async () => {
    await put(clinic.server, { ...ofType('Endpoint')[0]!, status: 'off' });
    await heldBack(first, /no Endpoint in force/, 'Claim.insurance[0].coverage');
  });
  test('an Endpoint of another type', async () => {
    await put(clinic.server, { ...ofType('Endpoint')[0]!, connectionType: { code: 'ihe-xds' } });
    await heldBack(first, /hl7-fhir-rest; the payer has ihe-xds only/, 'Claim.insurance[0].coverage');
  });
  test.each(['http://fhir.payer.example/fhir', 'https://169.254.169.254/', 'https://payer.example/fhir', 'file:///etc/passwd'])('an Endpoint that may not be called: %s', async (address) => {
    await put(clinic.server, { ...ofType('Endpoint')[0]!, address });
    await heldBack(first, /may not be called/, 'Claim.insurance');
  });
});

test('a checklist that is open holds the claim, until it is overridden with a reason', async () => {
  const { server } = clinic;
  const checklist = 'https://cobalt.example/fhir/Questionnaire/eob-review-checklist|0.1.0';
  const detail = (code: string) => ({ type: { coding: [{ system: 'https://cobalt.example/fhir/CodeSystem/work-detail', code }] } });
  const task = {
    resourceType: 'Task', id: 't', status: 'ready', intent: 'order', code: { coding: [{ system: 'https://cobalt.example/fhir/CodeSystem/work', code: 'submit-claim' }] },
    focus: { reference: `Claim/${first}` }, input: [{ ...detail('checklist'), valueCanonical: checklist }],
  } as const;
  await put(server, task as never);
  expect(textsOf(await submit(server, first))[0]).toMatch(/^Task\/t is held\. The checklist eob-review-checklist is not completed/);
  await put(server, { ...task, output: [{ ...detail('override'), valueString: 'The payer has confirmed it by phone' }] } as never);
  expect((await submit(server, first)).status).toBe(200);
  expect((await server.get('Task/t')).body).toMatchObject({ status: 'completed', businessStatus: { text: 'Handed over to be sent' } });
});
