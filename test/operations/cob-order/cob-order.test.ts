import { readFileSync } from 'node:fs';
import type { Bundle, Coverage, FhirResource, Parameters, ParametersParameter, Provenance } from 'fhir/r4.js';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { handle } from '../../../operations/cob-order/handler.js';
import { operationsIn, OperationRegistry } from '../../../src/fhir/operation/registry.js';
import { inProject } from '../../../src/root.js';
import { checkOrder } from '../../cases/expect-order.js';
import { type Answer, issuesOf, startTestServer, type TestServer } from '../../http/server.js';

let server: TestServer;
const registry = new OperationRegistry(operationsIn(inProject('operations', 'cob-order'), handle));
const FHIR_JSON = { 'Content-Type': 'application/fhir+json' };

beforeAll(async () => {
  server = await startTestServer({ operations: registry, now: () => new Date('2026-11-22T10:00:00Z') });
});
afterAll(() => server.close());

const seeded = (name: string): FhirResource[] =>
  (JSON.parse(readFileSync(inProject('seed', name), 'utf8')) as Bundle<FhirResource>).entry?.flatMap(({ resource }) => resource ?? []) ?? [];

async function load(name: string): Promise<void> {
  for (const resource of seeded(name)) expect((await server.put(`${resource.resourceType}/${resource.id}`, resource, FHIR_JSON)).status).toBeLessThan(300);
}

const order = (path: string, ...parameter: ParametersParameter[]): Promise<Answer> => server.post(`${path}/$cob-order`, { resourceType: 'Parameters', ...(parameter.length > 0 ? { parameter } : {}) }, FHIR_JSON);

const date = (valueDate: string): ParametersParameter => ({ name: 'date', valueDate });

/** A coverage by group employment; `self` unless said otherwise. */
const plan = (id: string, more: Partial<Coverage> = {}): Coverage => ({
  resourceType: 'Coverage',
  id,
  extension: [{ url: 'https://cobalt.example/fhir/StructureDefinition/payer-kind', valueCode: 'group-health' }],
  status: 'active',
  beneficiary: { reference: 'Patient/nobody' },
  relationship: { coding: [{ code: 'self' }] },
  period: { start: '2020-01-01' },
  payor: [{ display: 'A plan' }],
  ...more,
});

const coverage = (resource: Coverage): ParametersParameter => ({ name: 'coverage', resource });

describe('Patient/[id]/$cob-order', () => {
  beforeEach(() => load('03-calloway.json'));

  test('orders what is stored, and names the conflict with Coverage.order', async () => {
    const answer = await order('Patient/pat-calloway', date('2026-08-19'));
    expect(answer.status).toBe(200);
    expect(checkOrder({ status: 'determined', order: ['cov-calloway-own', 'cov-calloway-medicare'], rules: ['FIRST', 'M1'], conflict: ['cov-calloway-own', 'cov-calloway-medicare'] }, answer.body as Parameters)).toEqual([]);
    expect((answer.body as Parameters).parameter?.filter(({ name }) => name === 'trace').length).toBeGreaterThan(0);
  });

  test('looks at account priorities too, each account by itself', async () => {
    await server.put('Account/acc-calloway', {
      resourceType: 'Account', id: 'acc-calloway', status: 'active', subject: [{ reference: 'Patient/pat-calloway' }],
      coverage: [{ coverage: { reference: 'Coverage/cov-calloway-medicare' }, priority: 1 }, { coverage: { reference: 'Coverage/cov-calloway-own' }, priority: 2 }],
    }, FHIR_JSON);
    const answer = await order('Patient/pat-calloway', date('2026-08-19'));
    const sources = (answer.body as Parameters).parameter?.filter(({ name }) => name === 'conflict').map(({ part }) => part?.find(({ name }) => name === 'source')?.valueString);
    expect(sources).toContain('Account/acc-calloway coverage.priority');
    await server.delete('Account/acc-calloway');
  });

  test('without apply nothing is written', async () => {
    const before = await server.get('Coverage/cov-calloway-own');
    await order('Patient/pat-calloway', date('2026-08-19'));
    expect((await server.get('Coverage/cov-calloway-own')).headers.get('etag')).toBe(before.headers.get('etag'));
  });

  test('apply writes Coverage.order and one Provenance; doing it again writes nothing', async () => {
    const apply: ParametersParameter = { name: 'apply', valueBoolean: true };
    expect((await order('Patient/pat-calloway', date('2026-08-19'), apply)).status).toBe(200);
    const [own, medicare] = await Promise.all(['own', 'medicare'].map((name) => server.get(`Coverage/cov-calloway-${name}`)));
    expect([(own?.body as Coverage).order, (medicare?.body as Coverage).order]).toEqual([1, 2]);
    const found = (await server.get('Provenance?target=Coverage/cov-calloway-own')).body as Bundle<Provenance>;
    expect(found.entry?.map(({ resource }) => resource?.target.map(({ reference }) => reference))).toEqual([['Coverage/cov-calloway-own', 'Coverage/cov-calloway-medicare']]);
    expect(found.entry?.[0]?.resource).toMatchObject({ recorded: '2026-11-22T10:00:00.000Z', policy: [registry.operations.find(({ definition }) => definition.instance)?.definition.url] });
    const again = await order('Patient/pat-calloway', date('2026-08-19'), apply);
    expect(checkOrder({ status: 'determined', conflict: [] }, again.body as Parameters)).toEqual([]);
    expect((await server.get('Coverage/cov-calloway-own')).headers.get('etag')).toBe(own?.headers.get('etag'));
    expect(((await server.get('Provenance?target=Coverage/cov-calloway-own')).body as Bundle).entry).toHaveLength(1);
  });

  test('apply writes nothing while a person must answer first', async () => {
    await load('07-garrick.json');
    const answer = await order('Patient/pat-garrick', date('2026-10-14'), { name: 'apply', valueBoolean: true });
    expect(checkOrder({ status: 'needs-human', missingAny: ['employerSize'] }, answer.body as Parameters)).toEqual([]);
    expect(((await server.get('Provenance?patient=Patient/pat-garrick')).body as Bundle).entry ?? []).toEqual([]);
  });

  test('the date of service is today when none is given', async () => {
    const answer = await order('Patient/pat-calloway');
    expect(checkOrder({ status: 'determined', order: ['cov-calloway-own', 'cov-calloway-medicare'] }, answer.body as Parameters)).toEqual([]);
  });

  test('a patient without coverages has an empty order', async () => {
    await server.put('Patient/uncovered', { resourceType: 'Patient', id: 'uncovered' }, FHIR_JSON);
    expect(checkOrder({ status: 'determined', order: [], excluded: [] }, (await order('Patient/uncovered')).body as Parameters)).toEqual([]);
  });

  test('POST only: it may write', async () => expect((await server.get('Patient/pat-calloway/$cob-order?date=2026-08-19')).status).toBe(405));
});

describe('Coverage/$cob-order', () => {
  test('people and payors that are not inline are looked up', async () => {
    await server.put('Patient/kid', { resourceType: 'Patient', id: 'kid', extension: [{ url: 'https://cobalt.example/fhir/StructureDefinition/family-situation', extension: [{ url: 'parentsTogether', valueBoolean: true }] }] }, FHIR_JSON);
    const parents = [['mother', '1985-03-12'], ['father', '1986-02-21']] as const;
    for (const [id, birthDate] of parents) await server.put(`RelatedPerson/kid-${id}`, { resourceType: 'RelatedPerson', id: `kid-${id}`, patient: { reference: 'Patient/kid' }, birthDate }, FHIR_JSON);
    const of = (id: string, subscriber: string): ParametersParameter =>
      coverage(plan(id, { beneficiary: { reference: 'Patient/kid' }, relationship: { coding: [{ code: 'child' }] }, subscriber: { reference: subscriber } }));
    const answer = await order('Coverage', date('2026-03-02'), of('a', 'RelatedPerson/kid-mother'), of('b', `${server.base}/RelatedPerson/kid-father/_history/1`));
    expect(checkOrder({ status: 'determined', order: ['b', 'a'], rules: ['FIRST', 'N2a'] }, answer.body as Parameters)).toEqual([]);
  });

  test('stores nothing', async () => {
    await order('Coverage', coverage(plan('not-stored')));
    expect((await server.get('Coverage/not-stored')).status).toBe(404);
  });

  const wrong: readonly (readonly [string, number, string, readonly ParametersParameter[]])[] = [
    ['no coverage', 400, 'Parameters', []],
    ['a coverage without id', 422, 'Parameters.parameter[0].resource', [coverage({ ...plan('x'), id: undefined } as unknown as Coverage)]],
    ['two coverages of one id', 422, 'Parameters.parameter[1].resource.id', [coverage(plan('x')), coverage(plan('x'))]],
    ['coverages of two patients', 422, 'Parameters.parameter[1].resource.beneficiary', [coverage(plan('x')), coverage(plan('y', { beneficiary: { reference: 'Patient/another' } }))]],
    ['a resource of another type', 400, 'Parameters.parameter[1].resource', [coverage(plan('x')), { name: 'resource', resource: { resourceType: 'Location' } }]],
    ['a date without a day', 400, 'Parameters.parameter[0].value', [date('2026-03'), coverage(plan('x'))]],
    ['a day that is not in the calendar', 400, 'Parameters.parameter[0].value', [date('2026-02-30'), coverage(plan('x'))]],
    ['an unknown benefit type', 400, 'Parameters.parameter[0].value', [{ name: 'benefitType', valueCode: 'massage' }, coverage(plan('x'))]],
    ['an unknown related cause', 400, 'Parameters.parameter[0].value', [{ name: 'relatedCause', valueCode: 'fate' }, coverage(plan('x'))]],
    ['an unknown parameter', 400, 'Parameters.parameter[0].name', [{ name: 'apply', valueBoolean: true }, coverage(plan('x'))]],
  ];
  test.each(wrong)('%s: %i at %s', async (_name, status, expression, parameters) => {
    const answer = await order('Coverage', ...parameters);
    expect([answer.status, issuesOf(answer)[0]?.expression]).toEqual([status, [expression]]);
  });
});
