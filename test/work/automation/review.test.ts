import { readFileSync } from 'node:fs';
import type { Claim, ClaimResponse, FhirResource, Parameters, Task } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inProject } from '../../../src/root.js';
import { AUTOMATION, deadlineOf, workCodeOf } from '../../../src/work/task.js';
import type { ShortDecision } from '../../claims/decisions.js';
import { startTestServer, type TestServer } from '../../http/server.js';
import { brokenInvariants } from '../../profiles/constraints.js';
import { all, claims, decided, inShort, keyed, reviews, store, TODAY, visit, work, type VisitChange } from './visit.js';

let server: TestServer;
let today = TODAY;
beforeAll(async () => {
  server = await startTestServer({ automation: true, now: () => new Date(`${today}T12:00:00Z`) });
});
afterAll(() => server.close());

let last = 0;
async function reviewed(change: VisitChange, ...decisions: ShortDecision[]): Promise<string> {
  const key = `r${++last}`;
  await store(server, visit(key, change));
  for (const decision of decisions) await arrives(key, decision);
  return key;
}
async function arrives(key: string, decision: ShortDecision): Promise<void> {
  await store(server, [decided(key, decision)]);
  await server.drain();
}
const reasonsOf = (tasks: readonly Task[]): (string | undefined)[] => tasks.map(({ status, statusReason }) => (status === 'completed' ? statusReason?.coding?.[0]?.code : status));
const drafts = async (key: string): Promise<Claim[]> => (await claims(server, key)).filter(({ status }) => status === 'draft');
const staleOf = ({ extension = [] }: Claim): boolean => extension.some(({ url }) => url.endsWith('/stale'));

const [lines, total] = [[[['submitted', 100], ['benefit', 80], ['PR-2', 20]], [['submitted', 60], ['benefit', 48], ['PR-2', 12]]], [['submitted', 160], ['benefit', 128]]] as const;
/** CLP02 22: every sign of the decision turned. */
const reversal: ShortDecision = { id: 'd2', eraStatus: '22', date: '2026-02-26', lines: lines.map((line) => line.map(([what, amount]) => [what, -amount] as const)), total: total.map(([what, amount]) => [what, -amount] as const) };
const corrected = (first: number, change: ShortDecision = {}): ShortDecision => ({ id: 'd3', date: '2026-02-26', lines: [[['submitted', 100], ['benefit', first], ['PR-2', 100 - first]], lines[1]], ...change });
const inFull: ShortDecision = corrected(100, { lines: [[['submitted', 100], ['benefit', 100]], [['submitted', 60], ['benefit', 60]]] });
const ofSecond = (change: ShortDecision = {}): ShortDecision => ({
  id: 's1', coverage: 'Coverage/second', insurer: 'Organization/second-payer', number: 'SEC-1', date: '2026-02-27', eraStatus: '2',
  lines: [[['submitted', 100], ['benefit', 15], ['OA-23', 80], ['PR-2', 5]], [['submitted', 60], ['benefit', 12], ['OA-23', 48]]], ...change,
});

describe('the cases of $derive-secondary, as they arrive', () => {
  interface Case {
    readonly id: string;
    readonly body: Parameters;
    readonly expect: { readonly reason: string };
  }
  const cases = JSON.parse(readFileSync(inProject('test/cases/derive.json'), 'utf8')) as Case[];
  /** Reason → the work for people. */
  const WORK: Readonly<Record<string, RegExp | undefined>> = {
    derived: /^submit-claim derived ready$|^prepare-claim scrub-findings ready$/,
    'crossed-over': /^follow-up crossed-over on-hold$/,
    unbalanced: /^follow-up unbalanced ready$/,
    'coverage-inactive': /^verify-cob coverage-inactive ready$/,
    'order-undetermined': /^verify-cob order-undetermined ready$/,
    'filing-limit-passed': /^work-denial filing-limit-passed ready$/,
    'payer-paper-only': /^prepare-claim payer-paper-only ready$/,
    // CO-97 on a line: whether it is rightly bundled is for somebody to see.
    'nothing-left': /^work-denial bundling ready$/,
    'primary-pending': undefined,
  };

  it.each(cases.map((each) => [each.id, each.expect.reason, each] as const))('%s: %s', async (id, reason, { body }) => {
    const key = id.slice(0, 3).toLowerCase();
    today = body.parameter!.find(({ name }) => name === 'asOf')!.valueDate!;
    const patient = `${key}-${body.parameter!.map(({ resource }) => resource).find((resource) => resource?.resourceType === 'Patient')!.id}`;
    const resources = body.parameter!.flatMap(({ resource }) => (resource ? [keyed(resource as FhirResource, key)] : []));
    await store(server, resources);
    await server.drain();
    today = TODAY;
    const tasks = await all<Task>(server, `Task?patient=Patient/${patient}`);
    const [own, people] = [tasks.filter((task) => task.owner?.reference === AUTOMATION && workCodeOf(task) === 'review-adjudication'), tasks.filter(({ owner }) => owner?.reference !== AUTOMATION)];
    const left = reason === 'primary-pending' ? [] : ['derived', 'already-derived'].includes(reason) ? ['derived', 'already-derived'] : [reason];
    expect(reasonsOf(own).filter((each) => !left.includes(each ?? ''))).toEqual([]);
    const expected = WORK[reason];
    expect(inShort(people).filter((each) => !expected?.test(each))).toEqual([]);
    expect(people).toHaveLength(expected ? 1 : 0);
    expect(tasks.flatMap(brokenInvariants)).toEqual([]);
    const made = (await all<Claim>(server, `Claim?patient=Patient/${patient}&status=draft`)).map(({ id: claim }) => `Claim/${claim}`);
    expect(made).toEqual(reason === 'derived' ? [people[0]!.focus!.reference] : []);
  });
});

describe('what a decision comes to', () => {
  it('a draft claim to the next payer, and the Task to send it, with its deadline and what is at stake', async () => {
    const key = await reviewed({}, {});
    const [draft] = await drafts(key);
    const [task] = await work(server, key);
    expect(task).toMatchObject({ focus: { reference: `Claim/${draft!.id}` }, for: { reference: `Patient/${key}-p` }, groupIdentifier: { value: `Claim/${key}-c` }, instantiatesUri: expect.stringMatching(/PlanDefinition\/.+\|/) });
    expect([deadlineOf(task!), task!.input!.find(({ valueMoney }) => valueMoney)!.valueMoney!.value]).toEqual(['2027-02-05', 32]);
    const [review] = await reviews(server, key);
    expect(review!.output!.map(({ valueReference }) => valueReference!.reference)).toEqual([`Claim/${draft!.id}`, `Task/${task!.id}`]);
    expect(review).toMatchObject({ status: 'completed', statusReason: { coding: [{ code: 'derived' }] }, executionPeriod: { start: `${TODAY}T12:00:00.000Z`, end: `${TODAY}T12:00:00.000Z` } });
    expect(review!.extension).toBeUndefined();
  });

  const DENIED: ShortDecision = { lines: [[['submitted', 100], ['benefit', 80], ['PR-2', 20]], [['submitted', 60], ['benefit', 0], ['CO-197', 60]]] };
  it.each<[string, VisitChange, ShortDecision, string[]]>([
    ['one plan and an amount left: the balance', { second: 'none' }, {}, ['resolve-balance no-next-coverage ready']],
    ['one plan and nothing left: no noise (R043)', { second: 'none' }, { lines: [[['submitted', 100], ['benefit', 70], ['CO-45', 30]], [['submitted', 60], ['benefit', 60]]] }, []],
    ['a refusal: its category, beside the next claim', {}, DENIED, ['submit-claim derived ready', 'work-denial authorization ready']],
    ['a decision that does not balance: contact the payer (R022)', {}, { lines: [[['submitted', 100], ['benefit', 80], ['PR-2', 19]], [['submitted', 60], ['benefit', 60]]], total: [['submitted', 160], ['benefit', 140]] }, ['follow-up unbalanced ready']],
    ['another payer comes first, says the payer: the order', {}, { lines: [[['submitted', 100], ['benefit', 0], ['CO-22', 100]], [['submitted', 60], ['benefit', 0], ['CO-22', 60]]] }, ['verify-cob order-undetermined ready']],
    ['forwarded to the next payer: its time', {}, { eraStatus: '19', carrier: 'Organization/second-payer' }, ['follow-up crossed-over on-hold']],
    ['forwarded to somebody else: who that is', {}, { eraStatus: '19', carrier: 'Organization/nobody' }, ['follow-up unknown-crossover-carrier ready']],
    ['forwarded, and there is no next coverage: who that is', { second: 'none' }, { eraStatus: '19', carrier: 'Organization/nobody' }, ['follow-up unknown-crossover-carrier ready']],
    ['forwarded, and the payer’s days have gone', { rules: [{ url: 'crossoverWaitDays', valuePositiveInt: 3 }] }, { eraStatus: '19', carrier: 'Organization/second-payer' }, ['follow-up crossed-over ready']],
    ['the payer’s claims go to a person first: not stated', { rules: [{ url: 'contracted', valueBoolean: true }] }, {}, ['submit-claim derived ready']],
    ['the payer’s claims are a specialist’s', { rules: [{ url: 'submission', valueCode: 'specialist' }] }, {}, ['submit-claim derived ready']],
    ['the payer wants the explanation, and none is on file', { rules: [{ url: 'requiresPrimaryEob', valueBoolean: true }] }, {}, ['prepare-claim scrub-findings ready']],
    ['an accident: a specialist, and no claim by itself (R033)', { claim: { accident: { date: '2026-02-04', type: { coding: [{ code: 'MVA' }] } } } }, {}, ['prepare-claim specialist-review ready']],
    ['workers’ compensation: a specialist (R033)', { first: { extension: [{ url: 'https://cobalt.example/fhir/StructureDefinition/payer-kind', valueCode: 'workers-comp' }] }, claim: { accident: { date: '2026-02-04', type: { coding: [{ code: 'WPA' }] } } } }, {}, ['prepare-claim specialist-review ready']],
    ['a claim that is not on file: to be matched', { claim: { id: 'elsewhere' } }, {}, ['match-remittance claim-unknown ready']],
    ['amounts that can’t be added exactly: a person', {}, { lines: [[['submitted', 9_000_000_000_000.01], ['benefit', 9_000_000_000_000.01]], [['submitted', 60], ['benefit', 60]]] }, ['follow-up unbalanced ready']],
  ])('%s', async (_, change, decision, expected) => {
    const key = await reviewed(change, decision);
    expect(inShort(await work(server, key))).toEqual(expected);
    expect((await reviews(server, key)).map(({ status }) => status)).toEqual(['completed']);
    const isDrafted = expected.some((each) => /^(submit-claim|prepare-claim scrub)/.test(each));
    expect(await drafts(key)).toHaveLength(isDrafted ? 1 : 0);
  });

  it('a claim that goes out by itself is the server’s to send', async () => {
    const key = await reviewed({ rules: [{ url: 'submission', valueCode: 'automatic' }] }, {});
    const [task] = await all<Task>(server, `Task?patient=Patient/${key}-p&code=submit-claim`);
    // What has become of it since is the submission's.
    expect((await server.get(`Task/${task!.id}/_history/1`)).body).toMatchObject({ status: 'ready', owner: { reference: AUTOMATION } });
  });

  it('a specialist’s work says so', async () => {
    const key = await reviewed({ rules: [{ url: 'submission', valueCode: 'specialist' }] }, {});
    expect(await work(server, key)).toMatchObject([{ performerType: [{ coding: [{ code: 'billing-specialist' }] }] }]);
  });

  it('the questions stand in the Task, each once', async () => {
    const key = await reviewed({ second: { extension: [{ url: 'https://cobalt.example/fhir/StructureDefinition/payer-kind', valueCode: 'medicare' }] } }, {});
    const [task] = await work(server, key);
    expect(inShort([task!])).toEqual(['verify-cob order-undetermined ready']);
    const asked = task!.input!.filter(({ type }) => type.text === 'order-undetermined').map(({ valueString }) => valueString);
    expect(asked.length).toBeGreaterThan(0);
    expect(new Set(asked).size).toBe(asked.length);
  });
});

describe('reversal and correction', () => {
  it('a draft rests on what was taken back: it is stale, its Task goes, and the new decision is asked for', async () => {
    const key = await reviewed({}, {}, reversal);
    const [draft, ...others] = await drafts(key);
    expect([staleOf(draft!), others]).toEqual([true, []]);
    expect(inShort(await work(server, key))).toEqual(['follow-up primary-reversed on-hold']);
  });

  it('the correction derives a new draft; the stale one is left', async () => {
    const key = await reviewed({}, {}, reversal, corrected(70));
    const found = await drafts(key);
    expect(found.map(staleOf).sort()).toEqual([false, true]);
    const [task, ...others] = await work(server, key);
    expect(others).toEqual([]);
    expect(task!.focus!.reference).toBe(`Claim/${found.find((claim) => !staleOf(claim))!.id}`);
    expect(inShort([task!])).toEqual(['submit-claim derived ready']);
  });

  it('a correction to the same amounts restores the claim and its Task', async () => {
    const key = await reviewed({}, {}, reversal, { id: 'd3', date: '2026-02-27', number: 'ICN-2' });
    const found = await drafts(key);
    expect(found.map(staleOf)).toEqual([false]);
    expect(inShort(await work(server, key))).toEqual(['submit-claim derived ready']);
  });

  async function sent(key: string): Promise<Claim> {
    const [draft] = await drafts(key);
    await server.put(`Claim/${draft!.id}`, { ...draft, status: 'active' });
    return draft!;
  }

  it('a claim that was sent and answered gets a replacement: frequency 7, with the payer’s number, for a person to check', async () => {
    const key = await reviewed({}, {});
    const { id } = await sent(key);
    await arrives(key, ofSecond());
    await arrives(key, corrected(70));
    const [replacement, ...others] = await drafts(key);
    expect(others).toEqual([]);
    expect(replacement).toMatchObject({
      extension: expect.arrayContaining([{ url: 'https://cobalt.example/fhir/StructureDefinition/claim-frequency', valueCode: '7' }]),
      related: expect.arrayContaining([expect.objectContaining({ claim: { reference: `Claim/${id}` }, relationship: { coding: [expect.objectContaining({ code: 'prior' })] }, reference: expect.objectContaining({ value: 'SEC-1' }) })]),
      insurance: [{ focal: false, claimResponse: { reference: `ClaimResponse/${key}-d3` } }, { focal: true, coverage: { reference: `Coverage/${key}-second` } }],
    });
    expect(staleOf((await claims(server, key)).find((claim) => claim.id === id)!)).toBe(true);
    expect(inShort(await work(server, key))).toEqual(['prepare-claim replace-claim ready']);
    await store(server, [decided(key, corrected(70))]);
    await server.drain();
    expect([await drafts(key), inShort(await work(server, key))]).toEqual([[replacement], ['prepare-claim replace-claim ready']]);
  });

  it.each<[string, ShortDecision[], string[]]>([
    ['not answered yet: the payer’s number is asked for', [corrected(70)], ['follow-up claim-number-needed ready']],
    ['nothing is left: it is voided', [inFull], ['follow-up void-claim ready']],
    ['the payer has paid, and nothing is left: a refund', [ofSecond(), inFull], ['resolve-balance refund-due ready']],
  ])('of a claim that was sent: %s', async (_, decisions, expected) => {
    const key = await reviewed({}, {});
    await sent(key);
    for (const decision of decisions) await arrives(key, decision);
    expect(inShort(await work(server, key))).toEqual(expected);
  });
});

describe('a later payer’s decision', () => {
  it('without a claim on file is taken, and gets the shell that it must have had', async () => {
    const key = await reviewed({ third: {} }, { eraStatus: '19', carrier: 'Organization/second-payer' }, ofSecond());
    const shell = (await claims(server, key)).find(({ insurance }) => insurance.find(({ focal }) => focal)?.coverage.reference === `Coverage/${key}-second`)!;
    expect(shell).toMatchObject({ status: 'active', related: [{ claim: { reference: `Claim/${key}-c` } }], insurance: [{ sequence: 1, focal: false, claimResponse: { reference: `ClaimResponse/${key}-d1` } }, { sequence: 2, focal: true }, { sequence: 3 }] });
    expect(brokenInvariants(shell)).toEqual([]);
    const [tertiary, ...others] = await drafts(key);
    expect([tertiary!.related![0]!.claim, others]).toEqual([{ reference: `Claim/${shell.id}` }, []]);
    expect(inShort(await work(server, key))).toEqual(['submit-claim derived ready']);
  });

  it('that names no coverage is that of its payer, whatever claim it names', async () => {
    const key = await reviewed({}, {});
    const [draft] = await drafts(key);
    const anonymous: ClaimResponse = { ...decided(key, ofSecond()), insurance: undefined };
    await store(server, [anonymous]);
    await server.drain();
    expect((await claims(server, key)).map(({ id }) => id).sort()).toEqual([`${key}-c`, draft!.id].sort());
    expect(inShort(await work(server, key))).toEqual(['resolve-balance no-next-coverage ready']);
  });
});

describe('a decision that names another patient than its claim', () => {
  /** Of the patient of `key`: who it is, apart from the record. */
  const another = async (key: string, more: object = {}): Promise<void> => store(server, [{ ...((await server.get(`Patient/${key}-p`)).body as FhirResource), id: `${key}-q`, ...more }]);
  const named = (key: string, patient: string, change: ShortDecision = {}): ClaimResponse => ({ ...decided(key, change), patient: { reference: `Patient/${key}-${patient}` } });
  const arrivesAs = async (decision: ClaimResponse): Promise<void> => {
    await store(server, [decision]);
    await server.drain();
  };
  const ledger = async (key: string): Promise<number> => (await all(server, `Account?patient=Patient/${key}-p`)).length;

  it('counts for nobody, however alike the two are: a person finds out whose it is', async () => {
    const key = await reviewed({});
    await another(key);
    await arrivesAs(named(key, 'q'));
    expect([await drafts(key), await work(server, key), await ledger(key)]).toEqual([[], [], 0]);
    const tasks = await all<Task>(server, `Task?focus=ClaimResponse/${key}-d1&status=ready`);
    expect(inShort(tasks)).toEqual(['match-remittance other-patient ready']);
    await arrivesAs({ ...named(key, 'q'), disposition: 'said again' });
    expect(await all<Task>(server, `Task?focus=ClaimResponse/${key}-d1&status=ready`)).toEqual(tasks);
    const answer = await server.post(`Claim/${key}-c/$derive-secondary`, { resourceType: 'Parameters', parameter: [{ name: 'adjudication', valueReference: { reference: `ClaimResponse/${key}-d1` } }] });
    expect((answer.body as Parameters).parameter!.find(({ name }) => name === 'reason')!.valueCode).toBe('primary-pending');
    expect(answer.text).toContain('names another patient than the claim');
  });

  it('and is corrected counts, and nobody is asked any more; named wrongly again it is asked again', async () => {
    const key = await reviewed({});
    await another(key);
    await arrivesAs(named(key, 'q'));
    await arrivesAs(named(key, 'p'));
    expect(inShort(await work(server, key))).toEqual(['submit-claim derived ready']);
    const asked = async (): Promise<string[]> => inShort(await all<Task>(server, `Task?focus=ClaimResponse/${key}-d1&code=match-remittance`));
    expect(await asked()).toEqual(['match-remittance other-patient cancelled']);
    await arrivesAs(named(key, 'q'));
    expect([(await drafts(key)).map(staleOf), inShort(await work(server, key))]).toEqual([[true], []]);
    expect(await asked()).toEqual(['match-remittance other-patient cancelled', 'match-remittance other-patient ready']);
    await arrivesAs({ ...named(key, 'q'), status: 'entered-in-error' });
    expect(await asked()).toEqual(['match-remittance other-patient cancelled', 'match-remittance other-patient cancelled']);
  });

  it.each(['replaced-by', 'replaces'] as const)('counts where the one record was merged with the other (%s)', async (type) => {
    const key = await reviewed({});
    await another(key, { link: [{ type, other: { reference: `Patient/${key}-p` } }] });
    await arrivesAs(named(key, 'q'));
    expect(inShort(await work(server, key))).toEqual(['submit-claim derived ready']);
  });

  it('leaves the following of a claim that was sent as it is', async () => {
    const key = await reviewed({}, {});
    const [draft] = await drafts(key);
    await another(key);
    const before = await work(server, key);
    await arrivesAs({ ...named(key, 'q', ofSecond()), request: { reference: `Claim/${draft!.id}` } });
    expect([await work(server, key), (await claims(server, key)).length]).toEqual([before, 2]);
  });
});

describe('what people have ended', () => {
  const finish = async (key: string): Promise<void> => {
    const [task] = await work(server, key);
    await server.put(`Task/${task!.id}`, { ...task, status: 'completed', executionPeriod: { start: TODAY, end: TODAY } });
    expect(await server.drain(), 'a review and a posting').toBe(2);
  };

  it('is looked at again: the way is clear, and the claim is made', async () => {
    const key = await reviewed({ second: { period: { start: '2020-01-01', end: '2026-01-31' } } }, {});
    expect(inShort(await work(server, key))).toEqual(['verify-cob coverage-inactive ready']);
    const coverage = (await server.get(`Coverage/${key}-second`)).body as FhirResource;
    await server.put(`Coverage/${key}-second`, { ...coverage, period: { start: '2020-01-01' } });
    await finish(key);
    expect(inShort(await work(server, key))).toEqual(['submit-claim derived ready']);
    expect(await drafts(key)).toHaveLength(1);
  });

  it('and still stands in the way is asked for again, in another Task', async () => {
    const key = await reviewed({ second: { period: { start: '2020-01-01', end: '2026-01-31' } } }, {});
    const [first] = await work(server, key);
    await finish(key);
    const [second, ...others] = await work(server, key);
    expect([inShort([second!]), others, second!.id === first!.id]).toEqual([['verify-cob coverage-inactive ready'], [], false]);
  });

  it('a claim that was mended goes on to be sent', async () => {
    const key = await reviewed({ rules: [{ url: 'requiresPrimaryEob', valueBoolean: true }] }, {});
    await store(server, [keyed({ resourceType: 'DocumentReference', id: 'eob', status: 'current', content: [{ attachment: { url: 'Binary/1' } }], context: { related: [{ reference: 'ClaimResponse/d1' }] } }, key)]);
    await finish(key);
    expect(inShort(await work(server, key))).toEqual(['submit-claim derived ready']);
  });
});

describe('the same again', () => {
  it('changes nothing: the same decision, the review again, a person who derives', async () => {
    const key = await reviewed({}, {});
    const before = JSON.stringify([await claims(server, key), await work(server, key)]);
    await store(server, [decided(key)]);
    await server.drain();
    await server.put(`ClaimResponse/${key}-d1`, { ...decided(key), disposition: 'the same' });
    expect(await server.drain(), 'a review and a posting').toBe(2);
    const answer = await server.post(`Claim/${key}-c/$derive-secondary`, { resourceType: 'Parameters', parameter: [{ name: 'persist', valueBoolean: true }] });
    const out = (answer.body as Parameters).parameter!;
    const [[task], [draft]] = [await work(server, key), await drafts(key)];
    expect(out.find(({ name }) => name === 'reason')!.valueCode).toBe('already-derived');
    expect(out.find(({ name }) => name === 'task')!.valueReference).toEqual({ reference: `Task/${task!.id}` });
    expect(out.find(({ name }) => name === 'claim')!.resource!.id).toBe(draft!.id);
    expect(JSON.stringify([await claims(server, key), await work(server, key)])).toBe(before);
  });

  it('at once, by a person and by itself, makes one claim and one Task', async () => {
    const keys = await Promise.all(Array.from({ length: 8 }, () => reviewed({})));
    await Promise.all(keys.map(async (key) => {
      await store(server, [decided(key)]);
      const persist = (): Promise<unknown> => server.post(`Claim/${key}-c/$derive-secondary`, { resourceType: 'Parameters', parameter: [{ name: 'persist', valueBoolean: true }] });
      await Promise.all([server.drain(), persist(), persist(), server.drain()]);
    }));
    for (const key of keys) expect([await drafts(key), inShort(await work(server, key))]).toEqual([[expect.anything()], ['submit-claim derived ready']]);
  });
});
