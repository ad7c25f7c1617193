import type { Organization, Patient, RelatedPerson } from 'fhir/r4.js';
import { benefitTypeOf, orderDates, relatedCauseOf } from '../../claims/derive/derive.js';
import { chainOf } from '../../claims/derive/chain.js';
import { answersOf } from '../../claims/derive/decided.js';
import { indexOf, type DatedOrder, type DeriveInput } from '../../claims/derive/input.js';
import { doubtOf, orderBenefits } from '../../cob/index.js';

/** What a derivation is made from, before anybody asks for the order of benefits. */
export type Facts = Pick<DeriveInput, 'claim' | 'claims' | 'decisions' | 'coverages' | 'coveragesThen' | 'resources'>;

/** `$cob-order` for what a claim bills, on each date on which it may differ. */
export function ordersFor({ claim, claims, decisions, coverages, resources }: Facts): DatedOrder[] {
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
    // Only a coverage in doubt is looked at by this.
    decided: coverages.some(doubtOf) ? new Set(answersOf(decisions, chainOf(claim, claims), coverages, indexOf(resources)).answers.flatMap(({ adjudication }) => adjudication.coverage ?? [])) : undefined,
  };
  return orderDates(claim, coverages).map((date) => ({ date, order: orderBenefits({ ...facts, date }) }));
}
