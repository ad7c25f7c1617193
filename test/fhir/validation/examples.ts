/* Valid resources that tests change in one place. */

export const coverage = {
  resourceType: 'Coverage',
  id: 'c1',
  status: 'active',
  beneficiary: { reference: 'Patient/1' },
  period: { start: '2024-01-01', end: '2024-12-31' },
  payor: [{ reference: 'Organization/1' }],
  class: [{ type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/coverage-class', code: 'group' }] }, value: '123' }],
  order: 1,
};

export const claim = {
  resourceType: 'Claim',
  status: 'active',
  type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/claim-type', code: 'professional' }] },
  use: 'claim',
  patient: { reference: 'Patient/1' },
  created: '2024-02-29',
  provider: { reference: 'Organization/2' },
  priority: { coding: [{ code: 'normal' }] },
  insurance: [{ sequence: 1, focal: true, coverage: { reference: '#cov' } }],
  contained: [{ ...coverage, id: 'cov' }],
  item: [
    {
      sequence: 1,
      productOrService: { coding: [{ system: 'http://www.ama-assn.org/go/cpt', code: '99213' }] },
      servicedDate: '2024-02-29',
      unitPrice: { value: 230, currency: 'USD' },
      quantity: { value: 1 },
    },
  ],
  total: { value: 230, currency: 'USD' },
};

export const patient = {
  resourceType: 'Patient',
  meta: { lastUpdated: '2024-05-31T10:00:00.000+02:00', profile: ['http://hl7.org/fhir/StructureDefinition/Patient'] },
  text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml"><p>one</p></div>' },
  extension: [{ url: 'http://example.org/known', extension: [{ url: 'part', valueString: 'a' }] }],
  identifier: [{ system: 'urn:oid:1.2.3', value: '1' }],
  name: [{ family: 'Test', given: ['A', null, 'C'], _given: [null, { extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'masked' }] }, { id: 'c' }] }],
  telecom: [{ system: 'phone', value: '555' }],
  birthDate: '1970-02-28',
  _birthDate: { extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/patient-birthTime', valueDateTime: '1970-02-28T01:00:00Z' }] },
  deceasedBoolean: false,
  photo: [{ contentType: 'image/png', data: 'QUJD\nREVG' }],
  contact: [{ name: { text: 'B' } }],
};

export const bundle = {
  resourceType: 'Bundle',
  type: 'transaction',
  entry: [
    { fullUrl: 'urn:uuid:c757873d-ec9a-4326-a141-556f43239520', resource: patient, request: { method: 'POST', url: 'Patient' } },
    { fullUrl: 'urn:uuid:c757873d-ec9a-4326-a141-556f43239521', resource: coverage, request: { method: 'POST', url: 'Coverage' } },
  ],
};

export const parameters = {
  resourceType: 'Parameters',
  parameter: [{ name: 'resource', resource: claim }, { name: 'asOf', valueDate: '2024-01-01' }, { name: 'policy', part: [{ name: 'x', valueBoolean: true }] }],
};
