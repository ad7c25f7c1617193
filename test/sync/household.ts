import type { Coverage, Endpoint, FhirResource, Organization, Patient, RelatedPerson } from 'fhir/r4.js';
import { CANONICAL } from '../../src/claims/canonical.js';

/** What a health record holds of one patient: the person, who holds the plan, the payer and the coverage. */
export const household = (n: number): [Organization, Patient, RelatedPerson, Coverage] => [
  { resourceType: 'Organization', id: `payer-${n % 5}`, name: `Payer ${n % 5}` },
  { resourceType: 'Patient', id: `p${n}`, name: [{ family: `Family${n}`, given: ['Given'] }], birthDate: '1980-02-03', gender: 'female' },
  { resourceType: 'RelatedPerson', id: `r${n}`, patient: { reference: `Patient/p${n}` }, birthDate: '1978-05-06' },
  coverage(n),
];

export const coverage = (n: number, more: Partial<Coverage> = {}): Coverage => ({
  resourceType: 'Coverage', id: `c${n}`, status: 'active', subscriber: { reference: `RelatedPerson/r${n}` }, subscriberId: `M${n}`, beneficiary: { reference: `Patient/p${n}` },
  relationship: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/subscriber-relationship', code: 'spouse' }] },
  period: { start: '2026-01-01' }, payor: [{ reference: `Organization/payer-${n % 5}` }], ...more,
});

/** An Endpoint that is a source. */
export const endpoint = (address: string, { kind = 'ehr', clientId, types = ['Organization', 'Patient', 'RelatedPerson', 'Coverage'], organization, writeBack, group, pageOrigins = [], everySeconds }: {
  readonly kind?: 'ehr' | 'payer'; readonly clientId?: string | undefined; readonly types?: readonly string[]; readonly organization?: string; readonly writeBack?: boolean; readonly group?: string; readonly pageOrigins?: readonly string[]; readonly everySeconds?: number;
} = {}): Endpoint => ({
  resourceType: 'Endpoint', id: 'peer', status: 'active', connectionType: { system: 'http://terminology.hl7.org/CodeSystem/endpoint-connection-type', code: 'hl7-fhir-rest' }, payloadType: [{ text: 'FHIR' }], address,
  ...(organization === undefined ? {} : { managingOrganization: { reference: organization } }),
  extension: [{
    url: `${CANONICAL}/StructureDefinition/sync-source`,
    extension: [
      { url: 'kind', valueCode: kind },
      ...(clientId === undefined ? [] : [{ url: 'clientId', valueString: clientId }]),
      ...types.map((valueCode) => ({ url: 'resource', valueCode })),
      ...(everySeconds === undefined ? [] : [{ url: 'every', valueDuration: { value: everySeconds, unit: 's', system: 'http://unitsofmeasure.org', code: 's' } }]),
      ...(writeBack === undefined ? [] : [{ url: 'writeBack', valueBoolean: writeBack }]),
      ...pageOrigins.map((valueUrl) => ({ url: 'pageOrigin', valueUrl })),
      ...(group === undefined ? [] : [{ url: 'group', valueString: group }]),
    ],
  }],
});

/** What a resource says, apart from who keeps it and where it refers to: by this the two sides are compared. */
export function essence({ id: _id, meta: _meta, ...content }: FhirResource & { meta?: unknown }): unknown {
  return JSON.parse(JSON.stringify(content, (key, value: unknown) => (key === 'reference' && typeof value === 'string' ? value.split('/')[0] : value)));
}
