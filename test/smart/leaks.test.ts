import type { Bundle, FhirResource } from 'fhir/r4.js';
import { describe, expect, it } from 'vitest';
import { issuesOf, type Answer } from '../http/server.js';
import { claim, coverage, families, guardedClinic, namesIn, type Asking } from './clinic.js';

/**
 * What a token for Ana's record shows, and changes, of Ben's: nothing but the coverage that R4 has in the records of both.
 * Each row is a way in; each is tried as Ana's app, and what it must not find is there (the clinic's own token finds it).
 */
const moved = claim('clm-moved', 'ana', 'cov-ana');
const clinic = guardedClinic(() => [...families, moved]);
const ana = (scope = 'patient/*.cruds'): Asking => clinic.as(scope, { patient: 'ana' });
const everything = (): Asking => clinic.as('system/*.cruds');
const OWN = ['Coverage/cov-ana', 'Coverage/cov-ana-old', 'Coverage/cov-ben-2'];

const READS: readonly (readonly [path: string, status: number])[] = [
  ['Patient/ana', 200], ['Patient/ben', 404], ['Patient/nobody', 404],
  ['Coverage/cov-ana', 200], ['Coverage/cov-ben-2', 200], ['Coverage/cov-ben', 404],
  ['Claim/clm-ana', 200], ['Claim/clm-ben', 404], ['Claim/clm-ben?_elements=status', 404], ['Claim/clm-ben?_summary=true', 404],
  ['Encounter/enc-ana', 200], ['Encounter/enc-ben', 404],
  ['Organization/payer', 200], ['Practitioner/doc', 200], ['OperationDefinition/Claim-t-missed-secondary', 200],
  ['Task/task-ana', 403], ['Task/task-ben', 403], ['Task/nothing', 403],
  ['Coverage/cov-ana/_history/1', 200], ['Coverage/cov-ben/_history/1', 404], ['Claim/clm-ben/_history/1', 404],
  ['Coverage/cov-ana/_history', 200], ['Coverage/cov-ben/_history', 404], ['Claim/clm-ben/_history', 404],
  ['Task/_history', 403], ['Task', 403], ['Task?patient=Patient/ana', 403], ['?_type=Task', 403], ['?_type=Claim,Task', 403],
];

const SEARCHES: readonly (readonly [path: string, found: readonly string[] | 403])[] = [
  ['Patient', ['Patient/ana']],
  ['Coverage', OWN],
  ['Coverage?_id=cov-ben', []],
  ['Coverage?_id=cov-ben,cov-ana', ['Coverage/cov-ana']],
  ['Coverage?patient=Patient/ben', ['Coverage/cov-ben-2']],
  ['Coverage?type:not=x', OWN],
  ['Coverage?status:not=cancelled', ['Coverage/cov-ana', 'Coverage/cov-ben-2']],
  ['Coverage?patient:missing=false', OWN],
  ['Patient?identifier=urn:mrn|ben', []],
  ['Patient?family=Birch', []],
  // Chains and _has over what is not seen
  ['Claim?patient.family=Birch', []],
  ['Claim?patient.family=Alder', ['Claim/clm-ana', 'Claim/clm-moved']],
  ['Coverage?beneficiary:Patient.family=Birch', []],
  ['Coverage?beneficiary:Patient.birthdate=1980-01-01', ['Coverage/cov-ana', 'Coverage/cov-ana-old']],
  ['Organization?_has:Coverage:payor:patient=Patient/ben', ['Organization/payer-2']],
  ['Organization?_has:Coverage:payor:beneficiary:Patient.family=Birch', []],
  ['Organization?_has:Claim:insurer:_id=clm-ben', []],
  ['Practitioner?_has:Claim:provider:patient=Patient/ben', []],
  ['Practitioner?_has:Claim:provider:patient=Patient/ana', ['Practitioner/doc']],
  ['Patient?_has:Task:patient:status=requested', 403],
  ['Patient?_has:Task:patient:_id=task-ben', 403],
  ['Organization?_has:Coverage:payor:_has:Task:focus:status=requested', 403],
  // Includes
  ['Coverage?_id=cov-ben-2&_include=Coverage:beneficiary', ['Coverage/cov-ben-2']],
  ['Coverage?_id=cov-ben-2&_include=*', ['Coverage/cov-ben-2', 'Organization/payer-2', 'Patient/ana']],
  ['Organization?_id=payer&_revinclude=Claim:insurer', ['Claim/clm-ana', 'Claim/clm-moved', 'Organization/payer']],
  ['Organization?_id=payer&_revinclude=Coverage:payor&_include:iterate=Coverage:beneficiary', ['Coverage/cov-ana', 'Organization/payer', 'Patient/ana']],
  ['Organization?_id=payer-2&_revinclude=Coverage:payor&_include:iterate=Coverage:beneficiary&_revinclude:iterate=Claim:patient', ['Claim/clm-ana', 'Claim/clm-moved', ...OWN.slice(1), 'Organization/payer-2', 'Patient/ana']],
  ['Patient?_id=ana&_revinclude=Task:patient', ['Patient/ana']],
  ['Patient?_id=ana&_revinclude=*', ['Claim/clm-ana', 'Claim/clm-moved', ...OWN, 'Encounter/enc-ana', 'Patient/ana']],
  // Compartments
  ['Patient/ben/Coverage', ['Coverage/cov-ben-2']],
  ['Patient/ben/Claim', []],
  ['Patient/ben/*', ['Coverage/cov-ben-2']],
  ['Patient/ana/Claim', ['Claim/clm-ana', 'Claim/clm-moved']],
  ['Practitioner/doc/Claim', ['Claim/clm-ana', 'Claim/clm-moved']],
  // The whole system
  ['?_type=Claim,Coverage', ['Claim/clm-ana', 'Claim/clm-moved', ...OWN]],
  ['?_type=Patient,Encounter,Organization', ['Encounter/enc-ana', 'Organization/payer', 'Organization/payer-2', 'Patient/ana']],
];

/** The scopes that a refusal asks for. */
const neededIn = ({ headers }: Answer): string => /^Bearer realm="cobalt", error="insufficient_scope", scope="([^"]+)"$/.exec(headers.get('www-authenticate') ?? '')?.[1] ?? '';

/** Nothing of what is shown (the links repeat the question) names what is Ben's alone. */
const notBen = ({ body }: Answer): void => {
  const shown = JSON.stringify((body as Bundle).entry ?? []);
  for (const hidden of ['clm-ben', '"cov-ben"', 'Coverage/cov-ben"', 'enc-ben', 'task-ben', 'Birch']) expect(shown).not.toContain(hidden);
};

describe('reading Ana’s record', () => {
  it.each(READS)('%s: %d', async (path, status) => {
    const answer = await ana().get(path);
    expect(answer.status, answer.text).toBe(status);
    expect((await ana().request('HEAD', path)).status).toBe(status);
    if (status !== 403) return;
    expect(issuesOf(answer)[0]).toMatchObject({ code: 'forbidden', details: { coding: [{ code: 'insufficient-scope' }] } });
    expect([401, 403], 'the scopes that it names would do').not.toContain((await ana(`patient/*.cruds ${neededIn(answer)}`).get(path)).status);
  });

  it.each<[string, string, string, string]>([
    ['an Endpoint, which is in no patient’s record', 'patient/Coverage.rs', 'Endpoint?status=active', 'user/Endpoint.s'],
    ['a type of the record', 'patient/Coverage.rs', 'Claim', 'patient/Claim.s'],
    ['what all records share', 'patient/Coverage.rs', 'Organization/payer', 'patient/Organization.r'],
    ['an operation on both', 'patient/Claim.rs', 'Claim/clm-ana/$submit', 'user/Endpoint.rs'],
    ['the same', 'patient/Claim.rs', 'Claim/clm-ana/$submit', 'patient/Coverage.rs'],
    ['an export, which is for clients', 'patient/*.rs', '$export', 'system/*.rs'],
    ['everything, by the whole system', 'patient/Coverage.r', '_history', 'patient/*.s'],
  ])('%s: names what would do, and no scope that can’t', async (_what, held, path, needed) => {
    const answer = await ana(held).request(path.includes('$submit') ? 'POST' : 'GET', path);
    expect([answer.status, neededIn(answer).split(' ')], answer.text).toEqual([403, expect.arrayContaining([needed])]);
    expect(issuesOf(answer)[0]?.details?.text).toContain(needed);
  });

  it('a token for no patient at all is not told to ask for more of patient/', async () => {
    expect(neededIn(await clinic.as('patient/*.rs').get('Coverage'))).toBe('user/Coverage.s');
  });

  it('what is not hers and what is not there are told in the same words', async () => {
    for (const [hidden, none] of [['Coverage/cov-ben', 'Coverage/none'], ['Coverage/cov-ben/_history/1', 'Coverage/none/_history/1'], ['Coverage/cov-ben/_history', 'Coverage/none/_history']] as const) {
      expect((await ana().get(hidden)).body).toEqual((await ana().get(none)).body);
    }
  });

  it.each(SEARCHES)('%s finds %j', async (path, found) => {
    const answer = await ana().get(path === '' ? '' : path);
    if (found === 403) expect(answer.status, answer.text).toBe(403);
    else {
      expect(namesIn(answer)).toEqual([...found].sort());
      notBen(answer);
    }
  });

  it('counts what she sees', async () => {
    for (const query of ['_total=accurate', '_summary=count', '_count=0', '_total=accurate&_count=1']) expect((await ana().get(`Coverage?${query}`)).body.total, query).toBe(3);
    expect((await everything().get('Coverage?_summary=count')).body.total).toBe(4);
  });

  it('pages through what she sees, and no page link of another leads further', async () => {
    const pages: string[] = [];
    let path = 'Coverage?_count=1&_sort=_id';
    for (let page = 0; page < 5 && path !== ''; page++) {
      const answer = await ana().get(path);
      pages.push(...namesIn(answer));
      path = (answer.body as Bundle).link?.find(({ relation }) => relation === 'next')?.url ?? '';
    }
    expect(pages).toEqual(OWN);
    const first = await everything().get('Coverage?_count=1&_sort=_id');
    const next = (first.body as Bundle).link?.find(({ relation }) => relation === 'next')?.url ?? '';
    const stolen = await ana().get(next);
    expect(stolen.status).toBe(200);
    expect(namesIn(stolen).every((name) => OWN.includes(name))).toBe(true);
  });

  it('histories hold what she sees, and count nothing else', async () => {
    for (const path of ['Coverage/_history', '_history', 'Coverage/_history?_count=1', '_history?_count=2']) {
      const names: string[] = [];
      let link = path;
      for (let page = 0; page < 20 && link !== ''; page++) {
        const answer = await ana().get(link);
        expect(answer.status, answer.text).toBe(200);
        notBen(answer);
        expect((answer.body as Bundle).total).toBeUndefined();
        names.push(...namesIn(answer));
        link = (answer.body as Bundle).link?.find(({ relation }) => relation === 'next')?.url ?? '';
      }
      for (const name of OWN) expect(names, path).toContain(name);
    }
  });

  it('_explain shows the question only', async () => notBen(await ana().get('Claim?_explain=true&status=active')));

  it('operations find what she sees', async () => {
    expect((await ana().get('Patient/ben/$everything')).status).toBe(404);
    expect((await ana().post('Patient/ben/$cob-order', undefined)).status).toBe(404);
    expect((await ana().post('Claim/clm-ben/$scrub', undefined)).status).toBe(404);
    expect((await ana().get('Coverage/cov-ben/$meta')).status).toBe(404);
    const whole = await ana().get('Patient/ana/$everything');
    expect(namesIn(whole)).toEqual(expect.arrayContaining(['Claim/clm-ana', 'Coverage/cov-ana', 'Organization/payer', 'Patient/ana']));
    notBen(whole);
    for (const path of ['Claim/$missed-secondary', 'Task/$next']) expect((await ana().post(path, undefined)).status).toBe(403);
  });

  it('a Bundle holds each entry to them', async () => {
    const entry = ['Coverage/cov-ana', 'Coverage/cov-ben', 'Task/task-ana', 'Patient?family=Birch'].map((url) => ({ request: { method: 'GET', url } }));
    const { body } = await ana().post('', { resourceType: 'Bundle', type: 'batch', entry });
    expect((body as Bundle).entry?.map(({ response }) => response?.status.slice(0, 3))).toEqual(['200', '404', '403', '200']);
    const transaction = await ana().post('', { resourceType: 'Bundle', type: 'transaction', entry });
    expect([transaction.status, issuesOf(transaction)[0]?.expression]).toEqual([403, ['Bundle.entry[2]']]);
  });

  it('what was moved out of her record is out of it with every version', async () => {
    expect((await ana().get('Claim/clm-moved')).status).toBe(200);
    expect((await everything().put('Claim/clm-moved', claim('clm-moved', 'ben', 'cov-ben'))).status).toBe(200);
    for (const path of ['Claim/clm-moved', 'Claim/clm-moved/_history/1', 'Claim/clm-moved/_history/2', 'Claim/clm-moved/_history']) expect((await ana().get(path)).status, path).toBe(404);
    expect((await ana().get('Claim/_history')).text).not.toContain('clm-moved');
  });
});

const ofAna = (id?: string): FhirResource => ({ ...coverage(id ?? 'x', 'ana', 'ana', 'payer'), ...(id === undefined ? { id: undefined } : {}) }) as FhirResource;
const WRITES: readonly (readonly [what: string, send: () => Promise<Answer>, status: number])[] = [
  ['an update of what is not hers', () => ana().put('Coverage/cov-ben', ofAna('cov-ben')), 404],
  ['an update with the version that stands', () => ana().put('Coverage/cov-ben', ofAna('cov-ben'), { 'If-Match': 'W/"1"' }), 404],
  ['an update with another version', () => ana().put('Coverage/cov-ben', ofAna('cov-ben'), { 'If-Match': 'W/"7"' }), 404],
  ['an update that gives hers to another', () => ana().put('Coverage/cov-ana', coverage('cov-ana', 'ben', 'ana', 'payer')), 403],
  ['an update of what names her, and is about another', () => ana().put('Coverage/cov-ben-2', coverage('cov-ben-2', 'ben', 'ana', 'payer')), 403],
  ['an update of what is about another, to be about her', () => ana().put('Coverage/cov-ben-2', ofAna('cov-ben-2')), 403],
  ['an update that would make one under an id of hers', () => ana().put('Coverage/free-id', ofAna('free-id')), 404],
  ['a create for another', () => ana().post('Coverage', coverage('x', 'ben', 'ben', 'payer')), 403],
  ['a create for another that names her', () => ana().post('Coverage', coverage('x', 'ben', 'ana', 'payer')), 403],
  ['a create of another patient', () => ana().post('Patient', { resourceType: 'Patient', link: [{ other: { reference: 'Patient/ana' }, type: 'seealso' }] }), 403],
  ['a create of what is in nobody’s record', () => ana().post('Organization', { resourceType: 'Organization', name: 'Evil' }), 403],
  ['an update of what all share', () => ana().put('Organization/payer', { resourceType: 'Organization', id: 'payer', name: 'Evil' }), 403],
  ['a create of a Task', () => ana().post('Task', { resourceType: 'Task', status: 'requested', intent: 'order', for: { reference: 'Patient/ana' } }), 403],
  ['a delete of what is not hers', () => ana().delete('Coverage/cov-ben'), 404],
  ['a delete of what is not there', () => ana().delete('Coverage/none'), 404],
  ['a delete of what names her', () => ana().delete('Coverage/cov-ben-2'), 403],
  ['a delete of what all share', () => ana().delete('Organization/payer'), 403],
  ['a patch of what is not hers', () => ana().patch('Coverage/cov-ben', [{ op: 'replace', path: '/status', value: 'cancelled' }]), 404],
  ['a patch that tests what is not hers', () => ana().patch('Coverage/cov-ben', [{ op: 'test', path: '/status', value: 'active' }]), 404],
  ['a patch that gives hers to another', () => ana().patch('Coverage/cov-ana', [{ op: 'replace', path: '/beneficiary/reference', value: 'Patient/ben' }]), 403],
  ['a patch of what names her', () => ana().patch('Coverage/cov-ben-2', [{ op: 'replace', path: '/status', value: 'cancelled' }]), 403],
  ['a conditional patch of what is not hers', () => ana().patch('Coverage?_id=cov-ben', [{ op: 'replace', path: '/status', value: 'cancelled' }]), 404],
  ['a conditional update over what is not seen', () => ana().put('Coverage?beneficiary:Patient.family=Birch&_has:Task:focus:status=x', ofAna()), 403],
  ['a conditional update under an id that is taken', () => ana().put('Coverage?_id=cov-ben', ofAna('cov-ben')), 404],
  ['a transaction that holds one of these', () => ana().post('', { resourceType: 'Bundle', type: 'transaction', entry: [{ resource: ofAna(), request: { method: 'POST', url: 'Coverage' } }, { resource: ofAna('cov-ben'), request: { method: 'PUT', url: 'Coverage/cov-ben' } }] }), 404],
  ['a transaction that deletes what is not hers', () => ana().post('', { resourceType: 'Bundle', type: 'transaction', entry: [{ request: { method: 'DELETE', url: 'Coverage/cov-ben' } }] }), 404],
  ['a transaction that refers to whom she does not see', () => ana().post('', { resourceType: 'Bundle', type: 'transaction', entry: [{ resource: { ...claim('x', 'ana', 'cov-ana'), enterer: { reference: 'Practitioner?identifier=none' }, payee: { type: { coding: [{ code: 'other' }] }, party: { reference: 'Patient?identifier=urn:mrn|ben' } } }, request: { method: 'POST', url: 'Claim' } }] }), 412],
  ['a transaction on a type that no scope names', () => ana('patient/Coverage.cruds').post('', { resourceType: 'Bundle', type: 'transaction', entry: [{ resource: claim('x', 'ana', 'cov-ana'), request: { method: 'POST', url: 'Claim' } }] }), 403],
];

describe('writing in Ana’s record', () => {
  it.each(WRITES)('%s', async (what, send, status) => {
    const before = await everything().get('_history?_count=1');
    const answer = await send();
    expect(answer.status, answer.text).toBe(status);
    expect(answer.body.resourceType).toBe('OperationOutcome');
    // Her app has all of patient/ already, but in the last row.
    if (status === 403) expect(neededIn(answer), 'no more of patient/ helps').toMatch(what.endsWith('no scope names') ? /^patient\/Claim\.c$/ : /^(user\/[A-Z][A-Za-z]+\.[cruds]+ ?)+$/);
    expect((await everything().get('_history?_count=1')).body.entry).toEqual(before.body.entry);
  });

  it('says which entry of a transaction it was', async () => {
    const entry = [{ resource: ofAna(), request: { method: 'POST', url: 'Coverage' } }, { request: { method: 'DELETE', url: 'Coverage/cov-ben' } }, { resource: coverage('x', 'ben', 'ben', 'payer'), request: { method: 'POST', url: 'Coverage' } }];
    const of = async (...at: number[]): Promise<string[] | undefined> => issuesOf(await ana().post('', { resourceType: 'Bundle', type: 'transaction', entry: at.map((each) => entry[each]) }))[0]?.expression;
    expect(await of(0, 1)).toEqual(['Bundle.entry[1]']);
    expect((await of(0, 2))?.[0]).toMatch(/^Bundle\.entry\[1\]/);
  });

  it('a condition matches what she sees only', async () => {
    const made = await ana().post('Coverage', ofAna(), { 'If-None-Exist': 'identifier=none-such&patient=Patient/ana' });
    expect(made.status, made.text).toBe(201);
    const matched = await ana().post('Coverage', ofAna(), { 'If-None-Exist': '_id=cov-ana' });
    expect([matched.status, matched.body.id]).toEqual([200, 'cov-ana']);
    const unseen = await ana().post('Coverage', ofAna(), { 'If-None-Exist': '_id=cov-ben' });
    expect([unseen.status, unseen.text.includes('cov-ben')]).toEqual([201, false]);
    expect((await ana().delete('Coverage?beneficiary=Patient/ben')).status).toBe(204);
    expect((await everything().get('Coverage/cov-ben-2')).status).toBe(200);
    for (const id of [made.body.id, unseen.body.id] as string[]) expect((await ana().delete(`Coverage/${id}`)).status).toBe(204);
    expect((await ana().get(`Coverage/${String(made.body.id)}`)).status).toBe(410);
    expect((await clinic.as('patient/*.cruds', { patient: 'ben' }).get(`Coverage/${String(made.body.id)}`)).status).toBe(404);
  });

  it('her own she may change', async () => {
    const entry = [
      { fullUrl: 'urn:uuid:6f1b5b7e-6c8b-4a83-9d0c-0d2d4a1b7c11', resource: ofAna(), request: { method: 'POST', url: 'Coverage' } },
      { resource: { ...claim('x', 'ana', 'x'), patient: { reference: 'Patient?identifier=urn:mrn|ana' }, insurance: [{ sequence: 1, focal: true, coverage: { reference: 'urn:uuid:6f1b5b7e-6c8b-4a83-9d0c-0d2d4a1b7c11' } }] }, request: { method: 'POST', url: 'Claim' } },
    ];
    const answer = await ana().post('', { resourceType: 'Bundle', type: 'transaction', entry });
    expect(answer.status, answer.text).toBe(200);
    expect((await ana().patch('Coverage/cov-ana', [{ op: 'add', path: '/network', value: 'n' }])).status).toBe(200);
  });
});

describe('constraints', () => {
  const active = (scope = 'user/Coverage.cruds?status=active user/Claim.rs'): Asking => clinic.as(scope);

  it('hold for reads, histories, searches and includes', async () => {
    expect((await active().get('Coverage/cov-ana')).status).toBe(200);
    for (const path of ['Coverage/cov-ana-old', 'Coverage/cov-ana-old/_history', 'Coverage/cov-ana-old/_history/1']) expect((await active().get(path)).status, path).toBe(404);
    expect(namesIn(await active().get('Coverage'))).not.toContain('Coverage/cov-ana-old');
    expect(namesIn(await active().get('Coverage?status=cancelled'))).toEqual([]);
    expect(namesIn(await active().get('Coverage/_history'))).not.toContain('Coverage/cov-ana-old');
    await everything().put('Claim/clm-old', claim('clm-old', 'ana', 'cov-ana-old'));
    expect(namesIn(await active().get('Claim?_id=clm-old&_include=Claim:coverage'))).toEqual(['Claim/clm-old']);
    expect(namesIn(await active().get('Claim?coverage.payor=Organization/payer-2'))).toEqual([]);
  });

  it('hold for what stood and for what will stand', async () => {
    expect((await active().put('Coverage/cov-ana-old', coverage('cov-ana-old', 'ana', 'ana', 'payer'))).status).toBe(404);
    expect((await active().put('Coverage/cov-ana', { ...coverage('cov-ana', 'ana', 'ana', 'payer'), status: 'cancelled' })).status).toBe(403);
    expect((await active().delete('Coverage/cov-ana-old')).status).toBe(404);
    expect((await active().post('Coverage', { ...coverage('x', 'ana', 'ana', 'payer'), status: 'draft' })).status).toBe(403);
  });

  it('of several scopes each counts by itself', async () => {
    const both = clinic.as('user/Coverage.rs?status=active user/Coverage.rs?payor=Organization/payer-2');
    expect((await both.get('Coverage/cov-ana-old')).status).toBe(200);
    expect(namesIn(await both.get('Coverage?payor=Organization/payer-2'))).toContain('Coverage/cov-ana-old');
    const one = clinic.as('user/Coverage.rs?status=active&payor=Organization/payer-2');
    expect(namesIn(await one.get('Coverage'))).toEqual(['Coverage/cov-ben-2']);
  });

  it.each(['user/Coverage.rs?nonsense=x', 'user/Coverage.rs?status:not=active', 'user/Coverage.rs?_count=1', 'user/Coverage.rs?beneficiary.family=Alder', 'user/Coverage.rs?_id='])('%s allows nothing', async (scope) => {
    for (const path of ['Coverage', 'Coverage/cov-ana', 'Coverage/cov-ana/_history']) expect((await clinic.as(scope).get(path)).status).toBe(403);
  });
});

describe('what a scope does not say', () => {
  it('a token without scopes gets nowhere, whatever is asked', async () => {
    for (const scope of [undefined, '', 'openid fhirUser launch/patient', 'patient/Coverage.sr']) {
      for (const path of ['Coverage/cov-ana', 'Coverage', '', '_history', 'Nothing/1']) expect([403, 404]).toContain((await clinic.as(scope).get(path)).status);
      expect((await clinic.as(scope).get('Coverage/cov-ana')).status).toBe(403);
      expect((await clinic.as(scope).post('', { resourceType: 'Bundle', type: 'batch', entry: [] })).status).toBe(403);
      expect((await clinic.as(scope).post('Coverage/$cob-order', undefined)).status).toBe(403);
    }
  });

  it('patient/ scopes without a patient in context reach nothing', async () => {
    for (const patient of [undefined, '', 'Patient/', 'Coverage/ana', 'ana ben', ['ana'], 'https://other.example/fhir/Patient/ana']) {
      expect((await clinic.as('patient/*.cruds', { patient }).get('Coverage/cov-ana')).status, String(patient)).toBe(403);
    }
    expect((await clinic.as('patient/*.rs', { patient: 'Patient/ana' }).get('Coverage/cov-ana')).status).toBe(200);
  });

  it('who may change and not read is not shown what is changed', async () => {
    const writer = clinic.as('user/Coverage.u');
    expect((await writer.get('Coverage/cov-ana')).status).toBe(403);
    const patched = await writer.patch('Coverage/cov-ana', [{ op: 'add', path: '/network', value: 'n' }], { Prefer: 'return=representation' });
    expect([patched.status, patched.text]).toEqual([200, '']);
  });

  it('who may read by id may not search, and the other way round', async () => {
    expect([(await clinic.as('user/Coverage.r').get('Coverage/cov-ana')).status, (await clinic.as('user/Coverage.r').get('Coverage')).status]).toEqual([200, 403]);
    expect([(await clinic.as('user/Coverage.s').get('Coverage/cov-ana')).status, (await clinic.as('user/Coverage.s').get('Coverage')).status]).toEqual([403, 200]);
    expect((await clinic.as('user/Claim.rs user/Coverage.r').get('Claim?_include=Claim:coverage')).text).not.toContain('"Coverage"');
    expect((await clinic.as('user/Claim.rs user/Coverage.r').get('Claim?coverage.status=active')).status).toBe(403);
    expect((await clinic.as('user/Coverage.c').post('Coverage', coverage('x', 'ben', 'ben', 'payer'), { 'If-None-Exist': '_id=cov-ben' })).status).toBe(403);
  });
});
