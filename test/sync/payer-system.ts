import type { ExplanationOfBenefit, Patient } from 'fhir/r4.js';
import { decided } from '../work/automation/visit.js';

/** What the payer decided about the visit of `visit`, under an account number. */
export const explanation = (number: string, more: object = {}): ExplanationOfBenefit => {
  const { item = [], total } = decided('x') as never as { item?: { itemSequence: number; adjudication: unknown[] }[]; total?: unknown };
  return {
    resourceType: 'ExplanationOfBenefit', id: 'eob-1', status: 'active', use: 'claim', outcome: 'complete', created: '2026-02-24', type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/claim-type', code: 'professional' }] },
    identifier: [{ type: { coding: [{ system: 'http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBIdentifierType', code: 'uc' }] }, value: 'ICN-1' }],
    patient: { reference: 'Patient/member-7' }, insurer: { reference: 'Organization/self', display: 'The payer' }, provider: { display: 'Clinic' },
    insurance: [{ focal: true, coverage: { reference: 'Coverage/member-7' } }],
    supportingInfo: [{ sequence: 1, category: { coding: [{ system: 'http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBSupportingInfoType', code: 'patientaccountnumber' }] }, valueString: number }],
    item: item.map(({ itemSequence, adjudication }) => ({ sequence: itemSequence, productOrService: { text: 'service' }, adjudication })) as never,
    ...(total === undefined ? {} : { total: total as never }), ...more,
  };
};

/** A patient of ours as the payer knows them. */
export const member = ({ name, birthDate, gender }: Patient, id: string, more: Partial<Patient> = {}): Patient => ({ resourceType: 'Patient', id, ...(name ? { name } : {}), ...(birthDate === undefined ? {} : { birthDate }), ...(gender ? { gender } : {}), identifier: [{ value: 'M-first' }], ...more });
