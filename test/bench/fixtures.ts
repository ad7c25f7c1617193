import type { Claim, ClaimResponse, ClaimResponseItemAdjudication, Coverage, ExplanationOfBenefit, Organization, Patient, Practitioner, RelatedPerson } from 'fhir/r4.js';

const OURS = 'https://cobalt.example/fhir/StructureDefinition';
const ADJUDICATION = 'http://terminology.hl7.org/CodeSystem/adjudication';
const C4BB = 'http://hl7.org/fhir/us/carin-bb/CodeSystem';

const usd = (value: number): { value: number; currency: 'USD' } => ({ value, currency: 'USD' });
const row = (code: string, amount: number): ClaimResponseItemAdjudication => ({ category: { coding: [{ system: ADJUDICATION, code }] }, amount: usd(amount) });
const adjustment = (group: string, reason: string, amount: number): ClaimResponseItemAdjudication => ({
  category: { coding: [{ system: `${C4BB}/C4BBAdjudicationDiscriminator`, code: 'adjustmentreason' }, { system: 'https://x12.org/codes/claim-adjustment-group-codes', code: group }] },
  reason: { coding: [{ system: 'https://x12.org/codes/claim-adjustment-reason-codes', code: reason }] },
  amount: usd(amount),
});

/** Six services of 100.00, each: allowed 80.00, paid 60.00, CO-45 20.00, PR-2 20.00. */
const LINES = [1, 2, 3, 4, 5, 6];
const SERVICES = ['99214', '93000', '85025', '80053', '36415', '90471'];
const decided = (): ClaimResponseItemAdjudication[] => [row('submitted', 100), row('eligible', 80), adjustment('CO', '45', 20), adjustment('PR', '2', 20), row('benefit', 60)];

/** An EOB of about 4.7 KB, valid R4, for the REST bench. */
export function explanationOfBenefit(patient: number): ExplanationOfBenefit {
  return {
    resourceType: 'ExplanationOfBenefit',
    identifier: [{ type: { coding: [{ system: `${C4BB}/C4BBIdentifierType`, code: 'uc' }] }, system: 'https://payers.example/bench/claim', value: `ICN-${patient}` }],
    status: 'active',
    type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/claim-type', code: 'professional' }] },
    use: 'claim',
    patient: { reference: `Patient/bench-${patient}` },
    billablePeriod: { start: '2026-02-05', end: '2026-02-05' },
    created: '2026-02-24',
    insurer: { reference: 'Organization/bench-payer' },
    provider: { reference: 'Organization/bench-clinic' },
    outcome: 'complete',
    careTeam: [{ sequence: 1, provider: { reference: 'Practitioner/bench' } }],
    insurance: [{ focal: true, coverage: { reference: `Coverage/bench-${patient}` } }],
    item: LINES.slice(0, 4).map((sequence) => ({
      sequence,
      productOrService: { coding: [{ system: 'http://www.ama-assn.org/go/cpt', code: SERVICES[sequence - 1] ?? '' }] },
      servicedDate: '2026-02-05',
      quantity: { value: 1 },
      net: usd(100),
      adjudication: decided(),
    })),
    total: [
      { category: { coding: [{ system: ADJUDICATION, code: 'submitted' }] }, amount: usd(400) },
      { category: { coding: [{ system: ADJUDICATION, code: 'benefit' }] }, amount: usd(240) },
    ],
    payment: { date: '2026-02-24', amount: usd(240) },
  };
}

export interface EngineInput {
  readonly claim: Claim;
  readonly decision: ClaimResponse;
  readonly coverages: Coverage[];
  readonly patient: Patient;
  readonly relatedPersons: RelatedPerson[];
  readonly organizations: Organization[];
  readonly practitioners: Practitioner[];
}

const coverage = (id: string, kind: string, subscriber: string, relationship: string, extra: Partial<Coverage> = {}): Coverage => ({
  resourceType: 'Coverage',
  id,
  extension: [
    { url: `${OURS}/payer-kind`, valueCode: kind },
    ...(kind === 'group-health' ? [{ url: `${OURS}/employment`, extension: [{ url: 'basis', valueCode: 'active' }, { url: 'employerSize', valuePositiveInt: 240 }] }] : []),
  ],
  status: 'active',
  subscriber: { reference: subscriber },
  subscriberId: `M-${id}`,
  beneficiary: { reference: 'Patient/p' },
  relationship: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/subscriber-relationship', code: relationship }] },
  period: { start: '2020-01-01' },
  payor: [{ reference: `Organization/payer-${id}` }],
  ...extra,
});

const payer = (id: string): Organization => ({
  resourceType: 'Organization',
  id: `payer-${id}`,
  identifier: [{ type: { coding: [{ system: `${C4BB}/C4BBIdentifierType`, code: 'payerid' }] }, system: 'https://payers.example/id', value: id.toUpperCase() }],
  active: true,
  name: `Payer ${id}`,
});

/** A claim of six lines and its primary decision; own employer plan, spouse's employer plan, Medicaid. */
export function engineInput(): EngineInput {
  return {
    claim: {
      resourceType: 'Claim',
      id: 'c',
      identifier: [{ type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'PLAC' }] }, system: 'https://clinic.example/claim', value: 'BENCH-1' }],
      status: 'active',
      type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/claim-type', code: 'professional' }] },
      use: 'claim',
      patient: { reference: 'Patient/p' },
      billablePeriod: { start: '2026-02-05', end: '2026-02-05' },
      created: '2026-02-05',
      insurer: { reference: 'Organization/payer-own' },
      provider: { reference: 'Organization/clinic' },
      priority: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/processpriority', code: 'normal' }] },
      diagnosis: [{ sequence: 1, diagnosisCodeableConcept: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'I10' }] } }],
      insurance: [
        { sequence: 1, focal: true, coverage: { reference: 'Coverage/own' } },
        { sequence: 2, focal: false, coverage: { reference: 'Coverage/spouse' } },
        { sequence: 3, focal: false, coverage: { reference: 'Coverage/medicaid' } },
      ],
      item: LINES.map((sequence) => ({
        sequence,
        diagnosisSequence: [1],
        productOrService: { coding: [{ system: 'http://www.ama-assn.org/go/cpt', code: SERVICES[sequence - 1] ?? '' }] },
        servicedDate: '2026-02-05',
        quantity: { value: 1 },
        unitPrice: usd(100),
        net: usd(100),
      })),
      total: usd(600),
    },
    decision: {
      resourceType: 'ClaimResponse',
      id: 'cr',
      identifier: [{ type: { coding: [{ system: `${C4BB}/C4BBIdentifierType`, code: 'uc' }] }, system: 'https://payers.example/own/claim', value: 'ICN-1' }],
      status: 'active',
      type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/claim-type', code: 'professional' }] },
      use: 'claim',
      patient: { reference: 'Patient/p' },
      created: '2026-02-24',
      insurer: { reference: 'Organization/payer-own' },
      request: { reference: 'Claim/c' },
      outcome: 'complete',
      item: LINES.map((itemSequence) => ({ itemSequence, adjudication: decided() })),
      total: [
        { category: { coding: [{ system: ADJUDICATION, code: 'submitted' }] }, amount: usd(600) },
        { category: { coding: [{ system: ADJUDICATION, code: 'benefit' }] }, amount: usd(360) },
      ],
      payment: { type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/ex-paymenttype', code: 'complete' }] }, date: '2026-02-24', amount: usd(360) },
      insurance: [{ sequence: 1, focal: true, coverage: { reference: 'Coverage/own' } }],
    },
    coverages: [
      coverage('own', 'group-health', 'Patient/p', 'self'),
      coverage('spouse', 'group-health', 'RelatedPerson/s', 'spouse'),
      coverage('medicaid', 'medicaid', 'Patient/p', 'self'),
    ],
    patient: { resourceType: 'Patient', id: 'p', name: [{ family: 'Bench', given: ['Ada'] }], gender: 'female', birthDate: '1979-06-05' },
    relatedPersons: [{ resourceType: 'RelatedPerson', id: 's', patient: { reference: 'Patient/p' }, birthDate: '1978-03-02' }],
    organizations: [payer('own'), payer('spouse'), payer('medicaid')],
    practitioners: [],
  };
}
