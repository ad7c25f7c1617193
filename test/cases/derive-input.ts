import { createHash } from 'node:crypto';
import type { Claim, ClaimResponse, Coverage, ExplanationOfBenefit, FhirResource, Parameters } from 'fhir/r4.js';
import { ordersFor } from '../../src/work/derivation/orders.js';
import type { DeriveInput } from '../../src/claims/derive/derive.js';

export const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The pure input that a type-level request of `$derive-secondary` states. */
export function inputOf(request: Parameters): DeriveInput {
  const named = <T extends FhirResource>(name: string): T[] =>
    (request.parameter ?? []).flatMap((parameter) => (parameter.name === name && parameter.resource ? [parameter.resource as T] : []));
  const [claim] = named<Claim>('claim');
  const resources = named('resource');
  const coverages = named<Coverage>('coverages');
  if (!claim) throw new Error('the request has no claim');
  const facts = {
    claim,
    claims: resources.filter((resource): resource is Claim => resource.resourceType === 'Claim'),
    decisions: named<ClaimResponse | ExplanationOfBenefit>('adjudication'),
    coverages,
    resources,
  };
  return {
    ...facts,
    orders: ordersFor(facts),
    coverage: request.parameter?.find(({ name }) => name === 'coverage')?.valueReference?.reference,
    asOf: request.parameter?.find(({ name }) => name === 'asOf')?.valueDate ?? '2026-05-01',
    digest,
  };
}
