import { createHash } from 'node:crypto';
import type { Claim } from 'fhir/r4.js';
import { describe, expect, it } from 'vitest';
import { deriveNextClaim, orderDates, type DeriveResult } from '../../src/claims/derive/derive.js';
import { formatCents } from '../../src/claims/money.js';
import { orderBenefits, type CobOrder, type RelatedCause } from '../../src/cob/index.js';
import { AS_OF, ofType, resources, scenarios, type Scenario } from './seed.js';

function order({ patient, benefitType, relatedCause }: Scenario, date: string): CobOrder {
  return orderBenefits({
    coverages: ofType('Coverage').filter(({ beneficiary }) => beneficiary.reference === patient),
    patient: ofType('Patient').find(({ id }) => patient === `Patient/${id}`),
    relatedPersons: ofType('RelatedPerson').filter((person) => person.patient.reference === patient),
    organizations: ofType('Organization'),
    date, benefitType, relatedCause: relatedCause as RelatedCause,
  });
}

function derive(scenario: Scenario): DeriveResult {
  const isOfPatient = (resource: { patient: { reference?: string } }): boolean => resource.patient.reference === scenario.patient;
  const coverages = ofType('Coverage').filter(({ beneficiary }) => beneficiary.reference === scenario.patient);
  const claim = ofType('Claim').find(({ id }) => scenario.claim === `Claim/${id}`) as Claim;
  return deriveNextClaim({
    claim, coverages, resources,
    claims: ofType('Claim').filter((other) => isOfPatient(other) && other !== claim),
    decisions: [...ofType('ClaimResponse').filter(isOfPatient), ...ofType('ExplanationOfBenefit').filter(isOfPatient)],
    orders: orderDates(claim, coverages).map((date) => ({ date, order: order(scenario, date) })),
    asOf: AS_OF,
    digest: (text) => createHash('sha256').update(text).digest('hex'),
  });
}

describe.each(scenarios.map((scenario) => [scenario.file, scenario.shows, scenario] as const))('%s: %s', (_file, _shows, scenario) => {
  it('has the order of benefits of its row', () => {
    const { status, ranked, excluded, missing } = order(scenario, scenario.date);
    expect(status).toBe(scenario.missing ? 'needs-human' : 'determined');
    expect(ranked.map(({ coverage, rule }) => ({ coverage, rule }))).toEqual(scenario.order);
    expect(excluded).toEqual([]);
    expect(missing.map(({ rule, expression }) => ({ rule, asks: scenario.missing !== undefined && expression.includes(scenario.missing.fact) }))).toEqual(
      scenario.missing ? [{ rule: scenario.missing.rule, asks: true }] : [],
    );
  });

  it('has the next claim of its row', () => {
    const { reason, claim, residual, deadline } = derive(scenario);
    expect(reason).toBe(scenario.reason);
    expect(claim && {
      coverage: claim.insurance.find(({ focal }) => focal)?.coverage.reference,
      residual: residual === undefined ? undefined : formatCents(residual),
      deadline: deadline?.due,
    }).toEqual(scenario.next);
  });
});
