import type { ClaimResponse, ClaimResponseItemAdjudication, ExplanationOfBenefit, Money } from 'fhir/r4.js';

export const usd = (value: number): Money => ({ value, currency: 'USD' });
const C4BB = 'http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBAdjudication';
export const DISCRIMINATOR = `${C4BB}Discriminator`;
const BASE = 'http://terminology.hl7.org/CodeSystem/adjudication';
const OF_C4BB = new Set(['coinsurance', 'noncovered', 'memberliability', 'discount', 'paidtoprovider', 'paidtopatient', 'paidbypatient', 'priorpayerpaid']);

/** Rows in short: `['submitted', 100]`, `['CO-45', 20]`, `['MA18']`. */
export type ShortRow = readonly [string, number?];

export const row = ([what, amount]: ShortRow): ClaimResponseItemAdjudication => {
  const [group, reason] = what.split('-');
  if (reason !== undefined) {
    return {
      category: { coding: [{ system: DISCRIMINATOR, code: 'adjustmentreason' }, { system: 'https://x12.org/codes/claim-adjustment-group-codes', code: group! }] },
      reason: { coding: [{ system: 'https://x12.org/codes/claim-adjustment-reason-codes', code: reason }] },
      ...(amount === undefined ? {} : { amount: usd(amount) }),
    };
  }
  if (amount === undefined) return { category: { coding: [{ system: DISCRIMINATOR, code: 'adjustmentreason' }] }, reason: { coding: [{ system: 'https://x12.org/codes/remittance-advice-remark-codes', code: what }] } };
  if (what === 'eligpercent') return { category: { coding: [{ system: BASE, code: what }] }, value: amount };
  return { category: { coding: [{ system: OF_C4BB.has(what) ? C4BB : BASE, code: what }] }, amount: usd(amount) };
};
export const rows = (list: readonly ShortRow[]): ClaimResponseItemAdjudication[] => list.map(row);

export interface ShortDecision {
  readonly id?: string;
  readonly lines?: readonly (readonly ShortRow[])[];
  readonly claim?: readonly ShortRow[];
  readonly total?: readonly ShortRow[];
  readonly eraStatus?: string;
  readonly carrier?: string;
  readonly number?: string;
  readonly date?: string;
  readonly coverage?: string;
  readonly insurer?: string;
  readonly outcome?: ClaimResponse['outcome'];
  readonly status?: ClaimResponse['status'];
  readonly use?: ClaimResponse['use'];
}

/** A ClaimResponse from the short form; its total is that of its lines unless stated. */
export function claimResponse(decision: ShortDecision): ClaimResponse {
  const { lines = [], claim = [] } = decision;
  const addUp = (name: string): number => Math.round(lines.flat().reduce((total, [what, amount]) => total + (what === name ? (amount ?? 0) * 100 : 0), 0)) / 100;
  const offClaim = claim.reduce((total, [what, amount]) => total + (what.includes('-') ? Math.round((amount ?? 0) * 100) : 0), 0);
  const total = decision.total ?? [['submitted', addUp('submitted')], ['benefit', Math.round(addUp('benefit') * 100 - offClaim) / 100]];
  const { eraStatus = '1', carrier, number = 'ICN-1', date = '2026-02-24', coverage = 'Coverage/first' } = decision;
  return {
    resourceType: 'ClaimResponse',
    ...(decision.id ? { id: decision.id } : {}),
    extension: [
      { url: 'https://cobalt.example/fhir/StructureDefinition/era-claim-status', valueCode: eraStatus },
      ...(carrier ? [{ url: 'https://cobalt.example/fhir/StructureDefinition/crossover-carrier', valueReference: { reference: carrier } }] : []),
    ],
    identifier: [{ type: { coding: [{ system: 'http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBIdentifierType', code: 'uc' }] }, value: number }],
    status: decision.status ?? 'active',
    type: { coding: [{ code: 'professional' }] },
    use: decision.use ?? 'claim',
    patient: { reference: 'Patient/p' },
    created: date,
    insurer: { reference: decision.insurer ?? 'Organization/payer' },
    request: { reference: 'Claim/c' },
    outcome: decision.outcome ?? 'complete',
    item: lines.map((line, index) => ({ itemSequence: index + 1, adjudication: rows(line) })),
    adjudication: rows(claim),
    total: rows(total) as ClaimResponse['total'],
    insurance: [{ sequence: 1, focal: true, coverage: { reference: coverage } }],
  };
}

/** An ExplanationOfBenefit of which only what is given is stated. */
export const explanation = (parts: Partial<ExplanationOfBenefit>): ExplanationOfBenefit => ({
  resourceType: 'ExplanationOfBenefit', status: 'active', type: { coding: [{ code: 'professional' }] }, use: 'claim', patient: { reference: 'Patient/p' }, created: '2026-02-20',
  insurer: { reference: 'Organization/payer' }, provider: { reference: 'Organization/clinic' }, outcome: 'complete', insurance: [{ focal: true, coverage: { reference: 'Coverage/first' } }], ...parts,
});
export const service = { coding: [{ system: 'http://www.ama-assn.org/go/cpt', code: '99213' }] };
