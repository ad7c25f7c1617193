import type { Identifier } from 'fhir/r4.js';
import { SYSTEM } from './codes.js';
import type { Decision } from './read-header.js';

/** CARIN Blue Button, `C4BBSupportingInfoType`. */
const PATIENT_ACCOUNT_NUMBER = 'patientaccountnumber';

/** The provider's number of the claim as the payer gives it back (X12 CLP01): as identifier of the decision or of the claim that it names, or as CARIN Blue Button has it. */
export function accountNumbers(decision: Decision): string[] {
  const identifiers = [...(decision.identifier ?? []), ...(decision.resourceType === 'ClaimResponse' && decision.request?.identifier ? [decision.request.identifier] : [])];
  const information = decision.resourceType === 'ExplanationOfBenefit' ? (decision.supportingInfo ?? []) : [];
  return [
    ...identifiers.filter(isAccountNumber).flatMap(({ value }) => value ?? []),
    ...information.filter(({ category }) => category.coding?.some(({ code }) => code === PATIENT_ACCOUNT_NUMBER)).flatMap(({ valueString }) => valueString ?? []),
  ];
}

export const isAccountNumber = ({ type }: Identifier): boolean => type?.coding?.some(({ system, code }) => system === SYSTEM.identifierType && code === 'PLAC') ?? false;
