import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issuesOf, startTestServer, type Answer, type TestServer } from '../server.js';
import { appointmentBook, BOOKING, call, cardsOf, encounterStart, ENCOUNTER, HOOK_INSTANCE, prefetchOf, searchset, seeded } from './cds.js';

let server: TestServer;
let empty: TestServer;
beforeAll(async () => {
  [server, empty] = await Promise.all([startTestServer({ seed: 'demo' }), startTestServer()]);
});
afterAll(() => Promise.all([server.close(), empty.close()]));

const UUID = /^[0-9a-f-]{36}$/;

describe('discovery', () => {
  it('names both services with their prefetch templates, for everybody', async () => {
    const answer = await server.get(`${server.origin}/cds-services`);
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('access-control-allow-origin')]).toEqual([200, expect.stringMatching(/^application\/json/), '*']);
    const { services } = answer.body as { services: { hook: string; id: string; description: string; prefetch: Record<string, string> }[] };
    expect(services.map(({ hook, id }) => [hook, id])).toEqual([['encounter-start', ENCOUNTER], ['appointment-book', BOOKING]]);
    for (const { prefetch, description } of services) {
      expect(description).not.toBe('');
      // CDS Hooks 2.0, "Prefetch query restrictions": reads, and searches by references; tokens of the context only.
      for (const template of Object.values(prefetch)) expect(template).toMatch(/^[A-Z][A-Za-z]+(\/|\?patient=)\{\{context\.patientId\}\}$/);
    }
  });
});

/** By the number of coverages; what is asked of Garrick is what `$cob-order` asks. */
const PATIENTS: readonly (readonly [file: string, coverages: number, cards: number])[] = [
  ['13-moresby', 1, 0], ['01-ashdown', 2, 0], ['07-garrick', 2, 1], ['12-lindqvist', 3, 0], ['19-sedgemoor', 3, 0],
];

describe.each([['encounter-start', ENCOUNTER], ['appointment-book', BOOKING]] as const)('%s', (hook, service) => {
  const body = (file: string, rest: object): Record<string, unknown> => (hook === 'encounter-start' ? encounterStart(`pat-${file.slice(3)}`, rest) : appointmentBook(`pat-${file.slice(3)}`, '2026-10-14T09:00:00-05:00', rest));

  it.each(PATIENTS)('%s, with %i coverages, from prefetch on an empty server: %i cards', async (file, coverages, cards) => {
    expect(seeded(file).filter(({ resourceType }) => resourceType === 'Coverage').length).toBe(coverages);
    const before = (await empty.get('_history')).text;
    expect(cardsOf(await call(empty, service, body(file, { prefetch: prefetchOf(file) })))).toHaveLength(cards);
    expect(JSON.parse((await empty.get('_history')).text).total, 'nothing of it is kept').toBe(JSON.parse(before).total);
  });

  it.each(PATIENTS)('%s, with %i coverages, from our own store: %i cards', async (file, _coverages, cards) => {
    expect(cardsOf(await call(server, service, body(file, { fhirServer: server.base })))).toHaveLength(cards);
  });

  it.each(['prefetch', 'store'])('the card says what to ask, from %s', async (from) => {
    const [card] = cardsOf(await call(server, service, body('07-garrick', from === 'prefetch' ? { prefetch: prefetchOf('07-garrick'), fhirServer: 'https://ehr.example/fhir' } : { fhirServer: server.base })));
    expect(card).toMatchObject({
      uuid: expect.stringMatching(UUID), indicator: 'warning', selectionBehavior: 'at-most-one',
      summary: 'Two active coverages, order unresolved: ask “How many employees has the employer (employer size: under 20, 20 to 99, 100 or more)?”',
      source: { label: expect.any(String), url: `${server.origin}/docs/cob-order`, topic: { code: 'verify-cob' } },
      suggestions: [{ label: expect.any(String), uuid: expect.stringMatching(UUID), actions: [{ type: 'create', description: expect.any(String), resource: { resourceType: 'Task', for: { reference: 'Patient/pat-garrick' } } }] }],
    });
    expect(card?.summary.length).toBeLessThan(140);
    expect(card?.detail).toMatch(/\*\*Ask the patient:\*\*\n\n- How many employees has the employer \\\(employer size\\: .*rule M1\)$/);
    expect(card?.['links'], 'nobody can launch the app here').toBeUndefined();
    expect((await server.get((card?.['source'] as { url: string }).url)).status).toBe(200);
  });

  it('what is suggested is a Task of R4', async () => {
    const [card] = cardsOf(await call(server, service, body('07-garrick', { fhirServer: server.base })));
    const [{ actions: [action] }] = card?.['suggestions'] as [{ actions: [{ resource: object }] }];
    expect((await server.post('Task/$validate', action.resource)).text).not.toContain('"error"');
  });
});

describe('what it is evaluated from', () => {
  it('the day of the first appointment counts: a coverage that has ended by then takes no part', async () => {
    const { coverages, ...others } = prefetchOf('07-garrick') as { coverages: { entry: { resource: { id: string; resourceType: string } }[] } };
    const ending = { ...coverages, entry: coverages.entry.map(({ resource }) => ({ resource: resource.id === 'cov-garrick-own' ? { ...resource, period: { start: '2020-01-01', end: '2026-12-31' } } : resource })) };
    const at = (day: string): Promise<Answer> => call(empty, BOOKING, appointmentBook('pat-garrick', `${day}T09:00:00Z`, { prefetch: { ...others, coverages: ending } }));
    expect(cardsOf(await at('2026-12-30'))).toHaveLength(1);
    expect(cardsOf(await at('2027-01-02'))).toHaveLength(0);
  });

  it('null is none', async () => {
    expect(cardsOf(await call(server, ENCOUNTER, encounterStart('pat-garrick', { fhirServer: server.base, prefetch: { coverages: null } })))).toHaveLength(0);
  });

  it('a patient who has one of our identifiers, where nothing of coverages came', async () => {
    const patient = { ...seeded('07-garrick').find(({ id }) => id === 'pat-garrick'), id: 'at-ehr-77' };
    expect((patient as { identifier?: unknown[] }).identifier).toHaveLength(1);
    expect(cardsOf(await call(server, ENCOUNTER, encounterStart('at-ehr-77', { fhirServer: 'https://ehr.example/fhir', prefetch: { patient } })))).toHaveLength(1);
  });

  it('an id of another server is nobody here, even if somebody here has it', async () => {
    const answer = await call(server, ENCOUNTER, encounterStart('pat-garrick', { fhirServer: 'https://ehr.example/fhir' }));
    expect([answer.status, answer.body]).toEqual([412, expect.objectContaining({ resourceType: 'OperationOutcome' })]);
    expect((await call(server, ENCOUNTER, encounterStart('pat-garrick'))).status).toBe(412);
  });

  it('what prefetched coverages refer to on their server is not taken for what has the same id here', async () => {
    // Without the payers inline, the references would find our Organizations if they were believed.
    const [card] = cardsOf(await call(server, ENCOUNTER, encounterStart('pat-garrick', { fhirServer: 'https://ehr.example/fhir', prefetch: prefetchOf('07-garrick', false) })));
    const ours = seeded('00-clinic').flatMap((resource) => (resource.resourceType === 'Organization' && resource.name !== undefined ? [resource.name] : []));
    for (const name of ours) expect(card?.detail ?? '').not.toContain(name);
  });

  it('a first page of the coverages is not judged as if it were all of them', async () => {
    const { coverages, ...others } = prefetchOf('07-garrick') as { coverages: object };
    const paged = { ...others, coverages: { ...coverages, link: [{ relation: 'next', url: 'https://ehr.example/fhir?page=2' }] } };
    const answer = await call(empty, ENCOUNTER, encounterStart('pat-garrick', { fhirServer: 'https://ehr.example/fhir', prefetch: paged }));
    expect([answer.status, issuesOf(answer)[0]?.expression, issuesOf(answer)[0]?.details?.text]).toEqual([412, ['prefetch'], expect.stringContaining('not all of them')]);
    // The patient is known here: our own store has them all.
    expect(cardsOf(await call(server, ENCOUNTER, encounterStart('pat-garrick', { fhirServer: server.base, prefetch: paged })))).toHaveLength(1);
  });

  it.each(['relatedPersons', 'patient'] as const)('a first page of %s is not taken for everybody, where there is an order', async (key) => {
    const all = prefetchOf('07-garrick');
    const paged = { ...all, [key]: searchset(key === 'patient' ? [all['patient'] as object] : [], 'https://ehr.example/fhir?page=2') };
    const send = (prefetch: object): Promise<Answer> => call(empty, ENCOUNTER, encounterStart('pat-garrick', { fhirServer: 'https://ehr.example/fhir', prefetch }));
    const answer = await send(paged);
    expect([answer.status, issuesOf(answer)[0]?.expression, issuesOf(answer)[0]?.details?.text], answer.text).toEqual([412, ['prefetch'], expect.stringContaining('not all related persons')]);
    // One coverage is first, whoever there is.
    const { entry: [only] } = all['coverages'] as { entry: [object] };
    expect(cardsOf(await send({ ...paged, coverages: { resourceType: 'Bundle', type: 'searchset', entry: [only] } }))).toEqual([]);
  });

  it('a card may be set aside for a reason that has a code', async () => {
    const [card] = cardsOf(await call(server, ENCOUNTER, encounterStart('pat-garrick', { fhirServer: server.base })));
    const reasons = card?.['overrideReasons'] as { system: string; code: string; display: string }[];
    const { body } = await server.get('CodeSystem/override-reason');
    const { url, concept } = body as { url: string; concept: { code: string; display: string }[] };
    expect(reasons).toEqual(concept.map(({ code, display }) => ({ system: url, code, display })));
    const feedback = { feedback: [{ card: card?.['uuid'], outcome: 'overridden', outcomeTimestamp: '2026-11-22T12:00:00Z', overrideReason: { reason: reasons[1] } }] };
    expect((await server.post(`${server.origin}/cds-services/${ENCOUNTER}/feedback`, feedback)).status).toBe(200);
    await server.flushAudit();
    expect((await server.get(`AuditEvent?entity:identifier=urn:uuid:${String(card?.['uuid'])}`)).text).toContain(`${url}|${reasons[1]?.code ?? ''}`);
  });

  it('an OperationOutcome instead of the coverages is no answer', async () => {
    const outcome = { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'timeout' }] };
    expect((await call(server, ENCOUNTER, encounterStart('x', { fhirServer: 'https://ehr.example/fhir', prefetch: { coverages: outcome } }))).status).toBe(412);
  });

  it('names of payers are text in the Markdown, whatever they say', async () => {
    const { coverages, ...others } = prefetchOf('07-garrick', false) as { coverages: { entry: { resource: object & { resourceType: string } }[] } };
    const hostile = { ...coverages, entry: coverages.entry.map(({ resource }) => ({ resource: { ...resource, payor: [{ display: '[x](javascript:alert(1)) <img src=x> **b**' }] } })) };
    const [card] = cardsOf(await call(empty, ENCOUNTER, encounterStart('pat-garrick', { prefetch: { ...others, coverages: hostile } })));
    expect(card?.detail).toContain('\\[x\\]\\(javascript\\:alert\\(1\\)\\) \\<img src=x\\> \\*\\*b\\*\\*');
  });
});

describe('bad requests', () => {
  const good = encounterStart('pat-garrick', { fhirServer: 'https://ehr.example/fhir', prefetch: prefetchOf('07-garrick') });
  const context = good['context'] as object;
  const coverage = (change: object): object => ({ ...good, prefetch: { ...(good['prefetch'] as object), coverages: { resourceType: 'Bundle', type: 'searchset', entry: seeded('07-garrick').filter(({ resourceType }) => resourceType === 'Coverage').map((resource, index) => ({ resource: index === 1 ? { ...resource, ...change } : resource })) } } });
  const authorization = { access_token: 'x', token_type: 'Bearer', expires_in: 300, scope: 's', subject: 'c' };
  it.each<[string, unknown, number, string | undefined]>([
    ['no JSON', '{', 400, undefined], ['a list', '[]', 400, undefined], ['nothing', '', 400, undefined],
    ['of another hook', { ...good, hook: 'patient-view' }, 400, 'hook'], ['of no hook', { ...good, hook: undefined }, 400, 'hook'],
    ['without hookInstance', { ...good, hookInstance: undefined }, 400, 'hookInstance'], ['whose hookInstance is no UUID', { ...good, hookInstance: '1' }, 400, 'hookInstance'],
    ['without context', { ...good, context: undefined }, 400, 'context'], ['with a context that is none', { ...good, context: 'x' }, 400, 'context'],
    ['without a user', { ...good, context: { ...context, userId: undefined } }, 400, 'context.userId'], ['with a user who is none', { ...good, context: { ...context, userId: 'Device/1' } }, 400, 'context.userId'],
    ['without a patient', { ...good, context: { ...context, patientId: undefined } }, 400, 'context.patientId'], ['with a patient that is a path', { ...good, context: { ...context, patientId: '../Patient/1' } }, 400, 'context.patientId'],
    ['without an encounter', { ...good, context: { ...context, encounterId: undefined } }, 400, 'context.encounterId'],
    ['with a fhirServer that is none', { ...good, fhirServer: 'ehr' }, 400, 'fhirServer'], ['with a fhirServer of another kind', { ...good, fhirServer: 'file:///etc/passwd' }, 400, 'fhirServer'],
    ['with a token for nowhere', { ...good, fhirServer: undefined, fhirAuthorization: authorization }, 400, 'fhirServer'],
    ...['access_token', 'token_type', 'expires_in', 'scope', 'subject'].map((member): [string, unknown, number, string] => [`with fhirAuthorization without ${member}`, { ...good, fhirAuthorization: { ...authorization, [member]: undefined } }, 400, `fhirAuthorization.${member}`]),
    ['with a token of another kind', { ...good, fhirAuthorization: { ...authorization, token_type: 'MAC' } }, 400, 'fhirAuthorization.token_type'],
    ['with a token that breaks the line', { ...good, fhirAuthorization: { ...authorization, access_token: 'x\r\nHost: y' } }, 400, 'fhirAuthorization.access_token'],
    ['with a prefetch that is none', { ...good, prefetch: [] }, 400, 'prefetch'], ['with a prefetched text', { ...good, prefetch: { coverages: 'x' } }, 400, 'prefetch.coverages'],
    ['with another patient', { ...good, prefetch: { patient: { resourceType: 'Patient', id: 'other' } } }, 400, 'prefetch.patient.id'],
    ['with something else than a patient', { ...good, prefetch: { patient: { resourceType: 'Observation', id: 'o' } } }, 400, 'prefetch.patient'],
    ['with another’s coverage', coverage({ beneficiary: { reference: 'Patient/other' } }), 400, 'prefetch.coverages.entry[1].resource.beneficiary'],
    ['with a coverage without an id', coverage({ id: undefined }), 400, 'prefetch.coverages.entry[1].resource.id'],
    ['with a coverage that is no R4', coverage({ status: 'maybe' }), 400, 'prefetch.coverages.entry[1].resource.status'],
    ['with a coverage of which an element is unknown', coverage({ shoeSize: 43 }), 400, 'prefetch.coverages.entry[1].resource.shoeSize'],
    ['nested too deep', `{"hook":${'['.repeat(100)}${']'.repeat(100)}}`, 400, undefined],
    ['that names something twice', '{"hook":"a","hook":"b"}', 400, undefined],
  ])('%s', async (_what, body, status, expression) => {
    const before = ((await empty.get('_history')).body as { total: number }).total;
    const answer = await call(empty, ENCOUNTER, body);
    const { issue: [issue] } = answer.body as { issue: [{ expression?: string[]; details: { text: string } }] };
    expect([answer.status, issue.details.text.length > 10], answer.text).toEqual([status, true]);
    if (expression !== undefined) expect(issue.expression).toEqual([expression]);
    expect(answer.text).not.toContain('Garrick');
    if (typeof body === 'string') expect(issue.details.text, 'a call is no resource').not.toMatch(/resource/i);
    expect(((await empty.get('_history')).body as { total: number }).total).toBe(before);
  });

  it.each<[string, () => Promise<Answer>, number]>([
    ['of a service that there is not', () => call(server, 'nothing', good), 404],
    ['of another media type', () => call(server, ENCOUNTER, 'hook=x', { 'Content-Type': 'application/x-www-form-urlencoded' }), 415],
    ['that is too large', () => call(server, ENCOUNTER, `{"x":"${'x'.repeat(5 * 2 ** 20)}"}`), 413],
    ['by GET', () => server.get(`${server.origin}/cds-services/${ENCOUNTER}`), 404],
    ['to book nothing that has a time', () => call(server, BOOKING, { ...appointmentBook('pat-garrick', 'soon') }), 400],
    ['to book what is no appointment', () => call(server, BOOKING, { hook: 'appointment-book', hookInstance: HOOK_INSTANCE, context: { userId: 'Practitioner/1', patientId: 'x', appointments: [] } }), 400],
  ])('%s', async (_what, ask, status) => {
    expect((await ask()).status).toBe(status);
  });
});
