import type { Claim, Coverage, FhirResource, Organization, Patient, RelatedPerson } from 'fhir/r4.js';
import { benefitTypeOf, orderDates, relatedCauseOf } from '../../claims/derive/derive.js';
import type { DatedOrder } from '../../claims/derive/input.js';
import { orderBenefits } from '../../cob/index.js';

/** `$cob-order` for what a claim bills, on each date on which it may differ. */
export function ordersFor(claim: Claim, coverages: readonly Coverage[], resources: readonly FhirResource[]): DatedOrder[] {
  const patients = resources.filter((resource): resource is Patient => resource.resourceType === 'Patient');
  const patient = patients.find(({ id }) => claim.patient.reference === `Patient/${id ?? ''}`);
  const facts = {
    coverages,
    patient,
    relatedPersons: resources.filter((resource): resource is RelatedPerson => resource.resourceType === 'RelatedPerson'),
    organizations: resources.filter((resource): resource is Organization => resource.resourceType === 'Organization'),
    subscribers: patients.filter((other) => other !== patient),
    benefitType: benefitTypeOf(claim),
    relatedCause: relatedCauseOf(claim),
  };
  return orderDates(claim, coverages).map((date) => ({ date, order: orderBenefits({ ...facts, date }) }));
}
