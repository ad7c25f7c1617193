import type { Coverage, FhirResource, Patient } from 'fhir/r4.js';
import { type CobInput, type CobOrder, orderBenefits, type RelatedCause } from '../../src/cob/index.js';
import type { Handler, Inputs, OperationContext, OutValues } from '../../src/fhir/operation/operation.js';
import { errors } from '../../src/fhir/outcome.js';
import { applyOrder } from './apply.js';
import { type CobResources, gatherInline, gatherStored, localTarget } from './gather.js';

/** `$cob-order`: which coverage pays first for a service, and why (domain/cob-rules.md §1). */
export const handle: Handler = async ({ level, target, in: inputs }, context) => {
  const gathered = level === 'instance' ? await gatherStored(target as Patient, context) : await gatherInline(coveragesOf(inputs, context), peopleAndPayorsOf(inputs), context);
  const order = orderBenefits({ ...gathered, ...serviceOf(inputs, context) });
  if (level === 'instance' && inputs.boolean('apply') === true) await applyOrder(order, gathered.coverages, context);
  return { out: answerOf(order) };
};

/** What is asked about. The definition has checked the codes. */
function serviceOf(inputs: Inputs, context: OperationContext): Omit<CobInput, keyof CobResources> {
  const date = inputs.string('date') ?? context.today();
  if (date.length !== 'YYYY-MM-DD'.length) throw errors.value('The date of service must be a full date, YYYY-MM-DD', inputs.one('date')?.expression);
  return {
    date,
    benefitType: inputs.string('benefitType') ?? 'medical',
    relatedCause: (inputs.string('relatedCause') ?? 'none') as RelatedCause,
    vaAuthorized: inputs.boolean('vaAuthorized'),
  };
}

/** The coverages of a type-level call: each can be named in the answer, and all are of one patient. */
function coveragesOf(inputs: Inputs, { baseUrl }: OperationContext): Coverage[] {
  const given = inputs.all('coverage');
  const ids = new Set<string>();
  const beneficiaries = new Set<string>();
  return given.map(({ value, expression }) => {
    const coverage = value as Coverage;
    if (!coverage.id) throw errors.businessRule('Each coverage needs an id, by which the answer names it', expression);
    if (ids.has(coverage.id)) throw errors.businessRule('Two coverages have the same id: give each its own', `${expression}.id`);
    const beneficiary = coverage.beneficiary.reference;
    beneficiaries.add(localTarget(beneficiary, baseUrl) ?? beneficiary ?? '');
    if (beneficiaries.size > 1) throw errors.businessRule('The coverages are of different patients: order them one patient at a time', `${expression}.beneficiary`);
    ids.add(coverage.id);
    return coverage;
  });
}

const ACCEPTED: ReadonlySet<string> = new Set(['Patient', 'RelatedPerson', 'Organization']);

function peopleAndPayorsOf(inputs: Inputs): FhirResource[] {
  return inputs.all('resource').map(({ value, expression }) => {
    const resource = value as FhirResource;
    if (!ACCEPTED.has(resource.resourceType)) throw errors.invalid('The parameter resource takes Patient, RelatedPerson and Organization', expression);
    return resource;
  });
}

/** The order by the names of the out parameters. */
export const answerOf = ({ status, ranked, excluded, missing, conflict, trace, equalSharing }: CobOrder): OutValues => ({ status, ranked, excluded, missing, conflict, trace, equalSharing });
