import { readFileSync } from 'node:fs';
import type { Claim, OperationOutcome, ParametersParameter } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inProject } from '../../src/root.js';
import { issuesOf, startTestServer, type TestServer } from '../http/server.js';
import { bundles } from '../seed/seed.js';

const COBALT = 'https://cobalt.example/fhir/StructureDefinition';
const PATIENT = { resourceType: 'Patient', gender: 'female' };

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  for (const [, bundle] of bundles) expect((await server.post('', bundle)).status).toBe(200);
});
afterAll(() => server.close());

const parameters = (resource: unknown, ...others: ParametersParameter[]) => ({ resourceType: 'Parameters', parameter: [...others, ...(resource === undefined ? [] : [{ name: 'resource', resource }])] });
const mode = (valueCode: string): ParametersParameter => ({ name: 'mode', valueCode });
const profile = (valueUri: string): ParametersParameter => ({ name: 'profile', valueUri });
/** `severity code expression` of each issue. */
const told = (outcome: OperationOutcome): string[] => outcome.issue.map(({ severity, code, expression }) => [severity, code, expression?.[0]].join(' ').trim());

const OK = ['information informational'];
const claim = (change: object = {}): object => ({ ...(bundles.flatMap(([, bundle]) => bundle.entry ?? []).find(({ resource }) => resource?.id === 'clm-ashdown-1')?.resource as Claim), ...change });
const coverage = (change: object): object => ({ resourceType: 'Coverage', meta: { profile: [`${COBALT}/cobalt-coverage`] }, status: 'active', subscriberId: 'A1', beneficiary: { reference: 'Patient/pat-ashdown' }, relationship: { text: 'self' }, payor: [{ reference: 'Organization/payer-harborlight' }], ...change });
const extension = (name: string, value: object): object => ({ url: `${COBALT}/${name}`, ...value });

describe('$validate tells what is wrong with a resource, whatever it is, with 200', () => {
  it.each<[string, string, unknown, string[]]>([
    ['nothing', 'Patient', PATIENT, OK],
    ['nothing, in Parameters', 'Patient', parameters(PATIENT), OK],
    ['a code and a date, in a bare resource', 'Patient', { resourceType: 'Patient', gender: 'f', birthDate: '2026-02-30' }, ['error code-invalid Patient.gender', 'error value Patient.birthDate']],
    ['the same in Parameters: expressions begin at the resource', 'Patient', parameters({ resourceType: 'Patient', gender: 'f' }), ['error code-invalid Patient.gender']],
    ['an unknown element', 'Patient', { ...PATIENT, colour: 'red' }, ['error structure Patient.colour']],
    ['what is required', 'Claim', { resourceType: 'Claim' }, ['status', 'type', 'use', 'patient', 'created', 'provider', 'priority', 'insurance'].map(() => 'error required Claim')],
    ['an empty list, a wrong type', 'Coverage', coverage({ payor: [], order: '1' }), ['error structure Coverage.payor', 'error structure Coverage.order']],
    ['another type than the URL says', 'Patient', { resourceType: 'Observation', status: 'final', code: { text: 'x' } }, ['error structure Observation']],
    ['an entry of a Bundle', 'Bundle', { resourceType: 'Bundle', type: 'collection', entry: [{ resource: { resourceType: 'Patient', gender: 'f' } }] }, ['error code-invalid Bundle.entry[0].resource.gender']],
    ['a reference to what is not here', 'Coverage', coverage({ payor: [{ reference: 'Organization/nobody' }] }), ['warning not-found Coverage.payor[0].reference']],
    ['a code that its system does not have', 'Coverage', coverage({ relationship: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/subscriber-relationship', code: 'cousin' }] } }), ['warning code-invalid Coverage.relationship.coding[0].code']],
    ['a display that its system does not have', 'Coverage', coverage({ relationship: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/subscriber-relationship', code: 'self', display: 'Myself' }] } }), ['information code-invalid Coverage.relationship.coding[0].display']],
    ['a code of a system that is not held', 'Observation', { resourceType: 'Observation', status: 'final', code: { coding: [{ system: 'http://loinc.org', code: 'x' }] } }, OK],
    ['a profile that it claims and is not held', 'Patient', { ...PATIENT, meta: { profile: ['http://example.org/profile'] } }, ['warning not-found Patient.meta.profile[0]']],
  ])('%s', async (_name, type, body, expected) => {
    const answer = await server.post(`${type}/$validate`, body);
    expect(answer.status, answer.text).toBe(200);
    expect(told(answer.body as OperationOutcome).sort()).toEqual([...expected].sort());
  });
});

describe('profiles', () => {
  it.each<[string, object, string[]]>([
    ['met', coverage({}), OK],
    ['cardinality: too few', coverage({ relationship: undefined }), ['error required Coverage']],
    ['cardinality: too many', coverage({ payor: [{ reference: 'Organization/payer-harborlight' }, { reference: 'Organization/payer-harborlight' }] }), ['error structure Coverage.payor[1]']],
    ['a slice too many', coverage({ class: [1, 2].map((n) => ({ type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/coverage-class', code: 'plan' }] }, value: `P${n}` })) }), ['error structure Coverage.class[1]']],
    ['others beside the slices', coverage({ class: [{ type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/coverage-class', code: 'subplan' }] }, value: 'P' }] }), OK],
    ['an extension too many', coverage({ extension: [extension('payer-kind', { valueCode: 'medicaid' }), extension('payer-kind', { valueCode: 'medicare' })] }), ['error structure Coverage.extension[1]', 'warning invariant Coverage']],
    ['an invariant', coverage({ subscriberId: undefined }), ['error invariant Coverage']],
    ['an invariant that only warns', coverage({ extension: [extension('payer-kind', { valueCode: 'group-health' })] }), ['warning invariant Coverage']],
    ['an invariant of an extension', { resourceType: 'Patient', extension: [extension('family-situation', { extension: [{ url: 'decree', extension: [{ url: 'kind', valueCode: 'one-parent' }] }] })] }, ['error invariant Patient.extension[0].extension[0]']],
    ['a sum that is out by a cent', claim({ total: { value: 257.01, currency: 'USD' } }), ['error invariant Claim']],
    ['a sum that holds', claim(), OK],
    ['a fixed value', claim({ use: 'preauthorization' }), ['error value Claim.use']],
    ['a slice that is missing', claim({ identifier: [{ value: 'X' }] }), ['error required Claim']],
    ['a base that is broken: its invariants wait', claim({ total: { value: 1, currency: 'USD' }, status: 'banana' }), ['error code-invalid Claim.status']],
    ['of an entry of a Bundle', { resourceType: 'Bundle', type: 'collection', entry: [{ resource: coverage({ subscriberId: undefined }) }] }, ['error invariant Bundle.entry[0].resource']],
  ])('%s', async (_name, resource, expected) => {
    const answer = await server.post(`${(resource as { resourceType: string }).resourceType}/$validate`, resource);
    expect(answer.status, answer.text).toBe(200);
    expect(told(answer.body as OperationOutcome), answer.text).toEqual(expected);
  });

  it('that is asked for counts beside those that are claimed', async () => {
    const answer = await server.post('Claim/$validate', parameters(claim(), profile(`${COBALT}/cobalt-secondary-claim`)));
    expect(issuesOf(answer).flatMap(({ details }) => details?.coding?.[0]?.code ?? [])).toEqual(expect.arrayContaining(['cobalt-secondary-claim-1']));
  });

  it('of another type is not met', async () => {
    const answer = await server.post('Patient/$validate', parameters(PATIENT, profile(`${COBALT}/cobalt-claim`)));
    expect([answer.status, told(answer.body as OperationOutcome)]).toEqual([200, ['error invalid Patient']]);
  });

  it('with an element that repeats beyond reason is not evaluated', async () => {
    const item = Array.from({ length: 5_000 }, (_, index) => ({ sequence: index + 1, productOrService: { text: 'x' }, servicedDate: '2026-01-01', net: { value: 1, currency: 'USD' } }));
    const answer = await server.post('Claim/$validate', claim({ item, total: { value: 5000, currency: 'USD' } }));
    expect(told(answer.body as OperationOutcome)).toEqual(['error too-costly Claim']);
  });
});

describe('modes and forms', () => {
  it.each<[string, string, string, unknown, number, string[]]>([
    ['what is stored', 'POST', 'Claim/clm-ashdown-1/$validate', undefined, 200, OK],
    ['what is stored, by GET', 'GET', 'Claim/clm-ashdown-1/$validate?mode=profile&profile=https://cobalt.example/fhir/StructureDefinition/cobalt-claim', undefined, 200, OK],
    ['create', 'POST', 'Patient/$validate', parameters(PATIENT, mode('create')), 200, OK],
    ['update of the resource in the URL', 'POST', 'Patient/pat-ashdown/$validate', parameters({ ...PATIENT, id: 'pat-ashdown' }, mode('update')), 200, OK],
    ['update under another id', 'POST', 'Patient/pat-ashdown/$validate', parameters({ ...PATIENT, id: 'other' }, mode('update')), 200, ['error value Patient.id']],
    ['update without an id', 'POST', 'Patient/$validate', parameters(PATIENT, mode('update')), 200, ['error required Patient']],
    ['delete: the content does not count', 'POST', 'Patient/pat-ashdown/$validate', parameters({ resourceType: 'Patient', gender: 'f' }, mode('delete')), 200, OK],
    ['delete without saying of what', 'POST', 'Patient/$validate', parameters(undefined, mode('delete')), 400, ['error invalid Parameters']],
    ['profile without naming one', 'POST', 'Patient/$validate', parameters(PATIENT, mode('profile')), 400, ['error required Parameters']],
    ['a mode that there is not', 'POST', 'Patient/$validate', parameters(PATIENT, mode('destroy')), 400, ['error code-invalid Parameters.parameter[0].value']],
    ['a profile that is not held', 'POST', 'Patient/$validate', parameters(PATIENT, profile('http://example.org/profile')), 422, ['error not-supported Parameters.parameter[0].value']],
    ['nothing to validate', 'POST', 'Patient/$validate', undefined, 400, ['error required Parameters']],
    ['an unknown parameter beside a wrong resource', 'POST', 'Patient/$validate', parameters({ resourceType: 'Patient', gender: 'f' }, { name: 'colour', valueString: 'red' }), 400, ['error not-supported Parameters.parameter[0].name']],
    ['JSON that is none', 'POST', 'Patient/$validate', '{"resourceType":', 400, ['fatal structure']],
    ['JSON that is no resource', 'POST', 'Patient/$validate', { resourceType: 'Banana' }, 400, ['error value Resource.resourceType']],
    ['no resource in the parameter', 'POST', 'Patient/$validate', parameters({ resourceType: 'Banana' }), 400, ['error value Parameters.parameter[0].resource.resourceType']],
    ['a resource that is not there', 'POST', 'Patient/none/$validate', undefined, 404, ['error not-found']],
  ])('%s: %s %s', async (_name, method, path, body, status, expected) => {
    const answer = await server.request(method, path, body);
    expect(answer.status, answer.text).toBe(status);
    expect(told(answer.body as OperationOutcome), answer.text).toEqual(expected);
  });

  it.each(['null', '[]', '"x"', '{"resourceType":"Patient","__proto__":{"gender":"f"}}', '{"resourceType":"Parameters","parameter":[null,{"name":"resource","resource":null}]}', '{"resourceType":"Parameters","parameter":{"name":"resource"}}', '{"resourceType":"Patient","meta":{"profile":[null,5,{}]},"contained":[null,5],"extension":[5]}'])('bad input never breaks it: %s', async (body) => {
    const answer = await server.post('Patient/$validate', body);
    expect([200, 400]).toContain(answer.status);
    expect(issuesOf(answer).some(({ severity }) => severity === 'error' || severity === 'fatal')).toBe(true);
  });

  it('in a batch, findings are the outcome of the entry', async () => {
    const answer = await server.post('', { resourceType: 'Bundle', type: 'batch', entry: [{ request: { method: 'POST', url: 'Patient/$validate' }, resource: { resourceType: 'Patient', gender: 'f' } }] });
    expect(answer.body.entry[0].response.status).toMatch(/^200/);
    expect(told(answer.body.entry[0].resource ?? answer.body.entry[0].response.outcome)).toEqual(['error code-invalid Patient.gender']);
  });

  it('stores nothing', async () => {
    const before = await server.get('_history?_count=1');
    await server.post('Patient/$validate', PATIENT);
    expect((await server.get('_history?_count=1')).body.entry[0].fullUrl).toBe(before.body.entry[0].fullUrl);
  });
});

it('whatever the seed holds is valid, and meets what it claims', async () => {
  const found = [];
  for (const [, bundle] of bundles) for (const { resource } of bundle.entry ?? []) {
    const outcome = (await server.post(`${resource?.resourceType}/$validate`, resource)).body as OperationOutcome;
    found.push(...outcome.issue.filter(({ severity }) => severity !== 'information').map((issue) => `${resource?.id} ${issue.severity} ${issue.expression?.[0]} ${issue.details?.text}`));
  }
  expect(found).toEqual([]);
});

describe('COBALT_VALIDATE=profile', () => {
  let strict: TestServer;
  beforeAll(async () => {
    strict = await startTestServer({ validate: 'profile', seed: 'demo' });
  });
  afterAll(() => strict.close());

  it.each<[string, (server: TestServer) => ReturnType<TestServer['post']>, number, string[]]>([
    ['a create that breaks an invariant', (to) => to.post('Coverage', coverage({ subscriberId: undefined })), 422, ['error invariant Coverage']],
    ['an update', (to) => to.put('Coverage/cov-ashdown-own', coverage({ id: 'cov-ashdown-own', relationship: undefined })), 422, ['error required Coverage']],
    ['an entry of a transaction', (to) => to.post('', { resourceType: 'Bundle', type: 'transaction', entry: [{ resource: coverage({ subscriberId: undefined }), request: { method: 'POST', url: 'Coverage' } }] }), 422, ['error invariant Bundle.entry[0].resource']],
    ['a patch', (to) => to.request('PATCH', 'Coverage/cov-ashdown-own', [{ op: 'remove', path: '/relationship' }], { 'Content-Type': 'application/json-patch+json' }), 422, ['error required Coverage']],
    ['no valid R4', (to) => to.post('Coverage', coverage({ status: 'banana' })), 400, ['error code-invalid Coverage.status']],
  ])('refuses %s', async (_name, send, status, expected) => {
    const answer = await send(strict);
    expect(answer.status, answer.text).toBe(status);
    expect(told(answer.body as OperationOutcome)).toEqual(expected);
  });

  it('lets through what warns only, what claims nothing, and claims that are not held', async () => {
    for (const one of [coverage({ extension: [extension('payer-kind', { valueCode: 'group-health' })] }), coverage({ meta: undefined, subscriberId: undefined }), coverage({ meta: { profile: ['http://example.org/profile'] } })]) {
      expect((await strict.post('Coverage', one)).status).toBe(201);
    }
  });

  it('is not the default', async () => expect((await server.post('Coverage', coverage({ subscriberId: undefined }))).status).toBe(201));
});

it('example.http shows the three forms', () => expect(readFileSync(inProject('operations/validate/example.http'), 'utf8').match(/^###/gm)).toHaveLength(3));
