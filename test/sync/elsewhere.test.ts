import type { ExplanationOfBenefit, FhirResource, Patient, Practitioner } from 'fhir/r4.js';
import { describe, expect, it } from 'vitest';
import { localId } from '../../src/sync/identity.js';
import type { TestServer } from '../http/server.js';
import { all, inShort, store, visit, work } from '../work/automation/visit.js';
import { endpoint } from './household.js';
import { pairs, sync, type Pair } from './pairs.js';
import { explanation, member } from './payer-system.js';

const world = pairs();

const NPI = 'http://hl7.org/fhir/sid/us-npi';
/** Of the clinic of `visit`, and of others. */
const [OURS, PHARMACY, DOCTOR] = ['1234567893', '1558444216', '1679576722'];
const byNpi = (value: string): object => ({ identifier: { system: NPI, value } });
const practitioner = (id: string, value: string): Practitioner => ({ resourceType: 'Practitioner', id, identifier: [{ system: NPI, value }] });

/** What a member had at a pharmacy, as the payer tells it. */
const atPharmacy = (id: string, more: object = {}): ExplanationOfBenefit =>
  explanation('', { id, identifier: [{ type: { coding: [{ system: 'http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBIdentifierType', code: 'uc' }] }, value: `ICN-${id}` }], supportingInfo: [], provider: byNpi(PHARMACY), ...more });

async function payer(...others: readonly FhirResource[]): Promise<Pair> {
  const { peer, server } = await world();
  await store(server, [...visit('h1'), ...others]);
  await server.put('Endpoint/peer', endpoint(peer.base, { kind: 'payer', types: ['ExplanationOfBenefit'], organization: 'Organization/h1-first-payer' }));
  await peer.put(member((await server.get('Patient/h1-p')).body as Patient, 'member-7'));
  return { peer, server };
}

/** A claim with a doctor in its care team whom a source has brought. */
const withDoctor = (role: object): FhirResource[] => [
  { ...practitioner('h2-doctor', DOCTOR), meta: { extension: [{ url: 'https://cobalt.example/fhir/StructureDefinition/upstream', extension: [{ url: 'target', valueString: 'Practitioner/1' }, { url: 'hash', valueString: 'x' }] }] } },
  ...visit('h2', { claim: { careTeam: [{ sequence: 1, provider: { reference: 'Practitioner/doctor' }, role }] } }),
];
const TASK = 'match-remittance claim-unknown ready';
const number = (value: string): object => ({ supportingInfo: [{ sequence: 1, category: { coding: [{ system: 'http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBSupportingInfoType', code: 'patientaccountnumber' }] }, valueString: value }] });
const asked = async (server: TestServer): Promise<string[]> => inShort(await work(server, 'h1'));

describe('what a payer tells of a member’s history', () => {
  it('at other providers is kept, and nobody is asked about it', async () => {
    const { peer, server } = await payer();
    for (let n = 0; n < 25; n++) await peer.put(atPharmacy(`rx-${n}`));
    await sync(server);
    expect([await asked(server), (await all(server, 'ExplanationOfBenefit?patient=Patient/h1-p')).length]).toEqual([[], 25]);
  });

  it.each<[string, object, string[], FhirResource[]]>([
    ['another’s number of another form', number('RX 12/9'), [], []],
    ['another provider and the member as payee', { payee: { type: { text: 'subscriber' }, party: { reference: 'Patient/member-7' } } }, [], []],
    ['a contained provider', { contained: [practitioner('doc', DOCTOR)], provider: { reference: '#doc' } }, [], []],
    ['a doctor who refers to us', { provider: byNpi(DOCTOR) }, [], withDoctor({ coding: [{ code: 'referring' }] })],
    ['a doctor who treats here', { provider: byNpi(DOCTOR) }, [TASK], withDoctor({ coding: [{ code: 'rendering' }] })],

    ['our provider', { provider: byNpi(OURS) }, [TASK], []],
    ['our provider as payee', { payee: { type: { text: 'provider' }, party: byNpi(OURS) } }, [TASK], []],
    ['a provider whose NPI is not stated', { provider: { display: 'Clinic' } }, [TASK], []],
    ['a payee whose NPI is not stated', { payee: { type: { text: 'provider' }, party: { display: 'Clinic' } } }, [TASK], []],
    ['a provider who stands here by itself', { provider: byNpi(DOCTOR) }, [TASK], [practitioner('new', DOCTOR)]],
    ['a number of the form of ours', number('K-x77'), [TASK], []],
    ['a number that is known here, of another patient', number('OTHER FORM/1'), [TASK], visit('h2', { claim: { identifier: [{ type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'PLAC' }] }, value: 'OTHER FORM/1' }] } })],
  ])('with %s', async (_what, more, expected, others) => {
    const { peer, server } = await payer(...others);
    await peer.put(atPharmacy('rx', more));
    await sync(server);
    expect([await asked(server), (await all(server, 'ExplanationOfBenefit')).length]).toEqual([expected, 1]);
  });

  it('is asked about while no provider of ours is known by an NPI', async () => {
    const { peer, server } = await payer();
    await server.put('Organization/h1-clinic', { resourceType: 'Organization', id: 'h1-clinic', name: 'Clinic' });
    await peer.put(atPharmacy('rx'));
    await sync(server);
    expect(await asked(server)).toEqual([TASK]);
  });

  it('is asked about where it came otherwise', async () => {
    const { server } = await payer();
    await store(server, [{ ...atPharmacy('posted', { supportingInfo: undefined }), patient: { reference: 'Patient/h1-p' }, insurance: [{ focal: true, coverage: { reference: 'Coverage/h1-first' } }], insurer: { reference: 'Organization/h1-first-payer' } }]);
    await server.drain();
    expect(await asked(server)).toEqual([TASK]);
  });

  it('and turns out to be ours is asked about, and not any more when it turns out to be another’s', async () => {
    const { peer, server } = await payer();
    await peer.put(atPharmacy('rx', { provider: { display: 'Clinic' } }));
    await sync(server);
    expect(await asked(server)).toEqual([TASK]);
    await peer.put(atPharmacy('rx'));
    await sync(server);
    expect(await asked(server)).toEqual([]);
    await peer.put(atPharmacy('rx', { provider: byNpi(OURS) }));
    await sync(server);
    expect(await asked(server)).toEqual([TASK]);
    expect((await server.get(`ExplanationOfBenefit/${localId(peer.base, 'ExplanationOfBenefit', 'rx')}`)).status).toBe(200);
  });
});
