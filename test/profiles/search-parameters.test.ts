import type { Bundle } from 'fhir/r4.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CANONICAL } from '../../src/fhir/canonical.js';
import { startTestServer, type TestServer } from '../http/server.js';
import { bundles } from '../seed/seed.js';

const entry = (id: string, source: string): object => ({
  resourceType: 'Basic', id, code: { coding: [{ system: `${CANONICAL}/CodeSystem/ledger`, code: 'charge' }] },
  extension: [{ url: `${CANONICAL}/StructureDefinition/entry-source`, extension: [{ url: 'resource', valueReference: { reference: source } }, { url: 'line', valuePositiveInt: 1 }] }],
});
const task = (id: string, deadline: string): object => ({ resourceType: 'Task', id, status: 'ready', intent: 'order', restriction: { period: { end: deadline } } });
const stay: object = {
  resourceType: 'ExplanationOfBenefit', id: 'stay', status: 'active', use: 'claim', type: { coding: [{ code: 'institutional' }] }, created: '2026-02-20', outcome: 'complete',
  patient: { reference: 'Patient/pat-moresby' }, insurer: { reference: 'Organization/payer-harborlight' }, provider: { reference: 'Organization/larkspur-clinic' }, insurance: [{ focal: true, coverage: { reference: 'Coverage/cov-moresby-own' } }],
  item: [{ sequence: 1, productOrService: { text: 'room' }, servicedPeriod: { start: '2026-02-01', end: '2026-02-04' } }],
};

describe('search parameters of our own find', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ operations: 'none' });
    for (const [, bundle] of bundles) expect((await server.post('', bundle)).status).toBe(200);
    const others: [string, object][] = [
      ['Basic/of-claim', entry('of-claim', 'Claim/clm-moresby-1')], ['Basic/of-response', entry('of-response', 'ClaimResponse/cr-moresby-1')],
      ['Task/soon', task('soon', '2026-11-25')], ['Task/later', task('later', '2027-02-01T12:00:00Z')], ['ExplanationOfBenefit/stay', stay],
    ];
    for (const [path, resource] of others) expect((await server.put(path, resource)).status).toBe(201);
  });
  afterAll(() => server.close());

  it.each([
    ['ExplanationOfBenefit?insurer=Organization/payer-tamarack', ['eob-dunmore-1', 'eob-hollis-1']],
    ['ExplanationOfBenefit?type=oral', ['eob-jardine-1']],
    ['ExplanationOfBenefit?service-date=2026-09-22', ['eob-dunmore-1']],
    ['ExplanationOfBenefit?service-date=2026-02', ['stay']],
    ['ExplanationOfBenefit?service-date=lt2026-08-01', ['eob-hollis-1', 'stay']],
    ['ExplanationOfBenefit?coverage=Coverage/cov-jardine-medical', ['eob-jardine-1']],
    ['Claim?coverage=Coverage/cov-lindqvist-medicare', ['clm-lindqvist-1', 'clm-lindqvist-2']],
    ['Coverage?payer-kind=medicaid', ['cov-ashdown-medicaid', 'cov-kestrel-medicaid']],
    ['Coverage?payer-kind=individual,workers-comp', ['cov-ibbotson-comp', 'cov-moresby-own']],
    ['Task?deadline=lt2026-12-01', ['soon']],
    ['Task?deadline=ge2026-12-01', ['later']],
    ['Basic?entry-source=Claim/clm-moresby-1', ['of-claim']],
    ['Basic?entry-source:ClaimResponse=cr-moresby-1', ['of-response']],
  ])('%s', async (query, ids) => {
    const { status, body } = await server.get(query);
    expect(status).toBe(200);
    expect((body as Bundle).entry?.map(({ resource }) => resource?.id).sort()).toEqual(ids);
  });
});
