import type { Bundle, BundleEntry, FhirResource, Patient } from 'fhir/r4.js';
import type { Handler, OperationContext } from '../../src/fhir/operation/operation.js';
import { askedRecord, type AskedRecord } from './asked.js';
import { compartmentFrom } from './compartment.js';
import { referredTo } from './referred.js';

/** `$everything` (R4 §8.1.15.2): a patient's record, whole or a page of it. */
export const handle: Handler = async ({ target, in: inputs }, context) => {
  const patient = target as Patient;
  const asked = askedRecord(inputs, patient, context);
  const { resources: matches, next } = await compartmentFrom(patient, asked, context);
  const included = await referredTo(matches, asked, context);
  const link = next ? [{ relation: 'next', url: pageUrl(patient, asked, next, context) }] : [];
  const entry = [...matches.map((resource) => entryOf(resource, 'match', context)), ...included.map((resource) => entryOf(resource, 'include', context))];
  const isWhole = !next && asked.after === undefined;
  const resource: Bundle = {
    resourceType: 'Bundle',
    type: 'searchset',
    timestamp: context.now().toISOString(),
    ...(isWhole ? { total: matches.length } : {}),
    ...(link.length > 0 ? { link } : {}),
    ...(entry.length > 0 ? { entry } : {}),
  };
  return { resource };
};

const entryOf = (resource: FhirResource, mode: 'match' | 'include', { baseUrl }: OperationContext): BundleEntry =>
  ({ fullUrl: `${baseUrl}/${resource.resourceType}/${resource.id ?? ''}`, resource, search: { mode } });

/** Leads on behind the last resource of this page; what was asked stands sealed in it. */
function pageUrl({ id = '' }: Patient, { parameters }: AskedRecord, [type, last]: readonly [string, string], { baseUrl, pages }: OperationContext): string {
  return `${baseUrl}/Patient/${id}/$everything?_page=${pages.seal({ type: 'Patient', parameters, cursor: ['$everything', id, type, last] })}`;
}
