import type { Binary, Bundle, Claim, ClaimResponse, CodeableConcept, Communication, Composition, DocumentReference, FhirResource, Organization, ParametersParameter, Provenance, Task } from 'fhir/r4.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from 'vitest';
import { amountOf, deadlineOf } from '../../src/work/task.js';
import { issuesOf, startTestServer, type Answer, type TestServer } from '../http/server.js';
import { AS_OF, bundles } from '../seed/seed.js';
import { pdfText } from '../work/documents/pdf-text.js';
import { again, found, put } from '../work/submission/clinic.js';

let now: Date;
let server: TestServer;
/** Ids of a copy of the seed's Oakhanger: each test has its own. */
let of: (id: string) => string;
let count = 0;
beforeAll(async () => {
  now = new Date(`${AS_OF}T12:00:00Z`);
  server = await startTestServer({ now: () => now, validate: 'profile' });
  for (const [, bundle] of bundles) expect((await server.post('', bundle)).status).toBe(200);
});
beforeEach(async () => {
  now = new Date(`${AS_OF}T12:00:00Z`);
  of = await again(server, 'oakhanger', String(++count));
});
afterAll(() => server.close());

const ARGUMENT = 'The plan authorized the study by telephone on October 6, 2026.\n\nThe record of the call is enclosed.';
const parameters = (level: number, more: readonly ParametersParameter[] = [], argument = ARGUMENT) =>
  ({ resourceType: 'Parameters', parameter: [{ name: 'level', valuePositiveInt: level }, { name: 'argument', valueString: argument }, ...more] });
const appeal = (level = 1, ...more: ParametersParameter[]): Promise<Answer> => server.post(`Claim/${of('clm-oakhanger-1')}/$appeal`, parameters(level, more));
const attach = (...references: string[]): ParametersParameter[] => references.map((reference) => ({ name: 'attachment', valueReference: { reference } }));
const kind = (code: string): ParametersParameter => ({ name: 'kind', valueCode: code });

const all = <T extends FhirResource>({ status, body, text }: Answer, type: T['resourceType']): T[] => {
  expect(status, text).toBe(200);
  return (body as Bundle).entry!.flatMap(({ resource }) => (resource?.resourceType === type ? [resource as T] : []));
};
const first = <T extends FhirResource>(answer: Answer, type: T['resourceType']): T => all<T>(answer, type)[0]!;
const letterOf = (answer: Answer): string => pdfText(Buffer.from(first<Binary>(answer, 'Binary').data!, 'base64'));
const indexOf = (answer: Answer): string[][] => first<Composition>(answer, 'Composition').section!.map(({ title, entry = [], emptyReason }) => [title!, ...entry.map(({ reference }) => reference!), ...(emptyReason ? ['missing'] : [])]);
const versionsOf = (answer: Answer): string[] => (answer.body as Bundle).entry!.map(({ resource }) => `${resource!.resourceType}/${resource!.id} ${resource!.meta!.versionId}`);
const decision = async (): Promise<ClaimResponse> => (await server.get(`ClaimResponse/${of('cr-oakhanger-1')}`)).body as ClaimResponse;
const contact = (id: string, more: Partial<Communication>): Communication =>
  ({ resourceType: 'Communication', id: of(`${id}-oakhanger`), status: 'completed', subject: { reference: `Patient/${of('pat-oakhanger')}` }, about: [{ reference: `Claim/${of('clm-oakhanger-1')}` }], ...more });

describe('an appeal', () => {
  it('is a Task with the deadline of its level, what is at stake and what is missing', async () => {
    const task = first<Task>(await appeal(), 'Task');
    expect([deadlineOf(task), amountOf(task), task.status, task.focus?.reference]).toEqual(['2027-04-28', 98_000, 'ready', `Claim/${of('clm-oakhanger-1')}`]);
    expect(task.statusReason?.coding?.[0]?.code).toBe('authorization');
    expect(task.businessStatus?.text).toBe('missing: auth number or retro-auth request, medical records');
    expect((await found<Task>(server, `Task?code=appeal&patient=Patient/${of('pat-oakhanger')}`)).map(({ id }) => id)).toEqual([task.id]);
  });

  it('has a letter that names who, what, when, how much and why, in our own words', async () => {
    const answer = await appeal();
    const letter = letterOf(answer);
    for (const text of [
      'Larkspur Family Clinic', 'Telephone 303-555-0110 · NPI 1002000713 · Tax ID 893000071', 'November 22, 2026', 'Tamarack Benefits', 'Internal appeal (level 1) of the decision of October 30, 2026',
      'Della Oakhanger', 'TMR681230', 'TMR26303-4418', `LFC261501${count}`, 'October 8, 2026', 'Celestine Amaro, NPI 1002000721', '$980.00', 'April 28, 2027', '72148', 'CO-197: Authorization/notification absent',
      'The plan authorized the study by telephone on October 6, 2026.', 'The record of the call is enclosed.', 'Decision under appeal',
    ]) expect(letter).toContain(text);
    expect(letter).not.toContain('edical records');
    const document = first<DocumentReference>(answer, 'DocumentReference');
    const { data } = first<Binary>(answer, 'Binary');
    expect(document.content[0]!.attachment).toMatchObject({ contentType: 'application/pdf', url: `Binary/${document.id}`, size: Buffer.from(data!, 'base64').length });
  });

  it('goes the way that the payer takes appeals, where its rules say which', async () => {
    expect(all<Communication>(await appeal(), 'Communication').at(-1)!.medium).toBeUndefined();
    const { body } = await server.get('Organization/payer-tamarack');
    const payer = body as Organization;
    const rules = payer.extension!.find(({ url }) => url.endsWith('/payer-rules'))!;
    rules.extension!.push({ url: 'appealMethod', valueCode: 'fax' });
    expect((await server.put('Organization/payer-tamarack', payer)).status).toBe(200);
    of = await again(server, 'oakhanger', String(++count));
    const answer = await appeal();
    expect(all<Communication>(answer, 'Communication').at(-1)!.medium).toMatchObject([{ coding: [{ code: 'FAXWRIT' }] }]);
    expect(first<Task>(answer, 'Task').description).toContain('by fax, as the payer takes appeals');
    expect((await server.put('Organization/payer-tamarack', body as Organization)).status).toBe(200);
  });

  it('has an index in a stranger’s order, and its Bundle begins with Task, index and letter', async () => {
    const answer = await appeal();
    const { id } = first<Task>(answer, 'Task');
    expect(indexOf(answer)).toEqual([
      ['letter', `DocumentReference/${id}`], ['decision under appeal', `ClaimResponse/${of('cr-oakhanger-1')}`], ['claim as billed', `Claim/${of('clm-oakhanger-1')}`], ['auth number or retro-auth request', 'missing'], ['medical records', 'missing'],
    ]);
    expect((answer.body as Bundle).type).toBe('collection');
    expect((answer.body as Bundle).entry!.map(({ resource }) => resource!.resourceType)).toEqual(['Task', 'Composition', 'DocumentReference', 'Binary', 'ClaimResponse', 'Claim', 'Communication']);
    expect((answer.body as Bundle).entry![0]!.fullUrl).toBe(`${server.base}/Task/${id}`);
  });

  it('takes its documents from what is attached, with their content, and from what is on file about the claim', async () => {
    await put(server, { resourceType: 'Binary', id: of('call-oakhanger'), contentType: 'text/plain', data: Buffer.from('the call').toString('base64') });
    await put(server, { resourceType: 'DocumentReference', id: of('call-oakhanger'), status: 'current', description: 'Authorization number, record of the call', content: [{ attachment: { url: `Binary/${of('call-oakhanger')}` } }] });
    await put(server, {
      resourceType: 'DocumentReference', id: of('note-oakhanger'), status: 'current', type: { coding: [{ system: 'http://loinc.org', code: '11506-3' }] }, content: [{ attachment: { title: 'Note' } }],
      context: { related: [{ reference: `Claim/${of('clm-oakhanger-1')}` }] },
    });
    const answer = await appeal(1, ...attach(`DocumentReference/${of('call-oakhanger')}`));
    expect(indexOf(answer).slice(3)).toEqual([['auth number or retro-auth request', `DocumentReference/${of('call-oakhanger')}`], ['medical records', `DocumentReference/${of('note-oakhanger')}`]]);
    expect(all<Binary>(answer, 'Binary').map(({ data }) => Buffer.from(data!, 'base64').toString().slice(0, 8))).toEqual(['%PDF-1.7', 'the call']);
    expect(first<Task>(answer, 'Task').businessStatus?.text).toBe('packet complete');
    expect(letterOf(answer)).toMatch(/Claim as billed\n3\.\nAuthorization number, record of the call\n4\.\nNote/);
  });

  it('of a later payer encloses what the payers before have decided', async () => {
    const answer = await server.post('Claim/clm-lindqvist-2/$appeal', parameters(1));
    expect(indexOf(answer)).toContainEqual(['primary EOB/835', 'ClaimResponse/cr-lindqvist-1']);
    expect(letterOf(answer)).toContain('Explanation of benefits of the payer before');
    expect(first<Task>(answer, 'Task').description).toContain('Redetermination, level 1');
  });
});

describe('asked for again', () => {
  it('changes nothing, today or later', async () => {
    const once = await appeal();
    now = new Date('2026-12-05T09:00:00Z');
    const twice = await appeal();
    expect(twice.text).toBe(once.text);
    expect(versionsOf(twice).slice(0, 4).every((version) => version.endsWith(' 1'))).toBe(true);
  });

  it('at once by many makes one', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => appeal()));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(versionsOf(answers[0]!).slice(0, 4).every((version) => version.endsWith(' 1'))).toBe(true);
  });

  it('with another argument writes the letter anew, until it has been sent', async () => {
    const once = await appeal();
    const claim = of('clm-oakhanger-1');
    now = new Date('2026-11-24T12:00:00Z');
    const revised = await server.post(`Claim/${claim}/$appeal`, parameters(1, [], 'A better argument.'));
    expect([letterOf(revised).includes('A better argument.'), letterOf(revised).includes('November 24, 2026')]).toEqual([true, true]);
    expect(first<Task>(revised, 'Task').id).toBe(first<Task>(once, 'Task').id);
    expect(all<Task>(revised, 'Task')).toHaveLength(1);
    await put(server, { ...first<Communication>(revised, 'Communication'), status: 'completed', sent: '2026-11-24T15:00:00Z' });
    const after = await server.post(`Claim/${claim}/$appeal`, parameters(1, [], 'Too late.'));
    expect(first<Binary>(after, 'Binary')).toEqual(first<Binary>(revised, 'Binary'));
  });

  it('after a corrected decision is another appeal', async () => {
    const once = await appeal();
    const stored = await decision();
    const [, line] = stored.item!;
    const reason = line!.adjudication.find(({ reason }) => reason)!;
    reason.reason = { coding: [{ system: 'https://x12.org/codes/claim-adjustment-reason-codes', code: '50' }] };
    await put(server, stored);
    const other = await appeal();
    expect(first<Task>(other, 'Task').id).not.toBe(first<Task>(once, 'Task').id);
    expect(indexOf(other).map(([title]) => title)).toContain('medical records');
  });
});

describe('the log', () => {
  it('has every contact about the claim in the order of time, answers and the letter among them, and nobody else’s', async () => {
    await put(server, contact('second', { sent: '2026-11-10T10:00:00-05:00' }));
    await put(server, contact('first', { received: '2026-11-10T14:00:00Z', about: [{ reference: `ClaimResponse/${of('cr-oakhanger-1')}` }] }));
    await put(server, contact('answer', { sent: '2026-12-20', about: undefined, inResponseTo: [{ reference: `Communication/${of('second-oakhanger')}` }] } as Partial<Communication>));
    await put(server, contact('unrelated', { sent: '2026-11-11', about: [{ reference: 'Claim/clm-ashdown-1' }] }));
    const answer = await appeal();
    const { id } = first<Task>(answer, 'Task');
    expect(all<Communication>(answer, 'Communication').map((one) => one.id)).toEqual([of('first-oakhanger'), of('second-oakhanger'), id, of('answer-oakhanger')]);
  });
});

describe('levels', () => {
  it('the second counts from the answer to the first, and asks for what it takes', async () => {
    const once = await appeal();
    await put(server, contact('upheld', { received: '2027-01-15', inResponseTo: [{ reference: `Communication/${first<Task>(once, 'Task').id}` }] }));
    now = new Date('2027-01-20T12:00:00Z');
    const answer = await appeal(2);
    expect(deadlineOf(first<Task>(answer, 'Task'))).toBe('2027-05-15');
    expect(letterOf(answer)).toContain('External review (level 2) of the decision of January 15, 2027');
    expect(indexOf(answer).map(([title]) => title)).toEqual(expect.arrayContaining(['decision on the appeal before', 'written consent of the patient']));
    expect(all<Communication>(answer, 'Communication')).toHaveLength(3);
  });

  it('a peer-to-peer review is one of its own beside the appeal', async () => {
    const [written, spoken] = [await appeal(), await appeal(1, kind('peer-to-peer'))];
    expect(first<Task>(spoken, 'Task').id).not.toBe(first<Task>(written, 'Task').id);
    expect(letterOf(spoken)).toContain('Attention: Medical Director');
    expect(deadlineOf(first<Task>(spoken, 'Task'))).toBe('2027-04-28');
  });

  it('too late is said, and most urgent', async () => {
    now = new Date('2027-04-29T12:00:00Z');
    const task = first<Task>(await appeal(), 'Task');
    expect([task.priority, task.description]).toEqual(['stat', expect.stringContaining('Its time has passed')]);
  });
});

test('a corrected claim: the letter says what was wrong, what is right and why', async () => {
  const claim = (await server.get(`Claim/${of('clm-oakhanger-1')}`)).body as Claim;
  const corrected: Claim = {
    ...claim, id: of('clm-oakhanger-9'), identifier: claim.identifier!.map((identifier) => ({ ...identifier, value: `${identifier.value}C` })),
    related: [{ claim: { reference: `Claim/${claim.id}` }, relationship: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship', code: 'prior' }] } }],
    item: claim.item!.map((item) => (item.sequence === 2 ? { ...item, productOrService: { coding: [{ system: 'http://www.ama-assn.org/go/cpt', code: '72149' }] } } : item)),
  };
  await put(server, corrected);
  await put(server, {
    resourceType: 'Provenance', id: of('why-oakhanger'), target: [{ reference: `Claim/${corrected.id}` }], recorded: '2026-11-20T12:00:00Z', agent: [{ who: { display: 'Billing' } }],
    reason: [{ text: 'The report shows that contrast was given.' }],
  } as Provenance);
  const answer = await server.post(`Claim/${corrected.id}/$appeal`, parameters(1));
  const letter = letterOf(answer);
  expect(letter).toContain('Oct 8, 2026\n72148\nCO-197');
  expect(letter).toMatch(/What we have corrected on the claim\nLine\nElement\nWas\nIs\n2\nProcedure\n72148\n72149\nThe report shows that contrast was given\./);
  expect(indexOf(answer)).toContainEqual(['claim as billed', `Claim/${corrected.id}`]);
});

describe('what is refused, with nothing written', () => {
  const refused = async (answer: Answer, status: number, expression: string): Promise<string> => {
    expect([answer.status, issuesOf(answer)[0]?.expression?.[0]], answer.text).toEqual([status, expression]);
    expect(await found(server, `Task?code=appeal&patient=Patient/${of('pat-oakhanger')}`)).toEqual([]);
    return issuesOf(answer)[0]?.details?.text ?? '';
  };

  test('a claim whose payer has not decided', async () => {
    await refused(await server.post('Claim/clm-fairbourne-1/$appeal', parameters(1)), 422, 'Claim.insurance');
  });

  test.each(['MA130', 'N211'])('a decision without a right of appeal (%s)', async (remark) => {
    const stored = await decision();
    await put(server, { ...stored, adjudication: [{ category: { coding: [{ system: 'http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBAdjudicationDiscriminator', code: 'adjustmentreason' }] }, reason: { coding: [{ system: 'https://x12.org/codes/remittance-advice-remark-codes', code: remark }] } }] });
    expect(await refused(await appeal(), 422, 'Claim.insurance')).toContain('no right of appeal');
  });

  test('a decision that took nothing off', async () => {
    const stored = await decision();
    const inFull = <Row extends { readonly category: CodeableConcept }>([submitted, ...others]: readonly Row[]): Row[] =>
      [submitted!, ...others.filter(({ category }) => category.coding?.[0]?.code === 'benefit').map((benefit) => ({ ...submitted!, category: benefit.category }))];
    const item = stored.item!.map((line) => ({ ...line, adjudication: inFull(line.adjudication) }));
    await put(server, { ...stored, item, total: inFull(stored.total!), payment: { ...stored.payment!, amount: { value: 1140, currency: 'USD' } } });
    expect(await refused(await appeal(), 422, 'Claim.insurance')).toContain('nothing to appeal');
  });

  test('a level that the payer does not have', async () => {
    expect(await refused(await appeal(4), 422, 'Parameters.parameter.where(name = \'level\')')).toContain('1 (Internal appeal), 2 (External review)');
  });

  test('an attachment that is not there', async () => {
    await refused(await appeal(1, ...attach('DocumentReference/no-such')), 422, 'Parameters.parameter[2].value.reference');
  });

  test('an attachment about another patient', async () => {
    await put(server, { resourceType: 'DocumentReference', id: of('other-oakhanger'), status: 'current', subject: { reference: 'Patient/pat-ashdown' }, content: [{ attachment: { title: 'Note' } }] });
    expect(await refused(await appeal(1, ...attach(`DocumentReference/${of('other-oakhanger')}`)), 422, 'Parameters.parameter[2].value.reference')).toContain('another patient');
  });

  test('an argument that is no letter any more', async () => {
    await refused(await server.post(`Claim/${of('clm-oakhanger-1')}/$appeal`, parameters(1, [], 'word '.repeat(5_000))), 422, 'Parameters.parameter[1].value');
  });

  test('no argument, no level, an unknown kind', async () => {
    const claim = `Claim/${of('clm-oakhanger-1')}/$appeal`;
    for (const body of [{ resourceType: 'Parameters', parameter: [{ name: 'level', valuePositiveInt: 1 }] }, parameters(0), parameters(1, [kind('mediation')])]) expect((await server.post(claim, body)).status).toBe(400);
  });
});
