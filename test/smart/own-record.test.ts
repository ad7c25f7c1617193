import type { ClaimResponse, ExplanationOfBenefit, FhirResource, Patient } from 'fhir/r4.js';
import { describe, expect, it } from 'vitest';
import { issuesOf } from '../http/server.js';
import { claim, coverage, families, guardedClinic, type Asking } from './clinic.js';

/** What Ana's app may not say though it is said about Ana: what would change another's record, or whose record is whose. */
const clinic = guardedClinic(() => [...families, { ...decision('decided', 'Claim/clm-ana'), id: 'decided' }]);
const ana = (scope = 'patient/*.cruds'): Asking => clinic.as(scope, { patient: 'ana' });
const everything = (): Asking => clinic.as('system/*.cruds');

function decision(disposition: string, request: string): ClaimResponse {
  return {
    resourceType: 'ClaimResponse', status: 'active', use: 'claim', outcome: 'complete', disposition, created: '2026-06-02', type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/claim-type', code: 'professional' }] },
    patient: { reference: 'Patient/ana' }, insurer: { reference: 'Organization/payer' }, request: { reference: request },
  };
}

function benefit(of: string, cover: string): ExplanationOfBenefit {
  return {
    resourceType: 'ExplanationOfBenefit', status: 'active', use: 'claim', outcome: 'complete', created: '2026-06-02', type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/claim-type', code: 'professional' }] },
    patient: { reference: 'Patient/ana' }, insurer: { reference: 'Organization/payer' }, provider: { reference: 'Practitioner/doc' }, claim: { reference: of }, insurance: [{ focal: true, coverage: { reference: cover } }],
  };
}

const anew = ({ id: _id, ...resource }: FhirResource): FhirResource => resource as FhirResource;
const sourceOf = (reference: string): FhirResource => ({ ...decision('d', 'Claim/clm-ana'), extension: [{ url: 'https://example.org/about', valueReference: { reference } }] });

/** What is posted, and the place of what it must not name. */
const REFUSED: readonly (readonly [what: string, resource: FhirResource, expression: string])[] = [
  ['a decision about another’s claim', decision('d', 'Claim/clm-ben'), 'ClaimResponse.request'],
  ['one about a claim that is not there', decision('d', 'Claim/none'), 'ClaimResponse.request'],
  ['one about a version of it', decision('d', 'Claim/clm-ben/_history/1'), 'ClaimResponse.request'],
  ['a benefit of another’s claim', benefit('Claim/clm-ben', 'Coverage/cov-ana'), 'ExplanationOfBenefit.claim'],
  ['a benefit under another’s coverage', benefit('Claim/clm-ana', 'Coverage/cov-ben'), 'ExplanationOfBenefit.insurance[0].coverage'],
  ['a claim under another’s coverage', anew(claim('x', 'ana', 'cov-ben')), 'Claim.insurance[0].coverage'],
  ['a claim that replaces another’s', { ...claim('x', 'ana', 'cov-ana'), related: [{ claim: { reference: 'Claim/clm-ana' } }, { claim: { reference: 'Claim/clm-ben' } }] } as FhirResource, 'Claim.related[1].claim'],
  ['an extension that names it', sourceOf('Claim/clm-ben'), 'ClaimResponse.extension[0]'],
  ['another’s encounter', { ...anew(claim('x', 'ana', 'cov-ana')), item: [{ sequence: 1, productOrService: { text: 'x' }, encounter: [{ reference: 'Encounter/enc-ben' }] }] } as FhirResource, 'Claim.item[0].encounter[0]'],
];

describe('what is written under patient/ names nothing of another’s record', () => {
  it.each(REFUSED)('%s', async (_what, resource, expression) => {
    const before = (await everything().get('_history?_count=1')).body.entry;
    for (const asking of [ana(), ana(`patient/${resource.resourceType}.c`)]) {
      const answer = await asking.post(resource.resourceType, resource);
      expect(answer.status, answer.text).toBe(403);
      expect(issuesOf(answer)).toMatchObject([{ code: 'forbidden', details: { coding: [{ code: 'not-in-record' }] }, expression: [expression] }]);
      expect(answer.headers.get('www-authenticate')).toBe(`Bearer realm="cobalt", error="insufficient_scope", scope="user/${resource.resourceType}.c"`);
    }
    expect((await everything().get('_history?_count=1')).body.entry).toEqual(before);
  });

  it('by its whole address neither, and one of another server is no business of this one', async () => {
    const { body } = await everything().get('Claim?_id=clm-ben');
    const full = String((body as { entry: { fullUrl: string }[] }).entry[0]?.fullUrl);
    expect(full).toMatch(/^https?:/);
    expect((await ana().post('ClaimResponse', decision('d', full))).status).toBe(403);
    expect((await ana().post('ClaimResponse', decision('d', 'https://payer.example/fhir/Claim/clm-ben'))).status).toBe(201);
  });

  it('by an update, a patch or an entry of a Bundle neither', async () => {
    const put = await ana().put('ClaimResponse/decided', { ...decision('d', 'Claim/clm-ben'), id: 'decided' });
    expect([put.status, issuesOf(put)[0]?.expression]).toEqual([403, ['ClaimResponse.request']]);
    expect((await ana().patch('ClaimResponse/decided', [{ op: 'replace', path: '/request/reference', value: 'Claim/clm-ben' }])).status).toBe(403);
    const entry = [{ resource: anew(claim('x', 'ana', 'cov-ana')), request: { method: 'POST', url: 'Claim' } }, { resource: decision('d', 'Claim/clm-ben'), request: { method: 'POST', url: 'ClaimResponse' } }];
    const all = await ana().post('', { resourceType: 'Bundle', type: 'transaction', entry });
    expect([all.status, issuesOf(all)[0]?.expression]).toEqual([403, ['Bundle.entry[1].resource.request']]);
    const batch = await ana().post('', { resourceType: 'Bundle', type: 'batch', entry });
    expect((batch.body as { entry: { response: { status: string } }[] }).entry.map(({ response }) => response.status.slice(0, 3))).toEqual(['201', '403']);
  });

  it('her own, what comes with it, what stood there, and whoever holds her coverage she may name', async () => {
    expect((await ana('patient/ClaimResponse.c').post('ClaimResponse', decision('d', 'Claim/clm-ana'))).status).toBe(201);
    expect((await ana().post('Claim', anew(claim('x', 'ana', 'cov-ben-2')))).status, 'in the records of both').toBe(201);
    expect((await ana().post('Coverage', anew(coverage('x', 'ana', 'ben', 'payer')))).status).toBe(201);
    const entry = [
      { fullUrl: 'urn:uuid:6f1b5b7e-6c8b-4a83-9d0c-0d2d4a1b7c21', resource: anew(claim('x', 'ana', 'cov-ana')), request: { method: 'POST', url: 'Claim' } },
      { resource: decision('d', 'urn:uuid:6f1b5b7e-6c8b-4a83-9d0c-0d2d4a1b7c21'), request: { method: 'POST', url: 'ClaimResponse' } },
    ];
    const all = await ana().post('', { resourceType: 'Bundle', type: 'transaction', entry });
    expect(all.status, all.text).toBe(200);
    await everything().put('ClaimResponse/odd', { ...decision('d', 'Claim/clm-ben'), id: 'odd' });
    expect((await ana().put('ClaimResponse/odd', { ...decision('changed', 'Claim/clm-ben'), id: 'odd' })).status).toBe(200);
  });

  it('another scope that reaches it lets it say so', async () => {
    expect((await ana('patient/*.cruds user/ClaimResponse.c').post('ClaimResponse', decision('d', 'Claim/clm-ben'))).status).toBe(201);
    expect((await ana('patient/*.cruds user/ClaimResponse.c?status=draft').post('ClaimResponse', decision('d', 'Claim/clm-ben'))).status).toBe(403);
    expect((await ana('patient/*.cruds user/Claim.r').post('ClaimResponse', decision('d', 'Claim/clm-ben'))).status, 'what may be read may be named').toBe(201);
  });
});

describe('who is the same person is not said under patient/', () => {
  const link = (type: 'replaced-by' | 'replaces' | 'seealso'): Patient['link'] => [{ type, other: { reference: 'Patient/ben' } }];

  it.each(['replaced-by', 'replaces', 'seealso'] as const)('Patient.link %s', async (type) => {
    const { body } = await everything().get('Patient/ana');
    const put = await ana('patient/Patient.ru').put('Patient/ana', { ...body, link: link(type) });
    expect(put.status, put.text).toBe(403);
    expect(issuesOf(put)).toMatchObject([{ code: 'forbidden', details: { coding: [{ code: 'patient-link' }] }, expression: ['Patient.link'] }]);
    expect((await ana().patch('Patient/ana', [{ op: 'add', path: '/link', value: link(type) }])).status).toBe(403);
    expect((await everything().get('Patient/ana')).body).toEqual(body);
  });

  it('a link that stands is neither changed nor removed, and all else may be', async () => {
    const { body } = await everything().put('Patient/ana', { ...(await everything().get('Patient/ana')).body, link: link('seealso') });
    const without = { ...body, link: undefined };
    const removed = await ana().put('Patient/ana', without);
    expect([removed.status, issuesOf(removed)[0]?.expression]).toEqual([403, ['Patient']]);
    expect((await ana().put('Patient/ana', { ...body, link: link('replaced-by') })).status).toBe(403);
    expect((await ana().put('Patient/ana', { ...body, gender: 'female' })).status).toBe(200);
    expect((await clinic.as('user/Patient.u', { patient: 'ana' }).put('Patient/ana', without)).status).toBe(200);
  });
});
