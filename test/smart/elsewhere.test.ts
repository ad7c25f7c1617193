import type { Claim, Coverage, ExplanationOfBenefit, FhirResource, Patient } from 'fhir/r4.js';
import { afterEach, describe, expect, it } from 'vitest';
import { issuesOf } from '../http/server.js';
import { endpoint } from '../sync/household.js';
import { Peer } from '../sync/peer.js';
import { claim, coverage, families, guardedClinic, type Asking } from './clinic.js';

/** At which other server a resource is: whoever may say so under `patient/` brings another's record into this one. */
const clinic = guardedClinic(() => families);
const ana = (scope = 'patient/*.cruds'): Asking => clinic.as(scope, { patient: 'ana' });
const everything = (): Asking => clinic.as('system/*.cruds');

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const OURS = 'https://cobalt.example/fhir';
const upstream = { url: `${OURS}/StructureDefinition/upstream`, extension: [{ url: 'target', valueString: 'Patient/ben' }, { url: 'hash', valueString: 'x' }] };

describe('under patient/ it is not said', () => {
  it.each<[what: string, more: Partial<Patient>, expression: string]>([
    ['an address at another server', { identifier: [{ system: 'urn:mrn', value: 'ana' }, { system: 'https://payer.example/fhir', value: 'Patient/77' }] }, 'Patient.identifier[1]'],
    ['what a source is said to have stated', { meta: { extension: [upstream] } }, 'Patient.meta.extension[0]'],
    ['which source it came from', { meta: { tag: [{ system: 'urn:app', code: 'mine' }, { system: `${OURS}/NamingSystem/sync-source`, code: 'peer' }] } }, 'Patient.meta.tag[1]'],
  ])('%s', async (_what, more, expression) => {
    const { body } = await everything().get('Patient/ana');
    const answer = await ana('patient/Patient.ru').put('Patient/ana', { ...body, ...more });
    expect(answer.status, answer.text).toBe(403);
    expect(issuesOf(answer)).toMatchObject([{ code: 'forbidden', details: { coding: [{ code: 'known-elsewhere' }] }, expression: [expression] }]);
    expect((await everything().get('Patient/ana')).body).toEqual(body);
    expect((await clinic.as('user/Patient.u').put('Patient/ana', { ...body, ...more })).status).toBe(200);
    await everything().put('Patient/ana', body);
  });

  it('by a patch, or of what is made, neither', async () => {
    expect((await ana().patch('Patient/ana', [{ op: 'add', path: '/identifier/-', value: { system: 'https://payer.example/fhir', value: 'Patient/77' } }])).status).toBe(403);
    const made: readonly FhirResource[] = [
      { ...(coverage('x', 'ana', 'ana', 'payer') as Coverage), identifier: [{ system: 'https://ehr.example/fhir', value: 'Coverage/1' }] },
      { ...(claim('x', 'ana', 'cov-ana') as Claim), identifier: [{ system: 'http://ehr.example/fhir', value: 'Claim/1' }] },
    ];
    for (const resource of made) expect(issuesOf(await ana().post(resource.resourceType, resource))[0]?.details?.coding?.[0]?.code).toBe('known-elsewhere');
  });

  it('what stands there may stay or go, and identifiers that are no addresses come', async () => {
    const { body } = await everything().get('Patient/ana');
    const address = { system: 'https://payer.example/fhir', value: 'Patient/77' };
    const stood = (await everything().put('Patient/ana', { ...body, identifier: [address], meta: { extension: [upstream] } })).body as Patient;
    const changed = await ana().put('Patient/ana', { ...stood, gender: 'female', identifier: [{ system: 'https://clinic.example/card', value: '12' }, address] });
    expect(changed.status, changed.text).toBe(200);
    expect((await ana().put('Patient/ana', { ...stood, identifier: [{ ...address, value: 'Patient/78' }] })).status).toBe(403);
    expect((await ana().put('Patient/ana', body)).status).toBe(200);
  });
});

it('nobody gets what a payer’s system has of another by calling themselves that one', async () => {
  const peer = await Peer.start();
  open.push(peer);
  await peer.put<Patient>({ resourceType: 'Patient', id: 'member-ben', name: [{ family: 'Birch' }] });
  await peer.put<ExplanationOfBenefit>({
    resourceType: 'ExplanationOfBenefit', id: 'of-ben', status: 'active', use: 'claim', outcome: 'complete', created: '2026-02-24', type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/claim-type', code: 'professional' }] },
    patient: { reference: 'Patient/member-ben' }, insurer: { display: 'The payer' }, provider: { display: 'Clinic' }, insurance: [{ focal: true, coverage: { display: 'The plan' } }],
  });
  await everything().put('Endpoint/peer', endpoint(peer.base, { kind: 'payer', types: ['ExplanationOfBenefit'], organization: 'Organization/payer' }));
  const { body } = await ana().get('Patient/ana');
  expect((await ana().put('Patient/ana', { ...body, identifier: [{ system: peer.base, value: 'Patient/member-ben' }] })).status).toBe(403);
  expect((await everything().post('Endpoint/peer/$sync', { resourceType: 'Parameters' })).status).toBe(200);
  expect(JSON.stringify((await ana().get('ExplanationOfBenefit')).body)).not.toContain('of-ben');
  expect(peer.asked.filter((request) => request.includes('member-ben'))).toEqual([]);
});
