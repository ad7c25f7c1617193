import type { Basic, Bundle, FhirResource, MeasureReport, Parameters, ParametersParameter, QuestionnaireResponse, Task } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MEASURE_IDS } from '../../src/claims/review/measures.js';
import { detail } from '../../src/work/task.js';
import type { ShortDecision } from '../claims/decisions.js';
import { issuesOf, startTestServer, type Answer, type TestServer } from '../http/server.js';
import { all, decided, store, visit, type VisitChange } from '../work/automation/visit.js';
import { queued } from '../work/queue.js';

/** The visit was on 2026-02-05, the claim is of that day, the first payer decides on 2026-02-24; the clock goes by as a test says. */
let now = new Date('2026-03-04T12:00:00Z');
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ automation: true, now: () => now });
  await store(server, [{ resourceType: 'Practitioner', id: 'ann', name: [{ family: 'Ann' }] }]);
});
afterAll(() => server.close());

const minutes = (count: number): void => void (now = new Date(now.getTime() + count * 60_000));

const FEBRUARY = { name: 'period', valuePeriod: { start: '2026-02', end: '2026-02' } };
const MARCH = { name: 'period', valuePeriod: { start: '2026-03', end: '2026-03-31' } };
const pair = (prior: string, next: string): ParametersParameter => ({ name: 'payerPair', part: [{ name: 'prior', valueReference: { reference: prior } }, { name: 'next', valueReference: { reference: next } }] });
/** The claims of one patient only: they lie between payers that nobody else has. */
const of = (key: string): ParametersParameter => pair(`Organization/${key}-first-payer`, `Organization/${key}-second-payer`);

const ask = (...parameter: ParametersParameter[]): Promise<Answer> => server.post('$billing-review', parameter.length > 0 ? { resourceType: 'Parameters', parameter } : undefined);
const asked = async (...parameter: ParametersParameter[]): Promise<{ reports: MeasureReport[]; sample: string[] }> => {
  const answer = await ask(...parameter);
  expect(answer.status, answer.text).toBe(200);
  const given = (answer.body as Parameters).parameter ?? [];
  return { reports: given.flatMap(({ name, resource }) => (name === 'report' ? [resource as MeasureReport] : [])), sample: given.flatMap(({ name, valueReference }) => (name === 'sample' ? [valueReference!.reference!] : [])) };
};

/** A measure as rows: the dimensions, then the figures in their order. */
function rowsOf(reports: readonly MeasureReport[], id: string): unknown[][] {
  const report = reports.find(({ measure }) => measure.startsWith(`https://cobalt.example/fhir/Measure/${id}|`))!;
  const rows = new Map<string, unknown[]>();
  for (const { stratifier = [] } of report.group ?? []) {
    for (const { component = [], measureScore } of stratifier[0]?.stratum ?? []) {
      const dimensions = component.map(({ value }) => value.text ?? value.coding?.[0]?.code ?? '');
      rows.set(dimensions.join(), [...(rows.get(dimensions.join()) ?? dimensions), measureScore?.value]);
    }
  }
  return [...rows.values()];
}
const measured = async (id: string, ...parameter: ParametersParameter[]): Promise<unknown[][]> => rowsOf((await asked(...parameter)).reports, id);

let last = 0;
/** A new patient with a claim of 100.00 and 60.00, and the first payer's decision: 98.00 paid, 30.00 contractual, 32.00 left. */
async function arrive(change: VisitChange = {}, decision: ShortDecision = { lines: [[['submitted', 100], ['benefit', 50], ['CO-45', 30], ['PR-2', 20]], [['submitted', 60], ['benefit', 48], ['PR-1', 12]]] }): Promise<string> {
  const key = `r${++last}`;
  await store(server, [...visit(key, change), decided(key, decision)]);
  await server.drain();
  return key;
}

describe('a claim that a payer has decided', () => {
  it('is told in every measure that it belongs to, by hand', async () => {
    const key = await arrive();
    const { reports } = await asked(FEBRUARY, of(key));
    expect(reports.map(({ measure }) => measure)).toEqual(MEASURE_IDS.map((id) => `https://cobalt.example/fhir/Measure/${id}|0.1.0`));
    const [first, second] = [`The first payer`, `The second payer`];
    expect(rowsOf(reports, 'turnaround')).toEqual([['payer-1-decides', 1, 19, 19], ['service-to-claim', 1, 0, 0]]);
    expect(rowsOf(reports, 'first-pass')).toEqual([[first, 'professional', 1, 0, 0, 0, 100]]);
    expect(rowsOf(reports, 'missed-secondaries')).toEqual([[first, second, 'professional', 1, 32, 0, 0]]);
    expect(rowsOf(reports, 'aging')).toEqual([['payer-2', '000-030', 1, 32]]);
    expect(rowsOf(reports, 'reconciliation')).toEqual([['agrees', 1, 160, 160, 98, 98, 0]]);
    expect(rowsOf(reports, 'write-offs')).toEqual([]);
    expect(rowsOf(reports, 'combinations')).toEqual([[first, second, 'professional', 1, 160, 98]]);
    const deadlines = await measured('deadlines', { name: 'period', valuePeriod: { start: '2026', end: '2028' } }, of(key));
    expect(deadlines.filter(([limit]) => limit === 'filing-secondary')).toEqual([['filing-secondary', 'open', 1, 32]]);
    // The entries are of the day on which they were made.
    expect(await measured('write-offs', MARCH, of(key))).toEqual([['contractual', '2026-03', first, 1, 30, 0, 0]]);
    expect(await measured('turnaround', MARCH, of(key))).toEqual([['decision-to-posting', 1, 8, 8]]);
  });

  it('a denial has its reason, its trend, and what would have prevented it', async () => {
    const key = await arrive({}, { lines: [[['submitted', 100], ['CO-27', 100]], [['submitted', 60], ['benefit', 60]]] });
    const [row] = await measured('denials', FEBRUARY, of(key));
    expect(row).toEqual(['CO-27', 'The first payer', 'professional', 'eligibility', 'eligibility-check', expect.stringContaining('$pre-service-check'), 1, 100, 0, 0, 1]);
    expect((await measured('denials', MARCH, of(key)))[0]?.slice(6)).toEqual([0, 0, 1, 100, -1]);
    expect(await measured('first-pass', FEBRUARY, of(key))).toEqual([['The first payer', 'professional', 1, 1, 0, 0, 0]]);
  });

  it('a decision that is not posted since its payment is another waits for its Task, and is not unexplained', async () => {
    const key = await arrive();
    minutes(1);
    await store(server, [{
      resourceType: 'PaymentReconciliation', id: `${key}-r`, status: 'active', created: '2026-03-04', paymentDate: '2026-03-04', paymentAmount: { value: 97, currency: 'USD' }, paymentIssuer: { reference: `Organization/${key}-first-payer` },
      detail: [{ type: { coding: [{ code: 'payment' }] }, request: { reference: `Claim/${key}-c` }, response: { reference: `ClaimResponse/${key}-d1` }, amount: { value: 97, currency: 'USD' } }],
    }]);
    await server.drain();
    expect(await measured('reconciliation', FEBRUARY, of(key))).toEqual([['waits-for-a-task', 1, 160, 160, 98, 0, 98]]);
  });

  it('an entry that nothing explains is found', async () => {
    const key = await arrive();
    const account = (await all<FhirResource>(server, `Account?subject=Patient/${key}-p`))[0]!;
    await store(server, [{
      resourceType: 'Basic', id: `${key}-wrong`, subject: { reference: `Account/${account.id ?? ''}` }, created: '2026-03-04', code: { coding: [{ system: 'https://cobalt.example/fhir/CodeSystem/ledger', code: 'payer-payment' }] },
      extension: [{ url: 'https://cobalt.example/fhir/StructureDefinition/amount', valueMoney: { value: -0.01, currency: 'USD' } }, { url: 'https://cobalt.example/fhir/StructureDefinition/reason', valueString: 'found in the bank statement' }, { url: 'https://cobalt.example/fhir/StructureDefinition/entry-source', extension: [{ url: 'resource', valueReference: { reference: `Claim/${key}-c` } }] }],
    }]);
    expect(await measured('reconciliation', FEBRUARY, of(key))).toEqual([['unexplained', 1, 160, 160, 98, 98.01, 0.01]]);
  });
});

describe('what is asked about', () => {
  it('a service line', async () => {
    const key = await arrive();
    expect(await measured('first-pass', FEBRUARY, of(key), { name: 'serviceLine', valueCode: 'professional' })).toHaveLength(1);
    expect(await measured('first-pass', FEBRUARY, of(key), { name: 'serviceLine', valueCode: 'oral' })).toEqual([]);
  });

  it('without a period the last whole week', async () => {
    const { reports } = await asked();
    expect(reports[0]!.period).toEqual({ start: '2026-02-23', end: '2026-03-01' });
    expect(rowsOf(reports, 'turnaround').length).toBeGreaterThan(0);
  });

  it.each<[string, ParametersParameter, number, string]>([
    ['a period that ends before it begins', { name: 'period', valuePeriod: { start: '2026-03-01', end: '2026-02' } }, 400, 'Parameters.parameter[0].value'],
    ['an unknown parameter', { name: 'weeks', valueInteger: 3 }, 400, 'Parameters.parameter[0].name'],
    ['more than anybody audits', { name: 'sampleSize', valuePositiveInt: 1_001 }, 422, 'Parameters.parameter[0].value'],
  ])('%s is refused', async (_what, parameter, status, expression) => {
    const answer = await ask(parameter);
    expect([answer.status, issuesOf(answer)[0]?.expression?.[0]], answer.text).toEqual([status, expect.stringContaining(expression)]);
  });

  it('the same again writes nothing', async () => {
    const versions = async (): Promise<number> => ((await server.get('_history?_count=1')).body as Bundle).total!;
    const question = [FEBRUARY, { name: 'sampleSize', valuePositiveInt: 3 }];
    const first = await asked(...question);
    const before = await versions();
    expect((await asked(...question)).sample).toEqual(first.sample);
    expect(await versions()).toBe(before);
  });
});

describe('the sample', () => {
  const tasksFor = (claim: string): Promise<Task[]> => all<Task>(server, `Task?focus=${claim}&code=audit-sample`);

  it('is drawn of the claims that were decided, by the seed; each becomes a Task with the checklist', async () => {
    for (let n = 0; n < 6; n++) await arrive();
    const seeded = (seed: string): Promise<{ sample: string[] }> => asked(FEBRUARY, { name: 'sampleSize', valuePositiveInt: 3 }, { name: 'seed', valueString: seed });
    const { sample } = await seeded('a');
    expect(new Set(sample).size).toBe(3);
    expect((await seeded('a')).sample).toEqual(sample);
    const others = await Promise.all(['b', 'c', 'd'].map(seeded));
    expect(others.some((other) => other.sample.join() !== sample.join())).toBe(true);
    expect((await tasksFor(sample[0]!))[0]).toMatchObject({ status: 'ready', for: { reference: expect.stringContaining('Patient/') as string }, input: expect.arrayContaining([expect.objectContaining({ valueCanonical: 'https://cobalt.example/fhir/Questionnaire/audit-checklist|0.1.0' })]) as object[] });
  });

  it('of a period in which nothing was decided is empty; without being asked for none is drawn', async () => {
    expect((await asked({ name: 'period', valuePeriod: { start: '2019', end: '2019' } }, { name: 'seed', valueString: 'a' })).sample).toEqual([]);
    expect((await asked(FEBRUARY)).sample).toEqual([]);
  });

  it('what an audit finds wrong is counted', async () => {
    const key = await arrive();
    const { sample } = await asked(FEBRUARY, of(key), { name: 'sampleSize', valuePositiveInt: 1 });
    expect(sample).toEqual([`Claim/${key}-c`]);
    const [task] = await tasksFor(sample[0]!);
    const answers: QuestionnaireResponse = {
      resourceType: 'QuestionnaireResponse', id: `${key}-audit`, status: 'completed', questionnaire: 'https://cobalt.example/fhir/Questionnaire/audit-checklist|0.1.0',
      item: [{ linkId: 'account', item: [{ linkId: 'audit-write-off-class', answer: [{ valueBoolean: false }] }, { linkId: 'audit-posted', answer: [{ valueBoolean: true }] }] }],
    };
    await store(server, [answers, { ...task!, status: 'completed', executionPeriod: { start: '2026-03-04T09:00:00Z', end: '2026-03-04T09:30:00Z' }, output: [{ ...detail('checklist'), valueReference: { reference: `QuestionnaireResponse/${key}-audit` } }] }]);
    expect(await measured('audits', MARCH, of(key))).toEqual([['audit-write-off-class', 1]]);
  });
});

describe('effort', () => {
  const put = async (task: Task): Promise<Task> => {
    const { status, body, text } = await server.put(`Task/${task.id!}`, task);
    expect([200, 201], text).toContain(status);
    return body as Task;
  };
  const records = (task: string): Promise<Basic[]> => all<Basic>(server, `Basic?code=effort&subject=Task/${task}`);

  it('is derived from the versions of a Task, kept as a record, and added up', async () => {
    const key = await arrive();
    const task = queued(`${key}-t`, { for: { reference: `Patient/${key}-p` }, focus: { reference: `Claim/${key}-c` }, owner: { reference: 'Practitioner/ann' } }, 'work-denial');
    await put(task);
    await put({ ...task, status: 'in-progress' });
    minutes(12);
    await put({ ...task, status: 'completed' });
    expect(await measured('effort', MARCH, of(key))).toEqual([['work-denial', 'Practitioner/ann', 1, 1, 2, 12]]);
    expect(await records(`${key}-t`)).toMatchObject([{ author: { reference: 'Practitioner/ann' }, created: '2026-03-04' }]);
    expect(await all(server, `Basic?code=effort&author=Practitioner/ann&created=2026-03-04`)).not.toEqual([]);
  });

  it('what a person enters counts instead, also after the end; and that wakes nobody', async () => {
    const key = await arrive();
    const [task] = (await all<Task>(server, `Task?patient=Patient/${key}-p&code=submit-claim,prepare-claim,verify-cob`)).filter(({ status }) => status === 'ready' || status === 'on-hold');
    const done = await put({ ...task!, status: 'completed', owner: { reference: 'Practitioner/ann' }, output: [...(task!.output ?? []), { ...detail('override'), valueString: 'by phone' }] });
    await server.drain();
    const tasks = await all<Task>(server, `Task?patient=Patient/${key}-p`);
    await put({ ...done, output: [...(done.output ?? []), { ...detail('effort'), valueDuration: { value: 40, code: 'min', system: 'http://unitsofmeasure.org' } }] });
    expect(await server.drain()).toBe(0);
    expect((await all<Task>(server, `Task?patient=Patient/${key}-p`)).map(({ id }) => id).sort()).toEqual(tasks.map(({ id }) => id).sort());
    const code = task!.code!.coding![0]!.code!;
    expect(await measured('effort', MARCH, of(key))).toEqual([[code, 'Practitioner/ann', 1, 1, 1, 40]]);
    expect(await records(task!.id!)).toHaveLength(1);
  });

  it('of work that is about no patient counts where everything is asked about', async () => {
    const task = queued('unmatched', { owner: { reference: 'Practitioner/ann' }, focus: { reference: 'PaymentReconciliation/x' } }, 'match-remittance');
    await put(task);
    await put({ ...task, status: 'in-progress' });
    minutes(5);
    await put({ ...task, status: 'completed' });
    const effort = async (...parameter: ParametersParameter[]): Promise<unknown[][]> => (await measured('effort', MARCH, ...parameter)).filter(([work]) => work === 'match-remittance');
    expect(await effort()).toEqual([['match-remittance', 'Practitioner/ann', 1, 1, 2, 5]]);
    expect(await effort({ name: 'serviceLine', valueCode: 'professional' })).toEqual([]);
  });
});

describe('as a table', () => {
  const csv = (...parameter: ParametersParameter[]): Promise<Answer> => server.post('$billing-review', { resourceType: 'Parameters', parameter }, { Accept: 'text/csv' });

  it('has the figures of the reports', async () => {
    const key = await arrive();
    const answer = await csv(FEBRUARY, of(key));
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8']);
    const [header = '', ...lines] = answer.text.trimEnd().split('\r\n');
    const row = lines.map((line) => Object.fromEntries(header.split(',').map((name, at) => [name, line.split(',')[at]]))).find(({ measure }) => measure === 'aging');
    expect(row).toMatchObject({ start: '2026-03-04', end: '2026-03-04', responsible: 'payer-2', age: '000-030', count: '1', amount: '32' });
    expect(await csv(FEBRUARY, { name: 'seed', valueString: 'only-csv' }).then(({ status }) => status)).toBe(200);
  });

  it('holds nothing that a spreadsheet would run', async () => {
    const key = `r${++last}`;
    const resources = visit(key).map((resource) => (resource.resourceType === 'Organization' && resource.id === `${key}-first-payer` ? { ...resource, name: '=HYPERLINK("http://evil.example","x")' } : resource));
    await store(server, [...resources, decided(key)]);
    const { text } = await csv(FEBRUARY, of(key));
    expect(text).toContain(`"'=HYPERLINK(""http://evil.example"",""x"")"`);
    expect(text).not.toMatch(/(^|,)"?[=+@]/m);
  });

  it('406 for what is neither', async () => expect((await server.post('$billing-review', undefined, { Accept: 'image/png' })).status).toBe(406));
});

// The last: the clock of a store does not go back.
describe('later', () => {
  it('an open amount ages from the service, whoever has it', async () => {
    const key = await arrive();
    now = new Date('2026-06-15T12:00:00Z');
    expect(await measured('aging', FEBRUARY, of(key))).toEqual([['payer-2', '121-', 1, 32]]);
  });
});
