import type { Coverage, FhirResource, Organization, Parameters, Patient, RelatedPerson } from 'fhir/r4.js';
import type { CobInput, CobOrder, RelatedCause } from '../../src/cob/index.js';

/** The input of the engine from the `Parameters` of a type-level `$cob-order`. */
export function inputFrom({ parameter = [] }: Parameters): CobInput {
  const resources = parameter.flatMap(({ resource }) => resource ?? []);
  const of = <T extends FhirResource>(type: T['resourceType']): T[] => resources.filter((resource): resource is T => resource.resourceType === type);
  const value = (name: string) => parameter.find((candidate) => candidate.name === name);
  return {
    coverages: of<Coverage>('Coverage'),
    patient: of<Patient>('Patient')[0],
    relatedPersons: of<RelatedPerson>('RelatedPerson'),
    organizations: of<Organization>('Organization'),
    date: value('date')?.valueDate ?? '',
    benefitType: value('benefitType')?.valueCode ?? 'medical',
    relatedCause: (value('relatedCause')?.valueCode ?? 'none') as RelatedCause,
    vaAuthorized: value('vaAuthorized')?.valueBoolean,
  };
}

/** An answer of the engine as `$cob-order` gives it, as far as cases compare it. */
export function parametersFrom(order: CobOrder): Parameters {
  const reference = (coverage: string) => ({ name: 'coverage', valueReference: { reference: coverage } });
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'status', valueCode: order.status },
      ...order.ranked.map(({ coverage, rule }) => ({ name: 'ranked', part: [reference(coverage), { name: 'rule', valueCode: rule }] })),
      ...order.excluded.map(({ coverage, code }) => ({ name: 'excluded', part: [reference(coverage), { name: 'code', valueCode: code }] })),
      ...order.missing.map(({ coverage, question, expression }) => ({ name: 'missing', part: [reference(coverage), { name: 'question', valueString: question }, { name: 'expression', valueString: expression }] })),
      ...order.conflict.map(({ coverage }) => ({ name: 'conflict', part: [reference(coverage)] })),
      { name: 'equalSharing', valueBoolean: order.equalSharing },
    ],
  };
}
