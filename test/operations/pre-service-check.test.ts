import type { Coverage, CoverageEligibilityResponse, FhirResource, Parameters, ParametersParameter, Task } from 'fhir/r4.js';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { handle } from '../../operations/pre-service-check/handler.js';
import { OperationRegistry, operationsIn } from '../../src/fhir/operation/registry.js';
import { inProject } from '../../src/root.js';
import { issuesOf, startTestServer, type Answer, type TestServer } from '../http/server.js';

const OURS = 'https://cobalt.example/fhir/StructureDefinition';
const TODAY = '2026-06-20';
const VISIT = '2026-06-30';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ operations: new OperationRegistry(operationsIn(inProject('operations/pre-service-check'), handle)), now: () => new Date(`${TODAY}T12:00:00Z`) });
});
afterAll(() => server.close());

let patient = '';
let count = 0;
beforeEach(() => {
  count += 1;
  patient = `p${count}`;
});

const coverage = (id: string, change: Partial<Coverage> = {}): Coverage => ({
  resourceType: 'Coverage', id: `${patient}-${id}`, status: 'active', beneficiary: { reference: `Patient/${patient}` }, subscriber: { reference: `Patient/${patient}` }, payor: [{ display: id }],
  relationship: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/subscriber-relationship', code: 'self' }] }, period: { start: '2020-01-01' }, extension: [{ url: `${OURS}/payer-kind`, valueCode: 'individual' }], ...change,
});
const answerAbout = (id: string, created: string, part: object = { inforce: true }, outcome: CoverageEligibilityResponse['outcome'] = 'complete'): CoverageEligibilityResponse => ({
  resourceType: 'CoverageEligibilityResponse', id: `${patient}-${id}-${created}`, status: 'active', purpose: ['validation'], patient: { reference: `Patient/${patient}` }, created, outcome, request: { display: '270' }, insurer: { display: 'payer' },
  insurance: [{ coverage: { reference: `Coverage/${patient}-${id}` }, ...part }],
});
async function check(resources: readonly FhirResource[], ...parameter: ParametersParameter[]): Promise<Answer> {
  const person: FhirResource = { resourceType: 'Patient', id: patient, birthDate: '1980-01-01' };
  const all = resources.some(({ resourceType }) => resourceType === 'Patient') ? resources : [person, ...resources];
  const entry = all.map((resource) => ({ resource, request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` } }));
  expect((await server.post('', { resourceType: 'Bundle', type: 'transaction', entry })).status).toBe(200);
  return server.post(`Patient/${patient}/$pre-service-check`, { resourceType: 'Parameters', parameter: [{ name: 'date', valueDate: VISIT }, ...parameter] });
}
const rows = (answer: Answer, name: string): Record<string, unknown>[] => ((answer.body as Parameters).parameter ?? []).filter((parameter) => parameter.name === name).map(({ part = [] }) => {
  const row: Record<string, unknown> = {};
  for (const { name: key, valueReference, valueDate, valueBoolean, valueUnsignedInt, valueString, valueCode, valuePositiveInt } of part) {
    const value = valueReference?.reference?.replace(`${patient}-`, '') ?? valueDate ?? valueBoolean ?? valueUnsignedInt ?? valueString ?? valueCode ?? valuePositiveInt;
    row[key!] = key === 'coverage' && name === 'overlap' ? [...((row[key] as unknown[] | undefined) ?? []), value] : value;
  }
  return row;
});
const one = (answer: Answer, name: string): ParametersParameter | undefined => (answer.body as Parameters).parameter?.find((parameter) => parameter.name === name);
const reasons = (answer: Answer): unknown[] => rows(answer, 'question').map(({ reason, coverage: about }) => (about === undefined ? reason : `${String(reason)} ${String(about)}`));
const fresh = (id: string): CoverageEligibilityResponse => answerAbout(id, '2026-06-15');

describe('what it says', () => {
  test('the order of benefits, as $cob-order has it', async () => {
    const answer = await check([coverage('a'), fresh('a')]);
    expect([answer.status, one(answer, 'status')?.valueCode]).toEqual([200, 'determined']);
    expect(rows(answer, 'ranked')).toEqual([expect.objectContaining({ order: 1, coverage: 'Coverage/a', rule: 'FIRST' })]);
    expect([reasons(answer), rows(answer, 'gap'), rows(answer, 'overlap')]).toEqual([[], [], []]);
  });

  test('gaps and overlaps of the year before', async () => {
    const answer = await check([coverage('a', { period: { start: '2020-01-01', end: '2026-01-31' } }), coverage('b', { period: { start: '2026-01-01', end: '2026-03-31' } }), coverage('c', { period: { start: '2026-05-01' } }), fresh('c')]);
    expect(rows(answer, 'gap')).toEqual([{ start: '2026-04-01', end: '2026-04-30' }]);
    expect(rows(answer, 'overlap')).toEqual([{ start: '2026-01-01', end: '2026-01-31', coverage: ['Coverage/a', 'Coverage/b'] }]);
    expect(reasons(answer)).toEqual(['coverage-gap']);
  });

  test.each<[string, () => CoverageEligibilityResponse[], Record<string, unknown>, unknown[]]>([
    ['never asked', () => [], { stale: true }, ['eligibility-missing Coverage/a']],
    ['asked and not answered', () => [answerAbout('a', '2026-06-19', {}, 'queued')], { stale: true }, ['eligibility-missing Coverage/a']],
    ['thirty days old', () => [answerAbout('a', '2026-05-21')], { age: 30, stale: false, answered: '2026-05-21', inforce: true }, []],
    ['a day older', () => [answerAbout('a', '2026-05-20')], { age: 31, stale: true }, ['eligibility-stale Coverage/a']],
    ['the latest counts', () => [answerAbout('a', '2026-06-01', { inforce: false }), answerAbout('a', '2026-06-10')], { age: 10, inforce: true }, []],
    ['not in force', () => [answerAbout('a', '2026-06-10', { inforce: false })], { inforce: false }, ['eligibility-denied Coverage/a']],
    ['not one of tomorrow', () => [answerAbout('a', '2026-06-21')], { stale: true }, ['eligibility-missing Coverage/a']],
  ])('eligibility: %s', async (_name, answers, expected, asked) => {
    const answer = await check([coverage('a'), ...answers()]);
    expect(rows(answer, 'eligibility')).toEqual([expect.objectContaining({ coverage: 'Coverage/a', ...expected })]);
    expect(reasons(answer)).toEqual(asked);
  });

  test.each<[string, () => FhirResource[], string[]]>([
    ['no coverage on the day', () => [coverage('a', { period: { start: '2020-01-01', end: '2026-06-29' } })], ['coverage-gap']],
    ['a coverage that ends soon', () => [coverage('a', { period: { start: '2020-01-01', end: '2026-07-30' } }), fresh('a')], ['coverage-ending Coverage/a']],
    ['one that ends a day later', () => [coverage('a', { period: { start: '2020-01-01', end: '2026-07-31' } }), fresh('a')], []],
    ['an order that somebody states otherwise', () => [coverage('a', { order: 2 }), coverage('b', { order: 1, relationship: { coding: [{ code: 'spouse' }] } }), fresh('a'), fresh('b')], ['order-conflict Coverage/a', 'order-conflict Coverage/b']],
    ['the employer’s size, beside Medicare by age', () => [
      { resourceType: 'Patient', id: patient, birthDate: '1955-01-01' },
      coverage('a', { extension: [{ url: `${OURS}/payer-kind`, valueCode: 'group-health' }, { url: `${OURS}/employment`, extension: [{ url: 'basis', valueCode: 'active' }] }] }),
      coverage('b', { extension: [{ url: `${OURS}/payer-kind`, valueCode: 'medicare' }, { url: `${OURS}/medicare-entitlement`, extension: [{ url: 'reason', valueCode: 'age' }] }] }), fresh('a'), fresh('b'),
    ], ['missing-fact Coverage/a']],
    ['whether it is due to work, where workers’ compensation is known', () => [coverage('a'), coverage('b', { extension: [{ url: `${OURS}/payer-kind`, valueCode: 'workers-comp' }] }), fresh('a')], ['missing-fact Coverage/b']],
  ])('asks about %s', async (_name, resources, expected) => {
    const answer = await check(resources());
    expect([...new Set(reasons(answer))]).toEqual(expected);
  });
});

describe('persist', () => {
  const persist: ParametersParameter = { name: 'persist', valueBoolean: true };
  const tasks = async (): Promise<Task[]> => (((await server.get(`Task?patient=Patient/${patient}`)).body as { entry?: { resource: Task }[] }).entry ?? []).map(({ resource }) => resource);

  test('leaves one Task with the questions, however often it is asked', async () => {
    const first = await check([coverage('a')], persist);
    const again = await Promise.all([1, 2, 3].map(() => server.post(`Patient/${patient}/$pre-service-check`, { resourceType: 'Parameters', parameter: [{ name: 'date', valueDate: VISIT }, persist] })));
    const [task, ...others] = await tasks();
    expect(others).toEqual([]);
    expect([first, ...again].map((answer) => one(answer, 'task')?.valueReference?.reference)).toEqual(Array.from({ length: 4 }, () => `Task/${task!.id}`));
    expect(task).toMatchObject({ status: 'ready', code: { coding: [{ code: 'verify-cob' }] }, for: { reference: `Patient/${patient}` }, restriction: { period: { end: VISIT } } });
    expect(task!.input!.map(({ valueString }) => valueString)).toContainEqual(expect.stringContaining('never asked'));
  });

  test('another day is another visit', async () => {
    await check([coverage('a')], persist);
    await server.post(`Patient/${patient}/$pre-service-check`, { resourceType: 'Parameters', parameter: [{ name: 'date', valueDate: '2026-07-01' }, persist] });
    expect(await tasks()).toHaveLength(2);
  });

  test('without it, or with nothing to ask, there is none', async () => {
    expect(one(await check([coverage('a')]), 'task')).toBeUndefined();
    expect(one(await check([coverage('a'), fresh('a')], persist), 'task')).toBeUndefined();
    expect(await tasks()).toEqual([]);
  });
});

describe('wrong input', () => {
  test.each([
    ['a month', [{ name: 'date', valueDate: '2026-06' }], 422],
    ['a kind of service that is none', [{ name: 'benefitType', valueCode: '__proto__' }], 400],
    ['a parameter of $cob-order', [{ name: 'apply', valueBoolean: true }], 400],
  ])('%s', async (_name, parameter, status) => {
    await check([]);
    const answer = await server.post(`Patient/${patient}/$pre-service-check`, { resourceType: 'Parameters', parameter });
    expect([answer.status, issuesOf(answer)[0]!.severity]).toEqual([status, 'error']);
  });
  test('a patient that is not there is 404, and GET may not change anything', async () => {
    expect((await server.post('Patient/none/$pre-service-check', { resourceType: 'Parameters' })).status).toBe(404);
    await check([]);
    expect((await server.get(`Patient/${patient}/$pre-service-check`)).status).toBe(405);
  });
  test('odd coverages are answered, never a failure', async () => {
    const answer = await check([coverage('a', { period: { end: '2026' } }), coverage('b', { status: 'draft', order: 99 }), { ...coverage('c'), relationship: { text: 'cousin' } }]);
    expect(answer.status, answer.text).toBe(200);
  });
});
