import { readFileSync } from 'node:fs';
import type { Claim, ClaimResponse, ClaimResponseItemAdjudication, Coverage, ExplanationOfBenefit, FhirResource, Money, Parameters } from 'fhir/r4.js';
import { inProject } from '../../src/root.js';

const ADJUDICATION = 'http://terminology.hl7.org/CodeSystem/adjudication';
const C4BB = 'http://hl7.org/fhir/us/carin-bb/CodeSystem';

const usd = (value: number): { value: number; currency: 'USD' } => ({ value, currency: 'USD' });
const row = (code: string, amount: number): ClaimResponseItemAdjudication => ({ category: { coding: [{ system: ADJUDICATION, code }] }, amount: usd(amount) });
const adjustment = (group: string, reason: string, amount: number): ClaimResponseItemAdjudication => ({
  category: { coding: [{ system: `${C4BB}/C4BBAdjudicationDiscriminator`, code: 'adjustmentreason' }, { system: 'https://x12.org/codes/claim-adjustment-group-codes', code: group }] },
  reason: { coding: [{ system: 'https://x12.org/codes/claim-adjustment-reason-codes', code: reason }] },
  amount: usd(amount),
});

/** Services of 100.00, each: allowed 80.00, paid 60.00, CO-45 20.00, PR-2 20.00. */
const SERVICES = ['99214', '93000', '85025', '80053'];
const decided = (): ClaimResponseItemAdjudication[] => [row('submitted', 100), row('eligible', 80), adjustment('CO', '45', 20), adjustment('PR', '2', 20), row('benefit', 60)];

/** An EOB of about 4.7 KB, valid R4, for the REST bench. */
export function explanationOfBenefit(patient: number): ExplanationOfBenefit {
  return {
    resourceType: 'ExplanationOfBenefit',
    identifier: [{ type: { coding: [{ system: `${C4BB}/C4BBIdentifierType`, code: 'uc' }] }, system: 'https://payers.example/bench/claim', value: `ICN-${patient}` }],
    status: 'active',
    type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/claim-type', code: 'professional' }] },
    use: 'claim',
    patient: { reference: `Patient/bench-${patient}` },
    billablePeriod: { start: '2026-02-05', end: '2026-02-05' },
    created: '2026-02-24',
    insurer: { reference: 'Organization/bench-payer' },
    provider: { reference: 'Organization/bench-clinic' },
    outcome: 'complete',
    careTeam: [{ sequence: 1, provider: { reference: 'Practitioner/bench' } }],
    insurance: [{ focal: true, coverage: { reference: `Coverage/bench-${patient}` } }],
    item: SERVICES.map((code, index) => ({
      sequence: index + 1,
      productOrService: { coding: [{ system: 'http://www.ama-assn.org/go/cpt', code }] },
      servicedDate: '2026-02-05',
      quantity: { value: 1 },
      net: usd(100),
      adjudication: decided(),
    })),
    total: [
      { category: { coding: [{ system: ADJUDICATION, code: 'submitted' }] }, amount: usd(400) },
      { category: { coding: [{ system: ADJUDICATION, code: 'benefit' }] }, amount: usd(240) },
    ],
    payment: { date: '2026-02-24', amount: usd(240) },
  };
}

export interface EngineInput {
  /** The claim that went to the second payer, and the one before it. */
  readonly claim: Claim;
  readonly earlier: Claim;
  readonly decisions: readonly ClaimResponse[];
  readonly coverages: readonly Coverage[];
  readonly resources: readonly FhirResource[];
}

/**
 * The worked case of three payers with its three services doubled to six: two payers have decided, the third claim is
 * to be derived.
 */
export function engineInput(): EngineInput {
  const cases = JSON.parse(readFileSync(inProject('test/cases/derive.json'), 'utf8')) as { id: string; body: Parameters }[];
  const parameters = cases.find(({ id }) => id === 'D03-tertiary')?.body.parameter ?? [];
  const named = <T extends FhirResource>(name: string): T[] => parameters.filter((parameter) => parameter.name === name).map(({ resource }) => resource as T);
  const resources = named('resource');
  const [claim] = named<Claim>('claim');
  const earlier = resources.find((resource): resource is Claim => resource.resourceType === 'Claim');
  if (!claim || !earlier) throw new Error('the case D03-tertiary is not as the bench knows it');
  return {
    claim: doubledClaim(claim),
    earlier: doubledClaim(earlier),
    decisions: named<ClaimResponse>('adjudication').map(doubledDecision),
    coverages: named<Coverage>('coverages'),
    resources: resources.filter(({ resourceType }) => resourceType !== 'Claim'),
  };
}

const twice = (amount: Money | undefined): Money => ({ ...amount, value: (amount?.value ?? 0) * 2 });

const doubledClaim = (claim: Claim): Claim => {
  const items = claim.item ?? [];
  return { ...claim, item: [...items, ...items.map((item) => ({ ...item, sequence: item.sequence + items.length }))], total: twice(claim.total) };
};

const doubledDecision = (decision: ClaimResponse): ClaimResponse => {
  const items = decision.item ?? [];
  return {
    ...decision,
    item: [...items, ...items.map((item) => ({ ...item, itemSequence: item.itemSequence + items.length }))],
    total: (decision.total ?? []).map((total) => ({ ...total, amount: twice(total.amount) })),
    ...(decision.payment ? { payment: { ...decision.payment, amount: twice(decision.payment.amount) } } : {}),
  };
};
