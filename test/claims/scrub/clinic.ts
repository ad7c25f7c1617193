import type { Claim, ClaimResponse, Coverage, CoverageEligibilityResponse, DocumentReference, Organization, Patient } from 'fhir/r4.js';
import type { CobOrder } from '../../../src/cob/index.js';
import type { ScrubInput } from '../../../src/claims/scrub/index.js';
import { kindOf } from '../../../src/work/payer-kind.js';
import { digest } from '../../cases/derive-input.js';
import { claimResponse, usd } from '../decisions.js';
import { on, order, ranked } from '../derive/clinic.js';

/** A visit that the first payer has decided, and the claim to the second: nothing is wrong with it until a test breaks something. */

export const OURS = 'https://cobalt.example/fhir/StructureDefinition';
export const AS_OF = '2026-03-10';
export const DATE = '2026-02-05';

export interface Visit {
  /** The claim that is scrubbed. */
  claim: Claim;
  /** The claim to the first payer. */
  first: Claim;
  /** Other claims of the patient. */
  others: Claim[];
  /** The first payer's decision; it pays 80.00 and 48.00, and leaves 20.00 and 12.00 to the patient. */
  decision: ClaimResponse;
  laterDecisions: ClaimResponse[];
  patient: Patient;
  coverages: [Coverage, Coverage, ...Coverage[]];
  payers: [Organization, Organization, ...Organization[]];
  clinic: Organization;
  documents: DocumentReference[];
  eligibility: CoverageEligibilityResponse[];
  order: CobOrder;
  asOf: string;
}

const coverage = (id: string): Coverage => ({
  resourceType: 'Coverage', id, status: 'active', beneficiary: { reference: 'Patient/p' }, subscriber: { reference: 'Patient/p' }, subscriberId: `M-${id}`,
  relationship: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/subscriber-relationship', code: 'self' }] },
  extension: [{ url: `${OURS}/payer-kind`, valueCode: 'group-health' }], payor: [{ reference: `Organization/${id}-payer` }], period: { start: '2020-01-01' },
});
const payer = (id: string): Organization => ({
  resourceType: 'Organization', id: `${id}-payer`, identifier: [{ type: { coding: [{ system: 'http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBIdentifierType', code: 'payerid' }] }, value: id }],
  extension: [{ url: `${OURS}/payer-rules`, extension: [{ url: 'source', valueString: 'contract' }] }],
});
const number = (value: string) => [{ type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'PLAC' }] }, system: 'urn:clinic', value }];
const place = { coding: [{ system: 'https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set', code: '11' }] };
const line = (sequence: number, charge: number, system: string, code: string) =>
  ({ sequence, diagnosisSequence: [1], productOrService: { coding: [{ system, code }] }, servicedDate: DATE, locationCodeableConcept: place, quantity: { value: 1 }, unitPrice: usd(charge), net: usd(charge) });

const firstClaim = (): Claim => ({
  resourceType: 'Claim', id: 'c', status: 'active', use: 'claim', type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/claim-type', code: 'professional' }] },
  identifier: number('A1047'), patient: { reference: 'Patient/p' }, billablePeriod: { start: DATE, end: DATE }, created: DATE, insurer: { reference: 'Organization/first-payer' },
  provider: { reference: 'Organization/clinic' }, priority: { coding: [{ code: 'normal' }] },
  diagnosis: [{ sequence: 1, diagnosisCodeableConcept: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'E11.9' }] } }],
  insurance: [{ sequence: 1, focal: true, coverage: { reference: 'Coverage/first' } }, { sequence: 2, focal: false, coverage: { reference: 'Coverage/second' } }],
  item: [line(1, 100, 'http://www.ama-assn.org/go/cpt', '99213'), line(2, 60, 'https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets', 'G0439')], total: usd(160),
});

export function visit(): Visit {
  const first = firstClaim();
  return {
    claim: {
      ...structuredClone(first), id: 'c2', status: 'draft', identifier: number('A1047S'), created: AS_OF, insurer: { reference: 'Organization/second-payer' },
      extension: [{ url: `${OURS}/claim-frequency`, valueCode: '1' }],
      related: [{ claim: { reference: 'Claim/c' }, relationship: { coding: [{ code: 'associated' }] } }],
      insurance: [
        { sequence: 1, focal: false, coverage: { reference: 'Coverage/first' }, claimResponse: { reference: 'ClaimResponse/d1' } },
        { sequence: 2, focal: true, coverage: { reference: 'Coverage/second' } },
      ],
    },
    first,
    others: [],
    decision: claimResponse({ id: 'd1', lines: [[['submitted', 100], ['benefit', 80], ['PR-2', 20]], [['submitted', 60], ['benefit', 48], ['PR-2', 12]]] }),
    laterDecisions: [],
    patient: { resourceType: 'Patient', id: 'p', name: [{ family: 'Aldergate', given: ['Mina'] }], birthDate: '1980-04-02', gender: 'female', address: [{ line: ['1 Elm Row'], city: 'Ashbury', state: 'CO' }] },
    coverages: [coverage('first'), coverage('second')],
    payers: [payer('first'), payer('second')],
    clinic: { resourceType: 'Organization', id: 'clinic', identifier: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: '1234567893' }] },
    documents: [],
    eligibility: [],
    order: order(ranked(['first'], ['second'])),
    asOf: AS_OF,
  };
}

export function inputOf({ claim, first, others, decision, laterDecisions, patient, coverages, payers, clinic, documents, eligibility, order: computed, asOf }: Visit): ScrubInput {
  return {
    claim, claims: [first, ...others], decisions: [decision, ...laterDecisions], coverages, asOf, digest, payerKindOf: kindOf, orders: [on(DATE, computed)],
    resources: [patient, ...payers, clinic, ...documents, ...eligibility],
  };
}

/** A third payer after the second, on the claim and in the order. */
export function addThird(it: Visit): void {
  it.coverages.push(coverage('third'));
  it.payers.push(payer('third'));
  it.claim.insurance.push({ sequence: 3, focal: false, coverage: { reference: 'Coverage/third' } });
  it.order = order(ranked(['first'], ['second'], ['third']));
}
