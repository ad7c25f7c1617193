import type { Account, Basic, Bundle, Coverage, ExplanationOfBenefit, OperationOutcome, Patient } from 'fhir/r4.js';
import { afterEach, describe, expect, it } from 'vitest';
import { toBasic } from '../../src/claims/ledger/entry.js';
import { localId } from '../../src/sync/identity.js';
import { upstreamOf } from '../../src/sync/upstream.js';
import { coverage, endpoint } from './household.js';
import { all, closeAll, sync, world, type World } from './world.js';

afterEach(closeAll);

/** Has the source answer its searches of a type otherwise than it would. */
function answering(w: World, type: string, change: (bundle: Bundle) => void): void {
  const search = w.peer.repository.search.bind(w.peer.repository);
  w.peer.repository.search = (async (request: { resourceType: string }) => {
    const bundle = structuredClone(await search(request as never)) as Bundle;
    if (request.resourceType === type) change(bundle);
    return bundle;
  }) as never;
}

const targets = async ({ server }: World, type: 'Coverage' | 'Account' = 'Coverage'): Promise<(string | undefined)[]> => (await all<Coverage | Account>(server, type)).map((one) => upstreamOf(one)?.target).sort();
const letters = async ({ server }: World): Promise<(string | undefined)[]> =>
  (await all<Basic>(server, 'Basic?code=dead-letter')).map(({ extension }) => extension?.[0]?.extension?.find(({ url }) => url === 'target')?.valueString).sort();
const codes = (outcome: OperationOutcome | undefined): unknown[] => (outcome?.issue ?? []).map(({ details }) => details?.coding?.[0]?.code);

describe('one of a page that no FHIR server should send keeps nothing else waiting, and is a dead letter', () => {
  it.each<[string, unknown, readonly string[]]>([
    ['meta is null', { ...coverage(9), meta: null }, ['Coverage/c9']],
    ['meta is a text', { ...coverage(9), meta: 'x' }, ['Coverage/c9']],
    ['meta.tag is an object', { ...coverage(9), meta: { tag: {} } }, ['Coverage/c9']],
    ['meta.tag holds null', { ...coverage(9), meta: { tag: [null] } }, ['Coverage/c9']],
    ['meta.security is a number', { ...coverage(9), meta: { security: 5 } }, ['Coverage/c9']],
    ['meta.extension is an object', { ...coverage(9), meta: { extension: {} } }, ['Coverage/c9']],
    ['meta.lastUpdated is a number', { ...coverage(9), meta: { lastUpdated: 5 } }, ['Coverage/c9']],
    ['meta.lastUpdated is no instant', { ...coverage(9), meta: { lastUpdated: '2026-01-01T00:00:00' } }, ['Coverage/c9']],
    ['id is a number', { ...coverage(9), id: 9 }, ['Coverage/(none)']],
    ['id is empty', { ...coverage(9), id: '' }, ['Coverage/(none)']],
    ['id has a slash', { ...coverage(9), id: 'a/b' }, ['Coverage/a/b']],
    ['id is too long', { ...coverage(9), id: 'x'.repeat(65) }, [`Coverage/${'x'.repeat(65)}`]],
    ['no id', { ...coverage(9), id: undefined }, ['Coverage/(none)']],
    ['beneficiary is null', { ...coverage(9), beneficiary: null }, ['Coverage/c9']],
    ['a reference is a number', { ...coverage(9), beneficiary: { reference: 5 } }, ['Coverage/c9']],
    ['payor is no list', { ...coverage(9), payor: { reference: 'Organization/1' } }, ['Coverage/c9']],
    ['a resource is a text', 'hello', []],
    ['a resource is of no type', { id: 'x' }, []],
  ])('%s', async (_what, bad, expected) => {
    const w = await world({ households: 2 });
    answering(w, 'Coverage', (bundle) => void (bundle.entry ??= []).unshift({ resource: bad as never }));
    const { outcome, checkpoint } = await sync(w);
    expect([outcome, checkpoint !== undefined, await targets(w), await letters(w)]).toEqual([undefined, true, ['Coverage/c0', 'Coverage/c1'], expected]);
  });

  const whole = [{ resource: coverage(0) }, { resource: coverage(1) }];
  it.each<[string, object]>([
    ['an entry is null', { entry: [null, ...whole] }],
    ['an entry is a number', { entry: [5, ...whole] }],
    ['a link is null', { link: [null], entry: whole }],
    ['links are no list', { link: { relation: 'next', url: 5 }, entry: whole }],
    ['an issue is null', { entry: [{ search: { mode: 'outcome' }, resource: { resourceType: 'OperationOutcome', issue: [null, { details: 5 }, { details: { coding: [null, { code: 5 }] } }] } }, ...whole] }],
  ])('%s', async (_what, page) => {
    const w = await world({ households: 2 });
    w.plan = (request) => (request.startsWith('GET /fhir/Coverage') ? { status: 200, body: { resourceType: 'Bundle', type: 'searchset', ...page } } : undefined);
    expect([(await sync(w)).outcome, await targets(w)]).toEqual([undefined, ['Coverage/c0', 'Coverage/c1']]);
  });

  it.each(['without insurance', 'without a patient', 'with supportingInfo of no category', 'with insurance of no coverage'])('a payer’s decision %s', async (what) => {
    const w = await world({ source: { kind: 'payer', types: ['ExplanationOfBenefit'], organization: 'Organization/payer' } });
    await w.server.put('Organization/payer', { resourceType: 'Organization', id: 'payer', name: 'Payer' });
    await w.server.put('Patient/ours', { resourceType: 'Patient', id: 'ours', identifier: [{ system: w.proxy.base, value: 'Patient/m' }] } satisfies Patient);
    const whole: ExplanationOfBenefit = {
      resourceType: 'ExplanationOfBenefit', id: 'e', status: 'active', use: 'claim', outcome: 'complete', created: '2026-02-24', type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/claim-type', code: 'professional' }] },
      patient: { reference: 'Patient/m' }, insurer: { display: 'Payer' }, provider: { display: 'Clinic' }, insurance: [{ focal: true, coverage: { reference: 'Coverage/m' } }],
    };
    const lacks = { 'without insurance': { insurance: undefined }, 'without a patient': { patient: undefined }, 'with supportingInfo of no category': { supportingInfo: [{ sequence: 1 }] }, 'with insurance of no coverage': { insurance: [{ focal: true }] } }[what];
    answering(w, 'ExplanationOfBenefit', (bundle) => void (bundle.entry = [{ resource: { ...whole, ...lacks } as never }, { resource: { ...whole, id: 'f' } }]));
    const { outcome } = await sync(w);
    expect([outcome, (await all<ExplanationOfBenefit>(w.server, 'ExplanationOfBenefit')).map((one) => upstreamOf(one)?.target), await letters(w)]).toEqual([undefined, ['ExplanationOfBenefit/f'], ['ExplanationOfBenefit/e']]);
  });
});

it('of a page in which one resource says the same twice the others are taken', async () => {
  const w = await world({ households: 2 });
  const twice = JSON.stringify(coverage(9)).replace('{', '{"status":"draft",');
  const page = `{"resourceType":"Bundle","type":"searchset","link":[],"entry":[{"resource":${twice}},{"resource":${JSON.stringify({ ...coverage(1), costToBeneficiary: [{ valueMoney: { value: 'TEN', currency: 'USD' } }] }).replace('"TEN"', '10.00')}}]}`;
  w.plan = (request) => (request.startsWith('GET /fhir/Coverage') ? { status: 200, text: page } : undefined);
  expect([(await sync(w)).outcome, await targets(w), await letters(w)]).toEqual([undefined, ['Coverage/c1'], ['Coverage/c9']]);
  expect((await w.server.get(`Coverage/${localId(w.proxy.base, 'Coverage', 'c1')}`)).text).toContain('"value":10.00');
});

it.each<[string, unknown]>([
  ['entries that are no list', { resourceType: 'Bundle', type: 'searchset', entry: { resource: coverage(3) } }],
  ['what is no Bundle', { resourceType: 'Patient', id: 'x' }],
  ['null', null],
])('%s: it is said of its type, and the types after it are looked at', async (_what, body) => {
  const w = await world({ households: 2 });
  w.plan = (request) => (request.startsWith('GET /fhir/RelatedPerson') ? { status: 200, body } : undefined);
  expect([codes((await sync(w)).outcome), await targets(w)]).toEqual([['source-unreadable'], ['Coverage/c0', 'Coverage/c1']]);
});

it('what a rule of ours forbids is a dead letter, and the others of its page are taken: an account that has a balance is not closed', async () => {
  const w = await world({ households: 1, source: { types: ['Patient', 'Account', 'Coverage'] } });
  const account = (id: string, status: Account['status']): Account => ({ resourceType: 'Account', id, status, subject: [{ reference: 'Patient/p0' }] });
  await w.peer.put(account('a1', 'active'));
  await sync(w);
  const here = `Account/${localId(w.proxy.base, 'Account', 'a1')}`;
  expect((await w.server.post('Basic', { ...toBasic({ id: 'e1', code: 'charge', account: here, claim: 'Claim/x', source: 'Claim/x', amount: 10_000, at: '2026-01-01', posted: '2026-01-01', lines: [], reason: 'x' } as never), id: undefined })).status).toBe(201);
  await w.peer.put(account('a1', 'inactive'));
  await w.peer.put(account('a2', 'active'));
  await w.peer.put(coverage(0, { subscriberId: 'later' }));
  for (let runs = 0; runs < 2; runs++) expect((await sync(w)).outcome).toBeUndefined();
  expect([await targets(w, 'Account'), (await w.server.get(here)).body.status, await letters(w), (await all<Coverage>(w.server, 'Coverage'))[0]?.subscriberId]).toEqual([['Account/a1', 'Account/a2'], 'active', ['Account/a1'], 'later']);
  expect((await w.server.put('Endpoint/peer', endpoint(w.proxy.base, { types: ['Patient', 'Account', 'Coverage'] }))).status).toBe(200);
});
