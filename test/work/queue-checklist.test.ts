import type { Bundle, CoverageEligibilityResponse, Provenance, QuestionnaireResponse, QuestionnaireResponseItem, Task } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CANONICAL } from '../../src/fhir/canonical.js';
import { checklistsOf, openItems, prefilled } from '../../src/work/queue/checklist.js';
import { playbooksIn, withPlaybook } from '../../src/work/queue/playbooks.js';
import { detail, toTask } from '../../src/work/task.js';
import { issuesOf, startTestServer, type TestServer } from '../http/server.js';
import { conformance } from '../profiles/constraints.js';
import { bundles } from '../seed/seed.js';
import { given, next, store } from './queue.js';

const questionnaires = conformance.ofType('Questionnaire');
const find = playbooksIn(conformance.ofType('PlanDefinition'));
const BILLER = 'Practitioner/biller-renwick';
const TODAY = '2026-11-22T09:00:00.000Z';

describe('each checklist', () => {
  it.each(questionnaires.map((questionnaire) => [questionnaire.id, questionnaire] as const))('%s is one of a playbook, and has items that must be answered', (_id, questionnaire) => {
    const asked = conformance.ofType('PlanDefinition').flatMap(({ action = [] }) => action.flatMap(({ definitionCanonical }) => definitionCanonical ?? []));
    expect(asked).toContain(`${questionnaire.url}|${questionnaire.version}`);
    const links = questionnaire.item?.flatMap(({ item = [] }) => item.map(({ linkId }) => linkId)) ?? [];
    expect(new Set(links).size).toBe(links.length);
    expect(openItems(questionnaire, { resourceType: 'QuestionnaireResponse', status: 'completed' }).length).toBeGreaterThan(0);
  });

  it('that a playbook asks for is there', () => {
    const held = new Set(questionnaires.map(({ url, version }) => `${url}|${version}`));
    expect(conformance.ofType('PlanDefinition').flatMap(({ action = [] }) => action.flatMap(({ definitionCanonical }) => definitionCanonical ?? [])).filter((canonical) => !held.has(canonical))).toEqual([]);
  });
});

describe('answers from the data', () => {
  const posting = questionnaires.find(({ id }) => id === 'posting-checklist')!;
  const task = toTask({ code: 'post-payment', cause: ['x'], focus: 'ClaimResponse/1', patient: 'Patient/1', description: 'Post', authoredOn: TODAY });

  it('leave it in progress while something is open, and complete it when nothing is', () => {
    const yes = [{ valueBoolean: true }];
    const some = prefilled(posting, task, { paid: [{ valueQuantity: { value: 80 } }] }, TODAY);
    expect(some).toMatchObject({ status: 'in-progress', subject: { reference: 'Patient/1' }, item: [{ linkId: 'payment', item: [{ linkId: 'paid' }] }] });
    const all = prefilled(posting, task, { paid: [{ valueQuantity: { value: 80 } }], 'patient-responsibility': [{ valueQuantity: { value: 0 } }], 'payment-verified': yes, 'payment-applied': yes }, TODAY);
    expect(all.status).toBe('completed');
    expect(all.id).toBe(some.id);
  });

  it('are looked up by their own names only', () => expect(prefilled({ ...posting, item: [{ linkId: 'constructor', type: 'string' }] }, task, {}, TODAY).item).toBeUndefined());
});

describe('the demo clinic', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ now: () => new Date(TODAY) });
    for (const [, bundle] of bundles) expect((await server.post('', bundle)).status).toBe(200);
  });
  afterAll(() => server.close());

  /** The Task to submit the claim that follows `claim`, taken by the biller. */
  const submission = async (claim: string): Promise<Task> => {
    expect((await server.post(`Claim/${claim}/$derive-secondary`, { resourceType: 'Parameters', parameter: [{ name: 'persist', valueBoolean: true }] })).status).toBe(200);
    const task = given(await next(server, BILLER, 'submit-claim'));
    expect(task).toMatchObject({ for: { reference: claim.replace(/^clm-(.*)-\d$/, 'Patient/pat-$1') } });
    return task!;
  };
  const responses = async (task: Task): Promise<QuestionnaireResponse[]> =>
    Promise.all((task.output ?? []).map(async ({ valueReference }) => (await server.get(valueReference?.reference ?? '')).body as QuestionnaireResponse));
  const answersOf = (response: QuestionnaireResponse): Record<string, unknown> => {
    const flat = (items: readonly QuestionnaireResponseItem[]): QuestionnaireResponseItem[] => items.flatMap((item) => [item, ...flat(item.item ?? [])]);
    return Object.fromEntries(flat(response.item ?? []).filter(({ answer }) => answer).map(({ linkId, answer = [] }) => [linkId, answer.map((each) => Object.values(each)[0] as unknown)]));
  };
  const usd = (value: number): unknown[] => [{ value, unit: 'USD', system: 'urn:iso:std:iso:4217', code: 'USD' }];

  it('whoever takes a submission finds what the data shows of the decision and of the claim; what it does not show is open', async () => {
    const task = await submission('clm-ashdown-1');
    const [review, ofClaim] = await responses(task);
    const { value: residual } = (answersOf(review!)['residual'] as { value: number }[])[0]!;
    expect(residual).toBe(54.7);
    expect(review).toMatchObject({ status: 'in-progress', questionnaire: checklistsOf(task)[0], subject: { reference: 'Patient/pat-ashdown' } });
    expect(answersOf(review!)).toMatchObject({ 'patient-responsibility': usd(54.7), balanced: [true], 'eligibility-active': [true] });
    expect(answersOf(review!)['adjustments']).toEqual(expect.arrayContaining([expect.stringMatching(/^(CO|PR)-\d+ \d+\.\d{2}$/)]));
    expect(answersOf(review!)).not.toHaveProperty('eligibility-checked');
    expect(answersOf(ofClaim!)).toMatchObject({ 'payer-order': [true], 'prior-decisions': [true], 'coverage-active': [true], 'filing-limit': ['2027-04-05'] });
  });

  it('eligibility counts when it was verified in the last thirty days', async () => {
    const eligibility = (coverage: string, created: string): CoverageEligibilityResponse => ({
      resourceType: 'CoverageEligibilityResponse', id: `of-${coverage}`, status: 'active', purpose: ['benefits'], outcome: 'complete', created, patient: { reference: `Patient/pat-${coverage.split('-')[1]}` },
      insurer: { reference: 'Organization/payer-harborlight' }, request: { display: 'telephone' }, insurance: [{ coverage: { reference: `Coverage/${coverage}` }, inforce: true }],
    });
    await store(server, eligibility('cov-kestrel-medicaid', '2026-10-22'), eligibility('cov-calloway-medicare', '2026-10-23'));
    const [stale] = await responses(await submission('clm-kestrel-1'));
    const [fresh] = await responses(await submission('clm-calloway-1'));
    expect(answersOf(stale!)).not.toHaveProperty('eligibility-checked');
    expect(answersOf(fresh!)).toMatchObject({ 'eligibility-checked': ['2026-10-23'] });
    expect(fresh?.status).toBe('completed');
  });

  it('a review of a decision begins with its amounts', async () => {
    await store(server, toTask(withPlaybook({ code: 'review-adjudication', cause: ['r'], focus: 'ClaimResponse/cr-ashdown-1', patient: 'Patient/pat-ashdown', description: 'Review', authoredOn: TODAY }, find)));
    const [review] = await responses(given(await next(server, BILLER, 'review-adjudication'))!);
    expect(answersOf(review!)).toMatchObject({ residual: usd(54.7) });
  });

  it('an override is allowed with a reason only, and leaves a Provenance of who and why', async () => {
    const begun = await submission('clm-hollis-1');
    const done = (reason: string): Task => ({ ...begun, status: 'completed', output: [...(begun.output ?? []), { ...detail('override'), valueString: reason }] });
    const refused = await server.put(`Task/${begun.id}`, { ...done('x'), output: begun.output });
    expect([refused.status, issuesOf(refused)[0]?.details?.text]).toEqual([422, expect.stringContaining('output of type override')]);
    expect((await server.put(`Task/${begun.id}`, done('The payer confirmed eligibility by telephone'))).status).toBe(200);
    const records = ((await server.get(`Provenance?target=Task/${begun.id}`)).body as Bundle<Provenance>).entry ?? [];
    // $derive-secondary, which made the Task, and $next have left theirs.
    expect(records.map(({ resource }) => resource).filter((record) => record?.reason)).toMatchObject([{ recorded: TODAY, reason: [{ text: 'The payer confirmed eligibility by telephone' }], agent: [{ who: { reference: BILLER } }] }]);
  });

  it('playbooks and checklists are read over REST', async () => {
    for (const path of ['PlanDefinition/filing-limit', 'Questionnaire/submission-checklist', `PlanDefinition?url=${CANONICAL}/PlanDefinition/crossover-silent`]) expect((await server.get(path)).status).toBe(200);
  });
});
